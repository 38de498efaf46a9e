"""Orders in a database, so that none is lost and nothing is used twice (`settlement[sql]`).

`Store` has three transactions: `place`, `tell` and `give_back`; none of them waits for a network but the database's.
What it keeps is in `tables`, who may call what in `access`; each transaction is a module of its own.
"""

from __future__ import annotations

from settlement.documents.extras import needs as _needs
from settlement.documents.written import all_readable
from settlement.errors import AllowanceExhausted, EventRefused, NotFound

with _needs("sql"):
    from settlement.ext.store.async_store import AsyncStore
    from settlement.ext.store.holding import Held
    from settlement.ext.store.jobs import Due, Job
    from settlement.ext.store.reading import OrderRow, Page, ShopOrder
    from settlement.ext.store.store import Store
    from settlement.ext.store.telling import Told
    from settlement.ext.store.working import Done, Worker

__all__ = [
    "AllowanceExhausted",
    "AsyncStore",
    "Done",
    "Due",
    "EventRefused",
    "Held",
    "Job",
    "NotFound",
    "OrderRow",
    "Page",
    "ShopOrder",
    "Store",
    "Told",
    "Worker",
]

all_readable(globals())
