"""The documents of taxes: a table of rates, and how a shop works with it (docs/taxes.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import model_validator

from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Flag, Id, Instant, Name, PercentOrZero, RegionRule, Text
from settlement.money import Money

__all__ = ["STANDARD", "TaxRate", "Taxes"]

#: The class of a line, of freight or of a fee that names none.
STANDARD = "standard"

Rounding: TypeAlias = Literal["half_up", "half_even", "half_down", "down", "up"]


class TaxRate(Document):
    """One row of a table of rates: so much percent of one tax, for goods of one class that go to one region.

    Rows of one class and one `tax` compete: the nearest region decides, among rows of one region the first that holds.
    Rows of another `tax` stand beside it (GST and QST, state and county); a `compound` one is also taken of the taxes
    before it in the table. A row holds within its window, up to and including `max_unit_price` of a unit (what offers
    left of it); of dearer units it holds for nothing (`over: "all"`, the rows behind it take all of the price), or for
    the price up to there (`excess`, they take what is above). `category` and `reason` are for the invoice (zero-rated,
    exempt, reverse charge); 0 percent is a rate.

    >>> TaxRate(tax_class="standard", region="FR", percent="20").tax
    'tax'
    """

    tax_class: Id = STANDARD
    region: RegionRule = "*"
    percent: PercentOrZero
    tax: Id = "tax"
    name: Annotated[Name | None, Mark.PERSONAL] = None
    compound: Flag = False
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    max_unit_price: Money | None = None
    over: Literal["all", "excess"] = "all"
    category: Id | None = None
    reason: Text | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            percent: int | Decimal | str,
            tax_class: str = "standard",
            region: str = "*",
            tax: str = "tax",
            name: str | None = None,
            compound: bool = False,
            valid_from: datetime | str | None = None,
            valid_until: datetime | str | None = None,
            max_unit_price: Money | str | None = None,
            over: Literal["all", "excess"] = "all",
            category: str | None = None,
            reason: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.valid_from is not None and self.valid_until is not None and self.valid_until <= self.valid_from:
            refuse([problem_at("valid_until", code="window.empty")])
        if self.over == "excess" and self.max_unit_price is None:
            refuse([problem_at("over", code="tax.over")])
        return self


class Taxes(Document):
    """How a shop's prices stand to tax, and its rates; without a `shop` it holds for all that have none of their own.

    `prices: "without"`: the tax comes on top, rounded once `per` rate and shop, per line, or per unit, by `rounding`
    (default: the policy's). `prices: "with"`: it is inside, nothing is added; the rates are for buyers who are exempt.
    Freight is taxed by the rates of the goods in its parcel, as their net (`goods`) or weight shares it, by a class of
    its own (`rate`), or not at all. `together` rounds the taxes of one base once and shares that out. `with_freight`
    counts a unit's share of freight in the price that `max_unit_price` of a row bounds.

    >>> table = Taxes(prices="without", rates=[TaxRate(percent="19")])
    >>> table.per, table.freight
    ('rate', 'goods')
    """

    shop: Id | None = None
    prices: Literal["without", "with"]
    rates: Annotated[tuple[TaxRate, ...], LISTED, Mark.ORDERED] = ()
    per: Literal["rate", "line", "unit"] = "rate"
    rounding: Rounding | None = None
    together: Flag = False
    freight: Literal["goods", "weight", "rate", "none"] = "goods"
    freight_class: Id = STANDARD
    with_freight: Flag = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            prices: Literal["without", "with"],
            shop: str | None = None,
            rates: Sequence[TaxRate | Mapping[str, Any]] = (),
            per: Literal["rate", "line", "unit"] = "rate",
            rounding: Literal["half_up", "half_even", "half_down", "down", "up"] | None = None,
            together: bool = False,
            freight: Literal["goods", "weight", "rate", "none"] = "goods",
            freight_class: str = "standard",
            with_freight: bool = False,
        ) -> None: ...

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.together:
            refuse(
                [
                    problem_at("rates", place, "compound", code="tax.together")
                    for place, rate in enumerate(self.rates)
                    if rate.compound
                ]
            )
        return self
