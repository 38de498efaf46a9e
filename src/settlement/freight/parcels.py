"""Parcels: the lines of one (shop, template, warehouse, method), their units, and what they cost (contract §5).

What depends only on the cart and the address is worked out once (`pack`); what depends on amounts that discounts
left is worked out each time it is asked for (`Shipment.charge`), which the search for coupons does often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

from settlement.allocation import share_out
from settlement.cart.columns import Basket, Group
from settlement.freight.added import Added, surcharges_of
from settlement.freight.boxes import Box, fill_boxes
from settlement.freight.charge import Charge
from settlement.freight.fees import added_fee
from settlement.freight.load import Load
from settlement.freight.tariff import Match, Tariff
from settlement.freight.templates import Free, Zone

__all__ = ["Parcel", "Shipment", "pack", "sent_by", "units_of"]


#: Lines and what each pays, those of 0 left out.
Shared: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


class Parcel:
    """One parcel, or a run of `count` equal ones: what is known of it before any discount."""

    #: Of free shipping: whether it holds whatever is paid, and takes the surcharge with it.
    free = waived = False
    #: Goods that a percentage of their value is taken of.
    value = 0
    #: Of one; and all of its surcharges, of all equal ones together, where they pay that fee.
    fee = surcharge = 0
    #: How many equal ones there are.
    count = 1
    #: Whether a surcharge is a share of what it pays for freight in the end.
    by_freight = False
    #: Its surcharges one by one.
    added: Sequence[Added] = ()
    weights: Sequence[int]
    fee_weights: Sequence[int]
    #: What the lines are worth, where the template spreads by it; then the fee's weights are of that too, and these
    #: what they count.
    values: Sequence[int] | None = None
    fee_counts: Sequence[int] | None = None
    #: Of one box or run of boxes that states it, all that the boxes hold together; see `packed`.
    whole: Group | None = None
    #: Free entries that only an amount still decides: (minor units, over these lines, waives the surcharge).
    amount_rules: Sequence[tuple[int, Sequence[int], bool]] = ()

    def __init__(
        self,
        basket: Basket,
        group: Group,
        tariff: Tariff,
        match: Match,
        goods: Sequence[int],
        rounded: Callable[[int, int], int],
    ) -> None:
        self.group = group
        self.tariff, self.match = tariff, match
        if tariff.measure == "quantity":
            #: What each line counts, and those that do not ship free; pieces where all count 0.
            self.weights, self.fee_weights = group.pieces, group.fee_pieces
            self.units = group.fee_units
        else:
            self._measure(basket)
        fees = match.fees
        if fees is not None and group.paying:
            if fees.more is not None and fees.by_value:
                free = basket.free_shipping
                if fees.of_shop:
                    self.value = sum([goods[line] for line in basket.by_shop[group.shop] if not free[line]])
                else:
                    parts = zip(group.lines, group.millis, strict=True)
                    parted = [goods[line] * each // basket.millis[line] for line, each in parts if not free[line]]
                    self.value = sum(parted)
            self.fee = fees.fee(self.units, self.value, rounded)
        if match.special is not None:
            if match.special:
                self._by_terms(basket, goods, rounded)
            else:
                load = Load(basket, group, goods)
                self.added = [Added(rule, load, group.lines, self.weights) for rule in match.surcharges]
            self.surcharge = sum([each.amount for each in self.added])
        self._shares: dict[int, Shared] = {}

    def _measure(self, basket: Basket) -> None:
        """By weight or volume."""
        group = self.group
        counted, self.units = _measured(basket, self.tariff, group.lines, group.millis, group.paying)
        self.weights = counted if any(counted) else group.pieces
        if len(group.paying) == len(group.lines):
            self.fee_weights = self.weights
        else:
            weights = [counted[at] for at in group.paying]
            self.fee_weights = weights if any(weights) else group.fee_pieces

    def _spread_by_goods(self, basket: Basket, goods: Sequence[int]) -> None:
        """Fee and surcharges by what its goods are worth before offers; where that is nothing, by the measure."""
        free, parts = basket.free_shipping, zip(self.group.lines, self.group.millis, strict=True)
        values = [goods[line] * each // basket.millis[line] for line, each in parts]
        paying = [value for line, value in zip(self.lines, values, strict=True) if not free[line]]
        if any(values):
            self.values = values
        if any(paying):
            self.fee_counts, self.fee_weights = self.fee_weights, paying

    def _by_terms(self, basket: Basket, goods: Sequence[int], rounded: Callable[[int, int], int]) -> None:
        """Surcharges that say more than their counts; those that are a share of freight are asked again."""
        if self.tariff.by_goods:
            self._spread_by_goods(basket, goods)
        self._ask: Callable[[int], Sequence[Added]] = lambda freight: surcharges_of(
            self, basket, goods, rounded, freight
        )
        self.added = self._ask(self.fee * self.count)
        self.by_freight = any(each.rule.of_freight for each in self.added)
        self._asked: dict[int, Sequence[Added]] = {self.fee * self.count: self.added}

    def repeat(self, count: int) -> None:
        """Stand for so many equal ones."""
        self.count = count
        if self.match.special:
            self.added = self._ask(self.fee * count)
            self._asked = {self.fee * count: self.added}
        else:
            for each in self.added:
                each.amount *= count
        self.surcharge = sum([each.amount for each in self.added])

    def added_at(self, freight: int) -> Sequence[Added]:
        """Its surcharges where all equal ones together pay so much freight."""
        if not self.by_freight:
            return self.added
        if freight not in self._asked:
            self._asked[freight] = self._ask(freight)
        return self._asked[freight]

    def surcharge_at(self, freight: int) -> int:
        """All of them, likewise; it never falls as freight rises."""
        return sum([each.amount for each in self.added_at(freight)]) if self.by_freight else self.surcharge

    def packed(self) -> Group | None:
        """What it was packed of, where that must be known to tell what fewer goods would pay."""
        return _uneven(self) if self.tariff.max_weight_g is None else self.whole

    @property
    def lines(self) -> tuple[int, ...]:
        """Its lines, in order of id; see `group` for those that count units."""
        return self.group.lines

    @property
    def shop(self) -> str:
        """Who sends it."""
        return self.group.shop

    @property
    def warehouse(self) -> str | None:
        """From where, if lines say so."""
        return self.group.warehouse

    @property
    def zone(self) -> Zone:
        """The zone that decided; an undeliverable line is in no parcel."""
        return self.match.zone  # type: ignore[return-value]  # `pack` passes over those without

    @property
    def first_fee(self) -> int:
        """What its zone charges first for goods of such an amount."""
        fees = self.match.fees
        return 0 if fees is None else fees.first_fee_at(self.value)

    def note_free(self, entry: Free, lines: Sequence[int], pieces: int) -> None:
        """Note a free entry: decided now, or left to the amounts."""
        if entry.max_units is not None and self.units > entry.max_units:
            return
        if entry.min_quantity is not None and pieces < entry.min_quantity:
            return
        if entry.min_amount is not None and entry.min_amount.minor:
            self.amount_rules = (*self.amount_rules, (entry.min_amount.minor, lines, entry.waives_surcharge))
            return
        self.free = True
        self.waived = self.waived or entry.waives_surcharge

    def spread_fee(self, fee: int) -> Shared:
        """The fee over the lines that count units; the weights never change, so each fee is spread once."""
        shared = self._shares.get(fee)
        if shared is None:
            shares = share_out(fee, self.fee_weights)
            shared = (self.group.fee_lines, tuple(shares))
            if 0 in shares:
                shared = _without_zeros(self.group.fee_lines, shares)
            self._shares[fee] = shared
        return shared

    def spread_surcharge(self, added: Added) -> Shared:
        """One of its surcharges over its lines, of all equal parcels together."""
        if added.shared is None:
            added.shared = _without_zeros(added.lines, share_out(added.amount, added.weights))
        return added.shared


def _uneven(parcel: Parcel) -> Group | None:
    """All of a parcel that was not split, where what it pays doesn't fall as the counts of its lines do."""
    if not parcel.match.uneven and (
        parcel.tariff.divisor is None or (len(parcel.group.lines) == 1 and not parcel.tariff.packing)
    ):
        return None
    return parcel.group


