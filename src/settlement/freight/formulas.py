"""The formulas of freight with their numbers written in, in major units: for a parcel and for its facts alike."""

from __future__ import annotations

from collections.abc import Callable

from settlement.freight.fees import added_fee
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.freight.templates import Zone
from settlement.money import ROUNDERS, Money

__all__ = ["combined_formula", "surcharge_formula", "with_result", "zone_formula"]


def _plain(money: Money) -> str:
    return str(money.amount)


def zone_formula(zone: Zone, units: int, value: int = 0) -> str:
    """What `settlement.freight.fees.fee_of` works out for one parcel, without what it comes to.

    >>> zone = Zone(regions=["*"], first=1, first_fee="8.00 CNY", additional=2, additional_fee="3.00 CNY")
    >>> zone_formula(zone, 1), zone_formula(zone, 4)
    ('8.00', '8.00 + ⌈(4 − 1) ÷ 2⌉ × 3.00')
    """
    reached, base = zone.first, zone.first_fee
    for band in zone.amount_steps or ():
        if value >= band.from_amount.minor:
            base = band.fee
    for step in zone.steps or ():
        if units > reached:
            reached, base = step.up_to, step.fee
    text = _plain(base)
    if units > reached and zone.additional_fee is not None:
        text += f" + ⌈({units} − {reached}) ÷ {zone.additional}⌉ × {_plain(zone.additional_fee)}"
    share = ""
    if zone.goods_percent is not None and (zone.goods_percent_from is None or value >= zone.goods_percent_from.minor):
        share = f" + {_plain(Money.of_minor(value, base.currency))} × {zone.goods_percent} ÷ 100"
    if zone.fuel_percent is not None:
        text = f"round({_fuelled(zone, text)}{share})"
    elif share:
        text += f" + round({share.removeprefix(' + ')})"
    if zone.min_fee is not None:
        text = f"max({text}, {_plain(zone.min_fee)})"
    if zone.max_fee is not None:
        text = f"min({text}, {_plain(zone.max_fee)})"
    return text


def _fuelled(zone: Zone, text: str) -> str:
    inner = f"({text})" if " + " in text else text
    return f"{inner} × (100 + {zone.fuel_percent}) ÷ 100"


def combined_formula(
    zone: Zone,
    units: int,
    own: Money,
    boxes: int,
    fee: Money,
    rounded: Callable[[int, int], int] = ROUNDERS["half_up"],
) -> str:
    """What a run of equal parcels pays beside another of the shop, without what it comes to.

    Under `highest_first` one at most pays its own fee, the others what is added; under `max` the dearest pays alone.
    """
    if fee == own:
        return _plain(own)
    added, each, text = added_fee(zone, units, rounded), own.minor, _plain(own)
    if added is not None and added < own.minor and zone.additional_fee is not None:
        each, text = added, f"⌈{units} ÷ {zone.additional}⌉ × {_plain(zone.additional_fee)}"
        if zone.fuel_percent is not None:
            text = f"round({_fuelled(zone, text)})"
    if fee.minor == boxes * each:
        return text if boxes == 1 else f"{boxes} × ({text})"
    return f"{_plain(own)} + {boxes - 1} × ({text})"


def with_result(formula: str, amount: Money) -> str:
    """A formula that ends in what it makes; a lone number is that already."""
    return formula if formula == _plain(amount) else f"{formula} = {_plain(amount)}"


def surcharge_formula(rule: Surcharge, counted: object, boxes: int, *, pays: bool = True) -> str:
    """One surcharge of a run of equal parcels, without what it comes to; `counted` is of one of them.

    Of a share of freight it is what all of them pay, in major units. What comes to 0 (`pays`) has no least fee.
    """
    of_freight = rule.of_freight
    text = rule.formula(counted, "" if rule.stated_fee is None else _plain(rule.stated_fee))
    if rule.min_fee is not None and pays:
        text = f"max({text}, {_plain(rule.min_fee)})"
    if rule.max_fee is not None:
        text = f"min({text}, {_plain(rule.max_fee)})"
    return text if boxes == 1 or of_freight else f"{boxes} × {text}"
