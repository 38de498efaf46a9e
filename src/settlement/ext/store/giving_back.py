"""The transaction that gives money back: a refund of the order, asked for once, with the points and cards that it says.

Two refunds made from the same history do not both stand: each is held to all that were asked for before it. Goods that
were not sent are in stock again with their refund, all others when they are `Returned`.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import count

from sqlalchemy import Connection, insert, select

from settlement.after_pay.payments import RefundDemand, refund_demand
from settlement.after_pay.refunds import RefundQuote
from settlement.documents.canonical import canonical
from settlement.errors import IdempotencyConflict, InvalidDocument, Problem
from settlement.ext.store import figures
from settlement.ext.store.access import ACCESS, allowed
from settlement.ext.store.database import Database
from settlement.ext.store.owing import owed
from settlement.ext.store.reading import find, read_state
from settlement.ext.store.tables import quotes
from settlement.ext.store.telling import give_back_asked, part_with, tell, write_event
from settlement.money import money_of
from settlement.orders import Actor, OrderState, RefundAsked

__all__ = ["give_back", "give_back_owed"]


def give_back(database: Database, actor: Actor, order: str, quote: RefundQuote, now: datetime) -> OrderState:
    """As `Store.give_back`."""
    allowed(actor, ACCESS["give_back"][actor.role], order)
    if quote.id is None:
        raise InvalidDocument([Problem("quote.id", "event.refund_number")], "RefundQuote")
    told = [("points", quote.points * 1000), *[(f"tenders.{each.id}", each.amount.minor) for each in quote.tenders]]
    figures.expect_fitting("RefundQuote", told)
    return database.settled(lambda: _attempt(database, actor, order, quote, now))


def give_back_owed(database: Database, actor: Actor, order: str, now: datetime) -> OrderState:
    """As `Store.give_back_owed`: each in a transaction of its own, so that whoever is ended in between goes on."""
    allowed(actor, ACCESS["give_back_owed"][actor.role], order)
    while True:
        with database.reading() as connection:
            find(connection, actor, order)
            state = read_state(connection, database.persons, order)
        wanted = owed(state, actor, now)
        if wanted is None:
            return state
        if isinstance(wanted, RefundQuote):
            database.settled(partial(_attempt, database, actor, order, wanted, now))
        else:
            tell(database, actor, wanted, order, now)


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
    part = part_with(before, quote)
    asked = [RefundAsked(at=now, actor=actor, quote=quote, demand=each) for each in _demands(before, quote) or (None,)]
    states = [before.after(*asked[: at + 1]) for at in range(len(asked))]
    with database.writing() as connection:
        for state, event in zip(states, asked, strict=True):
            write_event(connection, database.persons, state, event)
            connection.execute(insert(quotes).values(order_id=order, number=event.number, document=document))
        if part is not None:
            give_back_asked(connection, states[-1], part)
    return states[-1]


def _kept(connection: Connection, order: str, number: str) -> str | None:
    same = select(quotes.c.document).where(quotes.c.order_id == order, quotes.c.number == number)
    return connection.execute(same).scalar()


def _demands(state: OrderState, quote: RefundQuote) -> list[RefundDemand]:
    """What the provider is asked to give back of what it was paid; none: nothing goes back that way.

    Of an order that was changed there may be several payments. It is asked of the emptiest that still holds so much, so
    that the others hold what is more; where none does, of each what it holds, under numbers of their own.
    """
    if not (wanted := quote.to_method.minor):
        return []
    paid = [each.paid_for for each in state.payments if each.paid_for is not None]
    if not paid:
        raise InvalidDocument([Problem("quote", "event.nothing_asked")], "RefundQuote")
    asked = {event.number: event.demand for event in state.events if isinstance(event, RefundAsked)}
    left = {demand.key: demand.amount.minor for demand in paid}
    for demand in asked.values():
        if demand is not None and demand.order in left:
            left[demand.order] -= demand.amount.minor
    paid.sort(key=lambda each: left[each.key])
    fits = [each for each in paid if left[each.key] >= wanted]
    if fits or sum(left.values()) < wanted:  # of more than all hold the provider says no
        of = (fits or paid[-1:])[0]
        return [refund_demand(quote, of.key, str(quote.id), of.merchant)]
    numbers = (f"{quote.id}-{at}" for at in count(2) if f"{quote.id}-{at}" not in asked)
    made: list[RefundDemand] = []
    for of in reversed(paid):
        part = min(wanted, left[of.key])
        if part > 0:
            amount = money_of(part, quote.currency)
            made.append(refund_demand(quote, of.key, next(numbers) if made else str(quote.id), of.merchant, amount))
            wanted -= part
    return made
