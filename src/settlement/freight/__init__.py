"""Freight templates: the nearest rule, parcels, free shipping, surcharges (contract §5)."""

from __future__ import annotations

from settlement.freight.surcharges import SURCHARGE_KINDS, Surcharge
from settlement.freight.templates import Free, FreightTemplate, Zone

__all__ = ["SURCHARGE_KINDS", "Free", "FreightTemplate", "Surcharge", "Zone"]
