"""The server's cart: what lies in it, how much, and which of it is ticked. Prices are never in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from settlement.ext.store.database import Database
from shop.tables import cart

__all__ = ["CART", "NOW", "Carts", "Item"]

#: The two slots: what was collected, and the one line that is bought at once.
CART: Final = "cart"
NOW: Final = "now"


class Item(NamedTuple):
    """One line of a cart."""

    sku: str
    quantity: Decimal
    ticked: bool


class Carts:
    """The carts of all buyers. Quantities are decimals with up to three places."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(self, customer: str, slot: str = CART) -> list[Item]:
        """What lies in a cart, in the order in which it was put there."""
        wanted = select(cart).where(cart.c.customer == customer, cart.c.slot == slot).order_by(cart.c.place, cart.c.sku)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [Item(row.sku, Decimal(row.quantity) / 1000, row.ticked) for row in rows]

    def put(self, customer: str, sku: str, quantity: Decimal | str) -> None:
        """So much more of an article, ticked."""
        more = int(Decimal(quantity) * 1000)
        here = (cart.c.customer == customer) & (cart.c.slot == CART)

        def attempt() -> None:
            with self._database.writing() as connection:
                added = update(cart).where(here, cart.c.sku == sku)
                if connection.execute(added.values(quantity=cart.c.quantity + more, ticked=True)).rowcount:
                    return
                last = connection.execute(select(func.max(cart.c.place)).where(here)).scalar() or 0
                row = {"customer": customer, "slot": CART, "sku": sku, "quantity": more, "ticked": True}
                connection.execute(insert(cart).values(row | {"place": last + 1}))

        self._database.settled(attempt)

    def buy_now(self, customer: str, sku: str, quantity: Decimal | str) -> None:
        """This alone is bought at once, in the place of whatever was before; the cart stays as it is."""
        row = {"customer": customer, "slot": NOW, "sku": sku, "quantity": int(Decimal(quantity) * 1000)}

        def attempt() -> None:
            with self._database.writing() as connection:
                connection.execute(delete(cart).where(cart.c.customer == customer, cart.c.slot == NOW))
                connection.execute(insert(cart).values(row | {"ticked": True, "place": 1}))

        self._database.settled(attempt)

    def change(self, customer: str, slot: str, items: list[Item]) -> None:
        """Quantities and ticks of what is there; what isn't is passed over."""
        with self._database.writing() as connection:
            for each in items:
                line = (cart.c.customer == customer) & (cart.c.slot == slot) & (cart.c.sku == each.sku)
                row = {"quantity": int(each.quantity * 1000), "ticked": each.ticked}
                connection.execute(update(cart).where(line).values(row))

    def tick(self, customer: str, sku: str, *, ticked: bool) -> None:
        """One line ticked, or not."""
        line = (cart.c.customer == customer) & (cart.c.slot == CART) & (cart.c.sku == sku)
        with self._database.writing() as connection:
            connection.execute(update(cart).where(line).values(ticked=ticked))

    def drop(self, customer: str, slot: str, skus: list[str]) -> None:
        """These are no longer in it: taken out, or bought."""
        gone = (cart.c.customer == customer) & (cart.c.slot == slot) & cart.c.sku.in_(skus)
        with self._database.writing() as connection:
            connection.execute(delete(cart).where(gone))
