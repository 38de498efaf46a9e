"""What is hardly meant in a freight template: forgotten regions, rules that can't win, traps for buyers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from settlement.consignee import Catalogue, countries
from settlement.documents.problems import expect
from settlement.documents.region import ISO_IN_CHINA, contains, depth, meet, path
from settlement.findings.findings import Finding, finding
from settlement.findings.freight_terms import check_terms
from settlement.findings.tree import RegionTree, tree_of
from settlement.freight.fees import fee_of, reach
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.freight.tariff import Tariff, speaks_of
from settlement.freight.templates import Free, FreightTemplate, Zone
from settlement.money import Money

__all__ = ["check_freight"]

_OUTSIDE_MAINLAND = ("710000", "810000", "820000")
_COUNTRY = ("*", "CN", "CN/mainland")


class _Place(NamedTuple):
    """A region where a template names it."""

    place: str
    region: str
    node: str


class _Survey:
    """A template laid out for the rules below: every region with its place, list by list."""

    def __init__(self, template: FreightTemplate, catalogue: Catalogue | None) -> None:
        self.template = template
        self.tariff = Tariff(template)
        self.catalogue = catalogue
        self.tree: RegionTree | None = None if catalogue is None else tree_of(catalogue)
        self.zones = [place for index, zone in enumerate(template.zones) for place in _placed(f"zones[{index}]", zone)]
        self.undeliverable = [
            _Place(f"undeliverable[{index}]", region, path(region)[-1])
            for index, region in enumerate(template.undeliverable or ())
        ]
        #: Of each label by itself: they add.
        self.labelled: dict[str | None, list[_Place]] = {}
        for index, each in enumerate(template.surcharges):
            self.labelled.setdefault(each.label, []).extend(_placed(f"surcharges[{index}]", each))
        self.surcharges = [place for places in self.labelled.values() for place in places]
        self.free = [place for index, entry in enumerate(template.free) for place in _placed(f"free[{index}]", entry)]
        #: The entries that exclude regions, by their places.
        self.excluding = dict(_excluding(template))
        #: Zones and undeliverable regions together decide where goods are shipped.
        self.deciding = [*self.zones, *self.undeliverable]

    def ships_to(self, region: str) -> bool:
        """Whether any part of the region is shipped to, as far as the template's own regions tell."""
        return any(
            self.tariff.match(inner).zone is not None
            for inner in (region, *(place.region for place in self.zones if contains(region, place.region)))
        )

    def usual(self, regions: Sequence[str]) -> Zone | None:
        """The zone that decides for a wide region as a whole; where none does, that of the widest region below it."""
        for region in sorted(regions, key=depth):
            named = [place.region for place in self.zones if contains(region, place.region)]
            for each in (region, *sorted(named, key=depth)):
                zone = self.tariff.match(each).zone
                if zone is not None:
                    return zone
        return None


def _excluding(template: FreightTemplate) -> Iterator[tuple[str, Zone | Surcharge | Free]]:
    lists: list[tuple[str, Sequence[Zone | Surcharge | Free]]] = [("zones", template.zones)]
    lists += [("surcharges", template.surcharges), ("free", template.free)]
    for field, entries in lists:
        for index, entry in enumerate(entries):
            if entry.exclude_regions is not None:
                yield f"{field}[{index}]", entry


def _placed(prefix: str, entry: object) -> list[_Place]:
    regions: Sequence[str] = getattr(entry, "regions", None) or ()
    return [_Place(f"{prefix}.regions[{index}]", region, path(region)[-1]) for index, region in enumerate(regions)]


Rule: TypeAlias = Callable[[_Survey], Iterator[Finding]]


def check_freight(template: FreightTemplate, catalogue: Catalogue | None = None) -> tuple[Finding, ...]:
    """What is hardly meant in a template, in the order of RULES and of the template.

    With a catalogue it also knows which regions there are: those without any rule, retired and unknown codes, and rules
    that narrower ones have used up. A finding changes nothing: the template settles all the same.
    Source: contract §5; docs/freight.md, "Checking a template".

    >>> zone = Zone(regions=["CN"], first=1, first_fee="8.00 CNY")
    >>> for found in check_freight(FreightTemplate(id="t1", measure="quantity", zones=[zone])):
    ...     print(found.place, found.code, found.facts["codes"])
    zones[0].regions[0] zone.cn_without_hmt ('710000', '810000', '820000')
    """
    expect("template", template, FreightTemplate)
    expect("catalogue", catalogue, Catalogue, optional=True)
    survey = _Survey(template, catalogue)
    if not template.zones:
        return () if template.pickup else (finding("zones", "zones.none"),)
    return (*(found for rule in RULES for found in rule(survey)), *check_terms(template))


