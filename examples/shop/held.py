"""What the server knows of a buyer and of the stock: asked of the store, never read off a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from settlement import Customer
from settlement.orders import Actor
from shop.data import BUYERS
from shop.state import State

__all__ = ["customer_of", "stock_of"]


def customer_of(shop: State, buyer: str) -> Customer:
    """Level and newness, and what the store says: points, coupons with their copies, what was used before."""
    known, actor = BUYERS.get(buyer), Actor.customer(buyer)
    bought = shop.store.orders(actor, limit=1).rows
    return shop.store.held(actor, buyer).customer.model_copy(
        update={
            "level": None if known is None else known.level,
            "new": not bought and (known is None or known.new),
        }
    )


def stock_of(shop: State, goods: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int | Decimal]:
    """How much there is by shop and sku."""
    return shop.store.stock(goods)
