"""The fee of one parcel by its zone: first and additional, steps, a share of the value, bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

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
        has_more = any(getattr(zone, name) is not None for name in _MORE)
        #: The zone, where it has more than that.
        self.more = zone if has_more else None
        #: The last unit that the card reaches, None where it has no end.
        self.reaches = reach(zone)
        #: Whether it looks at what goods are worth, and whether at all of the shop's.
        self.by_value = zone.goods_percent is not None or zone.amount_steps is not None
        #: Whether a share of these or of the fee is rounded.
        self.rounds = zone.goods_percent is not None or zone.fuel_percent is not None
        self.of_shop = zone.goods_percent_of == "shop"

    def fee(self, units: int, value: int, rounded: Callable[[int, int], int]) -> int:
        """Minor units for this many units of goods worth `value`; see `fee_of`."""
        if self.more is not None:
            return self._with_more(self.more, units, value, rounded)
        first, fee = self.first, self.first_fee
        return fee if units <= first else fee - (first - units) // self.additional * self.additional_fee

    def first_fee_at(self, value: int) -> int:
        """The first fee for goods worth `value`: that of the last band that they reach."""
        fee = self.first_fee
        for step in (self.more.amount_steps if self.more is not None else None) or ():
            if value >= step.from_amount.minor:
                fee = step.fee.minor
        return fee

    def _with_more(self, zone: Zone, units: int, value: int, rounded: Callable[[int, int], int]) -> int:
        """Steps go on where `first` ends; then shares of the fee and of the value, and bounds."""
        first, fee = self.first, self.first_fee_at(value)
        for step in zone.steps or ():
            if units > first:
                first, fee = step.up_to, step.fee.minor
        if units > first:
            fee -= (first - units) // self.additional * self.additional_fee
        fee, whole = _with_fuel(zone, fee)
        if zone.goods_percent is not None and (
            zone.goods_percent_from is None or value >= zone.goods_percent_from.minor
        ):
            numerator, denominator = rate(zone.goods_percent)
            if whole == 1:
                fee += rounded(value * numerator, denominator)
            else:
                fee, whole = fee * denominator + value * numerator * whole, whole * denominator
        if whole != 1:
            fee = rounded(fee, whole)
        if zone.min_fee is not None and fee < zone.min_fee.minor:
            fee = zone.min_fee.minor
        if zone.max_fee is not None and fee > zone.max_fee.minor:
            fee = zone.max_fee.minor
        return fee


_MORE: Final = ("steps", "goods_percent", "min_fee", "max_fee", "amount_steps", "fuel_percent")


def _with_fuel(zone: Zone, fee: int) -> tuple[int, int]:
    """A fee with its fuel surcharge, not rounded yet: numerator and denominator."""
    if zone.fuel_percent is None:
        return fee, 1
    numerator, denominator = rate(zone.fuel_percent)
    return fee * (denominator + numerator), denominator


def fee_of(zone: Zone, units: int, value: int = 0, rounded: Callable[[int, int], int] = ROUNDERS["half_up"]) -> int:
    """Minor units for this many units of goods worth `value`.

    `first_fee` (or that of the last of `amount_steps` that the value reaches) while units ≤ `first`, then the first
    step that reaches, beyond the last the last fee plus `additional_fee` for every started `additional`; plus
    `fuel_percent` of that and `goods_percent` of the value, rounded together (policy); at least `min_fee`, at most
    `max_fee`.
    Source: contract §5, Fee, and docs/freight.md.

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


def added_fee(zone: Zone, units: int, rounded: Callable[[int, int], int] = ROUNDERS["half_up"]) -> int | None:
    """What a parcel costs beside another: every started `additional` from the first unit on; None for a flat fee.

    With `fuel_percent` of it on top, rounded (policy).
    """
    if zone.additional is None or zone.additional_fee is None:
        return None
    return rounded(*_with_fuel(zone, -(-units // zone.additional) * zone.additional_fee.minor))
