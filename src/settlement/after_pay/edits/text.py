"""An order edit as a page: what is added, what comes back, and what is to be collected or given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.language import Language, language
from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown
from settlement.receipts.buyers_clock import buyers_clock
from settlement.receipts.names import Names

if TYPE_CHECKING:
    from settlement.after_pay.edits.document import OrderEdit
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.receipts.settlement import Settlement

__all__ = ["edit_text"]


def edit_text(edit: OrderEdit, *, locale: str = "en") -> str:
    """The edit as plain text in a reader's language, without a final newline.

    What is added less what comes back is the difference; less what gift cards, stored value and store credit take of
    it, it is what the payment method collects or gives back. Raises `UnknownLocale`.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.after_pay.edits import edit_order
    >>> def ask(at, sku, price):
    ...     line = Line(id=sku, shop="s", sku=sku, name=f"Mug {sku}", quantity=1, unit_price=price)
    ...     return Checkout(at=f"2026-11-{at}T00:00:00Z", cart=Cart(currency="CNY", lines=[line]))
    >>> rules = Rulebook(id="r", currency="CNY")
    >>> print(edit_text(edit_order(settle(ask(11, "M", "80.00 CNY"), rules), ask(12, "L", "95.00 CNY"), rules)))
    Order edit                              2026-11-12 00:00 UTC
    ============================================================
    What is added
      Mug L                                       × 1   CN¥95.00
    ------------------------------------------------------------
    What comes back
      Mug M                                       × 1  -CN¥80.00
    ------------------------------------------------------------
    Difference                                          CN¥15.00
    To collect                                          CN¥15.00
    """
    say, page = language(locale), Page()
    title = say("Order edit") if edit.id is None else f"{say('Order edit')} {shown(edit.id)}"
    page.heading(title, "" if edit.at is None else buyers_clock(edit.at, None))
    if edit.order is not None:
        page.row(say("Order {order}", order=shown(edit.order)))
    page.rule("=")
    if edit.settled is not None:
        _added(page, say, edit.settled)
    for at, quote in sorted(edit.refunds.items()):
        _back(page, say, quote, edit.parts[at].settlement)
    if not edit.lines:
        page.row(say("Nothing is added, and nothing comes back"))
        page.rule()
    if len(edit.shops) > 1:
        for shop, amount in edit.shops.items():
            page.row(say("Shop {shop}", shop=shown(shop)), amount=say.money(amount))
        page.rule()
    page.row(say("Difference"), amount=say.money(edit.difference))
    for tender in () if edit.settled is None else edit.settled.tenders:
        page.row(say("of it by {tender}", tender=shown(tender.id)), amount=say.money(tender.amount), indent=2)
    for _, quote in sorted(edit.refunds.items()):
        for back in quote.tenders:
            page.row(say("of it to {tender}", tender=shown(back.id)), amount=say.money(-back.amount), indent=2)
        if quote.credit is not None:
            label = say("of it as store credit to {account}", account=shown(quote.credit.id))
            page.row(label, amount=say.money(-quote.credit.amount), indent=2)
    if edit.give_back:
        page.row(say("To give back"), amount=say.money(edit.give_back))
    else:
        page.row(say("To collect"), amount=say.money(edit.collect))
    return str(page)


def _named(settlement: Settlement) -> Names:
    request = settlement.made_from
    return Names(settlement, *((None, None) if request is None else request))


def _added(page: Page, say: Language, settlement: Settlement) -> None:
    """What is settled anew, each line with all that it pays."""
    names = _named(settlement)
    page.row(say("What is added"))
    for line in settlement.lines:
        page.row(names.line(line.id), f"× {say.number(line.quantity)}", say.money(line.payable), indent=2)
    page.rule()


def _back(page: Page, say: Language, quote: RefundQuote, settlement: Settlement) -> None:
    """What comes back of one part: its lines, what is charged on kept goods, and what is kept of it."""
    names = _named(settlement)
    page.row(say("What comes back"))
    for line in quote.lines:
        quantity = f"× {say.number(line.quantity)}" if line.quantity else ""
        page.row(names.line(line.id), quantity, say.money(-line.cash), indent=2)
    for charge in quote.charges:
        facts = {"offer": names.offer(charge.rule), "line": names.line(charge.line)}
        page.row(say("{offer} on {line}, for what is kept", **facts), amount=say.money(charge.amount), indent=2)
    for kept in quote.deductions:
        facts = {"reason": shown(kept.reason), "line": names.line(kept.line)}
        if kept.amount.minor < 0:
            label = say("Given of what was charged: {reason} on {line}", **facts)
        else:
            label = say("Kept: {reason} on {line}", **facts)
        page.row(label, amount=say.money(kept.amount), indent=2)
    page.rule()
