"""Every way in which people write a unit of the catalogue, as one table from spelling to units.

A unit is found by its full name, by its stem (深圳), by the forms between the two (恭城县 for 恭城瑶族自治县), by a
contraction (阜蒙县), and by the names it had since 2000. A stem of one character (赵县) never stands for its unit,
and generic old names (新区, 郊区, 城区, 矿区, 市区 …) are left out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from settlement.consignee.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from settlement.consignee.unit import Unit

__all__ = [
    "ALIAS",
    "FORMER",
    "FORMER_SHORT",
    "FULL",
    "MIDDLE",
    "SHORT",
    "Entries",
    "Gazetteer",
    "Names",
    "Place",
    "gazetteer",
]

# How a spelling names a unit, as the weight that it has in the choice between readings.
FULL: Final = 10
MIDDLE: Final = 9
ALIAS: Final = 8
FORMER: Final = 7
SHORT: Final = 4
FORMER_SHORT: Final = 2

#: Contractions and names in use that are not made of a unit's own name: spelling -> code.
ALIASES: Final[Mapping[str, str]] = {
    "内蒙": "150000",
    "新疆自治区": "650000",
    "广西自治区": "450000",
    "宁夏自治区": "640000",
    "西藏自治区": "540000",
    "阜蒙县": "210921",
    "喀左县": "211324",
    "前郭县": "220721",
    "杜蒙县": "230624",
    "达茂旗": "150223",
    "莫旗": "150722",
    "鄂温克旗": "150724",
    "科左中旗": "150521",
    "科左后旗": "150522",
    "科右前旗": "152221",
    "科右中旗": "152222",
    "察右前旗": "150926",
    "察右中旗": "150927",
    "察右后旗": "150928",
    "土左旗": "150121",
    "土右旗": "150221",
    "东乌旗": "152525",
    "西乌旗": "152526",
    "克旗": "150425",
    "锡盟": "152500",
    "巴州": "652800",
    "博州": "652700",
    "克州": "653000",
    "察县": "654022",
    "塔县": "653131",
    "双江县": "530925",
    "积石山县": "622927",
    "雨花区": "320114",
    "浦东区": "310115",
    "雄安新区": "130600",
    "苏州工业园区": "320500",
    "加格达奇区": "232700",
    "松岭区": "232700",
    "新林区": "232700",
    "呼中区": "232700",
}
#: Aliases that say something only below the unit itself is known by: 雨花区 alone is a district of 长沙.
NEEDS_PARENT: Final = frozenset({"雨花区", "松岭区", "新林区", "呼中区", "克旗", "莫旗", "察县", "塔县"})
#: Zones that stand below their prefecture as a district does, without a code of GB/T 2260: they name the district.
ZONES: Final = frozenset({"加格达奇区", "松岭区", "新林区", "呼中区"})
#: Zones that are known to lie in a prefecture, and whose name stays a part of the address.
KEPT: Final = frozenset({"雄安新区", "苏州工业园区"})


# 塔城地区 and 阿勒泰地区 are prefectures of their own, and parts of 伊犁州: people write it above them.
_OF_ILI: Final = frozenset({"6542", "6543"})

Entries: TypeAlias = "tuple[tuple[int, Place], ...]"
Unmet: TypeAlias = "tuple[tuple[int, str, Unit], ...]"


class Place:
    """A unit as recognition sees it.

    `targets` are the codes in use that it means, `within` those that may be written above it: its parents, and the
    parents of what it means today. For a retired unit both are made when they are first asked for.
    """

    __slots__ = ("_book", "code", "current", "level", "short", "targets", "unit", "within")

    targets: tuple[str, ...]
    within: tuple[str, ...]

    def __init__(self, unit: Unit, short: str, book: Catalogue) -> None:
        self.unit = unit
        self.short = short
        code = self.code = unit.code
        parent = unit.parent
        self.level = 0 if parent is None else 1 if unit.level == "prefecture" else 2
        self._book = book
        self.current = unit.year_to is None
        if self.current:
            self.targets = (code,)
            self.within = () if parent is None else (parent,) if parent[2:] == "0000" else (parent[:2] + "0000", parent)
            if code[:4] in _OF_ILI:
                self.within = (*self.within, "654000")

    def __getattr__(self, name: str) -> tuple[str, ...]:
        book = self._book
        if name == "targets":
            self.targets = tuple(each.code for each in book.successors(self.unit))
        elif name == "within":
            codes = [each.code for each in book.path_of(self.unit)[:-1]]
            for code in self.targets:
                codes += [each.code for each in book.path_of(book.get(code))[:-1]]
            self.within = tuple(dict.fromkeys(codes))
        else:
            raise AttributeError(name)
        made: tuple[str, ...] = getattr(self, name)
        return made


class Names:
    """The names that begin where one spelling stands: by their length, it and those that it begins with.

    `full` says that one of them is more than a stem.
    """

    __slots__ = ("full", "ways")

    def __init__(self, ways: tuple[tuple[int, Entries], ...]) -> None:
        self.ways = ways
        self.full = any(weight >= FORMER for _, entries in ways for weight, _ in entries)


class Gazetteer:
    """Spellings, the characters that they begin with, and for two of them the lengths of the spellings that begin so.

    What a spelling means is made when it is first met: a tuple of weights and units until then, its `Names` from then
    on.
    """

    __slots__ = ("_levels", "_paths", "_places", "book", "firsts", "lengths", "spellings")

    spellings: dict[str, Names | Unmet]

    def __init__(self, book: Catalogue) -> None:
        self.book = book
        self._paths: dict[str, tuple[Unit, ...]] = {}
        self._levels: dict[str, tuple[tuple[int, Unit], ...]] = {}
        self._places: dict[tuple[str, int], Place] = {}
        found: dict[str, Unmet] = {}
        for unit in book.units:
            name = unit.name
            if unit.year_to is not None and ((len(name) == 2 and name[1] == "区") or name in _GENERIC):
                continue
            for entry in _spellings(unit):
                spelling = entry[1]
                if spelling in found:
                    found[spelling] += (entry,)
                else:
                    found[spelling] = (entry,)
        for spelling, code in ALIASES.items():
            entry = (ALIAS if spelling[-1] in "区县旗州盟" else SHORT, spelling, book.get(code))
            found[spelling] = (*found.get(spelling, ()), entry)
        self.spellings = found  # type: ignore[assignment]  # lists of entries while it is built
        lengths: dict[str, tuple[int, ...]] = {}
        for spelling in sorted(found, key=len, reverse=True):
            known = lengths.get(spelling[:2], ())
            if len(spelling) not in known:
                lengths[spelling[:2]] = (*known, len(spelling))
        self.lengths = lengths
        self.firsts = frozenset(pair[0] for pair in lengths)

    def meet(self, spelling: str, entries: Unmet) -> Names:
        """What a spelling means, and those that it begins with, kept for the next time."""
        ways = [(len(spelling), tuple([(weight, self.place(unit)) for weight, _, unit in entries]))]
        for size in range(len(spelling) - 1, 1, -1):
            shorter = self.names(spelling[:size])
            if shorter is not None:
                ways += shorter.ways
                break
        met = self.spellings[spelling] = Names(tuple(ways))
        return met

    def names(self, spelling: str) -> Names | None:
        """The names that begin where a spelling stands; None where it is none."""
        entries = self.spellings.get(spelling)
        return self.meet(spelling, entries) if isinstance(entries, tuple) else entries

    def place(self, unit: Unit) -> Place:
        """The one place of a unit."""
        key = (unit.code, unit.year_from)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = Place(unit, unit.short_name, self.book)
        return found

    @property
    def places(self) -> Iterator[Place]:
        """Every unit in use."""
        return (self.place(unit) for unit in self.book.units if unit.in_use)

    def path(self, code: str) -> tuple[Unit, ...]:
        """The units from the province down to a code in use."""
        found = self._paths.get(code)
        if found is None:
            found = self._paths[code] = self.book.path_of(self.book.get(code))
        return found

    def levels(self, code: str) -> tuple[tuple[int, Unit], ...]:
        """The units from the province down to a code in use, each with its level."""
        found = self._levels.get(code)
        if found is None:
            found = self._levels[code] = tuple([(self.place(unit).level, unit) for unit in self.path(code)])
        return found

    def children(self, code: str) -> tuple[Place, ...]:
        """The units in use right below a code."""
        return tuple(self.place(unit) for unit in self.book.children(code))


_PLAIN_END: Final = frozenset("省市区县盟")  # 深圳市: the stem is what stands before, as `short_name` finds it
_GENERIC: Final = frozenset({"市郊区", "市辖区", "市区", "郊区", "开发区", "中沙群岛的岛礁及其海域"})


def _spellings(unit: Unit) -> Unmet:
    name = unit.name
    in_use = unit.year_to is None
    full, short = (FULL, SHORT) if in_use else (FORMER, FORMER_SHORT)
    if len(name) == 3 and name[2] in _PLAIN_END:
        return (full, name, unit), (short, name[:2], unit)
    stem = unit.short_name
    if len(stem) < 2 or stem == name:
        return ((full, name, unit),)
    if not in_use:
        return (full, name, unit), (short, stem, unit)
    middle = [
        (MIDDLE, spelling, unit)
        for spelling in dict.fromkeys(_between(unit, name, stem))
        if spelling not in {name, stem}
    ]
    return (full, name, unit), (short, stem, unit), *middle


def _between(unit: Unit, name: str, stem: str) -> Iterator[str]:
    """The forms between a full name and its stem: 恭城县 and 恭城瑶族县, 浦东区, 香港特区."""
    if name.endswith(("自治县", "自治州", "自治旗")):
        yield stem + name[-1]
        yield name.replace("自治", "")
    elif name.endswith("新区") and unit.level == "county":
        yield stem + "区"
    elif name.endswith("特别行政区"):
        yield stem + "特区"


@cache
def gazetteer() -> Gazetteer:
    """The spellings of the bundled catalogue; made when first asked for, then shared."""
    return Gazetteer(catalogue())
