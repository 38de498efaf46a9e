"""What an order takes, and giving it back: one conditional UPDATE each, in the order of keys, its count compared.

Nobody reads first and writes then: of two who want the last one, the database lets one through, and the other is told
what is left. Coupons, points, cards and stock count down to 0; uses, units and budgets count up to the limit that the
rulebook of the order states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, Connection, bindparam, insert, select, update

from settlement.errors import AllowanceExhausted
from settlement.ext.store.database import insert_once
from settlement.ext.store.figures import shown, taken
from settlement.ext.store.tables import LARGEST, allowances, redemptions
from settlement.orders import Consumed

__all__ = ["UP", "Take", "consume", "figures", "give_back", "give_back_all", "grant", "takes"]

#: Kinds that count up against a limit of the rulebook.
UP: Final = frozenset({"use", "units", "budget"})


#: Kind, id and (of stock) shop -> so much.
Given: TypeAlias = Mapping[tuple[str, str, str | None], int]


class Take(NamedTuple):
    """So much of one allowance: of the first of `holders` who has a row. `limit` is that of a kind that counts up."""

    kind: str
    id: str
    holders: tuple[str, ...]
    quantity: int
    currency: str | None = None
    limit: int | None = None


# ------------------------------------------------------------------ what an order takes


def takes(consumed: Iterable[Consumed], customer: str | None) -> list[Take]:
    """All that is taken for this customer, None for a guest, in the order of keys."""
    own = () if customer is None else (customer,)
    return sorted(each for each in (_take(each, own) for each in consumed) if each is not None)


def _take(each: Consumed, own: tuple[str, ...]) -> Take | None:
    """None: nobody counts it, as a guest's uses by customer."""
    quantity = taken(each.quantity if each.amount is None else each.amount)
    currency = None if each.amount is None else each.amount.currency
    if each.kind == "stock":
        return Take("stock", each.id, (str(each.shop),), quantity)
    if each.kind not in UP:
        return Take(each.kind, each.id, (*own, ""), quantity, currency)
    holders = {"customer": own, "all": ("",), None: ()}[each.per]
    if not holders:
        return None
    stated = each.limit if each.limit_amount is None else each.limit_amount
    return Take(each.kind, each.id, holders, quantity, currency, None if stated is None else taken(stated))


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


_TAKE: Final = insert(redemptions)
_TOOK: Final = (
    update(redemptions)
    .where(redemptions.c.order_id == bindparam("of_order"), redemptions.c.kind == bindparam("of_kind"))
    .where(redemptions.c.holder == bindparam("of_holder"), redemptions.c.id == bindparam("of_id"))
    .values(quantity=redemptions.c.quantity + bindparam("n", type_=BigInteger))
)


def consume(connection: Connection, order: str, wanted: Iterable[Take], *, again: bool = False) -> None:
    """Take it all, `again` for an order that took something before.

    Raises `AllowanceExhausted`, and then nothing of the transaction stands.
    """
    rows = []
    for each in wanted:
        holder = _count_up(connection, each) if each.kind in UP else _count_down(connection, each)
        if holder is not None:
            row = {"order_id": order, "kind": each.kind, "holder": holder, "id": each.id}
            more = _key(each, holder) | {"of_order": order, "n": each.quantity}
            if again and connection.execute(_TOOK, more).rowcount:
                continue
            rows.append(row | {"quantity": each.quantity, "given_back": 0})
    if rows:
        connection.execute(_TAKE, rows)


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
    _give(connection, order, {}, {})


def give_back(connection: Connection, order: str, back: Given, keep: Given | None = None) -> None:
    """So much of what an order took, by kind, id and (of stock) shop; it never gives what it is to `keep`.

    Nor more than it took, whatever is repeated.
    """
    if back:
        _give(connection, order, back, keep or {})


def grant(connection: Connection, more: Take) -> bool:
    """So much more of what counts down, to the first of the holders who has some, else to the first of all.

    False: it is more than a column takes, or in another currency than what is there.
    """
    held = [holder for holder in more.holders if _quantity(connection, more, holder) is not None]
    holder = (held or more.holders)[0]
    key = {"kind": more.kind, "holder": holder, "id": more.id, "currency": more.currency, "quantity": 0}
    insert_once(connection, allowances, key)
    added = _MORE if more.currency is None else _MORE.where(allowances.c.currency == more.currency)
    bounds = _key(more, holder) | {"most": LARGEST - more.quantity, "more": more.quantity}
    return connection.execute(added, bounds).rowcount == 1


def _give(connection: Connection, order: str, back: Given, keep: Given) -> None:
    mine = redemptions.c.order_id == order
    has = select(redemptions).where(mine, redemptions.c.given_back < redemptions.c.quantity)
    still = dict(back)
    for row in sorted(connection.execute(has), key=_turn):
        left = row.quantity - row.given_back
        if back:
            key_ = (row.kind, row.id, row.holder if row.kind == "stock" else None)
            left = min(left - keep.get(key_, 0), still.get(key_, 0))
            if left > 0 and row.kind not in UP:  # those count by customer and in all at once
                still[key_] -= left
        if left <= 0:
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


def _turn(row: Any) -> tuple[str, str, bool, str]:
    """The turn in which things are taken: of what counts down one's own first, then what is there for whoever comes."""
    return row.kind, row.id, row.kind not in UP and not row.holder, row.holder
