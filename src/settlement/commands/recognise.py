"""Take a pasted consignee text apart: name, phone, region, detail.

TEXT is what a customer pasted; without it standard input is read. Several addresses, one a line or as forms of several
lines, make several rows. What is shown is a proposal: a region that is not certain stays open, with its candidates.
Exit code 0, also where nothing was recognised; 2 for an input that is not UTF-8 or longer than a document may be.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import Refused, add_format, add_locale, named, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.consignee import Recognition

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement recognise`."""
    parser.add_argument("text", metavar="TEXT", nargs="?", help="a consignee text (default: standard input)")
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Recognise and print."""
    from settlement.consignee import recognise_all
    from settlement.documents.words.language import language

    text = options.text
    if text is None or text == "-":
        try:
            text = read("-").decode("utf-8-sig")
        except UnicodeDecodeError as error:
            say = language(options.locale)
            told = say("byte {offset} is not UTF-8; save it as UTF-8", offset=error.start)
            raise Refused(f"settlement: {named('-')}: {told}") from None
    found = recognise_all(text)
    table = options.format == "text" or (options.format is None and sys.stdout.isatty())
    sys.stdout.write((_table(found, options.locale) if table else _json(found)) + "\n")
    return 0


def _json(found: Sequence[Recognition]) -> str:
    import json

    return json.dumps([each.to_dict() for each in found], ensure_ascii=False, indent=2)


def _table(found: Sequence[Recognition], locale: str) -> str:
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown

    say = language(locale)
    blocks = []
    for each in found:
        region = " ".join(part for part in (each.province, each.city, each.district) if part)
        phone = f"{each.phone}-{each.extension}" if each.extension else each.phone
        rows = [
            (say("Name"), each.name),
            (say("Phone"), phone),
            (say("Region"), f"{region} ({each.code})" if each.code else region or None),
            (say("Detail"), each.detail),
            (say("Postcode"), each.postcode),
            *((say("Candidate"), f"{' '.join(one.names)} ({one.code})") for one in each.candidates),
            *((say("Left over"), rest) for rest in each.leftover),
        ]
        blocks.append("\n".join(f"{title}\t{shown(value)}" for title, value in rows if value))
    return "\n\n".join(block or say("nothing recognised") for block in blocks) or say("nothing recognised")
