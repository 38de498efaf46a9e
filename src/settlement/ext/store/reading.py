"""What is read: an order with its state, of a shop its part alone, and pages of orders without their records."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select

from settlement.after_pay.payouts.sub_orders import SubOrder, split_orders
from settlement.cart.address import Address
from settlement.errors import InvalidDocument, NotFound, Problem
from settlement.ext.store.access import may, theirs
from settlement.ext.store.figures import instant, microseconds
from settlement.ext.store.log import read_events
from settlement.ext.store.persons import Persons
from settlement.ext.store.rulebooks import together
from settlement.ext.store.tables import order_shops, orders, records
from settlement.orders import Actor, Changed, Order, OrderState, OrderStatus, ShopDeliveries, order_state

__all__ = ["OrderRow", "Page", "ShopOrder", "find", "page", "part_of", "read_order", "read_state"]


class ShopOrder(NamedTuple):
    """What a shop sees of an order: its own part, where it goes, and what of it is still to be sent."""

    id: str
    placed: datetime
    status: OrderStatus
    part: SubOrder
    address: Address | None
    deliveries: ShopDeliveries


class OrderRow(NamedTuple):
    """One order of a page."""

    id: str
    customer: str | None
    placed: datetime
    status: OrderStatus


class Page(NamedTuple):
    """Orders, the newest first, and where the next page begins: hand `after` in again; None: there is no more."""

    rows: tuple[OrderRow, ...]
    after: str | None


def find(connection: Connection, actor: Actor, order: str) -> None:
    """Raise `NotFound` unless this actor may see the order."""
    if connection.execute(select(orders.c.id).where(orders.c.id == order, theirs(actor))).first() is None:
        raise NotFound(order)


def read_order(connection: Connection, persons: Persons, order: str) -> Order:
    """An order that is there, as it was placed."""
    document = connection.execute(select(orders.c.document).where(orders.c.id == order)).scalar_one()
    return Order.model_validate(json.loads(document) | {"record": together(connection, persons, order)})


def read_state(connection: Connection, persons: Persons, order: str) -> OrderState:
    """Its fold."""
    return order_state(read_order(connection, persons, order), read_events(connection, persons, order))


def part_of(state: OrderState, shop: str) -> ShopOrder:
    """What this shop sees; its part is that of the first of the order's settlements that has goods of it."""
    order = state.order
    changes = [event.edit.settled for event in state.events if isinstance(event, Changed)]
    settlements = [order.settlement, *[each for each in changes if each is not None]]
    part = next(each for one in settlements for each in split_orders(one) if each.shop == shop)
    deliveries = next(each for each in state.deliveries if each.shop == shop)
    return ShopOrder(order.id, order.placed, state.status, part, order.address, deliveries)


# ------------------------------------------------------------------ pages


def page(
    connection: Connection,
    persons: Persons,
    actor: Actor,
    *,
    customer: str | None,
    shop: str | None,
    status: OrderStatus | None,
    phone: str | None,
    since: datetime | str | None,
    until: datetime | str | None,
    after: str | None,
    limit: int,
) -> Page:
    """One page by key: where the last one ended, not how many there were before. Raises as `Store.orders` does."""
    may(actor, "orders", "orders")
    if actor.role == "customer":
        customer = _own(actor, customer)
    elif actor.role == "shop":
        shop = _own(actor, shop)
    placed, name = (orders.c.placed, orders.c.id) if shop is None else (order_shops.c.placed, order_shops.c.order_id)
    wanted = select(orders.c.id, orders.c.customer, orders.c.placed, orders.c.status)
    if shop is not None:
        wanted = wanted.join(order_shops, order_shops.c.order_id == orders.c.id).where(order_shops.c.shop == shop)
    if customer is not None:
        wanted = wanted.where(orders.c.customer == customer)
    if status is not None:
        wanted = wanted.where(orders.c.status == status)
    if phone is not None:
        same = records.c.phone.in_(persons.phones(connection, phone))
        wanted = wanted.join(records, records.c.order_id == orders.c.id).where(same)
    if since is not None:
        wanted = wanted.where(placed >= microseconds(since))
    if until is not None:
        wanted = wanted.where(placed < microseconds(until))
    if after is not None:
        at, order = _read_place(after)
        wanted = wanted.where(placed <= at, or_(placed < at, and_(placed == at, name < order)))
    found = connection.execute(wanted.order_by(placed.desc(), name.desc()).limit(limit + 1)).all()
    hidden = actor.role == "shop"  # a shop needs no list of who buys elsewhere
    rows = [OrderRow(each.id, None if hidden else each.customer, instant(each.placed), each.status) for each in found]
    more = f"{found[limit - 1].placed}:{found[limit - 1].id}" if len(found) > limit else None
    return Page(tuple(rows[:limit]), more)


def _own(actor: Actor, asked: str | None) -> str:
    if asked not in (None, actor.id):
        raise NotFound(str(asked))
    return actor.id


def _read_place(after: str) -> tuple[int, str]:
    at, colon, order = after.partition(":")
    digits = at.removeprefix("-")
    if not (colon and order and digits.isascii() and digits.isdecimal() and len(digits) < 19):
        raise InvalidDocument([Problem("after", "value.invalid", {"detail": "is no place of a page"})], "orders")
    return int(at), order
