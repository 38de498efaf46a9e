"""Commands of the command line. Each is a module here: its docstring is its help, `add_arguments` and `run` its work.

Modules import what they need in `run`: asking for help, or for another command, loads none of it.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from settlement.errors import InvalidDocument

__all__ = ["COMMANDS", "Refused", "add_locale", "named", "problems", "read"]

#: Names of modules, in the order of the help.
COMMANDS: Final = (
    "settle",
    "compare",
    "explain",
    "report",
    "refund",
    "payout",
    "invoice",
    "journal",
    "check",
    "recognise",
    "region",
    "record",
    "replay",
    "diff",
    "schema",
)


class Refused(Exception):
    """What is to be said on standard error before leaving with exit code 2."""


def add_locale(parser: argparse.ArgumentParser) -> None:
    """Add `--locale`, for texts and amounts."""
    parser.add_argument(
        "--locale",
        type=_locale,
        default="en",
        metavar="LOCALE",
        help="language of texts, and how amounts are written, e.g. zh_CN (default: en)",
    )


def _locale(name: str) -> str:
    if name != "en":  # English needs no look into the catalogues
        from settlement.errors import UnknownLocale
        from settlement.render.language import language

        try:
            language(name)
        except UnknownLocale as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return name


def named(source: str) -> str:
    """A file's name as messages show it."""
    from settlement.render.plain import shown

    return "standard input" if source == "-" else shown(source)


def read(source: str) -> bytes:
    """The bytes of a file, or of standard input for `-`; never more than a document may have. Raises `Refused`."""
    from settlement.documents import MAX_DOCUMENT

    most = MAX_DOCUMENT + 1  # enough to be refused: a device without end is not read to its end
    try:
        if source == "-":
            return sys.stdin.buffer.read(most)
        with open(source, "rb") as file:  # noqa: PTH123 - a path as the shell gave it
            return file.read(most)
    except OSError as error:
        raise Refused(f"settlement: {named(source)}: {error.strerror}") from None
    except ValueError:  # a zero byte in the name
        raise Refused(f"settlement: {named(source)}: not the name of a file") from None


def problems(error: InvalidDocument, source: str, locale: str) -> Refused:
    """Every problem of a document on a line of its own: place, what was found, what would be right, the code."""
    from settlement.render.language import language
    from settlement.render.plain import shown
    from settlement.render.texts import problem_text

    say = language(locale)
    count = len(error.problems)
    head = say.plural("{source}: {count} problem", "{source}: {count} problems", count, source=named(source))
    whole = say("document")
    rows = (
        f"  {shown(each.place) or whole}: {shown(problem_text(each, say))} [{each.code}]" for each in error.problems
    )
    return Refused("\n".join((head, *rows)))
