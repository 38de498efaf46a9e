"""Erasing a person: his key, what of him may be read, and how he is found. Orders, sums and the log stay."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Update, delete, select, update

from settlement.documents.canonical import canonical
from settlement.ext.crypto import person_in
from settlement.ext.store.database import Database
from settlement.ext.store.persons import Person
from settlement.ext.store.tables import addresses, books, kept_quotes, keys, orders, records

__all__ = ["erase"]


def erase(database: Database, person: Person, now: int) -> None:
    """In one transaction. What was erased before stays as it is."""
    database.settled(lambda: _attempt(database, person, now))


def _attempt(database: Database, person: Person, now: int) -> None:
    mine = orders.c.customer if person.role == "customer" else orders.c.id
    of_his = records.c.order_id.in_(select(orders.c.id).where(mine == person.holder))
    gone = {"sealed": None, "key": None, "phone": None, "erased": now}
    with database.writing() as connection:
        # First, so that whoever is writing something of him has ended; his id goes too.
        key = update(keys).where(keys.c.role == person.role, keys.c.holder == person.holder)
        connection.execute(key.values(holder=None, wrapped=None))
        if person.role == "customer":
            connection.execute(delete(addresses).where(addresses.c.customer == person.holder))
            connection.execute(delete(books).where(books.c.customer == person.holder))
            connection.execute(delete(kept_quotes).where(kept_quotes.c.customer == person.holder))
        _erase_readable(connection, of_his, update(records).values(gone))
        sealed = of_his & records.c.key.is_not(None)
        connection.execute(update(records).where(sealed).values(gone))


def _erase_readable(connection: Connection, of_his: Any, erased: Update) -> None:
    """What no key seals: of a record what names goods and offers is left, of an event nothing."""
    readable = select(records.c.order_id, records.c.seq, records.c.personal).where(of_his)
    rows = connection.execute(readable.where(records.c.key.is_(None), records.c.erased.is_(None))).all()
    for row in rows:
        told: dict[str, Any] = json.loads(row.personal)
        person = person_in(told)
        left = {} if row.seq else {place: value for place, value in told.items() if place not in person}
        here = (records.c.order_id == row.order_id) & (records.c.seq == row.seq)
        connection.execute(erased.where(here).values(personal=canonical(left).decode()))
