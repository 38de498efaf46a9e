"""Invoices of an order, one for each shop; with --red what a refund takes back of them.

SETTLED is a settlement, a record, or a request that is settled first. Whom the invoice is for stands in it, or in
--request. JSON is a list of invoices; HTML is one page to print and CSV one --table of it, for one --shop.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import Refused, add_locale, named

if TYPE_CHECKING:
    from settlement.breakdown import Settlement
    from settlement.invoices import Invoice

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement invoice`."""
    parser.add_argument("settled", metavar="SETTLED", help="a JSON file, or - for standard input")
    parser.add_argument("--request", metavar="REQUEST", help="a JSON file that says whom the invoice is for")
    parser.add_argument("--strict", action="store_true", help="refuse a tax number whose check character is wrong")
    parser.add_argument("--policy", metavar="POLICY", help="a JSON file of the shop's choices")
    parser.add_argument("--shop", help="only this shop's invoice")
    parser.add_argument("--red", metavar="QUOTE", help="a refund: print the red invoices that it makes")
    parser.add_argument("--history", action="append", default=[], metavar="QUOTE", help="refunds before that one")
    parser.add_argument("--format", choices=("json", "html", "csv"), default="json", help="(default: json)")
    parser.add_argument("--table", choices=("lines", "taxes"), help="of CSV (default: lines)")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, make, print."""
    from settlement.commands import problems
    from settlement.commands.sources import read_settled
    from settlement.errors import InvalidDocument
    from settlement.render.cells import csv_text

    settlement = read_settled(options.settled, options.locale)
    try:
        made = [each for each in _made(options, settlement) if options.shop in (None, each.shop)]
    except InvalidDocument as error:
        raise problems(error, options.request or options.settled, options.locale) from None
    except ValueError as error:
        raise Refused(f"settlement: {error}") from None
    if options.format == "json":
        sys.stdout.write(f"[{','.join(each.to_json() for each in made)}]\n")
    elif len(made) == 1:
        page = csv_text(made[0], options.table) if options.format == "csv" else made[0].to_html(options.locale)
        sys.stdout.write(page)
    else:
        shops = ", ".join(named(each.shop) for each in made)
        raise Refused(f"settlement: a page or a table is of one invoice; choose one with --shop: {shops or 'there is none'}")
    return 0


def _made(options: argparse.Namespace, settlement: Settlement) -> list[Invoice]:
    from settlement.commands.inputs import document, quotes
    from settlement.invoice import InvoiceRequest
    from settlement.invoices import InvoicePolicy, invoices
    from settlement.red_invoices import red_invoices

    policy = InvoicePolicy() if options.policy is None else document(InvoicePolicy, options.policy, options.locale)
    asked = settlement.invoice
    if options.request is not None:
        asked = document(InvoiceRequest, options.request, options.locale)
    if asked is not None and options.strict:
        asked.strict()
    request = settlement._request  # noqa: SLF001 - names of lines, where a request was given
    names = {} if request is None else {line.id: line.name for line in request[0].cart.lines if line.name}
    made = list(invoices(settlement, asked, policy, names))
    if options.red is None:
        return made
    (quote,) = quotes([options.red], options.locale)
    history = quotes(options.history, options.locale)
    return list(red_invoices(settlement, made, quote, history))
