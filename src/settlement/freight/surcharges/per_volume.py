"""体积附加费: for every so many cubic centimetres begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from settlement.documents.scalars import PositiveCount
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerVolume"]


class PerVolume(Surcharge):
    """For every `every_cm3` begun of the parcel's volume; the lines pay by theirs.

    >>> PerVolume(regions=["CN"], fee="0.50 CNY").times(2_001_000)
    3
    """

    per: Literal["volume"] = "volume"
    every_cm3: PositiveCount = 1000

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            fee: Money | str,
            per: Literal["volume"] = "volume",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
            every_cm3: int = 1000,
        ) -> None: ...

    sign = "{fee} per {every_cm3} cm³ begun"
    fact = "volume_cm3"
    needs = frozenset({"volume_cm3"})

    def counted(self, load: Load) -> list[int]:
        return load.cm3()

    @property
    def each(self) -> int:
        return self.every_cm3
