"""Tables of what comes after pay, from refunds to reconciliations, row by row, with signed amounts.

The amounts of a table's last column of a kind are sums of the others in its row, so that a spreadsheet can check them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from settlement.after_pay.bills.bill import Bill, BillRow
from settlement.after_pay.bills.reconciliation import Reconciliation
from settlement.after_pay.edits.document import OrderEdit
from settlement.after_pay.invoices.invoice import Invoice
from settlement.after_pay.payments.options import PaymentItem, PaymentOption
from settlement.after_pay.payouts.accounts import Payout, PlatformAccount, ShopAccount
from settlement.after_pay.payouts.sub_orders import SubOrder
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.returns import RefundPreview
from settlement.audit.books.statement import Statement
from settlement.audit.books.tables import Shape, columns
from settlement.documents.scalars import instant_out
from settlement.money import DECIMALS, Money
from settlement.receipts.columns import COLUMNS
from settlement.receipts.settlement import Settlement

__all__ = ["SHAPES", "Document", "Source", "currency_of"]

Document: TypeAlias = (
    Settlement
    | RefundQuote
    | RefundPreview
    | Payout
    | Invoice
    | SubOrder
    | PaymentOption
    | PaymentItem
    | Bill
    | Reconciliation
    | Statement
    | OrderEdit
)
#: One document, or several of a kind and currency whose rows follow each other.
Source: TypeAlias = Document | Sequence[Document]

_ALL: Final = ("list", *COLUMNS, "payable")
_ACCOUNT: Final = tuple(ShopAccount.model_fields)


def _spelled(names: tuple[str, ...]) -> str:
    return " ".join([f"{name}$" for name in names])


def currency_of(document: Document) -> str:
    """The currency of a document's amounts; of a bill in several, one with the most decimals."""
    if isinstance(document, (Bill, Reconciliation)):
        return _finest(document)
    if isinstance(document, PaymentOption):
        return document.payable.currency
    if isinstance(document, PaymentItem):
        return document.unit_amount.currency
    return document.all_left.currency if isinstance(document, RefundPreview) else document.currency


# ------------------------------------------------------------------ bills


def _finest(document: Bill | Reconciliation) -> str:
    of = document.currencies if isinstance(document, Bill) else {each.currency for each in document.sums}
    return max(sorted(of), key=lambda each: DECIMALS[each], default="CNY")


def _bill_row(row: BillRow) -> tuple[Any, ...]:
    head = (row.kind, row.id, row.order, row.refund, row.refund_id, row.merchant, row.amount, row.settled, row.fee)
    return (*head, instant_out(row.at), row.currency, row.state, row.line)


def _bill_rows(bill: Bill) -> Iterator[tuple[Any, ...]]:
    """As a neutral bill has them, so that `read_csv` reads the table back."""
    for row in bill.rows:
        yield _bill_row(row)


def _reconciled(reconciliation: Reconciliation) -> Iterator[tuple[Any, ...]]:
    """Each row and each demand once, beside each other where they are one."""
    for each in reconciliation.entries:
        row, expected = each.row, each.expected
        yield (
            each.outcome,
            " ".join(each.reasons) or None,
            each.kind,
            each.order,
            each.refund,
            None if row is None else str(row.line),
            None if row is None else row.id,
            None if row is None else row.amount,
            None if expected is None else expected.amount,
            each.difference,
            None if row is None else row.fee,
            None if expected is None else expected.fee,
            each.fee_difference,
            each.currency,
        )


def _reconciled_sums(reconciliation: Reconciliation) -> Iterator[tuple[Any, ...]]:
    """in_bill - here = differing + only_in_bill - only_here, in every row."""
    for each in reconciliation.sums:
        yield (each.kind, *each[2:], each.currency)


# ------------------------------------------------------------------ refunds


