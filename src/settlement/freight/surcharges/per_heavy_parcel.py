"""偏远重货附加费: once a parcel that is heavy, on the way to somewhere far."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from settlement.documents.scalars import Count
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerHeavyParcel"]


class PerHeavyParcel(Surcharge):
    """Once a parcel that weighs more than `above_g`; the lines pay by their weight.

    >>> surcharge = PerHeavyParcel(regions=["540000"], fee="30.00 CNY", above_g=20_000)
    >>> surcharge.times(20_000_000), surcharge.times(20_000_001)
    (0, 1)
    """

    per: Literal["heavy_parcel"] = "heavy_parcel"
    above_g: Count

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            fee: Money | str,
            above_g: int,
            per: Literal["heavy_parcel"] = "heavy_parcel",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    sign = "{fee} per parcel above {above_g} g"
    fact = "weight_g"
    needs = frozenset({"weight_g"})
    weighs = True

    def counted(self, load: Load) -> list[int]:
        return load.grams()

    def times(self, thousandths: int) -> int:
        return int(thousandths > self.above_g * 1000)

    def formula(self, counted: object, fee: str) -> str:
        return fee if Decimal(str(counted)) > self.above_g else f"0 × {fee}"
