"""The documents of freight (contract §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias, Union

from pydantic import Field, model_validator
from pydantic_core import InitErrorDetails

from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.region import same_places
from settlement.documents.regions import Regions, canonical_region
from settlement.documents.remade import remade
from settlement.documents.scalars import (
    LISTED,
    Count,
    Flag,
    Id,
    Ids,
    Name,
    Percent,
    PositiveCount,
    PositiveMoney,
    Quantity,
    RegionRule,
    no_twins,
)
from settlement.freight.surcharges import SURCHARGE_KINDS, Surcharge
from settlement.freight.times import Times
from settlement.money import Money, excerpt

__all__ = ["AmountStep", "Free", "FreightTemplate", "Step", "Zone", "template_with", "twice"]


if TYPE_CHECKING:
    AnySurcharge: TypeAlias = Surcharge
else:
    AnySurcharge = Annotated[Union[SURCHARGE_KINDS], Field(discriminator="per")]  # noqa: UP007 - a tuple of kinds


class Step(Document):
    """One row of a step table: up to this many units the fee is this.

    >>> Step(up_to=3000, fee="12.00 CNY").up_to
    3000
    """

    up_to: Count
    fee: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, up_to: int, fee: Money | str) -> None: ...


class AmountStep(Document):
    """One band of the goods' amount: from this amount on, itself included, the first fee is this.

    >>> AmountStep(from_amount="200.00 EUR", fee="12.00 EUR").fee
    Money('12.00 EUR')
    """

    from_amount: PositiveMoney
    fee: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, from_amount: Money | str, fee: Money | str) -> None: ...


Steps: TypeAlias = Annotated[tuple[Step, ...], Field(min_length=1), LISTED]
AmountSteps: TypeAlias = Annotated[tuple[AmountStep, ...], Field(min_length=1), LISTED]


class Zone(Document):
    """Regions with one tariff: `first_fee` up to `first` units, then `additional_fee` per started `additional`.

    Units are pieces, grams or cm³ as the template's `measure` says. Without `additional` the fee is flat. `steps` go
    on where `first` ends (up to 3 kg, up to 10 kg, …) and `additional` goes on where they end. `goods_percent` adds a
    share of the parcel's goods before offers, from `goods_percent_from` on, and with `goods_percent_of: "shop"` of all
    of the shop's. `amount_steps` put another `first_fee` where these goods reach an amount. `fuel_percent` of the fee
    comes on top, rounded together with the share of goods; `min_fee` and `max_fee` bound the fee of one parcel. With
    `ends` the card ends with the last of these bands: nothing above it is shipped, where otherwise the last fee stays.
    An address within `exclude_regions` is not of this zone: the next nearest rule decides. Outside `when` a zone is as
    if it were not there; of two zones of one region the one with times decides.

    >>> Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY", additional=1, additional_fee="2.00 CNY").first
    1
    """

    regions: Regions
    first: Count
    first_fee: Money
    additional: PositiveCount | None = None
    additional_fee: Money | None = None
    steps: Annotated[Steps | None, Mark.ORDERED, Mark.BEYOND] = None
    goods_percent: Annotated[Percent | None, Mark.BEYOND] = None
    min_fee: Annotated[Money | None, Mark.BEYOND] = None
    max_fee: Annotated[Money | None, Mark.BEYOND] = None
    ends: Annotated[Flag, Mark.BEYOND] = False
    exclude_regions: Annotated[Regions | None, Mark.BEYOND] = None
    amount_steps: Annotated[AmountSteps | None, Mark.ORDERED, Mark.BEYOND] = None
    goods_percent_from: Annotated[PositiveMoney | None, Mark.BEYOND] = None
    goods_percent_of: Annotated[Literal["parcel", "shop"], Mark.BEYOND] = "parcel"
    fuel_percent: Annotated[Percent | None, Mark.BEYOND] = None
    when: Annotated[Times | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...],
            first: int,
            first_fee: Money | str,
            additional: int | None = None,
            additional_fee: Money | str | None = None,
            steps: Sequence[Step | Mapping[str, Any]] | None = None,
            goods_percent: int | Decimal | str | None = None,
            min_fee: Money | str | None = None,
            max_fee: Money | str | None = None,
            ends: bool = False,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            amount_steps: Sequence[AmountStep | Mapping[str, Any]] | None = None,
            goods_percent_from: Money | str | None = None,
            goods_percent_of: Literal["parcel", "shop"] = "parcel",
            fuel_percent: int | Decimal | str | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.additional is None) != (self.additional_fee is None):
            raise problem("zone.additional")
        if self.ends and self.additional is not None:
            refuse([problem_at("ends", code="zone.ends")])
        reached = self.first
        for place, step in enumerate(self.steps or ()):
            if step.up_to <= reached:
                refuse([problem_at("steps", place, "up_to", code="zone.steps")])
            reached = step.up_to
        if self.min_fee is not None and self.max_fee is not None and self.max_fee.minor < self.min_fee.minor:
            refuse([problem_at("max_fee", code="range.max_below_min")])
        if self.min_fee is not None and not self.min_fee.minor and self.min_fee.currency == self.first_fee.currency:
            self.__dict__["min_fee"] = None  # no fee is below 0
        refuse([*self._amounts()])
        return self

    def _amounts(self) -> Iterator[InitErrorDetails]:
        """What the goods' amount decides goes together."""
        reached = 0
        for place, step in enumerate(self.amount_steps or ()):
            if step.from_amount.minor <= reached:
                yield problem_at("amount_steps", place, "from_amount", code="zone.amount_steps")
            reached = step.from_amount.minor
        if self.amount_steps is not None and self.steps is not None:
            yield problem_at("amount_steps", code="zone.two_tables")
        if self.goods_percent is None and self.goods_percent_from is not None:
            yield problem_at("goods_percent_from", code="zone.no_percent")
        if self.goods_percent is None and self.amount_steps is None and self.goods_percent_of != "parcel":
            yield problem_at("goods_percent_of", code="zone.no_percent")


