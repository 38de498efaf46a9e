"""Taxes for a reader: of each shop each tax at each rate, what it was taken of and why, the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from settlement.documents.words.plain import shown

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.settlement import Settlement

__all__ = ["tax_rows"]


def tax_rows(settlement: Settlement, say: Language, called: Callable[[str], str] = shown) -> list[tuple[str, str]]:
    """A label and an amount for each row; a shop is named where there are several, as it is `called`."""
    several = len({row.shop for row in settlement.taxes}) > 1
    rows = []
    for row in settlement.taxes:
        facts = {"tax": say("Tax") if row.name is None else shown(row.name), "percent": say.number(row.percent)}
        if row.name is None and row.tax not in _PLAIN:
            facts["tax"] = shown(row.tax)
        if row.amount.minor < 0:
            label = say("{percent} % {tax} taken out of {base}", **facts, base=say.money(row.base))
        else:
            label = say("{percent} % {tax} on {base}", **facts, base=say.money(row.base))
        if several:
            label = f"{called(row.shop)}: {label}"
        if row.reason is not None:
            label = say("{tax} ({reason})", tax=label, reason=shown(row.reason))
        rows.append((label, say.money(row.amount)))
    return rows


#: Taxes that nobody named.
_PLAIN = frozenset({"tax", "exempt"})
