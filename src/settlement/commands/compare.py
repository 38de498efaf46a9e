"""Compare what coupons and points change: nothing, coupons only, points only, the best, each coupon alone.

REQUEST is a JSON document {"checkout": {...}, "rulebook": {...}}; with --rulebook it is the checkout alone. Exit
code 2: a document is not valid, and standard error says why.
"""

from __future__ import annotations

import argparse
import sys

from settlement.commands import add_format, add_locale, problems
from settlement.commands.inputs import add_rulebook, request

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement compare`."""
    parser.add_argument("request", metavar="REQUEST", help="a JSON file, or - for standard input")
    add_rulebook(parser)
    add_format(parser, "text", "json", default="text")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, compare, print."""
    from settlement.errors import InvalidDocument
    from settlement.explanations.comparison import compare

    checkout, rulebook = request(options.request, options.rulebook, options.locale)
    try:
        compared = compare(checkout, rulebook)
    except InvalidDocument as error:
        raise problems(error, options.request, options.locale) from None
    if options.format == "json":
        import json

        sys.stdout.write(json.dumps(compared.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        from settlement.commands.tables import write_table
        from settlement.explanations.comparison_text import comparison_parts

        head, rows, below = comparison_parts(compared, options.locale)
        drawn = write_table(lambda: compared.text(options.locale), head, rows, right=(1, 2, 3))
        if drawn and below:
            sys.stdout.write(below.removeprefix("\n") + "\n")
    return 0
