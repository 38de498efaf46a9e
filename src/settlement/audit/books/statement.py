"""A shop's statement of a period: what it began with, what each order and each movement changed, what it ends with.

A fold of the payouts and movements that the journal books, on the same days and as the same differences, so that it
says of a shop what the account `Liabilities:Shops` says. Of what is owed, a part may not be due yet: what is held until
so many days after an order was completed, and what is kept in reserve for returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from settlement.after_pay.payouts.accounts import Payout, ShopAccount
from settlement.after_pay.payouts.movement import Movement
from settlement.audit.books.balances import (
    HoldingPolicy,
    Statement,
    StatementMovement,
    StatementOrder,
    rows_of,
)
from settlement.audit.books.days import day_of, on
from settlement.audit.books.handed_in import Source, documents_of, handed_in, movements_of
from settlement.documents.document import Document
from settlement.documents.problems import expect
from settlement.documents.scalars import Instant, rate
from settlement.documents.written import all_readable
from settlement.errors import CurrencyMismatch, InvalidDocument, Problem, quoted
from settlement.money import Money, money_of

__all__ = ["HoldingPolicy", "Statement", "StatementMovement", "StatementOrder", "statement"]


class _Change(NamedTuple):
    """What a payout or a movement changed for the shop; `of` is the order that it is of, by name or digest."""

    day: date
    row: StatementOrder | StatementMovement
    minor: int
    of: str | None


def statement(
    shop: str,
    sources: Iterable[Source],
    since: date | str,
    until: date | str,
    *,
    policy: HoldingPolicy | None = None,
    completed: Mapping[str, datetime | str] | None = None,
    opening: Money | None = None,
    offset: timedelta = timedelta(0),
    paid_out: date | None = None,
    currency: str | None = None,
) -> Statement:
    """A shop's statement from one day to another, of the documents that a journal takes.

    What lies before `since` makes the opening balance, with `opening`: what all that is not handed in came to. What is
    later than `until` is not looked at. `offset` and `paid_out` are those of the journal (`entries`). With a
    `policy` an order's net is held until it is `completed` (by the order's name, else its digest: the instant) and so
    many days passed; without one nothing is. `currency` names one where the shop sells in several, or where there is
    nothing of it yet: then all is 0. Raises `InvalidDocument` for a period that ends before it begins, and where the
    currency can't be told, `CurrencyMismatch` for an opening balance in another, else what `entries` raises.

    >>> from settlement import Cart, Checkout, Line, Rulebook, payout, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> made = statement("tea", [paid, payout(paid)], "2026-11-01", "2026-11-30")
    >>> str(made.opening), str(made.closing), {name: str(amount) for name, amount in made.sums().items()}
    ('0.00 CNY', '94.05 CNY', {'goods': '99.00 CNY', 'commission': '-4.95 CNY'})
    """
    expect("policy", policy, HoldingPolicy, optional=True)
    first, last = (each if isinstance(each, date) else date.fromisoformat(each) for each in (since, until))
    known = list(_changes(shop, list(sources), offset, paid_out))
    changes = [each for each in known if each.day <= last]
    if currency is None:
        stated = set() if opening is None else {opening.currency}
        found, later = ({_currency(each.row) for each in some} for some in (changes, known))
        currency = _only(shop, found or stated or later)
    if opening is not None and opening.currency != currency:
        raise CurrencyMismatch(currency, opening.currency)
    changes = sorted((each for each in changes if _currency(each.row) == currency), key=lambda each: each.day)
    start = (0 if opening is None else opening.minor) + sum([each.minor for each in changes if each.day < first])
    rows = [each for each in changes if each.day >= first]
    closing = start + sum([each.minor for each in rows])
    done = {order: _day_of(instant, offset) for order, instant in (completed or {}).items()}
    held, reserve = _kept(changes, policy, done, last)
    held = min(held, max(0, closing))  # what was transferred early is not there to be held
    reserve = min(reserve, max(0, closing - held))
    amounts = {"opening": start, "closing": closing, "held": held, "reserve": reserve}
    amounts["available"] = closing - held - reserve
    return Statement(
        shop=shop,
        currency=currency,
        since=first,
        until=last,
        orders=[each.row for each in rows if isinstance(each.row, StatementOrder)],
        movements=[each.row for each in rows if isinstance(each.row, StatementMovement)],
        **{name: money_of(minor, currency) for name, minor in amounts.items()},
    )


def _currency(row: StatementOrder | StatementMovement) -> str:
    return (row.net if isinstance(row, StatementOrder) else row.amount).currency


def _only(shop: str, found: set[str]) -> str:
    if len(found) != 1:
        code = "statement.currencies" if found else "statement.nothing"
        facts = {"shop": quoted(shop), "currencies": ", ".join(sorted(found))}
        raise InvalidDocument([Problem("currency", code, facts)], "statement")
    (one,) = found
    return one


def _changes(shop: str, sources: Sequence[Source], offset: timedelta, paid_out: date | None) -> Iterator[_Change]:
    """All that changes what the shop is owed, as the journal books it."""
    for document, settlement, previous in handed_in(documents_of(sources)):
        if not isinstance(document, Payout) or all(each.shop != shop for each in document.shops):
            continue
        now = document.shop(shop)
        earlier = None if previous is None else previous.shop(shop)
        sale = _account(now.sale, None if earlier is None else earlier.sale)
        refunds = _account(now.refunds, None if earlier is None else earlier.refunds)
        if not any((*rows_of(sale).values(), *rows_of(refunds).values())):
            continue
        order = document.order or settlement.order
        row = StatementOrder(
            day=day_of(document, settlement, offset, paid_out=paid_out),
            settlement=document.settlement,
            order=order,
            payout=document.id,
            sale=sale,
            refunds=refunds,
            net=sale.net + refunds.net,
        )
        yield _Change(row.day, row, row.net.minor, order or document.settlement)
    for moved in movements_of(sources):
        if moved.shop == shop:
            yield _moved(moved, offset)


def _moved(movement: Movement, offset: timedelta) -> _Change:
    amount = movement.amount if movement.kind == "adjustment" else -movement.amount
    day = on(movement.at, offset)
    kind: Literal["to_shop", "adjustment"] = "adjustment" if movement.kind == "adjustment" else "to_shop"
    row = StatementMovement(
        day=day, kind=kind, id=movement.id, order=movement.order, amount=amount, reason=movement.reason
    )
    return _Change(day, row, amount.minor, None)


def _account(now: ShopAccount, before: ShopAccount | None) -> ShopAccount:
    """An account less the one that was booked before it."""
    if before is None:
        return now
    made: dict[str, Money] = {}
    for name in ShopAccount.model_fields:
        one, other = getattr(now, name), getattr(before, name)
        if one is not None or other is not None:
            nothing = now.net - now.net
            difference = (one or nothing) - (other or nothing)
            if difference or name not in ShopAccount.left_out:
                made[name] = difference
    return ShopAccount(**made)


class _Completed(Document):
    """When an order was completed."""

    at: Instant


def _day_of(instant: datetime | str, offset: timedelta) -> date:
    """The day of an instant that was handed in. Raises `InvalidDocument`."""
    return on(_Completed.model_validate({"at": instant}).at, offset)


def _kept(
    changes: Sequence[_Change],
    policy: HoldingPolicy | None,
    completed: Mapping[str, date],
    last: date,
) -> tuple[int, int]:
    """What of the orders' nets is held at the end of a day, and what is kept in reserve."""
    if policy is None:
        return 0, 0
    nets: dict[str, int] = {}
    for each in changes:
        if each.of is not None:
            nets[each.of] = nets.get(each.of, 0) + each.minor
    held = reserve = 0
    for order, net in nets.items():
        owed = max(0, net)  # what a shop owes for an order is due at once
        done = completed.get(order)
        if done is None or done + timedelta(days=policy.release_days) > last:
            held += owed
        elif done + timedelta(days=policy.release_days + policy.reserve_days) > last:
            numerator, denominator = rate(policy.reserve_percent)
            reserve += owed * numerator // denominator
    return held, reserve


all_readable(globals())
