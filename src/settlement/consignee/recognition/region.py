"""The region of a text: the best chain of names that agree with each other as parent and child.

A chain begins where a name stands and goes on while names follow each other, separators and fillers (市辖区, 其它区)
apart; it may name a level twice, leave one out, or name the wider one behind the narrower. Of all chains the one of
the greatest weight is taken; one that is not unique stays open, with its candidates. Time is linear in the length of
the text: each place is looked up for the few lengths of names that begin with its two characters, and a chain keeps
only states that differ in the unit reached.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.consignee.recognition.aliases import TOWNS_TOO
from settlement.consignee.recognition.around import BEFORE_NAME, COUNTRY, FILLER, FILLER_BEGINS, GAP, LEAD_IN, Source
from settlement.consignee.recognition.gazetteer import FORMER, SHORT
from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.pieces import looks_placed
from settlement.consignee.recognition.walk import Chain, Given, walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from settlement.consignee.recognition.gazetteer import Gazetteer, Names

__all__ = ["Chain", "Given", "Reading", "read_region"]


_UNLABELLED: Final[Mapping[int, str]] = MappingProxyType({})


class Reading(NamedTuple):
    """What the text says about the region: chains of equal weight, and every span that it takes from the text.

    Several chains, or one that means several units in use, leave the region open.
    """

    chains: tuple[Chain, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    rivals: tuple[Chain, ...] = ()


def read_region(text: str, gazetteer: Gazetteer, fields: Mapping[int, str] = _UNLABELLED) -> Reading:
    """Find the region of a text, in which numbers and labels are blanked with NUL.

    `fields` has by the end of each label what it announces. Nothing is corrected and nothing guessed here: see `typos`
    for what may have been meant.
    """
    source = Source(text, gazetteer, fields)
    found = _chains(source)
    if not found:
        return _NOTHING
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
    while text[end : end + 1] in FILLER_BEGINS and (filler := FILLER.match(text, end)) and filler[0][0] not in "县生":
        end = filler.end()  # a form's placeholder for the level that it could not name
    if text.startswith("新区", end) and _names_district(chains[0], end):
        end += 2  # 龙华新区, the zone that 龙华区 was
    spans.append((min([chain.start for chain in chains]), end))
    spans = [(_before_country(text, start), end) for start, end in spans]
    return Reading(tuple(chains), tuple(sorted(set(spans))) if spans[1:] else tuple(spans), rivals)


def _names_district(chain: Chain, end: int) -> bool:
    """Whether a chain ends here with the stem of a district."""
    given = chain.given[-1]
    return given.end == end and given.weight == SHORT and given.place.unit.name[-1] == "区" and given.place.level == 2


def _before_country(text: str, start: int) -> int:
    """Where a region begins with the country's name: 中国|黑龙江大庆."""
    if text[start - 1 : start] == "国":
        for country in COUNTRY:
            if text.endswith(country, 0, start):
                return start - len(country)
    return start


_NOTHING: Final = Reading()


def _chains(source: Source) -> list[list[Chain]]:
    """The chains of a text from left to right, each with those of equal weight."""
    found: list[list[Chain]] = []
    done = 0
    text = source.text
    for start, names in source.hits.items():
        if start < done or not (start == 0 or text[start - 1] in BEFORE_NAME or names.full or _goes_on(source, start)):
            continue
        if not names.full and (
            _is_word(source, start, names) or (source.ends(start + names.ways[0][0]) and source.field(start) == "name")
        ):
            continue
        chains = walk(source, start)
        for chain in chains:
            if chain.end > chain.given[0].end and chain.end > done:
                done = chain.end  # what a chain has passed is not walked again: time stays linear
        chains = [chain for chain in chains if len(chain.given) > 1 or _stands_alone(source, chain)]
        if not chains:
            continue
        top = chains
        if len(chains) > 1:
            heaviest = max([chain.weight for chain in chains])
            top = [chain for chain in chains if chain.weight == heaviest]
        first = top[0]
        if len(first.given) == 1 and first.place.level == 2:
            top = _all_meant(first, chains)
        found.append(top)
        if len(first.given) > 1 or first.given[0].weight >= FORMER:
            done = max(done, *[chain.end for chain in top])
    return found


def _is_word(source: Source, start: int, names: Names) -> bool:
    """Whether one stem stands here that another word begins with: 凤凰|城, 和平|一路."""
    end = start + names.ways[0][0]
    if len(names.ways) > 1 or end in source.hits or end >= len(source.text) or source.text[end] in GAP:
        return False
    return source.goes_on_as_word(end) and source.names_something_else(names.ways[0][1][0][1], end)


def _goes_on(source: Source, start: int) -> bool:
    """Whether a name follows a stem at once; all other stems inside an address are no region: 科技园|长安|路."""
    return any(start + length in source.hits for length, _ in source.hits[start].ways)


