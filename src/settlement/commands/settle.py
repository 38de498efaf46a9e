"""Settle a request, and print what is due and why.

REQUEST is a JSON document {"checkout": {...}, "rulebook": {...}}; with --rulebook it is the checkout alone. A document
that is not valid is not settled: all its problems are listed on standard error, each with its place, and the exit code
is 2.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_offset, add_order, problems

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement settle`."""
    parser.add_argument("request", metavar="REQUEST", help="a JSON file, or - for standard input")
    parser.add_argument("--rulebook", metavar="RULEBOOK", help="a JSON file of the rules; REQUEST is a checkout then")
    add_order(parser)
    add_format(parser, "text", "json")
    add_offset(parser)
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, settle, print."""
    from settlement.commands.sources import of_order
    from settlement.engine.settle import settle
    from settlement.errors import InvalidDocument

    checkout, rulebook = _read(options)
    try:
        settlement = settle(checkout, rulebook)
    except InvalidDocument as error:
        raise problems(error, options.request, options.locale) from None
    settlement = of_order(settlement, options.order, options.request, options.locale)
    on_terminal = sys.stdout.isatty()
    if (options.format or ("text" if on_terminal else "json")) == "text":
        from settlement.explanations.hint import hints
        from settlement.receipts.text import receipt

        found = hints(checkout, rulebook)
        sys.stdout.write(receipt(settlement, hints=found, locale=options.locale, offset=options.offset))
    elif on_terminal:
        import json

        sys.stdout.write(json.dumps(settlement.to_dict(), ensure_ascii=False, indent=2))
    else:
        sys.stdout.write(settlement.to_json())
    sys.stdout.write("\n")
    return 0


def _read(options: argparse.Namespace) -> tuple[Checkout, Rulebook]:
    """The checkout and the rules, of one file or of two."""
    from settlement.commands.inputs import document
    from settlement.rulebook.request import Request
    from settlement.rulebook.rulebook import Rulebook

    if options.rulebook is None:
        request = document(Request, options.request, options.locale)
        return request.checkout, request.rulebook
    from settlement.cart.checkout import Checkout

    rulebook = document(Rulebook, options.rulebook, options.locale)
    return document(Checkout, options.request, options.locale), rulebook
