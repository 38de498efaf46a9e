"""Wrapping all keys under the newest master key, in steps that each stand: who was stopped begins again.

Where an older master key leaked beside a copy of the table of keys, wrapping is not enough: the keys themselves are
known. Then each person is given another one, and all that the old one sealed is sealed anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sqlalchemy import Table, delete, insert, select, update

from settlement.documents.canonical import canonical
from settlement.errors import CryptoRefused
from settlement.ext.crypto import MasterKeys, new_key, reseal, rotation, unwrap
from settlement.ext.store.database import Database, reached
from settlement.ext.store.persons import wrapped_key
from settlement.ext.store.tables import addresses, kept_quotes, keys, records

__all__ = ["rotate", "rotate_at"]

#: Keys of one step, which is one transaction.
STEP: Final = 1_000


def rotate(database: Database, *, anew: bool = False) -> int:
    """How many were wrapped anew. Raises `CryptoRefused` without keys, and where the one before is not among them.

    `anew`: each person whose key was not made under the newest master key has another, under which all of him is sealed
    anew; also where it was wrapped by the newest since.
    """
    count, after = _all_resealed(database) if anew else 0, ""
    while True:
        step, last = database.settled(lambda after=after: _step(database, after))  # type: ignore[misc]  # bound now
        count += step
        if last is None:
            return count
        after = last


def rotate_at(url: str, masters: MasterKeys, *, anew: bool = False) -> int:
    """The same by URL. Raises `ConnectionError` where there is no such database, no driver of it, or no way to it."""
    with reached():
        database = Database(url, keys=masters)
        try:
            return rotate(database, anew=anew)
        finally:
            database.engine.dispose()


def _masters(database: Database) -> MasterKeys:
    if database.persons.masters is None:
        raise CryptoRefused("crypto.key_unknown")
    return database.persons.masters


def _step(database: Database, after: str) -> tuple[int, str | None]:
    masters, count = _masters(database), 0
    with database.writing() as connection:
        behind = select(keys).where(keys.c.id > after).order_by(keys.c.id).limit(STEP + 1)
        rows = {row.id: row for row in connection.execute(behind)}
        step = rotation([wrapped_key(row) for row in rows.values()], masters, STEP)
        for made in step.rows:
            if made.sealed is not None:
                # As it was read: a person who was erased meanwhile stays erased.
                as_read = (keys.c.id == made.id) & (keys.c.wrapped == rows[made.id].wrapped)
                anew = update(keys).where(as_read).values(master=made.master, wrapped=made.sealed.hex())
                count += connection.execute(anew).rowcount
    return count, step.after


# ------------------------------------------------------------------ another key


def _all_resealed(database: Database) -> int:
    """Person by person, each in a transaction; whose key was made under the newest master key is left alone."""
    masters, count, after = _masters(database), 0, ""
    before = keys.c.made.is_(None) | (keys.c.made != masters.first.id)  # by whichever it is wrapped now
    older = select(keys.c.id).where(before, keys.c.wrapped.is_not(None))
    while True:
        with database.reading() as connection:
            behind = older.where(keys.c.role.in_(_PERSONS), keys.c.id > after).order_by(keys.c.id).limit(STEP)
            found = connection.execute(behind).scalars().all()
        for name in found:
            count += database.settled(partial(_resealed, database, masters, name))
        if not found:
            return count
        after = found[-1]


def _resealed(database: Database, masters: MasterKeys, name: str) -> int:
    """All that one key sealed, under another key of the same person; the old one is deleted."""
    with database.writing() as connection:
        row = connection.execute(select(keys).where(keys.c.id == name).with_for_update()).first()
        if row is None or row.wrapped is None:  # erased meanwhile
            return 0
        old = unwrap(wrapped_key(row), masters)
        secret, made = new_key(f"{row.role}/{row.holder}", masters)
        connection.execute(update(keys).where(keys.c.id == name).values(holder=None))  # a person has one
        stated = {"id": made.id, "role": row.role, "holder": row.holder, "master": made.master, "made": made.master}
        connection.execute(insert(keys).values(stated | {"wrapped": (made.sealed or b"").hex()}))
        for table, place in _PLACES:
            primary = list(table.primary_key.columns)
            sealed = select(*primary, table.c.sealed).where(table.c.key == name)
            for each in connection.execute(sealed).all():
                again = reseal(json.loads(each.sealed), {old.id: old}, secret, *place(each))
                here = [column == getattr(each, column.name) for column in primary]
                values = {"sealed": canonical(again).decode(), "key": secret.id}
                connection.execute(update(table).where(*here).values(values))
        connection.execute(delete(keys).where(keys.c.id == name))
    return 1


def _of_record(row: Any) -> tuple[str, str]:
    return ("events", f"{row.order_id}/{row.seq}") if row.seq else ("records", row.order_id)


#: Whose keys seal; the one that phones are hashed with seals nothing.
_PERSONS: Final = ("customer", "order")
#: Where sealed things stand, and what each is bound to there.
_PLACES: Final[tuple[tuple[Table, Callable[[Any], tuple[str, str]]], ...]] = (
    (records, _of_record),
    (addresses, lambda row: ("addresses", f"{row.customer}/{row.id}")),
    (kept_quotes, lambda row: ("kept_quotes", f"{row.customer}/{row.id}")),
)
