"""The status of an order: one function of its payment, its deliveries and its refunds; and what may happen in each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from settlement.orders.delivery import Deliveries
    from settlement.orders.payment import Payments
    from settlement.orders.refunds import Refunds

__all__ = ["ALLOWED", "STATUSES", "OrderStatus", "status_of"]

OrderStatus: TypeAlias = Literal[
    "pending_payment", "paid", "partly_shipped", "shipped", "completed", "cancelled", "closed", "partly_refunded",
    "refunded",
]  # fmt: skip
STATUSES: Final[tuple[OrderStatus, ...]] = get_args(OrderStatus)

#: What others tell, and what is asked of them: money that moved cannot be refused, in whatever state.
_ALWAYS: Final = ("paid", "refund_asked", "refund_succeeded", "refund_failed", "noted")
#: The table: status -> the events that can happen then; every other is refused.
ALLOWED: Final[Mapping[OrderStatus, tuple[str, ...]]] = MappingProxyType(
    {
        "pending_payment": (*_ALWAYS, "cancelled", "closed"),
        "paid": (*_ALWAYS, "shipped", "cancelled", "changed"),
        "partly_shipped": (*_ALWAYS, "shipped", "received", "changed", "returned"),
        "shipped": (*_ALWAYS, "received", "changed", "returned"),
        "completed": (*_ALWAYS, "changed", "returned"),
        "cancelled": _ALWAYS,
        "closed": _ALWAYS,
        "partly_refunded": (*_ALWAYS, "shipped", "received", "changed", "returned"),
        "refunded": (*_ALWAYS, "received", "returned"),
    }
)


def status_of(payments: Payments, deliveries: Deliveries, refunds: Refunds) -> OrderStatus:
    """The status, for the first of these that holds: ended, unpaid, given back, delivered, paid.

    An order is `refunded` where all that it was paid with, by the method, by cards and by what changes collected, was
    given back; `partly_refunded` where some of it was. Money that pays nothing counts on neither side.
    """
    if payments.ended is not None:
        return payments.ended
    if not payments.paid:
        return "pending_payment"
    back = refunds.of_order(payments.currency)
    if back > 0:
        return "refunded" if back >= payments.worth else "partly_refunded"
    if not deliveries.shipped:
        return "paid"
    if deliveries.left:
        return "partly_shipped"
    return "shipped" if deliveries.outstanding else "completed"
