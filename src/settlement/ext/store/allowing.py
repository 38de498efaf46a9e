"""Granting what can be consumed: copies of a coupon, points, a card's balance, a shop's stock of a sku."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import update

from settlement.errors import InvalidDocument, Problem
from settlement.ext.store.consuming import UP
from settlement.ext.store.database import Database, insert_once
from settlement.ext.store.figures import taken
from settlement.ext.store.tables import LARGEST, allowances
from settlement.money import Money
from settlement.orders import Consumed

__all__ = ["allow"]

#: Kinds whose quantity is an amount.
_AMOUNTS = frozenset({"gift_card", "stored_value"})


def allow(database: Database, kind: str, id: str, quantity: int | Decimal | str | Money, holder: str | None) -> None:
    """As `Store.allow`: one statement, and a row of 0 before it where there was none."""
    granted = {"amount": quantity} if kind in _AMOUNTS else {"quantity": quantity or 1}
    stated = Consumed.model_validate({"kind": kind, "id": id, "shop": holder} | granted)
    if kind in UP:
        raise InvalidDocument([Problem("kind", "value.invalid", {"detail": "is bounded by the rulebook"})], "Allowance")
    if kind == "stock" and holder is None:
        raise InvalidDocument([Problem("shop", "value.invalid", {"detail": "stock is that of a shop"})], "Allowance")
    more = 0 if not quantity else taken(stated.quantity if stated.amount is None else stated.amount)
    currency = None if stated.amount is None else stated.amount.currency
    key = {"kind": kind, "holder": holder or "", "id": id}
    here = [allowances.c[name] == value for name, value in key.items()]
    if currency is not None:
        here.append(allowances.c.currency == currency)
    added = update(allowances).where(*here, allowances.c.quantity <= LARGEST - more)

    def attempt() -> bool:
        with database.writing() as connection:
            insert_once(connection, allowances, key | {"currency": currency, "quantity": 0})
            return connection.execute(added.values(quantity=allowances.c.quantity + more)).rowcount == 1

    if not database.settled(attempt):
        facts = {"detail": "is more than can be counted, or in another currency than what is there"}
        raise InvalidDocument([Problem("quantity", "value.invalid", facts)], "Allowance")
