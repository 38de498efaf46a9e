"""Every way in which people write a unit of the catalogue, as one table from spelling to units.

A unit is found by its full name, by its stem (深圳), by the forms between the two (恭城县 for 恭城瑶族自治县), by a
contraction (阜蒙县), and by the names it had since 2000. A stem of one character (赵县) never stands for its unit,
and generic old names (新区, 郊区, 城区, 矿区, 市区 …) are left out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from settlement.consignee.catalogue import Catalogue, catalogue
from settlement.consignee.recognition.aliases import ALIASES, ONCE_COUNTIES
from settlement.consignee.unit import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        for unit, spelling, weight in self._handed_down():
            found[spelling] = (*found.get(spelling, ()), (weight, spelling, unit))
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

    def _handed_down(self) -> Iterator[tuple[Unit, str, int]]:
        """The names that need more than the unit's own: 昆山县 of before 2000, 阜新市|蒙古族自治县."""
        for unit in self.book.units:
            name, stem = unit.name, unit.name[:-1]
            if unit.year_to is not None or unit.level != "county":
                continue
            if name[-1] in "市区" and stem in _ONCE.get(unit.code[:2], ()):
                yield unit, stem + "县", FORMER
            elif name.endswith("自治县") and unit.parent:
                above = self.book.get(unit.parent)
                if name.startswith(above.short_name):
                    yield unit, above.name + name.removeprefix(above.short_name), FULL + MIDDLE  # two names in one

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


_ONCE: Final = {province: frozenset(stems.split()) for province, stems in ONCE_COUNTIES.items()}
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
    """The forms between a full name and its stem: 恭城县 and 恭城瑶族县, 管城区, 浦东区, 香港特区."""
    if name.endswith(("自治县", "自治州", "自治旗")):
        yield stem + name[-1]
        yield stem + name[-3:]
        yield name.replace("自治", "")
    elif name.endswith("族区"):
        yield short_name(name[:-1] + "自治区") + "区"
    elif name.endswith("新区") and unit.level == "county":
        yield stem + "区"
    elif name.endswith("特别行政区"):
        yield stem + "特区"


@cache
def gazetteer() -> Gazetteer:
    """The spellings of the bundled catalogue; made when first asked for, then shared."""
    return Gazetteer(catalogue())
