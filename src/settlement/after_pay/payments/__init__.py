"""Paid or not, how else it could be paid, and requests that come twice."""

from __future__ import annotations

from settlement.after_pay.payments.idempotency import StoredAnswer, stored_answer
from settlement.after_pay.payments.options import PaymentOption, payment_items, payment_options, split_tenders
from settlement.after_pay.payments.paid import PaymentDemand, PaymentNotice, PaymentState, payment_demand, payment_state

__all__ = [
    "PaymentDemand",
    "PaymentNotice",
    "PaymentOption",
    "PaymentState",
    "StoredAnswer",
    "payment_demand",
    "payment_items",
    "payment_options",
    "payment_state",
    "split_tenders",
    "stored_answer",
]
