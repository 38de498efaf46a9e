"""The stored form of the catalogue, as scripts/build_catalogue.py writes it."""

from __future__ import annotations

import zlib
from dataclasses import fields
from itertools import accumulate
from pathlib import Path

from settlement.consignee.unit import Level, Successor, Unit

__all__ = ["read"]

_DATA = Path(__file__).with_name("gb2260.zlib")
_FIRST_YEAR, _YEARS = 1980, 78  # the years that one printable character of the data can tell

# A frozen class sets its fields one by one and looks up each; for thousands of units that is most of the time.
_CODE_OF, _NAME_OF, _LEVEL_OF, _PARENT_OF, _YEAR_FROM_OF, _YEAR_TO_OF, _SUCCESSORS_OF = (
    vars(Unit)[each.name].__set__ for each in fields(Unit)
)


def read() -> tuple[str, tuple[Unit, ...]]:
    """Return the edition and the units of the bundled file.

    Six lines: edition; codes, each as its distance from the one before; names; a character each for year from
    and year to (`0` is 1980, a space none); successors as codes, with `@year` where a part moved.
    """
    text = zlib.decompress(_DATA.read_bytes()).decode()
    edition, distances, names, years_from, years_to, successors = text.split("\n")
    codes = [str(code) for code in accumulate(map(int, distances.split(",")))]
    known = set(codes)
    years = {chr(ord("0") + year): _FIRST_YEAR + year for year in range(_YEARS)}
    rows = zip(codes, names.split(","), years_from, years_to, successors.split(","), strict=True)
    units: list[Unit] = []
    for code, name, year_from, year_to, named in rows:
        level, parent = _place(code, known)
        unit = object.__new__(Unit)
        _CODE_OF(unit, code)
        _NAME_OF(unit, name)
        _LEVEL_OF(unit, level)
        _PARENT_OF(unit, parent)
        _YEAR_FROM_OF(unit, years[year_from])
        _YEAR_TO_OF(unit, years.get(year_to))
        _SUCCESSORS_OF(unit, tuple(map(_successor, named.split())) if named else ())
        units.append(unit)
    return edition, tuple(units)


def _place(code: str, known: set[str]) -> tuple[Level, str | None]:
    province, prefecture = code[:2] + "0000", code[:4] + "00"
    if code == province:
        return "province", None
    if code == prefecture:
        return "prefecture", province
    return "county", prefecture if prefecture in known else province


def _successor(word: str) -> Successor:
    code, _, year = word.partition("@")
    return Successor(code, int(year) if year else None)
