"""An answer for a terminal: plain tables, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.audit.what_if.sections import (
    broken_text,
    headline,
    held_fixed,
    most_changed,
    sections,
    side_text,
)
from settlement.documents.words.grid import grid_text
from settlement.documents.words.language import language

if TYPE_CHECKING:
    from settlement.audit.what_if.answer import WhatIf

__all__ = ["what_if_text"]


def what_if_text(found: WhatIf, locale: str = "en") -> str:
    """The headline, every table and the most changed orders. Raises `UnknownLocale`."""
    say = language(locale)
    title = say.plural(
        "What if: {count} order, amounts in {currency}",
        "What if: {count} orders, amounts in {currency}",
        found.orders,
        currency=found.currency,
    )
    lines = [title, *headline(found, say), held_fixed(say)]
    for section in sections(found, say):
        lines += ["", section.title, _indented(grid_text(section.head, section.rows, range(section.texts)))]
        lines += [f"  {section.note}"] if section.note else []
    for each in found.totals.broken:
        lines.append(f"  {broken_text(each, say)}")
    for both in found.sides:
        same = both[0].most_changed == both[1].most_changed
        for side in both[:1] if same else both:
            rows = most_changed(found, side, say)
            if rows:
                lines += ["", say("Most changed: {side}", side=side_text(side, say))]
            for row in rows:
                lines.append(f"  {row.order}: {row.before} → {row.after} ({row.change})")
                lines += [f"    {part}" for part in row.why]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
