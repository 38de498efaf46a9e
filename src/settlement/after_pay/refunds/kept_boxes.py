"""What is kept of a parcel that was split, or pays by more than its lines count, packed anew (`recheck="fair"`).

Which piece lies in which box goes by all of them, so the boxes of fewer goods are no part of those that were sent. The
parcel states what it was split by (`packed`), and the engine's own room of freight packs and charges once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from settlement.after_pay.refunds.kept import Kept, Seen, unfair
from settlement.cart.columns import Basket
from settlement.cart.line import Line
from settlement.documents.scalars import quantity_out
from settlement.freight.parcels import Parcel, pack
from settlement.freight.tariff import Tariff
from settlement.freight.templates import FreightTemplate, Zone
from settlement.money import ROUNDERS, Money

if TYPE_CHECKING:
    from settlement.receipts.stored.facts import PackedFacts

__all__ = ["Boxes", "Parted", "SplitParcel"]


class Parted(NamedTuple):
    """What all boxes of one parcel have in common."""

    shop: str
    template: str
    warehouse: str | None
    delivery: str | None


class Boxes(NamedTuple):
    """A run of equal boxes, and the places in the settlement of the lines that were packed."""

    parcel: Parcel
    places: Sequence[int]

    def charged(self, fee: int) -> Iterator[tuple[int, int]]:
        """By line what a fee for all of them comes to."""
        yield from self._at(self.parcel.spread_fee(fee)) if fee else ()

    def added(self, fee: int) -> Iterator[tuple[int, int]]:
        """By line what is added to that."""
        for each in self.parcel.added_at(fee):
            if each.amount:
                yield from self._at(self.parcel.spread_surcharge(each))

    def _at(self, shared: tuple[Sequence[int], Sequence[int]]) -> Iterator[tuple[int, int]]:
        for line, share in zip(*shared, strict=True):
            yield self.places[line], share


class SplitParcel:
    """A parcel that states what it was packed by, ready to be packed anew."""

    def __init__(self, kept: Kept, of: Parted, zone: Zone | None, packed: PackedFacts) -> None:
        self.kept, self.of, self.zone, self.packed = kept, of, zone, packed
        self.lines = frozenset([kept.place[name] for name in packed.lines])

    @cached_property
    def tariff(self) -> Tariff:
        """The template that it was charged by. Raises `InvalidDocument` for a surcharge of somebody's own."""
        of, zone, packed = self.of, self.zone, self.packed
        surcharges = [each for each in packed.surcharges if each is not None]
        if len(surcharges) < len(packed.surcharges):
            raise unfair(of.template, "surcharge")
        if zone is None:  # all of it ships free, and pays its surcharges alone
            zone = Zone(regions=["*"], first=1, first_fee=Money.of_minor(0, self.kept.currency))
        template = FreightTemplate(
            id=of.template,
            measure=packed.measure,
            zones=[zone.model_copy(update={"when": None})],
            surcharges=surcharges,
            volumetric_divisor=packed.volumetric_divisor,
            max_weight_g=packed.max_weight_g,
            packing_weight_g=packed.packing_weight_g,
            spread_by=packed.spread_by,
        )
        return Tariff(template)

    def boxes(self, seen: Seen, value: int | None) -> Iterator[Boxes]:
        """What is kept, packed; `value` is what fees look at where that is all of the shop's goods."""
        kept, rounded = self.kept, ROUNDERS[self.packed.rounding]
        left = [at for at in sorted(self.lines) if seen.whole[at]]
        if not left:
            return
        basket = Basket([self._line(at, seen.whole[at]) for at in left], kept.currency)
        goods = [kept.goods[at] * seen.whole[at] // kept.bought[at] for at in left]
        match = self.tariff.match("*")
        matches = {group.tariff: (self.tariff, match) for group in basket.groups}
        fees = match.fees
        for parcel in pack(basket, basket.groups, matches, goods, "sum", rounded).parcels:
            if value is not None and fees is not None and parcel.group.paying:
                parcel.value, parcel.fee = value, fees.fee(parcel.units, value, rounded)
            yield Boxes(parcel, left)

    def _line(self, at: int, millis: int) -> Line:
        """So much of a line."""
        kept, line = self.kept, self.kept.settlement.plain.lines[at]
        stated = self.packed.lines[kept.ids[at]]
        return Line(
            **stated,
            id=line.id,
            shop=line.shop,
            sku=line.sku,
            quantity=quantity_out(millis),
            unit_price=line.unit_price,
            freight_template=self.of.template,
        )