def _refunded_lines(quote: RefundQuote) -> Iterator[tuple[Any, ...]]:
    """Each line with its columns, which add up to its cash, and what the platform gets back of them."""
    nothing = Money.of_minor(0, quote.currency)
    for line in quote.lines:
        parts = line.columns
        amounts = [parts.get(name, nothing) for name in COLUMNS]
        platform = sum(line.platform.values(), nothing)
        yield (line.id, Decimal(line.quantity), *amounts, line.cash, platform, line.points, quote.currency)


def _charges(quote: RefundQuote) -> Iterator[tuple[Any, ...]]:
    for charge in quote.charges:
        tax = charge.tax or Money.of_minor(0, quote.currency)
        yield (*charge[:4], tax, charge.amount - charge.platform - tax, quote.currency)


def _money(quote: RefundQuote) -> Iterator[tuple[Any, ...]]:
    """Money without goods, which the lines hold, and what is kept of the refund, which they don't."""
    for row in quote.money:
        yield ("money", *row, None, quote.currency)
    for kept in quote.deductions:
        yield ("deduction", *kept[:4], kept.tax, quote.currency)


def _tenders(quote: RefundQuote) -> Iterator[tuple[Any, ...]]:
    for tender in (*quote.tenders, *([] if quote.credit is None else [quote.credit])):
        yield (*tender, quote.currency)
    yield (None, quote.to_method, quote.currency)


def _previews(preview: RefundPreview) -> Iterator[tuple[Any, ...]]:
    yield (preview.line, Decimal(preview.left), preview.all_left, preview.points, currency_of(preview))


def _preview_units(preview: RefundPreview) -> Iterator[tuple[Any, ...]]:
    for number, unit in enumerate(preview.units, 1):
        yield (preview.line, number, unit, currency_of(preview))


# ------------------------------------------------------------------ order edits


def _edited_lines(edit: OrderEdit) -> Iterator[tuple[Any, ...]]:
    """What each line brings; the last column is what is collected less what goes back."""
    for row in edit.lines:
        yield (row.line, row.shop, row.collect, row.give_back, row.collect - row.give_back, edit.currency)


def _edited_shops(edit: OrderEdit) -> Iterator[tuple[Any, ...]]:
    for shop, amount in edit.shops.items():
        yield (shop, amount, edit.currency)


def _edited_parts(edit: OrderEdit) -> Iterator[tuple[Any, ...]]:
    """What each settlement of the order came to, what this change and those before it gave back, and what is held."""
    last = len(edit.parts) - 1
    for at, part in enumerate(edit.parts):
        payable, quote = part.settlement.payable, edit.refunds.get(at)
        now = Money.of_minor(0, edit.currency) if quote is None else quote.cash
        back = sum([each.cash for each in part.refunds], Money.of_minor(0, edit.currency))
        added = edit.added and at == last
        yield (at + 1, part.settlement.digest, added, payable, back - now, now, payable - back, edit.currency)


# ------------------------------------------------------------------ payouts


def _accounts(payout: Payout) -> Iterator[tuple[Any, ...]]:
    """Two rows for each shop, its sale and its refunds; the nets of all are what the shops get."""
    for shop in payout.shops:
        for part, account in (("sale", shop.sale), ("refunds", shop.refunds)):
            yield (shop.shop, part, *[getattr(account, name) for name in _ACCOUNT], payout.currency)


def _holders(payout: Payout) -> Iterator[tuple[Any, ...]]:
    """Who has what: the nets add up to what was paid less what was paid back."""
    for shop in payout.shops:
        yield ("shop", shop.shop, shop.net, payout.currency)
    yield ("platform", None, payout.platform.net, payout.currency)
    yield ("provider", None, payout.provider, payout.currency)
    for each in payout.receivers:
        yield ("receiver", each.receiver, each.amount, payout.currency)
    if payout.stored_value is not None:
        yield ("stored_value", None, payout.stored_value, payout.currency)


