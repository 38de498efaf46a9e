"""Invoices of an order, one for each shop (发票); `red` takes them back with a refund.

An invoice says what the buyer paid that shop in money: each line is its goods side in cash (contract §8), with its
share of every discount, of points, of the payment fee and of the rounding in it. What the platform or points paid is
no part of it. Tax is included in that amount and is worked out once for each rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from settlement.after_pay.invoices.on_top import OnTop, why
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.sides import sides
from settlement.allocation import share_out
from settlement.cart.invoice_request import InvoiceRequest
from settlement.documents.document import Document
from settlement.documents.order_name import OfOrder
from settlement.documents.problems import expect, problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Name, PercentOrZero, Quantity, Text, rate
from settlement.documents.signed import OneCurrency, Signed
from settlement.documents.unstated import LeavesOut
from settlement.errors import InvalidDocument, Problem, UnknownLine
from settlement.money import ROUNDERS, Money, excerpt, money_of
from settlement.receipts.parts import SettledLine
from settlement.receipts.settlement import Settlement

__all__ = ["Invoice", "InvoiceLine", "InvoicePolicy", "InvoiceTax", "in_order", "invoices", "made_of", "row_of"]


class InvoicePolicy(Document):
    """The shop's choices; the default comes first.

    `freight` stands on a line of its own with `freight_tax_percent`, is part of each line's amount, or is left out
    where another party invoices it. `rounding` is of the tax.

    >>> InvoicePolicy().freight
    'line'
    """

    freight: Literal["line", "with_goods", "leave_out"] = "line"
    freight_tax_percent: PercentOrZero | None = None
    rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            freight: Literal["line", "with_goods", "leave_out"] = "line",
            freight_tax_percent: int | Decimal | str | None = None,
            rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up",
        ) -> None: ...


class InvoiceLine(Document):
    """One line, tax included: `goods` + `charges` + `discount` = `amount`; `line` and `name` are null for freight.

    `charges` are what was charged on the goods: a fee that the buyer bears, a total that was rounded up, freight that
    goes with them. `discount` is all that was taken off, not above 0 but where a refund charges an offer back.
    `tax_percent` is null where no rate is stated; `tax` is then 0 and no statement that none is due.
    """

    line: Id | None
    name: Name | None
    quantity: Quantity | None
    unit_price: Signed | None
    goods: Signed
    charges: Signed
    discount: Signed
    amount: Signed
    tax_percent: PercentOrZero | None
    tax: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            line: str | None,
            name: str | None,
            quantity: int | Decimal | str | None,
            unit_price: Money | str | None,
            goods: Money | str,
            charges: Money | str,
            discount: Money | str,
            amount: Money | str,
            tax_percent: int | Decimal | str | None,
            tax: Money | str,
        ) -> None: ...

    @property
    def net(self) -> Money:
        """Without tax."""
        return self.amount - self.tax


class InvoiceTax(LeavesOut):
    """All lines of one rate; with the category and the reason that a table of taxes or an exemption states for it."""

    left_out: ClassVar[frozenset[str]] = frozenset({"category", "reason"})

    tax_percent: PercentOrZero | None
    amount: Signed
    tax: Signed
    category: Id | None = None
    reason: Text | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            tax_percent: int | Decimal | str | None,
            amount: Money | str,
            tax: Money | str,
            category: str | None = None,
            reason: str | None = None,
        ) -> None: ...


class Invoice(OfOrder, OneCurrency):
    """One shop's invoice (`blue`), or one that takes back part of it (`red`: its amount is below 0).

    Its number, date and seal are the tax system's. As JSON by `to_json()`, read back by `from_json()`; the sums are
    compared.
    """

    settlement: str
    shop: Id
    kind: Literal["blue", "red"]
    freight: Literal["line", "with_goods", "leave_out"]
    buyer: InvoiceRequest
    lines: Annotated[tuple[InvoiceLine, ...], LISTED]
    taxes: Annotated[tuple[InvoiceTax, ...], LISTED]
    amount: Signed
    tax: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            settlement: str,
            shop: str,
            kind: Literal["blue", "red"],
            freight: Literal["line", "with_goods", "leave_out"],
            buyer: InvoiceRequest | Mapping[str, Any],
            lines: Sequence[InvoiceLine | Mapping[str, Any]],
            taxes: Sequence[InvoiceTax | Mapping[str, Any]],
            amount: Money | str,
            tax: Money | str,
            order: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sums(self) -> Self:
        wrong: dict[tuple[str | int, ...], str] = {}
        by_rate = {percent: [0, 0] for percent in {row.tax_percent: None for row in self.lines}}
        for at, row in enumerate(self.lines):
            by_rate[row.tax_percent][0] += row.amount.minor
            by_rate[row.tax_percent][1] += row.tax.minor
            if row.goods.minor + row.charges.minor + row.discount.minor != row.amount.minor:
                wrong["lines", at, "amount"] = "is not the sum of the lines"
            if abs(row.tax.minor) > abs(row.amount.minor) or row.tax.minor * row.amount.minor < 0:
                wrong["lines", at, "tax"] = "is no part of the amount"
        if [(each.tax_percent, [each.amount.minor, each.tax.minor]) for each in self.taxes] != [*by_rate.items()]:
            wrong["taxes",] = "are not the sums of the lines by rate"
        for name in ("amount", "tax"):
            if getattr(self, name).minor != sum([getattr(row, name).minor for row in self.lines]):
                wrong[name,] = "is not the sum of the lines"
        if len({row.line for row in self.lines}) < len(self.lines):
            wrong["lines",] = "name a line twice"
        if self.amount.minor * (1 if self.kind == "blue" else -1) < 0:
            wrong["kind",] = "is blue for an amount of 0 or more, else red"
        found = [problem_at(*place, code="value.invalid", detail=detail) for place, detail in wrong.items()]
        refuse(found)
        return self

    @property
    def net(self) -> Money:
        """Without tax."""
        return self.amount - self.tax

    def to_html(self, locale: str = "en", seller: str | None = None) -> str:
        """A page to print. Raises `UnknownLocale`."""
        from settlement.after_pay.invoices.text import invoice_page

        return invoice_page(self, locale=locale, seller=seller)


def invoices(
    settlement: Settlement,
    request: InvoiceRequest | None = None,
    policy: InvoicePolicy | None = None,
    names: Mapping[str, str] | None = None,
) -> tuple[Invoice, ...]:
    """One invoice for each shop that was paid anything, in the settlement's order of shops.

    `request` says whom it is for, by default what the buyer asked of each shop, else of all (`settlement.invoice_of`);
    a shop that was asked for none makes none. `names` are those of the lines by id, where their skus are not enough.
    Tax = round(amount × r ÷ (100 + r)) once per rate and invoice, spread over the lines of that rate by amount
    (contract §4, Spreading; freight comes last); where the settlement states taxes of a shop, those are its. Raises
    `ValueError` where nobody asked for an invoice, `UnknownLine` for a name of a line that is not there,
    `InvalidDocument` for one that is no name and for a settlement that is pending or blocked, `TypeError` for anything
    but these documents. Source: docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="56.50 CNY", tax_percent="13")
    >>> checkout = Checkout(
    ...     at="2026-11-11T00:00:00+08:00",
    ...     cart=Cart(currency="CNY", lines=[line]),
    ...     invoice=InvoiceRequest(title="张三"),
    ... )
    >>> made = invoices(settle(checkout, Rulebook(id="r", currency="CNY")))[0]
    >>> str(made.amount), str(made.tax), str(made.net)
    ('113.00 CNY', '13.00 CNY', '100.00 CNY')
    """
    expect_payable(settlement, "invoices")
    expect("request", request, InvoiceRequest, optional=True)
    expect("policy", policy, InvoicePolicy, optional=True)
    asked_of = {shop.shop: request or settlement.invoice_of(shop.shop) for shop in settlement.shops}
    if not any(asked_of.values()):
        raise ValueError("nobody asked for an invoice: give a request")
    policy, names = policy or InvoicePolicy(), _names(settlement, names)
    parts, stated = sides(settlement), {row.shop for row in settlement.taxes}
    made = []
    for shop in settlement.shops:
        asked, rows, freight, freight_tax = asked_of[shop.shop], list[InvoiceLine](), 0, 0
        if asked is None:
            continue
        on_top = OnTop(settlement, shop.shop) if shop.shop in stated else None
        for line in settlement.lines:
            if line.shop == shop.shop:
                of = parts[line.id]
                with_it = [of.goods, of.freight] if policy.freight == "with_goods" else [of.goods]
                amount = sum([side.cash for side in with_it])
                charged = sum([side.fee + sum([each for _, each in side.charged]) for side in with_it])
                freight += of.freight.cash
                freight_tax += of.freight.tax
                if line.goods or amount:
                    goods = line.goods.minor
                    row = row_of(line, names.get(line.id, line.sku), goods, charged - goods, amount)
                    if on_top is not None:
                        row = _stating(row, on_top.percent_of(line.id), sum([side.tax for side in with_it]))
                    rows.append(row)
        if freight and policy.freight == "line":
            if on_top is None:
                rows.append(_freight_row(freight, settlement.currency, policy.freight_tax_percent))
            else:
                rows.append(_stating(_freight_row(freight, settlement.currency, None), on_top.freight, freight_tax))
        if any(row.amount for row in rows):
            taxed = list(_taxed(rows, policy)) if on_top is None else rows
            made.append(made_of(settlement, shop.shop, "blue", policy.freight, asked, taxed))
    return tuple(made)


def _names(settlement: Settlement, names: object) -> Mapping[str, str]:
    """Names of lines, each of a line that is there."""
    if names is None:
        return {}
    if not isinstance(names, Mapping):
        msg = f'names: found {excerpt(names)}; names by line id are expected, such as {{"a": "Jasmine tea"}}'
        raise TypeError(msg)
    known = [line.id for line in settlement.lines] + [each.line for each in settlement.excluded]
    found = []
    for line, name in names.items():
        if line not in known:
            raise UnknownLine(line, known)
        if not isinstance(name, str):
            found.append(Problem(f"names.{line}", "text.type", {"found": excerpt(name)}))
    if found:
        raise InvalidDocument(found, "names")
    return names


def row_of(line: SettledLine, name: str, goods: int, charges: int, amount: int) -> InvoiceLine:
    """A line before its tax is known: `amount` is what was paid for it, in minor units."""
    currency = line.goods.currency
    return InvoiceLine(
        line=line.id,
        name=name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        goods=money_of(goods, currency),
        charges=money_of(charges, currency),
        discount=money_of(amount - goods - charges, currency),
        amount=money_of(amount, currency),
        tax_percent=None if line.tax_percent is None else str(line.tax_percent),
        tax=money_of(0, currency),
    )


def _freight_row(amount: int, currency: str, percent: object) -> InvoiceLine:
    return InvoiceLine(
        line=None,
        name=None,
        quantity=None,
        unit_price=None,
        goods=money_of(amount, currency),
        charges=money_of(0, currency),
        discount=money_of(0, currency),
        amount=money_of(amount, currency),
        tax_percent=None if percent is None else str(percent),
        tax=money_of(0, currency),
    )


def _stating(row: InvoiceLine, percent: Decimal | None, tax: int) -> InvoiceLine:
    """A line of a shop whose taxes the settlement states: they are part of the amount, at most all of it."""
    stated = None if percent is None else str(percent)
    found = row.model_dump() | {"tax_percent": stated, "tax": money_of(min(tax, row.amount.minor), row.tax.currency)}
    return InvoiceLine(**found)


def in_order(row: InvoiceLine) -> tuple[bool, str]:
    """The last tie between lines that share a tax: the smaller id, freight behind all of them."""
    return row.line is None, row.line or ""


def _taxed(rows: Sequence[InvoiceLine], policy: InvoicePolicy) -> Iterator[InvoiceLine]:
    """The lines with their part of the tax that their rate makes."""
    shares: dict[int, int] = {}
    by_id = sorted(range(len(rows)), key=lambda at: in_order(rows[at]))
    for percent in {row.tax_percent: None for row in rows if row.tax_percent}:
        places = [at for at in by_id if rows[at].tax_percent == percent]
        amounts = [rows[at].amount.minor for at in places]
        numerator, denominator = rate(percent or 0)
        tax = ROUNDERS[policy.rounding](sum(amounts) * numerator, denominator + numerator)
        shares |= dict(zip(places, share_out(tax, amounts), strict=True))
    for at, row in enumerate(rows):
        yield row.model_copy(update={"tax": money_of(shares[at], row.tax.currency)}) if shares.get(at) else row


def made_of(
    settlement: Settlement,
    shop: str,
    kind: Literal["blue", "red"],
    freight: Literal["line", "with_goods", "leave_out"],
    buyer: InvoiceRequest,
    rows: Sequence[InvoiceLine],
) -> Invoice:
    """An invoice of these lines, with its sums by rate and in all."""
    currency = settlement.currency
    taxes = []
    for percent in {row.tax_percent: None for row in rows}:
        alike = [row for row in rows if row.tax_percent == percent]
        amount, tax = (sum([getattr(row, name).minor for row in alike]) for name in ("amount", "tax"))
        stated = None if percent is None else str(percent)
        category, reason = why(settlement, shop, percent)
        taxes.append(
            InvoiceTax(
                tax_percent=stated,
                amount=money_of(amount, currency),
                tax=money_of(tax, currency),
                category=category,
                reason=reason,
            )
        )
    return Invoice(
        order=settlement.order,
        settlement=settlement.digest,
        currency=currency,
        shop=shop,
        kind=kind,
        freight=freight,
        buyer=buyer,
        lines=tuple(rows),
        taxes=tuple(taxes),
        amount=money_of(sum([row.amount.minor for row in rows]), currency),
        tax=money_of(sum([row.tax.minor for row in rows]), currency),
    )
