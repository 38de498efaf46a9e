"""Explain where every cent of a settlement comes from.

SETTLEMENT is a settlement, a record, or a request that is settled first. Without an option the total is explained; a
line, a parcel (0 is the first) or a rule by its id is explained with every formula and every rounding, so that a pocket
calculator gets the same cent. A request tells more than a settlement: names, and why a parcel is free.
"""

from __future__ import annotations

import argparse
import json
import sys

from settlement.commands import Refused, add_locale
from settlement.commands.sources import read_settled

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement explain`."""
    parser.add_argument("settlement", metavar="SETTLEMENT", help="a JSON file, or - for standard input")
    subject = parser.add_mutually_exclusive_group()
    subject.add_argument("--line", metavar="ID", help="one line of the cart")
    subject.add_argument("--parcel", metavar="NUMBER", type=int, help="one parcel, counted from 0")
    subject.add_argument("--rule", metavar="ID", help="one promotion, coupon, freight template or other rule")
    parser.add_argument("--format", choices=("json", "text"), default="text", help="text, or its steps as JSON")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, explain, print."""
    from settlement.audit.explain import explain

    settlement = read_settled(options.settlement, options.locale)
    try:
        story = explain(settlement, line=options.line, parcel=options.parcel, rule=options.rule)
    except LookupError as error:
        raise Refused(f"settlement: {error}") from None
    if options.format == "json":
        sys.stdout.write(json.dumps(story.to_dict(), ensure_ascii=False, indent=2))
    else:
        sys.stdout.write(story.text(options.locale))
    sys.stdout.write("\n")
    return 0
