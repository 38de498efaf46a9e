"""A payout as a page: each shop's account, the platform's, and what the buyer paid in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.language import Language, language
from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown
from settlement.receipts.buyers_clock import buyers_clock

if TYPE_CHECKING:
    from settlement.after_pay.payouts.accounts import Payout, ShopPayout
    from settlement.money import Money

__all__ = ["payout_text"]


def payout_text(payout: Payout, *, locale: str = "en") -> str:
    """The payout as plain text in a reader's language, without a final newline; rows of 0 are left out.

    The rows of each block add up to its last one; the nets and the provider's fee to what was paid less what was paid
    back. Raises `UnknownLocale`.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.after_pay.payouts.owed import payout
    >>> line = Line(id="a", shop="Tea House", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> print(payout_text(payout(settle(checkout, Rulebook(id="r", currency="CNY")))))
    Payout
    ============================================================
    Tea House
      Goods                                             CN¥99.00
      Commission                                        -CN¥4.95
      To the shop                                       CN¥94.05
    ------------------------------------------------------------
    Platform
      Commission                                         CN¥4.95
      To the platform                                    CN¥4.95
    ============================================================
    Paid by the buyer                                   CN¥99.00
    """
    say, page = language(locale), Page()
    title = say("Payout") if payout.id is None else f"{say('Payout')} {shown(payout.id)}"
    page.heading(title, "" if payout.at is None else buyers_clock(payout.at.isoformat(), None))
    if payout.order is not None:
        page.row(say("Order {order}", order=shown(payout.order)))
    page.rule("=")
    for shop in payout.shops:
        _shop(page, say, shop)
        page.rule()
    platform = payout.platform
    page.row(say("Platform"))
    rows = (
        (say("Commission"), platform.commission),
        (say("Tax"), platform.tax),
        (say("Payment fee"), platform.buyer_fee),
        (say("Rounding"), platform.rounding),
        (say("Offers of the platform"), platform.platform_offers),
        (say("Points"), platform.points),
        (say("Difference of the provider's fee"), platform.fee_difference),
        (say("Third parties"), platform.referrals),
    )
    _rows(page, say, rows)
    page.row(say("To the platform"), amount=say.money(platform.net), indent=2)
    page.rule("=")
    if payout.provider:
        page.row(say("Kept by the payment provider"), amount=say.money(payout.provider))
    for each in payout.receivers:
        page.row(say("To {name}", name=shown(each.receiver)), amount=say.money(each.amount))
    if payout.stored_value:
        page.row(say("Owed to the holders of gift cards"), amount=say.money(payout.stored_value))
    page.row(say("Paid by the buyer"), amount=say.money(payout.paid))
    if payout.refunded:
        page.row(say("Paid back to the buyer"), amount=say.money(payout.refunded))
    return str(page)


def _shop(page: Page, say: Language, shop: ShopPayout) -> None:
    sale = shop.sale
    page.row(shown(shop.shop))
    rows = (
        (say("Goods"), sale.goods),
        (say("Own offers"), sale.own_offers),
        (say("Freight"), sale.freight),
        (say("Tax"), sale.tax),
        (say("Payment fee"), sale.buyer_fee),
        (say("Rounding"), sale.rounding),
        (say("Commission"), sale.commission),
        (say("Fee of the payment provider"), sale.payment_fee),
        (say("Difference of the provider's fee"), sale.fee_difference),
        (say("Third parties"), sale.referrals),
        (say("Refunds"), shop.refunds.net),
    )
    _rows(page, say, rows)
    page.row(say("To the shop"), amount=say.money(shop.net), indent=2)
    paid_by_platform = sale.platform_offers + sale.points + shop.refunds.platform_offers + shop.refunds.points
    if paid_by_platform:
        page.row(say("of it paid by the platform"), amount=say.money(paid_by_platform), indent=4)


def _rows(page: Page, say: Language, rows: tuple[tuple[str, Money | None], ...]) -> None:
    for label, amount in rows:
        if amount:
            page.row(label, amount=say.money(amount), indent=2)