# ------------------------------------------------------------------ which regions


def _unknown(survey: _Survey) -> Iterator[Finding]:
    """Codes that no address has, and retired ones whose successors were forgotten."""
    catalogue, tree = survey.catalogue, survey.tree
    if catalogue is None or tree is None:
        return
    abroad = {code for code, _ in countries("en")}
    for places in (survey.deciding, *survey.labelled.values(), survey.free):
        named = {place.node for place in places}
        for place in places:
            if not place.node[0].isdigit():
                head = place.node.partition("/")[0]
                if place.node not in _COUNTRY and head not in abroad and head not in ISO_IN_CHINA:
                    yield finding(place.place, "region.unknown", region=place.region)
                continue
            unit = next(node for node in reversed(path(place.region)) if len(node) == 6)
            if unit not in tree and unit not in catalogue:
                yield finding(place.place, "region.unknown", region=place.region)
            elif unit not in tree:
                successors = catalogue.successor_regions(place.region)
                if any(path(code)[-1] not in named for code in successors if path(code)[-1] != place.node):
                    shown = tuple(tree.shown(code) for code in successors)
                    name = catalogue.full_name(unit)
                    yield finding(
                        place.place, "region.retired", region=unit, name=name, codes=successors, successors=shown
                    )


def _no_rule(survey: _Survey) -> Iterator[Finding]:
    """Parts of the country that nobody said anything about; nothing to say of a template for elsewhere."""
    tree = survey.tree
    if tree is None:
        return
    missing = tree.unreached({place.node for place in survey.deciding})
    if missing == ("CN",):
        return
    for code, codes in (
        ("regions.no_rule", tuple(node for node in missing if node not in _OUTSIDE_MAINLAND)),
        ("regions.no_rule_hmt", tuple(node for node in missing if node in _OUTSIDE_MAINLAND)),
    ):
        if codes:
            yield finding("zones", code, codes=codes, regions=tuple(tree.shown(node) for node in codes))


def _china_whole(survey: _Survey) -> Iterator[Finding]:
    """`CN` where `CN/mainland` was meant."""
    named = {node for place in survey.deciding for node in path(place.region)}
    missing = tuple(region for region in _OUTSIDE_MAINLAND if region not in named)
    for place in survey.zones:
        if place.node == "CN" and missing:
            yield finding(place.place, "zone.cn_without_hmt", region=place.region, codes=missing, regions=missing)


def _undeliverable_everywhere(survey: _Survey) -> Iterator[Finding]:
    """The whole country refused, by one region or by all of them."""
    for place in survey.undeliverable:
        if place.node in _COUNTRY and not survey.ships_to(place.region):
            yield finding(place.place, "undeliverable.everywhere", region=place.region)
            return
    refused = {place.node for place in survey.undeliverable}
    if survey.tree is None or not refused:
        return
    mainland = [nodes for nodes in survey.tree.leaves if "CN/mainland" in nodes]
    if all(survey.tariff.match(nodes[-1]).zone is None and not refused.isdisjoint(nodes) for nodes in mainland):
        yield finding("undeliverable", "undeliverable.everywhere", region="CN/mainland")


# ------------------------------------------------------------------ which rule


def _never_wins(survey: _Survey) -> Iterator[Finding]:
    """Regions that narrower rules have used up, and zones that an undeliverable region of the same depth beats."""
    refused = {place.node for place in survey.undeliverable}
    for place in survey.zones:
        if place.node in refused:
            yield finding(place.place, "zone.undeliverable_wins", region=place.region)
    tree = survey.tree
    if tree is None:
        return
    for places in (survey.deciding, *survey.labelled.values()):
        winners = tree.deciding(
            {place.node for place in places if place.place.rpartition(".")[0] not in survey.excluding}
        )
        for place in places:
            if place.place.rpartition(".")[0] in survey.excluding:
                continue  # what it excludes falls to a wider rule
            if place.node != "*" and tree.divided(place.region) and place.node not in winners:
                yield finding(place.place, "rule.never_wins", region=tree.shown(place.region))


