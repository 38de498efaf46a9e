"""Stores to test with: SQLite in a file of its own, and each database that `SETTLEMENT_STORES` names, its rows gone."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest

#: Without SQLAlchemy nothing here can even be read; `make test` says that it left this out, `make store` runs it.
collect_ignore_glob = [] if importlib.util.find_spec("sqlalchemy") else ["test_*.py"]

STORES = ["sqlite", *filter(None, os.environ.get("SETTLEMENT_STORES", "").split())]


@pytest.fixture(scope="session")
def made():
    """URLs of databases, and of SQLite the file to copy, whose tables were made once for all tests."""
    return {}


@pytest.fixture(params=STORES, ids=lambda url: url.partition(":")[0])
def bare(request, tmp_path, made):
    """The URL of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'orders.db'}"
    from stored import emptied

    made.pop(request.param, None)
    emptied(request.param)
    return request.param


def _with_tables(url, made):
    """A server's database with its tables and without a row."""
    from stored import a_store, emptied, without_rows

    if url in made:
        without_rows(url)
    else:
        emptied(url)
        a_store(url).close()
        made[url] = True
    return url


@pytest.fixture(params=STORES, ids=lambda url: url.partition(":")[0])
def url(request, tmp_path, tmp_path_factory, made):
    """The URL of a database with its tables and without a row."""
    if request.param != "sqlite":
        return _with_tables(request.param, made)
    if "sqlite" not in made:
        from stored import a_store

        made["sqlite"] = tmp_path_factory.mktemp("made") / "orders.db"
        a_store(f"sqlite:///{made['sqlite']}").close()
    shutil.copy(made["sqlite"], tmp_path / "orders.db")
    return f"sqlite:///{tmp_path / 'orders.db'}"


@pytest.fixture(params=STORES[1:], ids=lambda url: url.partition(":")[0])
def server_url(request, made):
    """The same of databases that let in two writers at once; none where there are none: `make stores` has them."""
    return _with_tables(request.param, made)


@pytest.fixture
def clock():
    """A clock that a test moves, at five past midnight of Singles' Day."""
    from stored import Clock

    return Clock()


@pytest.fixture
def store(url, clock):
    """A store in it, by that clock."""
    from settlement.ext.store import Store

    opened = Store(url, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def spoils(url, made):
    """For a test that takes something of the tables away: the next one has them made anew."""
    yield
    made.pop(url, None)
