"""What a buyer asks to have back: granted at once where nothing of it was sent, else when the shop says so.

Granting is two steps, and the first of them is written: whoever is ended in between is gone on from by `finish`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, func, insert, select, update

from settlement import InvalidDocument, RefundExceeds, RefundPolicy, RefundQuote, refund
from settlement.errors import EventRefused, IdempotencyConflict, SettlementError
from settlement.ext.store.figures import instant, microseconds
from settlement.orders import Actor, OrderState, RefundAsked
from shop.state import State
from shop.tables import refund_requests

__all__ = ["Request", "answer", "ask", "finish", "history", "not_sent", "of_order", "of_shop", "quote"]

_POLICY: Final = RefundPolicy(earned_points="take_back")
#: What is granted and may not have been given back yet.
GRANTING: Final = "granting"
#: After so long nobody is at it any more.
LONG_AGO: Final = timedelta(minutes=1)


class Request(NamedTuple):
    """What one shop's goods are asked back for; `answer` is `granted`, `refused`, or None while it waits.

    `granting` is granted too, and nothing may have been given back yet.
    """

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
    """What these goods give back now, freight with the last of a parcel; earned points go. Raises as `refund` does."""
    return refund(state.order.settlement, lines, history(state), "parcel", id=number, at=shop.clock(), policy=_POLICY)


def not_sent(state: OrderState, lines: Mapping[str, str]) -> bool:
    """Whether all of this is still with the shops."""
    left = {each.line: each.left for of in state.deliveries for each in of.lines}
    return all(left[line] >= Decimal(quantity) for line, quantity in lines.items())


def ask(shop: State, state: OrderState, lines: Mapping[str, str], reason: str, by: Actor | None = None) -> None:
    """A request to each shop whose goods these are, granted at once where it is by staff, or of goods not sent.

    Raises as `answer` does; that request is then refused.
    """
    shops = {line.id: line.shop for line in state.order.settlement.lines}
    for name in dict.fromkeys(shops[line] for line in lines):
        mine = {line: quantity for line, quantity in lines.items() if shops[line] == name}
        made = _kept(shop, Request(state.order.id, "", name, mine, reason, shop.clock(), None))
        if by is None and not not_sent(_anew(shop, state.order.id), mine):
            continue
        try:
            answer(shop, by or Actor.system("refunds"), made, granted=True)
        except (EventRefused, InvalidDocument, RefundExceeds):
            answer(shop, by or Actor.system("refunds"), made, granted=False)
            raise


def _kept(shop: State, asked: Request) -> Request:
    """Written, under the next number of its order."""
    mine = refund_requests.c.order_id == asked.order
    row: dict[str, Any] = {"order_id": asked.order, "shop": asked.shop, "reason": asked.reason}
    row |= {"lines": json.dumps(asked.lines), "at": microseconds(asked.at)}

    def attempt() -> Request:
        with shop.database.writing() as connection:
            before = connection.execute(select(func.count()).select_from(refund_requests).where(mine)).scalar() or 0
            made = asked._replace(number=f"{asked.order}R{before + 1}")
            connection.execute(insert(refund_requests).values(row | {"number": made.number}))
            return made

    return shop.database.settled(attempt)


def _anew(shop: State, order: str) -> OrderState:
    state = shop.store.order(Actor.system("refunds"), order)
    assert isinstance(state, OrderState)  # programs see all
    return state


def answer(shop: State, by: Actor, asked: Request, *, granted: bool) -> None:
    """Give back what was asked for, or say no; whoever is second changes nothing. Raises as `Store.give_back` does.

    The answer is written first, so that nobody gives back what another refuses; what is then refused waits again.
    A refund is given back under the number of what was asked, so twice is once.
    """
    here = (refund_requests.c.order_id == asked.order) & (refund_requests.c.number == asked.number)
    claim = update(refund_requests).where(here, refund_requests.c.answer.is_(None))
    with shop.database.writing() as connection:
        if not connection.execute(claim.values(answer=GRANTING if granted else "refused")).rowcount:
            return
    if granted:
        _give_back(shop, by, asked)


def _give_back(shop: State, by: Actor, asked: Request) -> None:
    state = _anew(shop, asked.order)
    try:
        if asked.number not in [each.id for each in history(state)]:
            shop.store.give_back(by, asked.order, quote(shop, state, asked.lines, asked.number))
    except IdempotencyConflict:  # given back by somebody else a moment ago
        pass
    except Exception:
        _said(shop, asked, None)
        raise
    _said(shop, asked, "granted")


def _said(shop: State, asked: Request, answer: str | None) -> None:
    here = (refund_requests.c.order_id == asked.order) & (refund_requests.c.number == asked.number)
    granting = here & (refund_requests.c.answer == GRANTING)  # whoever is late undoes no other's answer
    with shop.database.writing() as connection:
        connection.execute(update(refund_requests).where(granting).values(answer=answer))


def finish(shop: State) -> None:
    """Give back what was granted and not given back, by somebody who was ended in between; or it waits again."""
    before = microseconds(shop.clock() - LONG_AGO)
    waits = select(refund_requests).where(refund_requests.c.answer == GRANTING, refund_requests.c.at <= before)
    with shop.database.reading() as connection:
        found = [_request(row) for row in connection.execute(waits).all()]
    for each in found:
        with suppress(SettlementError):
            _give_back(shop, Actor.system("refunds"), each)


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