class Free(Document):
    """When freight is free: all conditions of an entry must hold, and any entry will do.

    Amount and quantity (pieces) are those of the template's lines in the shop, or with `basis: "shop"` of all the
    shop's lines; `max_units` bounds the parcel's units. Surcharges stay unless `waives_surcharge`. An address within
    `exclude_regions` is not meant (偏远除外). Of `delivery_methods` only parcels sent by one of them are meant.

    >>> Free(min_amount="99.00 CNY", exclude_regions=["650000"]).basis
    'template'
    """

    regions: Regions | None = None
    exclude_regions: Annotated[Regions | None, Mark.BEYOND] = None
    min_amount: Money | None = None
    min_quantity: Quantity | None = None
    max_units: Count | None = None
    basis: Literal["template", "shop"] = "template"
    waives_surcharge: Flag = False
    delivery_methods: Annotated[Ids | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            regions: list[str] | tuple[str, ...] | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            min_amount: Money | str | None = None,
            min_quantity: int | Decimal | str | None = None,
            max_units: int | None = None,
            basis: Literal["template", "shop"] = "template",
            waives_surcharge: bool = False,
            delivery_methods: list[str] | tuple[str, ...] | None = None,
        ) -> None: ...


class FreightTemplate(Document):
    """A shop's freight rules. The most specific region wins; a region that nothing names is undeliverable.

    `volumetric_divisor` (cm³ per kilogram, 5000 or 6000 with most carriers; a weight template only) charges the larger
    of weight and volume ÷ divisor. `max_weight_g` splits what is heavier into several parcels; a piece that is heavier
    travels alone, or with `refuses_heavier` is not shipped. `pickup` lets the buyer collect the goods: no freight, no
    address. With `nearest_free` a free entry of a narrower region overrules those of wider ones, as zones do; entries
    without regions hold beside it. `packing_weight_g` is added to each parcel wherever weight counts.
    `spread_by: "goods"` divides fee and surcharges among lines by their goods before offers.

    >>> zone = Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY")
    >>> FreightTemplate(id="t1", measure="quantity", zones=[zone]).undeliverable is None
    True
    """

    id: Id
    name: Annotated[Name | None, Mark.PERSONAL] = None
    measure: Literal["quantity", "weight_g", "volume_cm3"]
    zones: Annotated[tuple[Zone, ...], LISTED]
    undeliverable: Annotated[tuple[RegionRule, ...], no_twins(canonical_region, "region.duplicate"), LISTED] | None = (
        None
    )
    surcharges: Annotated[tuple[AnySurcharge, ...], LISTED] = ()
    free: Annotated[tuple[Free, ...], LISTED] = ()
    volumetric_divisor: Annotated[PositiveCount | None, Mark.BEYOND] = None
    max_weight_g: Annotated[PositiveCount | None, Mark.BEYOND] = None
    pickup: Annotated[Flag, Mark.BEYOND] = False
    nearest_free: Annotated[Flag, Mark.BEYOND] = False
    refuses_heavier: Annotated[Flag, Mark.BEYOND] = False
    packing_weight_g: Annotated[Count, Mark.BEYOND] = 0
    spread_by: Annotated[Literal["measure", "goods"], Mark.BEYOND] = "measure"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            measure: Literal["quantity", "weight_g", "volume_cm3"],
            zones: Sequence[Zone | Mapping[str, Any]],
            name: str | None = None,
            undeliverable: list[str] | tuple[str, ...] | None = None,
            surcharges: Sequence[Surcharge | Mapping[str, Any]] = (),
            free: Sequence[Free | Mapping[str, Any]] = (),
            volumetric_divisor: int | None = None,
            max_weight_g: int | None = None,
            pickup: bool = False,
            nearest_free: bool = False,
            refuses_heavier: bool = False,
            packing_weight_g: int = 0,
            spread_by: Literal["measure", "goods"] = "measure",
        ) -> None: ...

    @model_validator(mode="after")
    def _one_rule_per_region(self) -> Self:
        if self.volumetric_divisor is not None and self.measure != "weight_g":
            refuse([problem_at("volumetric_divisor", code="template.volumetric")])
        if self.refuses_heavier and self.max_weight_g is None:
            refuse([problem_at("refuses_heavier", code="template.refuses_heavier")])
        if self.max_weight_g is not None and self.packing_weight_g >= self.max_weight_g:
            refuse([problem_at("packing_weight_g", code="template.packing")])
        refuse([*twice("zones", self.zones), *twice("surcharges", self.surcharges)])
        return self


