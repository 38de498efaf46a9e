"""A refund quote as a slip: what each returned line gives back, and the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.language import language
from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown
from settlement.receipts.buyers_clock import buyers_clock
from settlement.receipts.called import NOBODY

if TYPE_CHECKING:
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.cart.checkout import Checkout

__all__ = ["refund_slip"]


def refund_slip(quote: RefundQuote, checkout: Checkout | None = None, *, locale: str = "en") -> str:
    """The quote as plain text in a reader's language, without a final newline.

    Names are those of the settlement that was refunded, and of the checkout where it is given; a quote that was read
    back has none of its own, so ids stand there. The rows add up to what is paid back.
    Raises `UnknownLocale`.

    >>> from settlement import Cart, Checkout, Line, Rulebook, refund, settle
    >>> line = Line(id="a", shop="Tea House", sku="k", name="Jasmine tea", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> quote = refund(settle(checkout, Rulebook(id="r", currency="CNY")), {"a": 1})
    >>> print(refund_slip(quote))
    Refund
    ============================================================
      Jasmine tea                                  × 1  CN¥59.90
    ------------------------------------------------------------
    To refund                                           CN¥59.90
    """
    say, page = language(locale), Page()
    called = quote.called or NOBODY
    named, offers, gifts = dict(called.lines), called.offers, called.gifts
    if checkout is not None:
        named |= {line.id: line.name or line.sku for line in checkout.cart.lines}
    title = say("Refund") if quote.id is None else f"{say('Refund')} {shown(quote.id)}"
    page.heading(title, "" if quote.at is None else buyers_clock(quote.at, checkout))
    if quote.order is not None:
        page.row(say("Order {order}", order=shown(quote.order)))
    page.rule("=")
    for line in quote.lines:
        name = shown(named.get(line.id, line.id))
        page.row(name, f"× {say.number(line.quantity)}", say.money(line.goods), indent=2)
        if line.freight:
            page.row(say("Freight"), amount=say.money(line.freight), indent=4)
        for row in [each for each in quote.money if each.line == line.id]:
            facts = {"amount": say.money(row.amount), "reason": shown(row.reason)}
            page.row(say("of it {amount} without goods: {reason}", **facts), indent=4)
    for charge in quote.charges:
        facts = {"offer": shown(offers.get(charge.rule, charge.rule)), "line": named.get(charge.line, charge.line)}
        if charge.amount.minor < 0 and quote.recheck:
            label = say("{offer} on {line}, for what is kept", **facts)
        elif charge.amount.minor < 0:
            label = say("Charge given back: {offer} on {line}", **facts)
        else:
            label = say("Charged back: {offer} on {line}", **facts)
        page.row(shown(label), amount=say.money(-charge.amount), indent=2)
    for kept in quote.deductions:
        facts = {"reason": shown(kept.reason), "line": shown(named.get(kept.line, kept.line))}
        if kept.amount.minor < 0:
            label = say("Given of what was charged: {reason} on {line}", **facts)
        else:
            label = say("Kept: {reason} on {line}", **facts)
        page.row(label, amount=say.money(-kept.amount), indent=2)
    page.rule()
    if quote.uncharged:
        page.row(say("Could not be charged back: {amount}", amount=say.money(quote.uncharged)))
    page.row(say("To refund"), amount=say.money(quote.cash))
    for tender in quote.tenders:
        page.row(say("of it to {tender}", tender=shown(tender.id)), amount=say.money(tender.amount), indent=2)
    if quote.credit is not None:
        label = say("of it as store credit to {account}", account=shown(quote.credit.id))
        page.row(label, amount=say.money(quote.credit.amount), indent=2)
    if quote.points:
        page.row(say("Points given back"), amount=say.number(quote.points))
    if quote.earned_points:
        page.row(say("Points taken back"), amount=say.number(quote.earned_points))
    for coupon in quote.coupons:
        page.row(say("Coupon given back: {coupon}", coupon=shown(offers.get(coupon, coupon))))
    for gift in quote.gifts:
        name = shown(gifts.get((gift.rule, gift.sku), gift.sku))
        page.row(say("Gift to send back: {sku} × {count}", sku=name, count=say.number(gift.quantity)))
    for gift in quote.kept_gifts:
        name = shown(gifts.get((gift.rule, gift.sku), gift.sku))
        page.row(say("Gift that is kept: {sku} × {count}", sku=name, count=say.number(gift.quantity)))
    return str(page)
