"""Settle a request and print its record, to be kept and replayed.

REQUEST is a JSON document {"checkout": {...}, "rulebook": {...}}. The record holds request, settlement, calculation
version and library version as canonical JSON with a digest. What is personal stands beside them and can be left out.
"""

from __future__ import annotations

import argparse
import sys

from settlement.commands import add_locale, add_order, problems, read

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement record`."""
    parser.add_argument("request", metavar="REQUEST", help="a JSON file, or - for standard input")
    parser.add_argument("--erased", action="store_true", help="without what is personal")
    add_order(parser)
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, settle, print."""
    from settlement.audit.record import record
    from settlement.commands.sources import of_order
    from settlement.engine.settle import settle
    from settlement.errors import InvalidDocument
    from settlement.rulebook.request import Request

    text = read(options.request, options.locale)
    try:
        request = Request.model_validate_json(text)
        settlement = settle(request.checkout, request.rulebook)
        made = record(of_order(settlement, options.order, options.request, options.locale))
    except InvalidDocument as error:
        raise problems(error, options.request, options.locale, text) from None
    sys.stdout.write((made.erased() if options.erased else made).to_json() + "\n")
    return 0
