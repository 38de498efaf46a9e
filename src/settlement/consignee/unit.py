"""One entry of the catalogue: a province, prefecture or county of GB/T 2260, in use or retired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = ["LEVELS", "Level", "Successor", "Unit", "short_name"]

Level = Literal["province", "prefecture", "county"]

LEVELS: tuple[Level, ...] = ("province", "prefecture", "county")

_AUTONOMOUS = re.compile("自治[区州县旗]$")
# A stem of one character (赵县, 东区) says too little to stand alone; 左旗, 右旗 … belong to the stem.
_ORDINARY = re.compile("(..+?)(?:特别行政区|地区|特区|新区|(?<=神农架)林区|[省市县区盟]|(?<![左右前中后])旗)")
# The peoples that names of autonomous units end with; five are also written without 族 (蒙古自治州).
_PEOPLE = re.compile(
    "(?:(?:蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土"
    "|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|保安|裕固|独龙|鄂温克|各)族"
    "|蒙古|维吾尔|哈萨克|柯尔克孜|锡伯|塔吉克)$",
)
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Successor:
    """A code that took over a unit, or part of its area while it lived on.

    `year` is None for what took over when the unit was retired, else the year in which part of the area
    moved. An old move may name a code that was retired before 2000, which the catalogue does not hold.
    """

    code: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of GB/T 2260 under one name, from the year it was set up until the year it was retired.

    `parent` is None for a province; a county under no prefecture (municipalities, codes xx90xx) hangs on its
    province. `year_to` is None while the unit is in use. A code that changed its name has a unit for each.

    >>> print(Unit("420600", "襄樊市", "prefecture", "420000", 1981, 2010))
    420600 襄樊市 (1981-2010)
    """

    code: str
    name: str
    level: Level
    parent: str | None
    year_from: int
    year_to: int | None = None
    successors: tuple[Successor, ...] = ()

    @property
    def in_use(self) -> bool:
        """Whether the unit has not been retired."""
        return self.year_to is None

    @property
    def short_name(self) -> str:
        """The name as people say it, without 省, 市, 区 …: see the function `short_name`."""
        return short_name(self.name)

    def __str__(self) -> str:
        """Code and name, with the years of a retired unit."""
        return f"{self.code} {self.name}" + ("" if self.in_use else f" ({self.year_from}-{self.year_to})")


@lru_cache(maxsize=8192)
def short_name(name: str) -> str:
    """Return the stem that people say: without 省, 市, 区, 县 …, never shorter than two characters.

    >>> [short_name(name) for name in ("深圳市", "新疆维吾尔自治区", "恭城瑶族自治县", "浦东新区", "赵县")]
    ['深圳', '新疆', '恭城', '浦东', '赵县']
    """
    autonomous = _AUTONOMOUS.search(name)
    if autonomous is None:
        ordinary = _ORDINARY.fullmatch(name)
        return ordinary[1] if ordinary else name
    stem = name[: autonomous.start()]
    while (people := _PEOPLE.search(stem)) and people.start() >= _SHORTEST:
        stem = stem[: people.start()]
    return stem.removesuffix("族") if _PEOPLE.fullmatch(stem) else stem
