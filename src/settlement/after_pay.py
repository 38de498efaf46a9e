"""The documents that come after pay, by name: each has a JSON Schema and reads back what it wrote."""

from __future__ import annotations

from typing import Final

from settlement.documents import Document
from settlement.invoices import Invoice, InvoicePolicy
from settlement.payments import PaymentItem, PaymentOption, TenderShare
from settlement.payout_accounts import Payout
from settlement.payouts import PayoutPolicy
from settlement.reading import RefundDocument
from settlement.refunds import RefundPolicy
from settlement.sub_orders import SubOrder

__all__ = ["DOCUMENTS"]

#: Name -> the model that reads the document.
DOCUMENTS: Final[dict[str, type[Document]]] = {
    "invoice": Invoice,
    "invoice-policy": InvoicePolicy,
    "payment-item": PaymentItem,
    "payment-option": PaymentOption,
    "payout": Payout,
    "payout-policy": PayoutPolicy,
    "refund": RefundDocument,
    "refund-policy": RefundPolicy,
    "sub-order": SubOrder,
    "tender-share": TenderShare,
}
