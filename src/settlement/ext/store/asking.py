"""Asking once more: another attempt to pay an order, or what a change of it collects, under a key of its own.

The attempt is written before the provider hears of it, so that no notice comes for a key that nobody knows.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from settlement.after_pay.payments import PaymentDemand
from settlement.documents.canonical import canonical
from settlement.documents.scalars import instant_out
from settlement.errors import InvalidDocument, NotFound, Problem
from settlement.ext.store.access import may
from settlement.ext.store.database import Database
from settlement.ext.store.jobs import demands_of
from settlement.ext.store.reading import find, read_state
from settlement.ext.store.tables import demands
from settlement.orders import Actor

__all__ = ["ask", "expect_run_out"]


def ask(
    database: Database,
    actor: Actor,
    order: str,
    *,
    number: str | None,
    method: str | None,
    channel: str | None,
    expires: datetime | str | None,
) -> PaymentDemand:
    """As `Store.ask`."""
    may(actor, "ask", order)
    how = {"method": method, "channel": channel, "expires": expires}
    number = order if number is None else number

    def attempt() -> PaymentDemand:
        with database.reading() as connection:
            find(connection, actor, order)
            state = read_state(connection, database.persons, order)
            tried = [each for each in demands_of(connection, [order])[order] if each.order == number]
        if not tried:
            raise NotFound(number)
        paid = any(each.order == number and each.status == "paid" for each in state.payments)
        if paid or not state.to_collect:
            raise InvalidDocument([Problem("order", "demand.nothing_due")], "PaymentDemand")
        last = max(tried, key=lambda each: each.attempt)
        stated = {"order": number, "merchant": last.merchant, "amount": last.amount, "attempt": last.attempt + 1}
        made = PaymentDemand.model_validate(stated | how)
        row = {"key": made.key, "order_id": order, "document": canonical(made.to_dict()).decode()}
        with database.writing() as connection:
            connection.execute(insert(demands).values(row))
        return made

    return database.settled(attempt)


def expect_run_out(connection: Connection, order: str, at: datetime) -> None:
    """Nothing, where no attempt to pay the order can be paid any more, also none that nothing was told of yet."""
    tried = [each.expires for each in demands_of(connection, [order])[order] if each.order == order]
    expires = max([each for each in tried if each is not None], default=at)
    if at < expires:
        raise InvalidDocument([Problem("at", "event.expires", {"expires": instant_out(expires)})], "OrderState")
