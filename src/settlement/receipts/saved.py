"""What the buyer saves: the one definition of it, for receipts, reports and whoever builds a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.money import Money
    from settlement.receipts.parts import SettledLine, SettledShop, Totals

__all__ = ["Saved", "saved", "saved_parts"]


class Saved(NamedTuple):
    """What is not paid of list prices and freight, by what took it off; amounts are 0 or more.

    Points are no part of it, nor are gift cards: they pay. Nor is free shipping by a freight template, for it takes off
    nothing that was charged. A gift has no price.
    """

    list_prices: Money
    promotions: Money
    coupons: Money
    freight_offers: Money

    @property
    def in_all(self) -> Money:
        """The sum of the parts: what receipts call "You save"."""
        return self.list_prices + self.promotions + self.coupons + self.freight_offers


def saved(row: SettledLine | SettledShop | Totals) -> Saved:
    """The parts of one row of columns."""
    return Saved(row.list - row.goods, -row.promotions, -row.coupons, -row.freight_offers)


def saved_parts(parts: Saved, say: Language) -> list[tuple[str, Money]]:
    """The parts that are not 0, with their labels; they add up to `in_all`."""
    labels = (say("Off list prices"), say("Promotions"), say("Coupons"), say("Freight offers"))
    return [(label, amount) for label, amount in zip(labels, parts, strict=True) if amount]


all_readable(globals())
