"""A payment option in a sentence: what is to be paid, by what, and what the fee means for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.language import language
from settlement.documents.words.plain import shown

if TYPE_CHECKING:
    from settlement.after_pay.payments.options import PaymentOption

__all__ = ["option_text"]


def option_text(option: PaymentOption, *, locale: str = "en") -> str:
    """The option in a reader's language. Raises `UnknownLocale`.

    >>> from settlement import Cart, Checkout, Line, PaymentMethod, Rulebook
    >>> from settlement.after_pay.payments.options import payment_options
    >>> method = PaymentMethod(id="card", name="Card", percent="1", borne_by="buyer")
    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=1, unit_price="50.00 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart)
    >>> rulebook = Rulebook(id="r", currency="CNY", payment_methods=[method])
    >>> print(option_text(payment_options(checkout, rulebook)[0]))
    Card: CN¥50.50, of it a fee of CN¥0.50
    """
    say = language(locale)
    if option.status == "blocked":
        return say("{name}: nothing can be ordered as it stands", name=shown(option.name or option.id))
    parts = [say("{name}: {amount}", name=shown(option.name or option.id), amount=say.money(option.payable))]
    if option.fee and option.borne_by == "buyer":
        parts.append(say("of it a fee of {fee}", fee=say.money(option.fee)))
    parts += [
        say("{offer} takes off {amount}", offer=shown(each.name or each.id), amount=say.money(abs(each.amount)))
        for each in option.offers
        if each.amount
    ]
    parts += [
        say("{amount} by {tender}", amount=say.money(tender.amount), tender=shown(tender.id))
        for tender in option.tenders
        if tender.amount
    ]
    if option.tenders:
        parts.append(say("{amount} by this method", amount=say.money(option.due)))
    if option.fee and option.borne_by == "merchant":
        facts = {"fee": say.money(option.fee), "received": say.money(option.received)}
        parts.append(say("of which the provider keeps {fee} and the merchant receives {received}", **facts))
    if option.status == "pending":
        parts.append(say("without what depends on the address"))
    return say(", ").join(parts)
