"""A customer's address book in the tables: read as a value, changed as one, whoever else changes it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, select, update

from settlement.cart.address import Address
from settlement.consignee.book import AddressBook
from settlement.documents.canonical import canonical
from settlement.ext.store.database import Database, insert_once
from settlement.ext.store.persons import OF_KEY, Person, Persons
from settlement.ext.store.tables import addresses, books, keys

__all__ = ["change_book", "read_book"]


def read_book(connection: Connection, persons: Persons, customer: str) -> AddressBook:
    """The addresses of a customer; whoever has none has an empty book."""
    default = connection.execute(select(books.c.default_id).where(books.c.customer == customer)).scalar()
    found = select(addresses, *OF_KEY).outerjoin(keys, addresses.c.key == keys.c.id)
    rows = connection.execute(found.where(addresses.c.customer == customer).order_by(addresses.c.place)).all()
    entries = []
    for row in rows:
        address = Address.model_validate(persons.read(row, _context(customer, row.id)))
        entries.append({"id": row.id, "address": address, "used": row.used})
    return AddressBook.model_validate({"entries": entries, "default_id": default})


def change_book(database: Database, customer: str, change: Callable[[AddressBook], AddressBook]) -> AddressBook:
    """The book after a change of it. Two who change it at once wait for each other: both changes stand."""
    return database.settled(lambda: _attempt(database, customer, change))


def _attempt(database: Database, customer: str, change: Callable[[AddressBook], AddressBook]) -> AddressBook:
    mine = books.c.customer == customer
    with database.writing() as connection:
        insert_once(connection, books, {"customer": customer, "default_id": None})
        connection.execute(select(books.c.customer).where(mine).with_for_update())
        changed = change(read_book(connection, database.persons, customer))
        connection.execute(update(books).where(mine).values(default_id=changed.default_id))
        connection.execute(delete(addresses).where(addresses.c.customer == customer))
        rows = []
        for place, entry in enumerate(changed.entries):
            told = entry.address.to_dict()
            readable = {"region": told.pop("region")}
            stated = {name: value for name, value in told.items() if value is not None}
            row = database.persons.write(connection, Person("customer", customer), stated, _context(customer, entry.id))
            row["personal"] = canonical(readable | row["personal"]).decode()
            rows.append(row | {"customer": customer, "id": entry.id, "place": place, "used": entry.used})
        if rows:
            connection.execute(insert(addresses), rows)
    return changed


def _context(customer: str, id: str) -> tuple[str, str]:
    return "addresses", f"{customer}/{id}"
