"""Hypothesis strategies of orders and of what happens to them: each event that can happen, told well or badly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from hypothesis import strategies as st

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.returns import refund
from settlement.audit.record import record
from settlement.documents.scalars import quantity_out, returned_quantity, utc
from settlement.errors import InvalidDocument, RefundExceeds
from settlement.money import Money
from settlement.orders.actor import Actor
from settlement.orders.delivery import Goods
from settlement.orders.events import OrderEvent
from settlement.orders.fold import OrderFold
from settlement.orders.goods_events import Cancelled, Closed, Noted, Received, Returned, Shipped
from settlement.orders.money_events import Paid, RefundAsked, RefundFailed, RefundSucceeded
from settlement.orders.order import Order, place
from settlement.orders.status import ALLOWED
from settlement.testing.strategies import settlements

__all__ = ["order_events", "orders"]

PLACED: Final = "2026-11-11T00:00:00+08:00"
EXPIRES: Final = "2026-11-11T00:30:00+08:00"


def orders(currency: str = "CNY") -> st.SearchStrategy[Order]:
    """Orders just placed, of settlements that can be paid; some of them with nothing due."""
    payable = settlements(currency).filter(lambda each: each.status == "payable")
    accounts = st.sampled_from([None, "mall"])
    return st.builds(
        lambda settled, merchant: place(
            record(settled), order="SO1001", placed=PLACED, merchant=merchant, expires=EXPIRES
        ),
        payable,
        accounts,
    )


@st.composite
def order_events(draw: st.DrawFn, order: Order, most: int = 8) -> list[OrderEvent]:
    """What may happen to an order, in an order in which it can: up to `most` events; each kind but `changed`.

    Payments are told twice, too low, in two attempts, too late, of another order; refunds fail and are told before
    anybody asked.
    """
    fold, made, at = OrderFold(order), [], utc(EXPIRES)
    quotes: list[RefundQuote] = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(ALLOWED[fold.status]))
        at += timedelta(minutes=1)
        event = _Drawn(draw, order, fold, at, number, quotes).event(kind)
        if event is not None:
            fold.add(event)
            made.append(event)
    return made


class _Drawn:
    """One event more."""

    def __init__(
        self, draw: st.DrawFn, order: Order, fold: OrderFold, at: datetime, number: int, quotes: list[RefundQuote]
    ) -> None:
        self._draw, self._order, self._fold, self._number = draw, order, fold, number
        self._quotes = quotes
        self._head: dict[str, Any] = {"at": at, "actor": Actor.system("test")}

    def event(self, kind: str) -> OrderEvent | None:
        """An event of this kind, or None where the order has nothing for it."""
        if kind == "noted":
            return Noted(**self._head, note=f"note {self._number}")
        if kind == "cancelled":
            return Cancelled(**self._head)
        if kind == "closed":
            return Closed(**self._head)
        made: OrderEvent | None = getattr(self, f"_{kind}", self._nothing)()
        return made

    def _nothing(self) -> None:
        return None

    # ------------------------------------------------------------------ money

    def _paid(self) -> Paid | None:
        own, pick = self._order.demand, self._draw
        if own is None:
            return None
        demand: PaymentDemand = own.model_copy(update={"attempt": pick(st.integers(1, 3))})
        notice = PaymentNotice(
            id=pick(st.sampled_from(["t1", "t2", "t3"])) + ("" if demand.attempt == 1 else f"-{demand.attempt}"),
            key=pick(st.sampled_from([demand.key] * 5 + ["another"])),
            merchant=pick(st.sampled_from([demand.merchant] * 5 + ["elsewhere"])),
            amount=pick(st.sampled_from([demand.amount] * 4 + [Money.of_minor(1, demand.amount.currency)])),
            told=pick(st.sampled_from(["succeeded", "succeeded", "succeeded", "failed", "cancelled", "closed"])),
        )
        return Paid(**self._head, notice=notice, demand=demand if notice.key == demand.key else None)

    def _refund_asked(self) -> RefundAsked | None:
        """Of a piece that is left, or of a transaction that pays nothing."""
        currency, pick = self._order.settlement.currency, self._draw
        key = "none" if self._order.demand is None else self._order.demand.key
        name = f"R-{self._number}"
        if pick(st.booleans()):
            demand = RefundDemand(order=key, refund=name, amount=Money.of_minor(pick(st.integers(1, 9)), currency))
            return RefundAsked(**self._head, demand=demand, transaction="t2")
        line = pick(st.sampled_from([each.id for each in self._order.settlement.lines]))
        try:
            quote = refund(self._order.settlement, {line: 1}, self._quotes, id=name)
        except (RefundExceeds, InvalidDocument):  # nothing is left, or goods that come back by measure
            return None
        self._quotes.append(quote)
        back = quote.to_method
        asked = RefundDemand(order=key, refund=name, amount=back) if back.minor > 0 else None
        return RefundAsked(**self._head, demand=asked, quote=quote)

    def _told(self, told: Literal["succeeded", "failed"]) -> RefundNotice:
        asked = [each for each in self._fold.refunds.progress() if each.amount is not None]
        number, amount = "R-unasked", Money.of_minor(7, self._order.settlement.currency)
        if asked:
            each = self._draw(st.sampled_from(asked))
            number, amount = each.refund, each.amount or amount
        return RefundNotice(id=f"p-{number}", refund=number, amount=amount, told=told)

    def _refund_succeeded(self) -> RefundSucceeded:
        return RefundSucceeded(**self._head, notice=self._told("succeeded"))

    def _refund_failed(self) -> RefundFailed:
        return RefundFailed(**self._head, notice=self._told("failed"))

    # ------------------------------------------------------------------ goods

    def _some(self, kind: type[Any], there: Iterator[tuple[str, str, int]]) -> Any:
        rows = [row for row in there if row[2] > 0]
        if not rows:
            return None
        shop, line, most = self._draw(st.sampled_from(rows))
        some = self._draw(st.sampled_from([most, min(most, 1000)]))
        goods = {"line": line, "quantity": returned_quantity(quantity_out(some))}
        return kind(**self._head, shop=shop, lines=[goods])

    def _goods(self) -> Iterator[tuple[str, str, Goods]]:
        for (shop, line), goods in self._fold.deliveries.goods.items():
            yield shop, line, goods

    def _shipped(self) -> Shipped | None:
        made: Shipped | None = self._some(Shipped, ((shop, line, each.left) for shop, line, each in self._goods()))
        return made

    def _received(self) -> Received | None:
        rows = ((shop, line, each.shipped - each.received) for shop, line, each in self._goods())
        made: Received | None = self._some(Received, rows)
        return made

    def _returned(self) -> Returned | None:
        rows = ((shop, line, each.shipped - each.returned) for shop, line, each in self._goods())
        made: Returned | None = self._some(Returned, rows)
        return made
