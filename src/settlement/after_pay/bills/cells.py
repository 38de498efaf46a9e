"""Cells of a bill's file, read one by one: what is wrong is collected, each with its line and its column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, Final, NamedTuple

from settlement.after_pay.bills.bill import Bill, BillRow
from settlement.documents.problems import expect
from settlement.errors import InvalidDocument, Problem
from settlement.money import DECIMALS, Money, excerpt, money_of, unknown_currency

__all__ = ["BEIJING", "MAX_BYTES", "Cells", "FileRow", "decoded", "numbered"]

#: What is read at most of a file, and of what a zip unpacks to.
MAX_BYTES: Final = 1 << 28
BEIJING: Final = timedelta(hours=8)
_AMOUNT: Final = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,10}))?", re.ASCII)
_CLOCK: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) +([0-9]{2}):([0-9]{2}):([0-9]{2})", re.ASCII)


class FileRow(NamedTuple):
    """A row of a file: its line from 1, and its cells by the names of the columns."""

    line: int
    cells: Mapping[str, str]


def decoded(data: bytes | str, title: str) -> str:
    """A file's text: UTF-8, else GBK, without a byte order mark. Raises `InvalidDocument` (`bill.encoding`)."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    expect("data", data, bytes)
    if len(data) > MAX_BYTES:
        raise InvalidDocument([Problem("", "bill.size", {"limit": MAX_BYTES})], title)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidDocument([Problem("", "bill.encoding")], title)


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers; only a line feed ends one, whatever a name holds."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip("\r\t \ufeff"):
            yield number, line.strip("\r\ufeff")


class Cells:
    """Reads cells and keeps what is wrong; `rows` are the rows read so far."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.problems: list[Problem] = []
        self.rows: list[BillRow] = []

    def wrong(self, line: int, column: str, code: str, **facts: Any) -> None:
        """Note a problem at a line and, where it is of one, a column."""
        self.problems.append(Problem(f"line {line}, {column}" if column else f"line {line}", code, facts))

    def header(self, line: int, names: Sequence[str], needed: Iterable[Sequence[str]]) -> None:
        """Raise `InvalidDocument` where a column is missing; of each entry of `needed` one name is enough."""
        for options in needed:
            if not set(options) & set(names):
                self.wrong(line, options[0], "bill.column")
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.wrong(line, name, "bill.column_twice")
        self.refuse()

    def row(self, line: int, names: Sequence[str], cells: Sequence[str]) -> FileRow | None:
        """A row, None where it has not a cell for each column."""
        if len(cells) != len(names):
            self.wrong(line, "", "bill.cells", found=len(cells), expected=len(names))
            return None
        return FileRow(line, dict(zip(names, cells, strict=True)))

    def exact(self, row: FileRow, column: str) -> Fraction:
        """An amount as it is written, in units of the currency; 0 where it is wrong."""
        match = _AMOUNT.fullmatch(row.cells[column])
        if match is None:
            self.wrong(row.line, column, "bill.amount", found=excerpt(row.cells[column]))
            return Fraction(0)
        return Fraction(match[0])

    def money(self, row: FileRow, column: str, currency: str, sign: int | None = 1) -> Money:
        """An amount in whole minor units, further places being 0; its magnitude by `sign`, None: as it is written."""
        minor = self.exact(row, column) * 10 ** DECIMALS[currency]
        if minor.denominator != 1:
            facts = {"found": excerpt(row.cells[column]), "currency": currency}
            self.wrong(row.line, column, "bill.finer", **facts)
            return money_of(0, currency)
        return money_of(int(minor) if sign is None else sign * abs(int(minor)), currency)

    def currency(self, row: FileRow, column: str) -> str:
        """A currency of the pinned table; CNY where it is wrong, so that reading goes on."""
        found = row.cells[column]
        if found in DECIMALS:
            return found
        self.wrong(row.line, column, "currency.unknown", **unknown_currency(found))
        return "CNY"

    def clock(self, row: FileRow, column: str, offset: timedelta = BEIJING) -> datetime:
        """`yyyy-MM-dd HH:mm:ss` by a clock of this offset."""
        match = _CLOCK.fullmatch(row.cells[column])
        try:
            if match is not None:
                year, month, day, hour, minute, second = (int(part) for part in match.groups())
                return datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
        except ValueError:
            pass
        self.wrong(row.line, column, "bill.clock", found=excerpt(row.cells[column]))
        return datetime(1970, 1, 1, tzinfo=timezone(offset))

    def add(self, row: FileRow, columns: Mapping[str, str], fields: Mapping[str, Any]) -> None:
        """Make a row of the bill; what is wrong in a field is told by the name of its column."""
        if any(each.place.startswith(f"line {row.line},") for each in self.problems[-8:]):
            return
        try:
            self.rows.append(BillRow(line=row.line, **fields))
        except InvalidDocument as error:
            for each in error.problems:
                self.wrong(row.line, columns.get(each.place, each.place), each.code, **each.facts)

    def compare(self, line: int, column: str, stated: Fraction, allowed: Iterable[Fraction | int]) -> None:
        """Note a sum that the rows do not make; where a file's signs are not known, more than one may be right."""
        sums = list(allowed)
        if not self.problems and stated not in sums:
            facts = {"stated": _written(stated), "found": _written(Fraction(sums[0]))}
            self.wrong(line, column, "bill.sum", **facts)

    def refuse(self) -> None:
        """Raise `InvalidDocument` with all that is wrong so far, if anything."""
        if self.problems:
            raise InvalidDocument(self.problems, self.title)

    def bill(self, provider: str, since: datetime | str | None, until: datetime | str | None) -> Bill:
        """The bill of all rows. Raises `InvalidDocument`."""
        self.refuse()
        return Bill(provider=provider, since=since, until=until, rows=self.rows)


def _written(amount: Fraction) -> str:
    """An exact decimal as people write it.

    >>> _written(Fraction("-7.79")), _written(Fraction(3))
    ('-7.79', '3')
    """
    if amount.denominator == 1:
        return str(amount.numerator)
    places = next(places for places in range(1, 12) if (amount * 10**places).denominator == 1)
    digits = str(abs(amount * 10**places)).rjust(places + 1, "0")
    return f"{'-' if amount < 0 else ''}{digits[:-places]}.{digits[-places:]}"
