"""Why a later payout of an order says another amount than the one before it: row by row what is new."""

from __future__ import annotations

from settlement.after_pay.payouts.accounts import Payout
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect
from settlement.errors import CurrencyMismatch
from settlement.explanations.figures import Figures
from settlement.explanations.payout_story import PLATFORM_ROWS, account_rows
from settlement.explanations.story import Explanation
from settlement.explanations.terms import Figure

__all__ = ["explain_payout_change"]


def explain_payout_change(before: Payout, after: Payout, shop: str | None = None) -> Explanation:
    """The difference of two payouts of an order: of one shop, or without a shop of the platform.

    Each row that moved says what it is now and what it was; the moves add up to what is to be transferred, or taken
    back, between the two. Why a row is what it is `explain_payout` tells. Raises `LookupError` for a shop that is in
    neither, `ValueError` for payouts of two settlements, `InvalidDocument` for those of two orders, `CurrencyMismatch`,
    `TypeError` for anything but payouts. Source: docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, refund, settle
    >>> from settlement.after_pay.payouts.owed import payout
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="50.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> story = explain_payout_change(payout(paid), payout(paid, refunds=[refund(paid, {"a": 1})]), "tea")
    >>> [(term.code, str(term.amount)) for term in story.figures]
    [('commission_back', '2.50 CNY'), ('goods_back', '-50.00 CNY')]
    """
    expect("before", before, Payout)
    expect("after", after, Payout)
    if before.settlement != after.settlement:
        raise ValueError("payouts of two settlements have no difference; they are two orders' or two requests'")
    if before.currency != after.currency:
        raise CurrencyMismatch(before.currency, after.currency)
    one_order("payout", [("before", before.order), ("after", after.order)])
    figures = Figures(after.currency)
    was, now = (_rows(each, shop) for each in (before, after))
    moved: list[Figure] = []
    for code in now:
        made = now[code] - was.get(code, 0)
        if made:
            terms: list[Figure] = [("this_payout", now[code]), ("payout_before", -was.get(code, 0))]
            figures.sum("changed", made, terms, row=code)
            moved.append((code, made))
    result = sum([each[1] for each in moved])
    figures.sum("change", result, moved)
    name, amount, order = shop or "", figures.money(result), after.order or before.order
    return Explanation("change", name, after.currency, amount, tuple(figures.steps), order=order)


def _rows(payout: Payout, shop: str | None) -> dict[str, int]:
    """Each row that adds up to a shop's net, of its sale and of its refunds, or to the platform's."""
    if shop is None:
        rows = {name: getattr(payout.platform, name) for name in PLATFORM_ROWS}
        return {_PLATFORMS.get(name, name): 0 if row is None else row.minor for name, row in rows.items()}
    account = payout.shop(shop)
    found = {code: amount for code, amount, *_ in account_rows(account.sale)}
    found |= {f"{code}_back": amount for code, amount, *_ in account_rows(account.refunds)}
    return found


#: Rows of the platform that the words of a shop's would not fit.
_PLATFORMS = {"points": "points_borne"}
