"""What is wrong with rules before they are kept, and what is hardly meant: each at its place in that document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from settlement.errors import InvalidDocument, Problem
from settlement.findings import check
from shop.data import GOODS
from shop.rules import MALL, Rules, joined
from shop.texts import LOCALES, Language, Say, say_in

__all__ = ["Checked", "Told", "checked"]

_LISTS: Final = ("freight_templates", "promotions", "coupons")
_INDEX: Final = re.compile(r"^(freight_templates|promotions|coupons)\[(\d+)\]")


class Told(NamedTuple):
    """One thing that is wrong, or hardly meant, where, and what would mend it."""

    place: str
    text: str
    severity: str
    mend: str = ""


class Checked(NamedTuple):
    """With a problem rules cannot be kept; findings are worth a look."""

    problems: tuple[Told, ...]
    findings: tuple[Told, ...]


def checked(rules: Rules, owner: str, document: Any, language: Language) -> Checked:
    """These rules in the place of those that are in force, together with everybody else's."""
    own = _shape(owner, document, language)
    if own:
        return Checked(tuple(own), ())
    parts = rules.parts() | {owner: document}
    locale = LOCALES[language]
    try:
        book = joined(parts, language)
    except InvalidDocument as error:
        return Checked(tuple(_problem(each, parts, owner, locale) for each in error.problems), ())
    found = []
    for each in check(book):
        place = _here(each.place, parts, owner)
        if place is not None:
            text, mend = each.texts(locale)
            found.append(Told(place, text, each.severity, mend))
    return Checked((), tuple(found))


def _shape(owner: str, document: Any, language: Language) -> list[Told]:
    """What a shop may write: freight, promotions and coupons, and only such as it bears itself."""
    say = say_in(language)
    if not isinstance(document, dict):
        return [Told("", say("An object is expected"), "error")]
    found = []
    if owner != MALL:
        text = say("A shop has freight_templates, promotions and coupons; the rest is the mall's")
        found += [Told(str(key)[:100], text, "error") for key in document if key not in _LISTS]
    for name in _LISTS:
        rows = document.get(name, [])
        if not isinstance(rows, list):
            found.append(Told(name, say("A list is expected"), "error"))
            continue
        text = say("An object is expected")
        found += [Told(f"{name}[{at}]", text, "error") for at, row in enumerate(rows) if not isinstance(row, dict)]
        if owner != MALL and name != "freight_templates":
            text = say("An offer of this shop is issued by it: {shop}", shop=owner)
            others = [at for at, row in enumerate(rows) if not isinstance(row, dict) or row.get("issuer") != owner]
            found += [Told(f"{name}[{at}].issuer", text, "error") for at in others]
            text = say("An offer of this shop is borne by it alone; 0 or nothing stands here")
            shared = [at for at, row in enumerate(rows) if isinstance(row, dict) and _shared(row)]
            found += [Told(f"{name}[{at}].platform_share", text, "error") for at in shared]
    return found or _missing(owner, document, say)


def _missing(owner: str, document: dict[str, Any], say: Say) -> list[Told]:
    """What every checkout needs: by which templates the shop's goods are sent, and of the mall how one pays."""
    if owner == MALL:
        there = document.get("payment_methods")
        return [] if there else [Told("payment_methods", say("At least one is needed: how would one pay?"), "error")]
    there = [each.get("id") for each in document.get("freight_templates", [])]
    needed = dict.fromkeys(good.template for good in GOODS.values() if good.shop == owner and good.template)
    text = "Goods of this shop are sent by it, so it must stand here: {template}"
    return [Told("freight_templates", say(text, template=each), "error") for each in needed if each not in there]


def _shared(offer: Mapping[str, Any]) -> bool:
    """Whether the mall would bear some of it."""
    return offer.get("platform_share") not in (None, "0")


def _problem(problem: Problem, parts: Mapping[str, Any], owner: str, locale: str) -> Told:
    place = _here(problem.place, parts, owner)
    return Told(problem.place if place is None else place, problem.text(locale), "error")


def _here(place: str, parts: Mapping[str, Any], owner: str) -> str | None:
    """A place of the joined rulebook in the owner's part of it; None: it is in somebody else's."""
    found = _INDEX.match(place)
    if found is None:
        return place if owner == MALL else None
    name, at = found[1], int(found[2])
    for each in sorted(parts):
        rows = parts[each].get(name, ())
        if at < len(rows):
            return f"{name}[{at}]{place[found.end() :]}" if each == owner else None
        at -= len(rows)
    return None
