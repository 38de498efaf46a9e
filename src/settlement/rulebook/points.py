"""The documents of points and payment methods (contract §2.2 and §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import model_validator

from settlement.discounts.offers import Scope
from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem
from settlement.documents.scalars import (
    LISTED,
    Count,
    Flag,
    Instant,
    Percent,
    PositiveCount,
    PositiveMoney,
)
from settlement.money import Money

__all__ = ["Earn", "EarnCampaign", "Points"]


class EarnCampaign(Document):
    """Days on which points multiply: `times` is a decimal string up to 100, `"1.5"` or `"2"`.

    >>> EarnCampaign(valid_from="2026-11-11T00:00:00+08:00", valid_until="2026-11-12T00:00:00+08:00", times="2").times
    2
    """

    valid_from: Instant
    valid_until: Instant
    times: Percent

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            valid_from: datetime | str,
            valid_until: datetime | str,
            times: int | Decimal | str,
        ) -> None: ...

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.valid_until <= self.valid_from:
            raise problem("window.empty")
        return self


class Earn(Document):
    """⌊basis ÷ per⌋ × points, reported and never priced; of the campaigns that hold the largest multiplies, down."""

    per: PositiveMoney
    points: PositiveCount
    on: Literal["payable", "goods"] = "payable"
    campaigns: Annotated[tuple[EarnCampaign, ...], LISTED, Mark.BEYOND] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            per: Money | str,
            points: int,
            on: Literal["payable", "goods"] = "payable",
            campaigns: Sequence[EarnCampaign | Mapping[str, Any]] = (),
        ) -> None: ...

    def earned(self, basis: int, at: datetime) -> int:
        """Points for a basis in minor units at an instant."""
        points = max(0, basis // self.per.minor) * self.points
        times = max((each.times for each in self.campaigns if each.valid_from <= at < each.valid_until), default=1)
        numerator, denominator = times.as_integer_ratio()
        return points * numerator // denominator


class Points(Document):
    """`points` of them are worth `worth`; they are the buyer's money too.

    >>> Points(points=100, worth="1.00 CNY").step
    1
    """

    points: PositiveCount
    worth: PositiveMoney
    step: PositiveCount = 1
    min_points: Count = 0
    min_goods: Money | None = None
    max_percent: Percent = 100
    max_amount: Money | None = None
    covers_freight: Flag = False
    scope: Scope | None = None
    earn: Earn | None = None
    tax_base: Annotated[Literal["net", "plus_reimbursed"], Mark.BEYOND] = "net"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            points: int,
            worth: Money | str,
            step: int = 1,
            min_points: int = 0,
            min_goods: Money | str | None = None,
            max_percent: int | Decimal | str = 100,
            max_amount: Money | str | None = None,
            covers_freight: bool = False,
            scope: Scope | Mapping[str, Any] | None = None,
            earn: Earn | Mapping[str, Any] | None = None,
            tax_base: Literal["net", "plus_reimbursed"] = "net",
        ) -> None: ...
