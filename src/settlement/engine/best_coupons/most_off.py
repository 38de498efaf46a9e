"""What a coupon can come to at most: the tiers it may reach, and what each takes off.

Coupons only ever lower nets. So an amount that a threshold looks at is at most what promotions left, and a benefit
that `grows` with every line's net takes at most what it takes off that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from settlement.discounts.goods import Goods, full_times
from settlement.discounts.order import SHOP_COUPONS
from settlement.discounts.terms import Terms, narrowed

if TYPE_CHECKING:
    from settlement.discounts.benefit import Benefit
    from settlement.engine.best_coupons.effort import Effort
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case

__all__ = ["NEVER", "Reach", "dull", "highest", "looks", "promised", "reach", "sharpened", "total", "without_twins"]

_new = tuple.__new__  # half the price of the call

#: When a coupon without an end expires.
NEVER: Final = datetime.max.replace(tzinfo=UTC)

#: Never more than amount + net × numerator ÷ denominator.
Ceiling: TypeAlias = tuple[int, int, int]


class Reach(NamedTuple):
    """A coupon with the tiers that it may reach and, for each, the most that it takes off."""

    terms: Terms
    lines: Sequence[int]
    tiers: tuple[int, ...]
    caps: tuple[int, ...]
    #: Of each of these tiers the linear bounds that its benefit states.
    ceilings: tuple[Sequence[Ceiling], ...]

    @property
    def looks(self) -> int:
        """How many lines an attempt looks at, in effect: kinds that sort units look at each of them many times."""
        return len(self.lines) * looks(self.terms)

    @property
    def most(self) -> int:
        """The most that any of its tiers takes off."""
        return max(self.caps)

    def most_of(self, tier: int, net: int) -> int:
        """The most that one tier takes off this net in scope."""
        at = self.tiers.index(tier)
        return min(self.caps[at], _lowest(self.ceilings[at], net))

    def most_on(self, net: int) -> int:
        """The most that any tier takes off this net in scope."""
        return max([self.most_of(tier, net) for tier in self.tiers])

    def most_beside(self, net: int) -> int:
        """The most that it takes off where others leave it this net or more, less what these leave more by then.

        A threshold above that net is only met where they leave as much more as is missing.
        """
        found = []
        for tier, cap, ceilings in zip(self.tiers, self.caps, self.ceilings, strict=True):
            least = self.terms.tiers[tier][0] if self.terms.by_net and self.terms.condition is None else None
            there = net if least is None else max(net, least)
            gentle = [ceiling for ceiling in ceilings if ceiling[1] <= ceiling[2]]
            found.append((min(cap, _lowest(gentle, there)) if gentle else cap) - (there - net))
        return max(found)


def _lowest(ceilings: Sequence[Ceiling], net: int) -> int:
    return min([fixed + net * top // bottom for fixed, top, bottom in ceilings])


def total(amounts: Sequence[int], lines: Sequence[int]) -> int:
    """The sum over these lines."""
    return sum(amounts) if len(lines) == len(amounts) else sum([amounts[line] for line in lines])


def reach(case: Case, ledger: Ledger, terms: Terms, most: int | None = None) -> Reach | None:
    """What the coupon can come to, by sums alone; None where it reaches no tier. `most`: known from elsewhere."""
    lines = narrowed(case.scope(terms), ledger.barred)
    if not lines:
        return None
    condition = case.condition(terms)
    by_goods = not terms.by_net
    net = amount = total(ledger.net, lines)
    if by_goods or condition is not None:
        amount = total(case.goods if by_goods else ledger.net, lines if condition is None else condition)
    millis = total(case.basket.millis, lines if condition is None else condition) if terms.counts else 0
    earlier = case.bought.get(terms.offer.id, 0) if terms.earlier else 0
    tiers = [
        place
        for place, (least, least_milli, _) in enumerate(terms.tiers)
        if (least is None or amount >= least) and (least_milli is None or millis + earlier >= least_milli)
    ]
    if not tiers:
        return None
    maxima = terms.maxima
    single = terms.number == SHOP_COUPONS and case.rules.allowed[SHOP_COUPONS] == 1
    if (
        not terms.on_freight
        and (single or terms.number not in case.units_used)
        and (by_goods or (maxima is None and all(least is None for least, _, _ in terms.tiers)) or single)
    ):
        tiers = tiers[-1:]  # nothing that it looks at depends on other coupons, and of those satisfied the last applies
        if maxima is not None and (bound := maxima[tiers[0]]) is not None and amount > bound:
            return None  # no tier before reaches higher
    ceilings = []
    for tier in tiers:
        least, least_milli, _ = terms.tiers[tier]
        times = full_times(amount, least, millis, least_milli, earlier) if least or least_milli else None
        ceilings.append(terms.ceilings(tier, len(lines), None, times))
    if most is None:
        there = net if not terms.on_freight else _freight(case)
        caps = [min(there, _lowest(each, there)) for each in ceilings]
    else:
        caps = [most] * len(tiers)
    return _new(Reach, (terms, lines, tuple(tiers), tuple(caps), tuple(ceilings)))


def _freight(case: Case) -> int:
    """What is never exceeded by freight and surcharges."""
    parcels = () if case.shipment is None else case.shipment.parcels
    return sum([parcel.fee * parcel.count + parcel.surcharge for parcel in parcels])


def sharpened(case: Case, ledger: Ledger, each: Reach) -> Reach:
    """The same with a look at the units, where the ceilings say less."""
    terms = each.terms
    by_goods = not terms.by_net
    condition = case.condition(terms)
    looked = each.lines if condition is None else condition
    amount = total(case.goods if by_goods else ledger.net, looked)
    millis = total(case.basket.millis, looked) if terms.counts else 0
    nets = [ledger.net[line] for line in each.lines]
    bought = case.bought.get(terms.offer.id, 0)
    goods = Goods(case.basket, each.lines, nets, sum(nets), 1, case.rules.rounded, bought)
    goods.earlier = bought if terms.earlier else 0
    caps = list(each.caps)
    for at, tier in enumerate(each.tiers):
        least, least_milli, benefit = terms.tiers[tier]
        if not dull(benefit):
            goods.times = full_times(amount, least, millis, least_milli, goods.earlier)
            caps[at] = min(caps[at], benefit.total(goods) + 2 * len(nets))
    return each._replace(caps=tuple(caps))


def promised(case: Case, ledger: Ledger, each: Reach, effort: Effort) -> int:
    """About what a coupon takes, by two sums alone; 0 of one whose ceilings say all there is to say."""
    if each.terms.on_freight or all(each.terms.tiers[tier][2].by_sum for tier in each.tiers):
        return 0
    effort.look(len(each.lines) // 2)
    net, millis = total(ledger.net, each.lines), total(case.basket.millis, each.lines)
    return max([each.terms.tiers[tier][2].guess(net, millis) for tier in each.tiers])


def dull(benefit: Benefit) -> bool:
    """Whether a look at the units tells no more than the ceilings: of a sum alone these tell as much."""
    return benefit.by_sum or not benefit.grows


def without_twins(case: Case, coupons: list[Reach]) -> list[Reach]:
    """Where only one of a sort may be used: of those with equal terms the one that wins the ties."""
    if len({each.caps for each in coupons}) == len(coupons):  # equal terms take off as much
        return coupons
    kept: dict[object, Reach] = {}
    for each in coupons:
        offer, terms = each.terms.offer, each.terms
        meaning = (
            terms.meaning,
            offer.tiers,
            offer.condition_scope,
            offer.consumes_units,
            offer.counts_earlier,
            terms.by_net,
            case.bought.get(offer.id, 0),
            case.apart.get(offer.id),
            None if terms.budget is None else case.left_of(terms),
        )
        rival = kept.get(meaning)
        if rival is None or (terms.ends or NEVER, terms.id) < (rival.terms.ends or NEVER, rival.terms.id):
            kept[meaning] = each
    return list(kept.values())


def looks(terms: Terms) -> int:
    """How often an attempt looks at each line of its scope."""
    return max([4, *(benefit.looks for _, _, benefit in terms.tiers)])


def highest(caps: Sequence[int], count: int) -> int:
    """The sum of the largest few."""
    return sum(sorted(caps, reverse=True)[:count])
