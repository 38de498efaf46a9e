"""What to give back for returned lines, after earlier refunds.

SETTLED is a settlement, a record, or a request that is settled first. Without --return it prints what each line that
is left would give. A quote printed as JSON is what --history reads back. Exit code 2: more is returned than is left,
an unknown line, or a document that is not valid.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_order, add_own, refused

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
    parser.add_argument(
        "--return",
        dest="returns",
        type=_returned,
        action="append",
        default=[],
        metavar="LINE=QUANTITY",
        help="what comes back; may stand several times",
    )
    parser.add_argument(
        "--history", action="append", default=[], metavar="QUOTE", help="an earlier refund; in their order"
    )
    parser.add_argument(
        "--freight",
        choices=("keep", "return", "parcel"),
        default="keep",
        help="what becomes of freight; parcel: back with the last line of a parcel (default: keep)",
    )
    parser.add_argument("--policy", metavar="POLICY", help="a JSON file of the shop's choices")
    add_format(parser, "text", "json", "csv")
    parser.add_argument("--table", choices=("lines", "charges", "tenders", "money"), help="of CSV (default: lines)")
    parser.add_argument(
        "--explain", nargs="?", const="", metavar="LINE", help="tell how the refund came about, or one line of it"
    )
    add_locale(parser)


def _returned(text: str) -> tuple[str, str]:
    line, equals, quantity = text.rpartition("=")
    if not (line and equals and quantity):
        raise argparse.ArgumentTypeError("write LINE=QUANTITY, such as a=1")
    return line, quantity


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
    if len({line for line, _ in options.returns}) < len(options.returns):
        raise refused("--return names a line twice", options.locale)
    if not options.returns and (options.format == "csv" or options.explain is not None):
        why = "tables and explanations are of a refund; say with --return what comes back"
        raise refused(why, options.locale)
    try:
        if options.returns:
            own = {"id": options.id, "at": options.at}
            quote = refund(settlement, dict(options.returns), history, options.freight, policy, **own)
            _print(options, settlement, quote, history)
        else:
            found = preview(settlement, history, options.freight, policy)
            sys.stdout.write((_text if _as_text(options) else _json)(found, options.locale) + "\n")
    except InvalidDocument as error:
        raise problems(error, "--return", options.locale) from None
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
