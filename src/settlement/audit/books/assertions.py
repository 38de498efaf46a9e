"""What an account must stand at by somebody else's document: a shop's statement, or the bill of a provider.

Beancount and hledger check such balances themselves, so that a journal that says something else is noticed by whoever
reads the ledger, and not by this library alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeAlias

from settlement.after_pay.bills.bill import Bill, BillRow
from settlement.audit.books.balances import Statement
from settlement.audit.books.bookings import Entry, OwnName
from settlement.audit.books.days import on
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.errors import CurrencyMismatch
from settlement.money import Money, money_of

__all__ = ["Asserting", "Assertion", "assertions"]

Asserting: TypeAlias = Statement | Bill
#: What a provider's bill knows of its account; transfers it does not.
_BILLED: Final = frozenset({"received", "received_fee", "paid_back", "paid_back_fee"})


class Assertion(NamedTuple):
    """What stands on an account at the end of a day, debits above 0."""

    on: date
    account: tuple[str, ...]
    amount: Money


def assertions(
    documents: Iterable[Asserting],
    journal: Sequence[Entry],
    *,
    offset: timedelta = timedelta(0),
    opening: Money | None = None,
) -> list[Assertion]:
    """What these statements and bills say of the journal's accounts, at the end of their periods.

    Of a statement what the shop is owed, `Liabilities:Shops`. Of a bill what the provider has, `Assets:Providers` or
    the account of its name there where the journal has one: what stood there before its first day, with what the
    journal says was transferred since, plus what the bill says was paid less what was paid back and kept. `opening` is
    what stood there before the journal begins; `offset` is the journal's. Raises `CurrencyMismatch` for an opening
    balance in another currency than the bill's, `TypeError` for anything but these documents.
    """
    made: list[Assertion] = []
    for document in documents:
        if isinstance(document, Statement):
            account = ("Liabilities", "Shops", OwnName(document.shop))
            made.append(Assertion(document.until, account, -document.closing))
        else:
            expect("documents", document, Bill)
            made += _billed(document, journal, offset, opening)
    return made


def _billed(bill: Bill, journal: Sequence[Entry], offset: timedelta, opening: Money | None) -> Iterator[Assertion]:
    if not bill.rows:
        return
    own = ("Assets", "Providers", OwnName(bill.provider))
    posted = [(entry.on, row) for entry in journal for row in entry.postings]
    account: tuple[str, ...] = own if any(row.account == own for _, row in posted) else own[:2]
    days = [on(row.at, offset) for row in bill.rows]
    first, last = min(days), max(days)
    if opening is not None and opening.currency not in bill.currencies:
        raise CurrencyMismatch(" or ".join(sorted(bill.currencies)), opening.currency)
    for currency in sorted(bill.currencies):
        found = sum([_moved(row) for row in bill.rows if row.currency == currency])
        found += opening.minor if opening is not None and opening.currency == currency else 0
        for day, row in posted:
            told = day < first or (day <= last and row.stage not in _BILLED)
            if told and row.account == account and row.amount.currency == currency:
                found += row.amount.minor
        yield Assertion(last, account, money_of(found, currency))


def _moved(row: BillRow) -> int:
    """What a row of a bill moved, in minor units: what was settled of it, less what the provider kept."""
    amount = (row.settled or row.amount).minor
    return (amount if row.kind == "payment" else -amount) - row.fee.minor


all_readable(globals())
