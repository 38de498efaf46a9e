"""What an order owes to its buyer that no provider was asked to give back, read off its state alone.

Two things are owed without anybody's word: money that came and pays nothing (paid twice, or after the end), and all
that was paid for an order that was cancelled. What somebody granted is asked for too: what a change gives back, and
what a refund gives that no payment held when it was asked for; not what a change has still to collect, and not a refund
that was told without a provider while there was one to ask, for that goes another way.

One rule bounds what is asked for, whoever asks: of each payment never more than came by it, less what went back and
what is on its way. What is on its way was asked for, or failed and is tried again. What a person gave back past the
store is told under a number that nobody asked under: it counts as of the payment that its notice names and that had
come by then, of what pays nothing first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from typing import NamedTuple

from settlement.after_pay.payments import RefundDemand, refund_demand
from settlement.after_pay.refunds import RefundQuote, refund
from settlement.documents.scalars import milli, quantity_out, returned_quantity
from settlement.ext.store.figures import microseconds
from settlement.ext.store.undoing import parts_of
from settlement.money import money_of
from settlement.orders import Actor, Cancelled, OrderState, Paid, RefundAsked, RefundSucceeded

__all__ = ["asked_since", "asking", "left_to_ask", "owed", "owes", "tried_again"]


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


def _held(state: OrderState, again: Mapping[str, RefundAsked] | None = None) -> tuple[_Held, ...]:
    """Each payment with what can still be asked of it: what pays first, each kind in the order in which it came.

    `again` is what of that which failed counts as on its way, by number: by default all that is tried again.
    """
    came: dict[str, int] = {}
    for at, event in enumerate(state.events):
        if isinstance(event, Paid) and event.notice.told == "succeeded":
            came.setdefault(event.notice.id, at)
    found: list[_Held] = []
    strays: list[_Held] = []
    for payment in state.payments:
        paid, paid_for = payment.payment, payment.paid_for
        if paid is not None and paid_for is not None:
            found.append(_Held(paid.key, paid.id, paid_for.merchant, False, paid.amount.currency, paid.amount.minor))
        strays += [
            _Held(each.key, each.id, each.merchant, True, each.amount.currency, each.amount.minor)
            for each in payment.strays
        ]
    found += strays
    for gone in _gone(state, tried_again(state) if again is None else again):
        minor = gone.minor
        for one in sorted(found, key=lambda one: _unlikely(gone, one, came[one.transaction])):
            part = min(minor, one.left) if one.currency == gone.currency else 0
            if part > 0:
                found[found.index(one)] = one._replace(left=one.left - part)
                minor -= part
    return tuple(found)


def _unlikely(gone: _Gone, one: _Held, came: int) -> tuple[bool, ...]:
    """How unlikely it is that this went back of that payment."""
    if gone.asked is not None:
        return (not _is_of(gone.asked, one),)
    return (came > gone.at, one.key != gone.key, not one.stray)


def _is_of(asked: RefundAsked, one: _Held) -> bool:
    """Whether this payment is the one that was asked."""
    if asked.transaction:
        return one.transaction == asked.transaction
    return asked.demand is not None and not one.stray and one.key == asked.demand.order


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
    mine = [each for each in there if not each.stray]
    if not (state.paid and mine):
        return ()
    if ended is None:
        return _granted(state, mine, actor, at)
    back = next(_unsent(state, mine[0].key, ended.at), None)
    if back is not None:
        return asking(state, back, actor, at)
    for each in mine:  # what a change gave back, and what was not there when it was asked for
        if (minor := min(each.left, _free(state, each.currency))) > 0:
            return (_plain(state, each, minor, "C", actor, at),)
    return ()


def _granted(state: OrderState, mine: Sequence[_Held], actor: Actor, at: datetime) -> tuple[RefundAsked, ...]:
    """What an order that goes on was to give back and no provider was asked for, as far as its payments hold it."""
    currency = mine[0].currency
    room = _free(state, currency) - state.to_collect.minor
    if room <= 0:
        return ()
    failed = {each.refund for each in state.refunds if each.told == "failed"} - tried_again(state).keys()
    rests = []
    for tries in _tries(state):
        begin, first = tries[0]
        quote, demands = first.quote, [each.demand for _, each in tries if each.demand is not None]
        if quote is None:
            continue
        asked = {each.refund: each.amount.minor for each in demands if each.refund not in failed}
        rest = quote.to_method.minor - sum(asked.values())
        if quote.id is not None and (demands or not _holds(state.order.state(state.events[:begin]))):
            rests.append((quote, rest))
        else:
            room -= max(0, rest)
    for quote, rest in rests:
        part = min(rest, room, sum([each.left for each in mine]))
        if part > 0:
            return asking(state, quote, actor, at, part)
    return tuple([_plain(state, each, minor, "C", actor, at) for each, minor in _parted(mine, room)[:1]])


def _tries(state: OrderState) -> Iterable[list[tuple[int, RefundAsked]]]:
    """Of each refund of the order the events that asked for it, with their places."""
    found: dict[str, list[tuple[int, RefundAsked]]] = {}
    for place, event in enumerate(state.events):
        if isinstance(event, RefundAsked) and event.refund is not None:
            found.setdefault(event.refund, []).append((place, event))
    return found.values()


def _holds(state: OrderState) -> bool:
    """Whether a payment of the order could be asked for something."""
    return any(each.left > 0 for each in _held(state) if not each.stray)


def asking(
    state: OrderState, quote: RefundQuote, actor: Actor, at: datetime, part: int | None = None
) -> tuple[RefundAsked, ...]:
    """What asks for a refund, or a part of it: of the payments that hold it, under a number for each.

    Where none holds something, without any.
    """
    head, wanted = str(quote.id), quote.to_method.minor if part is None else part
    asks = [each for each in state.events if isinstance(each, RefundAsked)]
    numbers = {each.number for each in asks if each.demand is not None or each.refund != head}
    names = chain([head], (f"{head}-{at}" for at in count(2)))
    free = (name for name in names if name not in numbers)
    asked = []
    for each, minor in _parted([each for each in _held(state) if not each.stray], wanted):
        number, amount = next(free), money_of(minor, quote.currency)
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


def tried_again(state: OrderState) -> dict[str, RefundAsked]:
    """By number what failed and may still be asked for: of one refund no more than it gives back, else what is owed.

    Of an order that has ended no more than is owed either way: what was given back meanwhile is not. And never more
    than its payment still holds, of which the provider would give back nothing.
    """
    asked, told = _asked(state), {each.refund: each.told for each in state.refunds}
    if "failed" not in told.values():
        return {}
    there = _held(state, {})
    stands = [each for number, each in asked.items() if told[number] != "failed"]
    again: dict[str, RefundAsked] = {}
    ended = state.status in {"cancelled", "closed"}
    for number, each in asked.items():
        if told[number] != "failed" or each.demand is None:
            continue
        amount, limits = each.demand.amount, []
        if each.quote is None or ended:
            others = [one for one in again.values() if one.quote is None or ended]
            limits.append(left_to_ask(state, amount.currency) - _in_all(others, amount.currency))
        if each.quote is not None:
            others = [one for one in (*stands, *again.values()) if one.quote == each.quote]
            limits.append(each.quote.to_method.minor - _in_all(others, amount.currency))
        of = next((one for one in there if _is_of(each, one)), None)
        if of is not None:
            others = [one for one in again.values() if _is_of(one, of)]
            limits.append(of.left - _in_all(others, amount.currency))
        if amount.minor <= min(limits):
            again[number] = each
    return again


def _in_all(asked: Iterable[RefundAsked], currency: str) -> int:
    demands = [each.demand for each in asked if each.demand is not None]
    return sum([each.amount.minor for each in demands if each.amount.currency == currency])


def _free(state: OrderState, currency: str) -> int:
    """What is owed in a currency, neither asked for nor to be tried again."""
    return left_to_ask(state, currency) - _in_all(tried_again(state).values(), currency)


class _Gone(NamedTuple):
    """What went back or will; by whom it was asked for, None: by nobody here, but told as the how-manieth event."""

    asked: RefundAsked | None
    key: str | None
    at: int
    currency: str
    minor: int


def _gone(state: OrderState, again: Mapping[str, RefundAsked]) -> Iterator[_Gone]:
    """What we asked for first: what is known to be of a payment is not taken by what may be of each."""
    asked = _asked(state)
    told = {each.notice.refund: (each.notice.key, at) for at, each in enumerate(state.events)
            if isinstance(each, RefundSucceeded)}  # fmt: skip
    unknown = []
    for each in state.refunds:
        if each.amount is None or (each.told == "failed" and each.refund not in again):
            continue
        ours = asked.get(each.refund)
        if ours is not None and ours.demand is not None:
            yield _Gone(ours, ours.demand.order, 0, each.amount.currency, each.amount.minor)
        else:
            unknown.append(_Gone(None, *told[each.refund], each.amount.currency, each.amount.minor))
    yield from unknown


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
