"""The payments of an order: its own, whose attempts share a number, and those that changes collect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from settlement.after_pay.payments.answers import PaymentFold
from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.after_pay.payments.paid import PaymentState, payment_state
from settlement.documents.scalars import instant_out
from settlement.errors import Problem
from settlement.money import excerpt
from settlement.orders.events import OrderEvent
from settlement.orders.goods_events import Cancelled, Closed
from settlement.orders.money_events import Changed, Paid
from settlement.orders.order import Order

__all__ = ["Payments"]


class _Asked:
    """What was asked for under one number, in one attempt after the other, and what was told of it."""

    __slots__ = ("_strange", "amount", "closed", "fold", "notices")

    def __init__(self, demand: PaymentDemand) -> None:
        self.amount = demand.amount
        self.fold = PaymentFold([demand])
        self.notices: list[PaymentNotice] = []
        self.closed: int | None = None
        self._strange: set[str] = set()

    def ask(self, demand: PaymentDemand) -> None:
        """One more attempt; what was told of it before it was known is looked at again."""
        if demand.key in self.fold.demands:
            return
        fold = self.fold
        fold.demands[demand.key] = demand
        if demand.key in self._strange:
            self.fold = PaymentFold(fold.demands.values())
            for at, notice in enumerate(self.notices):
                self.fold.closed = self.closed is not None and at >= self.closed
                self.fold.tell(notice)
            self.fold.closed = fold.closed

    def tell(self, notice: PaymentNotice) -> None:
        self.notices.append(notice)
        self.fold.tell(notice)
        if notice.key not in self.fold.demands:
            self._strange.add(notice.key)

    def close(self) -> None:
        self.closed, self.fold.closed = len(self.notices), True

    def state(self) -> PaymentState:
        return payment_state(self.fold.demands.values(), self.notices, self.closed)


class Payments:
    """The fold of what was asked for and told; where the order has ended, how."""

    __slots__ = ("_asked", "_own", "currency", "ended", "tenders")

    def __init__(self, order: Order) -> None:
        settlement = order.settlement
        self.currency = settlement.currency
        self._own = None if order.demand is None else _Asked(order.demand)
        self._asked: dict[str, _Asked] = {} if self._own is None else {order.id: self._own}
        #: What cards and stored value paid, in minor units.
        self.tenders = sum([each.amount.minor for each in settlement.tenders])
        self.ended: Literal["cancelled", "closed"] | None = None

    @property
    def paid(self) -> bool:
        """Whether the order itself is paid; with nothing due it is."""
        return self._own is None or self._own.fold.payment is not None

    @property
    def by_method(self) -> int:
        """What the payment method paid of all that was asked for, in minor units."""
        return sum([each.amount.minor for each in self._asked.values() if each.fold.payment is not None])

    @property
    def to_collect(self) -> int:
        """What was asked for and is not paid, in minor units; 0 where the order has ended."""
        if self.ended is not None:
            return 0
        return sum([each.amount.minor for each in self._asked.values() if each.fold.payment is None])

    @property
    def uncollected(self) -> int:
        """What changes collect and nobody paid, in minor units."""
        unpaid = [each.amount.minor for each in self._asked.values() if each.fold.payment is None]
        return sum(unpaid) - (0 if self._own is None or self.paid else self._own.amount.minor)

    @property
    def worth(self) -> int:
        """All that the order was paid with, in minor units."""
        return self.by_method + self.tenders

    def states(self) -> tuple[PaymentState, ...]:
        """The state of each payment, the order's own first; nothing where nothing was asked for."""
        return tuple([each.state() for each in self._asked.values()])

    # -------------------------------------------------------------- events

    def wrong(self, event: OrderEvent) -> Iterator[Problem]:
        """Why this event is none of the order's, with places below it."""
        if isinstance(event, Paid):
            yield from self._wrong_paid(event)
        elif isinstance(event, Closed):
            expires = self._expires()
            if expires is not None and event.at < expires:
                yield Problem("at", "event.expires", {"expires": instant_out(expires)})
        elif isinstance(event, Changed):
            yield from self._wrong_change(event)

    def _wrong_paid(self, event: Paid) -> Iterator[Problem]:
        demand = event.demand
        if not self._asked:
            yield Problem("notice", "event.nothing_asked")
        if demand is None or not self._asked:
            return
        asked = self._asked.get(demand.order)
        if asked is None:
            yield Problem("demand.order", "event.demand")
        elif demand.amount != asked.amount:
            facts = {"found": str(demand.amount), "expected": str(asked.amount)}
            yield Problem("demand.amount", "event.demand_amount", facts)
        elif asked.fold.demands.get(demand.key, demand) != demand:
            yield Problem("demand", "event.demand_twice")

    def _wrong_change(self, event: Changed) -> Iterator[Problem]:
        collect, demand = event.edit.collect, event.demand
        found = None if demand is None else demand.amount
        if found != (collect or None):
            facts = {"found": "null" if found is None else str(found), "expected": str(collect)}
            yield Problem("demand", "event.edit_demand", facts)
        elif demand is not None and demand.order in self._asked:
            yield Problem("demand.order", "event.edit_number", {"found": excerpt(demand.order)})

    def _expires(self) -> datetime | None:
        """Until when the order itself may be paid, in its last attempt."""
        demands = () if self._own is None else self._own.fold.demands.values()
        return max([each.expires for each in demands if each.expires is not None], default=None)

    def add(self, event: OrderEvent) -> None:
        """Count an event that is not wrong."""
        if isinstance(event, Paid):
            if event.demand is not None:
                self._asked[event.demand.order].ask(event.demand)
            self._of(event.notice.key).tell(event.notice)
        elif isinstance(event, (Cancelled, Closed)):
            self.ended = event.kind
            for asked in self._asked.values():
                asked.close()
        elif isinstance(event, Changed):
            if event.demand is not None:
                self._asked[event.demand.order] = _Asked(event.demand)
            added = event.edit.settled
            self.tenders += 0 if added is None else sum([each.amount.minor for each in added.tenders])

    def _of(self, key: str) -> _Asked:
        """What was asked for under this key; else the order's own, where it is another order's."""
        for asked in self._asked.values():
            if key in asked.fold.demands:
                return asked
        return next(iter(self._asked.values()))
