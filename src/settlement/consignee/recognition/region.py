"""The region of a text: the best chain of names that agree with each other as parent and child.

A chain begins where a name stands and goes on while names follow each other, separators and fillers (市辖区, 其它区)
apart; it may name a level twice, leave one out, or name the wider one behind the narrower. Of all chains the one of
the greatest weight is taken; one that is not unique stays open, with its candidates. Time is linear in the length of
the text: each place is looked up for the few lengths of names that begin with its two characters, and a chain keeps
only states that differ in the unit reached.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

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


_GAP: Final = frozenset(" \n\t\0,;。|.、:/\\-—_·~()[]【】{}<>《》\"'“”‘’*+=→#")
_FILLER = re.compile(
    r"市辖区|市辖县|省直辖县级行政区划|自治区直辖县级行政区划|省直辖县级行政单位|省直辖行政单位|省直辖县|直辖县级|直辖县"
    r"|其它区县|其他区县|其它区|其他区|其它市|其他市|城区以外的其他区|县(?=[\u4e00-\u9fff]{2,6}[县区])"
)
_SHORTEST_FILLER = frozenset("市省自直其城县")
_BEFORE_NAME: Final = _GAP | frozenset("于到往递在至是址国a")  # the last of a lead-in or of the country's name
_COUNTRY: Final = ("中国", "中华人民共和国", "中國", "China")

# What makes of a stem the name of something else: 中山路, 朝阳门, 上海城, 吉林大学.
_OTHER_ENDS: Final = frozenset(
    "镇乡村屯庄城门桥堡寺庙苑府庭厦院馆店楼号寨坊塔阁湾湖河江山岭坡沟洲岛滩站市区县旗盟州縣區鎮鄉門橋"
)
_OTHER_WORDS: Final = frozenset(
    (
        "新村 新城 新苑 家园 花园 花苑 广场 公园 小区 公寓 大厦 大楼 大酒店 酒店 宾馆 饭店 饭馆 "
        "餐厅 国际 商城 商场 商厦 超市 集团 公司 有限 银行 保险 证券 大学 学院 中学 小学 高中 "
        "初中 一中 二中 职业 师范 医院 机场 火车站 高铁 汽车站 客运 车站 港口 码头 大桥 大坝 水库 "
        "风景 景区 度假 博物 图书 体育 电视 电力 建材 时代 明珠 人家 春天 名都 故事 印象 制药 "
        "科技 人寿 之家 之心 之窗 之门 之星 之光 "
    ).split()
)
_OTHER_BEGINS: Final = frozenset(word[0] for word in _OTHER_WORDS)
_ROAD: Final = re.compile(
    r"[东南西北中前后新老上下内外]{0,2}(?:路|街|大道|大街|道[0-9]|胡同|巷|弄|高速|快速|环线|立交|地铁|轻轨|专线|公路)"
    r"|里(?!塘)|[东南西北]站|[一二三四五六七八九十0-9]+[号路街巷村组里]|[A-Za-z0-9]"
)
# 罗城|仫佬候自治县: the stem of a name whose rest is mistyped.
_AUTONOMOUS = re.compile(r"[\u4e00-\u9fff]{1,8}自治[县旗州区縣區]")
# 福鼎|山前街道 and 义乌|江东街道: a town's own name may begin so.
_TOWN = re.compile(r"(?![路街镇乡村里站市区县旗盟州縣區鎮鄉])[\u4e00-\u9fff]{1,4}(?:镇|乡|街道|苏木)(?!\d)")
# 深圳|市民中心, 东方|市场: the last character of the name belongs to the next word.
_CITY_WORD = re.compile(
    r"场|民中|民广|民公|民服|民之|民大|政[府公工]|中心|立|郊|容|花[园鱼]|一中|二中|级|区(?![\u4e00-\u9fff]{0,3}[县区])"
)
_COUNTY_WORD = re.compile(r"域|间|别|委|公所|位(?=图)")
_SHORTENING: Final = frozenset("场民政中立郊容花一二级区域间别委公位")
_LEAD_IN = re.compile(r"(?:位于|寄到|寄往|发到|发往|送到|送往|寄至|快递|在|到|于|至|往|是|址|国)$")


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


class _Text:
    """A text with the names that begin at each place, looked up when they are asked for."""

    __slots__ = ("gazetteer", "hits", "text")

    def __init__(self, text: str, gazetteer: Gazetteer) -> None:
        self.text = text
        self.gazetteer = gazetteer
        spellings = gazetteer.spellings.get
        hits: dict[int, list[tuple[int, Entries]]] = {}
        size = len(text)
        pairs = map(operator.add, text, text[1:])
        for place, known in enumerate(map(gazetteer.lengths.get, pairs)):
            if known:
                for length in known:
                    end = place + length
                    entries = spellings(text[place:end])
                    if entries is None or end > size:
                        continue
                    if not isinstance(entries, list):
                        entries = gazetteer.meet(text[place:end], entries)
                    if place in hits:
                        hits[place].append((end, entries))
                    else:
                        hits[place] = [(end, entries)]
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

    def names_something_else(self, place: Place, end: int) -> bool:
        """Whether a stem that ends here is part of another word: a road, a company, a town, a mistyped name."""
        text = self.text
        if end >= len(text) or text[end] in _GAP:
            return False
        first = text[end]
        if (
            first in _OTHER_ENDS
            or (first in _OTHER_BEGINS and any(text[end : end + size] in _OTHER_WORDS for size in (2, 3)))
            or _ROAD.match(text, end) is not None
        ):
            return _TOWN.match(text, end) is None
        return "自治" in place.unit.name and _AUTONOMOUS.match(text, end) is not None

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
    while text[end : end + 1] in _SHORTEST_FILLER and (filler := _FILLER.match(text, end)) and filler[0] != "县":
        end = filler.end()  # a form's placeholder for the level that it could not name
    spans.append((min([chain.start for chain in chains]), end))
    return Reading(tuple(chains), tuple(sorted(set(spans))) if len(spans) > 1 else tuple(spans), rivals)


def _chains(source: _Text) -> list[list[Chain]]:
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


def _may_begin(source: _Text, start: int, names: list[tuple[int, Entries]]) -> bool:
    """Whether a chain can begin here; most stems inside an address are told at a glance: 科技园|长安|路."""
    if start == 0 or source.text[start - 1] in _BEFORE_NAME:
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


def _walk(source: _Text, start: int) -> list[Chain]:
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
        following = source.skip(reached)
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


def _shortened(source: _Text, name: str, end: int) -> int:
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


def _begin(source: _Text, place: Place, weight: int, start: int, end: int) -> Chain | None:
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


def _follow(source: _Text, state: Chain, place: Place, weight: int, start: int, end: int) -> Chain | None:
    """The state after one more name, or None where the two do not agree."""
    deepest = state.place
    if deepest.code in place.within:
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


def _descend(source: _Text, state: Chain, place: Place, weight: int, start: int, end: int) -> Chain | None:
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


def _stands_alone(source: _Text, chain: Chain) -> bool:
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
        while piece > 0 and start - piece <= 5 and text[piece - 1] not in _GAP:
            piece -= 1
        return start - piece <= 4 or _LEAD_IN.search(text, max(0, start - 8), start) is not None
    if not source.at_start(start):
        return chain.place.level < 2 and _LEAD_IN.search(text, max(0, start - 8), start) is not None
    if chain.place.level < 2:
        return not _ends(text, end) or _more_behind(text, end)
    if len(name) > 2 or not (text[:start] + text[end:]).strip():
        return True
    return _ends(text, end) and _BEFORE_TOWN.match(text, end) is not None


# A stem of two characters by itself is a county only right before a town: 恭城 恭城镇拱辰东路.
_BEFORE_TOWN = re.compile(r"[ ,]+[\u4e00-\u9fff]{1,5}(?:镇|乡|街道)")


def _ends(text: str, end: int) -> bool:
    return end >= len(text) or text[end] in _GAP


def _more_behind(text: str, end: int) -> bool:
    """Whether the text goes on behind a lone stem: a stem before a phone may be somebody's name."""
    return end < len(text) and text[end] in " ,、-/" and text[end + 1 : end + 2] not in {"", "\0"}


def _together(source: _Text, chains: list[Chain], others: list[Chain]) -> tuple[list[Chain], list[tuple[int, int]]]:
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


def _continues(source: _Text, chain: Chain, other: Chain) -> bool:
    """Whether a narrower name stands where a region goes on: at the beginning of a piece, or soon behind."""
    name = source.text[other.start : other.given[0].end]
    if len(name) < 3:
        return False
    return source.at_start(other.start) or 0 <= other.start - chain.end <= 12


def _contradicts(chains: Sequence[Chain], others: Sequence[Chain], source: _Text) -> bool:
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
