"""What there is: what a customer holds and used before, and stock, as a checkout is told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from settlement.cart.customer import MAX_COPIES, Customer, Usage
from settlement.cart.tenders import Tender
from settlement.documents.scalars import quantity_out, returned_quantity
from settlement.ext.store.tables import allowances
from settlement.money import money_of

__all__ = ["Held", "read_held", "read_stock"]

#: What is a customer's own; what counts in all; what whoever names it may use.
_OWN = ("coupon", "points", "gift_card", "stored_value", "use", "units")
_IN_ALL = ("use", "budget")
_NAMED = ("coupon", "gift_card", "stored_value")


class Held(NamedTuple):
    """What a customer may use now: the `customer` of a checkout, without level and newness, and cards that may pay."""

    customer: Customer
    tenders: tuple[Tender, ...]


def read_held(connection: Connection, customer: str, codes: Collection[str]) -> Held:
    """What is this customer's, and of what is there for whoever comes only what he named."""
    kind, holder = allowances.c.kind, allowances.c.holder
    wanted = [
        select(allowances).where(kind.in_(_OWN), holder == customer),
        select(allowances).where(kind.in_(_IN_ALL), holder == ""),
        select(allowances).where(kind.in_(_NAMED), holder == "", allowances.c.id.in_(sorted(codes))),
    ]
    rows = [row for each in wanted for row in connection.execute(each).all()]
    copies: dict[str, int] = {}
    usage: dict[str, dict[str, Any]] = {}
    points, cards = 0, list[Tender]()
    for row in sorted(rows, key=lambda row: (row.kind, row.id, row.holder)):
        used = usage.setdefault(row.id, {})
        match row.kind:
            case "coupon":  # an order takes all its copies of one holder
                copies[row.id] = max(copies.get(row.id, 0), min(row.quantity // 1000, MAX_COPIES))
            case "points":
                points = max(points, row.quantity // 1000)
            case "use":
                used["by_customer" if row.holder else "in_all"] = row.quantity // 1000
            case "units":
                used["units"] = quantity_out(row.quantity)
            case "budget":
                used["spent"] = money_of(row.quantity, row.currency)
            case _ if row.quantity:
                balance = money_of(row.quantity, row.currency)
                cards.append(Tender(id=row.id, type=row.kind, balance=balance))
    held = {coupon: count for coupon, count in copies.items() if count}
    used_before = [Usage.from_dict({"rule": rule} | used) for rule, used in sorted(usage.items()) if used]
    return Held(
        Customer(id=customer, points=points, coupons=sorted(held), copies=held, usage=used_before), tuple(cards)
    )


def read_stock(connection: Connection, goods: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int | Decimal]:
    """How many there are, by shop and sku; without those that nobody counts."""
    asked = set(goods)
    shops, skus = sorted({shop for shop, _ in asked}), sorted({sku for _, sku in asked})
    wanted = select(allowances).where(
        allowances.c.kind == "stock", allowances.c.holder.in_(shops), allowances.c.id.in_(skus)
    )
    found = [row for row in connection.execute(wanted).all() if (row.holder, row.id) in asked]
    return {(row.holder, row.id): returned_quantity(quantity_out(row.quantity)) for row in found}
