"""Refunds: folds of a settlement, nothing recomputed by another formula (contract §8)."""

from __future__ import annotations

from settlement.after_pay.refunds.money_back import Deduction, MoneyBack, StoreCredit
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.returns import RefundPreview, preview, refund
from settlement.documents.written import all_readable as _readable

__all__ = [
    "Deduction",
    "MoneyBack",
    "RefundPolicy",
    "RefundPreview",
    "RefundQuote",
    "StoreCredit",
    "preview",
    "refund",
]

_readable(globals())
