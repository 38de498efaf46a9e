"""The transaction that tells an order something: a payment, a refund, a shipment, an end; what ends gives all back.

The order is read and folded outside of it, and the event written under the next number. Where another took that number
in between, it is read and folded again: so whatever two tell at once, each event was possible where it stands.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, func, insert, select, update

from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundNotice
from settlement.after_pay.refunds import RefundQuote, refund
from settlement.audit.seal import SKEW
from settlement.documents.canonical import canonical, digest_of
from settlement.documents.scalars import instant_out, milli
from settlement.errors import IdempotencyConflict, InvalidDocument, NotFound, Problem
from settlement.ext.store import consuming, log
from settlement.ext.store.access import may, may_tell
from settlement.ext.store.asking import expect_run_out
from settlement.ext.store.database import Database, insert_once
from settlement.ext.store.figures import expect_fitting, microseconds
from settlement.ext.store.jobs import LAST_WORDS
from settlement.ext.store.owing import asked_since, left_to_ask, owes, tried_again
from settlement.ext.store.persons import Persons
from settlement.ext.store.reading import ShopOrder, find, part_of, read_state
from settlement.ext.store.tables import demands, notices, order_shops, orders, quotes
from settlement.ext.store.undoing import Back, Part, back_of, goods_of, kept_goods, parts_of
from settlement.money import excerpt, money_of
from settlement.orders import (
    Actor,
    Cancelled,
    Changed,
    Closed,
    OrderEvent,
    OrderState,
    Paid,
    Received,
    RefundAsked,
    RefundFailed,
    RefundSucceeded,
    Returned,
    Shipped,
)
from settlement.orders.order import consumed_by

__all__ = ["Told", "give_back_asked", "keep_number", "part_with", "tell", "write_event"]

Notice: TypeAlias = PaymentNotice | RefundNotice


class Told(NamedTuple):
    """Where the order stands, and whether whoever told it may stop: of a payment what `PaymentAnswer.success` says.

    A shop is told its own part, as `Store.order` shows it.
    """

    state: OrderState | ShopOrder
    success: bool


def tell(database: Database, actor: Actor, told: Notice | OrderEvent, order: str | None, now: datetime) -> Told:
    """As `Store.tell`."""
    if not isinstance(told, PaymentNotice | RefundNotice):
        if order is None:
            msg = "an event names no order; say which: tell(actor, event, order=…)"
            raise TypeError(msg)
        may_tell(actor, told.kind, order)
        if isinstance(told, Shipped | Received | Returned) and actor.role == "shop" and told.shop != actor.id:
            raise NotFound(order)
        event = told.model_copy(update={"actor": actor})
        state = database.settled(lambda: _tell_event(database, actor, event, order, now))
        return Told(part_of(state, actor.id) if actor.role == "shop" else state, success=True)
    known_as = told.key if isinstance(told, PaymentNotice) else told.refund
    kind = "paid" if isinstance(told, PaymentNotice) else f"refund_{told.told}"
    may_tell(actor, kind, str(known_as))
    expect_fitting("Notice", [("amount", told.amount.minor)])
    return database.settled(lambda: _tell_notice(database, actor, told, order, now))


def _tell_event(database: Database, actor: Actor, event: OrderEvent, order: str, now: datetime) -> OrderState:
    if event.at > now + SKEW:
        facts = {"found": instant_out(event.at), "now": instant_out(now)}
        raise InvalidDocument([Problem("at", "event.future", facts)], type(event).__name__)
    with database.reading() as connection:
        may(actor, "tell", order)
        find(connection, actor, order)
        if isinstance(event, Paid | RefundSucceeded | RefundFailed):
            _order_of(connection, event.notice, order)
        elif isinstance(event, Closed):
            expect_run_out(connection, order, event.at)
        before = read_state(connection, database.persons, order)
    after = before.after(event)
    more = _added(before, event)
    part = _asked(before, event) if isinstance(event, RefundAsked) else None
    with database.writing() as connection:
        write_event(connection, database.persons, after, event)
        if isinstance(event, Cancelled | Closed):
            if isinstance(event, Closed):
                late = update(demands).where(demands.c.order_id == order, demands.c.key.not_in(_answered(after)))
                connection.execute(late.values(late=microseconds(event.at)))
            consuming.give_back_all(connection, order)
        elif isinstance(event, Returned):
            consuming.give_back(connection, order, _goods(after, event), kept_goods(after))
        elif isinstance(event, Changed):
            _change(connection, before, after, event, more)
        elif isinstance(event, RefundAsked):
            keep_number(connection, order, event)
            if part is not None:
                give_back_asked(connection, after, part)
        if isinstance(event, Changed | Paid) and event.demand is not None:
            _ask(connection, order, event.demand)
    return after


def _added(before: OrderState, event: OrderEvent) -> list[consuming.Take]:
    """What a change adds, under the limits of the rulebook that it was settled by.

    An edit that was read from JSON has none beside it: then the limits are those of the order's own.
    """
    settled = event.edit.settled if isinstance(event, Changed) else None
    if settled is None:
        return []
    asked = settled.made_from
    rules = before.order.record.plain["rulebook"] if asked is None else asked[1].to_dict()
    more = consuming.takes(consumed_by(settled, rules), before.order.customer)
    expect_fitting("Changed", consuming.figures(more))
    return more


def _change(
    connection: Connection, before: OrderState, after: OrderState, event: Changed, more: list[consuming.Take]
) -> None:
    """What a change drops is given back, goods as far as they were not sent; then what it adds is taken.

    A shop that has goods of an order by a change has the order.
    """
    order, kept = before.order.id, kept_goods(after)
    for each in more:
        if each.kind == "stock":
            key = (each.kind, each.id, each.holders[0])
            kept[key] = kept.get(key, 0) - each.quantity
    for at, quote in event.edit.refunds.items():
        part = event.edit.parts[at]
        consuming.give_back(connection, order, back_of(part.settlement, part.refunds))
        dropped = goods_of(part.settlement, {line.id: milli(line.quantity) for line in quote.lines})
        consuming.give_back(connection, order, dropped, kept)
        _credit(connection, before.order.customer, quote)
    consuming.consume(connection, order, more, again=True)
    added = () if event.edit.settled is None else {line.shop for line in event.edit.settled.lines}
    for shop in sorted(added):
        row = {"shop": shop, "placed": microseconds(before.order.placed), "order_id": order}
        insert_once(connection, order_shops, row)


def _credit(connection: Connection, customer: str | None, quote: RefundQuote) -> None:
    """What a refund turns into store credit is there at once."""
    if quote.credit is not None and quote.credit.amount.minor:
        amount, holders = quote.credit.amount, ("",) if customer is None else (customer, "")
        wallet = consuming.Take("stored_value", quote.credit.id, holders, amount.minor, amount.currency)
        if not consuming.grant(connection, wallet):
            facts = {"detail": "is more than can be counted, or in another currency than what is there"}
            raise InvalidDocument([Problem("credit", "value.invalid", facts)], "RefundQuote")


def _asked(before: OrderState, event: RefundAsked) -> Part | None:
    """The settlement of a refund that the order hears of by this event, with all its refunds; None: it is no new one.

    Raises `InvalidDocument` where more of one refund is asked for than it gives back, under whatever numbers, or more
    beside refunds, of a change or a stray transaction, than is owed; what failed may be asked for under another.
    """
    quote, demand = event.quote, event.demand
    if quote is None:
        _expect_owed(before, event)
        return None
    failed = {each.refund for each in before.refunds if each.told == "failed"}
    if event.number in failed and before.status == "cancelled" and event.number not in tried_again(before):
        _expect_owed(before, event)  # it may have been given back by other ways meanwhile
    failed.add(event.number)
    tries = [each for each in before.events if isinstance(each, RefundAsked) and each.quote == quote]
    asked = {each.number: each.demand.amount.minor for each in tries if each.demand and each.number not in failed}
    in_all = sum(asked.values()) + (0 if demand is None else demand.amount.minor)
    if in_all > quote.to_method.minor:
        facts = {"found": str(money_of(in_all, quote.currency)), "limit": str(quote.to_method)}
        raise InvalidDocument([Problem("demand.amount", "event.refund_more", facts)], "RefundAsked")
    return None if tries else part_with(before, quote)


def _expect_owed(before: OrderState, event: RefundAsked) -> None:
    """Nothing, where what is asked for is owed to the buyer, what was asked for already left out."""
    if event.demand is None:
        return
    amount = event.demand.amount
    left = left_to_ask(before, amount.currency, event.number)
    if amount.minor > left:
        facts = {"found": str(amount), "limit": str(money_of(max(0, left), amount.currency))}
        raise InvalidDocument([Problem("demand.amount", "event.refund_more", facts)], "RefundAsked")


def part_with(before: OrderState, quote: RefundQuote) -> Part | None:
    """The settlement that a new refund is of, with it among its refunds; raises where all are more than was sold."""
    part = parts_of(before).get(quote.settlement)
    if part is None:
        return None
    made = part._replace(quotes=(*part.quotes, quote))
    refund(made.settlement, {}, made.quotes)
    return made


def give_back_asked(connection: Connection, after: OrderState, part: Part) -> None:
    """What the last refund of a settlement gives back beside money, in its transaction, goods if they were not sent.

    What the buyer has, or is on its way, comes back by `Returned`: the order keeps that, and what is still to be sent.
    """
    last = part.quotes[-1]
    goods = goods_of(part.settlement, {line.id: milli(line.quantity) for line in last.lines})
    consuming.give_back(connection, after.order.id, back_of(*part) | goods, kept_goods(after))
    _credit(connection, after.order.customer, last)


def keep_number(connection: Connection, order: str, event: RefundAsked) -> None:
    """What the provider knows a refund by, so that its notice finds the order, also one that names no payment."""
    there = select(quotes.c.number).where(quotes.c.order_id == order, quotes.c.number == event.number)
    if connection.execute(there).first() is None:
        asked = event.demand if event.quote is None else event.quote
        document = canonical(asked.to_dict() if asked is not None else {}).decode()
        connection.execute(insert(quotes).values(order_id=order, number=event.number, document=document))


def write_event(connection: Connection, persons: Persons, after: OrderState, event: OrderEvent) -> None:
    """The last event of a state, the status that it makes, and since when money is owed or waited for."""
    log.append(connection, persons, after.order, len(after.events), event)
    since = func.coalesce(orders.c.owes, microseconds(event.at)) if owes(after) else None
    row = {"status": after.status, "owes": since, "asked": asked_since(after)}
    connection.execute(update(orders).where(orders.c.id == after.order.id).values(row))


def _answered(state: OrderState) -> set[str]:
    """The keys of which the provider has told its last word."""
    told = [each.notice for each in state.events if isinstance(each, Paid)]
    return {each.key for each in told if each.told in LAST_WORDS}


def _goods(state: OrderState, event: Returned) -> Back:
    """Goods that came back, as stock of the shop."""
    lines = [line for part in parts_of(state).values() for line in part.settlement.lines]
    sku = {line.id: line.sku for line in lines if line.shop == event.shop}
    back = Back()
    for row in event.lines:
        key = ("stock", sku[row.line], event.shop)
        back[key] = back.get(key, 0) + milli(row.quantity)
    return back


def _ask(connection: Connection, order: str, demand: PaymentDemand) -> None:
    """What a provider is asked for, so that its notice finds the order. Raises `IdempotencyConflict` for another's."""
    whose = connection.execute(select(demands.c.order_id).where(demands.c.key == demand.key)).scalar()
    if whose is None:
        row = {"key": demand.key, "order_id": order, "document": canonical(demand.to_dict()).decode()}
        connection.execute(insert(demands).values(row))
    elif whose != order:  # what is paid under it would pay there
        raise IdempotencyConflict(demand.order)


