"""Tables with a heading, for a terminal and for a notebook. Cells are data: they can't break out of their cell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from settlement.documents.words.plain import shown, width
from settlement.documents.written import all_readable

__all__ = ["grid_html", "grid_text"]


def grid_text(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """Columns as wide as a terminal shows their widest cell, aligned to the right but for those in `left`.

    >>> print(grid_text(["", "1 kg"], [["广东", "8.00"], ["Tibet", "20.00"]]))
           1 kg
    广东   8.00
    Tibet 20.00
    """
    cells = [[shown(cell) for cell in row] for row in (head, *rows)]
    columns = [max(width(row[at]) for row in cells) for at in range(len(head))]
    lines = []
    for row in cells:
        padded = []
        for at, cell in enumerate(row):
            gap = " " * (columns[at] - width(cell))
            padded.append(cell + gap if at in left else gap + cell)
        lines.append(" ".join(padded).rstrip())
    return "\n".join(lines)


def grid_html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table, every cell escaped.

    >>> grid_html(["a"], [["<b>"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>&lt;b&gt;</td></tr></tbody></table>'
    """
    top = "".join(f"<th>{escape(shown(cell))}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(shown(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


all_readable(globals())
