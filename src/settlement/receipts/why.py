"""What a decision and a line that is left out say by themselves, for a page that shows one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.language import language
from settlement.documents.words.plain import shown
from settlement.money import Money
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.receipts.parts import Decision, ExcludedLine

__all__ = ["called_text", "decision_text", "excluded_text"]


def decision_text(decision: Decision, locale: str = "en") -> str:
    """Why an offer did not apply, or that it did. Raises `UnknownLocale`.

    >>> from settlement.receipts.parts import Decision
    >>> decision_text(Decision("c1", "refused", "expired")), decision_text(Decision("c1", "applied"))
    ('expired', 'applied')
    """
    say, missing = language(locale), decision.shortfall
    if decision.outcome == "applied":
        return say("applied")
    if decision.reason == "not_best" and not decision.optimal:
        return say("not part of the best choice found")  # whether that one saves more nobody knows
    told = None
    if missing is not None:
        told = say.money(missing) if isinstance(missing, Money) else say.number(missing)
    return reason_text(decision.reason or "", say, told, decision.facts)


def excluded_text(line: ExcludedLine, locale: str = "en") -> str:
    """Why a line is left out, and how much of it is there. Raises `UnknownLocale`.

    >>> from settlement.receipts.parts import ExcludedLine
    >>> excluded_text(ExcludedLine("a", "insufficient_stock", 3))
    'not enough in stock, 3 left'
    """
    say = language(locale)
    reason = reason_text(line.reason, say, facts=line.facts)
    if line.available:
        return say("{reason}, {available} left", reason=reason, available=say.number(line.available))
    return reason


def called_text(name: str, text: str) -> str:
    """A text behind what it is about."""
    return f"{shown(name)}: {text}"
