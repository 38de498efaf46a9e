"""The migrations make the tables, all of them and nothing else."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import inspect

from settlement.commands.cli import main
from settlement.ext.store.migrate import configured
from settlement.ext.store.tables import TABLES
from stored import BUYER, a_store, counts, opened, plain

pytestmark = pytest.mark.store


def test_the_tables_are_those_that_the_migrations_make(bare):
    """Alembic finds nothing to do, and would find a column too many."""
    a_store(bare).close()
    config = configured()
    with opened(bare) as connection:
        config.attributes["connection"] = connection
        command.check(config)
        assert {*inspect(connection).get_table_names()} == {*TABLES.tables, "alembic_version"}
        connection.exec_driver_sql("ALTER TABLE orders ADD COLUMN more INTEGER")
        with pytest.raises(Exception, match="New upgrade operations detected"):
            command.check(config)


def test_migrating_again_loses_nothing(store, url):
    """What is there stays."""
    store.place(BUYER, plain(), order="SO1001")
    there = counts(url)
    store.migrate()
    assert counts(url) == there
    assert store.order(BUYER, "SO1001").order.id == "SO1001"


def test_the_command_migrates(bare, tmp_path, capsys):
    """Tables are there after it, also the second time; what is no database is told, with exit code 2."""
    for _ in range(2):
        assert main(["migrate", bare, "--json"]) == 0
    assert capsys.readouterr().out == '{"migrated": true}\n' * 2
    assert counts(bare)["orders"] == 0
    for wrong in ("nonsense", f"sqlite:///{tmp_path}/none/orders.db", "oracle+nothing://x"):
        assert main(["migrate", wrong]) == 2
        assert capsys.readouterr().err.startswith("settlement: ")


def test_a_check_and_a_reference_are_the_databases_own(url):
    """Below 0, more given back than taken, an event of no order: each is refused past the store too."""
    from sqlalchemy.exc import DBAPIError

    for statement in (
        "INSERT INTO allowances (kind, holder, id, quantity) VALUES ('points', 'u1', 'points', -1)",
        "INSERT INTO events (order_id, seq, kind, at, role, actor, chain) VALUES ('x', 0, 'placed', 0, 'x', 'x', 'x')",
    ):
        with pytest.raises(DBAPIError, match=r"(?i)constraint"), opened(url) as connection:
            connection.exec_driver_sql(statement)


def test_tables_of_the_first_version_are_brought_up_to_date(bare):
    """What stood there stays, and what came later is there."""
    config = configured()
    with opened(bare) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO books (customer) VALUES ('u1')")
        assert "kept_quotes" not in inspect(connection).get_table_names()
    a_store(bare).close()
    assert (counts(bare)["books"], counts(bare)["kept_quotes"]) == (1, 0)