def _platform(payout: Payout) -> Iterator[tuple[Any, ...]]:
    for name in PlatformAccount.model_fields:
        yield (name, getattr(payout.platform, name), payout.currency)


# ------------------------------------------------------------------ statements


def _balance(made: Statement) -> Iterator[tuple[Any, ...]]:
    """From the opening balance to the closing one, and what that is made of."""
    head = (made.shop, made.since.isoformat(), made.until.isoformat())
    yield (*head, "opening", made.opening, made.currency)
    for name, amount in made.sums().items():
        yield (*head, name, amount, made.currency)
    for name in ("closing", "held", "reserve", "available"):
        yield (*head, name, getattr(made, name), made.currency)


def _statement_orders(made: Statement) -> Iterator[tuple[Any, ...]]:
    """Two rows for each order and day, its sale and its refunds."""
    for each in made.orders:
        for part, account in (("sale", each.sale), ("refunds", each.refunds)):
            head = (made.shop, each.day.isoformat(), each.order, each.settlement, each.payout, part)
            yield (*head, *[getattr(account, name) for name in _ACCOUNT], made.currency)


def _statement_movements(made: Statement) -> Iterator[tuple[Any, ...]]:
    for each in made.movements:
        head = (made.shop, each.day.isoformat(), each.kind, each.id, each.order)
        yield (*head, each.amount, each.reason, made.currency)


# ------------------------------------------------------------------ invoices and sub-orders


def _invoice_lines(invoice: Invoice) -> Iterator[tuple[Any, ...]]:
    for row in invoice.lines:
        quantity = None if row.quantity is None else Decimal(row.quantity)
        percent = None if row.tax_percent is None else str(row.tax_percent)
        amounts = (row.unit_price, row.goods, row.charges, row.discount, row.amount)
        head = (invoice.shop, invoice.kind, row.line, row.name, quantity)
        yield (*head, *amounts, percent, row.net, row.tax, invoice.currency)


def _printed(invoice: Invoice) -> Iterator[tuple[Any, ...]]:
    """The rows that are printed: without tax, discounts on rows of their own."""
    for row in invoice.rows():
        percent = None if row.tax_percent is None else str(row.tax_percent)
        quantity = None if row.quantity is None else Decimal(row.quantity)
        price = None if row.unit_price is None else f"{row.unit_price:f}"
        head = (invoice.shop, invoice.kind, row.line, row.nature, row.tax_code, row.name, row.specification, row.unit)
        yield (*head, quantity, price, row.amount, percent, row.untaxed, row.tax, invoice.currency)


def _taxes(invoice: Invoice) -> Iterator[tuple[Any, ...]]:
    for row in invoice.taxes:
        percent = None if row.tax_percent is None else str(row.tax_percent)
        yield (invoice.shop, invoice.kind, percent, row.amount - row.tax, row.tax, row.amount, invoice.currency)


def _order_lines(order: SubOrder) -> Iterator[tuple[Any, ...]]:
    for line in order.lines:
        amounts = [getattr(line, name) for name in _ALL]
        yield (
            order.shop,
            line.id,
            line.sku,
            Decimal(line.quantity),
            line.unit_price,
            *amounts,
            line.points_used,
            order.currency,
        )


def _order_adjustments(order: SubOrder) -> Iterator[tuple[Any, ...]]:
    nothing = Money.of_minor(0, order.currency)
    for each in order.adjustments:
        for line, share in each.shares.items():
            platform = each.platform.get(line, nothing)
            yield (order.shop, each.stage, each.rule, line, share, platform, share - platform, order.currency)


# ------------------------------------------------------------------ payment choices


def _options(option: PaymentOption) -> Iterator[tuple[Any, ...]]:
    """What is payable, what of it cards pay, and what the method."""
    head = (option.id, option.name, option.status, option.borne_by, option.fee, option.payable)
    yield (*head, option.payable - option.due, option.due, option.received, currency_of(option))


