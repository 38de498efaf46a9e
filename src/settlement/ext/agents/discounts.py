"""The offers of a settlement as discounts: each with its amount, the lines that it fell on, and its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from settlement.documents.written import all_readable
from settlement.receipts.columns import COUPONS, FREIGHT_OFFERS, GOODS_OFFERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settlement.receipts.settlement import Settlement

__all__ = ["Discount", "discounts"]

#: Kinds of benefit that work out each unit by itself; the others take a sum, which is shared out by value.
_EACH = frozenset({"add_on_price", "fixed_price", "flash_price", "graduated_price", "nth_unit", "unit_amount_off"})
_ACROSS = frozenset(
    {"amount_off", "bundle_price", "freight_off", "freight_percent_off", "gift", "percent_off", "set_price"}
)


class Discount(NamedTuple):
    """One offer that applied: what it took off in minor units (above 0), of goods by the place of the line."""

    rule: str
    title: str
    coupon: bool
    freight: bool
    amount: int
    shares: tuple[tuple[int, int], ...]
    priority: int
    method: Literal["each", "across"] | None


def discounts(settlement: Settlement) -> Iterator[Discount]:
    """Every offer that took something off, in the order in which they applied; `priority` counts from 1.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> tier = {"benefit": {"type": "percent_off", "percent": "10"}}
    >>> rules = Rulebook(id="r", currency="CNY", promotions=[{"id": "p", "issuer": "s", "tiers": [tier]}])
    >>> [(each.rule, each.amount, each.shares) for each in discounts(settle(checkout, rules))]
    [('p', 1198, ((0, 1198),))]
    """
    places = {line.id: at for at, line in enumerate(settlement.lines)}
    names = settlement.called.offers
    offers = (*GOODS_OFFERS, *FREIGHT_OFFERS)
    rows = [each for each in settlement.adjustments if each.stage in offers and each.amount.minor]
    for priority, row in enumerate(rows, 1):
        kind = row.facts.get("benefit", {}).get("type")
        yield Discount(
            row.rule,
            names.get(row.rule) or row.rule,
            row.stage in COUPONS,
            row.stage in FREIGHT_OFFERS,
            -row.amount.minor,
            tuple(sorted([(places[line], -share.minor) for line, share in row.shares.items() if share.minor])),
            priority,
            "each" if kind in _EACH else "across" if kind in _ACROSS else None,
        )


all_readable(globals())
