"""An order of two shops to test with, and what happens to it."""

from __future__ import annotations

from typing import Any

from samples import a_checkout, a_line, settled
from settlement import refund
from settlement.after_pay.payments import PaymentNotice, RefundDemand, RefundNotice
from settlement.audit.record import record
from settlement.orders import (
    Actor,
    Cancelled,
    Changed,
    Closed,
    Noted,
    Order,
    Paid,
    Received,
    RefundAsked,
    RefundFailed,
    RefundSucceeded,
    Returned,
    Shipped,
    place,
)

AT = "2026-11-11T00:10:00+08:00"
HEAD: dict[str, Any] = {"at": AT, "actor": Actor.system("test")}
#: Two pots of the shop s1 at 30.00, a tin of the shop s2 at 40.00: 100.00 in all.
BOUGHT = settled(a_checkout(a_line("a", "30.00", quantity=2), a_line("b", "40.00", shop="s2", sku="tin")))


def an_order(bought=BOUGHT, **fields: Any) -> Order:
    """Placed at midnight, to be paid within half an hour."""
    stated = {"order": "SO1001", "placed": "2026-11-11T00:00:00+08:00", "expires": "2026-11-11T00:30:00+08:00"}
    return place(record(bought), **stated | fields)


def paid(name="t1", amount="100.00 CNY", demand=None, **fields: Any) -> Paid:
    """The order's first attempt was paid, unless told otherwise."""
    notice = {"id": name, "key": demand.key if demand else "SO1001", "amount": amount, "told": "succeeded"} | fields
    return Paid(**HEAD, notice=PaymentNotice(**notice), demand=demand)


def goods(kind, shop="s1", **lines: Any):
    """So much of these lines."""
    rows = [{"line": line, "quantity": quantity} for line, quantity in lines.items()]
    return kind(**HEAD, shop=shop, lines=rows)


def shipped(shop="s1", **lines: Any) -> Shipped:
    """All of the shop s1, unless told otherwise."""
    return goods(Shipped, shop, **lines or {"a": 2})


def received(shop="s1", **lines: Any) -> Received:
    """As shipped."""
    return goods(Received, shop, **lines or {"a": 2})


def returned(shop="s1", **lines: Any) -> Returned:
    """One of the line a came back, unless told otherwise."""
    return goods(Returned, shop, **lines or {"a": 1})


def cancelled() -> Cancelled:
    """Somebody thought better of it."""
    return Cancelled(**HEAD)


def closed(at="2026-11-11T00:30:00+08:00") -> Closed:
    """Not paid in time."""
    return Closed(**HEAD | {"at": at})


def noted(text="called back") -> Noted:
    """A note."""
    return Noted(**HEAD, note=text)


def asked(name="R-1", lines=None, amount=None, history=(), bought=BOUGHT, **fields: Any) -> RefundAsked:
    """One piece of the line a goes back, by the method."""
    quote = refund(bought, {"a": 1} if lines is None else lines, history, id=name)
    demand = RefundDemand(order="SO1001", refund=name, amount=amount or quote.to_method)
    return RefundAsked(**HEAD, quote=quote, demand=demand, **fields)


def stray(name="R-9", amount="100.00 CNY", transaction="t2") -> RefundAsked:
    """A payment that pays nothing goes back."""
    return RefundAsked(**HEAD, demand=RefundDemand(order="SO1001", refund=name, amount=amount), transaction=transaction)


def succeeded(name="R-1", amount="30.00 CNY") -> RefundSucceeded:
    """It was given back."""
    return RefundSucceeded(**HEAD, notice=RefundNotice(id=f"p-{name}", refund=name, amount=amount, told="succeeded"))


def failed(name="R-1", amount="30.00 CNY") -> RefundFailed:
    """It was not."""
    return RefundFailed(**HEAD, notice=RefundNotice(id=f"p-{name}", refund=name, amount=amount, told="failed"))


def changed(edit, demand=None) -> Changed:
    """The order was changed."""
    return Changed(**HEAD, edit=edit, demand=demand)
