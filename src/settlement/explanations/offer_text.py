"""An explanation of an offer for a reader: whether it applied, on what, what stood in its way, what would be else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown
from settlement.money import Money
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.explanations.offer import Alternative, OfferExplanation

__all__ = ["offer_text"]


def offer_text(explanation: OfferExplanation, locale: str = "en") -> str:
    """Several lines, the first saying whether the offer applied."""
    return "\n  ".join(_lines(explanation, language(locale)))


def _lines(explanation: OfferExplanation, say: Language) -> Iterator[str]:
    decision, offer = explanation.decision, shown(explanation.name or explanation.offer)
    if decision is None:
        yield say("{offer}: no line of the cart is in its scope", offer=offer)
        return
    if decision.outcome == "applied":
        amount = explanation.amount
        if amount:
            yield say("{offer}: used, {amount}", offer=offer, amount=say.money(amount))
        else:
            yield say("{offer}: used", offer=offer)
    else:
        missing = _missing(decision.shortfall, say)
        reason = reason_text(decision.reason or "", say, missing, decision.facts, explanation.hint)
        yield say("{offer}: not used: {reason}", offer=offer, reason=reason)
    if explanation.lines:
        yield say("lines in scope: {lines}", lines=_named(explanation.lines))
    facts = decision.facts
    if "basis" in facts:
        yield say("its threshold looks at {amount}", amount=_amount(facts["basis"], say))
    if "tier" in facts:
        yield say("tier {tier} applies to {amount}", tier=say.number(facts["tier"]), amount=_amount(facts["net"], say))
    for name, value in explanation.needs.items():
        yield f"{name}: {shown(value)}"
    if explanation.by:
        yield say("in its way: {offers}", offers=_named(explanation.by))
    if explanation.alternative is not None:
        yield _other(explanation, explanation.alternative, say)


def _other(explanation: OfferExplanation, other: Alternative, say: Language) -> str:
    """What would be otherwise, and by how much that costs more or less."""
    facts = {
        "coupons": _named(other.coupons) or say("no coupon"),
        "payable": say.money(other.payable),
        "more": say.money(abs(other.more)),
    }
    applied = explanation.decision is not None and explanation.decision.outcome == "applied"
    if applied and other.more.minor >= 0:
        text = say("without it, with {coupons}: {payable} to pay; it is worth {more}", **facts)
    elif applied:
        text = say("without it, with {coupons}: {payable} to pay; it makes the order dearer by {more}", **facts)
    elif other.more.minor >= 0:
        text = say("with it at best {coupons}: {payable} to pay, {more} more than now", **facts)
    else:
        text = say("with it at best {coupons}: {payable} to pay, {more} less than now", **facts)
    return text if other.proven else say("{text} (not every set was compared)", text=text)


def _named(names: tuple[str, ...]) -> str:
    """The first of many."""
    return ", ".join(shown(name) for name in names[:8]) + (f", … ({len(names)})" if len(names) > 8 else "")


def _missing(shortfall: Money | int | Decimal | None, say: Language) -> str | None:
    if shortfall is None:
        return None
    return say.money(shortfall) if isinstance(shortfall, Money) else say.number(shortfall)


def _amount(fact: str, say: Language) -> str:
    return say.money(Money(fact))
