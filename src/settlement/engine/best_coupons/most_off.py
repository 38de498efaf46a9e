"""What a coupon can come to at most, whichever others stand beside it: the tiers it may reach, and what each takes off.

Coupons only ever lower nets. So an amount that a threshold looks at is at most what promotions left, and a benefit
that `grows` with every line's net takes at most what it takes off that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from settlement.discounts.goods import Goods
from settlement.discounts.terms import Terms, narrowed

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case

__all__ = ["Reach", "highest", "looks", "reach"]


class Reach(NamedTuple):
    """A coupon with the tiers that it may reach and, for each, the most that it takes off."""

    terms: Terms
    lines: Sequence[int]
    tiers: tuple[int, ...]
    caps: tuple[int, ...]

    @property
    def looks(self) -> int:
        """How many lines an attempt looks at, in effect: kinds that sort units look at each of them many times."""
        return len(self.lines) * looks(self.terms)

    @property
    def most(self) -> int:
        """The most that any of its tiers takes off."""
        return max(self.caps)


def reach(case: Case, ledger: Ledger, terms: Terms, most: int | None = None) -> Reach | None:
    """What the coupon can come to; None where it reaches no tier. `most`: known from elsewhere, as for freight."""
    lines = narrowed(case.scope(terms), ledger.barred)
    if not lines:
        return None
    condition = case.condition(terms)
    measured = lines if condition is None else condition
    by_goods = case.rules.policy.threshold_amount == "goods"
    nets = [ledger.net[line] for line in lines]
    amount = net = sum(nets)
    if by_goods or condition is not None:
        amounts = case.goods if by_goods else ledger.net
        amount = sum([amounts[line] for line in measured])
    millis = sum([case.basket.millis[line] for line in measured]) if terms.counts else 0
    tiers = [
        place
        for place, (least, least_milli, _) in enumerate(terms.tiers)
        if (least is None or amount >= least) and (least_milli is None or millis >= least_milli)
    ]
    if not tiers:
        return None
    if not terms.on_freight and (by_goods or all(least is None for least, _, _ in terms.tiers)):
        tiers = tiers[-1:]  # nothing that it looks at depends on other coupons, and of those satisfied the last applies
    if most is None:
        caps = [min(net, _cap(case, terms, tier, lines, nets, amount, millis)) for tier in tiers]
    else:
        caps = [most] * len(tiers)
    return Reach(terms, lines, tuple(tiers), tuple(caps))


def _cap(case: Case, terms: Terms, tier: int, lines: Sequence[int], nets: list[int], amount: int, millis: int) -> int:
    """The most that a tier takes off goods, in minor units."""
    least, least_milli, benefit = terms.tiers[tier]
    net = sum(nets)
    counts = [whole // part for whole, part in ((amount, least), (millis, least_milli)) if part]
    times = min(counts) if counts else 1
    if benefit.grows and not benefit.by_sum:  # of the sum alone the ceilings tell as much, without a spreading
        bought = case.bought.get(terms.offer.id, 0)
        off = benefit.off(Goods(case.basket, lines, nets, net, times, case.rules.rounded, bought))
        return sum(off) + 2 * len(lines)
    bounds = benefit.ceilings(len(lines), None, times if counts else None)
    return min([fixed - (-net * top // bottom) for fixed, top, bottom in bounds])


def looks(terms: Terms) -> int:
    """How often an attempt looks at each line of its scope."""
    return max([4, *(benefit.looks for _, _, benefit in terms.tiers)])


def highest(caps: Sequence[int], count: int) -> int:
    """The sum of the largest few."""
    return sum(sorted(caps, reverse=True)[:count])
