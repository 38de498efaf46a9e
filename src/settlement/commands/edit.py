"""What to collect or give back so that the buyer has the wanted cart: an exchange, one piece more, a line less.

ORDER is a settlement, a record or a request that is settled first, or an order edit that was made before. WANTED is a
request, or a checkout alone where the record or the request says the rules, or --rules does. What stands keeps its
prices, what is no longer wanted comes back as a refund does, what is added is settled anew. Without WANTED goods come
back of the order (--return and what else `settlement refund` takes). An edit printed as JSON is what the next one, and
`settlement journal`, read. Exit code 2: what is wanted can't be had, or a document that is not valid.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_order, add_own, refused
from settlement.commands.asked import add_asked, read_asked

if TYPE_CHECKING:
    from settlement.after_pay.edits.document import OrderEdit
    from settlement.cart.checkout import Checkout
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement edit`."""
    parser.add_argument("ordered", metavar="ORDER", help="a JSON file, or - for standard input")
    parser.add_argument("wanted", metavar="WANTED", nargs="?", help="a JSON file: the cart that the buyer wants now")
    add_order(parser)
    add_own(parser, "edit")
    add_asked(parser)
    parser.add_argument(
        "--history", action="append", default=[], metavar="QUOTE", help="an earlier refund of ORDER; in their order"
    )
    parser.add_argument("--policy", metavar="POLICY", help="a JSON file of the shop's choices for what comes back")
    parser.add_argument("--rules", metavar="RULES", help="a JSON file: the rules that what is added is settled by")
    add_format(parser, "text", "json", "csv")
    parser.add_argument("--table", choices=("lines", "shops", "parts"), help="of CSV (default: lines)")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, work out, print."""
    from settlement.audit.books.tables import csv_text
    from settlement.commands import problems
    from settlement.errors import CurrencyMismatch, InvalidDocument, RefundExceeds, UnknownLine

    if options.table is not None and options.format != "csv":
        raise refused("--table is of --format csv", options.locale)
    try:
        made = _made(options)
    except InvalidDocument as error:
        raise problems(error, "edit", options.locale) from None
    except (CurrencyMismatch, RefundExceeds, UnknownLine, ValueError) as error:
        raise refused(error, options.locale) from None
    form = options.format or ("text" if sys.stdout.isatty() else "json")
    if form == "csv":
        sys.stdout.write(csv_text(made, options.table))
    else:
        sys.stdout.write((made.text(options.locale) if form == "text" else made.to_json()) + "\n")
    return 0


def _made(options: argparse.Namespace) -> OrderEdit:
    """The edit that was asked for. Raises `Refused`, and what `edit_order` and `refund` raise."""
    from settlement.after_pay.edits.document import OrderEdit, OrderPart
    from settlement.after_pay.edits.edit import edit_order
    from settlement.after_pay.refunds.policy import RefundPolicy
    from settlement.commands.inputs import document, quotes
    from settlement.commands.sources import read_edited

    order, request = read_edited(options.ordered, options.locale, options.order)
    history = quotes(options.history, options.locale)
    policy = RefundPolicy() if options.policy is None else document(RefundPolicy, options.policy, options.locale)
    asked = read_asked(options, order.currency)
    beside = bool(asked.returns or asked.money or asked.deductions or asked.credit)
    if beside == (options.wanted is not None):
        raise refused("say either what is wanted (WANTED) or what comes back (--return)", options.locale)
    if history and isinstance(order, OrderEdit):
        raise refused("--history is of a settlement; an order edit has its refunds itself", options.locale)
    if options.wanted is not None:
        wanted, rulebook = _wanted(options, request)
        return edit_order(order, wanted, rulebook, history, asked.freight, policy, id=asked.id, at=asked.at)
    if not isinstance(order, OrderEdit):
        order = OrderEdit((OrderPart(order, tuple(history)),), {}, added=False)
    return order.refund(policy=policy, **asked.asked())


def _wanted(options: argparse.Namespace, request: tuple[Checkout, Rulebook] | None) -> tuple[Checkout, Rulebook]:
    """What is wanted, and the rules that it is settled by. Raises `Refused`."""
    from settlement.cart.checkout import Checkout
    from settlement.commands import problems, read
    from settlement.commands.inputs import document
    from settlement.documents.strict_json import loads
    from settlement.errors import InvalidDocument
    from settlement.rulebook.request import Request
    from settlement.rulebook.rulebook import Rulebook

    text = read(options.wanted, options.locale)
    rules = None if options.rules is None else document(Rulebook, options.rules, options.locale)
    try:
        found = loads(text)
        if not (isinstance(found, dict) and "cart" in found):
            both = Request.model_validate_json(text)
            return both.checkout, rules or both.rulebook
        checkout = Checkout.model_validate_json(text)
    except InvalidDocument as error:
        raise problems(error, options.wanted, options.locale, text) from None
    if rules is None and request is None:
        why = "a checkout alone: say by which rules what is added is settled, with --rules or as a request"
        raise refused(why, options.locale, options.wanted)
    return checkout, rules or request[1]  # type: ignore[index]  # one of the two is there
