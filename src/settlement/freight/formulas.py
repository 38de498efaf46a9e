"""The contract's freight formulas with their numbers written in, in major units, ending in what they make."""

from __future__ import annotations

from settlement.documents.scalars import quantity_out
from settlement.freight.fees import added_fee
from settlement.freight.parcels import Parcel
from settlement.freight.per import PER
from settlement.freight.templates import Zone
from settlement.money import Money

__all__ = ["beside_formula", "fee_formula", "surcharge_formula"]


def _plain(money: Money) -> str:
    return str(money.amount)


def fee_formula(zone: Zone, units: int, fee: int, value: int = 0) -> str:
    """The fee of a zone with its numbers (`settlement.freight.fees.fee_of`); `fee` is what they make.

    >>> zone = Zone(regions=["*"], first=1, first_fee="8.00 CNY", additional=2, additional_fee="3.00 CNY")
    >>> fee_formula(zone, 1, 800), fee_formula(zone, 4, 1400)
    ('8.00', '8.00 + ⌈(4 − 1) ÷ 2⌉ × 3.00 = 14.00')
    """
    reached, base = zone.first, zone.first_fee
    for step in zone.steps or ():
        if units > reached:
            reached, base = step.up_to, step.fee
    currency, text = base.currency, _plain(base)
    if units > reached and zone.additional_fee is not None:
        text += f" + ⌈({units} − {reached}) ÷ {zone.additional}⌉ × {_plain(zone.additional_fee)}"
    if zone.goods_percent is not None:
        text += f" + {zone.goods_percent} % × {_plain(Money.of_minor(value, currency))}"
    if zone.min_fee is not None:
        text = f"max({text}, {_plain(zone.min_fee)})"
    if zone.max_fee is not None:
        text = f"min({text}, {_plain(zone.max_fee)})"
    return text if text == _plain(base) else f"{text} = {_plain(Money.of_minor(fee, currency))}"


def beside_formula(parcel: Parcel, fee: Money) -> str:
    """What a run of equal parcels pays under `highest_first`: one at most its own fee, the others what is added."""
    zone, own = parcel.zone, parcel.fee
    added = added_fee(zone, parcel.units)
    each, text = own, _plain(Money.of_minor(own, fee.currency))
    if added is not None and added < own and zone.additional_fee is not None:
        each, text = added, f"⌈{parcel.units} ÷ {zone.additional}⌉ × {_plain(zone.additional_fee)}"
    if fee.minor != parcel.count * each:
        text = f"{_plain(Money.of_minor(own, fee.currency))} + {parcel.count - 1} × ({text})"
    elif parcel.count > 1:
        text = f"{parcel.count} × ({text})"
    return f"{text} = {_plain(fee)}"


def surcharge_formula(parcel: Parcel) -> str:
    """The surcharge of a parcel or a run of equal ones; empty where there is none."""
    rule = parcel.match.surcharge
    if rule is None:
        return ""
    fee = _plain(rule.fee)
    text = PER[rule.per].formula(quantity_out(parcel.surcharged), fee)
    if parcel.count > 1:
        text += f" × {parcel.count}"
    return text if text == fee else f"{text} = {_plain(Money.of_minor(parcel.surcharge, rule.fee.currency))}"
