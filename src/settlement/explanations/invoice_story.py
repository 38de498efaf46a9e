"""Why an invoice says what it does: what was paid for each line, and the tax in it, of each rate or line."""

from __future__ import annotations

from collections.abc import Iterable

from settlement.after_pay.invoices.document import Invoice, InvoiceLine
from settlement.after_pay.invoices.invoice import moved
from settlement.after_pay.invoices.policy import InvoicePolicy
from settlement.after_pay.invoices.red import paid_back, red_invoice
from settlement.after_pay.invoices.tax import in_order
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sides import Side, sides
from settlement.after_pay.refunds.sold import Sold
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = ["explain_invoice", "explain_red_invoice"]


def explain_invoice(settlement: Settlement, invoice: Invoice, policy: InvoicePolicy | None = None) -> Explanation:
    """How the amounts and the tax of a blue invoice came about; `policy` is what it was made by.

    Raises `ValueError` for a red invoice or one of another settlement, `TypeError` for anything but these documents.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, settle
    >>> from settlement.after_pay.invoices.invoice import invoices
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="113.00 CNY", tax_percent="13")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> story = explain_invoice(paid, invoices(paid, InvoiceRequest(title="张三"))[0])
    >>> [(step.code, step.formula) for step in story.steps][1]
    ('tax', 'round(113.00 × 13 ÷ (100 + 13))')
    """
    expect_settlement(settlement)
    expect("invoice", invoice, Invoice)
    expect("policy", policy, InvoicePolicy, optional=True)
    if invoice.kind == "red" or invoice.settlement != settlement.digest:
        raise ValueError(
            "invoice: a blue invoice of this settlement is expected; explain_red_invoice() tells of red ones"
        )
    one_order("invoice", [("settlement", settlement.order), ("invoice", invoice.order)])
    policy, figures = policy or InvoicePolicy(), Figures(settlement.currency)
    parts = sides(settlement)
    apart = invoice.rounding is not None

    def paid(side: Side) -> str:
        """What a side is made of; without what the rounded total moved, where that stands apart."""
        text, by = figures.side(side), moved(side) if apart else 0
        return f"{text} {'−' if by > 0 else '+'} {figures.plain(abs(by))}" if by else text

    for row in invoice.lines:
        if row.line is None:
            shop = row.freight_of or [each.id for each in settlement.lines if each.shop == invoice.shop]
            freight = [side.cash - (moved(side) if apart else 0) for side in [parts[name].freight for name in shop]]
            figures.add("invoiced_freight", row.amount.minor, figures.total(freight))
            continue
        of = parts[row.line]
        formula = paid(of.goods)
        if invoice.freight == "with_goods" and (of.freight.cash or (apart and moved(of.freight))):
            other = paid(of.freight)
            formula += f" + ({other})" if " " in other else f" + {other}"
        figures.add("invoiced", row.amount.minor, formula, name=row.name or row.line)
    stated = any(row.shop == invoice.shop for row in settlement.taxes)
    for each in invoice.taxes:
        rows = [row for row in invoice.lines if row.rate == each.rate]
        percent = "" if each.tax_percent is None else str(each.tax_percent)
        if stated and each.tax:  # on its lines already: explain(settlement, line=…) tells how
            figures.add("tax", each.tax.minor, figures.total([row.tax.minor for row in rows]), percent=percent)
        elif not stated and each.tax_percent and each.amount:
            if policy.tax_per == "line":
                _by_line(figures, rows, policy.rounding)
                figures.add("tax", each.tax.minor, figures.total([row.tax.minor for row in rows]), percent=percent)
                continue
            formula = _tax(figures.plain(each.amount.minor), each.tax_percent)
            figures.add("tax", each.tax.minor, formula, policy.rounding, percent=percent)
            if len(rows) > 1 and each.tax:
                _shares(figures, rows, each.tax.minor)
    figures.add("invoice_amount", invoice.amount.minor, figures.total([row.amount.minor for row in invoice.lines]))
    figures.add("invoice_tax", invoice.tax.minor, figures.total([each.tax.minor for each in invoice.taxes]))
    if invoice.rounding:
        formula = figures.total([invoice.amount.minor, invoice.rounding.minor])
        figures.add("invoice_payable", invoice.payable.minor, formula)
    return Explanation(
        "invoice", invoice.shop, settlement.currency, invoice.amount, tuple(figures.steps), order=settlement.order
    )


