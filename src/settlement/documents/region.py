"""Regions: paths from the whole world downwards, and the lookup of the most specific rule (contract §1).

China is written by GB/T 2260 codes of 6 digits or statistical town codes of 9 or 12; trailing zeros mean the wider
region. Elsewhere a region is spelled out: `US/CA/94103`. Hong Kong, Macau and Taiwan have codes of both kinds, which
mean the same: `HK` is 810000, and `TW/100` lies in 710000. Nothing here consults the catalogue of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Generic, TypeVar

__all__ = ["ISO_IN_CHINA", "NEW_AREA", "Region", "RegionTable", "contains", "path"]

#: Regions of China that ISO 3166-1 gives a country's code, which address forms of other countries send.
ISO_IN_CHINA: Final = MappingProxyType({"HK": "810000", "MO": "820000", "TW": "710000"})
#: 雄安新区: in use by its own offices and carriers though not in GB/T 2260; three counties of 保定市 (130600).
NEW_AREA: Final = "133100"
_NEW_AREA_COUNTIES = frozenset({"130629", "130632", "130638"})

_CODE = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?", re.ASCII)
_ELSEWHERE = re.compile(r"[A-Z]{2}(?:/[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?){0,6}", re.ASCII)
_OUTSIDE_MAINLAND = frozenset({"71", "81", "82"})

#: The spelling of a region as a document has it.
Region = str

Rule = TypeVar("Rule")


@lru_cache(maxsize=8192)
def path(region: str) -> tuple[str, ...]:
    """The path of a region, the world first; its last element is the region's one canonical spelling.

    Raises `ValueError` for anything that is not a region.

    >>> path("440305")
    ('*', 'CN', 'CN/mainland', '440000', '440300', '440305')
    >>> path("440300000")[-1], path("810000"), path("US/CA/94103")
    ('440300', ('*', 'CN', '810000'), ('*', 'US', 'US/CA', 'US/CA/94103'))
    >>> path("HK"), path("TW/100")
    (('*', 'CN', '810000'), ('*', 'CN', '710000', 'TW/100'))
    """
    if _CODE.fullmatch(region):
        return _chinese(region)
    if region == "*":
        return ("*",)
    if region == "CN/mainland":
        return ("*", "CN", "CN/mainland")
    if not _ELSEWHERE.fullmatch(region) or (region.startswith("CN") and region != "CN"):
        msg = "not a region"
        raise ValueError(msg)
    parts = region.split("/")
    nodes = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    if parts[0] in ISO_IN_CHINA:
        return ("*", "CN", ISO_IN_CHINA[parts[0]], *nodes[1:])
    return ("*", *nodes)


def _chinese(code: str) -> tuple[str, ...]:
    nodes = ["*", "CN"] if code[:2] in _OUTSIDE_MAINLAND else ["*", "CN", "CN/mainland"]
    digits = code.ljust(12, "0")
    for begin, end in ((0, 2), (2, 4), (4, 6), (6, 9), (9, 12)):
        if digits[begin:end].strip("0"):
            nodes.append(digits[:end].ljust(6, "0"))
    if digits[:6] in _NEW_AREA_COUNTIES:
        nodes.insert(nodes.index("130600") + 1, NEW_AREA)
    elif NEW_AREA in nodes:
        nodes.insert(nodes.index(NEW_AREA), "130600")
    return tuple(nodes)


def contains(wider: str, narrower: str) -> bool:
    """Whether `narrower` lies in `wider`, or is it.

    >>> contains("CN", "810000"), contains("CN/mainland", "810000")
    (True, False)
    """
    return path(wider)[-1] in path(narrower)


class RegionTable(Generic[Rule]):
    """Rules by region; looking one up costs the depth of the address, however many regions there are.

    >>> table = RegionTable({"CN/mainland": "default", "440000": "广东"})
    >>> table.nearest("440305"), table.nearest("110101"), table.nearest("810000")
    (('440000', '广东'), ('CN/mainland', 'default'), None)
    """

    __slots__ = ("_rules",)

    def __init__(self, rules: Mapping[str, Rule] | Iterable[tuple[str, Rule]]) -> None:
        pairs = rules.items() if isinstance(rules, Mapping) else rules
        self._rules: dict[str, tuple[str, Rule]] = {path(region)[-1]: (region, rule) for region, rule in pairs}

    def nearest(self, region: str) -> tuple[str, Rule] | None:
        """The most specific rule that contains the region, with its region as the document spells it."""
        return next(self.matches(region), None)

    def matches(self, region: str) -> Iterator[tuple[str, Rule]]:
        """Every rule that contains the region, the most specific first."""
        rules = self._rules
        return (rules[node] for node in reversed(path(region)) if node in rules)
