"""Amounts as ACP writes them: of a closed list of types, discounts above 0.

    items_base_amount - items_discount = subtotal
    subtotal - discount + fulfillment + tax + fee = total

No type is there for points, for a rounding and for a tax that is taken out, and nothing says of which sign a store
credit is: these are `Unsayable`, never a negative fee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from settlement.documents.written import all_readable
from settlement.errors import Problem
from settlement.ext.acp.versions import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settlement.documents.words.language import Language
    from settlement.receipts.settlement import Settlement

__all__ = ["entry", "line_totals", "totals_of", "unsayable_totals"]


def entry(kind: str, text: str, amount: int) -> dict[str, Any]:
    """One entry."""
    return {"type": kind, "display_text": text, "amount": amount}


def unsayable_totals(settlement: Settlement) -> Iterator[Problem]:
    """The amounts that have no type here."""
    columns = settlement.totals
    found = {"points": columns.points, "rounding": columns.rounding}
    if columns.tax.minor < 0:
        found["tax"] = columns.tax
    for name, amount in found.items():
        if amount.minor:
            yield Problem(f"totals.{name}", "unsayable.total", {"found": str(amount), "protocol": PROTOCOL})
    for at, each in enumerate(settlement.tenders):
        facts = {"found": str(each.amount), "protocol": PROTOCOL}
        yield Problem(f"tenders[{at}]", "unsayable.total", facts)


def totals_of(settlement: Settlement, say: Language) -> list[dict[str, Any]]:
    """The whole: every column that is not 0, and the three that always are there."""
    columns = settlement.totals
    goods, offers = columns.goods.minor, columns.promotions.minor + columns.coupons.minor
    rows = [
        entry("items_discount", say("Offers"), -offers),
        entry("subtotal", say("Goods after offers"), goods + offers),
        entry("discount", say("Freight offers"), -columns.freight_offers.minor),
        entry("fulfillment", say("Freight"), columns.freight.minor + columns.surcharges.minor),
        entry("tax", say("Tax"), columns.tax.minor),
        entry("fee", say("Payment fee"), columns.payment_fee.minor),
    ]
    shown = [row for row in rows if row["amount"] or row["type"] == "subtotal"]
    first = entry("items_base_amount", say("Goods"), goods)
    return [first, *shown, entry("total", say("To pay"), columns.payable.minor)]


def line_totals(goods: int, offers: int, say: Language) -> list[dict[str, Any]]:
    """One line: its goods, what offers take off, and what is left of them."""
    rows = [entry("items_base_amount", say("Goods"), goods)]
    if offers:
        rows.append(entry("items_discount", say("Offers"), -offers))
    left = goods + offers
    return [*rows, entry("subtotal", say("Goods after offers"), left), entry("total", say("Total"), left)]


all_readable(globals())
