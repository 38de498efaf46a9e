"""Invoices of an order, one for each shop; with --red what a refund takes back of them.

SETTLED is a settlement, a record, or a request that is settled first. Whom the invoice is for stands in it, or in
--request. JSON is a list of invoices; HTML is one page to print, CSV one --table of it and --ubl the document of
Peppol, for one --shop.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_order, named, refused

if TYPE_CHECKING:
    from settlement.after_pay.invoices.invoice import Invoice, InvoicePolicy
    from settlement.receipts.settlement import Settlement

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement invoice`."""
    parser.add_argument("settled", metavar="SETTLED", help="a JSON file, or - for standard input")
    add_order(parser)
    parser.add_argument("--request", metavar="REQUEST", help="a JSON file that says whom the invoice is for")
    parser.add_argument("--strict", action="store_true", help="refuse a tax number whose check character is wrong")
    parser.add_argument("--policy", metavar="POLICY", help="a JSON file of the shop's choices")
    parser.add_argument("--items", metavar="ITEMS", help="a JSON file: by sku, tax code, unit and specification")
    parser.add_argument("--sellers", metavar="SELLERS", help="a JSON file: by shop, who issues")
    parser.add_argument("--ubl", metavar="DETAILS", help="a JSON file of number, date and parties: print UBL")
    parser.add_argument("--shop", help="only this shop's invoice")
    parser.add_argument("--red", metavar="QUOTE", help="a refund: print the red invoices that it makes")
    parser.add_argument("--history", action="append", default=[], metavar="QUOTE", help="refunds before that one")
    add_format(parser, "json", "html", "csv")
    parser.add_argument("--table", choices=("lines", "taxes", "rows"), help="of CSV (default: lines)")
    parser.add_argument("--explain", action="store_true", help="tell how amounts and tax came about")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, make, print."""
    from settlement.commands import problems
    from settlement.commands.sources import read_settled
    from settlement.errors import InvalidDocument

    if options.table is not None and options.format != "csv":
        raise refused("--table is of --format csv", options.locale)
    settlement = read_settled(options.settled, options.locale, options.order)
    try:
        if options.explain:
            return _tell(options, settlement)
        made = _of_shop(options, _made(options, settlement))
    except InvalidDocument as error:
        raise problems(error, options.request or options.settled, options.locale) from None
    except (LookupError, ValueError) as error:
        raise refused(error, options.locale) from None
    _print(options, made)
    return 0


def _print(options: argparse.Namespace, made: list[Invoice]) -> None:
    """A list as JSON, or one as a page or a table."""
    from settlement.audit.books.tables import csv_text

    if options.ubl is not None:
        sys.stdout.write(_ubl(options, made))
        return
    if options.format in (None, "json"):
        sys.stdout.write(f"[{','.join(each.to_json() for each in made)}]\n")
        return
    (one,) = _one(options, made)
    sys.stdout.write(csv_text(one, options.table) if options.format == "csv" else one.to_html(options.locale))


def _ubl(options: argparse.Namespace, made: list[Invoice]) -> str:
    """One as UBL. Raises `Refused`."""
    from settlement.after_pay.invoices.ubl import ubl
    from settlement.after_pay.invoices.ubl_details import UblDetails
    from settlement.commands.inputs import document

    (one,) = _one(options, made)
    try:
        return ubl(one, document(UblDetails, options.ubl, options.locale)).decode()
    except ValueError as error:
        raise refused(error, options.locale) from None


def _of_shop(options: argparse.Namespace, made: list[Invoice]) -> list[Invoice]:
    """All, or those of --shop; a shop without one is a mistake, but for red ones: a refund leaves shops alone."""
    found = [each for each in made if options.shop in (None, each.shop)]
    if not found and options.shop is not None and options.red is None:
        known = ", ".join(repr(each.shop) for each in made) or "none"
        raise refused(f"there is no invoice of shop {options.shop!r}; there are {known}", options.locale)
    return found


def _one(options: argparse.Namespace, made: list[Invoice]) -> list[Invoice]:
    if len(made) != 1:
        shops = ", ".join(named(each.shop) for each in made) or "there is none"
        why = f"a page, a table or an explanation is of one invoice; choose one with --shop: {shops}"
        raise refused(why, options.locale)
    return made


def _tell(options: argparse.Namespace, settlement: Settlement) -> int:
    """How one invoice came about, or what a refund takes back of it."""
    from settlement.commands.inputs import quotes, tell
    from settlement.explanations import explain_invoice, explain_red_invoice

    (blue,) = _one(options, _of_shop(options, _blue(options, settlement)))
    if options.red is None:
        story = explain_invoice(settlement, blue, _policy(options))
    else:
        (quote,) = quotes([options.red], options.locale)
        story = explain_red_invoice(settlement, blue, quote, quotes(options.history, options.locale))
    tell(story, options.format, options.locale)
    return 0


def _policy(options: argparse.Namespace) -> InvoicePolicy:
    from settlement.after_pay.invoices.invoice import InvoicePolicy
    from settlement.commands.inputs import document

    return InvoicePolicy() if options.policy is None else document(InvoicePolicy, options.policy, options.locale)


def _blue(options: argparse.Namespace, settlement: Settlement) -> list[Invoice]:
    """The invoices of the order."""
    from settlement.after_pay.invoices.details import InvoiceItem, InvoiceSeller
    from settlement.after_pay.invoices.invoice import invoices
    from settlement.cart.invoice_request import InvoiceRequest
    from settlement.commands.inputs import document, documents

    asked = None if options.request is None else document(InvoiceRequest, options.request, options.locale)
    if options.strict:
        for each in [asked] if asked else [settlement.invoice_of(shop.shop) for shop in settlement.shops]:
            if each is not None:
                each.strict()
    items = None if options.items is None else documents(InvoiceItem, options.items, options.locale)
    sellers = None if options.sellers is None else documents(InvoiceSeller, options.sellers, options.locale)
    return list(invoices(settlement, asked, _policy(options), None, items, sellers))


def _made(options: argparse.Namespace, settlement: Settlement) -> list[Invoice]:
    """The same, or with --red what a refund makes of them."""
    from settlement.after_pay.invoices.red import red_invoices
    from settlement.commands.inputs import quotes

    made = _blue(options, settlement)
    if options.red is None:
        return made
    (quote,) = quotes([options.red], options.locale)
    return list(red_invoices(settlement, made, quote, quotes(options.history, options.locale)))
