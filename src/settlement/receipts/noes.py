"""Every "no" of a settlement in a reader's words: goods that are left out, offers that were refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from settlement.documents.words.plain import shown
from settlement.documents.words.texts import REASONS, SHORTFALLS
from settlement.money import Money
from settlement.receipts.hint import by_offer, hint_text, hinted
from settlement.receipts.unmet import unmet_text

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.hint import Hint
    from settlement.receipts.names import Names
    from settlement.receipts.parts import Decision, ExcludedLine
    from settlement.receipts.settlement import Settlement

__all__ = ["left_out", "not_free", "reason_text", "refused"]


def left_out(settlement: Settlement, names: Names, say: Language) -> list[tuple[str, str]]:
    """Lines that are not part of it, and why."""
    return [(names.line(each.line), _left_out(each, names, say)) for each in settlement.excluded]


def _left_out(line: ExcludedLine, names: Names, say: Language) -> str:
    reason = reason_text(line.reason, say)
    least = names.minimum_order(line.line)
    if line.reason == "below_minimum_order" and least is not None:
        reason = say("{reason}: {amount}", reason=reason, amount=say.money(least))
    if line.available:
        reason = say("{reason}, {available} left", reason=reason, available=say.number(line.available))
    return reason


def refused(settlement: Settlement, names: Names, say: Language, hints: Iterable[Hint] = ()) -> list[tuple[str, str]]:
    """Offers, coupons and points that did not apply, and what is missing."""
    found = by_offer(hints)
    return [
        (
            say("Points") if each.rule == "points" else names.offer(each.rule),
            _refused(each, settlement, say, found.get(each.rule)),
        )
        for each in settlement.decisions
        if each.outcome == "refused"
    ]


def not_free(hints: Iterable[Hint], say: Language) -> list[tuple[str, str]]:
    """The parcels that a hint makes free, and what must be bought more."""
    return [(hinted(each, say), hint_text(each, say)) for each in hints if each.kind == "free_shipping"]


def _refused(decision: Decision, settlement: Settlement, say: Language, hint: Hint | None) -> str:
    if decision.reason == "not_best" and not settlement.optimal:
        return say("not part of the best choice found")  # whether that one saves more nobody knows
    missing = decision.shortfall
    told = None
    if missing is not None:
        told = say.money(missing) if isinstance(missing, Money) else say.number(missing)
    return reason_text(decision.reason or "", say, told, decision.facts, hint)


def reason_text(
    code: str,
    say: Language,
    shortfall: str | None = None,
    facts: Mapping[str, Any] | None = None,
    hint: Hint | None = None,
) -> str:
    """Why the shop says no, in the reader's language; a code that this version does not know stands for itself.

    What must be bought more, a hint knows; a decision alone knows the distance to the threshold.

    >>> from settlement.documents.words.language import language
    >>> print(reason_text("below_amount", language("zh_CN"), "¥12.00"))
    距门槛还差 ¥12.00
    """
    if hint is not None:
        more = hint_text(hint, say)
        if code in SHORTFALLS:
            return more
        return say("{reason}; {hint}", reason=reason_text(code, say, facts=facts), hint=more)
    if shortfall is not None and code in SHORTFALLS:
        return say(SHORTFALLS[code], shortfall=shortfall)
    if facts and code == "condition_not_met" and (told := unmet_text(facts, say)) is not None:
        return told
    return say(REASONS[code]) if code in REASONS else shown(code)
