"""A comparison for a reader: one row for each way to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.grid import grid_html, grid_text
from settlement.documents.words.language import Language, language
from settlement.money import Money
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.explanations.comparison import Comparison, Row

__all__ = ["comparison_html", "comparison_text"]


def comparison_text(comparison: Comparison, locale: str = "en") -> str:
    """The comparison in a terminal."""
    head, rows = _cells(comparison, language(locale))
    return grid_text(head, rows, left=(0, len(head) - 1))


def comparison_html(comparison: Comparison, locale: str = "en") -> str:
    """The comparison in a notebook."""
    return grid_html(*_cells(comparison, language(locale)))


def _cells(comparison: Comparison, say: Language) -> tuple[list[str], list[list[str]]]:
    head = [say("Used"), say("To pay"), say("Saves"), say("Freight"), ""]
    return head, [_row(row, comparison.names, say) for row in comparison.rows]


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
        if row.shortfall is not None:
            missing = say.money(row.shortfall) if isinstance(row.shortfall, Money) else say.number(row.shortfall)
        return [reason_text(row.refused, say, missing, hint=row.hint)]
    used = [names.get(name, name) for name in row.used] if row.kind != "coupon" else []
    if not row.points:
        return used
    worth = say.money(-row.settlement.totals.points)
    return [*used, say("{points} points for {worth}", points=say.number(row.points), worth=worth)]
