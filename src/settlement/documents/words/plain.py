"""Plain text that data cannot break out of: escaping, display width and wrapping; and instants by a clock.

Names are data. Whatever they hold, they stay in their cell: no new line, no terminal escape, no turned direction.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import lru_cache

__all__ = ["clock", "shown", "width", "wrapped"]

#: Not "printable" to Python, yet harmless and common in names: wide and non-breaking spaces, joiners of emoji.
_HARMLESS = frozenset("\u3000\u00a0\u202f\u2009\u200c\u200d")
_SPACES = re.compile("([ \u3000\u00a0\u202f\u2009])[ \u3000\u00a0\u202f\u2009]+")
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})


def shown(text: str) -> str:
    r"""The text on one line: control characters, bidi controls, line separators and the like become escapes.

    A run of spaces becomes one, so that no text can reach into another column.

    >>> print(shown("tea\n\x1b[31m\u202egnp.exe"), shown("[/nope] 茶　叶"))
    tea\n\x1b[31m\u202egnp.exe [/nope] 茶　叶
    """
    text = _SPACES.sub(r"\1", text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _HARMLESS else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.category(character) in _INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """How many columns a terminal needs: East Asian wide characters take two, marks and joiners none.

    >>> width("tea"), width("茶叶"), width("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def wrapped(text: str, columns: int, limit: int) -> list[str]:
    """Lines of at most `columns`; broken at a space where one is near. What `limit` lines cannot hold ends in "…".

    >>> wrapped("Jasmine tea from Fuzhou", 12, 2)
    ['Jasmine tea', 'from Fuzhou']
    >>> wrapped("福州茉莉花茶", 6, 2), wrapped("福州茉莉花茶特级", 6, 2)
    (['福州茉', '莉花茶'], ['福州茉', '莉花…'])
    """
    lines: list[str] = []
    rest = text
    while width(rest) > columns and len(lines) < limit:
        fits = _fitting(rest, columns)
        space = rest.rfind(" ", 1, fits + 1)
        cut = space if space >= fits // 2 else fits
        if len(lines) == limit - 1:
            return [*lines, rest[: _fitting(rest, columns - 1)].rstrip() + "…"]
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*lines, rest]


def _fitting(text: str, columns: int) -> int:
    """How many characters fit; at least one, so that wrapping always goes on."""
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > columns:
            return max(index, 1)
    return len(text)


def clock(at: str, offset: timedelta = timedelta(0)) -> str:
    """An instant to the minute by the clock at `offset` from UTC, and which clock that is; a second is not rounded up.

    Where that clock is outside the years 1 to 9999, UTC stands. Raises `ValueError` for an offset of a day or more.

    >>> clock("2026-11-10T16:00:59Z"), clock("2026-11-10T16:00:59Z", timedelta(hours=8))
    ('2026-11-10 16:00 UTC', '2026-11-11 00:00 UTC+08:00')
    """
    instant = datetime.fromisoformat(at)
    with suppress(OverflowError):
        instant = instant.astimezone(timezone(offset))
    return f"{instant.isoformat(' ', 'minutes')[:16]} {instant.tzname()}"
