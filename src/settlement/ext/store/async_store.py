"""The same store for programs that await: every call of `Store`, run where its database may be waited for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn

from settlement.ext.crypto import MasterKeys
from settlement.ext.store.database import Database
from settlement.ext.store.store import Store, now

__all__ = ["AsyncStore"]

P = ParamSpec("P")
T = TypeVar("T")


def _engine(url: Any, **options: Any) -> Engine:
    return create_async_engine(url, **options).sync_engine


def _awaited(
    call: Callable[Concatenate[Store, P], T],
) -> Callable[Concatenate[AsyncStore, P], Coroutine[Any, Any, T]]:
    @wraps(call)
    async def awaited(self: AsyncStore, /, *args: P.args, **stated: P.kwargs) -> T:
        return await greenlet_spawn(partial(call, self._store, *args, **stated))

    return awaited


class AsyncStore:
    """A `Store` whose calls are awaited; in all else it is the same.

    The URL names a driver that can be awaited: `sqlite+aiosqlite:///orders.db`, `postgresql+psycopg://…`,
    `mysql+aiomysql://…`.
    """

    def __init__(self, url: str, keys: MasterKeys | None = None, *, clock: Callable[[], datetime] = now) -> None:
        self._store = Store(Database(url, _engine, keys=keys), clock=clock)

    migrate = _awaited(Store.migrate)
    close = _awaited(Store.close)
    allow = _awaited(Store.allow)
    held = _awaited(Store.held)
    stock = _awaited(Store.stock)
    place = _awaited(Store.place)
    tell = _awaited(Store.tell)
    give_back = _awaited(Store.give_back)
    give_back_owed = _awaited(Store.give_back_owed)
    order = _awaited(Store.order)
    orders = _awaited(Store.orders)
    addresses = _awaited(Store.addresses)
    keep_address = _awaited(Store.keep_address)
    use_address = _awaited(Store.use_address)
    drop_address = _awaited(Store.drop_address)
    keep_quote = _awaited(Store.keep_quote)
    quote = _awaited(Store.quote)
    drop_quotes = _awaited(Store.drop_quotes)
    erase = _awaited(Store.erase)
    rotate = _awaited(Store.rotate)
    unsent = _awaited(Store.unsent)
    sent = _awaited(Store.sent)
    check_log = _awaited(Store.check_log)
    anchor = _awaited(Store.anchor)
    ask = _awaited(Store.ask)
    demands = _awaited(Store.demands)
    looked = _awaited(Store.looked)
    due = _awaited(Store.due)
    event = _awaited(Store.event)
