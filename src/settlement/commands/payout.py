"""Who gets what of an order: each shop, the platform, the payment provider.

SETTLED is a settlement, a record, or a request that is settled first. --refund names the refunds so far, as `settlement
refund` printed them; the accounts are those after all of them. --orders prints one sub-order for each shop instead.
CSV is one --table of the accounts: accounts, holders or platform.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_order, add_own, refused

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.rulebook.payment_methods import PaymentMethod
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement payout`."""
    parser.add_argument("settled", metavar="SETTLED", help="a JSON file, or - for standard input")
    add_order(parser)
    add_own(parser, "payout")
    parser.add_argument(
        "--refund", action="append", default=[], metavar="QUOTE", help="a refund; may stand several times"
    )
    parser.add_argument(
        "--policy",
        metavar="POLICY",
        help="a JSON file of the mall's choices; rounding is by default that of the request's rules",
    )
    parser.add_argument(
        "--method",
        metavar="METHOD",
        help="a JSON file with the terms of the payment method (default: those of the request or the record)",
    )
    parser.add_argument(
        "--explain", nargs="?", const="", metavar="SHOP", help="tell how the platform's account came about, or a shop's"
    )
    parser.add_argument("--orders", action="store_true", help="print a JSON list of sub-orders, one for each shop")
    add_format(parser, "text", "json", "csv")
    parser.add_argument("--table", choices=("accounts", "holders", "platform"), help="of CSV (default: accounts)")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, divide, print."""
    from settlement.after_pay.payouts.owed import PayoutPolicy, payout
    from settlement.after_pay.payouts.sub_orders import split_orders
    from settlement.after_pay.payouts.text import payout_text
    from settlement.audit.books.tables import csv_text
    from settlement.commands import problems
    from settlement.commands.inputs import document, quotes, tell
    from settlement.commands.sources import read_order
    from settlement.errors import InvalidDocument
    from settlement.explanations import explain_payout
    from settlement.rulebook.payment_methods import PaymentMethod

    if options.table is not None and options.format != "csv":
        raise refused("--table is of --format csv", options.locale)
    settlement, request = read_order(options.settled, options.locale, options.order)
    policy = PayoutPolicy() if options.policy is None else document(PayoutPolicy, options.policy, options.locale)
    if request is not None and "rounding" not in policy.model_fields_set:
        policy = policy.model_copy(update={"rounding": request[1].policy.rounding})
    method = _method(request)
    if options.method is not None:
        method = document(PaymentMethod, options.method, options.locale)
    refunds = quotes(options.refund, options.locale)
    try:
        if options.orders:
            rows = ",".join(order.model_dump_json() for order in split_orders(settlement))
            sys.stdout.write(f"[{rows}]\n")
            return 0
        if options.explain is not None:
            story = explain_payout(settlement, options.explain or None, policy, refunds, method)
            tell(story, options.format, options.locale)
            return 0
        found = payout(settlement, policy, refunds, method, id=options.id, at=options.at)
    except InvalidDocument as error:
        raise problems(error, options.settled, options.locale) from None
    except (LookupError, ValueError) as error:
        raise refused(error, options.locale) from None
    if options.format == "csv":
        sys.stdout.write(csv_text(found, options.table))
        return 0
    text = (options.format or ("text" if sys.stdout.isatty() else "json")) == "text"
    sys.stdout.write((payout_text(found, locale=options.locale) if text else found.to_json()) + "\n")
    return 0


def _method(request: tuple[Checkout, Rulebook] | None) -> PaymentMethod | None:
    """The payment method of the request that the settlement was made from, where it is known."""
    if request is None or request[0].payment_method is None:
        return None
    return request[1].rules.methods[request[0].payment_method]
