"""A comparison for a reader: one row for each way to pay."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from settlement.documents.words.grid import grid_html, grid_text
from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown
from settlement.money import Money
from settlement.receipts.hint import hint_text
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.explanations.comparison import Comparison, Row

__all__ = ["comparison_html", "comparison_parts", "comparison_text"]


def comparison_text(comparison: Comparison, locale: str = "en") -> str:
    """The comparison in a terminal."""
    head, rows, below = comparison_parts(comparison, locale)
    return grid_text(head, rows, left=(0, len(head) - 1)) + below


def comparison_parts(comparison: Comparison, locale: str = "en") -> tuple[list[str], list[list[str]], str]:
    """Its columns, its rows, and what stands below the table, with the line breaks before it."""
    say = language(locale)
    title, hints = _hints(comparison, say)
    below = "\n".join(["", "", title, *(f"  {hint}" for hint in hints)]) if hints else ""
    return *_cells(comparison, say), below


def comparison_html(comparison: Comparison, locale: str = "en") -> str:
    """The comparison in a notebook."""
    say = language(locale)
    title, hints = _hints(comparison, say)
    below = f"<p>{escape(title)}</p><ul>{''.join(f'<li>{escape(hint)}</li>' for hint in hints)}</ul>" if hints else ""
    return grid_html(*_cells(comparison, say)) + below


def _cells(comparison: Comparison, say: Language) -> tuple[list[str], list[list[str]]]:
    head = [say("Used"), say("To pay"), say("Saves against nothing"), say("Freight"), ""]
    return head, [_row(row, comparison.names, say) for row in comparison.rows]


def _hints(comparison: Comparison, say: Language) -> tuple[str, list[str]]:
    """What must be bought more to use what is refused: against the checkout as it stands, not against a row."""
    if comparison.payable is None:
        return "", []
    title = say("To buy more, against this cart as it stands ({payable} to pay)", payable=say.money(comparison.payable))
    return title, [
        say("{name}: {hint}", name=shown(row.hint.name), hint=hint_text(row.hint, say))
        for row in comparison.rows
        if row.hint is not None
    ]


def _row(row: Row, names: dict[str, str], say: Language) -> list[str]:
    labels = {
        "nothing": say("nothing"),
        "coupons": say("coupons only"),
        "points": say("points only"),
        "best": say("coupons and points"),
    }
    label = labels.get(row.kind) or names.get(row.coupon or "", row.coupon or "")
    amounts = [say.money(row.payable), say.money(row.saving), say.money(row.freight)]
    return [label, *amounts, ", ".join(_notes(row, names, say))]


def _notes(row: Row, names: dict[str, str], say: Language) -> list[str]:
    """What was used, or why not."""
    if row.refused is not None:
        missing = None
        if row.shortfall is not None and row.hint is None:  # else there is one number, below the table
            missing = say.money(row.shortfall) if isinstance(row.shortfall, Money) else say.number(row.shortfall)
        return [reason_text(row.refused, say, missing)]
    used = [names.get(name, name) for name in row.used] if row.kind != "coupon" else []
    if not row.points:
        return used
    worth = say.money(-row.settlement.totals.points)
    return [*used, say.plural("{count} point for {worth}", "{count} points for {worth}", row.points, worth=worth)]