# ------------------------------------------------------------------ notices


def _tell_notice(database: Database, actor: Actor, notice: Notice, order: str | None, now: datetime) -> Told:
    content = {name: value for name, value in notice.to_dict().items() if name != "event"}
    digest = digest_of(canonical([type(notice).__name__, content]))
    with database.reading() as connection:
        found, demand = _order_of(connection, notice, order)
        find(connection, actor, found)
        # Looked for before the order is read: what was told meanwhile would stand in no state that is older.
        whose = connection.execute(select(notices.c.order_id).where(notices.c.digest == digest)).scalar()
        before = read_state(connection, database.persons, found)
    if whose is not None:
        _expect_same(whose, found)
        if not (isinstance(notice, RefundNotice) and _failed_anew(before, notice)):
            return Told(before, _success(before, notice))
        digest = digest_of(canonical([type(notice).__name__, content, len(before.events)]))
    event: OrderEvent
    if isinstance(notice, PaymentNotice):
        event = Paid(at=now, actor=actor, notice=notice, demand=demand)
    elif notice.told == "succeeded":
        event = RefundSucceeded(at=now, actor=actor, notice=notice)
    else:
        event = RefundFailed(at=now, actor=actor, notice=notice)
    after = before.after(event)
    with database.writing() as connection:
        write_event(connection, database.persons, after, event)
        connection.execute(insert(notices).values(digest=digest, order_id=found, seq=len(after.events)))
        if isinstance(notice, PaymentNotice) and notice.key in _answered(after):
            connection.execute(update(demands).where(demands.c.key == notice.key).values(late=None))
    return Told(after, _success(after, notice))


