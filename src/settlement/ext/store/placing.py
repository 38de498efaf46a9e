"""The transaction that places an order: answer, order, record, what it takes and its first event, or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from settlement.after_pay.payments import StoredAnswer
from settlement.audit.confirm import Confirmation
from settlement.audit.record import Record
from settlement.documents.canonical import canonical
from settlement.errors import IdempotencyConflict, InvalidDocument, NotConfirmed, NotFound, Problem
from settlement.ext.crypto import person_in
from settlement.ext.store import consuming, log
from settlement.ext.store.access import may
from settlement.ext.store.database import Database
from settlement.ext.store.figures import expect_fitting, microseconds
from settlement.ext.store.persons import Persons, person_of
from settlement.ext.store.reading import read_order
from settlement.ext.store.rulebooks import apart, keep_rulebook
from settlement.ext.store.tables import answers, demands, order_shops, orders, records
from settlement.orders import Actor, Order, place
from settlement.orders.fold import OrderFold

__all__ = ["place_order"]

#: Where a record has the phone that an order is found by.
_PHONE: Final = "/request/checkout/address/phone"
#: Statements that are made once: what they are told differs, and nothing else.
_INSERT: Final = {table: insert(table) for table in (orders, records, order_shops, demands, answers)}
_ANSWER: Final = select(answers.c.digest, answers.c.order_id).where(
    answers.c.role == bindparam("of_role"),
    answers.c.actor == bindparam("of_actor"),
    answers.c.key == bindparam("of_key"),
)


def place_order(
    database: Database,
    actor: Actor,
    bought: Record | Confirmation,
    *,
    order: str,
    key: str | None,
    placed: datetime,
    customer: str | None,
    how: dict[str, Any],
) -> Order:
    """The order, placed now or, under the same key, before. Raises as `Store.place` does."""
    may(actor, "place", order)
    key = order if key is None else key
    said = bought.sealed.content if isinstance(bought, Confirmation) else bought
    body: dict[str, Any] = {"order": order, "bought": said.digest, "customer": customer}
    asked = bought.record if isinstance(bought, Confirmation) else bought
    answer = _asked(key, body)  # what could not be kept is refused before anything is asked
    if actor.role == "customer":
        if customer not in (None, actor.id):
            raise NotFound(order)
        customer = actor.id
    try:
        made = place(bought, order=order, placed=placed, customer=customer, **how)
    except NotConfirmed:
        with database.reading() as connection:
            before = _answered(connection, actor, answer)
            if before is None:
                raise
            return read_order(connection, database.persons, before)
    except InvalidDocument as error:
        if actor.role == "customer" and any(each.code == "order.customer" for each in error.problems):
            raise NotFound(order) from None
        raise
    prepared = _Prepared(made)
    return database.settled(lambda: _attempt(database, actor, answer, asked.personal, prepared))


def _asked(key: str, body: dict[str, Any]) -> StoredAnswer:
    """The request under its key; where that is the order's name, a wrong one is told as such."""
    try:
        return StoredAnswer.of(key, body, "")
    except InvalidDocument as error:
        if key != body["order"]:
            raise
        found = [Problem("order", each.code, each.facts) for each in error.problems]
    raise InvalidDocument(found, "Order")


class _Prepared:
    """All rows of an order, made before the first statement, with every figure one that fits."""

    def __init__(self, order: Order) -> None:
        self.order, self.placed = order, microseconds(order.placed)
        self.takes = consuming.takes(order.consumed, order.customer)
        self.rulebook, self.rules, self.record = apart(order.record)
        personal = order.record.personal
        self.person = person_in(personal)
        self.readable = {place: value for place, value in personal.items() if place not in self.person}
        self.rulebook_id: str = order.record.plain["rulebook"]["id"]
        self.shops = sorted({line.shop for line in order.settlement.lines})
        demand = order.demand
        due = [] if demand is None else [("demand.amount", demand.amount.minor)]
        expect_fitting("Order", [*due, *consuming.figures(self.takes)])
        said = order.model_dump(mode="json", exclude={"record"})
        expires = None if demand is None or demand.expires is None else microseconds(demand.expires)
        self.row = {
            "id": order.id,
            "customer": order.customer,
            "placed": self.placed,
            "expires": expires,
            "status": OrderFold(order).status,
            "document": canonical(said).decode(),
        }


def _attempt(
    database: Database,
    actor: Actor,
    answer: StoredAnswer,
    personal: dict[str, Any],
    made: _Prepared,
) -> Order:
    persons = database.persons
    try:
        with database.writing() as connection:
            before = _answered(connection, actor, answer)
            if before is not None:
                return _the_same(connection, persons, before, answer.key, personal)
            _write(connection, persons, actor, answer, made)
    except IntegrityError:
        with database.reading() as connection:
            taken = connection.execute(select(orders.c.id).where(orders.c.id == made.order.id)).first()
            if taken is not None and _answered(connection, actor, answer) is None:
                raise IdempotencyConflict(made.order.id) from None  # another's, or under another key
            if made.order.demand is not None:
                asked = select(demands.c.order_id).where(demands.c.key == made.order.demand.key)
                if connection.execute(asked).scalar() not in (None, made.order.id):
                    raise IdempotencyConflict(made.order.id) from None  # a change of another asks under this number
        raise
    return made.order


def _answered(connection: Connection, actor: Actor, asked: StoredAnswer) -> str | None:
    """The order that was placed under this key by this very actor. Raises `IdempotencyConflict` for another body."""
    row = connection.execute(_ANSWER, {"of_role": actor.role, "of_actor": actor.id, "of_key": asked.key}).first()
    if row is None:
        return None
    if row.digest != asked.digest:
        raise IdempotencyConflict(asked.key)
    return str(row.order_id)


def _the_same(connection: Connection, persons: Persons, order: str, key: str, personal: dict[str, Any]) -> Order:
    """The order of an answer. What was personal in the request stands in no digest, which could be guessed: it is read.

    Raises `IdempotencyConflict` where it was another; where the person was erased nobody knows.
    """
    kept = read_order(connection, persons, order)
    if kept.record.personal == personal:
        return kept
    erased = select(records.c.erased).where(records.c.order_id == order, records.c.seq == 0)
    if connection.execute(erased).scalar() is None:
        raise IdempotencyConflict(key)
    return kept


def _write(connection: Connection, persons: Persons, actor: Actor, answer: StoredAnswer, made: _Prepared) -> None:
    order = made.order
    connection.execute(_INSERT[orders], made.row)
    consuming.consume(connection, order.id, made.takes)
    keep_rulebook(connection, made.rulebook, made.rules, made.rulebook_id, made.placed)
    log.begin(connection, order.id, made.placed, actor, order.record.digest)
    person = persons.write(connection, person_of(order.id, order.customer), made.person, ("records", order.id))
    person["personal"] = canonical(made.readable | person["personal"]).decode()
    person["phone"] = persons.phone(connection, made.person.get(_PHONE))
    connection.execute(_INSERT[records], made.record | person | {"order_id": order.id, "seq": 0})
    shops = [{"order_id": order.id, "shop": shop, "placed": made.placed} for shop in made.shops]
    connection.execute(_INSERT[order_shops], shops)
    if order.demand is not None:
        row = {"key": order.demand.key, "order_id": order.id, "document": canonical(order.demand.to_dict()).decode()}
        connection.execute(_INSERT[demands], row)
    said = canonical({"order": order.id}).decode()
    kept = {"role": actor.role, "actor": actor.id, "key": answer.key, "digest": answer.digest, "answer": said}
    connection.execute(_INSERT[answers], kept | {"order_id": order.id})
