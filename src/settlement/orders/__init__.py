"""An order is a record and what happened since: placed once, then folded from its events.

`place` makes an `Order` of a record or of a true confirmation; `order_state` folds its events into an `OrderState`.
Nothing here keeps anything or asks anybody: stores and gateways are built on these names.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.orders.actor import Actor
from settlement.orders.events import EVENTS, EventLog, OrderEvent
from settlement.orders.goods_events import Cancelled, Closed, Noted, OrderGoods, Received, Returned, Shipped
from settlement.orders.money_events import Changed, Paid, RefundAsked, RefundFailed, RefundSucceeded
from settlement.orders.order import Consumed, Order, place
from settlement.orders.state import LineDelivery, OrderState, RefundProgress, ShopDeliveries, order_state
from settlement.orders.stats import Between, PaymentStats, payment_stats
from settlement.orders.status import ALLOWED, STATUSES, OrderStatus

__all__ = [
    "ALLOWED",
    "EVENTS",
    "STATUSES",
    "Actor",
    "Between",
    "Cancelled",
    "Changed",
    "Closed",
    "Consumed",
    "EventLog",
    "LineDelivery",
    "Noted",
    "Order",
    "OrderEvent",
    "OrderGoods",
    "OrderState",
    "OrderStatus",
    "Paid",
    "PaymentStats",
    "Received",
    "RefundAsked",
    "RefundFailed",
    "RefundProgress",
    "RefundSucceeded",
    "Returned",
    "Shipped",
    "ShopDeliveries",
    "order_state",
    "payment_stats",
    "place",
]

_readable(globals())
