"""One order of several shops as one order for each of them (拆单): shares of the settlement that add up to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from settlement.allocation import spread
from settlement.breakdown import Settlement
from settlement.documents import LISTED, Count, Document, Id
from settlement.money import Money, _money
from settlement.paid import expect_payable
from settlement.reading import (
    AdjustmentDocument,
    ColumnsDocument,
    GiftDocument,
    LineDocument,
    OneCurrency,
    ParcelDocument,
    Signed,
)

__all__ = ["SubOrder", "split_orders"]


class SubOrderPoints(Document):
    """What of the points used and earned is this shop's part."""

    used: Count
    earned: Count


class SubOrder(OneCurrency):
    """What one shop sells and ships of an order: its lines, its shares of every adjustment, its parcels and gifts.

    `due` is what of it the payment method pays; the rest was paid by gift cards and stored value. As JSON by
    `model_dump_json()`, read back by `model_validate_json()`.
    """

    settlement: str
    shop: Id
    totals: ColumnsDocument
    due: Signed
    lines: Annotated[tuple[LineDocument, ...], LISTED]
    adjustments: Annotated[tuple[AdjustmentDocument, ...], LISTED]
    parcels: Annotated[tuple[ParcelDocument, ...], LISTED]
    gifts: Annotated[tuple[GiftDocument, ...], LISTED]
    points: SubOrderPoints


def split_orders(settlement: Settlement) -> tuple[SubOrder, ...]:
    """One sub-order for each shop, in the settlement's order of shops; their sums are the settlement's.

    Columns, lines, shares of adjustments, parcels, gifts, points and `due` are each some shop's, to the minor unit.
    Points earned and `due` are spread by what each shop's part of payable is (contract §4, Spreading). A gift is sent
    by the shop of the first line that it was given for. Raises `InvalidDocument` for a settlement that is pending or
    blocked, `TypeError` for anything but a settlement.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> lines = [Line(id=n, shop=n, sku="k", quantity=1, unit_price="9.90 CNY") for n in ("tea", "pots")]
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    >>> [
    ...     (each.shop, str(each.totals.payable))
    ...     for each in split_orders(settle(checkout, Rulebook(id="r", currency="CNY")))
    ... ]
    [('tea', '9.90 CNY'), ('pots', '9.90 CNY')]
    """
    expect_payable(settlement, "sub-orders")
    document = settlement.to_dict()
    shop_of = {line["id"]: line["shop"] for line in document["lines"]}
    payable = {shop.id: shop.payable.minor for shop in settlement.shops}
    weights = payable if any(payable.values()) else dict.fromkeys(payable, 1)
    due = spread(settlement.due.minor, weights)
    earned = spread(settlement.points.earned, weights)
    senders = _senders(settlement, shop_of)
    made = []
    for shop in document["shops"]:
        name = shop.pop("id")
        lines = [line for line in document["lines"] if line["shop"] == name]
        content = {
            "settlement": settlement.digest,
            "currency": settlement.currency,
            "shop": name,
            "totals": shop,
            "due": _money(due[name], settlement.currency),
            "lines": lines,
            "adjustments": list(_adjustments(document["adjustments"], {line["id"] for line in lines})),
            "parcels": [parcel for parcel in document["parcels"] if parcel["shop"] == name],
            "gifts": [gift for gift, sender in zip(document["gifts"], senders, strict=True) if sender == name],
            "points": {"used": sum([line["points_used"] for line in lines]), "earned": earned[name]},
        }
        made.append(SubOrder.model_validate(content))
    return tuple(made)


def _adjustments(rows: Sequence[Mapping[str, Any]], names: set[str]) -> Iterator[dict[str, Any]]:
    """Each adjustment as far as it touches these lines."""
    for row in rows:
        shares = {name: share for name, share in row["shares"].items() if name in names}
        if shares:
            platform = {name: share for name, share in row["platform"].items() if name in names}
            amounts = [Money(share) for share in shares.values()]
            yield {**row, "amount": sum(amounts[1:], amounts[0]), "shares": shares, "platform": platform}


def _senders(settlement: Settlement, shop_of: Mapping[str, str]) -> list[str | None]:
    """The shop of the first line that each gift was given for; the first shop where the facts don't say."""
    lines: dict[str, list[str]] = {}
    for decision in settlement.decisions:
        lines[decision.rule] = list(decision.facts.get("unshared", ()))
    found = []
    for gift in settlement.gifts:
        scope = set(lines.get(gift.rule) or shop_of)
        found.append(next((shop for line, shop in shop_of.items() if line in scope), None))
    return found
