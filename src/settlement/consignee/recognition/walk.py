"""The ways through a text from the name that begins at one place: each name agrees with those before it.

A way goes on while names follow each other, separators and fillers (市辖区, 其它区) apart; it may name a level twice,
leave one out, or name the wider one behind the narrower. Of the ways to one unit only the best is kept, so that time
stays linear in the length of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.consignee.recognition.aliases import NEEDS_PARENT
from settlement.consignee.recognition.gazetteer import ALIAS, FORMER, SHORT, Place
from settlement.consignee.recognition.lazily import lazily

if TYPE_CHECKING:
    from settlement.consignee.recognition.around import Source
    from settlement.consignee.recognition.gazetteer import Entries, Names

__all__ = ["Chain", "Given", "walk"]

# 深圳|市民中心, 东方|市场: the last character of the name belongs to the next word.
_CITY_WORD = lazily(
    r"场|民中|民广|民公|民服|民之|民大|政[府公工]|中心|立|郊|容|花[园鱼]|一中|二中|级|区(?![\u4e00-\u9fff]{0,3}[县区])"
)
_COUNTY_WORD = lazily(r"域|间|别|委|公所|位(?=图)")
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


def walk(source: Source, start: int) -> list[Chain]:
    """Every chain that begins at a place, the best for each unit that it reaches."""
    hits = source.hits
    if (whole := _straight(source, start)) is not None:
        if (whole.end if whole.end in hits else source.skip(whole.end)) not in hits:
            return [whole]
        todo = [whole]
    else:
        todo = _beginnings(source, start)
    best: dict[tuple[str, int | None], Chain] = {}
    seen: set[tuple[int, str, int]] = set()
    while todo:
        chain = todo.pop()
        deepest, _, rank, _, reached, blocked = chain
        code = deepest.code
        key = (reached, code, rank)
        if key in seen:
            continue
        seen.add(key)
        if not blocked:
            name = (code, deepest.unit.year_to)
            known = best.get(name)
            if known is None or (rank, reached) > (known.weight, known.end):
                best[name] = chain
        following = reached
        if reached not in hits and (blocked or (following := source.skip(reached)) not in hits):
            continue
        todo += _further(source, chain, following)
    return list(best.values())


def _straight(source: Source, start: int) -> Chain | None:
    """The chain of names that lead straight down, where nothing else can be meant: 广东省|深圳市|南山区.

    None where a name has several meanings or ends, a stem begins another word, or there is but one name: then every
    way is tried.
    """
    hits, text = source.hits, source.text
    given: list[Given] = []
    shorter: list[int] = []
    rank, where, end = 0, start, start
    deepest: Place | None = None
    several = False  # a name has another meaning, of less weight, from which a way may go on
    while where in hits:
        ways = hits[where].ways
        length, entries = ways[0]
        weight, place, rival, upper = 0, None, 0, 2
        for each, meant in entries:
            if deepest is None or deepest.code in meant.within:
                upper = min(upper, meant.level)
                if each > weight:
                    weight, place, rival = each, meant, weight
                elif each > rival:
                    rival = each
        if place is None:
            if several:
                return None
            break
        if rival == weight:
            return None
        several = several or (rival > 0 and upper < 2)
        end = where + length
        if end < len(text) and text[end] in _SHORTENING:
            return None
        if weight < FORMER and (
            weight != SHORT
            or len(ways) > 1
            or source.names_something_else(place, end)
            or (deepest is not None and place.level == 2 and text[where:end] == deepest.short)
        ):
            return None
        if deepest is None:
            if weight == ALIAS:
                return None
            rank = 3 * weight - place.level if weight == SHORT else 3 * weight
        else:
            rank += 3 * weight
        shorter = [where + each for each, _ in ways[1:]] if len(ways) > 1 else []
        for size, stems in ways[1:]:
            if where + size in hits and _leads(stems, hits[where + size]):
                return None
        given.append(Given(place, weight, where, end))
        deepest = place
        where = end if end in hits else source.skip(end)
    if len(given) < 2:
        return None
    for each in shorter:
        if source.skip(each) != each:
            return None
    return Chain(given[-1].place, tuple(given), rank, start, end)


def _leads(entries: Entries, names: Names) -> bool:
    """Whether one of the units may be written above one that the names mean: 青岛|市北区, but not 深圳|市南."""
    codes = {place.code for _, place in entries}
    return any(not codes.isdisjoint(place.within) for _, below in names.ways for _, place in below)


def _beginnings(source: Source, start: int) -> list[Chain]:
    """The chains of one name that begin at a place."""
    hits = source.hits
    found: list[Chain] = []
    places: list[Place] = []
    for length, entries in hits[start].ways:
        end = start + length
        for weight, place in entries:
            if weight == SHORT and place in places and end not in hits:
                continue  # 深圳 of 深圳市, but not 青岛 of 青岛市北区
            if (state := _begin(source, place, weight, start, end)) is not None:
                found.append(state)
                places.append(place)
    return found


def _further(source: Source, chain: Chain, following: int) -> list[Chain]:
    """The chains that go on from one with the names at a place."""
    hits = source.hits
    deepest = chain.place
    code, above, current = deepest.code, deepest.within, deepest.current
    found: list[Chain] = []
    places: list[Place] = []
    for length, entries in hits[following].ways:
        end = following + length
        for weight, place in entries:
            if code not in place.within and code != place.code and place.code not in above:
                if current and place.current:
                    continue  # most names are of other places
                if weight < FORMER and weight != SHORT:
                    continue
            if weight == SHORT and place in places and end not in hits:
                continue
            made = _follow(source, chain, place, weight, following, end)
            if made is not None:
                found.append(made)
                places.append(place)
    return found


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
        if blocked and state.blocked and end not in source.hits:
            return None
    given = (*state.given, Given(place, weight, start, end))
    return Chain(place, given, state.weight + 3 * weight, state.start, end, blocked)
