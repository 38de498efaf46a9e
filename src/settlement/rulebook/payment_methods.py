"""Ways to pay and their fees (contract §2.2 and §6)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import model_validator

from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import (
    Id,
    Name,
    Percent,
    Text,
    rate,
)
from settlement.money import Money

__all__ = ["PaymentMethod"]


class PaymentMethod(Document):
    """A way to pay and its fee: round(payable × percent) + fixed, clamped to `min` and `max`.

    `fee_per` says what the provider charges that for: the order, or each shop's part of it, which is then a payment of
    its own; then only a merchant bears it. `name`, `description` and `terms` are for the page only, outside every
    digest.

    >>> PaymentMethod(id="card", percent="0.6", borne_by="merchant").fixed is None
    True
    """

    id: Id
    name: Annotated[Name | None, Mark.PERSONAL] = None
    description: Annotated[Text | None, Mark.PERSONAL, Mark.BEYOND] = None
    percent: Percent | None = None
    fixed: Money | None = None
    min: Money | None = None
    max: Money | None = None
    borne_by: Literal["buyer", "merchant"]
    terms: Annotated[Text | None, Mark.PERSONAL, Mark.BEYOND] = None
    tax_class: Annotated[Id | None, Mark.BEYOND] = None
    fee_per: Annotated[Literal["order", "shop"], Mark.BEYOND] = "order"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            borne_by: Literal["buyer", "merchant"],
            name: str | None = None,
            description: str | None = None,
            percent: int | Decimal | str | None = None,
            fixed: Money | str | None = None,
            min: Money | str | None = None,
            max: Money | str | None = None,
            terms: str | None = None,
            tax_class: str | None = None,
            fee_per: Literal["order", "shop"] = "order",
        ) -> None: ...

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min is not None and self.max is not None and self.max.minor < self.min.minor:
            refuse([problem_at("max", code="range.max_below_min")])
        if self.fee_per == "shop" and self.borne_by == "buyer":
            refuse([problem_at("fee_per", code="method.fee_per_shop")])
        return self

    def fee(self, payable: int, rounded: Callable[[int, int], int]) -> int:
        """The fee for a payable amount above 0, both in minor units."""
        fee = 0 if self.fixed is None else self.fixed.minor
        if self.percent is not None:
            numerator, denominator = rate(self.percent)
            fee += rounded(payable * numerator, denominator)
        if self.min is not None:
            fee = max(fee, self.min.minor)
        if self.max is not None:
            fee = min(fee, self.max.minor)
        return fee
