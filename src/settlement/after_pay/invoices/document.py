"""The document of an invoice: lines with tax in them, the sums of each rate, whom it is for and who issues it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import model_validator

from settlement.after_pay.invoices.details import InvoiceItem, InvoiceSeller, TaxCode, Untaxed
from settlement.cart.invoice_request import InvoiceRequest
from settlement.documents.order_name import OfOrder
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Name, PercentOrZero, Quantity, Text
from settlement.documents.signed import OneCurrency, Signed
from settlement.documents.unstated import LeavesOut
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.after_pay.invoices.rows import InvoiceRow

__all__ = ["Invoice", "InvoiceLine", "InvoiceTax", "Rate"]

#: A rate in percent, None where none is stated; and why it is 0, where that is said.
Rate: TypeAlias = tuple[int | Decimal | None, Untaxed | None]


class InvoiceLine(LeavesOut):
    """One line, tax included: `goods` + `charges` + `discount` = `amount`; `line` and `name` are null for freight.

    Freight of several rates has a line for each; `freight_of` then says of which lines of the cart it is. So have goods
    of which a part of the price has a rate of its own; each is of all of the quantity.

    `charges` are what was charged on the goods: a fee that the buyer bears, a total that was rounded up, freight that
    goes with them. `discount` is all that was taken off, not above 0 but where a refund charges an offer back.
    `tax_percent` is null where no rate is stated; `tax` is then 0 and no statement that none is due. `untaxed` says why
    a rate of 0 is one.
    """

    left_out: ClassVar[frozenset[str]] = InvoiceItem.left_out | {"freight_of"}

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
    tax_code: TaxCode | None = None
    unit: Name | None = None
    specification: Name | None = None
    untaxed: Untaxed | None = None
    reason: Text | None = None
    freight_of: Annotated[tuple[Id, ...], LISTED] = ()

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
            tax_code: str | None = None,
            unit: str | None = None,
            specification: str | None = None,
            untaxed: Literal["export", "exempt", "not_taxable"] | None = None,
            reason: str | None = None,
            freight_of: list[str] | tuple[str, ...] = (),
        ) -> None: ...

    @property
    def net(self) -> Money:
        """Without tax."""
        return self.amount - self.tax

    @property
    def rate(self) -> Rate:
        """The rate, and why it is 0: what lines of an invoice are summed by."""
        return self.tax_percent, self.untaxed


class InvoiceTax(LeavesOut):
    """All lines of one rate; with the category and the reason that a table of taxes or an exemption states for it."""

    left_out: ClassVar[frozenset[str]] = frozenset({"category", "reason", "untaxed"})

    tax_percent: PercentOrZero | None
    amount: Signed
    tax: Signed
    category: Id | None = None
    reason: Text | None = None
    untaxed: Untaxed | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            tax_percent: int | Decimal | str | None,
            amount: Money | str,
            tax: Money | str,
            category: str | None = None,
            reason: str | None = None,
            untaxed: Literal["export", "exempt", "not_taxable"] | None = None,
        ) -> None: ...

    @property
    def rate(self) -> Rate:
        """The rate, and why it is 0."""
        return self.tax_percent, self.untaxed


class Invoice(OfOrder, OneCurrency):
    """One shop's invoice (`blue`), or one that takes back part of it (`red`: its amount is below 0).

    Its number, date and seal are the tax system's. As JSON by `to_json()`, read back by `from_json()`; the sums are
    compared. `rounding` is what a rounded total moved, where that stands apart from the lines.
    """

    left_out: ClassVar[frozenset[str]] = OfOrder.left_out | {"seller", "rounding"}

    settlement: str
    shop: Id
    kind: Literal["blue", "red"]
    freight: Literal["line", "with_goods", "leave_out"]
    buyer: InvoiceRequest
    lines: Annotated[tuple[InvoiceLine, ...], LISTED]
    taxes: Annotated[tuple[InvoiceTax, ...], LISTED]
    amount: Signed
    tax: Signed
    seller: InvoiceSeller | None = None
    rounding: Signed | None = None

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
            seller: InvoiceSeller | Mapping[str, Any] | None = None,
            rounding: Money | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sums(self) -> Self:
        wrong: dict[tuple[str | int, ...], str] = {}
        by_rate: dict[Rate, list[int]] = {row.rate: [0, 0] for row in self.lines}
        for at, row in enumerate(self.lines):
            by_rate[row.rate][0] += row.amount.minor
            by_rate[row.rate][1] += row.tax.minor
            if row.goods.minor + row.charges.minor + row.discount.minor != row.amount.minor:
                wrong["lines", at, "amount"] = "is not the sum of the lines"
            if row.untaxed is not None and row.tax_percent != 0:
                wrong["lines", at, "untaxed"] = "goes with a rate of 0"
            if abs(row.tax.minor) > abs(row.amount.minor) or row.tax.minor * row.amount.minor < 0:
                wrong["lines", at, "tax"] = "is no part of the amount"
        if [(each.rate, [each.amount.minor, each.tax.minor]) for each in self.taxes] != [*by_rate.items()]:
            wrong["taxes",] = "are not the sums of the lines by rate"
        for name in ("amount", "tax"):
            if getattr(self, name).minor != sum([getattr(row, name).minor for row in self.lines]):
                wrong[name,] = "is not the sum of the lines"
        things = {(row.line, row.freight_of, row.name, row.quantity, row.unit, row.tax_code) for row in self.lines}
        rows = {(row.line, row.freight_of, row.line and row.rate) for row in self.lines}
        if len(rows) < len(self.lines) or len({thing[:2] for thing in things}) < len(things):
            wrong["lines",] = "name a line twice"  # but for one whose price has a part of another rate
        if self.amount.minor * (1 if self.kind == "blue" else -1) < 0:
            wrong["kind",] = "is blue for an amount of 0 or more, else red"
        found = [problem_at(*place, code="value.invalid", detail=detail) for place, detail in wrong.items()]
        refuse(found)
        return self

    @property
    def net(self) -> Money:
        """Without tax."""
        return self.amount - self.tax

    @property
    def payable(self) -> Money:
        """What the buyer paid of it, or gets back: the amount, with the rounding of the total where that is apart."""
        return self.amount if self.rounding is None else self.amount + self.rounding

    def rows(self, *, discounts: bool = True) -> tuple[InvoiceRow, ...]:
        """Its lines without tax, as a Chinese invoice prints them; a discount stands on a row of its own, or in it."""
        from settlement.after_pay.invoices.rows import invoice_rows

        return invoice_rows(self, discounts=discounts)

    def to_html(
        self, locale: str = "en", seller: str | None = None, *, discounts: bool = True, nonce: str | None = None
    ) -> str:
        """A page to print; `seller` is the name where the invoice names none, `nonce` as in `report()`.

        Raises `UnknownLocale`, and `ValueError` for what is no nonce.
        """
        from settlement.after_pay.invoices.text import invoice_page

        return invoice_page(self, locale=locale, seller=seller, discounts=discounts, nonce=nonce)
