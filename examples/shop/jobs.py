"""What nobody asks for: unpaid orders are closed, lost notices asked for, refunds given back, points granted.

One thread does it. What is granted when an order is complete hangs on its events, each of which is passed on at least
once; `points` makes it once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from settlement.ext.store import Worker
from settlement.orders import Actor
from shop import agents, points, refunds
from shop.pay import ONE_AT_A_TIME
from shop.state import State

__all__ = ["once", "start", "worker_of"]

#: Seconds between two looks.
EVERY: Final = 5
_JOBS: Final = Actor.system("jobs")
_LOG: Final = logging.getLogger("shop.jobs")


def worker_of(shop: State) -> Worker:
    """Who works for this shop, and what happens with what happened."""
    return Worker(shop.store, gateways=shop.gateway, deliver=lambda told: _happened(shop, told))


def _happened(shop: State, told: Mapping[str, Any]) -> None:
    """What arrives and what is refunded may change the points that an order gives."""
    if told.get("kind") in ("received", "returned", "refund_asked"):
        points.granted(shop, _JOBS, told["order"])


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
                agents.forget(shop)
            except Exception:  # noqa: BLE001 - the thread goes on, whatever it was; it is in the log
                _LOG.exception("the worker stumbled")

    thread = threading.Thread(target=work, name="jobs", daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join(EVERY)

    return end
