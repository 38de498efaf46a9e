"""What a linter says: a finding, its codes and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

__all__ = ["FINDINGS", "Finding", "Severity", "finding", "shown"]

_SHOWN = 8

Severity: TypeAlias = Literal["error", "warning", "note"]


class Text(NamedTuple):
    """How much a code matters, what was found, and what would mend it; `{…}` are facts of the finding."""

    severity: Severity
    message: str
    mend: str


#: code -> severity and English texts. Codes are stable, texts are not; a translation is looked up by the edges.
FINDINGS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "zones.none": Text(
            "error",
            "there is no zone, so nothing is shipped anywhere",
            'add a zone, such as one with the regions ["CN/mainland"]',
        ),
        "undeliverable.everywhere": Text(
            "warning",
            "{region} is undeliverable and no zone lies within it, so nothing is shipped there",
            "take {region} out of undeliverable, or name the zones within it that are shipped to",
        ),
        "region.unknown": Text(
            "error",
            "{region} is no region in use or retired, so no address that is picked from the catalogue lies in it",
            "look the code up in the catalogue and correct it",
        ),
        "region.retired": Text(
            "warning",
            "{region} {name} is retired and not every region that took it over has this rule: {successors}",
            "use `rulebook.with_catalogue(catalogue)`, or write the successors beside it",
        ),
        "regions.no_rule": Text(
            "warning",
            "no zone and no undeliverable region covers {regions}: undeliverable, because nobody said otherwise",
            'name them in a zone (a default is "CN/mainland"), or list them as undeliverable to say so on purpose',
        ),
        "regions.no_rule_hmt": Text(
            "note",
            "no rule covers {regions}: undeliverable, because nobody said otherwise",
            "list them as undeliverable to say so on purpose, or name them in a zone",
        ),
        "rule.never_wins": Text(
            "warning",
            "every county in {region} has a more specific rule, so this one decides for no address",
            "take {region} out here, or take out the narrower rules that were meant to follow it",
        ),
        "zone.undeliverable_wins": Text(
            "error",
            "{region} is in a zone and undeliverable; at equal depth undeliverable decides",
            "take {region} out of one of the two",
        ),
        "zone.cn_without_hmt": Text(
            "warning",
            '"{region}" includes {regions}, which no narrower rule names: the price of this zone holds there',
            'write "CN/mainland", or list 710000, 810000 and 820000 in a zone of their own or as undeliverable',
        ),
        "zone.flat_beside_steps": Text(
            "warning",
            "this zone charges {fee} for any weight or number, while {others} of the template charge by {measure}",
            "add `additional` and `additional_fee`, or leave it so if the flat fee is meant",
        ),
        "zones.identical": Text(
            "note",
            "this zone has the same tariff as {other}",
            "one zone with the regions of both says the same",
        ),
        "surcharge.undeliverable": Text(
            "warning",
            "nothing is shipped to {region}, so its surcharge is never charged",
            "take {region} out here, or give it a zone",
        ),
        "free.never_holds": Text(
            "warning",
            "nothing is shipped to any region of this entry, so it never makes anything free",
            "give its regions a zone, or drop the entry",
        ),
        "free.no_units": Text(
            "warning",
            "max_units is 0: only goods that count no units (weight 0, lines that ship free) are within it",
            "raise max_units, or leave it out",
        ),
        "free.leaves_surcharge": Text(
            "note",
            "where this entry makes freight free, the surcharge of {regions} is still charged",
            "say `waives_surcharge: true` if free means free there as well",
        ),
        "free.cheaper_with_more": Text(
            "note",
            "goods of {least} to {most} with {fee} of freight ({region}) cost more than {threshold} without any",
            "tell buyers by `hints(checkout, rulebook)`, or lower the threshold or the fee",
        ),
        "free.cheaper_with_more_pieces": Text(
            "note",
            "{pieces} pieces pay {fee} of freight ({region}) and {more} pay none: "
            "where a piece costs less than that, the larger order is cheaper",
            "tell buyers by `hints(checkout, rulebook)`, or lower the threshold or the fee",
        ),
    }
)


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a text shows them: a long list by its first entries."""
    return {name: _listed(fact) if isinstance(fact, tuple) else fact for name, fact in facts.items()}


def _listed(entries: tuple[Any, ...]) -> str:
    first = ", ".join(str(entry) for entry in entries[:_SHOWN])
    return first + (f", … ({len(entries)})" if len(entries) > _SHOWN else "")


class Finding(NamedTuple):
    """One thing that a linter noticed: where, a stable code, and the facts that its texts need.

    `place` reads as in an error of a document: `freight_templates[0].zones[2].regions[1]`.
    """

    place: str
    code: str
    facts: Mapping[str, Any] = MappingProxyType({})

    @property
    def severity(self) -> Severity:
        """`error`: it can't be meant; `warning`: it is hardly meant; `note`: worth knowing."""
        return FINDINGS[self.code].severity

    @property
    def message(self) -> str:
        """What was found, in English."""
        return FINDINGS[self.code].message.format_map(shown(self.facts))

    @property
    def mend(self) -> str:
        """What would mend it, in English."""
        return FINDINGS[self.code].mend.format_map(shown(self.facts))

    def __str__(self) -> str:
        return f"{self.place or 'document'}: {self.severity}: {self.message}; {self.mend} [{self.code}]"


def finding(place: str, code: str, **facts: Any) -> Finding:
    """A finding with its facts."""
    return Finding(place, code, MappingProxyType(facts))
