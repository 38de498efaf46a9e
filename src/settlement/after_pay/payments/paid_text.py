"""The state of a payment for a reader: whether the order is paid, and all that was told and pays nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from settlement.documents.words.language import language
from settlement.documents.words.plain import shown

if TYPE_CHECKING:
    from settlement.after_pay.payments.paid import PaymentState

__all__ = ["MISMATCHES", "paid_text"]

#: Why a notice pays nothing (`paid`).
MISMATCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "other_order": "for another order",
        "other_merchant": "to another account",
        "other_currency": "in another currency",
        "too_little": "less than was asked for",
        "too_much": "more than was asked for",
        "paid_before": "the order was paid before, so this is to be paid back",
        "closed_before": "the order was closed before, so this is to be paid back",
        "told_otherwise": "this transaction was told otherwise before",
    }
)


def paid_text(state: PaymentState, *, locale: str = "en") -> str:
    """The state in a reader's language, a line for each mismatch. Raises `UnknownLocale`.

    >>> from settlement.after_pay.payments import PaymentDemand, payment_state
    >>> print(paid_text(payment_state([PaymentDemand(order="1001", amount="9.90 CNY")], []), locale="zh_CN"))
    订单 1001：¥9.90，未支付
    """
    say = language(locale)
    demand = state.paid_for or state.demands[-1]
    facts = {"order": shown(state.order), "amount": say.money(demand.amount)}
    if state.payment is None:
        rows = [say("Order {order}: {amount}, not paid", **facts)]
    else:
        rows = [say("Order {order}: {amount}, paid by {id}", **facts, id=shown(state.payment.id))]
    for each in state.mismatches:
        rows.append(
            say(
                "{id}: {amount} in mismatch: {reason} (expected {expected}, found {found})",
                id=shown(each.notice.id),
                amount=say.money(each.notice.amount),
                reason=say(MISMATCHES[str(each.reason)]),
                expected=shown(each.expected or "-"),
                found=shown(each.found or "-"),
            )
        )
    return "\n".join(rows)
