"""Explain where every cent of a settlement comes from.

SETTLEMENT is a settlement, a record, or a request that is settled first; with --rulebook it is a checkout, settled by
these rules. Without an option the total is explained; a line, a parcel (0 is the first) or a rule by its id is
explained with every formula and every rounding, so that a pocket calculator gets the same cent. A request tells more
than a settlement: names, why a parcel is free, and what paying by another method would mean. Refunds, payouts and
invoices are explained by their own commands: `--explain`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, problems, refused
from settlement.commands.inputs import add_rulebook, request, tell
from settlement.commands.sources import read_settled

if TYPE_CHECKING:
    from settlement.explanations.story import Explanation
    from settlement.receipts.settlement import Settlement

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement explain`."""
    parser.add_argument("settlement", metavar="SETTLEMENT", help="a JSON file, or - for standard input")
    add_rulebook(parser, "SETTLEMENT")
    subject = parser.add_mutually_exclusive_group()
    subject.add_argument("--line", metavar="ID", help="one line of the cart")
    subject.add_argument("--parcel", metavar="NUMBER", type=int, help="one parcel, counted from 0")
    subject.add_argument("--rule", metavar="ID", help="one promotion, coupon, freight template or other rule")
    subject.add_argument("--tender", metavar="ID", help="what a gift card or stored value pays")
    subject.add_argument("--earned", action="store_true", help="the points that the order earns")
    subject.add_argument("--method", metavar="ID", help="paying by this method: its fee and who bears it; of a request")
    add_format(parser, "text", "json", default="text")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, explain, print."""
    from settlement.explanations.story import explain

    settlement = _settled(options)
    try:
        if options.method is not None:
            story = _option(settlement, options.method, options.locale)
        else:
            asked = {"line": options.line, "parcel": options.parcel, "rule": options.rule, "tender": options.tender}
            story = explain(settlement, **asked, earned=options.earned)
    except LookupError as error:
        raise refused(error, options.locale) from None
    tell(story, options.format, options.locale)
    return 0


def _settled(options: argparse.Namespace) -> Settlement:
    """The settlement of one file, or what a checkout and its rules come to."""
    from settlement.engine.settle import settle
    from settlement.errors import InvalidDocument

    if options.rulebook is None:
        return read_settled(options.settlement, options.locale)
    checkout, rulebook = request(options.settlement, options.rulebook, options.locale)
    try:
        return settle(checkout, rulebook)
    except InvalidDocument as error:
        raise problems(error, options.settlement, options.locale) from None


def _option(settlement: Settlement, method: str, locale: str) -> Explanation:
    """Paying by a method, where the rules are at hand."""
    from settlement.explanations import explain_option

    made_from = settlement.made_from
    if made_from is None:
        why = "--method is of a request: a settlement has not the terms of other methods"
        raise refused(why, locale)
    return explain_option(*made_from, method)