def twice(field: str, entries: Iterable[Zone | Surcharge]) -> Iterable[InitErrorDetails]:
    """Regions that two zones name, or two surcharges of one label, unless their times keep them apart."""
    seen: dict[tuple[str | None, str], list[Times | None]] = {}
    for index, entry in enumerate(entries):
        label, tag = (entry.label, (entry.per,)) if isinstance(entry, Surcharge) else (None, ())
        for position, region in enumerate(entry.regions):
            key = (label, same_places(region))
            others = seen.setdefault(key, [])
            if any(not _apart(entry.when, other) for other in others):
                place = (field, index, *tag, "regions", position)
                code = "region.duplicate" if entry.when is None else "region.same_times"
                yield problem_at(*place, code=code, found=excerpt(region))
            others.append(entry.when)


def _apart(one: Times | None, other: Times | None) -> bool:
    """Whether it is clear at every instant which of two rules holds."""
    if one is None or other is None:
        return one is not other
    return one.apart(other)


def template_with(kinds: Sequence[type[Surcharge]]) -> type[FreightTemplate]:
    """A template that knows exactly these kinds of surcharge; templates of the library's own class are taken too."""
    surcharge: Any = Annotated[Union[tuple(kinds)], Field(discriminator="per")]  # noqa: UP007 - a tuple of kinds
    return remade(FreightTemplate, surcharges=(Annotated[tuple[surcharge, ...], LISTED], ()))
