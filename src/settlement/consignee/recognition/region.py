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

from settlement.consignee.recognition.gazetteer import (
    ALIAS,
    FORMER,
    FULL,
    KEPT,
    MIDDLE,
    NEEDS_PARENT,
    SHORT,
    Gazetteer,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Chain", "Given", "Reading", "read_region"]

Entries = tuple[tuple[int, Place], ...]

_GAP: Final = frozenset(" \n\t\0,;。|.、:/\\-—_·~()[]【】{}<>《》\"'“”‘’*+=→#")
_FILLER = re.compile(
    r"市辖区|市辖县|省直辖县级行政区划|自治区直辖县级行政区划|省直辖县级行政单位|省直辖行政单位|省直辖县|直辖县级|直辖县"
    r"|其它区县|其他区县|其它区|其他区|其它市|其他市|城区以外的其他区|县(?=[\u4e00-\u9fff]{2,6}[县区])"
)
_SHORTEST_FILLER = frozenset("市省自直其城县")
_COUNTRY: Final = ("中国", "中华人民共和国", "中國", "China")

# What makes of a stem the name of something else: 中山路, 朝阳门, 上海城, 吉林大学.
_OTHER: Final = re.compile(
    r"[东南西北中前后新老上下内外]{0,2}(?:路|街|大道|大街|道\d|胡同|巷|弄|高速|快速|环线|立交|地铁|轻轨|专线|公路)"
    r"|镇|乡|村|屯|庄|里(?!塘)|新村|新城|新苑|家园|花园|花苑|广场|公园|小区|山庄|公寓|大厦|大楼|大酒店|酒店|宾馆|饭店|饭馆|餐厅"
    r"|国际|商城|商场|商厦|市场|超市|集团|公司|有限|银行|保险|证券|大学|学院|中学|小学|高中|初中|一中|二中|职业|师范|医院|机场"
    r"|火车站|高铁|汽车站|客运|车站|[东南西北]?站|港口|码头|大桥|大坝|水库|风景|景区|度假|博物|图书|体育|电视|电力|建材|时代|明珠"
    r"|人家|春天|名都|故事|印象|制药|科技|人寿|[城门桥堡寺庙苑府庭厦院馆店楼号寨坊塔阁湾湖河江山岭坡沟洲岛滩]"
    r"|之[家心窗门星光]|[一二三四五六七八九十0-9]+[号路街巷村组里]|[A-Za-z0-9]"
)
# 福鼎|山前街道 and 义乌|江东街道: a town's own name may begin so.
_TOWN = re.compile(r"(?![路街镇乡村里站])[\u4e00-\u9fff]{1,4}(?:镇|乡|街道|苏木)(?!\d)")
# 深圳|市民中心, 东方|市场: the last character of the name belongs to the next word.
_CITY_WORD = re.compile(r"场|民中|民广|民公|民服|民之|民大|政[府公工]|中心|立|郊|容|花[园鱼]|一中|二中|级|区(?![\u4e00-\u9fff]{0,3}[县区])")
_COUNTY_WORD = re.compile(r"域|间|别|委|公所|位(?=图)")
_LEAD_IN = re.compile(r"(?:位于|寄到|寄往|发到|发往|送到|送往|寄至|快递|在|到|于|至|往|是|址|国)$")


class Given(NamedTuple):
    """A name that stands in the text: the unit, its level, how it is written, and where."""

    place: Place
    weight: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A way through the text: the unit reached, the names given (by level), the weight, and the span."""

    place: Place
    given: tuple[Given, ...]
    weight: int
    start: int
    end: int

    @property
    def lone(self) -> bool:
        """Whether only one name was given."""
        return len(self.given) == 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text says about the region: chains of equal weight, and every span that it takes from the text.

    Several chains, or one that means several units in use, leave the region open.
    """

    chains: tuple[Chain, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    rivals: tuple[Chain, ...] = ()


class _Text:
    """A text with the names that begin at each place, looked up when they are asked for."""

    __slots__ = ("blocks", "gazetteer", "hits", "text")

    def __init__(self, text: str, gazetteer: Gazetteer) -> None:
        self.text = text
        self.gazetteer = gazetteer
        lengths, spellings = gazetteer.lengths.get, gazetteer.spellings.get
        hits: dict[int, list[tuple[int, Entries]]] = {}
        for place in range(len(text) - 1):
            if known := lengths(text[place : place + 2]):
                for length in known:
                    if entries := spellings(text[place : place + length]):
                        hits.setdefault(place, []).append((place + length, entries))
        self.hits = hits

    def skip(self, place: int) -> int:
        """The next place that is no separator and no filler."""
        text, size = self.text, len(self.text)
        while place < size:
            character = text[place]
            if character in _GAP:
                place += 1
            elif character in _SHORTEST_FILLER and place not in self.hits and (found := _FILLER.match(text, place)):
                place = found.end()
            elif character == "中" and text.startswith("中国", place):
                place += 2
            else:
                break
        return place

    def names_something_else(self, end: int) -> bool:
        """Whether a stem that ends here is part of another word: a road, a company, a town."""
        text = self.text
        if end >= len(text) or text[end] in _GAP:
            return False
        return _OTHER.match(text, end) is not None and _TOWN.match(text, end) is None

    def at_start(self, place: int) -> bool:
        """Whether a piece of the text begins here."""
        if place == 0 or self.text[place - 1] in _GAP:
            return True
        return any(self.text.endswith(word, 0, place) for word in _COUNTRY)


def read_region(text: str, gazetteer: Gazetteer) -> Reading:
    """Find the region of a text; numbers and labels are blanked with NUL.

    Nothing is corrected and nothing guessed here: see `typos` for what may have been meant.
    """
    source = _Text(text, gazetteer)
    found = _chains(source)
    if not found:
        return Reading()
    best = max(range(len(found)), key=lambda index: (found[index][0].weight, -index))
    chains, spans = found[best], []
    for index, others in enumerate(found):
        if index != best:
            chains, used = _together(source, chains, others)
            spans += used
    # chains of one weight may end at different places only where one is a mere repetition
    end = max(c.end for c in chains)
    while (filler := _FILLER.match(text, end)) and filler[0] != "县":
        end = filler.end()  # a form's placeholder for the level that it could not name
    spans.append((min(c.start for c in chains), end))
    rivals = tuple(
        others[0] for index, others in enumerate(found) if index != best and _contradicts(chains, others, source)
    )
    return Reading(tuple(chains), tuple(sorted(set(spans))), rivals)


def _chains(source: _Text) -> list[list[Chain]]:
    """The chains of a text from left to right, each with those of equal weight."""
    found: list[list[Chain]] = []
    done = 0
    for start in source.hits:
        if start < done:
            continue
        chains = _walk(source, start)
        repeated = max((chain.end for chain in chains if chain.end > chain.given[0].end), default=0)
        done = max(done, repeated)  # what a chain has passed is not walked again: time stays linear
        chains = [chain for chain in chains if not chain.lone or _stands_alone(source, chain)]
        if not chains:
            continue
        heaviest = max(chain.weight for chain in chains)
        top = [chain for chain in chains if chain.weight == heaviest]
        if top[0].lone and top[0].place.level == 2:  # noqa: PLR2004
            top = _all_meant(source, top[0], chains)
        found.append(top)
        if not top[0].lone or top[0].given[0].weight >= FORMER:
            done = max(done, *(chain.end for chain in top))
    return found


def _all_meant(source: _Text, first: Chain, chains: Sequence[Chain]) -> list[Chain]:
    """A county's name by itself means every county that has it, or had it."""
    same = [c for c in chains if c.lone and c.end == first.end and c.place.level == 2]  # noqa: PLR2004
    known = {c.place.targets: c for c in reversed(same) if c.weight == first.weight or c.weight == FORMER}
    return [known[targets] for targets in sorted(known)]


class _State(NamedTuple):
    place: Place
    given: tuple[Given, ...]
    weight: int
    end: int
    blocked: bool  # the last name is a stem that only a full child's name may follow


def _walk(source: _Text, start: int) -> list[Chain]:
    """Every chain that begins at a place, the best for each unit that it reaches."""
    hits = source.hits
    best: dict[tuple[str, bool], Chain] = {}
    seen: set[tuple[int, str, int]] = set()
    todo: list[_State] = []
    for end, entries in hits[start]:
        for weight, place in entries:
            if (state := _begin(source, place, weight, start, end)) is not None:
                todo.append(state)
    while todo:
        state = todo.pop()
        place = state.place
        key = (state.end, place.code, state.weight)
        if key in seen:
            continue
        seen.add(key)
        if not state.blocked:
            name = (place.code, place.unit.in_use)
            known = best.get(name)
            if known is None or (state.weight, state.end) > (known.weight, known.end):
                best[name] = Chain(place, state.given, state.weight, start, state.end)
        following = source.skip(state.end)
        if state.blocked and following != state.end:
            continue
        for end, entries in hits.get(following, ()):
            spelling = source.text[following:end]
            for weight, next_place in entries:
                made = _follow(source, state, next_place, weight, following, end, spelling)
                if made is not None:
                    todo.append(made)
    return list(best.values())


def _shortened(source: _Text, name: str, end: int) -> int:
    """The end of a full name, one earlier where its last character belongs to the next word; 0 for no name."""
    text = source.text
    if end < len(text):
        if name[-1] == "市" and _CITY_WORD.match(text, end) and end not in source.hits:
            return end - 1 if len(name) > 2 else 0  # noqa: PLR2004
        if name[-1] in "区县" and _COUNTY_WORD.match(text, end):
            return 0
    return end


def _begin(source: _Text, place: Place, weight: int, start: int, end: int) -> _State | None:
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
        blocked = source.names_something_else(end)
    # Of two units of one stem the wider is meant: it contains the other.
    rank = 3 * weight - place.level if weight == SHORT else 3 * weight
    return _State(place, (Given(place, weight, start, end),), rank, end, blocked)


def _follow(
    source: _Text, state: _State, place: Place, weight: int, start: int, end: int, spelling: str
) -> _State | None:
    """The state after one more name, or None where the two do not agree."""
    deepest = state.place
    within = place.within
    if deepest.code in within:
        return _descend(source, state, place, weight, start, end, spelling)
    if weight < FORMER and not (weight == SHORT and source.skip(end) in source.hits):
        return None
    if place.code == deepest.code or place.code in deepest.within or set(place.targets) == set(deepest.targets):
        end = _shortened(source, spelling, end)
        if not end or state.blocked:
            return None
        if place.level == deepest.level and place.code == deepest.code and weight > state.given[-1].weight:
            given = (*state.given[:-1], Given(place, weight, start, end))
            rank = state.weight + 3 * (weight - state.given[-1].weight)
            return _State(place, given, rank, end, False)
        if place.level < deepest.level and all(each.place.level != place.level for each in state.given):
            if weight < FORMER:
                return None
            given = (*state.given, Given(place, weight, start, end))
            return _State(deepest, given, state.weight + 3 * weight, end, False)
        return _State(deepest, state.given, state.weight, end, False)
    return None


def _descend(
    source: _Text, state: _State, place: Place, weight: int, start: int, end: int, spelling: str
) -> _State | None:
    if state.blocked and weight < FORMER:
        return None
    blocked = False
    if weight >= FORMER:
        end = _shortened(source, spelling, end)
        if not end:
            return None
    else:
        if place.level == 2 and spelling == state.place.unit.short_name:  # noqa: PLR2004 - 通化 in 通化 is itself
            return None
        blocked = source.names_something_else(end)
    given = (*state.given, Given(place, weight, start, end))
    return _State(place, given, state.weight + 3 * weight, end, blocked)


def _stands_alone(source: _Text, chain: Chain) -> bool:
    """Whether one name by itself may be the region, by what it is and where it stands."""
    given = chain.given[0]
    text, start, end = source.text, given.start, given.end
    name = text[start:end]
    if given.weight >= FORMER:
        if chain.place.level < 2:  # noqa: PLR2004
            return True
        if source.at_start(start):
            return len(name) > 2 or name[-1] == "县" or _ends(text, end)  # noqa: PLR2004
        if len(name) <= 2:  # noqa: PLR2004
            return False
        piece = start
        while piece > 0 and start - piece <= 5 and text[piece - 1] not in _GAP:  # noqa: PLR2004
            piece -= 1
        return start - piece <= 4 or _LEAD_IN.search(text, max(0, start - 8), start) is not None  # noqa: PLR2004
    if not source.at_start(start):
        return chain.place.level < 2 and _LEAD_IN.search(text, max(0, start - 8), start) is not None  # noqa: PLR2004
    if chain.place.level < 2:  # noqa: PLR2004
        return not _ends(text, end) or _more_behind(text, end)
    if len(name) > 2:  # noqa: PLR2004
        return True
    return _ends(text, end) and _BEFORE_TOWN.match(text, end) is not None


# A stem of two characters by itself is a county only right before a town: 恭城 恭城镇拱辰东路.
_BEFORE_TOWN = re.compile(r"[ ,]+[\u4e00-\u9fff]{1,5}(?:镇|乡|街道)")


def _ends(text: str, end: int) -> bool:
    return end >= len(text) or text[end] in _GAP


def _more_behind(text: str, end: int) -> bool:
    """Whether the text goes on behind a lone stem: a stem before a phone may be somebody's name."""
    return end < len(text) and text[end] in " ,、-/" and text[end + 1 : end + 2] not in {"", "\0"}


def _together(
    source: _Text, chains: list[Chain], others: list[Chain]
) -> tuple[list[Chain], list[tuple[int, int]]]:
    """What a second chain adds to the best: the wider unit that decides between candidates, or a narrower one."""
    if others[0].given[0].weight < FORMER and others[0].lone:
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
    if same and (not others[0].lone or _ends(source.text, others[0].start - 1) and source.at_start(others[0].start)):
        return chains, span
    return chains, []


def _continues(source: _Text, chain: Chain, other: Chain) -> bool:
    """Whether a narrower name stands where a region goes on: at the beginning of a piece, or soon behind."""
    name = source.text[other.start : other.given[0].end]
    if len(name) < 3:  # noqa: PLR2004
        return False
    return source.at_start(other.start) or 0 <= other.start - chain.end <= 12  # noqa: PLR2004


def _contradicts(chains: Sequence[Chain], others: Sequence[Chain], source: _Text) -> bool:
    """Whether another name right beside the region says something else, as strongly."""
    chain, other = chains[0], others[0]
    if not (chain.lone and other.lone) or other.weight < chain.weight:
        return False
    if any(o.place.code in c.place.within or c.place.code in o.place.within or o.place.code == c.place.code
           for o in others for c in chains):
        return False
    first, second = sorted((chain, other), key=lambda c: c.start)
    return source.skip(first.end) == second.start


def kept(spelling: str) -> bool:
    """Whether a zone's name stays a part of the address although it tells the region."""
    return spelling in KEPT
