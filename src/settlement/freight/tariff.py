"""A template made ready to be looked up: which zone, surcharge and free rules hold for a region."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeVar

from settlement.documents.region import Depth, RegionTable, contains, depth
from settlement.freight.added import has_terms
from settlement.freight.fees import Fees
from settlement.freight.surcharges.fence import fenced
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.freight.templates import Free, FreightTemplate, Zone
from settlement.freight.times import Times

__all__ = ["Match", "Tariff", "depth_in", "excluded", "free_in", "has_times", "speaks_of"]

#: Wider than any region.
NOWHERE: Final[Depth] = (0, 0, 0, 0)
#: Regions whose match is kept.
_REMEMBERED = 4096
#: Sets of rules that hold together whose tariff is kept.
_INSTANTS = 64


def has_times(template: FreightTemplate) -> bool:
    """Whether what it charges depends on the instant of the order."""
    return any(each.when is not None for each in template.zones) or any(
        each.when is not None for each in template.surcharges
    )


Timed = TypeVar("Timed", Zone, Surcharge)


def _held(rules: Iterable[Timed], holds: Callable[[Times], bool]) -> list[Timed]:
    """The rules that hold; those with times behind the others, whom they overrule in a region of both."""
    held = [rule for rule in rules if rule.when is None or holds(rule.when)]
    return sorted(held, key=lambda rule: rule.when is not None)


class Match:
    """What a template says about one region."""

    def __init__(
        self,
        region: str | None,
        zone: Zone | None = None,
        surcharges: tuple[Surcharge, ...] = (),
        free: tuple[Free, ...] = (),
        *,
        special: bool = False,
        refuses_heavier: bool = False,
        uneven: bool = False,
    ) -> None:
        #: The deciding region as the template spells it, or None where nothing names the address.
        self.region = region
        #: None: undeliverable; and its numbers, laid out.
        self.zone = zone
        self.fees = None if zone is None else Fees(zone)
        #: The last unit that is shipped, None where there is no end.
        self.reaches = None if self.fees is None else self.fees.reaches
        #: Whether there may be too much to be shipped: the card ends, or a piece may be too heavy.
        self.ends = zone is not None and (refuses_heavier or self.reaches is not None)
        #: The nearest of each label, those without one first, then by label.
        self.surcharges = surcharges
        #: Whether more than what is counted decides what parcels pay and who of them; None where nothing is added.
        self.special: bool | None = None
        if special or surcharges:
            self.special = special or any(map(has_terms, surcharges))
        #: Whether what is added for fewer goods can't be told from what it came to: they must be packed anew.
        self.uneven = uneven
        #: Whether there is more to do than to look up the fee: nothing is shipped, or it is special.
        self.unusual = zone is None or bool(self.special)
        #: The free entries that speak of the address, in the template's order.
        self.free = free
        #: Whether some of them are for certain delivery methods.
        self.by_method = bool(free) and any(each.delivery_methods is not None for each in free)


class Tariff:
    """One template, indexed once per rulebook: a lookup costs the depth of the address.

    >>> template = FreightTemplate(
    ...     id="t",
    ...     measure="quantity",
    ...     zones=[
    ...         Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY"),
    ...         Zone(regions=["540000"], first=1, first_fee="20.00 CNY"),
    ...     ],
    ...     undeliverable=["540400"],
    ... )
    >>> tariff = Tariff(template)
    >>> [tariff.match(region).region for region in ("440305", "540100", "540402", "810000")]
    ['CN/mainland', '540000', '540400', None]
    >>> tariff.match("540402").zone is None
    True
    """

    __slots__ = (
        "_held", "_known", "_surcharges", "_undeliverable", "_zones", "by_goods", "divisor", "max_weight_g", "measure",
        "needs", "packed", "packing", "refuses_heavier", "template", "timed", "uneven",
    )  # fmt: skip

    def __init__(self, template: FreightTemplate, holds: Callable[[Times], bool] = lambda _: True) -> None:
        """Of the rules whose times hold; see `at`."""
        self.template = template
        self.measure = template.measure
        self._zones = RegionTable((region, zone) for zone in _held(template.zones, holds) for region in zone.regions)
        self._undeliverable = RegionTable((region, None) for region in template.undeliverable or ())
        surcharges = [fenced(each) for each in template.surcharges]
        #: The times of all rules that have some, and the tariffs that were asked for by which of them hold.
        times = [*[zone.when for zone in template.zones], *[each.when for each in surcharges]]
        self.timed = [each for each in times if each is not None]
        self._held: dict[tuple[bool, ...], Tariff] = {}
        labels = sorted({each.label or "" for each in surcharges})
        self._surcharges = [
            RegionTable(
                (region, each)
                for each in _held(surcharges, holds)
                if (each.label or "") == label
                for region in each.regions
            )
            for label in labels
        ]
        self._known: dict[str, Match] = {}
        self.divisor = template.volumetric_divisor
        self.max_weight_g = template.max_weight_g
        #: Whether some parcel of it may not fall as the counts of its lines do; see `Parcel.packed`.
        self.uneven = self.divisor is not None or self.max_weight_g is not None or bool(template.surcharges)
        self.refuses_heavier = template.refuses_heavier
        self.packing, self.by_goods = template.packing_weight_g, template.spread_by == "goods"
        #: Thousandths of what the packing adds to the units.
        self.packed = self.packing * 1000 if self.measure == "weight_g" else 0
        #: The measures that a line of this template must state.
        needs = {measure for each in surcharges for measure in each.needs}
        if template.measure != "quantity":
            needs.add(template.measure)
        if self.divisor is not None:
            needs.add("volume_cm3")
        if self.max_weight_g is not None:
            needs.add("weight_g")
        self.needs = frozenset(needs)

    def at(self, instant: datetime) -> Tariff:
        """The tariff of an instant: rules outside their times are not in it. Itself where no rule has any."""
        if not self.timed:
            return self
        holding = tuple([times.hold(instant) for times in self.timed])
        found = self._held.get(holding)
        if found is None:
            if len(self._held) >= _INSTANTS:
                self._held.clear()
            found = self._held[holding] = Tariff(self.template, lambda times: times.hold(instant))
        return found

    def match(self, region: str) -> Match:
        """The nearest rule: the most specific decides, at equal depth `undeliverable` does, none is undeliverable."""
        found = self._known.get(region)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[region] = self._match(region)
        return found

    def _match(self, region: str) -> Match:
        zone = self._zones.nearest_that(region, lambda rule: not excluded(rule, region))
        refused = self._undeliverable.nearest(region)
        if refused is not None and (zone is None or depth(refused[0]) >= depth(zone[0])):
            return Match(refused[0])
        if zone is None:
            return Match(None)
        nearest = [table.nearest_that(region, lambda rule: not excluded(rule, region)) for table in self._surcharges]
        surcharges = tuple([found[1] for found in nearest if found is not None])
        special = self.by_goods or bool(self.packing) or zone[1].fuel_percent is not None
        special = special or zone[1].when is not None
        return Match(
            zone[0],
            zone[1],
            surcharges,
            free_in(self.template, region),
            special=special,
            refuses_heavier=self.refuses_heavier,
            uneven=any(map(self._uneven, surcharges)),
        )

    def _uneven(self, rule: Surcharge) -> bool:
        """Whether a surcharge doesn't fall as the counts of the lines do.

        One that goes by the freight, or by the highest of several, may be charged where it was not; weight falls with
        the counts only where they are weights.
        """
        if rule.of_freight or rule.highest_of is not None:
            return True
        by_counts = rule.needs == {self.measure} and self.divisor is None and not self.packing
        return bool(rule.needs) and not by_counts


def free_in(template: FreightTemplate, region: str) -> tuple[Free, ...]:
    """The free entries that speak of a region, in the template's order; their other conditions are for amounts.

    With `nearest_free` only the nearest of those that name regions; several of one depth stand side by side.
    """
    found = [entry for entry in template.free if speaks_of(entry, region)]
    if template.nearest_free:
        deepest = max([depth_in(entry, region) for entry in found], default=NOWHERE)
        found = [entry for entry in found if entry.regions is None or depth_in(entry, region) == deepest]
    return tuple(found)


def speaks_of(entry: Free, region: str) -> bool:
    """Whether an address lies in a region that the entry names, and in none that it excludes."""
    if excluded(entry, region):
        return False
    return entry.regions is None or any(contains(each, region) for each in entry.regions)


def excluded(entry: Free | Zone | Surcharge, region: str) -> bool:
    """Whether an address lies in a region that the entry excludes."""
    return entry.exclude_regions is not None and any(contains(each, region) for each in entry.exclude_regions)


def depth_in(entry: Free, region: str) -> Depth:
    """How deep the narrowest region of the entry that contains the address lies; `NOWHERE` where none does."""
    return max([depth(each) for each in entry.regions or () if contains(each, region)], default=NOWHERE)
