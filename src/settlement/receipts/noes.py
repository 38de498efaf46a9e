"""Every "no" of a settlement in a reader's words: goods that are left out, offers that were refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from settlement.documents.words.plain import shown
from settlement.documents.words.texts import REASONS, SHORTFALLS
from settlement.money import Money
from settlement.receipts.unmet import unmet_text

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.names import Names
    from settlement.receipts.parts import Decision, ExcludedLine
    from settlement.receipts.settlement import Settlement

__all__ = ["left_out", "reason_text", "refused"]


def left_out(settlement: Settlement, names: Names, say: Language) -> list[tuple[str, str]]:
    """Lines that are not part of it, and why."""
    return [(names.line(each.line), _left_out(each, names, say)) for each in settlement.excluded]


def _left_out(line: ExcludedLine, names: Names, say: Language) -> str:
    reason = reason_text(line.reason, say)
    least = names.minimum_order(line.line)
    if line.reason == "below_minimum_order" and least is not None:
        reason = say("{reason}: {amount}", reason=reason, amount=say.money(least))
    if line.available:
        reason = say("{reason}, {available} available", reason=reason, available=say.number(line.available))
    return reason


def refused(settlement: Settlement, names: Names, say: Language) -> list[tuple[str, str]]:
    """Offers, coupons and points that did not apply, and what is missing."""
    return [
        (say("Points") if each.rule == "points" else names.offer(each.rule), _refused(each, settlement, say))
        for each in settlement.decisions
        if each.outcome == "refused"
    ]


def _refused(decision: Decision, settlement: Settlement, say: Language) -> str:
    if decision.reason == "not_best" and not settlement.optimal:
        return say("not in the choice that was found")  # whether that one saves more nobody knows
    missing = decision.shortfall
    if missing is None:
        return reason_text(decision.reason or "", say, facts=decision.facts)
    told = say.money(missing) if isinstance(missing, Money) else say.number(missing)
    return reason_text(decision.reason or "", say, told, decision.facts)


def reason_text(code: str, say: Language, shortfall: str | None = None, facts: Mapping[str, Any] | None = None) -> str:
    """Why the shop says no, in the reader's language; a code that this version does not know stands for itself.

    >>> from settlement.documents.words.language import language
    >>> print(reason_text("below_amount", language("zh_CN"), "¥12.00"))
    再买 ¥12.00 可用
    """
    if shortfall is not None and code in SHORTFALLS:
        return say(SHORTFALLS[code], shortfall=shortfall)
    if facts and code == "condition_not_met" and (told := unmet_text(facts, say)) is not None:
        return told
    return say(REASONS[code]) if code in REASONS else shown(code)
