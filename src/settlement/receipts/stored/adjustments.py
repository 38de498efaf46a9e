"""The adjustments of a stored settlement, once more in their order: what each found, and what its facts make of it.

Nothing is known here but the settlement. What its facts say (a benefit and its net, a zone and its units, points and
their base) is worked out again by the very classes that settled it, and spread again; the payment fee and the rounding
of the total are spread over what was due whatever their facts say. Facts that are not there are not asked for, but for
what the platform bears of an offer: where its rounding is stated, so is its share.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from settlement.errors import InvalidDocument, Problem
from settlement.receipts.columns import (
    ADDING,
    FREIGHT,
    FREIGHT_TAX,
    GOODS_TAX,
    OF_ONE_SHOP,
    PAYMENT_FEE,
    POINTS,
    ROUNDING,
    STAGES,
    SURCHARGE,
    TAXES,
)
from settlement.receipts.stored.charges import (
    Charged,
    charged,
    fee,
    freight,
    parcel,
    points,
    round_total,
    spared,
    surcharge,
)
from settlement.receipts.stored.offers import offer
from settlement.receipts.stored.taxes import tax
from settlement.receipts.stored.walk import differs

if TYPE_CHECKING:
    from settlement.receipts.record import Entry
    from settlement.receipts.stored.walk import Walk

__all__ = ["adjustments"]

#: What charges, or takes off: a total that is rounded, and tax, which is taken out of a price for who pays none.
_EITHER: Final = frozenset({*TAXES, ROUNDING})
#: Freight and surcharges stand parcel by parcel, and taxes shop by shop, so neither is before the other.
_BESIDE: Final = {SURCHARGE: FREIGHT, FREIGHT_TAX: GOODS_TAX}
_ORDER: Final = tuple([_BESIDE.get(stage, stage) for stage in range(len(STAGES))])


def adjustments(walk: Walk) -> Iterator[Problem]:
    """Every contradiction, adjustment by adjustment; the walk stands behind the last one then."""
    before = -1
    parcels = charged(walk.record.parcels, walk.record.entries)
    for at, entry in enumerate(walk.record.entries):
        place, stage = f"adjustments[{at}]", entry[0]
        if _ORDER[stage] < before:
            yield Problem(f"{place}.stage", "stored.order", {"found": STAGES[stage]})
        before = max(before, _ORDER[stage])
        its_parcel = next(parcels, None) if stage in (FREIGHT, SURCHARGE) else None
        found = list(_plain(walk, place, entry))
        try:
            found += [] if found else _again(walk, place, entry, its_parcel)
        except InvalidDocument as error:
            found += [each._replace(place=f"{place}.facts.{each.place}") for each in error.problems]
        yield from found
        walk.apply(entry)
    for at, charge in enumerate(walk.record.parcels):
        if charge.spared is not None:
            yield from spared(walk, f"parcels[{at}].spared", charge)
    for at, stage, *_ in parcels:
        yield Problem(f"parcels[{at}].{'fee' if stage == FREIGHT else 'surcharge'}", "stored.uncharged")


def _plain(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """What holds of every adjustment, whatever its facts: its signs, its lines, who bears it."""
    stage, _, amount, lines, shares, borne, _ = entry
    ids, left = walk.record.ids, walk.left(stage)
    rises = stage in ADDING or (stage in _EITHER and amount > 0)
    code = "stored.charges" if rises else "stored.takes"
    if not shares:
        yield Problem(f"{place}.shares", code, {"found": walk.money(amount)})
    for line, share in zip(lines, shares, strict=True):
        if (share <= 0) if rises else (share >= 0):
            yield Problem(f"{place}.shares.{ids[line]}", code, {"found": walk.money(share)})
        elif left[line] + share < 0:
            facts = {"found": walk.money(share), "left": walk.money(left[line])}
            yield Problem(f"{place}.shares.{ids[line]}", "stored.too_much", facts)
    if stage in OF_ONE_SHOP and len({walk.shops[line] for line in lines}) > 1:
        yield Problem(f"{place}.shares", "stored.shops")
    if stage in ADDING or stage in _EITHER:
        if borne is not None:
            yield Problem(f"{place}.platform", "stored.platform")
    elif stage == POINTS and tuple(borne or ()) != tuple(shares):
        yield differs(f"{place}.platform", walk.amounts(lines, borne or ()), walk.amounts(lines, shares))


def _again(walk: Walk, place: str, entry: Entry, its_parcel: Charged | None) -> Iterator[Problem]:
    """The adjustment from its facts."""
    stage, facts = entry[0], entry[-1]
    if stage in (FREIGHT, SURCHARGE):
        yield from parcel(walk, place, entry, its_parcel)
    if stage == FREIGHT and facts:
        yield from freight(walk, place, entry)
    elif stage == SURCHARGE and facts:
        yield from surcharge(walk, place, entry)
    elif stage == POINTS and facts:
        yield from points(walk, place, entry)
    elif stage == PAYMENT_FEE:
        yield from fee(walk, place, entry)
    elif stage in TAXES and facts:
        yield from tax(walk, place, entry)
    elif stage == ROUNDING:
        yield from round_total(walk, place, entry)
    elif facts:
        yield from offer(walk, place, entry)
