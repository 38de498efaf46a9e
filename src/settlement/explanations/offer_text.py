"""An explanation of an offer for a reader: whether it applied, on what, what stood in its way, what would be else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown
from settlement.money import Money
from settlement.receipts.buyers_clock import buyers_clock
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.explanations.offer import Alternative, OfferExplanation
    from settlement.receipts.parts import Decision

__all__ = ["offer_text"]


def offer_text(explanation: OfferExplanation, locale: str = "en") -> str:
    """Several lines, the first saying whether the offer applied."""
    return "\n  ".join(_lines(explanation, language(locale)))


def _lines(explanation: OfferExplanation, say: Language) -> Iterator[str]:
    decision, offer = explanation.decision, _called(explanation, explanation.offer, say)
    if decision is None:
        yield say("{offer}: no line of the cart is in its scope", offer=offer)
        return
    if decision.outcome == "applied":
        amount, freight = explanation.amount, explanation.on_freight
        if amount and freight:
            parts = {"goods": say.money(amount - freight), "freight": say.money(freight)}
            yield say(
                "{offer}: used, {amount}: {goods} on goods, {freight} on freight",
                offer=offer,
                amount=say.money(amount),
                **parts,
            )
        elif amount:
            yield say("{offer}: used, {amount}", offer=offer, amount=say.money(amount))
        else:
            yield say("{offer}: used", offer=offer)
    else:
        missing = _missing(decision.shortfall, say)
        hint = None if explanation.besides else explanation.hint
        reason = reason_text(decision.reason or "", say, missing, _named(explanation, decision.facts), hint)
        yield say("{offer}: not used: {reason}", offer=offer, reason=reason)
    for other in explanation.besides:
        yield say("besides: {reason}", reason=_besides(explanation, other, say))
    if explanation.goods:
        yield say("for these goods: {goods}", goods=_listed(explanation.goods, say))
    facts = decision.facts
    if "basis" in facts:
        yield say("its threshold looks at {amount}", amount=_amount(facts["basis"], say))
    if "tier" in facts:
        yield say("tier {tier} applies to {amount}", tier=say.number(facts["tier"]), amount=_amount(facts["net"], say))
    yield from _needs(explanation, say)
    if explanation.by:
        yield say("in its way: {offers}", offers=_offers(explanation, explanation.by, say))
    if explanation.alternative is not None:
        yield _other(explanation, explanation.alternative, say)


def _besides(explanation: OfferExplanation, other: Decision, say: Language) -> str:
    """A further reason; of a threshold what must be bought more, and of what."""
    hint = explanation.hint if other is explanation.besides[-1] else None
    if hint is None:
        return reason_text(other.reason or "", say, _missing(other.shortfall, say), _named(explanation, other.facts))
    reason = reason_text(other.reason or "", say, _missing(other.shortfall, say))
    facts = {"missing": _missing(hint.missing, say), "goods": _listed(hint.goods, say)}
    if hint.missing == other.shortfall:
        return say("{reason}, on goods like {goods}", reason=reason, goods=facts["goods"])
    if isinstance(hint.missing, Money):
        more = say("it needs {missing} more on goods like {goods}", **facts)
    else:
        more = say("it needs {missing} more of {goods}", **facts)
    return say("{reason}; {hint}", reason=reason, hint=more)


def _named(explanation: OfferExplanation, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts with offers and ways by the names that people see."""
    names = explanation.names
    made = dict(facts)
    if isinstance(facts.get("offer"), str):
        made["offer"] = names.get(facts["offer"], facts["offer"])
    for field in ("payment_methods", "delivery_methods"):
        if isinstance(facts.get(field), list):
            made[field] = [names.get(each, each) for each in facts[field]]
    return made


def _other(explanation: OfferExplanation, other: Alternative, say: Language) -> str:
    """What would be otherwise, and by how much that costs more or less."""
    facts = {
        "coupons": _offers(explanation, other.coupons, say) or say("no coupon"),
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


def _needs(explanation: OfferExplanation, say: Language) -> Iterator[str]:
    """What would have to hold; a condition the reason has told."""
    for name, value in explanation.needs.items():
        if name == "valid_from":
            yield say("valid from {instant}", instant=buyers_clock(value, None))
        elif name == "valid_until":
            yield say("valid until {instant}", instant=buyers_clock(value, None))
        elif name == "levels":
            yield say("for members of: {levels}", levels=shown(value))
        elif name == "limit_per_customer":
            yield say("uses for each customer: {count}", count=value)
        elif name == "limit_in_all":
            yield say("uses in all: {count}", count=value)
        elif name == "at_most":
            yield say("coupons of this kind in one order: at most {count}", count=value)
        elif name == "min_amount":
            yield say("its threshold: {amount}", amount=say.money(Money(value)))
        elif name == "min_quantity":
            yield say("its threshold: a quantity of {count}", count=value)


def _called(explanation: OfferExplanation, offer: str, say: Language) -> str:
    return say("Points") if offer == "points" else shown(explanation.names.get(offer, offer))


def _offers(explanation: OfferExplanation, offers: tuple[str, ...], say: Language) -> str:
    return _listed(tuple(_called(explanation, offer, say) for offer in offers), say)


def _listed(names: tuple[str, ...], say: Language) -> str:
    """The first of many."""
    text = ("、" if say.chinese else ", ").join(shown(name) for name in names[:8])
    return f"{text} … ({len(names)})" if len(names) > 8 else text


def _missing(shortfall: Money | int | Decimal | None, say: Language) -> str | None:
    if shortfall is None:
        return None
    return say.money(shortfall) if isinstance(shortfall, Money) else say.number(shortfall)


def _amount(fact: str, say: Language) -> str:
    return say.money(Money(fact))
