"""Red invoices: what a refund takes back of an order's invoices (红字发票), cumulatively and to the last cent.

What a refund charges back of an offer stands above 0 on the line that is kept. Where that is all, or more than what is
taken back of the same shop's goods, the invoice is a blue one for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from settlement.after_pay.invoices.document import Invoice, InvoiceLine
from settlement.after_pay.invoices.invoice import made_of, row_of
from settlement.after_pay.invoices.tax import tax_in
from settlement.after_pay.refunds.quote import RefundLine, RefundPart, RefundQuote
from settlement.after_pay.refunds.sold import Sold
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect, expect_all
from settlement.documents.written import all_readable
from settlement.money import ROUNDERS, money_of
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = ["paid_back", "red_invoice", "red_invoices"]


def red_invoices(
    settlement: Settlement, invoices: Sequence[Invoice], quote: RefundQuote, history: Iterable[RefundQuote] = ()
) -> tuple[Invoice, ...]:
    """All that a refund makes of an order's invoices; they add up to its cash, freight that was left out apart.

    Also a blue invoice of a shop that made none, because the order was free of charge there until the refund charged
    something back; a later refund takes it back. Raises what `red_invoice` raises.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, refund, settle
    >>> from settlement.after_pay.invoices.invoice import invoices
    >>> lines = [Line(id=n, shop=n, sku="k", quantity=1, unit_price="9.90 CNY") for n in ("tea", "pots")]
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> blue = invoices(paid, InvoiceRequest(title="张三"))
    >>> [(each.shop, str(each.amount)) for each in red_invoices(paid, blue, refund(paid, {"pots": 1}))]
    [('pots', '-9.90 CNY')]
    """
    expect_settlement(settlement)
    given, earlier = expect_all("invoices", invoices, Invoice), expect_all("history", history, RefundQuote)
    made = {each.shop: red_invoice(settlement, each, quote, earlier) for each in given}
    own = all(each.buyer == settlement.invoice_of(each.shop) for each in given)
    for shop in settlement.shops:
        if shop.shop not in made and given:
            first = given[0]
            buyer = settlement.invoice_of(shop.shop) if own else first.buyer
            if buyer is not None:  # else this shop was asked for none
                apart = None if first.rounding is None else 0
                none = made_of(settlement, shop.shop, "blue", first.freight, buyer, (), None, apart)
                made[shop.shop] = red_invoice(settlement, none, quote, earlier)
    return tuple([found for shop in settlement.shops if (found := made.get(shop.shop)) is not None])


def red_invoice(
    settlement: Settlement, invoice: Invoice, quote: RefundQuote, history: Iterable[RefundQuote] = ()
) -> Invoice | None:
    """What a refund takes back of an invoice, after those in `history`; None where it touches none of the shop's lines.

    Each line's tax comes back in proportion to its amount, cumulative and a half up, so that red invoices of all
    refunds together are the invoice and none is further than a cent from its part of the tax; where nothing was paid
    for a line, the tax in a charge is that of its rate. What a refund charges back of an offer stands on the line that
    is kept, above 0.
    Raises `ValueError` for an invoice or a refund of another settlement or order, and for a red invoice;
    `RefundExceeds` where the refunds, this one among them, give back more than was sold; `TypeError` for anything but
    these documents.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, refund, settle
    >>> from settlement.after_pay.invoices.invoice import invoices
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="56.50 CNY", tax_percent="13")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> (invoice,) = invoices(paid, InvoiceRequest(title="张三"))
    >>> red = red_invoice(paid, invoice, refund(paid, {"a": 1}))
    >>> str(red.amount), str(red.tax)
    ('-56.50 CNY', '-6.50 CNY')
    """
    expect_settlement(settlement)
    expect("invoice", invoice, Invoice)
    expect("quote", quote, RefundQuote)
    sold = Sold(settlement)
    earlier = sold.history(history)
    sold.history([*earlier, quote], "history and quote")
    if invoice.kind == "red":
        raise ValueError("invoice: this one is red; a blue invoice is taken back")
    if invoice.settlement != settlement.digest:
        msg = f"invoice: it is of another settlement; a blue invoice of {settlement.digest} is expected"
        raise ValueError(msg)
    one_order("invoice", [("settlement", settlement.order), ("invoice", invoice.order), ("quote", quote.order)])
    mine = {line.id for line in settlement.lines if line.shop == invoice.shop}
    if not mine >= {row.line for row in invoice.lines if row.line is not None}:
        raise ValueError(f"invoice: it has lines that shop {invoice.shop!r} did not sell in this settlement")
    rows = []
    for row in (*invoice.lines, *_charged(settlement, invoice, mine, [*earlier, quote])):
        before = paid_back(row, earlier, mine, invoice)
        after = paid_back(row, [*earlier, quote], mine, invoice)
        tax = _tax_back(row, before) - _tax_back(row, after)
        amount = before - after
        quantity, goods, charges = _returned(row, [*earlier, quote], invoice)
        if amount or tax or quantity:
            rows.append(
                row.model_copy(
                    update={
                        "quantity": quantity if row.line is not None else None,
                        "goods": money_of(amount if row.line is None else -goods, invoice.currency),
                        "charges": money_of(-charges, invoice.currency),
                        "discount": money_of(0 if row.line is None else amount + goods + charges, invoice.currency),
                        "amount": money_of(amount, invoice.currency),
                        "tax": money_of(tax, invoice.currency),
                    }
                )
            )
    if not rows:
        return None
    kind: Literal["blue", "red"] = "blue" if sum([row.amount.minor for row in rows]) > 0 else "red"
    rounding = None if invoice.rounding is None else -_rounded(quote, mine, invoice)
    return made_of(settlement, invoice.shop, kind, invoice.freight, invoice.buyer, rows, invoice.seller, rounding)


def _charged(
    settlement: Settlement, invoice: Invoice, mine: set[str], quotes: Sequence[RefundQuote]
) -> Iterator[InvoiceLine]:
    """Lines that were free of charge, so that the invoice has none of them, and that a refund charges something on."""
    there = {row.line for row in invoice.lines}
    charged = {charge.line for quote in quotes for charge in quote.charges} & mine
    for line in settlement.lines:
        if line.id in charged - there:
            percent = None if line.tax_percent is None else str(line.tax_percent)
            yield row_of(line, line.name or line.sku, line.goods.minor, 0, 0, 0, {"tax_percent": percent})


def paid_back(row: InvoiceLine, quotes: Sequence[RefundQuote], mine: set[str], invoice: Invoice) -> int:
    """What refunds gave back of a row's amount, less what they charged back on it."""
    total = 0
    for quote in quotes:
        for line in quote.lines:
            if row.line is None:
                total += _freight(line, invoice) if line.id in (row.freight_of or mine) else 0
            elif line.id == row.line:
                total += line.goods.minor - _moved(line.goods_part, invoice)
                total += _freight(line, invoice) if invoice.freight == "with_goods" else 0
        total -= sum([charge.amount.minor for charge in quote.charges if charge.line == row.line])
        total -= sum([kept.amount.minor for kept in quote.deductions if kept.line == row.line])
    return _own(row, invoice, "amount", total)


