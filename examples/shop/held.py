"""What the server knows of a buyer and of the stock: read off the store's allowances, never off a form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from settlement import Customer
from settlement.ext.store.tables import allowances
from settlement.money import money_of
from settlement.orders import Actor
from shop.data import BUYERS
from shop.state import State

__all__ = ["customer_of", "stock_of"]

#: The library looks at so many copies of one coupon.
_COPIES: Final = 20


def customer_of(shop: State, buyer: str) -> Customer:
    """Level, newness, points, coupons with their copies, and what was used before of offers that are limited."""
    known = BUYERS.get(buyer)
    coupons: dict[str, int] = {}
    usage: dict[str, dict[str, Any]] = {}
    points = 0
    wanted = select(allowances).where(allowances.c.holder.in_([buyer, ""]), allowances.c.kind != "stock")
    with shop.database.reading() as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        used = usage.setdefault(row.id, {"rule": row.id})
        match row.kind:
            case "coupon":
                coupons[row.id] = coupons.get(row.id, 0) + row.quantity // 1000
            case "points":
                points += row.quantity // 1000
            case "use":
                used["by_customer" if row.holder else "in_all"] = row.quantity // 1000
            case "units":
                used["units"] = Decimal(row.quantity) / 1000
            case "budget":
                used["spent"] = money_of(row.quantity, row.currency)
    held = {coupon: min(copies, _COPIES) for coupon, copies in coupons.items() if copies}
    bought = shop.store.orders(Actor.customer(buyer), limit=1).rows
    return Customer(
        id=buyer,
        level=None if known is None else known.level,
        new=not bought and (known is None or known.new),
        points=points,
        coupons=sorted(held),
        copies=held,
        usage=[each for each in usage.values() if len(each) > 1],
    )


def stock_of(shop: State) -> Mapping[tuple[str, str], Decimal]:
    """How much there is by shop and sku."""
    with shop.database.reading() as connection:
        rows = connection.execute(select(allowances).where(allowances.c.kind == "stock")).all()
    return {(row.holder, row.id): Decimal(row.quantity) / 1000 for row in rows}
