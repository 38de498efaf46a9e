"""按件附加费: for each piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerPiece"]


class PerPiece(Surcharge):
    """For each piece of the parcel. Spread by the template's measure. Source: contract §5.

    >>> PerPiece(regions=["540000"], fee="5.00 CNY").formula(3, "5.00")
    '3 × 5.00'
    """

    per: Literal["piece"] = "piece"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            fee: Money | str,
            per: Literal["piece"] = "piece",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    sign = "{fee} per piece"
    fact = "pieces"
    by_measure = True

    def counted(self, load: Load) -> list[int]:
        return [pieces * 1000 for pieces in load.pieces]