def _all_meant(first: Chain, chains: Sequence[Chain]) -> list[Chain]:
    """A county's name by itself means every county that has it, or had it."""
    same = [c for c in chains if len(c.given) == 1 and c.end == first.end and c.place.level == 2]
    known = {c.place.targets: c for c in reversed(same) if c.weight in {first.weight, 3 * FORMER}}
    return [known[targets] for targets in sorted(known)]


# 古县|镇, 西城区|街道: a town that is called as a county elsewhere; 大同|夭乡, 阳泉|曲镇: as it begins.
_SUFFIXED = lazily("镇|乡|街道")
_BEGUN = lazily(r"[\u4e00-\u9fff]?(?:镇|乡|街道)")


def _stands_alone(source: Source, chain: Chain) -> bool:
    """Whether one name by itself may be the region, by what it is and where it stands."""
    given = chain.given[0]
    text, start, end = source.text, given.start, given.end
    name = text[start:end]
    if given.weight >= FORMER:
        if _SUFFIXED.match(text, end):
            return False
        if chain.place.level < 2:
            return True
        if source.at_start(start):
            return len(name) > 2 or name[-1] == "县" or source.ends(end)
        if len(name) <= 2:
            return False
        piece = start
        while piece > 0 and start - piece <= 5 and text[piece - 1] not in GAP:
            piece -= 1
        return start - piece <= 4 or LEAD_IN.search(text, max(0, start - 8), start) is not None
    if _BEGUN.match(text, end):
        return False
    if not source.at_start(start):
        return chain.place.level < 2 and LEAD_IN.search(text, max(0, start - 8), start) is not None
    if chain.place.level < 2:
        goes_on = not source.ends(end) or _more_behind(text, end)
        return goes_on or (chain.place.level == 0 and _apart(source, start, end))
    if len(name) > 2 or (_before_own(text, end, name) and _only_city(source, chain)):
        return True
    return source.ends(end) and (_BEFORE_TOWN.match(text, end) is not None or not (text[:start] + text[end:]).strip())


# A stem of two characters by itself is a county only right before a town: 恭城 恭城镇拱辰东路.
_BEFORE_TOWN = lazily(r"[ ,]+[\u4e00-\u9fff]{1,5}(?:镇|乡|街道)")
# And a city right before its town, or a zone that only units have: 义乌|佛堂镇, 昆山|经济技术开发区.
_OF_A_CITY = lazily(
    r"[\u4e00-\u9fff]{2,4}(?:镇|乡|街道)(?!\d)"
    r"|(?:国家级|省级)?(?:经济|高新|技术|产业|科技|综合){1,4}(?:开发区|园区|区)|(?:经开|高新|综保|保税)区"
)
# Zones that towns have too: 昆山|工业园, but 龙泉|工业园 may be anywhere.
_OF_A_TOWN_TOO = lazily("开发区|新区|(?:工业|产业|科技)?园区|工业园")


def _more_behind(text: str, end: int) -> bool:
    """Whether the text goes on behind a lone stem: a stem before a phone may be somebody's name."""
    return end < len(text) and text[end] in " ,、-/" and text[end + 1 : end + 2] not in {"", "\0"}


def _before_own(text: str, end: int, name: str) -> bool:
    """Whether a town or a zone stands behind a stem that is the city's above it."""
    return _OF_A_CITY.match(text, end) is not None or (
        name not in TOWNS_TOO and _OF_A_TOWN_TOO.match(text, end) is not None
    )


def _only_city(source: Source, chain: Chain) -> bool:
    """Whether a stem means one county-level city and nothing else, in use or retired."""
    if chain.place.unit.name[-1] != "市":
        return False
    meant = source.hits[chain.start].ways[0][1]
    return all(place.targets == chain.place.targets for _, place in meant)


def _apart(source: Source, start: int, end: int) -> bool:
    """Whether a province's stem, a piece by itself, is the address: labelled, alone, above a line, or behind a name.

    A stem right before a phone may be somebody's name, and so may be one behind an address.
    """
    text = source.text
    if source.field(start) == "address":
        return True
    if text[end : end + 1] == "\n" and text[end + 1 : end + 2] not in {"", "\0"}:
        return True
    before = text[:start].strip(_BLANK)
    if not before:
        return not text[end:].strip(_BLANK) and "\0" not in text
    return not looks_placed(before)


_BLANK: Final = "".join(GAP)


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
    begun = others[0].start
    if same and (len(others[0].given) > 1 or begun == 0 or source.text[begun - 1] in GAP):
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
    if len(chain.given) != len(other.given) or other.weight < chain.weight:
        return False
    if any(
        o.place.code in c.place.within or c.place.code in o.place.within or o.place.code == c.place.code
        for o in others
        for c in chains
    ):
        return False
    first, second = sorted((chain, other), key=lambda c: c.start)
    return source.skip(first.end) == second.start