def _freight(line: RefundLine, invoice: Invoice) -> int:
    return line.freight.minor - _moved(line.freight_part, invoice)


def _moved(part: RefundPart, invoice: Invoice) -> int:
    """Of what comes back, what the rounded total had moved, where that stands apart on the invoice."""
    if invoice.rounding is None or "rounding" not in part.columns:
        return 0
    return part.columns["rounding"].minor


def _rounded(quote: RefundQuote, mine: set[str], invoice: Invoice) -> int:
    """That of all that is invoiced."""
    lines = [line for line in quote.lines if line.id in mine]
    freight = [line.freight_part for line in lines if invoice.freight != "leave_out"]
    return sum([_moved(part, invoice) for part in (*[line.goods_part for line in lines], *freight)])


def _tax_back(row: InvoiceLine, amount: int) -> int:
    """The tax in what was given back of a line: in proportion, or by the rate where nothing was paid; a half up."""
    size, sign = abs(amount), 1 if amount >= 0 else -1
    if row.amount:
        return sign * ROUNDERS["half_up"](row.tax.minor * size, row.amount.minor)
    return sign * tax_in(size, row.tax_percent, "half_up")


def _own(row: InvoiceLine, invoice: Invoice, name: str, total: int) -> int:
    """What of a line's goods, charges or amount stands in this row.

    Where there is one for each rate, each takes its share of what those before it left: never falling, and exactly its
    own once all came back.
    """
    pieces = [each for each in invoice.lines if row.line is not None and each.line == row.line]
    weights = [getattr(piece, name).minor for piece in pieces]
    sign, left = (1 if total >= 0 else -1), abs(total)
    for place, piece in enumerate(pieces):
        rest = sum(weights[place:])
        share = left * weights[place] // rest if rest else left
        if piece.rate == row.rate:
            return sign * share
        left -= share
    return total


def _returned(row: InvoiceLine, quotes: Sequence[RefundQuote], invoice: Invoice) -> tuple[object, int, int]:
    """The quantity of a line that came back last, its price before discounts, and what was charged on it."""
    quantity: object = 0
    goods, charges = [0, 0], [0, 0]
    for place, quote in enumerate(quotes):
        last = place == len(quotes) - 1
        for line in [line for line in quote.lines if line.id == row.line]:
            parts = [line.goods_part, line.freight_part] if invoice.freight == "with_goods" else [line.goods_part]
            amounts = [(name, amount.minor) for each in parts for name, amount in each.columns.items()]
            if invoice.rounding is not None:
                amounts = [(name, amount) for name, amount in amounts if name != "rounding"]
            price = sum([amount for name, amount in amounts if name == "goods"])
            goods[last] += price
            charges[last] += sum([max(0, amount) for _, amount in amounts]) - price
            quantity = line.quantity if last else 0
    found = [
        _own(row, invoice, name, each[0] + each[1]) - _own(row, invoice, name, each[0])
        for name, each in (("goods", goods), ("charges", charges))
    ]
    return quantity, found[0], found[1]


all_readable(globals())
