"""What an order takes, and giving it back: one conditional UPDATE each, in the order of keys, its count compared.

Nobody reads first and writes then: of two who want the last one, the database lets one through, and the other is told
what is left. Coupons, points, cards and stock count down to 0; uses, units and budgets count up to the limit that the
rulebook of the order states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, insert, select, update

from settlement.documents.scalars import milli, returned_quantity
from settlement.errors import AllowanceExhausted
from settlement.ext.store.database import insert_once
from settlement.ext.store.figures import shown, taken
from settlement.ext.store.tables import LARGEST, allowances, redemptions
from settlement.money import Money
from settlement.orders import Order

__all__ = ["UP", "Take", "consume", "give_back", "give_back_all", "takes"]

#: Kinds that count up against a limit of the rulebook.
UP: Final = frozenset({"use", "units", "budget"})


class Take(NamedTuple):
    """So much of one allowance: of the first of `holders` who has a row. `limit` is that of a kind that counts up."""

    kind: str
    id: str
    holders: tuple[str, ...]
    quantity: int
    currency: str | None = None
    limit: int | None = None


# ------------------------------------------------------------------ what an order takes


def takes(order: Order, rules: Mapping[str, Any]) -> list[Take]:
    """All that an order takes, in the order of keys; `rules` is its rulebook as plain data."""
    offers = {each["id"]: each for each in (*rules.get("promotions", ()), *rules.get("coupons", ()))}
    return sorted(_takes(order, offers))


def _takes(order: Order, offers: Mapping[str, Mapping[str, Any]]) -> Iterator[Take]:
    own = () if order.customer is None else (order.customer,)
    for each in order.consumed:
        quantity = taken(each.quantity if each.amount is None else each.amount)
        currency = None if each.amount is None else each.amount.currency
        terms = offers.get(each.id, {})
        match each.kind:
            case "stock":
                yield Take("stock", each.id, (str(each.shop),), quantity)
            case "use":
                for holders, name in ((own, "limit_per_customer"), (("",), "limit_in_all")):
                    if holders and terms.get(name) is not None:
                        yield Take("use", each.id, holders, quantity, None, terms[name] * 1000)
            case "units":
                if own:
                    yield Take("units", each.id, own, quantity, None, _units(terms))
            case "budget":
                limit = Money(terms["budget"]).minor if terms.get("budget") is not None else None
                yield Take("budget", each.id, ("",), quantity, currency, limit)
            case _:
                yield Take(each.kind, each.id, (*own, ""), quantity, currency)


def _units(terms: Mapping[str, Any]) -> int | None:
    """How many units a customer may have at an offer's price, in thousandths; None where nothing bounds them."""
    limits = [tier["benefit"].get("limit") for tier in terms.get("tiers", ())]
    return max([milli(returned_quantity(each)) for each in limits if each is not None], default=None)


def figures(wanted: Iterable[Take]) -> Iterator[tuple[str, int]]:
    """What must fit into a column."""
    for each in wanted:
        yield f"consumed.{each.kind}", each.quantity


# ------------------------------------------------------------------ taking

_THERE: Final = (
    (allowances.c.kind == bindparam("of_kind"))
    & (allowances.c.holder == bindparam("of_holder"))
    & (allowances.c.id == bindparam("of_id"))
)
_QUANTITY: Final = select(allowances.c.quantity).where(_THERE)
_LESS: Final = (
    update(allowances)
    .where(_THERE, allowances.c.quantity >= bindparam("least"))
    .values(quantity=allowances.c.quantity - bindparam("least", type_=BigInteger))
)
_LESS_MONEY: Final = _LESS.where(allowances.c.currency == bindparam("in_currency"))
_MORE: Final = (
    update(allowances)
    .where(_THERE, allowances.c.quantity <= bindparam("most"))
    .values(quantity=allowances.c.quantity + bindparam("more", type_=BigInteger))
)


def consume(connection: Connection, order: str, wanted: Iterable[Take]) -> None:
    """Take it all. Raises `AllowanceExhausted`, and then nothing of the transaction stands."""
    rows = []
    for each in wanted:
        holder = _count_up(connection, each) if each.kind in UP else _count_down(connection, each)
        if holder is not None:
            row = {"order_id": order, "kind": each.kind, "holder": holder, "id": each.id}
            rows.append(row | {"quantity": each.quantity, "given_back": 0})
    if rows:
        connection.execute(insert(redemptions), rows)


def _key(each: Take, holder: str) -> dict[str, Any]:
    return {"of_kind": each.kind, "of_holder": holder, "of_id": each.id}


def _quantity(connection: Connection, each: Take, holder: str) -> int | None:
    return connection.execute(_QUANTITY, _key(each, holder)).scalar()


def _count_up(connection: Connection, each: Take) -> str:
    holder = each.holders[0]
    most = LARGEST if each.limit is None else each.limit
    if each.quantity <= most:
        bounds = _key(each, holder) | {"most": most - each.quantity, "more": each.quantity}
        if connection.execute(_MORE, bounds).rowcount == 1:
            return holder
        key = {"kind": each.kind, "holder": holder, "id": each.id, "currency": each.currency, "quantity": 0}
        insert_once(connection, allowances, key)
        if connection.execute(_MORE, bounds).rowcount == 1:
            return holder
    used = _quantity(connection, each, holder) or 0
    raise AllowanceExhausted(each.kind, each.id, shown(max(0, most - used), each.currency))


def _count_down(connection: Connection, each: Take) -> str | None:
    """Whose was taken; None: nobody counts this."""
    for holder in each.holders:
        bounds = _key(each, holder) | {"least": each.quantity}
        less = _LESS
        if each.currency is not None:
            less, bounds = _LESS_MONEY, bounds | {"in_currency": each.currency}
        if connection.execute(less, bounds).rowcount == 1:
            return holder
    found = [_quantity(connection, each, holder) for holder in each.holders]
    there = [quantity for quantity in found if quantity is not None]
    if each.kind == "stock" and not there:
        return None
    raise AllowanceExhausted(each.kind, each.id, shown(max(there, default=0), each.currency))


# ------------------------------------------------------------------ giving back


def give_back_all(connection: Connection, order: str) -> None:
    """All that an order took and has not given back: it is closed or cancelled."""
    _give(connection, order, {})


def give_back(connection: Connection, order: str, back: Mapping[tuple[str, str, str | None], int]) -> None:
    """So much of what an order took, by kind, id and (of stock) shop; never more than it took, whatever is repeated."""
    if back:
        _give(connection, order, back)


def _give(connection: Connection, order: str, back: Mapping[tuple[str, str, str | None], int]) -> None:
    mine = redemptions.c.order_id == order
    by_key = select(redemptions).where(mine, redemptions.c.given_back < redemptions.c.quantity)
    by_key = by_key.order_by(redemptions.c.kind, redemptions.c.id, redemptions.c.holder)
    for row in connection.execute(by_key).all():
        left = row.quantity - row.given_back
        if back:
            left = min(left, back.get((row.kind, row.id, row.holder if row.kind == "stock" else None), 0))
        if not left:
            continue
        given = (
            update(redemptions)
            .where(mine, redemptions.c.kind == row.kind, redemptions.c.holder == row.holder, redemptions.c.id == row.id)
            .where(redemptions.c.given_back == row.given_back)
            .values(given_back=row.given_back + left)
        )
        if connection.execute(given).rowcount == 1:  # else it went back a moment ago
            change = -left if row.kind in UP else left
            key = {"of_kind": row.kind, "of_holder": row.holder, "of_id": row.id}
            connection.execute(_MORE, key | {"most": LARGEST - max(0, change), "more": change})
