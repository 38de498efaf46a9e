"""An offer tried at its turn (contract §4): which tier holds, what it takes off, and what is missing to the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from settlement.discounts.goods import Goods, above_floors, dearest_first, full_times
from settlement.receipts.facts import Tried

if TYPE_CHECKING:
    from settlement.discounts.terms import Terms
    from settlement.engine.question import Case

__all__ = ["Outcome", "attempt"]

_new = tuple.__new__  # half the price of the call, on the way of every settlement


class Outcome(NamedTuple):
    """What an offer did at its turn: a reason where it did nothing, else what it takes off each line in scope."""

    reason: str | None
    #: What is missing: minor units, or thousandths of a quantity.
    shortfall: int | None
    off: Sequence[int]
    #: Sku and thousandths of what comes along.
    gift: tuple[str, int] | None
    facts: Tried


def attempt(
    case: Case,
    terms: Terms,
    lines: Sequence[int],
    nets: Sequence[int],
    amounts: Sequence[int],
    order: list[int] | None = None,
) -> Outcome:
    """Try an offer on lines in scope (not empty).

    `nets` is what it takes off (for a freight offer what is left of freight), `amounts` what its thresholds look at,
    over the lines of its condition where it has one of its own. No discount of goods undercuts the case's floors.
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
    millis = 0
    if terms.counts:
        millis = sum([case.basket.millis[line] for line in (lines if condition is None else condition)])
    tiers = terms.tiers
    place = len(tiers)
    for min_amount, min_milli, _ in reversed(tiers):
        place -= 1
        if (min_amount is None or amount >= min_amount) and (min_milli is None or millis >= min_milli):
            break
    else:
        place = -1
        min_amount, min_milli, _ = tiers[0]
        if min_amount is not None and amount < min_amount:
            return _nothing("below_amount", min_amount - amount, _new(Tried, (terms, place, amount, millis, net)))
        missing = (min_milli or 0) - millis
        return _nothing("below_quantity", missing, _new(Tried, (terms, place, amount, millis, net)))
    times = 1
    if terms.every and getattr(tiers[place][2], "every", False):
        times = full_times(amount, min_amount, millis, min_milli)
    bought = case.bought.get(terms.offer.id, 0) if case.bought else 0
    goods = Goods(case.basket, lines, scoped, net, times, case.rules.rounded, bought)
    take, give = terms.acts[place]
    if order is not None and case.floors is None:
        gift = None if give is None else give(goods)
        benefit = terms.tiers[place][2]
        if benefit.sorts:
            if not order:
                order += dearest_first(nets, case.basket.millis)
            goods.ordered(order)
        reason = None if gift is not None or benefit.takes(goods) else "no_effect"
        return _new(Outcome, (reason, None, (), gift, _new(Tried, (terms, place, amount, millis, net))))
    off = take(goods)
    gift = None if give is None else give(goods)
    floors = case.floors
    if floors is not None and not terms.on_freight:
        off = above_floors(off, scoped, [floors[line] for line in lines])
    tried = _new(Tried, (terms, place, amount, millis, net))
    if gift is None and not any(off):
        return _nothing("no_effect", None, tried)
    return _new(Outcome, (None, None, off, gift, tried))


def _nothing(reason: str, shortfall: int | None, tried: Tried) -> Outcome:
    return _new(Outcome, (reason, shortfall, (), None, tried))
