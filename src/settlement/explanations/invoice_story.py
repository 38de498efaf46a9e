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
from settlement.explanations.shares import minor_of
from settlement.explanations.story import Explanation, names_of
from settlement.explanations.terms import Figure
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

    def paid(side: Side) -> list[Figure]:
        """What a side is made of; without what the rounded total moved, where that stands apart."""
        return [*figures.side(side), ("rounding", -(moved(side) if apart else 0))]

    told: set[str] = set()
    for row in invoice.lines:
        if row.line is None:
            shop = row.freight_of or [each.id for each in settlement.lines if each.shop == invoice.shop]
            freight = [(name, parts[name].freight) for name in shop]
            terms: list[Figure] = [("line", side.cash - (moved(side) if apart else 0), name) for name, side in freight]
            figures.sum("invoiced_freight", row.amount.minor, terms)
            continue
        pieces = [each for each in invoice.lines if each.line == row.line]
        if row.line not in told:
            of = parts[row.line]
            terms = paid(of.goods)
            if invoice.freight == "with_goods":
                terms += paid(of.freight)
            figures.sum("invoiced", sum([each.amount.minor for each in pieces]), terms, name=row.name or row.line)
        told.add(row.line)
        if len(pieces) > 1:
            figures.add("invoiced_at", row.amount.minor, percent=str(row.tax_percent))
    stated = any(row.shop == invoice.shop for row in settlement.taxes)
    for each in invoice.taxes:
        rows = [row for row in invoice.lines if row.rate == each.rate]
        percent = "" if each.tax_percent is None else str(each.tax_percent)
        if stated and each.tax:  # on its lines already: explain(settlement, line=…) tells how
            figures.sum("tax", each.tax.minor, _of_rows(rows, "tax"), percent=percent)
        elif not stated and each.tax_percent and each.amount:
            if policy.tax_per == "line":
                _by_line(figures, rows, policy.rounding)
                figures.sum("tax", each.tax.minor, _of_rows(rows, "tax"), percent=percent)
                continue
            formula = _tax(figures.plain(each.amount.minor), each.tax_percent)
            figures.add("tax", each.tax.minor, formula, policy.rounding, percent=percent)
            if len(rows) > 1 and each.tax:
                _shares(figures, rows, each.tax.minor)
    figures.sum("invoice_amount", invoice.amount.minor, _of_rows(invoice.lines, "amount"))
    rates: list[Figure] = [("rate", each.tax.minor, str(each.tax_percent or 0)) for each in invoice.taxes]
    figures.sum("invoice_tax", invoice.tax.minor, rates)
    if invoice.rounding:
        terms = [("invoice_amount", invoice.amount.minor), ("rounding", invoice.rounding.minor)]
        figures.sum("invoice_payable", invoice.payable.minor, terms)
    return _story(settlement, invoice, figures)


def _story(settlement: Settlement, invoice: Invoice, figures: Figures) -> Explanation:
    steps, names = tuple(figures.steps), names_of(settlement)
    return Explanation("invoice", invoice.shop, settlement.currency, invoice.amount, steps, names, settlement.order)


def _of_rows(rows: Iterable[InvoiceLine], field: str) -> list[Figure]:
    """An amount of each row, by the name of its goods."""
    found = [(row, getattr(row, field).minor) for row in rows]
    return [
        ("freight", amount) if row.line is None else ("line", amount, row.name or row.line) for row, amount in found
    ]


def _tax(amount: str, percent: object) -> str:
    return f"round({amount} × {percent} ÷ (100 + {percent}))"


def _by_line(figures: Figures, rows: list[InvoiceLine], rounding: str) -> None:
    """The tax of each line by itself."""
    for row in rows:
        code = "tax_of_line" if row.line is not None else "tax_of_freight"
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
    blue = {(row.line, row.freight_of, row.rate): row for row in invoice.lines}
    for row in red.lines:
        of = blue.get((row.line, row.freight_of, row.rate), row)
        before = paid_back(of, earlier, mine, invoice)
        after = paid_back(of, [*earlier, quote], mine, invoice)
        name = row.name or row.line or ""
        code = "taken_back" if row.line is not None else "freight_taken_back"
        figures.sum(code, row.amount.minor, [("back_in_all", -after), ("back_before", before)], name=name)
        if row.tax:
            terms = _tax_back(figures, blue.get((row.line, row.freight_of, row.rate)), row, before, after)
            figures.sum("tax_back", row.tax.minor, terms, "half_up", name=name)
    figures.sum("invoice_amount", red.amount.minor, _of_rows(red.lines, "amount"))
    figures.sum("invoice_tax", red.tax.minor, _of_rows(red.lines, "tax"))
    return _story(settlement, red, figures)


def _tax_back(figures: Figures, of: InvoiceLine | None, row: InvoiceLine, before: int, after: int) -> list[Figure]:
    """What was taken back before, less what is now in all: of the line's tax in proportion, or by its rate."""
    made: list[Figure] = []
    for code, amount in (("back_before", before), ("back_in_all", -after)):
        text = figures.plain(abs(amount))
        if of is not None and of.amount:
            text = f"round({figures.plain(of.tax.minor)} × {text} ÷ {figures.plain(of.amount.minor)})"
        else:
            text = _tax(text, row.tax_percent or 0)
        tax = int(minor_of(text, "half_up", figures.currency))
        made.append((code, tax if amount > 0 else -tax, "", text))
    return made