def _without_zeros(lines: Sequence[int], shares: Sequence[int]) -> Shared:
    if 0 in shares:
        lines = [line for line, share in zip(lines, shares, strict=True) if share]
        shares = [share for share in shares if share]
    return tuple(lines), tuple(shares)


def _measured(
    basket: Basket, tariff: Tariff, lines: Sequence[int], millis: Sequence[int], paying: Sequence[int]
) -> tuple[list[int], int]:
    """What each line counts by weight or volume, in thousandths, and the units of those that pay.

    With a volumetric divisor the larger of weight and volume ÷ divisor counts, for the parcel as a whole.
    """
    per_unit = basket.weights if tariff.measure == "weight_g" else basket.volumes
    counted = [(per_unit[line] or 0) * each for line, each in zip(lines, millis, strict=True)]
    if len(paying) == len(lines):
        total = sum(counted) + tariff.packed
    else:
        total = sum([counted[at] for at in paying]) + (tariff.packed if paying else 0)
    if tariff.divisor is not None:
        volumes = [(basket.volumes[line] or 0) * each for line, each in zip(lines, millis, strict=True)]
        volumetric = sum([volumes[at] for at in paying])
        if volumetric * 1000 > total * tariff.divisor:
            return volumes, -(-volumetric // tariff.divisor)
    return counted, -(-total // 1000)


def units_of(basket: Basket, group: Group, tariff: Tariff) -> int:
    """What a parcel counts in its template's measure, without the lines that ship free."""
    if tariff.measure == "quantity":
        return group.fee_units
    return _measured(basket, tariff, group.lines, group.millis, group.paying)[1]


_new = tuple.__new__  # half the price of the call, for every parcel of every settlement


class Shipment:
    """All parcels of a settlement, sorted by shop, template, warehouse (none first) and method."""

    amounts_matter = False
    #: Whether some parcel may pay no fee of its own: by free entries, or because a dearer one pays for all.
    frees = False

    def __init__(self, parcels: list[Parcel], combination: str) -> None:
        self.parcels = parcels
        self.combination = combination
        if combination != "sum":
            self.frees = True
        for parcel in parcels:
            if parcel.amount_rules:
                self.amounts_matter = True
            if parcel.free or parcel.amount_rules:
                self.frees = True
        #: What is paid where no amount matters.
        self.plain = None if self.amounts_matter else self._charged(())

    def charge(self, amounts: Sequence[int]) -> list[Charge]:
        """What each parcel pays when the lines are worth `amounts` for free shipping."""
        return self._charged(amounts) if self.plain is None else self.plain

    def _charged(self, amounts: Sequence[int]) -> list[Charge]:
        charges: list[Charge] = []
        for parcel in self.parcels:
            group = parcel.group
            free, waived = parcel.free, parcel.waived
            for minimum, lines, waives in parcel.amount_rules:
                if sum([amounts[line] for line in lines]) >= minimum:
                    free = True
                    waived = waived or waives
            fee = 0 if free or not group.paying else parcel.fee * parcel.count
            surcharge = 0 if waived else parcel.surcharge
            sent = (
                *group.key,
                parcel.match.region,
                parcel.units,
                fee,
                surcharge,
                free,
                parcel.count,
                group.method,
                None,
            )
            charges.append(_new(Charge, sent))
        if self.combination != "sum":
            shops: dict[str | tuple[str, str], list[int]] = {}
            for place, parcel in enumerate(self.parcels):
                group = parcel.group
                if group.paying and not charges[place].free:
                    party = group.shop if group.method is None else (group.shop, group.method)
                    shops.setdefault(party, []).append(place)
            for paying in shops.values():
                self._combine(paying, charges)
        return charges

    def _combine(self, paying: list[int], charges: list[Charge]) -> None:
        """`highest_first` and `max` over the parcels of one shop and method; the places are in the order of ties."""
        parcels = self.parcels
        if self.combination == "max":
            leader = max(paying, key=lambda place: parcels[place].fee)
        else:
            leader = max(paying, key=lambda place: parcels[place].first_fee)
        for place in paying:
            parcel = parcels[place]
            others = parcel.count - (place == leader)
            beside = 0
            if self.combination != "max":
                added = self._beside(parcel)
                beside = parcel.fee if added is None else min(parcel.fee, added)
            fee = (parcel.fee if place == leader else 0) + others * beside
            charges[place] = charges[place]._replace(fee=fee)

    def _beside(self, parcel: Parcel) -> int | None:
        """What one is charged beside another of the shop."""
        return added_fee(parcel.zone, parcel.units)


class SpecialShipment(Shipment):
    """The same where shares are taken of freight, whole or as a surcharge: they are rounded, and known last."""

    def __init__(self, parcels: list[Parcel], combination: str, rounded: Callable[[int, int], int]) -> None:
        self._rounded = rounded
        super().__init__(parcels, combination)

    def _charged(self, amounts: Sequence[int]) -> list[Charge]:
        charges = super()._charged(amounts)
        for place, parcel in enumerate(self.parcels):
            charge = charges[place]
            if parcel.by_freight and charge.surcharge:  # and so not waived
                charges[place] = charge._replace(surcharge=parcel.surcharge_at(charge.fee))
        return charges

    def _beside(self, parcel: Parcel) -> int | None:
        return added_fee(parcel.zone, parcel.units, self._rounded)


def pack(
    basket: Basket,
    groups: Sequence[Group],
    matches: Mapping[str, tuple[Tariff, Match]],
    goods: Sequence[int],
    combination: str,
    rounded: Callable[[int, int], int],
) -> Shipment:
    """Parcels of every line that has a template; `matches` is what each template says of the address."""
    parcels: list[Parcel] = []
    special = False
    for group in groups:
        tariff, match = matches[group.tariff]
        if match.unusual:
            if match.zone is None:
                continue
            special = True
        first = len(parcels)
        if tariff.max_weight_g is None:
            parcels.append(Parcel(basket, group, tariff, match, goods, rounded))
        else:
            boxes = fill_boxes(basket, group.lines, tariff.max_weight_g - tariff.packing)
            parcels += [_boxed(basket, group, tariff, match, goods, rounded, box) for box in boxes]
            _note_whole(parcels[first:], group)
        for entry in match.free:
            if match.by_method and not sent_by(entry, group.method):
                continue
            lines: Sequence[int] = basket.by_shop[group.shop]
            if entry.basis != "shop":
                lines = [line for line in lines if basket.templates[line] == group.template]
            pieces = sum([basket.pieces[line] for line in lines]) if entry.min_quantity is not None else 0
            for parcel in parcels[first:]:
                parcel.note_free(entry, lines, pieces)
    return SpecialShipment(parcels, combination, rounded) if special else Shipment(parcels, combination)


def sent_by(entry: Free, method: str | None) -> bool:
    """Whether a free entry is for what is sent by a method, None: of a shop without methods."""
    return entry.delivery_methods is None or method in entry.delivery_methods


def _boxed(
    basket: Basket,
    group: Group,
    tariff: Tariff,
    match: Match,
    goods: Sequence[int],
    rounded: Callable[[int, int], int],
    box: Box,
) -> Parcel:
    """A run of equal boxes of a parcel that is too heavy for one."""
    pieces = [-(-each // 1000) for each in box.millis]
    inside = Group(group.key, box.lines, box.millis, pieces, basket.free_shipping, group.method)
    parcel = Parcel(basket, inside, tariff, match, goods, rounded)
    if box.runs > 1:
        parcel.repeat(box.runs)
    return parcel


def _note_whole(runs: Sequence[Parcel], group: Group) -> None:
    """Let those say of what a parcel was split that pay whenever one of its runs does, however freight is combined."""
    if len(runs) == runs[0].count == 1:
        runs[0].whole = _uneven(runs[0])
        return
    payers = [run for run in runs if run.group.paying] or runs
    for by in ("fee", "first_fee"):
        max(payers, key=attrgetter(by)).whole = group
