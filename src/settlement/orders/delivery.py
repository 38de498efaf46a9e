"""What each shop has still to send, what is on its way, what the buyer has and what came back; in thousandths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from settlement.after_pay.refunds.quote import RefundQuote
from settlement.documents.scalars import milli, quantity_out
from settlement.errors import Problem
from settlement.money import excerpt
from settlement.orders.events import OrderEvent
from settlement.orders.goods_events import Received, Returned, Shipped
from settlement.orders.money_events import Changed, RefundAsked
from settlement.orders.order import Order
from settlement.receipts.settlement import Settlement

__all__ = ["Deliveries", "Goods"]


class Goods:
    """One line of a shop."""

    __slots__ = ("bought", "given_up", "received", "returned", "shipped")

    def __init__(self) -> None:
        self.bought = self.given_up = self.shipped = self.received = self.returned = 0

    @property
    def left(self) -> int:
        """What is still to be sent. What is refunded and did not come back was never sent, as far as there is such."""
        return max(0, self.bought - max(0, self.given_up - self.returned) - self.shipped)

    @property
    def outstanding(self) -> int:
        """What was sent and has not arrived, neither there nor back."""
        return self.shipped - max(self.received, self.returned)


#: How much more of a line an event may tell of.
_MOST: Final = {
    "shipped": lambda goods: goods.left,
    "received": lambda goods: goods.shipped - goods.received,
    "returned": lambda goods: goods.shipped - goods.returned,
}


class Deliveries:
    """The fold of goods by shop and line, and of the refunds that give goods up."""

    __slots__ = ("_changes", "_refunds", "_shops", "goods")

    def __init__(self, order: Order) -> None:
        #: By shop and line, in the order of the settlement.
        self.goods: dict[tuple[str, str], Goods] = {}
        #: Digest of each settlement of the order -> the shop of each of its lines.
        self._shops: dict[str, dict[str, str]] = {}
        self._refunds: dict[str, RefundQuote] = {}
        #: What changes gave back.
        self._changes: list[RefundQuote] = []
        self._buy(order.settlement)

    def _buy(self, settlement: Settlement) -> None:
        self._shops[settlement.digest] = {line.id: line.shop for line in settlement.lines}
        for line in settlement.lines:
            self.goods.setdefault((line.shop, line.id), Goods()).bought += milli(line.quantity)

    def _give_up(self, quotes: Iterable[RefundQuote]) -> None:
        for quote in quotes:
            for line in quote.lines:
                self.goods[self._shops[quote.settlement][line.id], line.id].given_up += milli(line.quantity)

    @property
    def shipped(self) -> bool:
        """Whether anything was sent."""
        return any(each.shipped for each in self.goods.values())

    @property
    def left(self) -> bool:
        """Whether anything is still to be sent."""
        return any(each.left for each in self.goods.values())

    @property
    def outstanding(self) -> bool:
        """Whether anything is on its way, or nothing has ever arrived."""
        arrived = any(each.received for each in self.goods.values())
        return not arrived or any(each.outstanding for each in self.goods.values())

    # -------------------------------------------------------------- events

    def wrong(self, event: OrderEvent) -> Iterator[Problem]:
        """Why this event is none of the order's, with places below it."""
        if isinstance(event, (Shipped, Received, Returned)):
            for at, row in enumerate(event.lines):
                goods = self.goods.get((event.shop, row.line))
                if goods is None:
                    facts = {"found": excerpt(row.line), "shop": excerpt(event.shop)}
                    yield Problem(f"lines[{at}].line", "event.line", facts)
                elif milli(row.quantity) > (left := _MOST[event.kind](goods)):
                    facts = {"found": str(row.quantity), "left": str(quantity_out(left))}
                    yield Problem(f"lines[{at}].quantity", "event.quantity", facts)
        elif isinstance(event, RefundAsked) and event.quote is not None:
            lines = self._shops.get(event.quote.settlement)
            if lines is None:
                yield Problem("quote.settlement", "event.settlement", {"found": event.quote.settlement})
                return
            for at, line in enumerate(event.quote.lines):
                if line.id not in lines:
                    yield Problem(f"quote.lines[{at}].id", "stored.line", {"found": excerpt(line.id)})
        elif isinstance(event, Changed):
            yield from self._wrong_change(event)

    def _wrong_change(self, event: Changed) -> Iterator[Problem]:
        """A change goes on from all settlements of the order, and from every refund that was asked for."""
        parts = event.edit.parts
        digests = [part.settlement.digest for part in parts]
        if digests[: len(self._shops)] != [*self._shops] or len(digests) != len(self._shops) + event.edit.added:
            yield Problem("edit.parts", "event.edit")
            return
        there = [quote for part in parts for quote in part.refunds]
        own = list(event.edit.refunds.values())
        for quote in self._changes:
            if there.count(quote) <= own.count(quote):  # also where this very change was told before
                yield Problem("edit.parts", "event.edit_refund", {"refund": excerpt(str(quote.id))})
        for name, quote in self._refunds.items():
            if quote not in there:
                yield Problem("edit.parts", "event.edit_refund", {"refund": excerpt(name)})
            else:
                there.remove(quote)

    def add(self, event: OrderEvent) -> None:
        """Count an event that is not wrong."""
        if isinstance(event, (Shipped, Received, Returned)):
            for row in event.lines:
                goods = self.goods[event.shop, row.line]
                setattr(goods, event.kind, getattr(goods, event.kind) + milli(row.quantity))
        elif isinstance(event, RefundAsked) and event.quote is not None and event.refund is not None:
            if event.refund not in self._refunds:
                self._refunds[event.refund] = event.quote
                self._give_up([event.quote])
        elif isinstance(event, Changed):
            if event.edit.settled is not None:
                self._buy(event.edit.settled)
            quotes = [quote for part in event.edit.parts for quote in part.refunds]
            self._changes += event.edit.refunds.values()
            for goods in self.goods.values():
                goods.given_up = 0
            self._give_up(quotes)
