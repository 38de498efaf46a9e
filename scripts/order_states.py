"""The tables of docs/order-states.md: what each status takes, and which status can follow, found by walking them all.

`publish.py` writes the page and checks that it is up to date. Nothing here repeats the rules: a small order is driven
through every sequence of events that leads to something new, and what it becomes is drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from settlement import Cart, Checkout, Line, Rulebook, refund, settle
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand, RefundNotice
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.audit.record import record
from settlement.documents.words.language import language
from settlement.errors import EventRefused, InvalidDocument
from settlement.orders import (
    EVENTS,
    STATUSES,
    Actor,
    Cancelled,
    Changed,
    Closed,
    Noted,
    OrderEvent,
    Paid,
    Received,
    RefundAsked,
    RefundFailed,
    RefundSucceeded,
    Returned,
    Shipped,
    place,
)
from settlement.orders import text as words
from settlement.orders.fold import OrderFold

__all__ = ["PAGE", "order_states_page", "transitions"]

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "order-states.md"
AT: Final = "2026-11-11T00:30:00+08:00"


HEAD: Final[dict[str, Any]] = {"at": AT, "actor": Actor.system("walk")}
RULES: Final = Rulebook(id="r", currency="CNY")
CHECKOUT: Final = Checkout(
    at="2026-11-11T00:00:00+08:00",
    cart=Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=2, unit_price="30.00 CNY")]),
)
BOUGHT: Final = settle(CHECKOUT, RULES)
ONE: Final = refund(BOUGHT, {"a": 1}, id="R-1")
TWO: Final = refund(BOUGHT, {"a": 1}, [ONE], id="R-2")


def _events() -> list[OrderEvent]:
    """All that may happen to two pieces of one line, but for a change."""
    goods = [{"line": "a", "quantity": 1}]
    told = [RefundNotice(id=name, refund=name, amount="30.00 CNY", told="succeeded") for name in ("R-1", "R-2")]
    return [
        Paid(**HEAD, notice=PaymentNotice(id="t1", key="SO1001", amount="60.00 CNY", told="succeeded")),
        Shipped(**HEAD, shop="s", lines=goods),
        Received(**HEAD, shop="s", lines=goods),
        Returned(**HEAD, shop="s", lines=goods),
        Cancelled(**HEAD),
        Closed(**HEAD),
        *[
            RefundAsked(
                **HEAD, quote=each, demand=RefundDemand(order="SO1001", refund=f"{each.id}", amount="30.00 CNY")
            )
            for each in (ONE, TWO)
        ],
        *[RefundSucceeded(**HEAD, notice=each) for each in told],
        RefundFailed(**HEAD, notice=told[0].model_copy(update={"told": "failed"})),
        Noted(**HEAD, note="…"),
    ]


@cache
def _change(refunds: tuple[RefundQuote, ...]) -> Changed:
    """One piece more, of the order after these refunds."""
    kept = 2 - len(refunds)
    wanted = CHECKOUT.model_copy(
        update={"at": "2026-11-12T00:00:00+08:00", "cart": CHECKOUT.cart.with_quantity("a", kept + 1)}
    )
    edit = edit_order(BOUGHT, wanted, RULES, refunds)
    return Changed(**HEAD, edit=edit, demand=PaymentDemand(order="SO1001-1", amount=edit.collect))


@cache
def transitions() -> dict[tuple[str, str], set[str]]:
    """(Status, event) -> the statuses that can follow, of every state that the small order can be in."""
    order, events = place(record(BOUGHT), order="SO1001", placed=CHECKOUT.at, expires=AT), _events()
    found: dict[tuple[str, str], set[str]] = {}
    seen = set()
    todo: deque[tuple[OrderEvent, ...]] = deque([()])
    while todo:
        path = todo.popleft()
        asked = {each.quote: None for each in path if isinstance(each, RefundAsked) and each.quote is not None}
        for event in [*events, _change(tuple(sorted(asked, key=lambda quote: str(quote.id))))]:
            fold = OrderFold(order)
            for each in path:
                fold.add(each)
            before = fold.status
            try:
                fold.add(event)
            except (EventRefused, InvalidDocument):  # the table, or nothing is left for it
                continue
            found.setdefault((before, event.kind), set()).add(fold.status)
            sign = _sign(fold)
            if sign not in seen:
                seen.add(sign)
                todo.append((*path, event))
    return found


def _sign(fold: OrderFold) -> tuple[Any, ...]:
    """What the rest can depend on."""
    goods = tuple(
        (each.bought, each.given_up, each.shipped, each.received, each.returned)
        for each in fold.deliveries.goods.values()
    )  # fmt: skip
    money = (fold.payments.by_method, fold.payments.to_collect, fold.refunds.given_back, fold.refunds.asked)
    return fold.status, goods, money


def _table() -> Iterator[str]:
    found = transitions()
    head = " | ".join(f"`{event}`" for event in EVENTS)
    yield f"| | {head} |"
    yield "|---" * (len(EVENTS) + 1) + "|"
    for status in STATUSES:
        cells = []
        for event in EVENTS:
            after = found.get((status, event), set())
            drawn = ["✓" if each == status else f"→ `{each}`" for each in (status, *STATUSES) if each in after]
            cells.append(" ".join(dict.fromkeys(drawn)))
        yield f"| **`{status}`** | {' | '.join(cells)} |"


def _named(table: Any) -> Iterator[str]:
    chinese = language("zh_CN")
    for code, text in table.items():
        yield f"| `{code}` | {text} | {chinese(text)} |"


def order_states_page() -> str:
    """The whole page: its own text, and the tables between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    head = "| | English | 中文 |\n|---|---|---|\n"
    parts = {
        "table": "\n".join(_table()),
        "statuses": head + "\n".join(_named(words.STATUSES)),
        "events": head + "\n".join(_named(words.EVENTS)),
    }
    for name, listed in parts.items():
        before, _, rest = text.partition(f"<!-- {name} -->")
        text = f"{before}<!-- {name} -->\n\n{listed}\n\n<!-- /{name} -->{rest.partition(f'<!-- /{name} -->')[2]}"
    return text
