"""What the store costs, on SQLite in a file: placing beside its bare statements, a page of many orders beside few.

Needs the extra `sql`. The bare statements are those of one order, built once, run again with another order's name in
one transaction of the same engine; placing adds reading the record, every check, and making the rows.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

from sqlalchemy import event, insert

from settlement import Cart, Checkout, Customer, Line, Rulebook, settle
from settlement.audit.record import Record, record
from settlement.ext.store import Store
from settlement.ext.store.database import Database
from settlement.ext.store.tables import order_shops, orders
from settlement.orders import STATUSES, Actor

__all__ = ["measured"]

NOW = datetime(2026, 11, 10, 16, 5, tzinfo=UTC)
BUYER = Actor.customer("u3")
#: The order whose statements are taken; its name stands in them, and is put out for another.
TAKEN = "CAPTURED"
EACH = 20
BATCH = 10_000


def measured(rounds: int, many: int) -> Iterator[tuple[str, float, float]]:
    """What it is, the median ratio, and the median microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/placed.db"
        yield "place() / its bare statements", *_ratio(*_placing(url), rounds)
        few, lots = [_filled(f"sqlite:///{folder}/{size}.db", size) for size in (1_000, many)]
        yield f"a customer's page of {many} orders / of 1000", *_ratio(_page(lots), _page(few), rounds)


def _ratio(one: Callable[[], None], other: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Median of the rounds' ratios of CPU time, turn by turn."""
    taken = [(_once(one), _once(other)) if turn % 2 else (_once(other), _once(one))[::-1] for turn in range(rounds + 1)]
    return median(mine / base for mine, base in taken[1:]), median(mine for mine, _ in taken[1:]) * 1e6


def _once(call: Callable[[], None]) -> float:
    begun = time.process_time_ns()
    for _ in range(EACH):
        call()
    return (time.process_time_ns() - begun) / 1e9 / EACH


# ------------------------------------------------------------------ placing


def _bought() -> Record:
    """Five lines of two shops, and whom they go to."""
    lines = [
        Line(
            id=f"l{at}",
            shop=f"s{at % 2}",
            sku=f"k{at}",
            quantity=1 + at % 3,
            unit_price="30.00 CNY",
            name="jasmine tea",
        )
        for at in range(5)
    ]
    address = {"region": "440305", "name": "Zhang San", "phone": "13800138000", "detail": "12 Nanhai Road"}
    cart = Cart(currency="CNY", lines=lines)
    customer = Customer(id=BUYER.id)
    asked = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=customer, address=address, remark="ring twice")
    return record(settle(asked, Rulebook(id="r", currency="CNY")))


def _placing(url: str) -> tuple[Callable[[], None], Callable[[], None]]:
    database = Database(url)
    store, kept, number = Store(database, clock=lambda: NOW), _bought(), count()
    store.migrate()
    for sku in range(5):
        store.allow("stock", f"k{sku}", 1_000_000, shop=f"s{sku % 2}")

    def place() -> None:
        store.place(BUYER, kept, order=f"P{next(number):07}")

    place()
    statements: list[tuple[Any, Any]] = []

    def noticed(_connection: object, clause: Any, rows: list[Any], values: dict[str, Any], _options: object) -> None:
        statements.append((clause, rows or values))

    event.listen(database.engine, "before_execute", noticed)
    store.place(BUYER, kept, order=TAKEN)
    event.remove(database.engine, "before_execute", noticed)

    def bare() -> None:
        name = f"B{next(number):07}"
        with database.writing() as connection:
            for clause, given in statements:
                found = connection.execute(clause, _renamed(given, name))
                if clause.is_select:
                    found.first()

    return place, bare


def _renamed(given: Any, name: str) -> Any:
    if isinstance(given, dict):
        return {key: name if value == TAKEN else value for key, value in given.items()}
    return [_renamed(each, name) for each in given]


# ------------------------------------------------------------------ pages


def _filled(url: str, size: int) -> Store:
    """So many orders without records, a tenth of them of one customer."""
    database = Database(url)
    store = Store(database)
    store.migrate()
    for begin in range(0, size, BATCH):
        numbers = range(begin, min(size, begin + BATCH))
        rows = [
            {
                "id": f"SO{at:09}", "customer": f"u{at % 10 or at}", "placed": at // 2 * 1_000_000,
                "status": STATUSES[at % len(STATUSES)], "document": "{}",
            }
            for at in numbers
        ]  # fmt: skip
        shops = [{"shop": f"s{at % 7}", "placed": at // 2 * 1_000_000, "order_id": f"SO{at:09}"} for at in numbers]
        with database.writing() as connection:
            connection.execute(insert(orders), rows)
            connection.execute(insert(order_shops), shops)
    with database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")
    return store


def _page(store: Store) -> Callable[[], None]:
    def page() -> None:
        assert len(store.orders(BUYER).rows) == 20

    return page
