"""The transaction that gives money back: a refund of the order, asked for once, with the points and cards that it says.

Two refunds made from the same history do not both stand: each is held to all that were asked for before it. Goods that
were not sent are in stock again with their refund, all others when they are `Returned`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from settlement.after_pay.refunds import RefundQuote
from settlement.documents.canonical import canonical
from settlement.errors import IdempotencyConflict, InvalidDocument, Problem
from settlement.ext.store import figures
from settlement.ext.store.access import may
from settlement.ext.store.database import Database
from settlement.ext.store.owing import asked_since, asking, owed
from settlement.ext.store.reading import find, read_state
from settlement.ext.store.tables import events, orders, quotes
from settlement.ext.store.telling import give_back_asked, keep_number, part_with, write_event
from settlement.orders import Actor, OrderState, RefundAsked

__all__ = ["give_back", "give_back_owed"]


def give_back(database: Database, actor: Actor, order: str, quote: RefundQuote, now: datetime) -> OrderState:
    """As `Store.give_back`."""
    may(actor, "give_back", order)
    if quote.id is None:
        raise InvalidDocument([Problem("quote.id", "event.refund_number")], "RefundQuote")
    told = [("points", quote.points * 1000), *[(f"tenders.{each.id}", each.amount.minor) for each in quote.tenders]]
    figures.expect_fitting("RefundQuote", told)
    return database.settled(lambda: _attempt(database, actor, order, quote, now))


def give_back_owed(database: Database, actor: Actor, order: str, now: datetime) -> OrderState:
    """As `Store.give_back_owed`: each in a transaction of its own, so that whoever is ended in between goes on."""
    may(actor, "give_back_owed", order)
    while True:
        state, more = database.settled(lambda: _next_owed(database, actor, order, now))
        if not more:
            return state


def _next_owed(database: Database, actor: Actor, order: str, now: datetime) -> tuple[OrderState, bool]:
    """Ask for the first that the state owes, and for it alone: whoever was quicker made another state.

    Where nothing is owed the marks are set right, also of an order from before there were any.
    """
    with database.reading() as connection:
        find(connection, actor, order)
        marked = connection.execute(select(orders.c.owes, orders.c.asked).where(orders.c.id == order)).one()
        before = read_state(connection, database.persons, order)
    asked = owed(before, actor, now)
    if asked:
        return _written(database, before, asked), True
    if (marked.owes, marked.asked) != (None, asked_since(before)):
        with database.writing() as connection:
            # Another event may have set them meanwhile: then they are its own.
            last = select(func.max(events.c.seq)).where(events.c.order_id == order)
            if connection.execute(last).scalar() == len(before.events):
                row = {"owes": None, "asked": asked_since(before)}
                connection.execute(update(orders).where(orders.c.id == order).values(row))
    return before, False


def _attempt(database: Database, actor: Actor, order: str, quote: RefundQuote, now: datetime) -> OrderState:
    document = canonical(quote.to_dict()).decode()
    with database.reading() as connection:
        find(connection, actor, order)
        kept = _kept(connection, order, str(quote.id))  # first: the state has then what was kept
        before = read_state(connection, database.persons, order)
    if kept is not None:
        if kept != document:
            raise IdempotencyConflict(str(quote.id))
        return before
    if quote.to_method.minor and not any(each.payment for each in before.payments):
        raise InvalidDocument([Problem("quote", "event.nothing_asked")], "RefundQuote")
    return _written(database, before, asking(before, quote, actor, now))


def _written(database: Database, before: OrderState, asked: Sequence[RefundAsked]) -> OrderState:
    """The state after these, which are of one refund, or of none; what it gives beside money it gives once."""
    quote = asked[0].quote
    told = {each.refund for each in before.events if isinstance(each, RefundAsked) and each.quote is not None}
    part = None if quote is None or asked[0].refund in told else part_with(before, quote)
    states = [before.after(*asked[: at + 1]) for at in range(len(asked))]
    with database.writing() as connection:
        for state, event in zip(states, asked, strict=True):
            write_event(connection, database.persons, state, event)
            keep_number(connection, before.order.id, event)
        if part is not None:
            give_back_asked(connection, states[-1], part)
    return states[-1]


def _kept(connection: Connection, order: str, number: str) -> str | None:
    same = select(quotes.c.document).where(quotes.c.order_id == order, quotes.c.number == number)
    return connection.execute(same).scalar()
