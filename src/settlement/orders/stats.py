"""How payments went: what of the attempts succeeded, why the others failed, how long orders stayed in a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from settlement.documents.problems import expect_all
from settlement.orders.events import OrderEvent
from settlement.orders.money_events import Paid
from settlement.orders.order import Order
from settlement.orders.state import OrderState, order_state

__all__ = ["Between", "PaymentStats", "payment_stats"]


class Between(NamedTuple):
    """How often orders went from one status to another, and after how long: at least, at most, together."""

    before: str
    after: str
    times: int
    least: timedelta
    most: timedelta
    in_all: timedelta

    @property
    def mean(self) -> Fraction:
        """The mean in seconds, exactly."""
        return Fraction(self.in_all // timedelta(microseconds=1), self.times * 1_000_000)


class PaymentStats(NamedTuple):
    """What `payment_stats` found; nothing stands for what was not tried.

    `tried` and `succeeded` count attempts by method, None where a demand states none. `failures` counts what was told
    and paid nothing: by the reason of its event, else by that of its mismatch, else by what was told.
    """

    tried: Mapping[str | None, int]
    succeeded: Mapping[str | None, int]
    failures: Mapping[str, int]
    times: tuple[Between, ...]

    @property
    def success(self) -> dict[str | None, Fraction]:
        """By method, the part of the attempts that paid, exactly."""
        return {method: Fraction(self.succeeded.get(method, 0), count) for method, count in self.tried.items()}


def payment_stats(events: Iterable[OrderState | tuple[Order, Iterable[OrderEvent]]]) -> PaymentStats:
    """How the payments of these orders went, by their events: orders with what happened, or their states.

    An attempt is a demand of which anything was told. It succeeded where it paid. Times are from the instant of the
    event (or of placing) that led to a status to that of the event that ended it, as they are stated. Raises
    `TypeError` for anything else, for an event alone does not say how its order was to be paid.
    """
    tried: dict[str | None, int] = {}
    succeeded: dict[str | None, int] = {}
    failures: dict[str, int] = {}
    times: dict[tuple[str, str], list[timedelta]] = {}
    for state in expect_all("events", _folded(events), OrderState):
        stated = {each.notice: each.reason for each in reversed(state.events) if isinstance(each, Paid)}
        for payment in state.payments:
            told = {each.notice.key for each in payment.answers}
            for demand in payment.demands:
                if demand.key in told:
                    tried[demand.method] = tried.get(demand.method, 0) + 1
            if payment.paid_for is not None:
                method = payment.paid_for.method
                succeeded[method] = succeeded.get(method, 0) + 1
            for answer in payment.answers:
                if answer.outcome in ("no_payment", "mismatch"):
                    why = stated[answer.notice] or answer.reason or answer.notice.told
                    failures[why] = failures.get(why, 0) + 1
        for (before, since), (after, until) in pairwise(state.history):
            times.setdefault((before, after), []).append(until - since)
    rows = [Between(*pair, len(each), min(each), max(each), sum(each, timedelta())) for pair, each in times.items()]
    by_name = sorted(tried, key=lambda method: (method is not None, method or ""))
    return PaymentStats(
        {method: tried[method] for method in by_name},
        {method: succeeded[method] for method in by_name if method in succeeded},
        dict(sorted(failures.items())),
        tuple(sorted(rows)),
    )


def _folded(events: Any) -> Any:
    """Each pair of an order and its events as the state that they make; whatever else as it is."""
    if not isinstance(events, (list, tuple, Iterator)):
        return events
    return [order_state(*each) if isinstance(each, tuple) and len(each) == 2 else each for each in events]