def _excluded(survey: _Survey) -> Iterator[Finding]:
    """What an entry excludes that it never contained, and what a zone leaves to nobody."""
    refused = [place.region for place in survey.undeliverable]
    for place, entry in survey.excluding.items():
        for index, region in enumerate(entry.exclude_regions or ()):
            where = f"{place}.exclude_regions[{index}]"
            if entry.regions is not None and not _meet(entry.regions, [region]):
                yield finding(where, "exclude.outside", region=region)
            elif (
                isinstance(entry, Zone)
                and not survey.ships_to(region)
                and not any(contains(each, region) for each in refused)
            ):
                yield finding(where, "exclude.to_nowhere", region=region)


def _identical(survey: _Survey) -> Iterator[Finding]:
    """Two zones that could be one."""
    seen: dict[str, int] = {}
    for index, zone in enumerate(survey.template.zones):
        tariff = zone.model_dump_json(exclude={"regions"})
        if tariff in seen:
            yield finding(f"zones[{index}]", "zones.identical", other=f"zones[{seen[tariff]}]")
        seen.setdefault(tariff, index)


# ------------------------------------------------------------------ which fee


def _flat(survey: _Survey) -> Iterator[Finding]:
    """A flat zone among zones that charge by what is sent."""
    zones = survey.template.zones
    stepped = tuple(f"zones[{index}]" for index, zone in enumerate(zones) if _rises(zone))
    for index, zone in enumerate(zones):
        if stepped and zone.first_fee and not _rises(zone) and not zone.ends:
            fee, measure = str(zone.first_fee), survey.template.measure
            yield finding(f"zones[{index}]", "zone.flat_beside_steps", fee=fee, others=stepped, measure=measure)


def _rises(zone: Zone) -> bool:
    return bool(zone.additional_fee) or zone.steps is not None or zone.goods_percent is not None


def _fee_falls(survey: _Survey) -> Iterator[Finding]:
    """A zone that charges less for more: only its own steps can do that, so that only their edges are looked at."""
    for index, zone in enumerate(survey.template.zones):
        edges = [zone.first, *(step.up_to for step in zone.steps or ())]
        fees = [fee_of(zone, edge) for edge in (*edges, edges[-1] + 1)]
        for at, (less, more) in enumerate(pairwise(fees)):
            if more < less:
                yield finding(
                    f"zones[{index}].steps[{at}]",
                    "zone.fee_falls",
                    units=edges[at],
                    more=edges[at] + 1,
                    fee=str(Money.of_minor(less, zone.first_fee.currency)),
                    less_fee=str(Money.of_minor(more, zone.first_fee.currency)),
                    measure=survey.template.measure,
                )


def _no_end(survey: _Survey) -> Iterator[Finding]:
    """Cards that go on without saying so, and those that end before a box is full."""
    template = survey.template
    for index, zone in enumerate(template.zones):
        last = zone.steps[-1] if zone.steps else None
        if last is not None and zone.additional is None and not zone.ends:
            yield finding(
                f"zones[{index}].steps", "zone.no_end", units=last.up_to, fee=str(last.fee), measure=template.measure
            )
        reaches, box = reach(zone), template.max_weight_g
        if reaches is not None and box is not None and template.measure == "weight_g" and reaches < box:
            yield finding(f"zones[{index}].ends", "zone.ends_below_box", units=reaches, box=box)
    if template.max_weight_g is not None and not template.refuses_heavier:
        yield finding("max_weight_g", "template.heavier_alone", units=template.max_weight_g)


def _surcharge_nowhere(survey: _Survey) -> Iterator[Finding]:
    """A surcharge on what is not shipped at all."""
    for place in survey.surcharges:
        if not survey.ships_to(place.region):
            yield finding(place.place, "surcharge.undeliverable", region=place.region)


def _surcharge_twice(survey: _Survey) -> Iterator[Finding]:
    """Two surcharges that are alike but for their labels, and both hold somewhere: it is charged twice."""
    seen: list[tuple[int, Surcharge, str]] = []
    for index, each in enumerate(survey.template.surcharges):
        alike = each.model_dump_json(exclude={"regions", "label"})
        for at, other, stated in seen:
            if alike == stated and each.label != other.label and _meet(each.regions, other.regions):
                yield finding(f"surcharges[{index}]", "surcharge.twice", other=f"surcharges[{at}]")
                break
        seen.append((index, each, alike))


def _meet(some: Sequence[str], others: Sequence[str]) -> bool:
    return any(meet(one, other) for one in some for other in others)


# ------------------------------------------------------------------ what is free


