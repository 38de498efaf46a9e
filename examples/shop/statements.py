"""What a shop is owed for a period, of the store's orders: each that was paid, and each refund of it at its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from settlement import payout
from settlement.audit.books.handed_in import Source
from settlement.audit.books.statement import Statement, statement
from settlement.ext.store import Page
from settlement.orders import Actor, OrderState, RefundAsked
from shop.state import State
from shop.texts import Language, say_in

__all__ = ["period_of", "statement_of"]

#: The day of the mall, which is in China.
_OFFSET: Final = timedelta(hours=8)
_PROGRAM: Final = Actor.system("statement")


def period_of(now: datetime, since: str, until: str, wrong: dict[str, str], language: Language) -> tuple[date, date]:
    """The days that were typed; where there is nothing, or what is no day, this month so far."""
    today = (now + _OFFSET).date()
    days = {"since": today.replace(day=1), "until": today}
    say = say_in(language)
    for name, typed in (("since", since), ("until", until)):
        if not typed:
            continue
        try:
            days[name] = date.fromisoformat(typed)
        except ValueError:
            wrong[name] = say("A day is written 2026-11-30")
    if not wrong and days["until"] < days["since"]:
        wrong["until"] = say("It ends before it begins")
        days["until"] = days["since"]
    return (days["since"], max(days["since"], days["until"]))


def statement_of(shop: State, id: str, since: date, until: date) -> Statement:
    """From opening to closing balance; refunds of an order that was sold before stand in their own period."""
    sources: list[Source] = []
    for state in _orders(shop, id):
        sources += _documents(state)
    return statement(id, sources, since, until, offset=_OFFSET, currency="CNY")


def _orders(shop: State, id: str) -> Iterator[OrderState]:
    after: str | None = None
    while True:
        found: Page = shop.store.orders(_PROGRAM, shop=id, after=after, limit=200)
        for row in found.rows:
            state = shop.store.order(_PROGRAM, row.id)
            assert isinstance(state, OrderState)  # programs see all
            yield state
        after = found.after
        if after is None:
            return


def _documents(state: OrderState) -> Iterator[Source]:
    """Nothing of an order that was never paid; else its settlement, what of it is the shops', after refunds too."""
    if not state.paid:
        return
    settled, at = state.order.settlement, state.order.placed
    yield settled
    yield payout(settled, id=f"{state.order.id}-0", at=at)
    quotes = []
    for event in state.events:
        if isinstance(event, RefundAsked) and event.quote is not None and event.quote not in quotes:
            quotes.append(event.quote)
            yield event.quote
            yield payout(settled, None, quotes, id=f"{state.order.id}-{len(quotes)}", at=event.at)
