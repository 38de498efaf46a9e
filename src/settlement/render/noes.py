"""Every "no" of a settlement in a reader's words: goods that are left out, offers that were refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.money import Money
from settlement.render.texts import reason_text

if TYPE_CHECKING:
    from settlement.breakdown import Decision, ExcludedLine, Settlement
    from settlement.render.language import Language
    from settlement.render.names import Names

__all__ = ["left_out", "refused"]


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
