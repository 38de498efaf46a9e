"""The parts that every page for a browser has: its head with how it looks, and tables that a phone can show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from settlement.documents.words.markup import Html, style_tag, tag

__all__ = ["NOTHING", "page_head", "page_table"]

#: How a page looks: on a screen in light and dark, and on paper.
_STYLE: Final = Path(__file__).with_name("report.css")
#: Columns that a phone has room for.
_NARROW: Final = 3
#: Stands where there is no amount; a list on a phone leaves it out.
NOTHING: Final = "–"


def page_head(title: str, scripts: str = "", nonce: str | None = None) -> Html:
    """The head of a page that loads nothing and runs nothing but these scripts, and says so to the browser.

    `scripts` are the hashes of those that stand in the page, as a Content-Security-Policy writes them; `nonce` that of
    the answer it is sent in, whose policy may then do without `unsafe-inline`. Raises `ValueError` for what is none.
    """
    styles = "'unsafe-inline'" if nonce is None else f"'nonce-{nonce}'"
    policy = f"default-src 'none'; style-src {styles}" + (f"; script-src {scripts}" if scripts else "")
    return tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("title", title),
        style_tag(_STYLE.read_text(encoding="utf-8"), nonce),
    )


def page_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1, total: Sequence[str] | None = None
) -> Html:
    """A table whose first `texts` columns are texts and the others numbers; on a phone many become a list."""

    def cells(row: Sequence[str], name: str) -> list[Html]:
        numbers = ["number none" if cell == NOTHING else "number" for cell in row]
        kinds = ["text"] * min(texts, len(row)) + numbers[texts:]
        if name == "th":
            return [tag(name, cell, class_=kind) for cell, kind in zip(row, kinds, strict=True)]
        rows = zip(row, kinds, head, strict=True)
        return [tag(name, cell, class_=kind, data_head=named) for cell, kind, named in rows]

    parts = [tag("thead", tag("tr", cells(head, "th")))]
    parts.append(tag("tbody", [tag("tr", cells(row, "td")) for row in rows]))
    if total is not None:
        parts.append(tag("tfoot", tag("tr", cells(total, "td"))))
    return tag("div", tag("table", parts), class_="wide" if len(head) <= _NARROW else "wide many")
