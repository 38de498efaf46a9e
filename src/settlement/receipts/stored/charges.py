"""What a stored settlement charges beside the goods, and points: worked out again and spread again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from settlement.documents.scalars import instant_out
from settlement.errors import InvalidDocument, Problem
from settlement.freight.charge import Charge
from settlement.freight.fees import added_fee, fee_of, reach
from settlement.money import ROUNDERS, excerpt
from settlement.receipts.columns import FREIGHT, SURCHARGE
from settlement.receipts.facts import said
from settlement.receipts.stored.facts import (
    FreightFacts,
    SurchargeFacts,
    read_fee,
    read_freight,
    read_packed,
    read_points,
    read_rounding,
    read_spared,
    read_surcharge,
)
from settlement.receipts.stored.walk import differs
from settlement.rulebook.points_use import usable_points

if TYPE_CHECKING:
    from settlement.receipts.record import Entry
    from settlement.receipts.stored.walk import Walk

__all__ = ["Charged", "charged", "fee", "freight", "parcel", "points", "round_total", "spared", "surcharge"]

#: A parcel's place, the stage of what it charges, all that it charges, and how much of it at this turn.
Charged: TypeAlias = tuple[int, int, Charge, int]


def charged(parcels: Sequence[Charge], entries: Sequence[Entry]) -> Iterator[Charged]:
    """What parcels charge, in the order of the adjustments: a fee, and as many surcharges as make what they state."""
    surcharges = (entry.amount for entry in entries if entry.stage == SURCHARGE)
    for at, charge in enumerate(parcels):
        if charge.fee:
            yield at, FREIGHT, charge, charge.fee
        left = charge.surcharge
        while left > 0:
            taken = min(left, max(next(surcharges, left), 1))
            yield at, SURCHARGE, charge, taken
            left -= taken


def parcel(walk: Walk, place: str, entry: Entry, charged: Charged | None) -> Iterator[Problem]:
    """The parcel whose turn it is charges this: its fee, and then its surcharges."""
    stage, rule, _, lines, _, _, behind = entry
    facts = said(behind)
    if charged is None:
        yield Problem(place, "stored.parcel")
        return
    at, its_stage, charge, amount = charged
    if its_stage != stage or rule != charge.template or walk.shops[lines[0]] != charge.shop:
        yield Problem(place, "stored.parcel")
        return
    for line in lines:
        way = walk.record.delivery.get(walk.record.ids[line])
        if way != charge.delivery:
            yield differs(f"parcels[{at}].delivery", excerpt(charge.delivery), excerpt(way))
            break
    yield from walk.amount(place, entry, amount)
    stated: dict[str, Any] = {"boxes": charge.boxes} if charge.boxes > 1 or "boxes" in facts else {}
    if stage == FREIGHT:
        stated |= {"zone": charge.zone, "units": charge.units, "warehouse": charge.warehouse}
    for name, expected in stated.items():
        if name in facts and facts[name] != expected:
            yield differs(f"parcels[{at}].{name}", excerpt(expected), excerpt(facts[name]))


def freight(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """A fee by its zone and units, beside whatever other parcels the shop sends, and spread by what lines count."""
    found, zone = read_freight(said(entry.facts), walk.record.currency)
    yield from walk.mode(place, found.rounding)
    _named(walk, found)
    yield from _counted(walk, place, entry, found)
    yield from _units(place, found)
    if zone is None or found.units is None:
        return
    reaches = reach(zone)
    if reaches is not None and found.units > reaches:
        yield Problem(f"{place}.facts.units", "stored.beyond", {"found": found.units, "limit": reaches})
    if zone.when is not None and not zone.when.hold(walk.record.at):
        yield Problem(f"{place}.facts.when", "stored.times", {"at": instant_out(walk.record.at)})
    value = found.value or 0
    rounded = ROUNDERS[found.rounding or "half_up"]
    own = fee_of(zone, found.units, value, rounded)
    yield from walk.stated(place, "own_fee", found.own_fee, own)
    added = added_fee(zone, found.units, rounded)
    beside, boxes = own if added is None else min(own, added), found.boxes
    # alone or beside others of the shop; the dearest for all of them; the first and the others of a run of boxes
    if entry[2] not in (own * boxes, own, own + (boxes - 1) * beside, boxes * beside):
        yield from walk.amount(place, entry, own * boxes)


def spared(walk: Walk, place: str, charge: Charge) -> Iterator[Problem]:
    """What a free parcel would have paid, by its zone and units, of lines of this settlement."""
    try:
        found, counted, zone, free = read_spared(said(charge.spared), walk.record.currency)
        for name in ("counts", "values"):
            walk.places(name, list(getattr(counted, name) or ()))
        _named(walk, counted)
        for each in free:
            walk.places("free", each.lines or ())
    except InvalidDocument as error:
        yield from [each._replace(place=f"{place}.{each.place}") for each in error.problems]
        return
    if not charge.free and (charge.fee or counted.combination == "sum" or found.free or found.surcharges):
        yield differs(place, "stated", "free")
    if counted.units is not None and counted.units != charge.units:
        yield differs(f"{place}.units", counted.units, charge.units)
    yield from [each._replace(place=each.place.replace(".facts", "")) for each in _units(place, counted)]
    for name, stated, told in (
        ("zone", counted.zone, charge.zone),
        ("warehouse", counted.warehouse, charge.warehouse),
    ):
        if stated is not None and stated != told:
            yield differs(f"{place}.{name}", excerpt(stated), excerpt(told))
    if zone is not None and found.fee:
        own = fee_of(zone, charge.units, counted.value or 0, ROUNDERS[counted.rounding or "half_up"])
        if counted.own_fee is not None and counted.own_fee != own:
            yield differs(f"{place}.own_fee", walk.money(counted.own_fee), walk.money(own))
        if found.fee != own * counted.boxes:
            yield differs(f"{place}.fee", walk.money(found.fee), walk.money(own * counted.boxes))


def surcharge(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """A surcharge by what it is charged per."""
    found, charged = read_surcharge(said(entry.facts), walk.record.currency)
    yield from _counted(walk, place, entry, found)
    _named(walk, found)
    yield from walk.mode(place, found.rounding)
    if charged is not None:
        yield from walk.amount(place, entry, charged)


def _named(walk: Walk, found: FreightFacts | SurchargeFacts) -> None:
    """What a parcel was split by, and is worth, is of lines of this settlement. Raises `InvalidDocument`."""
    if isinstance(found, FreightFacts):
        walk.places("value_of", found.value_of or ())
    packed = read_packed(found, walk.record.currency)
    if packed is not None:
        walk.places("packed.lines", list(packed.lines))


def _counted(walk: Walk, place: str, entry: Entry, found: FreightFacts | SurchargeFacts) -> Iterator[Problem]:
    """Spread by what each line is worth or, where the facts do not say it, by what it counts."""
    name, by = ("counts", found.counts) if found.values is None else ("values", found.values)
    if by is None:
        return
    weights = dict(zip(walk.places(name, list(by)), [by[each] for each in sorted(by)], strict=True))
    yield from walk.spread(place, entry, list(weights.values()), list(weights))


def points(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """Points by their own rule: their base, the most that can be used, what they are worth."""
    _, _, _, lines, _, _, facts = entry
    found, rule = read_points(said(facts), walk.record.currency)
    if found.base is None or rule is None:
        return
    scope = sorted([*lines, *walk.places("unshared", found.unshared, lines)])
    weights = [(walk.due if rule.covers_freight else walk.net)[line] for line in scope]
    yield from walk.stated(place, "base", found.base, sum(weights))
    yield from walk.spread(place, entry, weights, scope)
    used, _, usable = walk.record.points
    balance = usable if found.balance is None else found.balance
    made = usable_points(rule, balance, used, found.base, sum(walk.net))
    yield from walk.amount(place, entry, -made.amount)
    for name, stated, expected in (("used", used, made.used), ("usable", usable, made.usable)):
        if stated != expected:
            yield differs(f"points.{name}", stated, expected)
    yield from walk.stated(place, "cap", found.cap, made.cap)
    for name in ("used", "usable"):
        written, expected = getattr(found, name), getattr(made, name)
        if written is not None and written != expected:
            yield differs(f"{place}.facts.{name}", written, expected)


def fee(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """A payment fee, spread over what is due; by its method where the facts say it."""
    yield from walk.spread(place, entry, walk.due, range(len(walk.due)))
    if not said(entry.facts):
        return
    found, method = read_fee(said(entry.facts), walk.record.currency, entry[1])
    yield from walk.mode(place, found.rounding)
    payable = sum(walk.due)
    yield from walk.stated(place, "payable", found.payable, payable)
    if found.rounding is not None:
        yield from walk.amount(place, entry, method.fee(payable, ROUNDERS[found.rounding]))


def round_total(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """The rounding of the total, spread over what is due; by its unit where the facts say it."""
    yield from walk.spread(place, entry, walk.due, range(len(walk.due)))
    found, rule = read_rounding(said(entry.facts), walk.record.currency)
    payable = sum(walk.due)
    yield from walk.stated(place, "payable", found.payable, payable)
    if rule is not None:
        unit = rule.unit.minor
        yield from walk.amount(place, entry, ROUNDERS[rule.mode](payable, unit) * unit - payable)


def _units(place: str, found: FreightFacts) -> Iterator[Problem]:
    """The units of a fee are what its lines count, or their volume by the divisor; where all count 0, pieces."""
    if not found.units or found.counts is None or found.measure is None:
        return
    counted = sum(found.counts.values())
    made = {-(-counted // 1000) + found.packing_weight_g}
    if found.packing_weight_g:  # goods that weigh nothing count as pieces
        made.add(found.packing_weight_g)
    if found.volumetric_divisor is not None:
        made.add(-(-counted // found.volumetric_divisor))
    if found.units not in made:
        yield differs(f"{place}.facts.units", found.units, min(made))