def _free(survey: _Survey) -> Iterator[Finding]:
    """Entries that never hold, that leave a surcharge, and thresholds just under which a buyer pays more."""
    for index, entry in enumerate(survey.template.free):
        place = f"free[{index}]"
        if entry.regions is not None and not any(survey.ships_to(region) for region in entry.regions):
            yield finding(f"{place}.regions", "free.never_holds")
            continue
        if entry.max_units == 0:
            yield finding(f"{place}.max_units", "free.no_units")
            continue
        added = (each.region for each in survey.surcharges if _meets(entry, each.region))
        left = tuple(dict.fromkeys(region for region in added if survey.ships_to(region)))
        if left and not entry.waives_surcharge:
            yield finding(place, "free.leaves_surcharge", codes=left, regions=left)
        yield from _in_dearer_zones(survey, place, entry)
        yield from _threshold(survey, place, entry)


def _in_dearer_zones(survey: _Survey, place: str, entry: Free) -> Iterator[Finding]:
    """An entry that makes free what a zone inside its region charges more for: 偏远除外 was forgotten."""
    dearer: dict[str, Zone] = {}
    for zone in survey.zones:
        found = survey.tariff.match(zone.region)
        wider = [each for each in entry.regions or ("*",) if contains(each, zone.region)]
        if found.zone is None or entry not in found.free or zone.node in {path(each)[-1] for each in wider}:
            continue
        usual = survey.usual(wider)
        if usual is not None and _dearer(found.zone, usual):
            dearer[zone.region] = found.zone
    if dearer:
        codes = tuple(dearer)
        fee = max((zone.first_fee for zone in dearer.values()), key=lambda money: money.minor)
        yield finding(place, "free.in_dearer_zone", codes=codes, regions=codes, fee=str(fee))


def _dearer(zone: Zone, usual: Zone) -> bool:
    """Whether a zone charges more, at once or for what is added; what is stepped is looked at where it begins."""
    if zone.first_fee.minor != usual.first_fee.minor:
        return zone.first_fee.minor > usual.first_fee.minor
    more, less = (0 if each.additional_fee is None else each.additional_fee.minor for each in (zone, usual))
    return more > less


def _meets(entry: Free, region: str) -> bool:
    """Whether the entry holds somewhere in a region, as far as that region and its own tell."""
    if any(contains(each, region) for each in entry.exclude_regions or ()):
        return False
    return entry.regions is None or _meet(entry.regions, [region])


def _threshold(survey: _Survey, place: str, entry: Free) -> Iterator[Finding]:
    """With how much less than the threshold the whole order costs more, where the first step is dearest."""
    named = [each.region for each in survey.zones if speaks_of(entry, each.region)]
    matches = [(region, survey.tariff.match(region).zone) for region in (*(entry.regions or ()), *named)]
    shipped = [(region, zone) for region, zone in matches if zone is not None]
    if not shipped:
        return
    region, dearest = max(shipped, key=lambda pair: fee_of(pair[1], 0))
    fee = Money.of_minor(fee_of(dearest, 0), dearest.first_fee.currency)
    if entry.min_amount is not None and entry.min_amount.minor > 1 and fee:
        minor, currency = entry.min_amount.minor, fee.currency
        least, most = max(1, minor - fee.minor + 1), minor - 1
        yield finding(
            f"{place}.min_amount",
            "free.cheaper_with_more",
            least=str(Money.of_minor(min(least, most), currency)),
            most=str(Money.of_minor(most, currency)),
            fee=str(fee),
            region=region,
            threshold=str(entry.min_amount),
        )
    elif entry.min_quantity is not None and entry.min_quantity > 1 and survey.template.measure == "quantity":
        more = -int(-entry.min_quantity // 1)
        reaches, paid = reach(dearest), Money.of_minor(fee_of(dearest, more - 1), fee.currency)
        if paid and (reaches is None or reaches >= more):
            yield finding(
                f"{place}.min_quantity",
                "free.cheaper_with_more_pieces",
                pieces=more - 1,
                more=more,
                fee=str(paid),
                region=region,
            )


#: Each rule is one function; a new one is one more name here.
RULES: tuple[Rule, ...] = (
    _undeliverable_everywhere,
    _unknown,
    _no_rule,
    _china_whole,
    _never_wins,
    _excluded,
    _identical,
    _flat,
    _fee_falls,
    _no_end,
    _surcharge_nowhere,
    _surcharge_twice,
    _free,
)
