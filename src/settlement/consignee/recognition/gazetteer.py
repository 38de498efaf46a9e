"""Every way in which people write a unit of the catalogue, as one table from spelling to units.

A unit is found by its full name, by its stem (深圳), by the forms between the two (恭城县 for 恭城瑶族自治县), by a
contraction (阜蒙县), and by the names it had since 2000. A stem of one character (赵县) never stands for its unit,
and generic old names (新区, 郊区, 城区, 矿区, 市区 …) are left out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from settlement.consignee.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from settlement.consignee.unit import Unit

__all__ = ["ALIAS", "FORMER", "FORMER_SHORT", "FULL", "MIDDLE", "SHORT", "Gazetteer", "Place", "gazetteer"]

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


class Place:
    """A unit as recognition sees it.

    `targets` are the codes in use that it means, `within` those that may be written above it: its parents, and the
    parents of what it means today. For a retired unit both are made when they are first asked for.
    """

    __slots__ = ("_book", "code", "level", "short", "targets", "unit", "within")

    targets: tuple[str, ...]
    within: tuple[str, ...]

    def __init__(self, unit: Unit, short: str, book: Catalogue) -> None:
        self.unit = unit
        self.short = short
        code = self.code = unit.code
        parent = unit.parent
        self.level = 0 if parent is None else 1 if unit.level == "prefecture" else 2
        self._book = book
        if unit.year_to is None:
            self.targets = (code,)
            self.within = () if parent is None else (parent,) if parent[2:] == "0000" else (parent[:2] + "0000", parent)

    def __getattr__(self, name: str) -> tuple[str, ...]:
        book = self._book
        if name == "targets":
            self.targets = tuple(each.code for each in book.successors(self.unit))
        elif name == "within":
            codes = [each.code for each in book._path(self.unit)[:-1]]  # noqa: SLF001 - a friend of the catalogue
            for code in self.targets:
                codes += [each.code for each in book._path(book.get(code))[:-1]]  # noqa: SLF001
            self.within = tuple(dict.fromkeys(codes))
        else:
            raise AttributeError(name)
        made: tuple[str, ...] = getattr(self, name)
        return made


class Gazetteer:
    """Spellings, and for two characters the lengths of the spellings that begin with them."""

    __slots__ = ("_paths", "book", "lengths", "places", "spellings")

    def __init__(self, book: Catalogue) -> None:
        self.book = book
        self._paths: dict[str, tuple[Unit, ...]] = {}
        self.places: dict[str, Place] = {}
        found: dict[str, list[tuple[int, Place]]] = {}
        for unit in book.units:
            short = unit.short_name
            place = Place(unit, short, book)
            if unit.in_use:
                self.places[unit.code] = place
            elif (len(unit.name) == 2 and unit.name[1] == "区") or unit.name in _GENERIC:
                continue
            for weight, spelling in _spellings(unit, short):
                found.setdefault(spelling, []).append((weight, place))
        for spelling, code in ALIASES.items():
            weight = ALIAS if spelling[-1] in "区县旗州盟" else SHORT
            found.setdefault(spelling, []).append((weight, self.places[code]))
        self.spellings: dict[str, tuple[tuple[int, Place], ...]] = {
            spelling: tuple(entries) for spelling, entries in found.items()
        }
        lengths: dict[str, set[int]] = {}
        for spelling in self.spellings:
            lengths.setdefault(spelling[:2], set()).add(len(spelling))
        self.lengths = {pair: tuple(sorted(known, reverse=True)) for pair, known in lengths.items()}

    def path(self, code: str) -> tuple[Unit, ...]:
        """The units from the province down to a code in use."""
        found = self._paths.get(code)
        if found is None:
            found = self._paths[code] = self.book._path(self.book.get(code))  # noqa: SLF001
        return found

    def children(self, code: str) -> tuple[Place, ...]:
        """The units in use right below a code."""
        return tuple(self.places[unit.code] for unit in self.book.children(code))


_GENERIC: Final = frozenset({"市郊区", "市辖区", "市区", "郊区", "开发区", "中沙群岛的岛礁及其海域"})


def _spellings(unit: Unit, stem: str) -> list[tuple[int, str]]:
    name, in_use = unit.name, unit.in_use
    found = [(FULL if in_use else FORMER, name)]
    if len(stem) < 2 or stem == name:
        return found
    # A county that shares the stem of its prefecture (通化县 in 通化市) is never meant by the stem.
    found.append((SHORT if in_use else FORMER_SHORT, stem))
    if not in_use:
        return found
    middle = None
    if name.endswith(("自治县", "自治州", "自治旗")):
        middle = stem + name[-1]
        if (whole := name.replace("自治", "")) != middle:
            found.append((MIDDLE, whole))
    elif name.endswith("新区") and unit.level == "county":
        middle = stem + "区"
    elif name.endswith(("地区", "特别行政区", "林区")):
        middle = {"特别行政区": stem + "特区", "林区": None}.get(name.removeprefix(stem))
    if middle is not None and middle != name:
        found.append((MIDDLE, middle))
    return found


@cache
def gazetteer() -> Gazetteer:
    """The spellings of the bundled catalogue; made when first asked for, then shared."""
    return Gazetteer(catalogue())
