"""The way to a database: how it is opened, and how a transaction is tried again where another was quicker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from settlement.errors import MissingExtra
from settlement.ext.crypto import MasterKeys
from settlement.ext.store.persons import Persons

__all__ = ["Database", "insert_once", "reached"]

T = TypeVar("T")

#: How often a transaction is tried in all. Of those that meet one always goes through.
TURNS: Final = 200
#: Seconds that SQLite waits for another writer.
BUSY: Final = 60
#: A deadlock, or a wait for a lock that ended: PostgreSQL's states, MariaDB's numbers.
_AGAIN: Final = frozenset({"40001", "40P01", "55P03", 1205, 1213, 1020})


class Database:
    """An engine of SQLAlchemy for SQLite, PostgreSQL or MariaDB, and what seals what is personal there."""

    def __init__(
        self, url: str, create: Callable[..., Engine] = create_engine, *, keys: MasterKeys | None = None
    ) -> None:
        self.persons = Persons(keys)
        made = make_url(url)
        self.dialect = made.get_backend_name()
        if self.dialect == "sqlite":
            self.engine = create(made, connect_args={"timeout": BUSY})
            event.listen(self.engine, "connect", _opened)
            event.listen(self.engine, "begin", _begun)
        else:
            if self.dialect in {"mysql", "mariadb"}:
                made = made.update_query_dict({"charset": "utf8mb4"})
            self.engine = create(made, isolation_level="READ COMMITTED", pool_pre_ping=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that writes nothing."""
        with self.engine.connect().execution_options(reads=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it, or nothing."""
        with self.engine.begin() as connection:
            yield connection

    def settled(self, attempt: Callable[[], T]) -> T:
        """What `attempt` comes to, tried again where somebody took the same number, or locked what it needs."""
        for _ in range(TURNS - 1):
            try:
                return attempt()
            except IntegrityError:
                continue
            except DBAPIError as error:
                if not _may_be_tried_again(error):
                    raise
        return attempt()


@contextmanager
def reached() -> Iterator[None]:
    """Raises `ConnectionError` where there is no such database, no driver of it, or no way to it."""
    try:
        yield
    except MissingExtra:
        raise
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        told = str(error).split("\n", 1)[0]
        raise ConnectionError(f"{type(error).__name__}: {told}") from None


def _may_be_tried_again(error: DBAPIError) -> bool:
    original = error.orig
    code = getattr(original, "sqlstate", None) or (getattr(original, "args", None) or (None,))[0]
    return code in _AGAIN


def _opened(connection: Any, _record: object) -> None:
    """Readers beside a writer, what is referred to is there, and the driver begins nothing by itself."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begun(connection: Connection) -> None:
    """A writer queues at the beginning, not in the middle, where it could only be told that it is locked out."""
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def insert_once(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Write a row unless there is one of its primary key, whoever is writing it now."""
    match connection.dialect.name:
        case "postgresql":
            connection.execute(postgresql.insert(table).values(row).on_conflict_do_nothing())
        case "sqlite":
            connection.execute(sqlite.insert(table).values(row).on_conflict_do_nothing())
        case _:
            first = next(iter(table.primary_key)).name
            connection.execute(mysql.insert(table).values(row).on_duplicate_key_update({first: row[first]}))
