"""Retired codes beside those that took them over: how old freight rules meet new addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from settlement.documents.region import contains, path
from settlement.errors import Problem
from settlement.freight.templates import FreightTemplate

__all__ = ["KnowsSuccessors", "Successors", "succeeded", "with_successors"]

#: The regions in use that a region means now; itself where it is not retired. `Catalogue.successor_regions` is one.
Successors: TypeAlias = Callable[[str], Sequence[str]]


class KnowsSuccessors(Protocol):
    """What is asked of a catalogue of regions; `settlement.consignee.Catalogue` is one."""

    def successor_regions(self, code: str) -> Sequence[str]:
        """The regions in use that a region means now."""


class _Claim(NamedTuple):
    """A retired region of a rule that would pass its rule on to a region in use."""

    rule: int
    place: str
    region: str


class _Rule(NamedTuple):
    """The regions of one rule and where they stand."""

    place: str
    regions: Sequence[str]


def succeeded(
    template: FreightTemplate, successors: Successors, place: str = ""
) -> tuple[FreightTemplate, list[Problem]]:
    """The template with the successors of each retired region written behind it, and what is contradictory.

    The retired region stays, so that an old order's address still matches. A region that some rule of the same list
    names already keeps that rule; zones and `undeliverable` are one list, since together they decide. Where retired
    regions of different rules end in the same region the narrowest of them decides; where none is narrower it is a
    problem at both places, except among `free` entries, of which any will do.
    """
    found: list[Problem] = []
    changed: dict[str, Any] = {}
    zones = [_Rule(f"{place}zones[{index}].regions", zone.regions) for index, zone in enumerate(template.zones)]
    last = _Rule(f"{place}undeliverable", template.undeliverable or ())
    *regions, undeliverable = _written_out([*zones, last], successors, found)
    changed["zones"] = _with_regions(template.zones, regions)
    changed["undeliverable"] = undeliverable or template.undeliverable
    rules = [_Rule(f"{place}free[{index}].regions", entry.regions or ()) for index, entry in enumerate(template.free)]
    changed["free"] = _with_regions(template.free, _written_out(rules, successors, None))
    added: list[tuple[str, ...]] = [()] * len(template.surcharges)
    for label in dict.fromkeys(each.label for each in template.surcharges):  # each label is a list of its own
        mine = [index for index, each in enumerate(template.surcharges) if each.label == label]
        rules = [_Rule(f"{place}surcharges[{index}].regions", template.surcharges[index].regions) for index in mine]
        for index, now in zip(mine, _written_out(rules, successors, found), strict=True):
            added[index] = now
    changed["surcharges"] = _with_regions(template.surcharges, added)
    for field in ("zones", "free", "surcharges"):
        changed[field] = _with_exclusions(changed[field], successors, f"{place}{field}")
    return (template if found else template.model_copy(update=changed)), found


def _with_exclusions(entries: Sequence[Any], successors: Successors, place: str) -> tuple[Any, ...]:
    """What an entry excludes it excludes under its new codes too."""
    rules = [_Rule(f"{place}[{at}].exclude_regions", each.exclude_regions or ()) for at, each in enumerate(entries)]
    return _with_regions(entries, _written_out(rules, successors, None), "exclude_regions")


def with_successors(regions: Sequence[str], successors: Successors) -> tuple[str, ...]:
    """A list of regions by itself, the successors of each retired one behind it."""
    return _written_out([_Rule("", regions)], successors, None)[0]


def _with_regions(
    entries: Sequence[Any], regions: Sequence[tuple[str, ...]], field: str = "regions"
) -> tuple[Any, ...]:
    return tuple(
        entry.model_copy(update={field: now}) if now else entry for entry, now in zip(entries, regions, strict=True)
    )


def _written_out(rules: Sequence[_Rule], successors: Successors, found: list[Problem] | None) -> list[tuple[str, ...]]:
    """Each rule's regions with what its retired ones pass on; `found` is None where rules may share a region."""
    claims = _claims(rules, successors)
    passed: dict[tuple[int, str], list[str]] = {}
    for heir, claimants in claims.items():
        kept = [
            claim
            for claim in claimants
            if not any(contains(claim.region, other.region) and not _same(claim, other) for other in claimants)
        ]
        if found is not None and len({claim.rule for claim in kept}) > 1:
            if not all(_same(kept[0], other) for other in kept):
                found += _contradiction(heir, kept)
            elif "undeliverable[" in kept[-1].place:  # in a zone and undeliverable: the latter decides
                kept = kept[-1:]  # zones that times keep apart share it
        taken: set[int] = set()
        for claim in kept:
            if claim.rule not in taken:
                taken.add(claim.rule)
                passed.setdefault((claim.rule, claim.region), []).append(heir)
    return [
        tuple(each for region in rule.regions for each in (region, *passed.get((index, region), ())))
        for index, rule in enumerate(rules)
    ]


def _claims(rules: Sequence[_Rule], successors: Successors) -> dict[str, list[_Claim]]:
    """Which retired regions end in a region that no rule of this list names."""
    explicit = {path(region)[-1] for rule in rules for region in rule.regions}
    claims: dict[str, list[_Claim]] = {}
    for index, rule in enumerate(rules):
        for position, region in enumerate(rule.regions):
            for heir in successors(region):
                if path(heir)[-1] not in explicit:
                    claims.setdefault(heir, []).append(_Claim(index, f"{rule.place}[{position}]", region))
    return claims


def _same(claim: _Claim, other: _Claim) -> bool:
    return path(claim.region) == path(other.region)


def _contradiction(heir: str, claims: Sequence[_Claim]) -> list[Problem]:
    """One problem at each place, naming the other."""
    made = []
    for claim in claims:
        others = ", ".join(f'"{other.region}" at {other.place}' for other in claims if other.rule != claim.rule)
        text = f'"{heir}", which "{claim.region}" became and also {others},'
        made.append(Problem(claim.place, "region.duplicate", {"found": text}))
    return made
