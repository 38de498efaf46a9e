"""偏远附加费: once a parcel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.times import Times

__all__ = ["PerParcel"]


class PerParcel(Surcharge):
    """Once a parcel. Spread by the template's measure. Source: contract §5.

    >>> PerParcel(regions=["540000"], fee="15.00 CNY").times(0)
    1
    """

    per: Literal["parcel"] = "parcel"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            fee: Money | str,
            per: Literal["parcel"] = "parcel",
            label: str | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            only_skus: list[str] | tuple[str, ...] | None = None,
            only_categories: list[str] | tuple[str, ...] | None = None,
            highest_of: str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    sign = "{fee} per parcel"
    fact = ""

    def counted(self, load: Load) -> list[int]:
        return [0] * len(load.millis)

    def times(self, thousandths: int) -> int:
        return 1

    def formula(self, counted: object, fee: str) -> str:
        return fee
