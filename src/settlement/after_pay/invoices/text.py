"""An invoice as a page to print: one HTML file that needs nothing else, with everything of the buyer escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from settlement.documents.words.language import Language, language
from settlement.documents.words.markup import Html, style_tag, tag
from settlement.documents.words.plain import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settlement.after_pay.invoices.document import Invoice
    from settlement.after_pay.invoices.rows import InvoiceRow

__all__ = ["invoice_page"]

_STYLE: Final = """
body{margin:0;color:#1c2330;background:#fff;font:14px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:900px;margin:0 auto;padding:24px}
h1{font-size:22px;text-align:center;margin:0 0 16px}
.red{color:#b3261e}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:0 0 16px}
dt{color:#5b6472}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:0 0 16px}
th,td{border:1px solid #999;padding:4px 8px;text-align:right;white-space:nowrap}
th:first-child,td:first-child,.rows :is(th,td):nth-child(-n+3){text-align:left}
th:first-child,td:first-child{white-space:normal;overflow-wrap:anywhere}
tfoot td{font-weight:600}
footer{color:#5b6472;font-size:12px;overflow-wrap:anywhere}
@page{size:A4;margin:14mm}
@media print{main{padding:0}}
""".strip()


def invoice_page(
    invoice: Invoice,
    *,
    locale: str = "en",
    seller: str | None = None,
    discounts: bool = True,
    nonce: str | None = None,
) -> str:
    """The invoice as one HTML page; `seller` is the name to print where it names none. Raises `UnknownLocale`.

    `discounts`: each on a row of its own behind its goods, else within their price. `nonce` as in `report()`.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, settle
    >>> from settlement.after_pay.invoices.invoice import invoices
    >>> line = Line(id="a", shop="tea", sku="<b>", quantity=1, unit_price="11.30 CNY", tax_percent="13")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> made = invoices(settle(checkout, Rulebook(id="r", currency="CNY")), InvoiceRequest(title="A & B"))[0]
    >>> page = invoice_page(made)
    >>> "A &amp; B" in page, "&lt;b&gt;" in page, "<b>" in page
    (True, True, False)
    """
    say = language(locale)
    red = invoice.kind == "red"
    seller = seller if invoice.seller is None else invoice.seller.name
    title = say("Red invoice") if red else say("Invoice")
    body = tag(
        "main",
        tag("h1", title, class_="red" if red else "blue"),
        tag("dl", *_heads(invoice, say, seller)),
        _table(invoice, say, discounts=discounts),
        _taxes(invoice, say),
        tag("footer", say("Settlement {digest}", digest=invoice.settlement)),
    )
    head = tag(
        "head",
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", f"{title} {shown(seller or invoice.shop)}"),
        style_tag(_STYLE, nonce),
    )
    page = tag("html", head, tag("body", body), lang=str(say.locale).replace("_", "-"))
    return f"<!DOCTYPE html>\n{page}\n"


def _heads(invoice: Invoice, say: Language, seller: str | None) -> Iterator[Html]:
    buyer, issuer = invoice.buyer, invoice.seller
    kind = say("special VAT invoice") if buyer.kind == "special" else say("ordinary VAT invoice")
    rows = (
        (say("Order"), invoice.order),
        (say("Kind of invoice"), kind),
        (say("Seller"), seller or invoice.shop),
        (say("Seller's tax number"), issuer and issuer.tax_number),
        (say("Seller's address"), issuer and issuer.address),
        (say("Seller's telephone"), issuer and issuer.phone),
        (say("Seller's bank"), issuer and issuer.bank),
        (say("Seller's account"), issuer and issuer.account),
        (say("Buyer"), buyer.title),
        (say("Buyer's tax number"), buyer.tax_number),
        (say("Address"), buyer.address),
        (say("Phone"), buyer.phone),
        (say("Bank"), buyer.bank),
        (say("Account"), buyer.account),
    )
    for label, value in rows:
        if value:
            yield tag("dt", label)
            yield tag("dd", shown(value))


def _table(invoice: Invoice, say: Language, *, discounts: bool) -> Html:
    """What is printed: without tax, and in the last row all of it with tax."""
    head = (
        say("Item on the invoice"), say("Specification"), say("Unit of measure"), say("Quantity"),
        say("Net unit price"), say("Net amount"), say("Tax rate"), say("Tax"),
    )  # fmt: skip
    total = (say("Total"), "", "", "", "", say.money(invoice.net), "", say.money(invoice.tax))
    sums = [(say("Tax included"), invoice.amount)]
    if invoice.rounding is not None:
        sums += [(say("Rounding of the total"), invoice.rounding), (say("To pay"), invoice.payable)]
    rows = invoice.rows(discounts=discounts)
    return tag(
        "table",
        tag("thead", tag("tr", [tag("th", each) for each in head]), class_="rows"),
        tag("tbody", [tag("tr", [tag("td", each) for each in _cells(row, say)]) for row in rows], class_="rows"),
        tag(
            "tfoot",
            tag("tr", [tag("td", each) for each in total]),
            [tag("tr", tag("td", label), tag("td", say.money(amount), colspan="7")) for label, amount in sums],
        ),
    )


def _cells(row: InvoiceRow, say: Language) -> Iterator[str]:
    yield say("Freight") if row.line is None else shown(row.name or row.line)
    yield shown(row.specification or "")
    yield shown(row.unit or "")
    yield "" if row.quantity is None else say.number(row.quantity)
    yield "" if row.unit_price is None else f"{row.unit_price:f}"
    yield say.money(row.amount)
    yield _rate(row.tax_percent, row.untaxed, say)
    yield say.money(row.tax)


def _rate(percent: object, untaxed: str | None, say: Language) -> str:
    """税率/征收率: exempt and not taxable have words in its place, 0 % is a rate."""
    if untaxed == "exempt":
        return say("exempt from tax")
    if untaxed == "not_taxable":
        return say("not taxable")
    return "—" if percent is None else f"{percent} %"


def _taxes(invoice: Invoice, say: Language) -> Html:
    """Amounts without tax and tax, by rate."""
    head = (say("Tax rate"), say("Without tax"), say("Tax"), say("Tax included"))
    rows = [
        (
            _rate(each.tax_percent, each.untaxed, say),
            say.money(each.amount - each.tax),
            say.money(each.tax),
            say.money(each.amount),
        )
        for each in invoice.taxes
    ]
    return tag(
        "table",
        tag("thead", tag("tr", [tag("th", each) for each in head])),
        tag("tbody", [tag("tr", [tag("td", each) for each in row]) for row in rows]),
    )
