"""Invoices with the tax in them, and the red ones that take them back."""

from __future__ import annotations

from settlement.after_pay.invoices.details import InvoiceItem, InvoiceSeller
from settlement.after_pay.invoices.invoice import Invoice, InvoicePolicy, invoices
from settlement.after_pay.invoices.red import red_invoices
from settlement.documents.written import all_readable as _readable

__all__ = [
    "Invoice",
    "InvoiceItem",
    "InvoicePolicy",
    "InvoiceSeller",
    "invoices",
    "red_invoices",
]

_readable(globals())
