"""What a tax office would not take, or an accountant ask about, in an invoice: a rate forgotten, tax off its rate."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from settlement.after_pay.invoices.document import Invoice
from settlement.documents.problems import expect
from settlement.documents.scalars import rate
from settlement.findings.findings import Finding, finding

__all__ = ["check_invoice"]

#: |net × rate − tax|, in minor units: of a row, and of an invoice in all.
_ROW, _WHOLE = 1, 127


def check_invoice(invoice: Invoice, *, discounts: bool = True) -> tuple[Finding, ...]:
    """Of a special invoice: lines without a rate beside rated ones, and rows whose tax is more than 0.01 off.

    Of a red one: rows that are off as well, which pieces that come back one by one can't avoid. Of every one: rows
    that are off by more than 1.27 together. A row is as it is printed (`invoice.rows`), `discounts` on rows of their
    own; off is how far net × rate is from the tax. Raises `TypeError` for anything but an invoice. Source:
    docs/invoices.md.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, refund, settle
    >>> from settlement.after_pay.invoices import invoices, red_invoices
    >>> line = Line(id="a", shop="tea", sku="k", quantity=5, unit_price="1.40 CNY", tax_percent="13")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid, history, found = settle(checkout, Rulebook(id="r", currency="CNY")), [], []
    >>> blue = invoices(paid, InvoiceRequest(title="张三"))
    >>> for _ in range(5):
    ...     quote = refund(paid, {"a": 1}, history)
    ...     (red,) = red_invoices(paid, blue, quote, history)
    ...     found.append((str(red.tax), [each.code for each in check_invoice(red)]))
    ...     history.append(quote)
    >>> found[:3]
    [('-0.16 CNY', []), ('-0.16 CNY', []), ('-0.17 CNY', ['invoice.red_tax'])]
    """
    expect("invoice", invoice, Invoice)
    return tuple(_found(invoice, discounts=discounts))


def _found(invoice: Invoice, *, discounts: bool) -> Iterator[Finding]:
    special = invoice.buyer.kind == "special"
    if special and any(row.tax_percent is not None for row in invoice.lines):
        for at, line in enumerate(invoice.lines):
            if line.tax_percent is None:
                yield finding(f"lines[{at}].tax_percent", "invoice.no_rate", line=line.name or line.line or "freight")
    whole = Fraction(0)
    for at, row in enumerate(invoice.rows(discounts=discounts)):
        if row.tax_percent is None:
            continue
        off = abs(Fraction(*rate(row.tax_percent)) * row.amount.minor - row.tax.minor)
        whole += off
        if off > _ROW and (special or invoice.kind == "red"):
            code = "invoice.line_tax" if invoice.kind == "blue" else "invoice.red_tax"
            facts = {"net": str(row.amount), "percent": str(row.tax_percent), "tax": str(row.tax)}
            yield finding(f"rows[{at}].tax", code, line=row.name or row.line or "freight", **facts)
    if whole > _WHOLE:
        yield finding("rows", "invoice.tax_sum", rows=len(invoice.lines))