def _tax(amount: str, percent: object) -> str:
    return f"round({amount} × {percent} ÷ (100 + {percent}))"


def _by_line(figures: Figures, rows: list[InvoiceLine], rounding: str) -> None:
    """The tax of each line by itself."""
    for row in rows:
        code = "tax_share" if row.line is not None else "tax_on_freight"
        formula = _tax(figures.plain(row.amount.minor), row.tax_percent)
        figures.add(code, row.tax.minor, formula, rounding, name=row.name or row.line or "")


def _shares(figures: Figures, rows: list[InvoiceLine], tax: int) -> None:
    """One rate's tax over its lines, by amount; their order is the last tie."""
    weights = {str(at): rows[at].amount.minor for at in sorted(range(len(rows)), key=lambda at: in_order(rows[at]))}
    for at, row in enumerate(rows):
        code = "tax_share" if row.line is not None else "tax_on_freight"
        figures.spread(code, tax, weights, str(at), name=row.name or row.line or "")


def explain_red_invoice(
    settlement: Settlement, invoice: Invoice, quote: RefundQuote, history: Iterable[RefundQuote] = ()
) -> Explanation:
    """How what a refund takes back of a blue invoice came about, line by line.

    Raises `LookupError` where it takes back nothing; else what `red_invoice` raises.
    """
    earlier = Sold(settlement).history(history)
    red = red_invoice(settlement, invoice, quote, earlier)
    if red is None:
        raise LookupError(f"this refund takes back nothing of the invoice of shop {invoice.shop!r}")
    figures = Figures(settlement.currency)
    mine = {line.id for line in settlement.lines if line.shop == invoice.shop}
    blue = {(row.line, row.freight_of): row for row in invoice.lines}
    for row in red.lines:
        of = blue.get((row.line, row.freight_of), row)
        before = paid_back(of, earlier, mine, invoice)
        after = paid_back(of, [*earlier, quote], mine, invoice)
        name = row.name or row.line or ""
        code = "taken_back" if row.line is not None else "freight_taken_back"
        figures.add(code, row.amount.minor, figures.total([-after, before]), name=name)
        if row.tax:
            figures.add(
                "tax_back",
                row.tax.minor,
                _tax_back(figures, blue.get((row.line, row.freight_of)), row, before, after),
                "half_up",
                name=name,
            )
    figures.add("invoice_amount", red.amount.minor, figures.total([row.amount.minor for row in red.lines]))
    figures.add("invoice_tax", red.tax.minor, figures.total([row.tax.minor for row in red.lines]))
    return Explanation(
        "invoice", invoice.shop, settlement.currency, red.amount, tuple(figures.steps), order=settlement.order
    )


def _tax_back(figures: Figures, of: InvoiceLine | None, row: InvoiceLine, before: int, after: int) -> str:
    """What was taken back before, less what is now in all: of the line's tax in proportion, or by its rate."""
    made = []
    for amount in (before, after):
        text = figures.plain(abs(amount))
        if of is not None and of.amount:
            text = f"round({figures.plain(of.tax.minor)} × {text} ÷ {figures.plain(of.amount.minor)})"
        else:
            text = _tax(text, row.tax_percent or 0)
        made.append((amount, text))
    (first, one), (second, other) = made
    signs = [(first > 0, one)] * bool(first) + [(second < 0, other)] * bool(second)
    formula = ""
    for plus, text in sorted(signs, key=lambda each: not each[0]):
        formula += (f" {'+' if plus else '−'} " if formula else "" if plus else "0 − ") + text
    return formula
