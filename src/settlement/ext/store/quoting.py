"""Quotes that a buyer was shown: the record of each, kept until it expires, so that a short seal of it is enough."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from pydantic_core import PydanticCustomError
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from settlement.audit.record import Record
from settlement.documents.canonical import canonical
from settlement.documents.order_name import happened
from settlement.documents.problems import expect
from settlement.errors import IdempotencyConflict, InvalidDocument, InvariantBroken, NotFound, Problem
from settlement.ext.crypto import person_in
from settlement.ext.store.database import Database
from settlement.ext.store.figures import microseconds
from settlement.ext.store.persons import OF_KEY, Person, Persons
from settlement.ext.store.tables import kept_quotes, keys

__all__ = ["drop_expired", "keep_quote", "read_quote"]

_MINE: Final = (kept_quotes.c.customer == bindparam("of_customer")) & (kept_quotes.c.id == bindparam("of_id"))
_KEPT: Final = select(kept_quotes, *OF_KEY).outerjoin(keys, kept_quotes.c.key == keys.c.id).where(_MINE)


def keep_quote(
    database: Database,
    customer: str,
    id: str,
    record: Record,
    now: datetime,
    expires: datetime | str,
    most: int | None = None,
) -> None:
    """Keep a record as this customer's, and drop whatever of anybody's has expired. Raises as `Store.keep_quote`."""
    expect("id", id, str)
    expect("record", record, Record)
    happened("keep_quote", id=id)
    whose = (record.data["request"]["checkout"].get("customer") or {}).get("id")
    if whose not in (None, customer):
        raise NotFound(id)
    begin, end = microseconds(now), _end(expires)
    if end <= begin:
        raise InvalidDocument([Problem("expires", "window.empty")], "keep_quote")
    database.settled(lambda: _attempt(database, customer, id, record, begin, end, most))


def _attempt(
    database: Database, customer: str, id: str, record: Record, now: int, expires: int, most: int | None
) -> None:
    persons = database.persons
    with database.writing() as connection:
        connection.execute(delete(kept_quotes).where(kept_quotes.c.expires <= now))
        before = _row(connection, customer, id)
        if before is not None:
            if _record(before, persons, customer, id) != record:
                raise IdempotencyConflict(id)
            connection.execute(update(kept_quotes).where(_MINE).values(expires=expires), _named(customer, id))
            return
        told = record.personal
        person = person_in(told)
        row = persons.write(connection, Person("customer", customer), person, _context(customer, id))
        readable = {place: value for place, value in told.items() if place not in person}
        row["personal"] = canonical(readable | row["personal"]).decode()
        named = {"customer": customer, "id": id, "expires": expires, "order_name": record.order_name}
        kept = {"body": record.body.decode(), "digest": record.digest, "lines": canonical(record.order).decode()}
        connection.execute(insert(kept_quotes), row | named | kept)
        if most is not None:
            his = kept_quotes.c.customer == customer
            wanted = select(kept_quotes.c.id).where(his, kept_quotes.c.id != id)
            newest = wanted.order_by(kept_quotes.c.expires.desc(), kept_quotes.c.id)
            beyond = connection.execute(newest).scalars().all()[most - 1 :]
            if beyond:
                connection.execute(delete(kept_quotes).where(his, kept_quotes.c.id.in_(beyond)))


def drop_expired(database: Database, now: datetime) -> int:
    """Drop whatever has expired; how many it were."""
    ended = delete(kept_quotes).where(kept_quotes.c.expires <= microseconds(now))

    def attempt() -> int:
        with database.writing() as connection:
            return connection.execute(ended).rowcount

    return database.settled(attempt)


def read_quote(connection: Connection, persons: Persons, customer: str, id: str, now: int) -> Record:
    """The record of a quote of this customer's that has not expired. Raises `NotFound`."""
    row = _row(connection, customer, id)
    if row is None or row.expires <= now:
        raise NotFound(id)
    return _record(row, persons, customer, id)


def _end(expires: datetime | str) -> int:
    try:
        return microseconds(expires)
    except PydanticCustomError as error:
        raise InvalidDocument([Problem("expires", error.type, error.context or {})], "keep_quote") from None


def _row(connection: Connection, customer: str, id: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(_KEPT, _named(customer, id)).first()


def _record(row: Row[tuple[object, ...]], persons: Persons, customer: str, id: str) -> Record:
    """Raises `InvariantBroken` where its bytes are not those that were written."""
    personal = persons.read(row, _context(customer, id))
    made = Record(row.body.encode(), json.loads(row.lines), personal, row.order_name)
    if made.digest != row.digest:
        raise InvariantBroken(f"the kept record of quote {id}", row.digest, made.digest)
    return made


def _named(customer: str, id: str) -> dict[str, str]:
    return {"of_customer": customer, "of_id": id}


def _context(customer: str, id: str) -> tuple[str, str]:
    return "kept_quotes", f"{customer}/{id}"
