"""Stores to test with: SQLite in a file of its own, and each database that `SETTLEMENT_STORES` names, emptied first."""

from __future__ import annotations

import importlib.util
import os

import pytest

#: Without SQLAlchemy nothing here can even be read; `make test` says that it left this out, `make store` runs it.
collect_ignore_glob = [] if importlib.util.find_spec("sqlalchemy") else ["test_*.py"]

STORES = ["sqlite", *filter(None, os.environ.get("SETTLEMENT_STORES", "").split())]


@pytest.fixture(params=STORES, ids=lambda url: url.partition(":")[0])
def url(request, tmp_path):
    """The URL of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'orders.db'}"
    from stored import emptied

    emptied(request.param)
    return request.param


@pytest.fixture(params=STORES[1:], ids=lambda url: url.partition(":")[0])
def server_url(request):
    """The same of databases that let in two writers at once; none where there are none: `make stores` has them."""
    from stored import emptied

    emptied(request.param)
    return request.param


@pytest.fixture
def store(url):
    """A store in it, at five past midnight of Singles' Day."""
    from stored import a_store

    made = a_store(url)
    yield made
    made.close()
