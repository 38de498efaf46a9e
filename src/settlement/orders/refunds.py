"""The refunds of an order: what was asked for, what was given back, what failed. Failing changes no amount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from settlement.after_pay.edits.edit import OrderEdit
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.documents.written import all_readable
from settlement.errors import Problem
from settlement.money import Money, excerpt
from settlement.orders.events import OrderEvent
from settlement.orders.money_events import Changed, RefundAsked, RefundFailed, RefundSucceeded
from settlement.orders.order import Order

__all__ = ["Progress", "Refunds"]


class Progress(NamedTuple):
    """One number under which the provider was asked, or told of: the amount, and the last that is known of it."""

    refund: str
    amount: Money | None
    told: Literal["asked", "succeeded", "failed"]


class Refunds:
    """The fold of refunds; whatever the order in which it is told, it comes to the same amounts."""

    __slots__ = ("_asked", "_changes", "_failed", "_given_back", "_numbers", "_order", "_quotes")

    def __init__(self, order: Order) -> None:
        self._order = order.id
        self._asked: dict[str, RefundAsked] = {}
        self._given_back: dict[str, Money] = {}
        self._failed: dict[str, Money] = {}
        self._numbers: dict[str, None] = {}  # as they became known
        self._quotes: dict[str, RefundQuote] = {}
        self._changes: list[OrderEdit] = []

    @property
    def asked(self) -> tuple[Money, ...]:
        """What goes back by the payment method, of refunds of the order and of changes."""
        quotes = [each.to_method for each in self._quotes.values()]
        return (*quotes, *[each.give_back for each in self._changes])

    @property
    def given_back(self) -> tuple[Money, ...]:
        """What the provider told to have given back, each number once."""
        return tuple(self._given_back.values())

    def of_order(self, currency: str) -> int:
        """What went back of the order itself, by whatever way, in minor units: no stray transaction.

        What nobody asked for is not taken for it: then more was given back than is owed.
        """
        back = [
            amount.minor
            for number, amount in self._given_back.items()
            if number in self._asked and self._asked[number].transaction is None and amount.currency == currency
        ]
        quotes = [*self._quotes.values(), *[each for edit in self._changes for each in edit.refunds.values()]]
        return sum(back) + sum([each.cash.minor - each.to_method.minor for each in quotes])

    def progress(self) -> tuple[Progress, ...]:
        """Each number, as it became known."""
        return tuple([self._progress(number) for number in self._numbers])

    def _progress(self, number: str) -> Progress:
        if number in self._given_back:
            return Progress(number, self._given_back[number], "succeeded")
        if number in self._failed:
            return Progress(number, self._failed[number], "failed")
        demand = self._asked[number].demand
        return Progress(number, None if demand is None else demand.amount, "asked")

    # -------------------------------------------------------------- events

    def wrong(self, event: OrderEvent) -> Iterator[Problem]:
        """Why this event is none of the order's, with places below it."""
        if isinstance(event, RefundAsked):
            before = self._asked.get(event.number)
            if before is not None and not _alike(before, event):
                yield Problem("demand.refund", "event.refund_twice")
            elif event.refund is not None and self._quotes.get(event.refund, event.quote) != event.quote:
                yield Problem("quote.id", "event.refund_twice")
            elif event.quote in [each for edit in self._changes for each in edit.refunds.values()]:
                yield Problem("quote", "event.refund_change")
            of = None if event.quote is None else event.quote.order
            if of is not None and of != self._order:
                facts = {"found": excerpt(of), "expected": excerpt(self._order)}
                yield Problem("quote.order", "order.mismatch", facts)
        elif isinstance(event, Changed) and event.edit.order not in (None, self._order):
            facts = {"found": excerpt(event.edit.order), "expected": excerpt(self._order)}
            yield Problem("edit.order", "order.mismatch", facts)

    def add(self, event: OrderEvent) -> None:
        """Count an event that is not wrong."""
        if isinstance(event, RefundAsked):
            self._numbers.setdefault(event.number)
            if event.number not in self._asked or event.demand is not None:
                self._asked[event.number] = event
            self._failed.pop(event.number, None)  # it is tried again
            if event.quote is not None and event.refund is not None:
                self._quotes[event.refund] = event.quote
        elif isinstance(event, RefundSucceeded):
            self._numbers.setdefault(event.notice.refund)
            self._given_back[event.notice.refund] = event.notice.amount
        elif isinstance(event, RefundFailed):
            self._numbers.setdefault(event.notice.refund)
            self._failed[event.notice.refund] = event.notice.amount
        elif isinstance(event, Changed):
            self._changes.append(event.edit)


def _alike(one: RefundAsked, other: RefundAsked) -> bool:
    """Whether two under one number are the same refund; one of them may not have asked the provider yet."""
    same = one.demand == other.demand or one.demand is None or other.demand is None
    return same and (one.quote, one.transaction) == (other.quote, other.transaction)


all_readable(globals())
