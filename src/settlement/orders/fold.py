"""The three folds of an order beside each other, and the table by which each event is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from settlement.errors import EventRefused, InvalidDocument, Problem
from settlement.orders.delivery import Deliveries
from settlement.orders.events import OrderEvent
from settlement.orders.order import Order
from settlement.orders.payment import Payments
from settlement.orders.refunds import Refunds
from settlement.orders.status import ALLOWED, status_of

__all__ = ["OrderFold"]


class OrderFold:
    """All that happened so far; `history` is each status that the order had, and from when."""

    def __init__(self, order: Order, events: Iterable[OrderEvent]) -> None:
        self.payments, self.deliveries, self.refunds = Payments(order), Deliveries(order), Refunds(order)
        self.status = status_of(self.payments, self.deliveries, self.refunds)
        self.history = [(self.status, order.placed)]
        for at, event in enumerate(events):
            self._add(at, event)

    def _add(self, at: int, event: OrderEvent) -> None:
        if event.kind not in ALLOWED[self.status]:
            raise EventRefused(event.kind, self.status, ALLOWED[self.status], at)
        folds = (self.payments, self.deliveries, self.refunds)
        wrong = [each for fold in folds for each in fold.wrong(event)]
        if wrong:
            found = [Problem(f"events[{at}].{each.place}", each.code, each.facts) for each in wrong]
            raise InvalidDocument(found, "OrderState")
        for fold in folds:
            fold.add(event)
        self.status = status_of(*folds)
        if self.status != self.history[-1][0]:
            self.history.append((self.status, event.at))
