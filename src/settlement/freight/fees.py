"""The fee of one parcel by its zone: first and additional, steps, a share of the value, bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from settlement.documents.scalars import rate
from settlement.money import ROUNDERS

if TYPE_CHECKING:
    from settlement.freight.templates import Zone

__all__ = ["added_fee", "fee_of", "plain_fee"]


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
    first, fee = zone.first, zone.first_fee.minor
    if units > first:
        if zone.steps is not None:
            for step in zone.steps:
                first, fee = step.up_to, step.fee.minor
                if units <= first:
                    break
        if units > first and zone.additional is not None and zone.additional_fee is not None:
            fee -= (first - units) // zone.additional * zone.additional_fee.minor
    if zone.goods_percent is not None:
        numerator, denominator = rate(zone.goods_percent)
        fee += rounded(value * numerator, denominator)
    if zone.min_fee is not None and fee < zone.min_fee.minor:
        fee = zone.min_fee.minor
    if zone.max_fee is not None and fee > zone.max_fee.minor:
        fee = zone.max_fee.minor
    return fee


def plain_fee(zone: Zone) -> tuple[int, int, int, int] | None:
    """First, first fee, additional and its fee of a zone that has nothing else; a flat fee adds 0 for every unit.

    Then the fee is `first_fee` while units ≤ `first`, else `first_fee + ⌈(units − first) ÷ additional⌉ × its fee`.
    """
    if zone.steps is not None or any(each is not None for each in (zone.goods_percent, zone.min_fee, zone.max_fee)):
        return None
    if zone.additional is None or zone.additional_fee is None:
        return zone.first, zone.first_fee.minor, 1, 0
    return zone.first, zone.first_fee.minor, zone.additional, zone.additional_fee.minor


def added_fee(zone: Zone, units: int) -> int | None:
    """What a parcel costs beside another: every started `additional` from the first unit on; None for a flat fee."""
    if zone.additional is None or zone.additional_fee is None:
        return None
    return -(-units // zone.additional) * zone.additional_fee.minor
