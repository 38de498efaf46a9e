"""按重附加费: for each kilogram begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerKg"]


class PerKg(Surcharge):
    """For each kilogram begun of the parcel's weight. Spread by the template's measure. Source: contract §5.

    >>> surcharge = PerKg(regions=["540000"], fee="5.00 CNY")
    >>> surcharge.times(1_250_000), surcharge.formula(1250, "5.00")
    (2, '⌈1250 ÷ 1000⌉ × 5.00')
    """

    per: Literal["kg"] = "kg"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            fee: Money | str,
            per: Literal["kg"] = "kg",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    sign = "{fee} per kg begun"
    fact = "weight_g"
    needs = frozenset({"weight_g"})
    weighs = True
    by_measure = True

    def counted(self, load: Load) -> list[int]:
        return load.grams()

    @property
    def each(self) -> int:
        return 1000
