"""The fee of one parcel by its zone: first and additional, steps, a share of the value, bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from settlement.documents.scalars import rate
from settlement.money import ROUNDERS

if TYPE_CHECKING:
    from settlement.freight.templates import Zone

__all__ = ["Fees", "added_fee", "fee_of", "reach"]


class Fees:
    """A zone's numbers in minor units, laid out once per zone: the one place where a fee is worked out."""

    def __init__(self, zone: Zone) -> None:
        self.first, self.first_fee = zone.first, zone.first_fee.minor
        #: 1 and 0 of a flat fee.
        self.additional, self.additional_fee = 1, 0
        if zone.additional is not None and zone.additional_fee is not None:
            self.additional, self.additional_fee = zone.additional, zone.additional_fee.minor
        has_more = any(each is not None for each in (zone.steps, zone.goods_percent, zone.min_fee, zone.max_fee))
        #: The zone, where it has more than that.
        self.more = zone if has_more else None
        #: The last unit that the card reaches, None where it has no end.
        self.reaches = reach(zone)

    def fee(self, units: int, value: int, rounded: Callable[[int, int], int]) -> int:
        """Minor units for this many units of goods worth `value`; see `fee_of`."""
        if self.more is not None:
            return self._with_more(self.more, units, value, rounded)
        first, fee = self.first, self.first_fee
        return fee if units <= first else fee - (first - units) // self.additional * self.additional_fee

    def _with_more(self, zone: Zone, units: int, value: int, rounded: Callable[[int, int], int]) -> int:
        """Steps go on where `first` ends; then a share of the value, and bounds."""
        first, fee = self.first, self.first_fee
        for step in zone.steps or ():
            if units > first:
                first, fee = step.up_to, step.fee.minor
        if units > first:
            fee -= (first - units) // self.additional * self.additional_fee
        if zone.goods_percent is not None:
            numerator, denominator = rate(zone.goods_percent)
            fee += rounded(value * numerator, denominator)
        if zone.min_fee is not None and fee < zone.min_fee.minor:
            fee = zone.min_fee.minor
        if zone.max_fee is not None and fee > zone.max_fee.minor:
            fee = zone.max_fee.minor
        return fee


def fee_of(zone: Zone, units: int, value: int = 0, rounded: Callable[[int, int], int] = ROUNDERS["half_up"]) -> int:
    """Minor units for this many units of goods worth `value`.

    `first_fee` while units ≤ `first`, then the first step that reaches, beyond the last the last fee plus
    `additional_fee` for every started `additional`; plus `goods_percent` of the value, rounded (policy); at least
    `min_fee`, at most `max_fee`. Source: contract §5, Fee, and docs/freight.md.

    >>> from settlement import Zone
    >>> zone = Zone(regions=["*"], first=1, first_fee="8.00 CNY", additional=2, additional_fee="3.00 CNY")
    >>> [fee_of(zone, units) for units in (0, 1, 2, 3, 4)]
    [800, 800, 1100, 1100, 1400]
    """
    return Fees(zone).fee(units, value, rounded)


def reach(zone: Zone) -> int | None:
    """The last unit that a zone's card reaches: above it nothing is shipped. None where the card does not end.

    >>> from settlement import Zone
    >>> steps = [{"up_to": 30_000, "fee": "12.00 EUR"}]
    >>> [
    ...     reach(Zone(regions=["CZ"], first=5000, first_fee="4.00 EUR", steps=steps, ends=ends))
    ...     for ends in (True, False)
    ... ]
    [30000, None]
    """
    if not zone.ends:
        return None
    return zone.steps[-1].up_to if zone.steps else zone.first


def added_fee(zone: Zone, units: int) -> int | None:
    """What a parcel costs beside another: every started `additional` from the first unit on; None for a flat fee."""
    if zone.additional is None or zone.additional_fee is None:
        return None
    return -(-units // zone.additional) * zone.additional_fee.minor
