"""The regions that a rule names: of freight, of an offer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from settlement.documents.region import same_places
from settlement.documents.scalars import LISTED, RegionRule, no_twins

__all__ = ["Regions", "canonical_region"]


def canonical_region(entry: object) -> object:
    """One text for all spellings of a region; None for what is none."""
    try:
        return same_places(entry) if isinstance(entry, str) else None
    except ValueError:
        return None


Regions = Annotated[tuple[RegionRule, ...], Field(min_length=1), no_twins(canonical_region, "region.duplicate"), LISTED]
