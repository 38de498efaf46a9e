"""What an order owes to its buyer that no provider was asked to give back, read off its state alone.

Two things are owed without anybody's word: money that came and pays nothing (paid twice, or after the end), and all
that was paid for an order that was cancelled. What a person grants is asked for by that person.

One rule bounds what is asked for, whoever asks: of each payment never more than came by it, less what went back and
what is on its way. What is on its way was asked for, or failed and is tried again. What a person gave back past the
store is told under a number that nobody asked under: it is taken from what pays nothing, then from the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple

from settlement.after_pay.payments import RefundDemand, refund_demand
from settlement.after_pay.refunds import RefundQuote, refund
from settlement.documents.scalars import milli, quantity_out, returned_quantity
from settlement.ext.store.figures import microseconds
from settlement.ext.store.undoing import parts_of
from settlement.money import money_of
from settlement.orders import Actor, Cancelled, OrderState, RefundAsked, RefundSucceeded

__all__ = ["asked_since", "asking", "left_to_ask", "owed", "owes"]


class _Held(NamedTuple):
    """One payment that reached the account, and what of it can still be asked back, in minor units."""

    key: str
    transaction: str
    merchant: str | None
    stray: bool
    currency: str
    left: int


def left_to_ask(state: OrderState, currency: str, number: str | None = None) -> int:
    """What is owed in a currency and not asked for, in minor units; what was asked under `number` is left out."""
    due = sum([each.minor for each in state.refund_due if each.currency == currency])
    asked = [each.amount for each in state.refunds if each.told == "asked" and each.refund != number]
    return due - sum([each.minor for each in asked if each is not None and each.currency == currency])


def _held(state: OrderState) -> tuple[_Held, ...]:
    """Each payment with what can still be asked of it: what pays first, each kind in the order in which it came."""
    found: list[_Held] = []
    strays: list[_Held] = []
    for payment in state.payments:
        paid, paid_for = payment.payment, payment.paid_for
        if paid is not None and paid_for is not None:
            amount = paid.amount
            found.append(_Held(paid.key, paid.id, paid_for.merchant, False, amount.currency, amount.minor))
        for each in payment.strays:
            amount = each.amount
            strays.append(_Held(each.key, each.id, each.merchant, True, amount.currency, amount.minor))
    found += strays
    for key, transaction, currency, minor in _gone(state):
        # Told under a number of ours it is of the payment that was asked; else of what pays nothing, first of its key.
        first = [each for each in found if each.stray and each.transaction == transaction]
        if transaction == "":
            first = [each for each in found if not each.stray and each.key == key]
        else:
            first += [each for each in found if each.stray and each.key == key]
            first += [each for each in found if each.key == key]
        for one in dict.fromkeys([*first, *reversed(found)]):
            part = min(minor, one.left) if one.currency == currency else 0
            if part > 0:
                found[found.index(one)] = one._replace(left=one.left - part)
                minor -= part
    return tuple(found)


def _parted(of: Sequence[_Held], wanted: int) -> list[tuple[_Held, int]]:
    """So much of these payments, in parts: of the emptiest that holds it all, else of each what it holds."""
    by_left = sorted([each for each in of if each.left > 0], key=lambda each: each.left)
    fits = [each for each in by_left if each.left >= wanted]
    made = []
    for each in fits[:1] or reversed(by_left):
        if (part := min(wanted, each.left)) > 0:
            made.append((each, part))
            wanted -= part
    return made


def owes(state: OrderState) -> bool:
    """Whether there is something that `owed` tells."""
    if not state.events:
        return False
    last = state.events[-1]
    return bool(owed(state, last.actor, last.at))


def owed(state: OrderState, actor: Actor, at: datetime) -> tuple[RefundAsked, ...]:
    """The first that is owed and not asked for, as what asks for it: of one refund perhaps several, of each payment.

    Numbers are read off the state, so two who ask at once ask for the same.
    """
    ended = next((each for each in state.events if isinstance(each, Cancelled)), None)
    if state.status == "pending_payment" or not (ended or state.refund_due):
        return ()
    there = _held(state)
    for each in there:
        if each.stray and (minor := min(each.left, _free(state, each.currency))) > 0:
            return (_plain(state, each, minor, "S", actor, at),)
    if ended is None or not state.paid:
        return ()
    mine = [each for each in there if not each.stray]
    back = next(_unsent(state, mine[0].key, ended.at), None)
    if back is not None:
        return asking(state, back, actor, at)
    for each in mine:  # what a change gave back, and what was not there when it was asked for
        if (minor := min(each.left, _free(state, each.currency))) > 0:
            return (_plain(state, each, minor, "C", actor, at),)
    return ()


def asking(state: OrderState, quote: RefundQuote, actor: Actor, at: datetime) -> tuple[RefundAsked, ...]:
    """What asks for a refund: of the payments that hold it, under a number for each; without any where none does."""
    numbers = {event.number for event in state.events if isinstance(event, RefundAsked)}
    free = iter([str(quote.id)])
    more = (f"{quote.id}-{at}" for at in count(2) if f"{quote.id}-{at}" not in numbers)
    asked = []
    for each, minor in _parted([each for each in _held(state) if not each.stray], quote.to_method.minor):
        number, amount = next(free, None) or next(more), money_of(minor, quote.currency)
        demand = refund_demand(quote, each.key, number, each.merchant, amount)
        asked.append(RefundAsked(at=at, actor=actor, quote=quote, demand=demand))
    return tuple(asked) or (RefundAsked(at=at, actor=actor, quote=quote),)


def asked_since(state: OrderState) -> int | None:
    """Since when a provider was asked to give something back and has not answered; None: it has, or was not asked."""
    waits = {each.refund for each in state.refunds if each.told == "asked"}
    asked = [each for each in state.events if isinstance(each, RefundAsked) and each.demand is not None]
    return min([microseconds(each.at) for each in asked if each.number in waits], default=None)


# ------------------------------------------------------------------ what is on its way


def _asked(state: OrderState) -> dict[str, RefundAsked]:
    """By number the last that asked a provider."""
    return {each.number: each for each in state.events if isinstance(each, RefundAsked) and each.demand is not None}


def _tried_again(state: OrderState) -> list[RefundAsked]:
    """What failed and may still be asked for: of one refund no more than it gives back, of the rest what is owed."""
    asked, told = _asked(state), {each.refund: each.told for each in state.refunds}
    stands = [each for number, each in asked.items() if told[number] != "failed"]
    again: list[RefundAsked] = []
    for number, each in asked.items():
        if told[number] != "failed" or each.demand is None:
            continue
        amount = each.demand.amount
        if each.quote is None:
            others = [one for one in again if one.quote is None and _minor(one, amount.currency)]
            most = left_to_ask(state, amount.currency) - sum([_minor(one, amount.currency) for one in others])
        else:
            others = [one for one in (*stands, *again) if one.quote == each.quote]
            most = each.quote.to_method.minor - sum([_minor(one, amount.currency) for one in others])
        if amount.minor <= most:
            again.append(each)
    return again


def _minor(asked: RefundAsked, currency: str) -> int:
    demand = asked.demand
    return demand.amount.minor if demand is not None and demand.amount.currency == currency else 0


def _free(state: OrderState, currency: str) -> int:
    """What is owed in a currency, neither asked for nor to be tried again."""
    return left_to_ask(state, currency) - sum([_minor(each, currency) for each in _tried_again(state)])


def _gone(state: OrderState) -> Iterator[tuple[str | None, str | None, str, int]]:
    """What went back or will: the key and the stray it is of ("": what pays; None: nobody asked), and how much."""
    asked, again = _asked(state), {each.number for each in _tried_again(state)}
    keys = {each.notice.refund: each.notice.key for each in state.events if isinstance(each, RefundSucceeded)}
    unknown = []
    for each in state.refunds:
        if each.amount is None or (each.told == "failed" and each.refund not in again):
            continue
        money = (each.amount.currency, each.amount.minor)
        ours = asked.get(each.refund)
        if ours is not None and ours.demand is not None:
            yield ours.demand.order, ours.transaction or "", *money
        else:
            unknown.append((keys.get(each.refund), None, *money))
    yield from unknown  # last: what is known to be of a payment is not taken by it


# ------------------------------------------------------------------ what is asked for


def _plain(state: OrderState, of: _Held, minor: int, letter: str, actor: Actor, at: datetime) -> RefundAsked:
    """A demand that is of no refund: of a stray payment, or of what is left of a cancelled order."""
    number, amount = _number(state, f"{of.key}_{letter}"), money_of(minor, of.currency)
    back = RefundDemand(order=of.key, refund=number, merchant=of.merchant, amount=amount)
    return RefundAsked(at=at, actor=actor, demand=back, transaction=of.transaction if of.stray else None)


def _unsent(state: OrderState, key: str, at: datetime) -> Iterator[RefundQuote]:
    """Refunds of all that is left of an order that was cancelled after it was paid, with all its freight."""
    for part in parts_of(state).values():
        left = {line.id: milli(line.quantity) for line in part.settlement.lines}
        for line in [each for quote in part.quotes for each in quote.lines]:
            left[line.id] -= milli(line.quantity)
        if any(left.values()):
            back = {line: returned_quantity(quantity_out(quantity)) for line, quantity in left.items()}
            yield refund(part.settlement, back, part.quotes, "return", id=_number(state, f"{key}_C"), at=at)


def _number(state: OrderState, head: str) -> str:
    """The first that no refund of the order has, of those with this head."""
    taken = {each.refund for each in state.refunds}
    return next(name for name in (f"{head}{at}" for at in count(1)) if name not in taken)
