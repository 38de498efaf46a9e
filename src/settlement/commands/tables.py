"""Tables of a command: as `rich` draws them where a person looks at a terminal and the extra `rich` is there.

Everywhere else the plain text is printed that was always printed, byte for byte: in a pipe, in a file, without the
extra, and in a window that is too narrow for the table's amounts. `NO_COLOR`, `COLUMNS` and `TERM` are honoured.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["write_table"]

#: How severities and states are painted. The word stands there too: nothing is said by its colour alone.
_COLOURS = {
    "error": "bold red",
    "warning": "yellow",
    "note": "cyan",
    "ok": "green",
    "missing": "cyan",
    "fault": "bold red",
}
#: Columns of the screen that a column of words gets at least.
_WORDS = 14
#: Columns between two columns, and lines that a cell takes at most.
_GAP, _LINES = 3, 99


def write_table(
    plain: Callable[[], str],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
    states: Sequence[str] = (),
    state: int = 0,
) -> bool:
    """Write the table to standard output, else what `plain` gives; whether rich drew it. No cell is read as markup.

    Columns in `right` are amounts: aligned to the right and, like those in `whole`, never broken or cut. `states` says
    for each row how its cell in column `state` is painted.
    """
    if not (rows and sys.stdout.isatty() and find_spec("rich")):
        sys.stdout.write(plain() + "\n")
        return False
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from settlement.documents.words.plain import shown, wrapped

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    widths = _fitting(head, rows, {*right, *whole}, console.width - _GAP * (len(head) - 1))
    if widths is None:
        sys.stdout.write(plain() + "\n")
        return False
    table = Table(box=SIMPLE, header_style="bold", show_edge=False, pad_edge=False)
    for at, title in enumerate(head):
        justify: Literal["left", "right"] = "right" if at in right else "left"
        table.add_column(Text(shown(title)), justify=justify, no_wrap=True, min_width=widths[at], max_width=widths[at])
    for row, painted in zip_longest(rows, states, fillvalue=""):
        # Lines are broken here: rich loses characters where a wide one does not fit in the rest of a line.
        cells = [Text("\n".join(wrapped(shown(cell), widths[at], _LINES))) for at, cell in enumerate(row)]
        cells[state].stylize(_COLOURS.get(painted, ""))
        table.add_row(*cells)
    console.print(table)
    return True


def _fitting(head: Sequence[str], rows: Sequence[Sequence[str]], kept: set[int], space: int) -> list[int] | None:
    """How wide each column gets: words give way, the widest first; None where amounts would have to."""
    from settlement.documents.words.plain import shown, width

    widths = [max(width(shown(row[at])) for row in (head, *rows)) for at in range(len(head))]
    while sum(widths) > space:
        wide = max((at for at in range(len(widths)) if at not in kept), key=widths.__getitem__, default=None)
        if wide is None or widths[wide] <= max(_WORDS, width(shown(head[wide]))):
            return None
        widths[wide] -= 1
    return widths
