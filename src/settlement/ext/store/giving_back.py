"""The transaction that gives money back: a refund of the order, asked for once, with the points and cards that it says.

Two refunds made from the same history do not both stand: each is held to all that were asked for before it. Goods come
back to stock when they are `Returned`, never by being refunded.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from settlement.after_pay.payments import RefundDemand, refund_demand
from settlement.after_pay.refunds import RefundQuote, refund
from settlement.documents.canonical import canonical
from settlement.documents.scalars import milli
from settlement.errors import IdempotencyConflict, InvalidDocument, Problem
from settlement.ext.store import consuming, figures
from settlement.ext.store.access import ACCESS, allowed
from settlement.ext.store.database import Database
from settlement.ext.store.reading import find, read_state
from settlement.ext.store.tables import quotes
from settlement.ext.store.telling import write_event
from settlement.orders import Actor, OrderState, RefundAsked

__all__ = ["give_back"]

Back = dict[tuple[str, str, str | None], int]


def give_back(database: Database, actor: Actor, order: str, quote: RefundQuote, now: datetime) -> OrderState:
    """As `Store.give_back`."""
    allowed(actor, ACCESS["give_back"][actor.role], order)
    if quote.id is None:
        raise InvalidDocument([Problem("quote.id", "event.refund_number")], "RefundQuote")
    told = [("points", quote.points * 1000), *[(f"tenders.{each.id}", each.amount.minor) for each in quote.tenders]]
    figures.expect_fitting("RefundQuote", told)
    return database.settled(lambda: _attempt(database, actor, order, quote, now))


def _attempt(database: Database, actor: Actor, order: str, quote: RefundQuote, now: datetime) -> OrderState:
    document = canonical(quote.to_dict()).decode()
    with database.reading() as connection:
        find(connection, actor, order)
        before = read_state(connection, database.persons, order)
        kept = _kept(connection, order, str(quote.id))
    if kept is not None:
        if kept != document:
            raise IdempotencyConflict(str(quote.id))
        return before
    earlier = [*_quotes(before), quote]
    of_this = [each for each in earlier if each.settlement == before.order.settlement.digest]
    refund(before.order.settlement, {}, of_this)  # raises where all of them are more than was sold
    event = RefundAsked(at=now, actor=actor, quote=quote, demand=_demand(before, quote))
    after = before.after(event)
    with database.writing() as connection:
        write_event(connection, database.persons, after, event)
        connection.execute(insert(quotes).values(order_id=order, number=quote.id, document=document))
        consuming.give_back(connection, order, _back(before, earlier))
    return after


def _kept(connection: Connection, order: str, number: str) -> str | None:
    same = select(quotes.c.document).where(quotes.c.order_id == order, quotes.c.number == number)
    return connection.execute(same).scalar()


def _quotes(state: OrderState) -> list[RefundQuote]:
    """Each refund that was asked for, once."""
    asked = [each for each in state.events if isinstance(each, RefundAsked)]
    return list({each.refund: each.quote for each in asked if each.quote is not None}.values())


def _demand(state: OrderState, quote: RefundQuote) -> RefundDemand | None:
    """What the provider is asked to give back of what it was paid; None: nothing goes back that way."""
    if not quote.to_method.minor:
        return None
    paid = [each.paid_for for each in state.payments if each.paid_for is not None]
    if not paid:
        raise InvalidDocument([Problem("quote", "event.nothing_asked")], "RefundQuote")
    return refund_demand(quote, paid[0].key, str(quote.id), paid[0].merchant)


def _back(before: OrderState, quotes: list[RefundQuote]) -> Back:
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
    over = _over(before, quotes)
    rules: dict[str, set[str]] = {}
    for each in before.order.settlement.adjustments:
        rules.setdefault(each.rule.partition("#")[0], set()).update(each.shares)
    for taken in before.order.consumed:
        if taken.kind in consuming.UP and taken.id in rules and rules[taken.id] <= over:
            whole = taken.quantity if taken.amount is None else taken.amount
            back[taken.kind, taken.id, None] = figures.taken(whole)
    return back


def _over(before: OrderState, quotes: list[RefundQuote]) -> set[str]:
    """Lines of which nothing is kept."""
    left = {line.id: milli(line.quantity) for line in before.order.settlement.lines}
    for quote in quotes:
        if quote.settlement == before.order.settlement.digest:
            for line in quote.lines:
                left[line.id] -= milli(line.quantity)
    return {line for line, quantity in left.items() if quantity <= 0}