def _order_of(connection: Connection, notice: Notice, order: str | None) -> tuple[str, PaymentDemand | None]:
    """Whose key, or number of a refund, this is; else of the order that it was told under.

    Raises `NotFound`, and `InvalidDocument` for a key, or a number, of another order than that.
    """
    key = notice.key
    row = connection.execute(select(demands.c.order_id, demands.c.document).where(demands.c.key == key)).first()
    if row is not None:
        _expect_same(row.order_id, row.order_id if order is None else order)
        demand = PaymentDemand.model_validate(json.loads(row.document)) if isinstance(notice, PaymentNotice) else None
        return row.order_id, demand
    if isinstance(notice, RefundNotice) and key is None:
        known = set(connection.execute(select(quotes.c.order_id).where(quotes.c.number == notice.refund)).scalars())
        whose = min(known, default=None) if order is None or order not in known else order
        if whose is not None and (order is not None or len(known) == 1):
            _expect_same(whose, whose if order is None else order)
            return whose, None
    if order is None:
        raise NotFound(str(key or notice.id))
    return order, None


def _failed_anew(state: OrderState, notice: RefundNotice) -> bool:
    """Whether a refund failed once more that had failed before, and of which the provider says the very same.

    It was asked for again since. An answer to a question is of now; a message may be of the time before, come late:
    unless it has an id, and so had whatever told of that.
    """
    if not any(each.refund == notice.refund and each.told == "asked" for each in state.refunds):
        return False
    failed = [each.notice for each in state.events if isinstance(each, RefundFailed)]
    before = {each.event for each in failed if each.refund == notice.refund}
    return notice.event is None or before.isdisjoint({None, notice.event})


def _expect_same(found: str, expected: str) -> None:
    """Nothing, where what was told is of the order under which it was told: money moved once, and for one."""
    if found != expected:
        facts = {"found": excerpt(found), "expected": excerpt(expected)}
        raise InvalidDocument([Problem("order", "order.mismatch", facts)], "Notice")


def _success(state: OrderState, notice: Notice) -> bool:
    """Whether the provider may be told that all is well."""
    if isinstance(notice, RefundNotice):
        return True
    content = notice.model_copy(update={"event": None})
    answers = [each for payment in state.payments for each in payment.answers]
    same = [each.success for each in answers if each.notice.model_copy(update={"event": None}) == content]
    return bool(same) and same[-1]
