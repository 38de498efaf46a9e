"""The region of a text: the best chain of names that agree with each other as parent and child.

A chain begins where a name stands and goes on while names follow each other, separators and fillers (市辖区, 其它区)
apart; it may name a level twice, leave one out, or name the wider one behind the narrower. Of all chains the one of
the greatest weight is taken; one that is not unique stays open, with its candidates. Time is linear in the length of
the text: each place is looked up for the few lengths of names that begin with its two characters, and a chain keeps
only states that differ in the unit reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.consignee.recognition.around import BEFORE_NAME, FILLER, FILLER_BEGINS, GAP, LEAD_IN, Source
from settlement.consignee.recognition.gazetteer import (
    ALIAS,
    FORMER,
    NEEDS_PARENT,
    SHORT,
    Entries,
    Gazetteer,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chain", "Given", "Reading", "read_region"]


# 深圳|市民中心, 东方|市场: the last character of the name belongs to the next word.
_CITY_WORD = re.compile(
    r"场|民中|民广|民公|民服|民之|民大|政[府公工]|中心|立|郊|容|花[园鱼]|一中|二中|级|区(?![\u4e00-\u9fff]{0,3}[县区])"
)
_COUNTY_WORD = re.compile(r"域|间|别|委|公所|位(?=图)")
_SHORTENING: Final = frozenset("场民政中立郊容花一二级区域间别委公位")


class Given(NamedTuple):
    """A name that stands in the text: the unit, its level, how it is written, and where."""

    place: Place
    weight: int
    start: int
    end: int


class Chain(NamedTuple):
    """A way through the text: the unit reached, the names given, the weight, and the span.

    `blocked` says that the last name is a stem that begins another word: only a child's name may follow it.
    """

    place: Place
    given: tuple[Given, ...]
    weight: int
    start: int
    end: int
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text says about the region: chains of equal weight, and every span that it takes from the text.

    Several chains, or one that means several units in use, leave the region open.
    """

    chains: tuple[Chain, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    rivals: tuple[Chain, ...] = ()


def read_region(text: str, gazetteer: Gazetteer) -> Reading:
    """Find the region of a text; numbers and labels are blanked with NUL.

    Nothing is corrected and nothing guessed here: see `typos` for what may have been meant.
    """
    source = Source(text, gazetteer)
    found = _chains(source)
    if not found:
        return Reading()
    best = 0
    rivals: tuple[Chain, ...] = ()
    spans: list[tuple[int, int]] = []
    for index in range(1, len(found)):
        if found[index][0].weight > found[best][0].weight:
            best = index
    chains = found[best]
    if len(found) > 1:
        others = [each for index, each in enumerate(found) if index != best]
        for each in others:
            chains, used = _together(source, chains, each)
            spans += used
        rivals = tuple(each[0] for each in others if _contradicts(chains, each, source))
    end = max([chain.end for chain in chains])
    while text[end : end + 1] in FILLER_BEGINS and (filler := FILLER.match(text, end)) and filler[0] != "县":
        end = filler.end()  # a form's placeholder for the level that it could not name
    spans.append((min([chain.start for chain in chains]), end))
    return Reading(tuple(chains), tuple(sorted(set(spans))) if len(spans) > 1 else tuple(spans), rivals)


def _chains(source: Source) -> list[list[Chain]]:
    """The chains of a text from left to right, each with those of equal weight."""
    found: list[list[Chain]] = []
    done = 0
    for start, names in source.hits.items():
        if start < done or not _may_begin(source, start, names):
            continue
        chains = _walk(source, start)
        for chain in chains:
            if chain.end > chain.given[0].end and chain.end > done:
                done = chain.end  # what a chain has passed is not walked again: time stays linear
        chains = [chain for chain in chains if len(chain.given) > 1 or _stands_alone(source, chain)]
        if not chains:
            continue
        heaviest = max([chain.weight for chain in chains])
        top = [chain for chain in chains if chain.weight == heaviest]
        if len(top[0].given) == 1 and top[0].place.level == 2:
            top = _all_meant(top[0], chains)
        found.append(top)
        if len(top[0].given) > 1 or top[0].given[0].weight >= FORMER:
            done = max(done, *[chain.end for chain in top])
    return found


def _may_begin(source: Source, start: int, names: list[tuple[int, Entries]]) -> bool:
    """Whether a chain can begin here; most stems inside an address are told at a glance: 科技园|长安|路."""
    if start == 0 or source.text[start - 1] in BEFORE_NAME:
        return True
    hits = source.hits
    for end, entries in names:
        if end in hits:
            return True
        for weight, _ in entries:
            if weight >= FORMER:
                return True
    return False


def _all_meant(first: Chain, chains: Sequence[Chain]) -> list[Chain]:
    """A county's name by itself means every county that has it, or had it."""
    same = [c for c in chains if len(c.given) == 1 and c.end == first.end and c.place.level == 2]
    known = {c.place.targets: c for c in reversed(same) if c.weight in {first.weight, 3 * FORMER}}
    return [known[targets] for targets in sorted(known)]


def _walk(source: Source, start: int) -> list[Chain]:
    """Every chain that begins at a place, the best for each unit that it reaches."""
    hits = source.hits
    best: dict[tuple[str, int | None], Chain] = {}
    seen: set[tuple[int, str, int]] = set()
    todo: list[Chain] = []
    full: list[Place] = []
    for end, entries in hits[start]:
        for weight, place in entries:
            if weight == SHORT and place in full and end not in hits:
                continue  # 深圳 of 深圳市, but not 青岛 of 青岛市北区
            if (state := _begin(source, place, weight, start, end)) is not None:
                todo.append(state)
                full.append(place)
    while todo:
        chain = todo.pop()
        place, _, weight, _, reached, blocked = chain
        key = (reached, place.code, weight)
        if key in seen:
            continue
        seen.add(key)
        if not blocked:
            name = (place.code, place.unit.year_to)
            known = best.get(name)
            if known is None or (weight, reached) > (known.weight, known.end):
                best[name] = chain
        following = reached if reached in hits else source.skip(reached)
        if blocked and following != reached:
            continue
        if following in hits:
            full.clear()
            for end, entries in hits[following]:
                for weight, place in entries:
                    if weight == SHORT and place in full and end not in hits:
                        continue
                    made = _follow(source, chain, place, weight, following, end)
                    if made is not None:
                        todo.append(made)
                        full.append(place)
    return list(best.values())


def _shortened(source: Source, name: str, end: int) -> int:
    """The end of a full name, one earlier where its last character belongs to the next word; 0 for no name."""
    text = source.text
    if end < len(text):
        if text[end] not in _SHORTENING:
            return end
        if name[-1] == "市" and _CITY_WORD.match(text, end) and end not in source.hits:
            return end - 1 if len(name) > 2 else 0
        if name[-1] in "区县" and _COUNTY_WORD.match(text, end):
            return 0
    return end


def _begin(source: Source, place: Place, weight: int, start: int, end: int) -> Chain | None:
    spelling = source.text[start:end]
    if weight == ALIAS and spelling in NEEDS_PARENT:
        return None
    blocked = False
    if weight >= FORMER:
        end = _shortened(source, spelling, end)
        if not end:
            return None
    elif weight != SHORT:
        return None  # a stem that is no longer in use needs a parent
    else:
        blocked = source.names_something_else(place, end)
    # Of two units of one stem the wider is meant: it contains the other.
    rank = 3 * weight - place.level if weight == SHORT else 3 * weight
    return Chain(place, (Given(place, weight, start, end),), rank, start, end, blocked)


def _follow(source: Source, state: Chain, place: Place, weight: int, start: int, end: int) -> Chain | None:
    """The state after one more name, or None where the two do not agree."""
    deepest = state.place
    if deepest.code in place.within:
        if weight >= FORMER and source.text[end : end + 1] not in _SHORTENING:  # as `_descend`, for most names
            given = (*state.given, Given(place, weight, start, end))
            return Chain(place, given, state.weight + 3 * weight, state.start, end)
        return _descend(source, state, place, weight, start, end)
    if weight < FORMER and not (weight == SHORT and source.skip(end) in source.hits):
        return None
    if place.code == deepest.code or place.code in deepest.within or set(place.targets) == set(deepest.targets):
        end = _shortened(source, source.text[start:end], end)
        if not end:
            return None
        if place.level == deepest.level and place.code == deepest.code and weight > state.given[-1].weight:
            given = (*state.given[:-1], Given(place, weight, start, end))
            rank = state.weight + 3 * (weight - state.given[-1].weight)
            return Chain(place, given, rank, state.start, end)
        if place.level < deepest.level and all(each.place.level != place.level for each in state.given):
            if weight < FORMER:
                return None
            given = (*state.given, Given(place, weight, start, end))
            return Chain(deepest, given, state.weight + 3 * weight, state.start, end)
        return Chain(deepest, state.given, state.weight, state.start, end)
    return None


def _descend(source: Source, state: Chain, place: Place, weight: int, start: int, end: int) -> Chain | None:
    blocked = False
    spelling = source.text[start:end]
    if weight >= FORMER:
        end = _shortened(source, spelling, end)
        if not end:
            return None
    else:
        if place.level == 2 and spelling == state.place.short:
            return None
        blocked = source.names_something_else(place, end)
        if blocked and state.blocked:
            return None
    given = (*state.given, Given(place, weight, start, end))
    return Chain(place, given, state.weight + 3 * weight, state.start, end, blocked)


def _stands_alone(source: Source, chain: Chain) -> bool:
    """Whether one name by itself may be the region, by what it is and where it stands."""
    given = chain.given[0]
    text, start, end = source.text, given.start, given.end
    name = text[start:end]
    if given.weight >= FORMER:
        if chain.place.level < 2:
            return True
        if source.at_start(start):
            return len(name) > 2 or name[-1] == "县" or _ends(text, end)
        if len(name) <= 2:
            return False
        piece = start
        while piece > 0 and start - piece <= 5 and text[piece - 1] not in GAP:
            piece -= 1
        return start - piece <= 4 or LEAD_IN.search(text, max(0, start - 8), start) is not None
    if not source.at_start(start):
        return chain.place.level < 2 and LEAD_IN.search(text, max(0, start - 8), start) is not None
    if chain.place.level < 2:
        return not _ends(text, end) or _more_behind(text, end)
    if len(name) > 2 or not (text[:start] + text[end:]).strip():
        return True
    return _ends(text, end) and _BEFORE_TOWN.match(text, end) is not None


# A stem of two characters by itself is a county only right before a town: 恭城 恭城镇拱辰东路.
_BEFORE_TOWN = re.compile(r"[ ,]+[\u4e00-\u9fff]{1,5}(?:镇|乡|街道)")


def _ends(text: str, end: int) -> bool:
    return end >= len(text) or text[end] in GAP


def _more_behind(text: str, end: int) -> bool:
    """Whether the text goes on behind a lone stem: a stem before a phone may be somebody's name."""
    return end < len(text) and text[end] in " ,、-/" and text[end + 1 : end + 2] not in {"", "\0"}


def _together(source: Source, chains: list[Chain], others: list[Chain]) -> tuple[list[Chain], list[tuple[int, int]]]:
    """What a second chain adds to the best: the wider unit that decides between candidates, or a narrower one."""
    if others[0].given[0].weight < FORMER and len(others[0].given) == 1:
        return chains, []
    span = [(others[0].start, max(c.end for c in others))]
    wider = [c for c in chains if any(o.place.code in c.place.within for o in others)]
    if wider and (len(chains) > 1 or others[0].start < chains[0].start):
        return wider, span
    narrower = [o for o in others if any(c.place.code in o.place.within for c in chains)]
    if narrower and len({o.place.targets for o in narrower}) == 1 and _continues(source, chains[0], narrower[0]):
        joined = narrower[0]
        given = (*chains[0].given, *joined.given)
        weight = chains[0].weight + joined.weight
        made = Chain(joined.place, given, weight, chains[0].start, chains[0].end)
        return [made], span
    same = any(o.place.code == c.place.code for o in others for c in chains)
    if same and (
        len(others[0].given) > 1 or (_ends(source.text, others[0].start - 1) and source.at_start(others[0].start))
    ):
        return chains, span
    return chains, []


def _continues(source: Source, chain: Chain, other: Chain) -> bool:
    """Whether a narrower name stands where a region goes on: at the beginning of a piece, or soon behind."""
    name = source.text[other.start : other.given[0].end]
    if len(name) < 3:
        return False
    return source.at_start(other.start) or 0 <= other.start - chain.end <= 12


def _contradicts(chains: Sequence[Chain], others: Sequence[Chain], source: Source) -> bool:
    """Whether another name right beside the region says something else, as strongly."""
    chain, other = chains[0], others[0]
    if not (len(chain.given) == len(other.given) == 1) or other.weight < chain.weight:
        return False
    if any(
        o.place.code in c.place.within or c.place.code in o.place.within or o.place.code == c.place.code
        for o in others
        for c in chains
    ):
        return False
    first, second = sorted((chain, other), key=lambda c: c.start)
    return source.skip(first.end) == second.start
