"""What to give back for returned lines, after earlier refunds.

SETTLED is a settlement, a record, or a request that is settled first. Where nothing is asked for it prints what each
line that is left would give. Money may go back without goods (--money late@a=5.00, --freight-money late=all), a part of
the refund be kept (--deduct, --deduct-freight, --keep-gift) or become store credit (--credit); --ask reads all that
from a file. A quote printed as JSON is what --history reads back. Exit code 2: more is asked for than is left, an
unknown line, or a document that is not valid.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_order, add_own, refused
from settlement.commands.asked import add_asked, read_asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.after_pay.refunds.returns import RefundPreview
    from settlement.receipts.settlement import Settlement

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement refund`."""
    parser.add_argument("settled", metavar="SETTLED", help="a JSON file, or - for standard input")
    add_order(parser)
    add_own(parser, "refund")
    add_asked(parser)
    parser.add_argument(
        "--history", action="append", default=[], metavar="QUOTE", help="an earlier refund; in their order"
    )
    parser.add_argument("--policy", metavar="POLICY", help="a JSON file of the shop's choices")
    add_format(parser, "text", "json", "csv")
    parser.add_argument("--table", choices=("lines", "charges", "tenders", "money"), help="of CSV (default: lines)")
    parser.add_argument(
        "--explain", nargs="?", const="", metavar="LINE", help="tell how the refund came about, or one line of it"
    )
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, work out, print."""
    from settlement.after_pay.refunds.policy import RefundPolicy
    from settlement.after_pay.refunds.returns import preview, refund
    from settlement.commands import problems
    from settlement.commands.inputs import document, quotes
    from settlement.commands.sources import read_settled
    from settlement.errors import InvalidDocument, RefundExceeds, UnknownLine

    if options.table is not None and options.format != "csv":
        raise refused("--table is of --format csv", options.locale)
    settlement = read_settled(options.settled, options.locale, options.order)
    history = quotes(options.history, options.locale)
    policy = RefundPolicy() if options.policy is None else document(RefundPolicy, options.policy, options.locale)
    asked = read_asked(options, settlement.currency)
    nothing = not (asked.returns or asked.money or asked.deductions or asked.credit)
    if nothing and (options.format == "csv" or options.explain is not None):
        why = "tables and explanations are of a refund; say with --return what comes back"
        raise refused(why, options.locale)
    try:
        if nothing:
            found = preview(settlement, history, asked.freight, policy)
            sys.stdout.write((_text if _as_text(options) else _json)(found, options.locale) + "\n")
        else:
            _print(options, settlement, refund(settlement, history=history, policy=policy, **asked.asked()), history)
    except InvalidDocument as error:
        whole = "refund" if asked.money or asked.deductions or asked.credit else "--return"
        raise problems(error, whole, options.locale) from None
    except (RefundExceeds, UnknownLine, ValueError) as error:
        raise refused(error, options.locale) from None
    return 0


def _as_text(options: argparse.Namespace) -> bool:
    return (options.format or ("text" if sys.stdout.isatty() else "json")) == "text"


def _print(
    options: argparse.Namespace, settlement: Settlement, quote: RefundQuote, history: Sequence[RefundQuote]
) -> None:
    """The quote as JSON, as a slip, as a table, or how it came about."""
    from settlement.after_pay.refunds.slip import refund_slip
    from settlement.audit.books.tables import csv_text
    from settlement.commands.inputs import tell
    from settlement.explanations import explain_refund

    if options.explain is not None:
        tell(explain_refund(settlement, quote, options.explain or None, history), options.format, options.locale)
    elif options.format == "csv":
        sys.stdout.write(csv_text(quote, options.table))
    elif _as_text(options):
        request = settlement.made_from
        checkout = None if request is None else request[0]
        sys.stdout.write(refund_slip(quote, checkout, locale=options.locale) + "\n")
    else:
        sys.stdout.write(quote.to_json() + "\n")


def _json(found: Sequence[RefundPreview], _: str) -> str:
    import json

    return json.dumps([each.to_dict() for each in found], ensure_ascii=False)


def _text(found: Sequence[RefundPreview], locale: str) -> str:
    from settlement.documents.words.grid import grid_text
    from settlement.documents.words.language import language

    say = language(locale)
    head = [say("Line"), say("Left"), say("Next unit"), say("All that is left"), say("Points")]
    rows = [
        [
            each.line,
            say.number(each.left),
            say.money(each.units[0]) if each.units else "",
            say.money(each.all_left),
            say.number(each.points),
        ]
        for each in found
    ]
    return grid_text(head, rows)
