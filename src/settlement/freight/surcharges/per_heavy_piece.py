"""超重件附加费: for each piece that is too heavy for one pair of hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from settlement.documents.scalars import Count
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerHeavyPiece"]


class PerHeavyPiece(Surcharge):
    """For each piece that weighs more than `above_g` by itself; the lines of these pieces pay, by their number.

    >>> PerHeavyPiece(regions=["CN"], fee="20.00 CNY", above_g=30_000).formula(2, "20.00")
    '2 × 20.00'
    """

    per: Literal["heavy_piece"] = "heavy_piece"
    above_g: Count

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            fee: Money | str,
            above_g: int,
            per: Literal["heavy_piece"] = "heavy_piece",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    sign = "{fee} per piece above {above_g} g"
    fact = "heavy_pieces"
    needs = frozenset({"weight_g"})

    def counted(self, load: Load) -> list[int]:
        return [
            pieces * 1000 if weight > self.above_g else 0
            for pieces, weight in zip(load.pieces, load.weights, strict=True)
        ]