def _option_tenders(option: PaymentOption) -> Iterator[tuple[Any, ...]]:
    for tender in option.tenders:
        yield (option.id, tender.id, tender.amount, currency_of(option))


def _items(item: PaymentItem) -> Iterator[tuple[Any, ...]]:
    yield (item.line, item.name, item.quantity, item.unit_amount, item.unit_amount * item.quantity, currency_of(item))


#: The tables of each document by name; the first is shown where none is named.
SHAPES: Final[Mapping[type, dict[str, Shape]]] = {
    RefundQuote: {
        "lines": Shape(
            columns(f"line quantity# {_spelled(COLUMNS)} cash$ platform$ points_back% currency"), _refunded_lines
        ),
        "charges": Shape(columns("rule line amount$ platform$ tax$ shop_share$ currency"), _charges),
        "tenders": Shape(columns("tender amount$ currency"), _tenders),
        "money": Shape(columns("kind line of amount$ reason tax$ currency"), _money),
    },
    RefundPreview: {
        "lines": Shape(columns("line left# all_left$ points% currency"), _previews),
        "units": Shape(columns("line number% amount$ currency"), _preview_units),
    },
    Payout: {
        "accounts": Shape(columns(f"shop part {_spelled(_ACCOUNT)} currency"), _accounts),
        "holders": Shape(columns("holder shop net$ currency"), _holders),
        "platform": Shape(columns("row amount$ currency"), _platform),
    },
    Invoice: {
        "lines": Shape(
            columns(
                "shop kind line name quantity# unit_price$ goods$ charges$ discount$ amount$ tax_percent net$ tax$ "
                "currency"
            ),
            _invoice_lines,
        ),
        "taxes": Shape(columns("shop kind tax_percent net$ tax$ amount$ currency"), _taxes),
        "rows": Shape(
            columns(
                "shop kind line nature tax_code name specification unit quantity# net_unit_price net$ tax_percent "
                "untaxed tax$ currency"
            ),
            _printed,
        ),
    },
    SubOrder: {
        "lines": Shape(
            columns(f"shop line sku quantity# unit_price$ {_spelled(_ALL)} points_used% currency"), _order_lines
        ),
        "adjustments": Shape(
            columns("shop stage rule line amount$ platform$ shop_share$ currency"), _order_adjustments
        ),
    },
    PaymentOption: {
        "options": Shape(columns("id name status borne_by fee$ payable$ tenders$ due$ received$ currency"), _options),
        "tenders": Shape(columns("option tender amount$ currency"), _option_tenders),
    },
    Bill: {
        "rows": Shape(
            columns("kind id order refund refund_id merchant amount$ settled$ fee$ at currency state line%"),
            _bill_rows,
        )
    },
    Reconciliation: {
        "entries": Shape(
            columns(
                "outcome reasons kind order refund line id in_bill$ expected$ difference$ fee$ expected_fee$ "
                "fee_difference$ currency"
            ),
            _reconciled,
        ),
        "sums": Shape(
            columns("kind in_bill$ here$ differing$ only_in_bill$ only_here$ fees$ currency"), _reconciled_sums
        ),
    },
    Statement: {
        "balance": Shape(columns("shop since until row amount$ currency"), _balance),
        "orders": Shape(
            columns(f"shop day order settlement payout part {_spelled(_ACCOUNT)} currency"), _statement_orders
        ),
        "movements": Shape(columns("shop day kind id order amount$ reason currency"), _statement_movements),
    },
    OrderEdit: {
        "lines": Shape(columns("line shop collect$ give_back$ difference$ currency"), _edited_lines),
        "shops": Shape(columns("shop difference$ currency"), _edited_shops),
        "parts": Shape(columns("part% settlement added? payable$ before$ now$ held$ currency"), _edited_parts),
    },
    PaymentItem: {"items": Shape(columns("line name quantity% unit_amount$ amount$ currency"), _items)},
}
