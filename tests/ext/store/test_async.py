"""The store that is awaited is the store: every call, the same answers, and many at once."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter

import pytest

from settlement.ext.store import AllowanceExhausted, AsyncStore, Store
from stored import BUYER, NOTIFY, NOW, STAFF, a_quote, counts, left, notice, plain

pytestmark = pytest.mark.store


@pytest.fixture
def awaited_url(url):
    """The same database by a driver that can be awaited."""
    return url.replace("sqlite://", "sqlite+aiosqlite://").replace("+pymysql", "+aiomysql")


def test_it_has_every_call_of_the_store():
    """By the same names."""
    calls = [{name for name in vars(kind) if name[0] != "_"} for kind in (Store, AsyncStore)]
    assert calls[0] == calls[1]
    assert all(inspect.iscoroutinefunction(getattr(AsyncStore, name)) for name in calls[1])


def test_an_order_goes_all_its_way(awaited_url, url):
    """Placed, told, given back and read; ten at once for the last cup are one and nine."""

    async def way():
        store = AsyncStore(awaited_url, clock=lambda: NOW)
        await store.migrate()
        await store.allow("stock", "cup", 4, shop="s1")
        order = await store.place(BUYER, plain(), order="SO1001")
        told = await store.tell(NOTIFY, notice(order))
        state = await store.give_back(STAFF, "SO1001", a_quote(order))
        assert (told.state.status, await store.order(BUYER, "SO1001")) == ("paid", state)
        many = [store.place(STAFF, plain(f"u{at}"), order=f"SO200{at}") for at in range(10)]
        said = Counter([type(each) for each in await asyncio.gather(*many, return_exceptions=True)])
        page = await store.orders(STAFF)
        await store.close()
        return said, len(page.rows)

    said, rows = asyncio.run(way())
    assert (said[AllowanceExhausted], said.total(), rows) == (9, 10, 2)
    assert left(url) == {("stock", "s1", "cup"): 1000}  # the one that was given back before it was sent
    assert counts(url)["orders"] == 2
