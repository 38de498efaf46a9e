"""What nobody asks for: unpaid orders are closed, lost notices asked for, refunds given back. One thread does it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from settlement.ext.store import Worker
from shop.pay import ONE_AT_A_TIME
from shop.state import State

__all__ = ["once", "start"]

#: Seconds between two looks.
EVERY: Final = 5
_LOG: Final = logging.getLogger("shop.jobs")


def once(worker: Worker) -> None:
    """All that is due. A job that fails is told, and comes again."""
    with ONE_AT_A_TIME:
        for done in worker.once():
            if done.outcome == "failed":
                _LOG.warning("%s of %s failed: %s", done.job.kind, done.job.order, done.why)


def start(shop: State) -> Callable[[], None]:
    """Begin; what is returned ends it."""
    worker, ended = Worker(shop.store, gateways=shop.gateway), threading.Event()

    def work() -> None:
        while not ended.wait(EVERY):
            try:
                once(worker)
            except Exception:  # noqa: BLE001 - the thread goes on, whatever it was; it is in the log
                _LOG.exception("the worker stumbled")

    thread = threading.Thread(target=work, name="jobs", daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join(EVERY)

    return end
