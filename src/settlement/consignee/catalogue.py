"""The regions of China by code and name: what a picker lists, and what a retired code means now.

The data is bundled, compressed, and read on first use; importing this module reads nothing. It holds the
units of GB/T 2260 that are in use at `Catalogue.edition` and those retired since 2000, down to counties;
towns are no part of it. Sources: NOTICE.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeVar

from settlement.consignee.search import Findable, split
from settlement.consignee.stored import read
from settlement.consignee.unit import LEVELS, Level, Unit
from settlement.documents.region import ISO_IN_CHINA, NEW_AREA
from settlement.documents.written import numbered
from settlement.errors import UnknownRegion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Catalogue", "Option", "UnknownRegion", "catalogue"]

_CODE = re.compile(r"([0-9]{6})(?:000)?(?:000)?")  # a statistical code with trailing zeros is the wider unit

Key = TypeVar("Key")


class Option(TypedDict):
    """An entry of a front end's cascading picker; the last level has no `children`."""

    value: str
    label: str
    children: NotRequired[list[Option]]


@dataclass(frozen=True, eq=False, repr=False)
class Catalogue:
    """The units of one edition of GB/T 2260, retired ones included. Take `Catalogue.bundled()`.

    `units` is in the order of codes, and within a code in the order of years: a code that changed its name
    has a unit for each. A code is 6 digits, or 9 or 12 that end in zeros, and means its last unit; a method
    that also takes a unit can be asked about one of earlier years.

    >>> regions = Catalogue.bundled()
    >>> regions.full_name("440305")
    '广东省 深圳市 南山区'
    >>> [str(unit) for unit in regions.successors("371200")]
    ['370116 莱芜区', '370117 钢城区']
    """

    edition: str
    units: tuple[Unit, ...]

    @classmethod
    def bundled(cls) -> Catalogue:
        """Return the catalogue that comes with the library; the first call reads it, later ones share it.

        >>> Catalogue.bundled()
        <Catalogue 2026-04: 34 provinces, 333 prefectures, 2847 counties in use>
        """
        return catalogue()

    def get(self, code: str) -> Unit:
        """Return the unit of a code, in use or retired.

        Raises `UnknownRegion`, a `LookupError`, for a code that GB/T 2260 does not have or that was retired
        before 2000, and for towns.

        >>> print(Catalogue.bundled().get("330103"))
        330103 下城区 (1983-2021)
        """
        return self.history(code)[-1]

    def history(self, code: str) -> tuple[Unit, ...]:
        """Return every unit that had the code, the oldest first. Raises `UnknownRegion` as `get` does.

        >>> print(*Catalogue.bundled().history("420600"), sep="; ")
        420600 襄樊市 (1981-2010); 420600 襄阳市
        """
        units = self._by_code.get(_unit_code(code) or "")
        if units is None:
            raise UnknownRegion(code)
        return units

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and (_unit_code(code) or "") in self._by_code

    def is_in_use(self, code: str) -> bool:
        """Whether the code is one of the edition; False for a retired or unknown one.

        >>> [Catalogue.bundled().is_in_use(code) for code in ("330113", "330103", "999999")]
        [True, False, False]
        """
        return code in self and self.get(code).in_use

    @property
    def counts(self) -> dict[Level, int]:
        """How many units of each level are in use.

        >>> Catalogue.bundled().counts
        {'province': 34, 'prefecture': 333, 'county': 2847}
        """
        in_use = [unit.level for unit in self.units if unit.in_use]
        return {level: in_use.count(level) for level in LEVELS}

    def name(self, code: str) -> str:
        """Return the unit's own name. Raises `UnknownRegion` as `get` does.

        >>> Catalogue.bundled().name("440305")
        '南山区'
        """
        return self.get(code).name

    def path_names(self, code: str | Unit) -> tuple[str, ...]:
        """Return the names from the province down to the unit; a retired unit under its names of that time.

        A municipality and a county that its province governs directly have no prefecture between. Raises
        `UnknownRegion` as `get` does.

        >>> Catalogue.bundled().path_names("429004"), Catalogue.bundled().path_names("371202")
        (('湖北省', '仙桃市'), ('山东省', '莱芜市', '莱城区'))
        """
        if code == NEW_AREA:
            return "河北省", "雄安新区"
        return tuple(unit.name for unit in self.path_of(code if isinstance(code, Unit) else self.get(code)))

    def full_name(self, code: str | Unit) -> str:
        """Return `path_names` as one text, separated by a space.

        >>> Catalogue.bundled().full_name("110105")
        '北京市 朝阳区'
        """
        return " ".join(self.path_names(code))

    def children(self, code: str | None = None) -> tuple[Unit, ...]:
        """Return the units in use right below a code, in the order of codes; the provinces for None.

        Below a province stand prefectures and the counties that it governs directly; below a municipality its
        counties. Empty for a county, a retired unit, 710000, 810000 and 820000, and for the prefectures
        without counties (东莞, 中山, 儋州, 嘉峪关). Raises `UnknownRegion` as `get` does.

        >>> [unit.name for unit in Catalogue.bundled().children("460000")][:5]
        ['海口市', '三亚市', '三沙市', '儋州市', '五指山市']
        """
        return self._children.get(None if code is None else self.get(code).code, ())

    def search(self, text_or_code: str, *, limit: int | None = None) -> tuple[Unit, ...]:
        """Find units by the first digits of a code, by name, short form, part of a name, or full name.

        Several words, such as `"浙江 临平"`, name the unit last and the units above it before. Units in use
        come before retired ones; within each, whole names and short forms before beginnings, and these before
        parts of names; then wider units before narrower, then smaller codes. No text finds nothing. At most
        `limit` units are returned.

        >>> [str(unit) for unit in Catalogue.bundled().search("襄樊")]
        ['420600 襄樊市 (1981-2010)']
        >>> [unit.code for unit in Catalogue.bundled().search("深圳南山")]
        ['440305']
        """
        words = split(text_or_code)
        if not words:
            return ()
        if len(words) == 1 and words[0].isascii() and words[0].isdigit():
            prefix = _unit_code(words[0]) or words[0]
            found = [(0, entry.unit) for entry in self._entries if entry.unit.code.startswith(prefix)]
        else:
            ranks = ((entry.rank(words), entry.unit) for entry in self._entries)
            found = [(rank, unit) for rank, unit in ranks if rank is not None]
        found.sort(key=lambda hit: (not hit[1].in_use, hit[0], LEVELS.index(hit[1].level), hit[1].code))
        return tuple(unit for _, unit in found[:limit])

    def successors(self, code: str | Unit) -> tuple[Unit, ...]:
        """Return the units in use that a code or an earlier unit stands for now, in the order of codes.

        A unit in use stands for itself. A retired one stands for those that took it over when it was retired,
        and for theirs in turn. A part that had moved elsewhere before (a `Successor` with a year) no longer
        belonged to it and does not count, nor does a part that moved on later. Raises `UnknownRegion` as
        `get` does.

        >>> [unit.name for unit in Catalogue.bundled().successors("330104")]
        ['上城区', '钱塘区']
        """
        unit = code if isinstance(code, Unit) else self.get(code)
        if unit.year_to is None:
            return (unit,)
        found: set[Unit] = set()
        for successor in unit.successors:
            follower = self._at(successor.code, unit.year_to)
            if successor.year is None and follower is not None:
                found.update(self.successors(follower))
        if not found and (follower := self._at(unit.code, unit.year_to)):  # renamed, and kept its code
            return self.successors(follower)
        return tuple(sorted(found, key=lambda unit: unit.code))

    def successor_regions(self, code: str) -> tuple[str, ...]:
        """Return the regions in use that a region of a rulebook means now, as region strings.

        A retired code gives the codes of its `successors`. Every other region gives itself as it is spelled:
        a code in use, a region elsewhere, a town (also of a retired county: how towns were renumbered is not
        known here), and a code that the catalogue does not have. Nothing is raised; `in` tells what is known.

        >>> regions = Catalogue.bundled()
        >>> regions.successor_regions("130521"), regions.successor_regions("440305000")
        (('130502', '130503'), ('440305000',))
        >>> regions.successor_regions("US/CA"), regions.successor_regions("CN/mainland")
        (('US/CA',), ('CN/mainland',))
        """
        if code not in self or self.is_in_use(code):
            return (code,)
        return tuple(unit.code for unit in self.successors(code)) or (code,)

    def cascade(self) -> list[Option]:
        """Return the units in use as nested options for a front end's cascading picker.

        Each is `{"value": code, "label": name, "children": […]}`; where there is nothing below, `children` is
        left out. The lists are the caller's own.

        >>> Catalogue.bundled().cascade()[0]["children"][0]
        {'value': '110101', 'label': '东城区'}
        """
        return self._options(None)

    def cascade_json(self) -> str:
        """Return `cascade` as compact JSON, the same text every time.

        >>> Catalogue.bundled().cascade_json()[:55]
        '[{"value":"110000","label":"北京市","children":[{"value":"'
        """
        return json.dumps(self.cascade(), ensure_ascii=False, separators=(",", ":"))

    def __repr__(self) -> str:
        province, prefecture, county = self.counts.values()
        counts = ", ".join(
            (
                numbered(province, "province"),
                numbered(prefecture, "prefecture"),
                numbered(county, "county", "counties"),
            )
        )
        return f"<Catalogue {self.edition}: {counts} in use>"

    def _options(self, code: str | None) -> list[Option]:
        options: list[Option] = []
        for unit in self._children.get(code, ()):
            option = Option(value=unit.code, label=unit.name)
            if unit.code in self._children:
                option["children"] = self._options(unit.code)
            options.append(option)
        return options

    def _at(self, code: str, year: int) -> Unit | None:
        """Return the unit that had the code after the changes of a year."""
        units = (u for u in self._by_code.get(code, ()) if u.year_from <= year)
        return next((unit for unit in units if unit.year_to is None or unit.year_to > year), None)

    def path_of(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that contain this one, from the province down to it, as they were in its last year."""
        if unit.parent is None:
            return (unit,)
        parent = None if unit.year_to is None else self._at(unit.parent, unit.year_to - 1)
        return (*self.path_of(parent or self.get(unit.parent)), unit)

    @cached_property
    def _by_code(self) -> Mapping[str, tuple[Unit, ...]]:
        return _grouped((unit.code, unit) for unit in self.units)

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[Unit, ...]]:
        return _grouped((unit.parent, unit) for unit in self.units if unit.in_use)

    @cached_property
    def _entries(self) -> tuple[Findable, ...]:
        return tuple(Findable.of(self.path_of(unit)) for unit in self.units)


@cache
def catalogue() -> Catalogue:
    """Return the bundled catalogue: `Catalogue.bundled()`.

    >>> catalogue() is Catalogue.bundled()
    True
    """
    return Catalogue(*read())


def _unit_code(region: str) -> str | None:
    match = _CODE.fullmatch(region)
    return match[1] if match else ISO_IN_CHINA.get(region)


def _grouped(pairs: Iterable[tuple[Key, Unit]]) -> dict[Key, tuple[Unit, ...]]:
    groups: dict[Key, list[Unit]] = {}
    for key, unit in pairs:
        groups.setdefault(key, []).append(unit)
    return {key: tuple(units) for key, units in groups.items()}
