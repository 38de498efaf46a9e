"""Write the bundled catalogue of regions from data/gb2260.csv; with --check, say whether it is up to date.

    python scripts/build_catalogue.py            writes src/settlement/consignee/gb2260.zlib
    python scripts/build_catalogue.py --check    fails when the committed file holds other data

The columns of the csv are code, name, from, to (empty: in use) and successors: codes between `;`, with
`[year]` where the unit lived on and a part of its area moved in that year. The source names no successors of
dissolved prefectures (忻州地区 …); they are derived here from those of their counties. --check compares the
data, not the compressed bytes: builds of zlib compress differently.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "data" / "gb2260.csv"
TARGET = ROOT / "src" / "settlement" / "consignee" / "gb2260.zlib"

EDITION = "2026-04"
COUNTS = {"province": 34, "prefecture": 333, "county": 2847}  # in use at the edition
LIMIT = 40_000  # bytes of the bundled file
FIRST_YEAR = 1980

_SUCCESSOR = re.compile(r"([0-9]{6})(?:\[([0-9]{4})\])?")


@dataclass(slots=True)
class Row:
    """A row of the source: a code under one name, from a year to a year."""

    code: str
    name: str
    year_from: int
    year_to: int | None
    successors: list[tuple[str, int | None]] = field(default_factory=list)

    @property
    def level(self) -> str:
        """Province, prefecture or county, by the zeros at the code's end."""
        return "province" if self.code.endswith("0000") else "prefecture" if self.code.endswith("00") else "county"


class Source:
    """The rows of the source, and what became of each."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.by_code: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            self.by_code[row.code].append(row)

    def at(self, code: str, year: int) -> Row | None:
        """Return the row that had a code after the changes of a year."""
        rows = (row for row in self.by_code.get(code, ()) if row.year_from <= year)
        return next((row for row in rows if row.year_to is None or row.year_to > year), None)

    def followers(self, row: Row) -> list[Row | None]:
        """Return what took a retired row over; None where the source has no such row."""
        if row.year_to is None:
            return []
        named = [self.at(code, row.year_to) for code, year in row.successors if year is None]
        renamed = self.at(row.code, row.year_to)
        return named or ([renamed] if renamed else [])

    def counties(self, code: str) -> list[Row]:
        """Return the rows, of all years, of the counties whose codes begin like this one."""
        return [row for row in self.rows if row.code[:4] == code[:4] and row.level == "county"]

    def successors_of_prefecture(self, row: Row) -> list[str]:
        """Return what a dissolved prefecture's counties became: a whole prefecture where they filled it."""
        year = row.year_to or 0
        counties = [county for county in self.counties(row.code) if county.year_to == year]
        became = {follower.code for county in counties for follower in self.followers(county) if follower}
        found: set[str] = set()
        for code in became:
            prefecture = self.at(code[:4] + "00", year)
            filled = became.issuperset(c.code for c in self.counties(code) if self.at(c.code, year))
            found.add(prefecture.code if prefecture and filled else code)
        return sorted(found)


def read() -> Source:
    """Read the source and derive the successors of dissolved prefectures."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        source = Source([_row(record) for record in csv.DictReader(file)])
    for row in source.rows:
        if row.level == "prefecture" and row.year_to is not None and not source.followers(row):
            row.successors = [(code, None) for code in source.successors_of_prefecture(row)]
    return source


def _row(record: dict[str, str]) -> Row:
    successors: list[tuple[str, int | None]] = []
    for word in filter(None, record["successors"].split(";")):
        match = _SUCCESSOR.fullmatch(word)
        if match is None:
            sys.exit(f"{record['code']}: cannot read the successor {word!r}")
        successors.append((match[1], int(match[2]) if match[2] else None))
    year_to = int(record["to"]) if record["to"] else None
    return Row(record["code"], record["name"], int(record["from"]), year_to, successors)


def problems(source: Source) -> list[str]:
    """Say what in the source contradicts itself or the edition."""
    found: list[str] = []
    keys = [(row.code, row.year_from) for row in source.rows]
    if keys != sorted(set(keys)):
        found.append("the rows are not in the order of code and year, or one stands twice")
    for code, rows in source.by_code.items():
        ends = [row.year_to for row in rows]
        if ends[:-1] != [row.year_from for row in rows[1:]]:
            found.append(f"{code}: its years have a gap or overlap")
        if not re.fullmatch("[1-9][0-9]{5}", code) or code[:2] + "0000" not in source.by_code:
            found.append(f"{code}: not a code, or its province is missing")
    for row in source.rows:
        followers = source.followers(row)
        if row.year_to is not None and (not followers or None in followers):
            found.append(f"{row.code} {row.name}: what took it over in {row.year_to} is missing")
        if not row.name or set(row.name) & set(", \n"):
            found.append(f"{row.code}: its name {row.name!r} cannot be written")
    for level, count in COUNTS.items():
        in_use = sum(row.level == level and row.year_to is None for row in source.rows)
        if in_use != count:
            found.append(f"{in_use} units of level {level} are in use, not {count}")
    return found


def text(source: Source) -> str:
    """Return the text that `settlement.consignee.catalogue` reads: a line for each column."""
    rows = source.rows
    codes = [int(row.code) for row in rows]
    lines = (
        EDITION,
        ",".join(str(code - before) for before, code in pairwise([0, *codes])),
        ",".join(row.name for row in rows),
        "".join(_year(row.year_from) for row in rows),
        "".join(" " if row.year_to is None else _year(row.year_to) for row in rows),
        ",".join(" ".join(f"{c}@{y}" if y else c for c, y in row.successors) for row in rows),
    )
    return "\n".join(lines)


def _year(year: int) -> str:
    return chr(ord("0") + year - FIRST_YEAR)


def main() -> int:
    """Write or check the bundled file; 1 where it is out of date or the source is not sound."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the file differs")
    parser.add_argument("--output", type=Path, default=TARGET, help="the file, if not the bundled one")
    arguments = parser.parse_args()
    output: Path = arguments.output
    source = read()
    if found := problems(source):
        print(*found, sep="\n", file=sys.stderr)
        return 1
    made = text(source)
    if arguments.check:
        if not output.exists() or zlib.decompress(output.read_bytes()).decode() != made:
            print(f"{output.name} is out of date: run python scripts/build_catalogue.py", file=sys.stderr)
            return 1
        return 0
    packed = zlib.compress(made.encode(), 9)
    if len(packed) >= LIMIT:
        print(f"{len(packed)} bytes are more than the {LIMIT} that the package may carry", file=sys.stderr)
        return 1
    output.write_bytes(packed)
    print(f"{output.name}: {len(source.rows)} units, {len(packed)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
