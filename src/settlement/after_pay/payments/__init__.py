"""Paid or not, how else it could be paid, and requests that come twice."""

from __future__ import annotations

from settlement.after_pay.payments.answers import PaymentAnswer
from settlement.after_pay.payments.demand import (
    PaymentDemand,
    PaymentNotice,
    RetrySchedule,
    payment_key,
    retry_schedule,
)
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice, refund_demand
from settlement.after_pay.payments.idempotency import StoredAnswer, stored_answer
from settlement.after_pay.payments.limits import ProviderLimits, check_payments, check_refund, provider_limits
from settlement.after_pay.payments.options import PaymentOption, payment_items, payment_options, split_tenders
from settlement.after_pay.payments.paid import PaymentState, payment_demand, payment_state, refund_due
from settlement.documents.written import all_readable as _readable

__all__ = [
    "PaymentAnswer",
    "PaymentDemand",
    "PaymentNotice",
    "PaymentOption",
    "PaymentState",
    "ProviderLimits",
    "RefundDemand",
    "RefundNotice",
    "RetrySchedule",
    "StoredAnswer",
    "check_payments",
    "check_refund",
    "payment_demand",
    "payment_items",
    "payment_key",
    "payment_options",
    "payment_state",
    "provider_limits",
    "refund_demand",
    "refund_due",
    "retry_schedule",
    "split_tenders",
    "stored_answer",
]

_readable(globals())
