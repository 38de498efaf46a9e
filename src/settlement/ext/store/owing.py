"""What an order owes to its buyer that no provider was asked to give back, read off its state alone.

Two things are owed without anybody's word: money that came and pays nothing (paid twice, or after the end), and all
that was paid for an order that was cancelled. What a person grants is asked for by that person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from settlement.after_pay.payments import PaymentNotice, RefundDemand
from settlement.after_pay.refunds import RefundQuote, refund
from settlement.documents.scalars import milli, quantity_out, returned_quantity
from settlement.ext.store.figures import microseconds
from settlement.ext.store.undoing import parts_of
from settlement.orders import Actor, Cancelled, OrderState, RefundAsked

__all__ = ["asked_since", "left_to_ask", "owed", "owes"]


def left_to_ask(state: OrderState, currency: str, number: str | None = None) -> int:
    """What is owed in a currency and not asked for, in minor units; what was asked under `number` is left out."""
    due = sum([each.minor for each in state.refund_due if each.currency == currency])
    asked = [each.amount for each in state.refunds if each.told == "asked" and each.refund != number]
    return due - sum([each.minor for each in asked if each is not None and each.currency == currency])


def owes(state: OrderState) -> bool:
    """Whether there is something that `owed` tells."""
    return next(_strays(state), None) is not None or next(_unsent(state), None) is not None


def owed(state: OrderState, actor: Actor, at: datetime) -> RefundAsked | RefundQuote | None:
    """The first that is owed and not asked for: the event that asks for it, or the refund of what was cancelled.

    Numbers and instants are read off the state, so two who ask at once ask for the same.
    """
    stray = next(_strays(state), None)
    if stray is not None:
        number = _number(state, f"{stray.key}_S")
        back = RefundDemand(order=stray.key, refund=number, merchant=stray.merchant, amount=stray.amount)
        return RefundAsked(at=at, actor=actor, demand=back, transaction=stray.id)
    return next(_unsent(state), None)


def asked_since(state: OrderState) -> int | None:
    """Since when a provider was asked to give something back and has not answered; None: it has, or was not asked."""
    waits = {each.refund for each in state.refunds if each.told == "asked"}
    asked = [each for each in state.events if isinstance(each, RefundAsked) and each.demand is not None]
    return min([microseconds(each.at) for each in asked if each.number in waits], default=None)


def _strays(state: OrderState) -> Iterator[PaymentNotice]:
    """Transactions that pay nothing and that nobody asked back. While an order waits for its payment a person may."""
    if state.status == "pending_payment" or not state.refund_due:
        return
    asked = {each.transaction for each in state.events if isinstance(each, RefundAsked)}
    for payment in state.payments:
        for notice in payment.strays:
            if notice.id not in asked and notice.amount.minor <= left_to_ask(state, notice.amount.currency):
                yield notice


def _unsent(state: OrderState) -> Iterator[RefundQuote]:
    """Refunds of all that is left of an order that was cancelled after it was paid, with all its freight."""
    ended = next((each for each in state.events if isinstance(each, Cancelled)), None)
    if ended is None or not state.paid:
        return
    key = next(each.payment.key for each in state.payments if each.payment is not None)
    for part in parts_of(state).values():
        left = {line.id: milli(line.quantity) for line in part.settlement.lines}
        for line in [each for quote in part.quotes for each in quote.lines]:
            left[line.id] -= milli(line.quantity)
        if any(left.values()):
            back = {line: returned_quantity(quantity_out(quantity)) for line, quantity in left.items()}
            yield refund(part.settlement, back, part.quotes, "return", id=_number(state, f"{key}_C"), at=ended.at)


def _number(state: OrderState, head: str) -> str:
    """The first that no refund of the order has, of those with this head."""
    taken = {each.refund for each in state.refunds}
    return next(name for name in (f"{head}{at}" for at in count(1)) if name not in taken)
