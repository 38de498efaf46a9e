"""Write settlements, refunds and payouts as balanced double entries.

Each FILE is a settlement, a record, a request that is settled first, or a refund quote or payout whose settlement is
among the files. What the buyer pays is debited; goods, freight and fees are credited to each shop; every offer is
debited to who bears it. A payout turns what shops earned into what is owed to them; of two payouts of one settlement
the second is booked as the difference. `--format beancount` can be checked with bean-check; `--format csv` opens in any
spreadsheet.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta

from settlement.commands import add_format, add_locale, add_offset, refused
from settlement.commands.sources import read_any

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement journal`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="JSON files, or - for standard input")
    add_format(parser, "csv", "beancount", default="csv")
    add_offset(parser, timedelta(0))
    parser.add_argument(
        "--refunded", type=_date, metavar="DATE", help="the day of the refunds (default: that of their settlements)"
    )
    parser.add_argument(
        "--paid-out", type=_date, metavar="DATE", help="the day of the payouts (default: that of their settlements)"
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

    sources = [read_any(name, options.locale) for name in options.files]
    try:
        journal = entries(sources, offset=options.offset, refunded=options.refunded, paid_out=options.paid_out)
    except ValueError as error:
        raise refused(error, options.locale) from None
    sys.stdout.write(csv_text(journal) if options.format == "csv" else beancount_text(journal))
    return 0
