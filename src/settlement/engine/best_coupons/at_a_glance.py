"""Proof at a glance: when all usable coupons together are the best set, without a search.

Most carts hold few coupons that do not stand in each other's way. Then one settlement and a look at it prove that
every other set costs more, strictly, so that no tie is left to be decided either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from settlement.discounts.terms import narrowed
from settlement.engine.question import Case, Picks
from settlement.receipts.columns import PLATFORM_COUPON, SHOP_COUPON
from settlement.receipts.facts import Taken

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger

__all__ = ["all_together"]

_new = tuple.__new__  # half the price of the call, on the way of every settlement


def all_together(case: Case, ledger: Ledger, finish: Callable[[Case, Ledger, Picks], Ledger]) -> Ledger | None:
    """The ledger with all usable coupons where that is proven best, else None.

    It is where the counts let all in, each takes off strictly more than the others lose by it, none can reach a
    higher tier without the others, and nothing after the goods depends on which are used.
    """
    points = case.asked.points
    coupons = _usable(case, ledger)
    if coupons is None or (coupons and case.floors is not None):
        return None
    if coupons and points != 0 and (case.rules.exclusions or case.rules.round_total or case.asked.method):
        return None
    settled = finish(case, ledger, _new(Picks, (frozenset(coupons), points, False)))
    if not coupons:
        return settled
    if len(settled.coupons) == len(coupons) and _strict(case, settled) and _same_freight(case, ledger, settled):
        return settled
    return None


def _usable(case: Case, ledger: Ledger) -> list[str] | None:
    """The ids of all coupons that may be used; None where they can't stand together or one is of an unruly kind."""
    found: list[str] = []
    counts: dict[tuple[int, str | None], int] = {}
    allowed, barred = case.rules.allowed, ledger.barred
    for terms in case.usable:
        if terms.number == 7 and case.shipment is None:
            continue
        if barred and not narrowed(case.scopes[terms.id], barred):
            continue
        counts[terms.sort] = alike = counts.get(terms.sort, 0) + 1
        if alike > allowed[terms.number] or terms.exclusive or not terms.orderly:
            return None
        found.append(terms.id)
    return found


class _Together:
    """Coupons that may see what others of them left: what is left of one unit more, and the least that one takes."""

    __slots__ = ("kept", "lines", "lost", "smallest", "used")

    def __init__(self, lines: int) -> None:
        self.lines = lines
        self.used, self.kept, self.lost, self.smallest = 0, 1, 1, 0

    def add(self, amount: int, numerator: int, denominator: int) -> None:
        self.used += 1
        self.kept, self.lost = self.kept * (denominator - numerator), self.lost * denominator
        if self.used == 1 or amount < self.smallest:
            self.smallest = amount

    def margin(self) -> int:
        """How much more than the others lose by it each of them takes off, at least.

        Each of them rounds once, and its spreading may shift a unit a line into or out of the scope of another.
        """
        shifted = self.used * (1 + self.lines) if self.used > 1 else 0
        return self.smallest * self.kept // self.lost - shifted


def _strict(case: Case, settled: Ledger) -> bool:
    """Whether each goods coupon used saves more than it costs the others, and none could reach a higher tier.

    Without a coupon of the platform those of one shop never see what another shop's left.
    """
    rule = case.rules.round_total
    if len(settled.coupons) == 1 and rule is None:
        return True  # there are no others
    by_net = case.rules.by_net
    across = 5 in case.coupons and any([entry.stage == PLATFORM_COUPON for entry in settled.entries])
    together: dict[str | None, _Together] = {}
    for stage, _, amount, _, _, _, facts in settled.entries:
        if stage not in (SHOP_COUPON, PLATFORM_COUPON) or not isinstance(facts, Taken):
            continue
        terms, place, _, _, net, *_ = facts
        if by_net and place + 1 < len(terms.tiers) and terms.tiers[place + 1][0] is not None:
            return False
        if -amount >= net:
            return False
        shop = None if across else terms.shop
        group = together.get(shop)
        if group is None:
            lines = len(settled.net) if shop is None else len(case.basket.by_shop[shop])
            group = together[shop] = _Together(lines)
        group.add(-amount, *terms.tiers[place][2].slope)
    least = 1 if rule is None else rule.unit.minor
    return all([group.margin() >= least for group in together.values()])


def _same_freight(case: Case, ledger: Ledger, settled: Ledger) -> bool:
    """Whether freight comes out the same with all coupons and with none, and so with any of them."""
    if case.shipment is None:
        return True
    if (
        7 in case.promotions
        and case.rules.by_net
        and any(tier[0] for each in case.promotions[7] for tier in each.tiers)
    ):
        return False
    if not case.shipment.amounts_matter or case.rules.policy.free_shipping_amount == "goods":
        return True
    for parcel in case.shipment.parcels:
        for least, lines, _ in parcel.amount_rules:
            before, after = sum([ledger.net[at] for at in lines]), sum([settled.net[at] for at in lines])
            if after < least + len(lines) and before >= least:
                return False
    return True
