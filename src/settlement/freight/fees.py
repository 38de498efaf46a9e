"""The fee of one parcel by its zone: first and additional, steps, a share of the value, bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from settlement.documents.scalars import rate
from settlement.money import ROUNDERS

if TYPE_CHECKING:
    from settlement.freight.templates import Zone

__all__ = ["Fees", "added_fee", "fee_of", "fees_of"]


class Fees(NamedTuple):
    """A zone's numbers in minor units, laid out once per zone: the one place where a fee is worked out."""

    first: int
    first_fee: int
    #: 1 and 0 of a flat fee.
    additional: int
    additional_fee: int
    #: The zone, where it has more than that.
    more: Zone | None

    def fee(self, units: int, value: int, rounded: Callable[[int, int], int]) -> int:
        """Minor units for this many units of goods worth `value`; see `fee_of`."""
        first, fee, additional, additional_fee, more = self
        if more is not None:
            return self._with_more(more, units, value, rounded)
        return fee if units <= first else fee - (first - units) // additional * additional_fee

    def _with_more(self, zone: Zone, units: int, value: int, rounded: Callable[[int, int], int]) -> int:
        """Steps go on where `first` ends; then a share of the value, and bounds."""
        reached = self._replace(more=None)
        for step in zone.steps or ():
            if units > reached.first:
                reached = reached._replace(first=step.up_to, first_fee=step.fee.minor)
        fee = reached.fee(units, value, rounded)
        if zone.goods_percent is not None:
            numerator, denominator = rate(zone.goods_percent)
            fee += rounded(value * numerator, denominator)
        if zone.min_fee is not None and fee < zone.min_fee.minor:
            fee = zone.min_fee.minor
        if zone.max_fee is not None and fee > zone.max_fee.minor:
            fee = zone.max_fee.minor
        return fee


def fees_of(zone: Zone) -> Fees:
    """The numbers of a zone."""
    has_more = any(each is not None for each in (zone.steps, zone.goods_percent, zone.min_fee, zone.max_fee))
    more = zone if has_more else None
    if zone.additional is None or zone.additional_fee is None:
        return Fees(zone.first, zone.first_fee.minor, 1, 0, more)
    return Fees(zone.first, zone.first_fee.minor, zone.additional, zone.additional_fee.minor, more)


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
    return fees_of(zone).fee(units, value, rounded)


def added_fee(zone: Zone, units: int) -> int | None:
    """What a parcel costs beside another: every started `additional` from the first unit on; None for a flat fee."""
    if zone.additional is None or zone.additional_fee is None:
        return None
    return -(-units // zone.additional) * zone.additional_fee.minor
