"""Proof at a glance: when all usable coupons together are the best set, without a search.

Most carts hold few coupons that do not stand in each other's way. Then one settlement and a look at it prove that
every other set costs more, strictly, so that no tie is left to be decided either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from settlement.case import Case, Picks
from settlement.discounts.terms import Terms, narrowed
from settlement.ledger import PLATFORM_COUPON, SHOP_COUPON

if TYPE_CHECKING:
    from settlement.ledger import Ledger

__all__ = ["all_together"]


def all_together(case: Case, ledger: Ledger, finish: Callable[[Case, Ledger, Picks], Ledger]) -> Ledger | None:
    """The ledger with all usable coupons where that is proven best, else None.

    It is where the counts let all in, each takes off strictly more than the others lose by it, none can reach a
    higher tier without the others, and nothing after the goods depends on which are used.
    """
    points = case.points
    coupons = _usable(case, ledger)
    if coupons is None or (coupons and case.floors is not None):
        return None
    if not coupons:
        return finish(case, ledger, Picks(frozenset(), points, judged=False))
    rules = case.rules
    if points != 0 and (rules.exclusions or rules.round_total or case.checkout.payment_method):
        return None
    settled = finish(case, ledger, Picks(frozenset([terms.id for terms in coupons]), points, judged=False))
    if (
        len(settled.coupons) == len(coupons)
        and _strict(case, settled, alone=len(coupons) == 1 and rules.round_total is None)
        and _same_freight(case, ledger, settled, coupons)
    ):
        return settled
    return None


def _usable(case: Case, ledger: Ledger) -> list[Terms] | None:
    """Every coupon that may be used at all; None where they can't all stand together or are of an unruly kind."""
    found: list[Terms] = []
    counts: dict[tuple[int, str | None], int] = {}
    allowed, refusals = case.rules.allowed, case.refusals
    for number, offers in case.coupons.items():
        if number == 7 and case.shipment is None:
            continue
        for terms in offers:
            name = terms.id
            if refusals[name] is not None or not allowed[number] or not narrowed(case.scopes[name], ledger.barred):
                continue
            counts[terms.sort] = alike = counts.get(terms.sort, 0) + 1
            if alike > (1 if number == 7 else allowed[number]) or terms.exclusive or not terms.orderly:
                return None
            found.append(terms)
    return found


def _strict(case: Case, settled: Ledger, *, alone: bool) -> bool:
    """Whether each goods coupon used saves more than it costs the others, and none could reach a higher tier."""
    if alone:
        return True
    kept, lost, smallest = 1, 1, None
    by_net = case.by_net
    used = 0
    for stage, _, amount, _, _, _, facts in settled.entries:
        if stage not in (SHOP_COUPON, PLATFORM_COUPON):
            continue
        used += 1
        terms, place, _, _, net, *_ = facts
        if by_net and place + 1 < len(terms.tiers) and terms.tiers[place + 1][0] is not None:
            return False
        numerator, denominator = terms.tiers[place][2].slope
        kept, lost = kept * (denominator - numerator), lost * denominator
        if -amount >= net:
            return False
        if smallest is None or -amount < smallest:
            smallest = -amount
    if smallest is None:
        return True
    # Each rounds once, and its spreading may shift a unit a line into or out of the scope of another.
    margin = smallest * kept // lost - used * (1 + len(settled.net))
    rule = case.rules.round_total
    return margin > 0 if rule is None else margin >= rule.unit.minor


def _same_freight(case: Case, ledger: Ledger, settled: Ledger, coupons: Sequence[Terms]) -> bool:
    """Whether freight comes out the same with all coupons and with none, and so with any of them."""
    if case.shipment is None:
        return True
    offers = [terms for terms in (*case.promotions.get(7, ()), *coupons) if terms.on_freight]
    if offers and case.by_net and any(tier[0] for each in offers for tier in each.tiers):
        return False
    if not case.shipment.amounts_matter or case.rules.policy.free_shipping_amount == "goods":
        return True
    for parcel in case.shipment.parcels:
        for least, lines, _ in parcel.amount_rules:
            before, after = sum([ledger.net[at] for at in lines]), sum([settled.net[at] for at in lines])
            if after < least + len(lines) and before >= least:
                return False
    return True
