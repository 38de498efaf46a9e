"""Parcels: the lines of one (shop, template, warehouse), their units, and what they cost (contract §5).

What depends only on the cart and the address is worked out once (`pack`); what depends on amounts that discounts
left is worked out each time it is asked for (`Shipment.charge`), which the search for coupons does often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from settlement.allocation import share_out
from settlement.freight.tariff import Match, Tariff
from settlement.freight.templates import Free, Zone
from settlement.ledger import Basket

__all__ = ["Charge", "Parcel", "Shipment", "fee_of", "pack"]


def fee_of(zone: Zone, units: int) -> int:
    """`first_fee` while units ≤ `first`, else plus `additional_fee` for every started `additional`.

    >>> zone = Zone(regions=["*"], first=1, first_fee="8.00 CNY", additional=2, additional_fee="3.00 CNY")
    >>> [fee_of(zone, units) for units in (0, 1, 2, 3, 4)]
    [800, 800, 1100, 1100, 1400]
    """
    if units <= zone.first or zone.additional is None or zone.additional_fee is None:
        return zone.first_fee.minor
    return zone.first_fee.minor - (zone.first - units) // zone.additional * zone.additional_fee.minor


def added_fee(zone: Zone, units: int) -> int | None:
    """What a parcel costs beside another: every started `additional` from the first unit on; None for a flat fee."""
    if zone.additional is None or zone.additional_fee is None:
        return None
    return -(-units // zone.additional) * zone.additional_fee.minor


class Charge(NamedTuple):
    """What one parcel pays."""

    fee: int
    surcharge: int
    free: bool
    shares: Sequence[int]
    surcharge_shares: Sequence[int]


class Parcel:
    """One parcel: what is known of it before any discount."""

    __slots__ = (
        "amount_rules", "fee", "fee_lines", "fee_weights", "free", "lines", "match", "pays", "pieces", "shares",
        "shop", "surcharge", "surcharge_shares", "tariff", "units", "waived", "warehouse", "weight", "zone",
    )  # fmt: skip

    def __init__(self, basket: Basket, lines: list[int], tariff: Tariff, match: Match, zone: Zone) -> None:
        first = lines[0]
        self.shop = basket.shops[first]
        self.warehouse = basket.warehouses[first]
        self.tariff, self.match, self.zone = tariff, match, zone
        self.lines = lines
        self.fee_lines = [line for line in lines if not basket.free_shipping[line]]
        self.pays = bool(self.fee_lines)
        self.pieces = sum(basket.pieces[line] for line in lines)
        measured, self.units = _measured(basket, self.fee_lines, tariff.measure)
        self.fee_weights = measured if any(measured) else [basket.pieces[line] for line in self.fee_lines]
        self.fee = fee_of(zone, self.units) if self.pays else 0
        self.weight = 0
        self.surcharge = self._surcharge(basket)
        self.surcharge_shares: list[int] = []
        if self.surcharge:
            weights, _ = _measured(basket, lines, tariff.measure)
            weights = weights if any(weights) else [basket.pieces[line] for line in lines]
            self.surcharge_shares = share_out(self.surcharge, weights)
        self.free = False
        self.waived = False
        #: Free entries that only an amount still decides: (minor units, over these lines, waives the surcharge).
        self.amount_rules: list[tuple[int, Sequence[int], bool]] = []
        #: fee -> its shares: the weights never change, so each fee is spread once.
        self.shares: dict[int, list[int]] = {}

    def _surcharge(self, basket: Basket) -> int:
        rule = self.match.surcharge
        if rule is None:
            return 0
        if rule.per == "parcel":
            return rule.fee.minor
        if rule.per == "piece":
            return rule.fee.minor * self.pieces
        grams, _ = _measured(basket, self.lines, "weight_g")
        self.weight = sum(grams)
        return rule.fee.minor * -(-self.weight // 1_000_000)

    def settle_free(self, entry: Free, lines: Sequence[int], pieces: int) -> None:
        """Note a free entry: decided now, or left to the amounts."""
        if entry.max_units is not None and self.units > entry.max_units:
            return
        if entry.min_quantity is not None and pieces < entry.min_quantity:
            return
        if entry.min_amount is not None and entry.min_amount.minor:
            self.amount_rules.append((entry.min_amount.minor, lines, entry.waives_surcharge))
            return
        self.free = True
        self.waived = self.waived or entry.waives_surcharge

    def spread_fee(self, fee: int) -> list[int]:
        """The fee over the lines that count units."""
        shares = self.shares.get(fee)
        if shares is None:
            shares = self.shares[fee] = share_out(fee, self.fee_weights)
        return shares


def _measured(basket: Basket, lines: Sequence[int], measure: str) -> tuple[list[int], int]:
    """What each line counts in a measure (exact, in thousandths for weight and volume) and the units of them all."""
    if measure == "quantity":
        pieces = [basket.pieces[line] for line in lines]
        return pieces, sum(pieces)
    per_unit = basket.weights if measure == "weight_g" else basket.volumes
    counted = [(per_unit[line] or 0) * basket.millis[line] for line in lines]
    return counted, -(-sum(counted) // 1000)


class Shipment:
    """All parcels of a settlement, sorted by shop, template and warehouse (none first)."""

    __slots__ = ("amounts_matter", "combination", "groups", "parcels")

    def __init__(self, parcels: list[Parcel], combination: str) -> None:
        self.parcels = parcels
        self.combination = combination
        self.amounts_matter = any(parcel.amount_rules for parcel in parcels)
        self.groups: list[list[int]] = []
        for place, parcel in enumerate(parcels):
            if place and parcels[place - 1].shop == parcel.shop:
                self.groups[-1].append(place)
            else:
                self.groups.append([place])

    def charge(self, amounts: Sequence[int]) -> list[Charge]:
        """What each parcel pays when the lines are worth `amounts` for free shipping."""
        free = []
        waived = []
        for parcel in self.parcels:
            is_free, is_waived = parcel.free, parcel.waived
            for minimum, lines, waives in parcel.amount_rules:
                if sum([amounts[line] for line in lines]) >= minimum:
                    is_free = True
                    is_waived = is_waived or waives
            free.append(is_free)
            waived.append(is_waived)
        fees = [0 if free[place] or not parcel.pays else parcel.fee for place, parcel in enumerate(self.parcels)]
        if self.combination != "sum":
            for group in self.groups:
                paying = [place for place in group if self.parcels[place].pays and not free[place]]
                if len(paying) > 1:
                    self._combine(paying, fees)
        return [
            Charge(
                fee,
                0 if waived[place] else parcel.surcharge,
                free[place],
                parcel.spread_fee(fee) if fee else (),
                () if waived[place] else parcel.surcharge_shares,
            )
            for place, (parcel, fee) in enumerate(zip(self.parcels, fees, strict=True))
        ]

    def _combine(self, paying: list[int], fees: list[int]) -> None:
        """`highest_first` and `max`; the places are in the order of the ties already."""
        parcels = self.parcels
        if self.combination == "max":
            dearest = max(paying, key=lambda place: fees[place])
            for place in paying:
                if place != dearest:
                    fees[place] = 0
            return
        leader = max(paying, key=lambda place: parcels[place].zone.first_fee.minor)
        for place in paying:
            added = added_fee(parcels[place].zone, parcels[place].units)
            if place != leader and added is not None:
                fees[place] = min(fees[place], added)


def pack(basket: Basket, matches: Mapping[str, tuple[Tariff, Match]], combination: str) -> Shipment:
    """Parcels of every line that has a template; `matches` is what each template says of the address."""
    grouped: dict[tuple[str, str, str], list[int]] = {}
    by_template: dict[tuple[str, str], list[int]] = {}
    for line, template in enumerate(basket.templates):
        if template is not None:
            shop = basket.shops[line]
            key = (shop, template, "" if basket.warehouses[line] is None else f"w{basket.warehouses[line]}")
            grouped.setdefault(key, []).append(line)
            by_template.setdefault((shop, template), []).append(line)
    parcels = []
    for key in sorted(grouped):
        shop, template, _ = key
        tariff, match = matches[template]
        assert_zone = match.zone
        if assert_zone is None:
            msg = "an undeliverable line reached the parcels"
            raise AssertionError(msg)
        parcel = Parcel(basket, grouped[key], tariff, match, assert_zone)
        for entry in match.free:
            lines = basket.by_shop[shop] if entry.basis == "shop" else by_template[shop, template]
            pieces = sum([basket.pieces[line] for line in lines]) if entry.min_quantity is not None else 0
            parcel.settle_free(entry, lines, pieces)
        parcels.append(parcel)
    return Shipment(parcels, combination)
