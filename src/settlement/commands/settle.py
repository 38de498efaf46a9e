"""Settle a request, and print what is due and why.

REQUEST is a JSON document {"checkout": {...}, "rulebook": {...}}; with --rulebook it is the checkout alone. A document
that is not valid is not settled: all its problems are listed on standard error, each with its place, and the exit code
is 2.
"""

from __future__ import annotations

import argparse
import sys

from settlement.commands import add_format, add_locale, add_offset, add_order, problems
from settlement.commands.inputs import add_rulebook, request

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement settle`."""
    parser.add_argument("request", metavar="REQUEST", help="a JSON file, or - for standard input")
    add_rulebook(parser)
    add_order(parser)
    add_format(parser, "text", "json")
    add_offset(parser)
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, settle, print."""
    from settlement.commands.sources import of_order
    from settlement.engine.settle import settle
    from settlement.errors import InvalidDocument

    checkout, rulebook = request(options.request, options.rulebook, options.locale)
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
