"""An offer tried at its turn (contract §4): which tier holds, what it takes off, and what is missing to the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from settlement.discounts.goods import Goods, above_floors, dearest_first, full_times
from settlement.discounts.staged import Staged
from settlement.receipts.facts import OverBudget

if TYPE_CHECKING:
    from settlement.discounts.terms import Terms
    from settlement.discounts.units_left import UnitsLeft
    from settlement.engine.question import Case
    from settlement.receipts.facts import Tried

__all__ = ["Outcome", "attempt", "used_units"]

#: What an offer did at its turn: a reason where it did nothing, with what is missing (minor units, or thousandths of a
#: quantity); else what it takes off each line in scope, and sku and thousandths of what comes along; and the facts.
#: A bare tuple, taken apart where it arrives: a named one costs five times as much, and the search makes many.
Outcome: TypeAlias = "tuple[str | None, int | None, Sequence[int], tuple[str, int] | None, Tried | OverBudget]"


def attempt(  # noqa: PLR0915 - one frame: the search tries offers by the thousand
    case: Case,
    terms: Terms,
    lines: Sequence[int],
    nets: Sequence[int],
    amounts: Sequence[int],
    order: list[int] | None = None,
    left: UnitsLeft | None = None,
) -> Outcome:
    """Try an offer on lines in scope (not empty).

    `nets` is what it takes off (for a freight offer what is left of freight), `amounts` what its thresholds look at,
    over the lines of its condition where it has one of its own; where offers before it used units up, both are of what
    they `left`. No discount of goods undercuts the case's floors.
    With `order`, for which the nets must stand, it is only asked whether it would take effect: nothing is spread, and
    the list is filled with all lines, the dearest unit first, when a benefit asks for that.
    """
    whole = len(lines) == len(nets)
    scoped = list(nets) if whole else [nets[line] for line in lines]
    net = amount = sum(scoped)
    condition = None if terms.condition is None else case.condition(terms)
    if condition is not None:
        amount = sum([amounts[line] for line in condition])
    elif amounts is not nets:
        amount = sum(amounts) if whole else sum([amounts[line] for line in lines])
    millis = earlier = 0
    if terms.counts:
        counted = case.basket.millis if left is None else left.millis
        millis = sum([counted[line] for line in (lines if condition is None else condition)])
        if terms.earlier:
            earlier = case.bought.get(terms.offer.id, 0)
    tiers, maxima = terms.tiers, terms.maxima
    place = len(tiers)
    while place:
        place -= 1
        min_amount, min_milli, _ = tiers[place]
        if (
            (min_amount is None or amount >= min_amount)
            and (min_milli is None or millis + earlier >= min_milli)
            and (maxima is None or (most := maxima[place]) is None or amount <= most)
        ):
            break
    else:
        place = -1  # the first was looked at last
        if maxima is not None:  # what could still be reached is the first tier whose bound is not passed
            within = [tier for tier, most in zip(tiers, maxima, strict=True) if most is None or amount <= most]
            if not within:
                return "above_amount", None, (), None, (terms, place, amount, millis, net)
            min_amount, min_milli, _ = within[0]
        if min_amount is not None and amount < min_amount:
            return "below_amount", min_amount - amount, (), None, (terms, place, amount, millis, net)
        return "below_quantity", (min_milli or 0) - millis - earlier, (), None, (terms, place, amount, millis, net)
    times = 1
    if terms.every and getattr(tiers[place][2], "every", False):
        times = full_times(amount, min_amount, millis, min_milli, earlier)
    bought = case.bought.get(terms.offer.id, 0) if case.bought else 0
    goods = Goods(case.basket, lines, scoped, net, times, case.rules.rounded, bought)
    if left is not None:
        goods.left = left.millis
    if earlier:
        goods.earlier = earlier
    take, give = terms.acts[place]
    if order is not None and case.floors is None and terms.budget is None:
        gift = None if give is None else give(goods)
        benefit = terms.tiers[place][2]
        if benefit.sorts:
            if not order:
                order += dearest_first(nets, case.basket.millis)
            goods.ordered(order)
        reason = None if gift is not None or benefit.takes(goods) else "no_effect"
        return reason, None, (), gift, (terms, place, amount, millis, net)
    off = take(goods)
    gift = None if give is None else give(goods)
    floors = case.floors
    if floors is not None and not terms.on_freight:
        lowest = [floors[line] if left is None else left.lowest(line, floors[line]) for line in lines]
        off = above_floors(off, scoped, lowest)
    if gift is None and not any(off) and not (terms.staged and isinstance(terms.tiers[place][2], Staged)):
        return "no_effect", None, (), None, (terms, place, amount, millis, net)
    if terms.budget is not None and (taken := sum(off)) > (remains := case.left_of(terms)):
        return "used_up", None, (), None, OverBudget((terms, place, amount, millis, net), remains, taken)
    return None, None, off, gift, (terms, place, amount, millis, net)


def used_units(
    case: Case,
    terms: Terms,
    lines: Sequence[int],
    nets: Sequence[int],
    tried: Tried | OverBudget,
    left: UnitsLeft | None,
) -> list[int]:
    """The thousandths of each line that an offer used up, which found these nets when it was tried."""
    _, place, amount, millis, net = tried.tried if isinstance(tried, OverBudget) else tried
    min_amount, min_milli, benefit = terms.tiers[place]
    bought = case.bought.get(terms.offer.id, 0) if case.bought else 0
    earlier = bought if terms.earlier else 0
    times = full_times(amount, min_amount, millis, min_milli, earlier) if getattr(benefit, "every", False) else 1
    goods = Goods(case.basket, lines, [nets[line] for line in lines], net, times, case.rules.rounded, bought)
    goods.left, goods.earlier = None if left is None else left.millis, earlier
    return benefit.used(goods)
