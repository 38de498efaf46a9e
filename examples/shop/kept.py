"""Texts by key in a table: what stands in this mapping stands after a restart too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime, timedelta

from sqlalchemy import Table, delete, func, insert, select, update

from settlement.ext.store.database import Database
from settlement.ext.store.figures import microseconds

__all__ = ["Kept", "KeptFor"]


class Kept(MutableMapping[str, str]):
    """A table of `key` and `text` as a mapping."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database, self._table = database, table

    def __getitem__(self, key: str) -> str:
        with self._database.reading() as connection:
            found = connection.execute(select(self._table.c.text).where(self._table.c.key == key)).scalar()
        if found is None:
            raise KeyError(key)
        return str(found)

    def __setitem__(self, key: str, value: str) -> None:
        told = {"text": value, **self._beside()}
        there = update(self._table).where(self._table.c.key == key).values(told)

        def attempt() -> None:
            with self._database.writing() as connection:
                if not connection.execute(there).rowcount:
                    connection.execute(insert(self._table).values(key=key, **told))

        self._database.settled(attempt)

    def __delitem__(self, key: str) -> None:
        with self._database.writing() as connection:
            if not connection.execute(delete(self._table).where(self._table.c.key == key)).rowcount:
                raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        with self._database.reading() as connection:
            return iter(list(connection.execute(select(self._table.c.key)).scalars()))

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(self._table)).scalar_one()

    def _beside(self) -> Mapping[str, int]:
        """What else is written with a text."""
        return {}


class KeptFor(Kept):
    """A table of `key`, `text` and `until`: each text for so long since it was written, then `forget` drops it."""

    def __init__(self, database: Database, table: Table, clock: Callable[[], datetime], time: timedelta) -> None:
        super().__init__(database, table)
        self._clock, self._time = clock, time

    def forget(self) -> None:
        """Drop what is over."""
        over = delete(self._table).where(self._table.c.until <= microseconds(self._clock()))
        with self._database.writing() as connection:
            connection.execute(over)

    def _beside(self) -> Mapping[str, int]:
        return {"until": microseconds(self._clock() + self._time)}
