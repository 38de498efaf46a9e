"""An invoice as it is printed in China: rows without tax, with a net unit price, and discounts on rows of their own.

Within 0.01 quantity × price is the amount and, with `tax_per` = line, amount × rate the tax. Source: docs/invoices.md,
"What is printed".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from settlement.documents.scalars import milli, rate
from settlement.documents.written import all_readable
from settlement.money import DECIMALS, ROUNDERS, Money, money_of

if TYPE_CHECKING:
    from settlement.after_pay.invoices.document import Invoice, InvoiceLine

__all__ = ["InvoiceRow", "Nature", "invoice_rows", "price"]

#: 发票行性质: 0, 2 and 1.
Nature: TypeAlias = Literal["normal", "discounted", "discount"]
#: 数量 and 单价 have at most 17 characters, of them at most 13 decimals.
_CHARACTERS, _PLACES = 17, 13


class InvoiceRow(NamedTuple):
    """One row: `amount` is without `tax`; `quantity` and `unit_price`, without tax, are both there or neither.

    `line` and `name` are None for freight. Amounts of a red invoice are below 0, and so is the quantity, not the price.
    """

    line: str | None
    nature: Nature
    name: str | None
    specification: str | None
    unit: str | None
    quantity: int | Decimal | None
    unit_price: Decimal | None
    amount: Money
    tax_percent: int | Decimal | None
    untaxed: str | None
    tax: Money
    tax_code: str | None


def invoice_rows(invoice: Invoice, *, discounts: bool = True) -> tuple[InvoiceRow, ...]:
    """The rows of an invoice; with `discounts` each discount of a blue one stands behind its goods.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, settle
    >>> from settlement.after_pay.invoices.invoice import invoices
    >>> line = Line(id="a", shop="tea", sku="k", quantity=3, unit_price="40.00 CNY", tax_percent="13")
    >>> off = {"type": "amount_off", "amount": "23.49 CNY"}
    >>> offer = {"id": "o", "issuer": "tea", "tiers": [{"benefit": off}]}
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> made = invoices(
    ...     settle(checkout, Rulebook(id="r", currency="CNY", promotions=[offer])), InvoiceRequest(title="T")
    ... )
    >>> for row in invoice_rows(made[0]):
    ...     print(row.nature, row.quantity, row.unit_price, row.amount, row.tax)
    discounted 3 35.4 106.20 CNY 13.80 CNY
    discount None None -20.79 CNY -2.70 CNY
    """
    return tuple([row for line in invoice.lines for row in _rows(line, discounts=discounts)])


def _rows(line: InvoiceLine, *, discounts: bool) -> Iterator[InvoiceRow]:
    before = line.goods.minor + line.charges.minor
    if not (discounts and line.quantity and line.discount.minor < 0 <= line.amount.minor):
        yield _row(line, "normal", line.amount.minor, line.tax.minor)
        return
    tax = _tax_before(line, before)
    yield _row(line, "discounted", before, tax)
    yield _row(line, "discount", line.discount.minor, line.tax.minor - tax)


def _tax_before(line: InvoiceLine, before: int) -> int:
    """The tax before the discount, such that the errors of the two rows are as equal as whole cents let them be.

    Each is then within half a cent and half of the line's own error.
    """
    numerator, denominator = rate(line.tax_percent or 0)
    over = numerator + denominator
    tax, amount = line.tax.minor, line.amount.minor
    found = ROUNDERS["half_up"]((2 * before - amount) * numerator + tax * over, 2 * over)
    return min(max(found, tax), before - amount + tax)


def _row(line: InvoiceLine, nature: Nature, amount: int, tax: int) -> InvoiceRow:
    net, currency = amount - tax, line.amount.currency
    thousandths = 0 if line.quantity is None else milli(line.quantity)
    if nature == "discount" or (amount > 0 > line.goods.minor):  # or a charge beyond what came back
        thousandths = 0
    each = price(abs(net), thousandths, currency) if thousandths and net else None
    quantity = None if each is None else line.quantity
    return InvoiceRow(
        line=line.line,
        nature=nature,
        name=line.name,
        specification=line.specification,
        unit=None if nature == "discount" else line.unit,
        quantity=-quantity if quantity is not None and net < 0 else quantity,
        unit_price=each,
        amount=money_of(net, currency),
        tax_percent=line.tax_percent,
        untaxed=line.untaxed,
        tax=money_of(tax, currency),
        tax_code=line.tax_code,
    )


def price(net: int, thousandths: int, currency: str) -> Decimal:
    """What one unit costs, a half up at the last place that fits.

    >>> price(10619, 3000, "CNY"), price(10000, 2500, "CNY")
    (Decimal('35.3966666666667'), Decimal('40'))
    """
    numerator, denominator = net * 1000, thousandths * 10 ** DECIMALS[currency]
    whole = len(str(numerator // denominator))
    places = max(0, min(_PLACES, _CHARACTERS - 1 - whole))
    found = ROUNDERS["half_up"](numerator * 10**places, denominator)
    digits = f"{found:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
    return Decimal(text)


all_readable(globals())
