"""Write settlements, refunds, payouts and movements of money as balanced double entries.

Each FILE is a settlement, a record, a request that is settled first, a movement of money, or a refund quote or payout
whose settlement is among the files, or was booked before (`--booked`). What the buyer pays is debited; goods, freight
and fees are credited to each shop; every offer is debited to who bears it. A payout turns what shops earned into what
is owed to them; of two payouts of one order the one that covers more refunds is booked as the difference. Exit code 2:
what does not go together, such as one refund twice. `--format beancount` can be checked with bean-check, `--format
hledger` with hledger check; `--format csv` opens in any spreadsheet.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_offset, named, problems, read, refused
from settlement.commands.sources import read_any

if TYPE_CHECKING:
    from settlement.audit.books.assertions import Asserting
    from settlement.errors import InvalidDocument

__all__ = ["add_arguments", "by_file", "date_of", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement journal`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="JSON files, or - for standard input")
    parser.add_argument(
        "--booked",
        action="append",
        default=[],
        metavar="FILE",
        help="what stands in the books already: looked up, not written again; may stand several times",
    )
    add_format(parser, "csv", "beancount", "hledger", default="csv")
    add_offset(parser, timedelta(0))
    parser.add_argument(
        "--refunded",
        type=date_of,
        metavar="DATE",
        help="the day of refunds without one (default: of their settlements)",
    )
    parser.add_argument(
        "--paid-out",
        type=date_of,
        metavar="DATE",
        help="the day of payouts without one (default: of their settlements)",
    )
    parser.add_argument(
        "--policy", metavar="POLICY", help="a JSON file: presentation as principal or agent, points as a liability"
    )
    parser.add_argument(
        "--balance",
        action="append",
        default=[],
        metavar="FILE",
        help="a statement or a provider's bill: what it says stands in its account at the end of its period is asserted"
        " in the ledger's text; may stand several times",
    )
    parser.add_argument("--opening", metavar="AMOUNT", help="what the provider had before the journal begins")
    add_locale(parser)


def date_of(text: str) -> date:
    """A day, as an option states it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = "write a date such as 2026-11-30"
        raise argparse.ArgumentTypeError(msg) from None


def run(options: argparse.Namespace) -> int:
    """Read, book, print."""
    from settlement.audit.books.journal import assertions, beancount_text, csv_text, entries, hledger_text
    from settlement.audit.books.policy import BooksPolicy
    from settlement.commands.inputs import document
    from settlement.errors import CurrencyMismatch, InvalidDocument
    from settlement.money import Money

    if (options.balance or options.opening) and options.format == "csv":
        raise refused("--balance is of --format beancount or hledger", options.locale)
    sources, before = ([read_any(name, options.locale) for name in names] for names in (options.files, options.booked))
    days = {"refunded": options.refunded, "paid_out": options.paid_out}
    policy = None if options.policy is None else document(BooksPolicy, options.policy, options.locale)
    try:
        journal = entries(sources, offset=options.offset, before=before, policy=policy, **days)
        opening = None if options.opening is None else Money(options.opening)
        stated = [_asserting(name, options.locale) for name in options.balance]
        balances = assertions(stated, journal, offset=options.offset, opening=opening)
    except InvalidDocument as error:
        raise problems(by_file(error, options.files, options.booked), "journal", options.locale) from None
    except (CurrencyMismatch, ValueError) as error:
        raise refused(error, options.locale) from None
    if options.format == "csv":
        sys.stdout.write(csv_text(journal))
    else:
        sys.stdout.write((beancount_text if options.format == "beancount" else hledger_text)(journal, balances))
    return 0


def _asserting(source: str, locale: str) -> Asserting:
    """A statement, or the bill of a provider. Raises `Refused`."""
    from settlement.after_pay.bills.bill import Bill
    from settlement.audit.books.balances import Statement
    from settlement.documents.strict_json import loads
    from settlement.errors import InvalidDocument

    text = read(source, locale)
    try:
        found = loads(text)
        kind = Bill if isinstance(found, dict) and "rows" in found else Statement
        return kind.model_validate_json(text)
    except InvalidDocument as error:
        raise problems(error, source, locale, text) from None


def by_file(error: InvalidDocument, sources: Sequence[str], booked: Sequence[str] = ()) -> InvalidDocument:
    """The same problems, with the names of files in place of their numbers."""
    files = {f"sources[{at}]": named(name) for at, name in enumerate(sources)}
    files |= {f"before[{at}]": named(name) for at, name in enumerate(booked)}
    found = []
    for each in error.problems:
        place, dot, rest = each.place.partition(".")
        facts = {name: files.get(value, value) for name, value in each.facts.items()}
        found.append(each._replace(place=files.get(place, place) + dot + rest, facts=facts))
    return type(error)(found, error.title)
