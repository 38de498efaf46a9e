"""The three folds of an order beside each other, and the table by which each event is asked for."""

from __future__ import annotations

from settlement.errors import EventRefused, InvalidDocument, Problem
from settlement.orders.delivery import Deliveries
from settlement.orders.events import OrderEvent
from settlement.orders.order import Order
from settlement.orders.payment import Payments
from settlement.orders.refunds import Refunds
from settlement.orders.status import ALLOWED, status_of

__all__ = ["OrderFold"]


class OrderFold:
    """An order and all that happened so far; `history` is each status that it had, and from when."""

    __slots__ = ("count", "deliveries", "history", "payments", "refunds", "status")

    def __init__(self, order: Order) -> None:
        self.payments, self.deliveries, self.refunds = Payments(order), Deliveries(order), Refunds(order)
        self.status = status_of(self.payments, self.deliveries, self.refunds)
        self.history = [(self.status, order.placed)]
        self.count = 0

    def add(self, event: OrderEvent) -> None:
        """What happened next. Raises `EventRefused` and `InvalidDocument`, and then nothing has changed."""
        if event.kind not in ALLOWED[self.status]:
            raise EventRefused(event.kind, self.status, ALLOWED[self.status], self.count)
        folds = (self.payments, self.deliveries, self.refunds)
        wrong = [each for fold in folds for each in fold.wrong(event)]
        if wrong:
            found = [Problem(f"events[{self.count}].{each.place}", each.code, each.facts) for each in wrong]
            raise InvalidDocument(found, "OrderState")
        for fold in folds:
            fold.add(event)
        self.count += 1
        self.status = status_of(*folds)
        if self.status != self.history[-1][0]:
            self.history.append((self.status, event.at))
