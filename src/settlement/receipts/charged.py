"""Which adjustments are of which parcel: they stand parcel by parcel, those of 0 left out (contract §7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from settlement.receipts.parts import Adjustment
    from settlement.receipts.settlement import Settlement

__all__ = ["Charged", "charged"]


class Charged(NamedTuple):
    """The adjustments of one parcel, or of a run of equal ones, by their places among all: its fee, its surcharges."""

    fee: int | None
    surcharges: tuple[int, ...]


def charged(settlement: Settlement) -> list[Charged]:
    """For each parcel; of surcharges as many as make what the parcel states."""
    fees, surcharges = (_of(settlement.adjustments, stage) for stage in ("freight", "surcharge"))
    found = []
    for parcel in settlement.parcels:
        fee = next(fees, None) if parcel.fee else None
        added, left = [], parcel.surcharge.minor
        while left > 0 and (place := next(surcharges, None)) is not None:
            added.append(place)
            left -= settlement.adjustments[place].amount.minor
        found.append(Charged(fee, tuple(added)))
    return found


def _of(adjustments: Sequence[Adjustment], stage: str) -> Iterator[int]:
    return (place for place, each in enumerate(adjustments) if each.stage == stage)
