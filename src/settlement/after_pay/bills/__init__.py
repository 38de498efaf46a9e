"""Provider's bills, and whether they agree with what the shop knows."""

from __future__ import annotations

from settlement.after_pay.bills.alipay import read_alipay
from settlement.after_pay.bills.bill import Bill, BillRow
from settlement.after_pay.bills.neutral import read_csv
from settlement.after_pay.bills.reconcile import provider_fees, reconcile
from settlement.after_pay.bills.reconciliation import Expected, Reconciled, ReconciledSum, Reconciliation
from settlement.after_pay.bills.wechat import read_wechat
from settlement.documents.written import all_readable as _readable

__all__ = [
    "Bill",
    "BillRow",
    "Expected",
    "Reconciled",
    "ReconciledSum",
    "Reconciliation",
    "provider_fees",
    "read_alipay",
    "read_csv",
    "read_wechat",
    "reconcile",
]

_readable(globals())
