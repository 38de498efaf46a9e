"""Write settlements, refunds and payouts as balanced double entries.

Each FILE is a settlement, a record, a request that is settled first, or a refund quote or payout whose settlement is
among the files, or was booked before (`--booked`). What the buyer pays is debited; goods, freight and fees are credited
to each shop; every offer is debited to who bears it. A payout turns what shops earned into what is owed to them; of two
payouts of one order the one that covers more refunds is booked as the difference. Exit code 2: what does not go
together, such as one refund twice. `--format beancount` can be checked with bean-check; `--format csv` opens in any
spreadsheet.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_offset, named, problems, refused
from settlement.commands.sources import read_any

if TYPE_CHECKING:
    from settlement.errors import InvalidDocument

__all__ = ["add_arguments", "run"]


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
    add_format(parser, "csv", "beancount", default="csv")
    add_offset(parser, timedelta(0))
    parser.add_argument(
        "--refunded", type=_date, metavar="DATE", help="the day of refunds without one (default: of their settlements)"
    )
    parser.add_argument(
        "--paid-out", type=_date, metavar="DATE", help="the day of payouts without one (default: of their settlements)"
    )
    add_locale(parser)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = "write a date such as 2026-11-30"
        raise argparse.ArgumentTypeError(msg) from None


def run(options: argparse.Namespace) -> int:
    """Read, book, print."""
    from settlement.audit.books.journal import beancount_text, csv_text, entries
    from settlement.errors import InvalidDocument

    sources, before = ([read_any(name, options.locale) for name in names] for names in (options.files, options.booked))
    days = {"refunded": options.refunded, "paid_out": options.paid_out}
    try:
        journal = entries(sources, offset=options.offset, before=before, **days)
    except InvalidDocument as error:
        raise problems(_by_file(error, options), "journal", options.locale) from None
    except ValueError as error:
        raise refused(error, options.locale) from None
    sys.stdout.write(csv_text(journal) if options.format == "csv" else beancount_text(journal))
    return 0


def _by_file(error: InvalidDocument, options: argparse.Namespace) -> InvalidDocument:
    """The same problems, with the names of files in place of their numbers."""
    files = {f"sources[{at}]": named(name) for at, name in enumerate(options.files)}
    files |= {f"before[{at}]": named(name) for at, name in enumerate(options.booked)}
    found = []
    for each in error.problems:
        place, dot, rest = each.place.partition(".")
        facts = {name: files.get(value, value) for name, value in each.facts.items()}
        found.append(each._replace(place=files.get(place, place) + dot + rest, facts=facts))
    return type(error)(found, error.title)
