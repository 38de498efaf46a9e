"""Check a rulebook for what is valid but hardly meant.

RULEBOOK is a JSON document of rules. Each finding is printed with its place, what was found and what would mend it:
regions without any rule, rules that can never win, retired codes, thresholds just under which a buyer pays more, tiers
and coupons that never apply, offers that together give goods away. Exit code 0: nothing, or only notes; 1: warnings or
errors; 2: the document is not valid, and standard error says why.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, problems, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.findings import Finding

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement check`."""
    parser.add_argument("rulebook", metavar="RULEBOOK", help="a JSON file, or - for standard input")
    add_format(parser, "text", "json", default="text")
    parser.add_argument(
        "--known",
        metavar="KNOWN",
        help='a JSON file of the ids that there are: {"skus": [...], "categories": [...], "shops": [...]}',
    )
    parser.add_argument(
        "--checkout",
        metavar="CHECKOUT",
        help="a JSON file of a checkout, whose cart is looked at beside the rules",
    )
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, check, print."""
    from settlement.cart.checkout import Checkout
    from settlement.consignee import Catalogue
    from settlement.errors import InvalidDocument
    from settlement.findings import Known, check, check_cart
    from settlement.rulebook.rulebook import Rulebook

    source, text = options.rulebook, b""
    try:
        rulebook = Rulebook.model_validate_json(text := read(source, options.locale))
        source = options.known
        known = None if source is None else Known.model_validate_json(text := read(source, options.locale))
        source = options.checkout
        asked = None if source is None else Checkout.model_validate_json(text := read(source, options.locale))
    except InvalidDocument as error:
        raise problems(error, source, options.locale, text) from None
    found = check(rulebook, Catalogue.bundled(), known)
    if asked is not None:
        found += tuple(each._replace(place=f"cart.{each.place}") for each in check_cart(asked.cart, rulebook))
    if options.format == "json":
        sys.stdout.write(_json(found, options.locale) + "\n")
    else:
        _write_text(found, options.locale)
    return int(any(each.severity != "note" for each in found))


def _json(found: Sequence[Finding], locale: str) -> str:
    import json

    rows = []
    for each in found:
        message, mend = each.texts(locale)
        head = {"place": each.place, "code": each.code, "severity": each.severity}
        rows.append(head | {"message": message, "mend": mend, "facts": dict(each.facts)})
    return json.dumps(rows, ensure_ascii=False, indent=2)


def _write_text(found: Sequence[Finding], locale: str) -> None:
    from settlement.commands.tables import write_table
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown

    say = language(locale)
    severities = {"error": say("error"), "warning": say("warning"), "note": say("note")}
    told = [each.texts(locale) for each in found]
    count = say.plural("{count} finding", "{count} findings", len(found))

    def plain() -> str:
        lines = []
        for each, (message, mend) in zip(found, told, strict=True):
            lines.append(f"{shown(each.place)}: {severities[each.severity]}: {message} [{each.code}]")
            lines.append(f"    {mend}")
        return "\n".join([*lines, count])

    rows = [
        (severities[each.severity], each.place, f"{message} [{each.code}]", mend)
        for each, (message, mend) in zip(found, told, strict=True)
    ]
    head = ["", say("Place"), say("Found"), say("To mend it")]
    if write_table(plain, head, rows, whole=(0,), states=[each.severity for each in found]):
        sys.stdout.write(count + "\n")
