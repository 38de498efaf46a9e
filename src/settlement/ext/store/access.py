"""Who may call what: a table, and nothing else decides. What is another's is not found, as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, exists, true

from settlement.documents.problems import expect
from settlement.errors import NotFound
from settlement.ext.store.tables import order_shops, orders
from settlement.orders import Actor

__all__ = ["ACCESS", "EVENTS", "Right", "may", "may_tell", "own", "theirs"]

#: `all`: of whatever order; `own`: of a customer's or a shop's own orders; `none`: nothing is ever found.
Right: TypeAlias = Literal["all", "own", "none"]


def _row(customer: Right, shop: Right, staff: Right, system: Right) -> Mapping[str, Right]:
    return MappingProxyType({"customer": customer, "shop": shop, "staff": staff, "system": system})


#: Every call of `Store` that takes an actor.
ACCESS: Final[Mapping[str, Mapping[str, Right]]] = MappingProxyType(
    {
        "held": _row("own", "none", "all", "none"),
        "place": _row("own", "none", "all", "all"),
        "tell": _row("own", "own", "all", "all"),  # of what, says EVENTS
        "give_back": _row("none", "none", "all", "all"),
        "give_back_owed": _row("none", "none", "all", "all"),
        "order": _row("own", "own", "all", "all"),
        "orders": _row("own", "own", "all", "all"),
        "addresses": _row("own", "none", "all", "none"),
        "keep_address": _row("own", "none", "none", "none"),
        "use_address": _row("own", "none", "none", "none"),
        "drop_address": _row("own", "none", "none", "none"),
        "keep_quote": _row("own", "none", "none", "none"),
        "quote": _row("own", "none", "none", "none"),
        "erase": _row("none", "none", "all", "none"),
        "unsent": _row("none", "none", "none", "all"),
        "sent": _row("none", "none", "none", "all"),
        "check_log": _row("none", "none", "all", "all"),
        "anchor": _row("none", "none", "none", "all"),
        "ask": _row("own", "none", "all", "all"),
        "demands": _row("own", "none", "all", "all"),
        "looked": _row("none", "none", "none", "all"),
        "due": _row("none", "none", "none", "all"),
        "event": _row("none", "none", "none", "all"),
    }
)
#: Who may tell of which event. Payments and refunds are told by what verified them.
EVENTS: Final[Mapping[str, Mapping[str, Right]]] = MappingProxyType(
    {
        "paid": _row("none", "none", "all", "all"),
        "shipped": _row("none", "own", "all", "all"),
        "received": _row("own", "none", "all", "all"),
        "cancelled": _row("own", "none", "all", "all"),
        "closed": _row("none", "none", "all", "all"),
        "changed": _row("none", "none", "all", "all"),
        "returned": _row("none", "own", "all", "all"),
        "refund_asked": _row("none", "none", "all", "all"),
        "refund_succeeded": _row("none", "none", "all", "all"),
        "refund_failed": _row("none", "none", "all", "all"),
        "noted": _row("own", "own", "all", "all"),
    }
)


def may(actor: Actor, call: str, asked: str) -> Right:
    """What the actor's role may make this call of. Raises `NotFound` of what was asked for where that is nothing.

    Raises `TypeError` for what is no actor: that is the host's mistake.
    """
    return _right(actor, ACCESS[call], asked)


def may_tell(actor: Actor, kind: str, asked: str) -> None:
    """The same of telling of an event."""
    _right(actor, EVENTS[kind], asked)


def _right(actor: Actor, row: Mapping[str, Right], asked: str) -> Right:
    expect("actor", actor, Actor)
    if row[actor.role] == "none":
        raise NotFound(asked)
    return row[actor.role]


def own(actor: Actor, call: str, customer: str) -> None:
    """Raise `NotFound` of a customer whom this actor may not make this call of."""
    if may(actor, call, customer) == "own" and actor.id != customer:
        raise NotFound(customer)


def theirs(actor: Actor) -> ColumnElement[Any]:
    """The condition on `orders` that this actor may see."""
    match actor.role:
        case "customer":
            return orders.c.customer == actor.id
        case "shop":
            return exists().where(order_shops.c.order_id == orders.c.id, order_shops.c.shop == actor.id)
        case _:
            return true()
