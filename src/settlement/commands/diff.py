"""Say what changed between two settlements, and why.

BEFORE and AFTER are requests, records or settlements. Of requests and records the cause of each change is worked out:
time, address, cart, rules. Exit code 0: nothing changed; 1: something did; 2: a document is not valid.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, contradiction, problems, read, refused

if TYPE_CHECKING:
    from settlement.audit.diff import Comparable

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement diff`."""
    parser.add_argument("before", metavar="BEFORE", help="a JSON file, or - for standard input")
    parser.add_argument("after", metavar="AFTER", help="a JSON file")
    add_format(parser, "text", "json", "html", default="text")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, compare, print."""
    from settlement.audit.diff import diff

    found = diff(_document(options.before, options.locale), _document(options.after, options.locale))
    if options.format == "json":
        import json

        sys.stdout.write(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(found.html(options.locale) if options.format == "html" else found.text(options.locale) + "\n")
    return int(not found.equal)


def _document(source: str, locale: str) -> Comparable:
    """Told apart by their fields; what is wrong is told of the file that it is in. Raises `Refused`."""
    from settlement.audit.record import Record
    from settlement.documents.strict_json import loads
    from settlement.engine.settle import settle
    from settlement.errors import InvalidDocument, InvariantBroken, UnknownVersion
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.request import Request

    text = read(source, locale)
    try:
        data = loads(text)
        fields = data.keys() if isinstance(data, dict) else set()
        if "body" not in fields and "totals" not in fields:
            request = Request.model_validate_json(text)
            return settle(request.checkout, request.rulebook)
        try:
            if "totals" in fields:
                return Settlement.from_json(text)
            record = Record.from_json(text)
            record.settlement()
        except InvariantBroken as error:
            raise contradiction(error, source, locale) from None
        except UnknownVersion as error:
            raise refused(error, locale, source) from None
    except InvalidDocument as error:
        raise problems(error, source, locale, text) from None
    return record
