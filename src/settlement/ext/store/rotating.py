"""Wrapping all keys under the newest master key, in steps that each stand: who was stopped begins again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from settlement.errors import CryptoRefused
from settlement.ext.crypto import MasterKeys, rotation
from settlement.ext.store.database import Database
from settlement.ext.store.persons import wrapped_key
from settlement.ext.store.tables import keys

__all__ = ["rotate", "rotate_at"]

#: Keys of one step, which is one transaction.
STEP: Final = 1_000


def rotate(database: Database) -> int:
    """How many were wrapped anew. Raises `CryptoRefused` without keys, and where the one before is not among them."""
    count, after = 0, ""
    while True:
        step, last = database.settled(lambda after=after: _step(database, after))  # type: ignore[misc]  # bound now
        count += step
        if last is None:
            return count
        after = last


def rotate_at(url: str, masters: MasterKeys) -> int:
    """The same by URL. Raises `ConnectionError` where there is no such database, no driver of it, or no way to it."""
    try:
        database = Database(url, keys=masters)
        try:
            return rotate(database)
        finally:
            database.engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        told = str(error).split("\n", 1)[0]
        raise ConnectionError(f"{type(error).__name__}: {told}") from None


def _step(database: Database, after: str) -> tuple[int, str | None]:
    masters = database.persons.masters
    if masters is None:
        raise CryptoRefused("crypto.key_unknown")
    count = 0
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
