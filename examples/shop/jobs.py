"""What nobody asks for: unpaid orders are closed, lost notices asked for, refunds given back, points granted.

One thread does it. What is granted when an order is complete hangs on its events, each of which is passed on at least
once: the table of what was granted makes it once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import insert, select

from settlement.ext.store import Worker
from settlement.ext.store.consuming import Take, grant
from settlement.orders import Actor, OrderState
from shop import refunds
from shop.pay import ONE_AT_A_TIME
from shop.state import State
from shop.tables import earned

__all__ = ["once", "start", "worker_of"]

#: Seconds between two looks.
EVERY: Final = 5
_JOBS: Final = Actor.system("jobs")
_LOG: Final = logging.getLogger("shop.jobs")


def worker_of(shop: State) -> Worker:
    """Who works for this shop, and what happens with what happened."""
    return Worker(shop.store, gateways=shop.gateway, deliver=lambda told: _happened(shop, told))


def _happened(shop: State, told: Mapping[str, Any]) -> None:
    """With the last arrival of an order its buyer has the points that it earned, once."""
    if told.get("kind") != "received":
        return
    state = shop.store.order(_JOBS, told["order"])
    assert isinstance(state, OrderState)  # programs see all
    points = state.order.settlement.points.earned
    if state.status != "completed" or not points or state.order.customer is None:
        return

    def attempt() -> None:
        with shop.database.writing() as connection:
            granted = select(earned.c.order_id).where(earned.c.order_id == state.order.id)
            if connection.execute(granted).first() is None:
                connection.execute(insert(earned).values(order_id=state.order.id, points=points))
                grant(connection, Take("points", "points", (str(state.order.customer),), points * 1000))

    shop.database.settled(attempt)


def once(worker: Worker) -> None:
    """All that is due. A job that fails is told, and comes again."""
    with ONE_AT_A_TIME:
        for done in worker.once():
            if done.outcome == "failed":
                _LOG.warning("%s of %s failed: %s", done.job.kind, done.job.order, done.why)


def start(shop: State) -> Callable[[], None]:
    """Begin; what is returned ends it."""
    worker, ended = worker_of(shop), threading.Event()

    def work() -> None:
        while not ended.wait(EVERY):
            try:
                refunds.finish(shop)
                once(worker)
            except Exception:  # noqa: BLE001 - the thread goes on, whatever it was; it is in the log
                _LOG.exception("the worker stumbled")

    thread = threading.Thread(target=work, name="jobs", daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join(EVERY)

    return end
