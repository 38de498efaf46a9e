"""What a shop is owed for a period: its orders, refunds, transfers and balances.

Each FILE is what `settlement journal` takes; all that concerns the shop up to the last day belongs among them, and
where there is nothing, --currency says what that is of. What lies before --since makes the opening balance. With
--policy the nets of orders are held until they are completed (--completed ORDER=INSTANT) and released. HTML is a page
to send to the shop; CSV is one --table.
"""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_offset, problems, refused
from settlement.commands.journal import by_file, date_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement statement`."""
    parser.add_argument("files", metavar="FILE", nargs="*", help="JSON files, or - for standard input")
    parser.add_argument("--shop", required=True, metavar="SHOP", help="whose statement it is")
    parser.add_argument("--since", required=True, type=date_of, metavar="DATE", help="the first day")
    parser.add_argument("--until", required=True, type=date_of, metavar="DATE", help="the last day")
    parser.add_argument("--opening", metavar="AMOUNT", help="what all that is not among the files came to")
    parser.add_argument("--policy", metavar="POLICY", help="a JSON file: after how many days nets are released")
    parser.add_argument(
        "--completed",
        action="append",
        default=[],
        metavar="ORDER=INSTANT",
        help="when an order was completed; may stand several times",
    )
    parser.add_argument("--paid-out", type=date_of, metavar="DATE", help="the day of payouts without one")
    parser.add_argument("--currency", metavar="CODE", help="where the shop sells in several, or has nothing yet")
    parser.add_argument("--name", metavar="NAME", help="what the page calls the shop (default: its id)")
    add_offset(parser, timedelta(0))
    add_format(parser, "text", "json", "csv", "html")
    parser.add_argument("--table", choices=("balance", "orders", "movements"), help="of CSV (default: balance)")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, add up, print."""
    from settlement.audit.books.statement import HoldingPolicy, statement
    from settlement.audit.books.tables import csv_text
    from settlement.commands.inputs import document
    from settlement.commands.sources import read_any
    from settlement.errors import InvalidDocument
    from settlement.money import Money

    if options.table is not None and options.format != "csv":
        raise refused("--table is of --format csv", options.locale)
    sources = [read_any(name, options.locale) for name in options.files]
    policy = None if options.policy is None else document(HoldingPolicy, options.policy, options.locale)
    try:
        made = statement(
            options.shop,
            sources,
            options.since,
            options.until,
            policy=policy,
            completed=_completed(options),
            opening=None if options.opening is None else Money(options.opening),
            offset=options.offset,
            paid_out=options.paid_out,
            currency=options.currency,
        )
    except InvalidDocument as error:
        raise problems(by_file(error, options.files), "statement", options.locale) from None
    except ValueError as error:
        raise refused(error, options.locale) from None
    form = options.format or ("text" if sys.stdout.isatty() else "json")
    if form == "csv":
        sys.stdout.write(csv_text(made, options.table))
    elif form == "html":
        sys.stdout.write(made.to_html(options.locale, name=options.name))
    else:
        sys.stdout.write((made.text(options.locale) if form == "text" else made.to_json()) + "\n")
    return 0


def _completed(options: argparse.Namespace) -> dict[str, datetime | str]:
    """Orders and the instants at which they were completed. Raises `Refused`."""
    found: dict[str, datetime | str] = {}
    for each in options.completed:
        order, equals, instant = each.rpartition("=")
        if not equals:
            raise refused("write --completed as ORDER=INSTANT", options.locale)
        found[order] = instant
    return found
