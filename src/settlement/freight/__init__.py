"""Freight templates: the nearest rule, parcels, free shipping, surcharges (contract §5)."""

from __future__ import annotations

from settlement.freight.templates import Free, FreightTemplate, Surcharge, Zone

__all__ = ["Free", "FreightTemplate", "Surcharge", "Zone"]
