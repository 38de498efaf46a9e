"""A store to test with, who acts, and an order that takes something of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, MetaData, func, select, text

from samples import a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import Checkout, Rulebook, refund
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentNotice, RefundNotice
from settlement.audit.record import Record, record
from settlement.ext.store import Store
from settlement.ext.store.database import Database
from settlement.ext.store.tables import TABLES, allowances, redemptions
from settlement.orders import Actor

BUYER, OTHER = Actor.customer("u1"), Actor.customer("u2")
STAFF, NOTIFY = Actor.staff("s7"), Actor.system("notify")
NOW = datetime(2026, 11, 10, 16, 5, tzinfo=UTC)
ADDRESS = {"region": "440305", "name": "张三", "phone": "13800138000", "detail": "科技路1号"}
HALF_AN_HOUR = timedelta(minutes=30)


class Clock:
    """Says what it was set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The instant."""
        return self.now


def a_store(url: str, clock: Callable[[], datetime] | None = None, keys: Any = None) -> Store:
    """A store with its tables."""
    store = Store(url, keys, clock=clock or Clock())
    store.migrate()
    return store


def emptied(url: str) -> None:
    """Drop all that is there."""
    engine = Database(url).engine
    with engine.begin() as connection:
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)
    engine.dispose()


def without_rows(url: str) -> None:
    """Delete all rows, and leave the tables."""
    with opened(url) as connection:
        for table in reversed(TABLES.sorted_tables):
            connection.execute(table.delete())


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """A connection to look, or to lie, past the store."""
    engine = Database(url).engine
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def counts(url: str) -> dict[str, int]:
    """Table -> rows."""
    with opened(url) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in TABLES.tables.items()
        }


def left(url: str) -> dict[tuple[str, str, str], int]:
    """Kind, holder and id -> what is there, or was used."""
    with opened(url) as connection:
        return {(row.kind, row.holder, row.id): row.quantity for row in connection.execute(select(allowances))}


def out(url: str) -> dict[tuple[str, str, str], int]:
    """Kind, holder and id -> what orders have of it, and did not give back."""
    found: dict[tuple[str, str, str], int] = {}
    with opened(url) as connection:
        for row in connection.execute(select(redemptions)):
            key = (row.kind, row.holder, row.id)
            found[key] = found.get(key, 0) + row.quantity - row.given_back
    return found


def run(url: str, statement: str, **values: Any) -> None:
    """A statement past the store."""
    with opened(url) as connection:
        connection.execute(text(statement), values)


# ------------------------------------------------------------------ what is bought


RULES: dict[str, Any] = {
    "id": "rules",
    "currency": "CNY",
    "promotions": [
        an_offer("p1", limit_per_customer=2, limit_in_all=3),
        an_offer(
            "p2", {"type": "flash_price", "price": "20.00 CNY", "limit": 3}, stage="item", scope={"skus": ["cup"]}
        ),
        an_offer("p3", budget="5.00 CNY"),
    ],
    "coupons": [an_offer("c1")],
    "points": {"points": 100, "worth": "1.00 CNY"},
}


def bought(customer: str = "u1", quantity: int = 2, remark: str = "ring twice", **fields: Any) -> Record:
    """Cups at a flash price and a pot, with a coupon, points and a gift card."""
    stated = {
        "customer": {"id": customer, "points": 500, "coupons": ["c1"]},
        "choice": {"coupons": ["c1"], "points": 200},
        "tenders": [{"type": "gift_card", "id": "g1", "balance": "10.00 CNY"}],
        "remark": remark,
    }
    lines = [a_line("a", "30.00", sku="cup", quantity=quantity), a_line("b", "40.00", shop="s2", sku="pot")]
    return record(settled(a_checkout(*lines, **stated | fields), RULES))


def plain(customer: str = "u1", **fields: Any) -> Record:
    """Two cups and a pot for 100.00, and nothing else."""
    lines = [a_line("a", "30.00", sku="cup", quantity=2), a_line("b", "40.00", shop="s2", sku="pot")]
    return record(settled(a_checkout(*lines, customer={"id": customer}, **fields)))


def granted(store: Store, customer: str | None = "u1", times: int = 1) -> None:
    """So many times what such an order takes."""
    store.allow("coupon", "c1", times, customer=customer)
    store.allow("points", "points", 200 * times, customer=customer)
    store.allow("gift_card", "g1", f"{10 * times}.00 CNY")
    store.allow("stock", "cup", 2 * times, shop="s1")


def notice(order: Any, id: str = "t1", told: str = "succeeded", **fields: Any) -> PaymentNotice:
    """That an order was paid."""
    stated = {"id": id, "key": order.demand.key, "amount": order.demand.amount, "told": told}
    return PaymentNotice(**stated | fields)


def given(name: str = "R-1", amount: str = "30.00 CNY", told: str = "succeeded", **fields: Any) -> RefundNotice:
    """That a refund went through."""
    return RefundNotice(id=f"p-{name}", refund=name, amount=amount, told=told, **fields)


def a_quote(order: Any, lines: dict[str, Any] | None = None, history: Any = (), id: str = "R-1", **fields: Any) -> Any:
    """One cup goes back."""
    return refund(order.settlement, {"a": 1} if lines is None else lines, history, id=id, **fields)


# ------------------------------------------------------------------ what is changed


def cart(cups: int, pots: int, more: Any = (), **fields: Any) -> Checkout:
    """So many cups and pots a day later."""
    lines = [a_line("a", "30.00", sku="cup", quantity=cups)] if cups else []
    lines += [a_line("b", "40.00", shop="s2", sku="pot", quantity=pots)] if pots else []
    asked = a_checkout(*lines, *more, customer={"id": "u1"}, **fields)
    return Checkout(**asked | {"at": "2026-11-12T00:00:00+08:00"})


def edited(order: Any, cups: int, pots: int, more: Any = (), rules: Any = None, **fields: Any) -> Any:
    """The order with so many in place of two cups and a pot."""
    return edit_order(order.settlement, cart(cups, pots, more, **fields), Rulebook(**rules or a_rulebook()), id="E-1")
