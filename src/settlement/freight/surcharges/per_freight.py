"""燃油附加费: a share of the freight itself, on a row of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from settlement.documents.scalars import Percent, rate
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerFreight"]


class PerFreight(Surcharge):
    """`percent` of what a row of parcels pays for freight, rounded once by the policy; 0 where that is 0.

    `fee`, where one is stated, comes on top. Spread by the template's measure.

    >>> from settlement.money import ROUNDERS
    >>> PerFreight(regions=["*"], percent="15").share(538, ROUNDERS["half_up"])
    81
    """

    per: Literal["freight"] = "freight"
    if not TYPE_CHECKING:  # a checker holds every kind to a fee; here it is the lesser part, and may be absent
        fee: Money | None = None
    percent: Percent

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            percent: int | Decimal | str,
            fee: Money | str | None = None,
            per: Literal["freight"] = "freight",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    sign = "{percent}% of the freight"
    of_freight = True
    fact = "freight"
    by_measure = True

    def counted(self, load: Load) -> list[int]:
        return [0] * len(load.millis)

    def charged(self, thousandths: int) -> int:
        """Nothing by what lines count: see `share`."""
        return 0

    def share(self, freight: int, rounded: Callable[[int, int], int]) -> int:
        """Minor units for a row of parcels that pays so much freight."""
        if not freight:
            return 0
        numerator, denominator = rate(self.percent)
        fixed = self.stated_fee
        return rounded(freight * numerator, denominator) + (0 if fixed is None else fixed.minor)

    def formula(self, counted: object, fee: str) -> str:
        share = f"round({counted} × {self.percent} ÷ 100)"
        return f"{share} + {fee}" if fee else share
