"""What an order no longer has: by a refund, by a change, by goods that came back. Read off its settlements alone.

An order that was changed is several settlements, each with its refunds; points, cards, coupons and uses are those of
the settlement that a refund is of. Of goods the order keeps what it has still to send and what is with the buyer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from settlement.after_pay.refunds import RefundQuote
from settlement.documents.scalars import milli
from settlement.ext.store.consuming import UP
from settlement.ext.store.figures import taken
from settlement.orders import Changed, OrderState, RefundAsked
from settlement.orders.order import consumed_by
from settlement.receipts.settlement import Settlement

__all__ = ["Back", "Part", "back_of", "goods_of", "kept_goods", "parts_of"]

#: Kind, id and (of stock) shop -> so much.
Back: TypeAlias = dict[tuple[str, str, str | None], int]


class Part(NamedTuple):
    """A settlement of an order, and its refunds so far."""

    settlement: Settlement
    quotes: tuple[RefundQuote, ...]


def parts_of(state: OrderState) -> dict[str, Part]:
    """By digest each settlement of the order, the oldest first; each refund once, however often it was asked for."""
    first = state.order.settlement
    found = {first.digest: Part(first, ())}
    for event in state.events:
        if isinstance(event, Changed):
            found = {each.settlement.digest: Part(*each) for each in event.edit.parts}
        elif isinstance(event, RefundAsked) and event.quote is not None:
            part = found[event.quote.settlement]
            if event.quote not in part.quotes:
                found[part.settlement.digest] = part._replace(quotes=(*part.quotes, event.quote))
    return found


def back_of(settlement: Settlement, quotes: Sequence[RefundQuote]) -> Back:
    """What comes back by the last of these refunds: what it says itself, and uses of which nothing is kept any more."""
    last, back = quotes[-1], Back()
    if last.points > 0:
        back["points", "points", None] = last.points * 1000
    for tender in last.tenders:
        for kind in ("gift_card", "stored_value"):
            back[kind, tender.id, None] = tender.amount.minor
    for coupon in last.coupons:
        name = ("coupon", coupon.partition("#")[0], None)
        back[name] = back.get(name, 0) + 1000
    over = _over(settlement, quotes)
    rules: dict[str, set[str]] = {}
    for each in settlement.adjustments:
        rules.setdefault(each.rule.partition("#")[0], set()).update(each.shares)
    for used in consumed_by(settlement, {}):
        if used.kind in UP and used.id in rules and rules[used.id] <= over:
            back[used.kind, used.id, None] = taken(used.quantity if used.amount is None else used.amount)
    return back


def _over(settlement: Settlement, quotes: Iterable[RefundQuote]) -> set[str]:
    """Lines of which nothing is kept."""
    left = {line.id: milli(line.quantity) for line in settlement.lines}
    for quote in quotes:
        for line in quote.lines:
            left[line.id] -= milli(line.quantity)
    return {line for line, quantity in left.items() if quantity <= 0}


def goods_of(settlement: Settlement, quantities: Mapping[str, int]) -> Back:
    """So much of these lines, as stock of their shops."""
    back = Back()
    for line in settlement.lines:
        if line.id in quantities:
            key = ("stock", line.sku, line.shop)
            back[key] = back.get(key, 0) + quantities[line.id]
    return back


def kept_goods(state: OrderState) -> Back:
    """What the order has still to send, and what was sent and did not come back."""
    sku = {(line.shop, line.id): line.sku for part in parts_of(state).values() for line in part.settlement.lines}
    kept = Back()
    for shop in state.deliveries:
        for line in shop.lines:
            key = ("stock", sku[shop.shop, line.line], shop.shop)
            kept[key] = kept.get(key, 0) + milli(line.left) + milli(line.shipped) - milli(line.returned)
    return kept
