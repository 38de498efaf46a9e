"""An order's state for a reader: its status, its money, its deliveries, and all that is owed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown

if TYPE_CHECKING:
    from settlement.orders.state import LineDelivery, OrderState

__all__ = ["EVENTS", "REFUNDS", "STATUSES", "order_text"]

#: What each status is called (`status`).
STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pending_payment": "waiting for payment",
        "paid": "paid",
        "partly_shipped": "partly shipped",
        "shipped": "shipped",
        "completed": "completed",
        "cancelled": "cancelled",
        "closed": "closed, not paid in time",
        "partly_refunded": "partly refunded",
        "refunded": "refunded",
    }
)
#: What each event is called (`events`).
EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paid": "a payment was told",
        "shipped": "goods were shipped",
        "received": "goods were received",
        "cancelled": "the order was cancelled",
        "closed": "the order was closed",
        "changed": "the order was changed",
        "returned": "goods came back",
        "refund_asked": "a refund was asked for",
        "refund_succeeded": "a refund went through",
        "refund_failed": "a refund failed",
        "noted": "a note was written",
    }
)
#: The last that is known of a refund (`refunds`).
REFUNDS: Final[Mapping[str, str]] = MappingProxyType(
    {"asked": "asked for", "succeeded": "given back", "failed": "failed, nothing has changed"}
)


def order_text(state: OrderState, *, locale: str = "en") -> str:
    """The state in a reader's language, a line for each fact, without a final newline. Raises `UnknownLocale`."""
    say = language(locale)
    rows = [say("Order {order}: {status}", order=shown(state.order.id), status=say(STATUSES[state.status]))]
    rows.append(say("Paid: {amount}", amount=say.money(state.paid)))
    if state.to_collect:
        rows.append(say("Still to be paid: {amount}", amount=say.money(state.to_collect)))
    for payment in state.payments:
        rows += payment.text(locale).split("\n")[1:]
    rows += [say("Given back: {amount}", amount=say.money(each)) for each in state.given_back]
    for each in state.refund_due:
        if each.minor > 0:
            rows.append(say("Owed to the buyer: {amount}", amount=say.money(each)))
        else:
            rows.append(say("Given back beyond what was owed: {amount}", amount=say.money(-each)))
    for refund in state.refunds:
        facts = {"refund": shown(refund.refund), "told": say(REFUNDS[refund.told])}
        if refund.amount is None:
            rows.append(say("Refund {refund}: {told}", **facts))
        else:
            rows.append(say("Refund {refund}: {amount}, {told}", **facts, amount=say.money(refund.amount)))
    for shop in state.deliveries:
        rows += [_delivery(say, shown(shop.shop), each) for each in shop.lines]
    return "\n".join(rows)


def _delivery(say: Language, shop: str, line: LineDelivery) -> str:
    """One line of a shop: what is where, without what there is none of."""
    parts = [
        say("{quantity} to be sent", quantity=say.number(line.left)) if line.left else "",
        say("{quantity} sent", quantity=say.number(line.shipped)) if line.shipped else "",
        say("{quantity} received", quantity=say.number(line.received)) if line.received else "",
        say("{quantity} came back", quantity=say.number(line.returned)) if line.returned else "",
    ]
    told = ", ".join([each for each in parts if each]) or say("nothing to be sent")
    return say("{shop}, {line}: {parts}", shop=shop, line=shown(line.line), parts=told)
