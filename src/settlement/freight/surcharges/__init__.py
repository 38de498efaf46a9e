"""Surcharges: what some regions add to a parcel (contract §5). A kind is one small file and one name here."""

from __future__ import annotations

from settlement.freight.surcharges.per_freight import PerFreight
from settlement.freight.surcharges.per_heavy_parcel import PerHeavyParcel
from settlement.freight.surcharges.per_heavy_piece import PerHeavyPiece
from settlement.freight.surcharges.per_kg import PerKg
from settlement.freight.surcharges.per_parcel import PerParcel
from settlement.freight.surcharges.per_piece import PerPiece
from settlement.freight.surcharges.per_volume import PerVolume
from settlement.freight.surcharges.surcharge import Surcharge

__all__ = [
    "SURCHARGE_KINDS",
    "PerFreight",
    "PerHeavyParcel",
    "PerHeavyPiece",
    "PerKg",
    "PerParcel",
    "PerPiece",
    "PerVolume",
    "Surcharge",
]

#: Every kind of surcharge that ships with the library; the first three are the contract's.
SURCHARGE_KINDS: tuple[type[Surcharge], ...] = (
    PerParcel,
    PerPiece,
    PerKg,
    PerHeavyPiece,
    PerVolume,
    PerHeavyParcel,
    PerFreight,
)
