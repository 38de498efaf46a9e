"""Amounts as UCP writes them: signed entries in minor units, whose sum is the one called total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from settlement.documents.words.texts import TENDERS
from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.money import Money
    from settlement.receipts.settlement import Settlement

__all__ = ["entry", "line_totals", "totals_of"]


def entry(kind: str, text: str, amount: int) -> dict[str, Any]:
    """One entry; the text is required of types that UCP does not know."""
    return {"type": kind, "display_text": text, "amount": amount}


def totals_of(settlement: Settlement, say: Language) -> list[dict[str, Any]]:
    """The whole: every column that is not 0, in the order in which it was worked out; then gift cards, then the total.

    Points, rounding, a tax that is taken out and gift cards have types of our own, with a text: the list is open. What
    is left to pay is the total, so a gift card is an entry above it (UCP's own example: an account credit).
    """
    columns = settlement.totals
    tax = columns.tax.minor
    rows = [
        _of(
            "items_discount", say("Offers"), (say("Promotions"), columns.promotions), (say("Coupons"), columns.coupons)
        ),
        _of("fulfillment", say("Freight"), (say("Freight"), columns.freight), (say("Surcharges"), columns.surcharges)),
        entry("discount", say("Freight offers"), columns.freight_offers.minor),
        entry("points", say("Points"), columns.points.minor),
        entry("tax" if tax > 0 else "tax_relief", say("Tax"), tax),
        entry("fee", say("Payment fee"), columns.payment_fee.minor),
        entry("rounding", say("Rounding"), columns.rounding.minor),
    ]
    rows += [entry(each.type, say(TENDERS[each.type], id=each.id), -each.amount.minor) for each in settlement.tenders]
    shown = [row for row in rows if row["amount"]]
    first, last = entry("subtotal", say("Goods"), columns.goods.minor), settlement.due.minor
    return [first, *shown, entry("total", say("To pay"), last)]


def _of(kind: str, text: str, *parts: tuple[str, Money]) -> dict[str, Any]:
    """An entry of several parts, which stand below it where there is more than one."""
    lines = [{"display_text": name, "amount": amount.minor} for name, amount in parts if amount.minor]
    made = entry(kind, text, sum([amount.minor for _, amount in parts]))
    return made | {"lines": lines} if len(lines) > 1 else made


def line_totals(goods: int, offers: int, say: Language) -> list[dict[str, Any]]:
    """One line: its goods, what offers take off, and what is left of them."""
    rows = [entry("subtotal", say("Goods"), goods)]
    if offers:
        rows.append(entry("items_discount", say("Offers"), offers))
    return [*rows, entry("total", say("Total"), goods + offers)]


all_readable(globals())
