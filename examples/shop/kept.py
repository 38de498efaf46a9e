"""Texts by key in a table: what stands in this mapping stands after a restart too."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from sqlalchemy import Table, delete, func, insert, select, update

from settlement.ext.store.database import Database

__all__ = ["Kept"]


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
        there = update(self._table).where(self._table.c.key == key).values(text=value)

        def attempt() -> None:
            with self._database.writing() as connection:
                if not connection.execute(there).rowcount:
                    connection.execute(insert(self._table).values(key=key, text=value))

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
