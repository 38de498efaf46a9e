"""What a buyer asks to have back: granted at once where nothing of it was sent, else when the shop says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from settlement import RefundQuote, refund
from settlement.ext.store.figures import instant, microseconds
from settlement.orders import Actor, OrderState, RefundAsked
from shop.state import State
from shop.tables import refund_requests

__all__ = ["Request", "answer", "ask", "history", "not_sent", "of_order", "of_shop", "quote"]


class Request(NamedTuple):
    """What one shop's goods are asked back for; `answer` is `granted`, `refused`, or None while it waits."""

    order: str
    number: str
    shop: str
    lines: Mapping[str, str]
    reason: str
    at: datetime
    answer: str | None


def history(state: OrderState) -> list[RefundQuote]:
    """All refunds of an order so far, each once."""
    quotes = {event.quote.id: event.quote for event in state.events if isinstance(event, RefundAsked) and event.quote}
    return list(quotes.values())


def quote(shop: State, state: OrderState, lines: Mapping[str, str], number: str | None = None) -> RefundQuote:
    """What these goods give back now. Freight comes back with the last of a parcel. Raises as `refund` does."""
    return refund(state.order.settlement, lines, history(state), "parcel", id=number, at=shop.clock())


def not_sent(state: OrderState, lines: Mapping[str, str]) -> bool:
    """Whether all of this is still with the shops."""
    left = {each.line: each.left for of in state.deliveries for each in of.lines}
    return all(left[line] >= Decimal(quantity) for line, quantity in lines.items())


def ask(shop: State, state: OrderState, lines: Mapping[str, str], reason: str) -> list[Request]:
    """A request to each shop whose goods these are; one of goods that were not sent is granted at once."""
    shops = {line.id: line.shop for line in state.order.settlement.lines}
    made = []
    for name in dict.fromkeys(shops[line] for line in lines):
        mine = {line: quantity for line, quantity in lines.items() if shops[line] == name}
        number = f"{state.order.id}R{len(of_order(shop, state.order.id)) + 1}"
        row: dict[str, Any] = {"order_id": state.order.id, "number": number, "shop": name, "reason": reason}
        row |= {"lines": json.dumps(mine), "at": microseconds(shop.clock())}
        with shop.database.writing() as connection:
            connection.execute(insert(refund_requests).values(row))
        made.append(Request(state.order.id, number, name, mine, reason, shop.clock(), None))
        if not_sent(state, mine):
            answer(shop, Actor.system("refunds"), made[-1], granted=True)
    return made


def answer(shop: State, by: Actor, asked: Request, *, granted: bool) -> None:
    """Give back what was asked for, or say no. Told again it changes nothing. Raises as `Store.give_back` does."""
    if any(each.answer for each in of_order(shop, asked.order) if each.number == asked.number):
        return
    if granted:
        state = shop.store.order(Actor.system("refunds"), asked.order)
        assert isinstance(state, OrderState)  # a shop would see its part
        shop.store.give_back(by, asked.order, quote(shop, state, asked.lines, asked.number))
    here = (refund_requests.c.order_id == asked.order) & (refund_requests.c.number == asked.number)
    with shop.database.writing() as connection:
        connection.execute(update(refund_requests).where(here).values(answer="granted" if granted else "refused"))


def of_order(shop: State, order: str) -> list[Request]:
    """All that was asked of one order, the oldest first."""
    wanted = select(refund_requests).where(refund_requests.c.order_id == order)
    with shop.database.reading() as connection:
        rows = connection.execute(wanted.order_by(refund_requests.c.at, refund_requests.c.number)).all()
    return [_request(row) for row in rows]


def of_shop(shop: State, id: str) -> list[Request]:
    """All that waits for an answer of this shop, the oldest first."""
    waits = select(refund_requests).where(refund_requests.c.shop == id, refund_requests.c.answer.is_(None))
    with shop.database.reading() as connection:
        rows = connection.execute(waits.order_by(refund_requests.c.at, refund_requests.c.number)).all()
    return [_request(row) for row in rows]


def _request(row: Row[Any]) -> Request:
    lines = json.loads(row.lines)
    return Request(row.order_id, row.number, row.shop, lines, row.reason, instant(row.at), row.answer)
