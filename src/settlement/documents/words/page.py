"""A page of plain text in columns: left, middle and amount, aligned by what a terminal shows."""

from __future__ import annotations

from typing import Final, NamedTuple

from settlement.documents.words.plain import width, wrapped

__all__ = ["Page"]

#: Lines that one name may take before it is cut short.
_MOST: Final = 3
_GAP: Final = "  "


class _Row(NamedTuple):
    left: str
    middle: str
    amount: str
    indent: int


class _Heading(NamedTuple):
    left: str
    right: str


class _Pair(NamedTuple):
    left: str
    right: str


class Page:
    r"""Rows are collected first; columns are as wide as their widest cell, within bounds.

    >>> page = Page()
    >>> page.row("Tea", "2 × 9.00", "18.00")
    >>> page.row("茶叶", "1 × 100.00", "100.00")
    >>> page.rule()
    >>> page.row("To pay", amount="118.00")
    >>> print(page)
    Tea                                         2 × 9.00   18.00
    茶叶                                      1 × 100.00  100.00
    ------------------------------------------------------------
    To pay                                                118.00
    """

    #: Columns of a page at least, and of the left cell beside a middle one at most.
    LEAST: Final = 60
    LEFT: Final = 42

    def __init__(self) -> None:
        self._rows: list[_Row | _Pair | _Heading | str] = []

    def row(self, left: str, middle: str = "", amount: str = "", indent: int = 0) -> None:
        """A row; without a middle cell the left one may reach into its column."""
        self._rows.append(_Row(left, middle, amount, indent))

    def heading(self, left: str, right: str) -> None:
        """A text at each margin; no column grows for it."""
        self._rows.append(_Heading(left, right))

    def pair(self, left: str, right: str) -> None:
        """Two texts side by side, indented; all pairs of a page line up."""
        self._rows.append(_Pair(left, right))

    def rule(self, sign: str = "-") -> None:
        """A line across the page."""
        self._rows.append(sign)

    def blank(self) -> None:
        """An empty line."""
        self._rows.append("")

    def __str__(self) -> str:
        rows = [row for row in self._rows if isinstance(row, _Row)]
        pairs = [row for row in self._rows if isinstance(row, _Pair)]
        amount = max((width(row.amount) for row in rows), default=0)
        middle = max((width(row.middle) for row in rows), default=0)
        widest = max((width(row.left) + row.indent for row in rows if row.middle), default=0)
        others = middle + amount + len(_GAP) * (2 if middle else 1)
        left = max(min(self.LEFT, widest), self.LEAST - others)
        across = left + others
        name = min(self.LEFT, max((width(pair.left) for pair in pairs), default=0))
        lines: list[str] = []
        for row in self._rows:
            if isinstance(row, _Pair):
                lines += _pair(row, name, across)
            elif isinstance(row, _Heading):
                lines.append((_padded(row.left, across - width(row.right)) + row.right).rstrip())
            elif isinstance(row, _Row):
                lines += _row(row, left, middle, across)
            else:
                lines.append(row * across)
        return "\n".join(lines)


def _row(row: _Row, left: int, middle: int, across: int) -> list[str]:
    """The cells of a row; the amount stands beside the first line of a long name."""
    room = left if row.middle else across - width(row.amount) - len(_GAP) * bool(row.amount)
    names = wrapped(row.left, room - row.indent, _MOST)
    first = _padded(" " * row.indent + names[0], room)
    if row.middle:
        first += _GAP + " " * (middle - width(row.middle)) + row.middle
    rest = across - width(first) - width(row.amount)
    first = f"{first}{' ' * rest}{row.amount}".rstrip()
    return [first, *(" " * (row.indent + 2) + name.rstrip() for name in names[1:])]


def _pair(pair: _Pair, name: int, across: int) -> list[str]:
    """Two cells, each over as many lines as it needs."""
    lefts = wrapped(pair.left, name, _MOST)
    rights = wrapped(pair.right, max(across - name - 4, 20), 2 * _MOST)
    size = max(len(lefts), len(rights))
    lefts += [""] * (size - len(lefts))
    rights += [""] * (size - len(rights))
    return [f"  {_padded(left, name)}{_GAP}{right}".rstrip() for left, right in zip(lefts, rights, strict=True)]


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
