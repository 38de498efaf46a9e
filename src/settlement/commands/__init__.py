"""Commands of the command line. Each is a module here: its docstring is its help, `add_arguments` and `run` its work.

Modules import what they need in `run`: asking for help, or for another command, loads none of it.
"""

from __future__ import annotations

import argparse
import re
import sys
from codecs import BOM_UTF8
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.errors import InvalidDocument, InvariantBroken

__all__ = [
    "COMMANDS",
    "Refused",
    "add_format",
    "add_locale",
    "add_offset",
    "add_order",
    "add_own",
    "add_workers",
    "contradiction",
    "named",
    "problems",
    "read",
    "refused",
    "whole_number",
]

#: Names of modules (a hyphen is an underscore there), in the order of the help.
COMMANDS: Final = (
    "settle",
    "compare",
    "explain",
    "report",
    "refund",
    "edit",
    "payout",
    "invoice",
    "order",
    "journal",
    "statement",
    "check",
    "recognise",
    "region",
    "record",
    "replay",
    "diff",
    "batch",
    "archive",
    "what-if",
    "schema",
    "migrate",
    "rotate",
    "work",
    "new",
    "doctor",
    "mcp",
    "serve",
)


class Refused(Exception):
    """What is to be said on standard error before leaving with exit code 2: a text, and for programs its facts."""

    def __init__(self, text: str, **facts: Any) -> None:
        super().__init__(text)
        self.facts = {"message": text.removeprefix("settlement: "), **facts}


def add_format(parser: argparse.ArgumentParser, *formats: str, default: str | None = None) -> None:
    """Add `--format`, one word for one form in all commands. Without a default a terminal gets text, a pipe JSON."""
    told = default or ("text on a terminal, else json" if "text" in formats else formats[0])
    parser.add_argument("--format", choices=formats, help=f"what is printed (default: {told})")
    parser.set_defaults(formats=formats, usual=default)


def add_locale(parser: argparse.ArgumentParser) -> None:
    """Add `--locale`, for texts and amounts."""
    parser.add_argument(
        "--locale",
        type=_locale,
        default="en",
        metavar="LOCALE",
        help="language of texts, and how amounts are written, e.g. zh_CN or zh_TW (default: en)",
    )


def _locale(name: str) -> str:
    if name != "en":  # English needs no look into the catalogues
        from settlement.documents.words.language import language
        from settlement.errors import UnknownLocale

        try:
            language(name)
        except UnknownLocale as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return name


def add_offset(parser: argparse.ArgumentParser, default: timedelta | None = None) -> None:
    """Add `--offset`, the clock that days and hours are told by; without a default, the buyer's."""
    told = "that of an address in China, +08:00, else UTC" if default is None else "+08:00" if default else "UTC"
    parser.add_argument(
        "--offset",
        type=_offset,
        default=default,
        metavar="+HH:MM",
        help=f"the clock of dates and times, from UTC: +08:00, or --offset=-03:30 (default: {told})",
    )


def add_order(parser: argparse.ArgumentParser) -> None:
    """Add `--order`, the shop's own name for the order."""
    parser.add_argument(
        "--order",
        metavar="NAME",
        help="the shop's own name for the order, where the file states none; outside its digest",
    )


def add_own(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--id` and `--at`, which tell a refund or a payout from others that say the same."""
    parser.add_argument("--id", metavar="ID", help=f"an id of the {what}'s own")
    parser.add_argument("--at", metavar="INSTANT", help=f"when the {what} was made, such as 2026-12-01T10:00:00+08:00")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add `--workers`, how many processes share the work."""
    told = "processes (default: as many as there are cores)"
    parser.add_argument("--workers", type=whole_number, metavar="N", help=told)


def whole_number(text: str) -> int:
    """A number of things, 1 or more, for an option. Raises `ArgumentTypeError`."""
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text)):
        raise argparse.ArgumentTypeError("write a whole number, 1 or more")
    return int(text)


def _offset(text: str) -> timedelta:
    match = re.fullmatch(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if match is None:
        raise argparse.ArgumentTypeError("write an offset such as +08:00")
    return timedelta(hours=int(match[2]), minutes=int(match[3])) * (1 if match[1] == "+" else -1)


def named(source: str) -> str:
    """A file's name as messages show it."""
    from settlement.documents.words.plain import shown

    return "standard input" if source == "-" else shown(source) or '""'


def refused(why: object, locale: str, source: str | None = None) -> Refused:
    """Why a command cannot do what it was asked for: a sentence or an exception, in the reader's language."""
    from settlement.errors import SettlementError

    text = str(why)
    if isinstance(why, SettlementError):
        text = f"{why.text(locale)} [{why.code}]" if why.code else why.text(locale)
    elif locale != "en":
        from settlement.documents.words.language import language
        from settlement.documents.words.misuse import misuse_text

        text = misuse_text(text, language(locale))
    if source is None:
        return Refused(f"settlement: {text}")
    return Refused(f"settlement: {named(source)}: {text}", source=source)


def read(source: str, locale: str = "en") -> bytes:
    """The bytes of a file, or of standard input for `-`; never more than a document may have. Raises `Refused`.

    A byte order mark, which some editors put before UTF-8, is skipped.
    """
    from settlement.documents.strict_json import MAX_DOCUMENT

    most = MAX_DOCUMENT + 1  # enough to be refused: a device without end is not read to its end
    try:
        if source == "-":
            if sys.stdin is None:
                raise refused("it is closed", locale, source)
            return sys.stdin.buffer.read(most).removeprefix(BOM_UTF8)
        with open(source, "rb") as file:  # noqa: PTH123 - a path as the shell gave it
            return file.read(most).removeprefix(BOM_UTF8)
    except OSError as error:
        raise refused(error.strerror, locale, source) from None
    except ValueError:  # a zero byte in the name
        raise refused("not the name of a file", locale, source) from None


def problems(error: InvalidDocument, source: str, locale: str, text: bytes = b"") -> Refused:
    """Every problem of a document on a line of its own: place, what was found, what would be right, the code.

    Where the `text` that was read is a document of another kind (a rulebook where a request is expected), that is told
    in one line instead: its fields are not wrong, they are another document's. So is what is no document at all.
    """
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown
    from settlement.documents.words.texts import problem_text

    say = language(locale)
    found = [(each, problem_text(each, say)) for each in error.problems]
    facts = [{"place": each.place, "code": each.code, "message": told} for each, told in found]
    misplaced = _misplaced(error.title, text, say)
    if misplaced is not None:
        return Refused(f"settlement: {named(source)}: {misplaced}", source=source, problems=facts)
    if len(found) == 1 and not facts[0]["place"]:  # the whole of it: no document at all
        [(each, told)] = found
        return Refused(f"settlement: {named(source)}: {shown(told)} [{each.code}]", source=source, problems=facts)
    count, whole = len(found), say("document")
    head = say.plural("{source}: {count} problem", "{source}: {count} problems", count, source=named(source))
    rows = (f"  {shown(each.place) or whole}: {shown(told)} [{each.code}]" for each, told in found)
    return Refused("\n".join((head, *rows)), source=source, problems=facts)


def _misplaced(title: str, text: bytes, say: Language) -> str | None:
    """What a document is, where it is of another kind than the one that was read."""
    from settlement.documents.strict_json import loads
    from settlement.errors import InvalidDocument

    title = title.removesuffix("Document")  # as the documents behind settlements and records are called
    request = say("a request")
    expected = {
        "Request": request + ' {"checkout": {…}, "rulebook": {…}}',
        "Rulebook": say("a rulebook"),
        "Checkout": say("a checkout"),
        "Settlement": say("a settlement, a record or a request"),
        "Record": say("a record"),
        "PayoutPolicy": say("a payout policy"),
        "RefundPolicy": say("a refund policy"),
        "RefundRequest": say("what a refund is asked for"),
        "InvoicePolicy": say("an invoice policy"),
        "InvoiceRequest": say("an invoice request"),
        "PaymentMethod": say("a payment method"),
        "Order": say("an order"),
        "BooksPolicy": say("a books policy"),
        "HoldingPolicy": say("a holding policy"),
        "Known": say("a list of known ids"),
    }
    kinds = (
        ({"placed", "record"}, "Order", say("an order")),
        ({"body"}, "Record", say("a record")),
        ({"checkout", "rulebook"}, "Request", request),
        ({"totals", "lines"}, "Settlement", say("a settlement")),
        ({"settlement", "cash"}, "", say("a refund")),
        ({"settlement", "paid"}, "", say("a payout")),
        ({"parts", "difference"}, "", say("an order edit")),
        ({"at", "cart"}, "Checkout", say("a checkout alone")),
        ({"currency", "lines"}, "", say("a cart alone")),
        ({"id", "currency"}, "Rulebook", say("a rulebook alone")),
    )
    try:
        data = loads(text) if title in expected and text else None
    except InvalidDocument:
        return None
    if isinstance(data, dict):
        for fields, kind, found in kinds:
            if fields <= data.keys():
                this = say("this is {found}; {expected} is expected", found=found, expected=expected[title])
                if kind == "Checkout" and title in {"Request", "Settlement"}:
                    more = say("`settle`, `compare` and `explain` take its rules with --rulebook RULES")
                    this = say("{told}; {more}", told=this, more=more)
                return None if kind == title else this
    return None


def contradiction(error: InvariantBroken, source: str, locale: str) -> Refused:
    """A stored settlement whose figures do not add up: it is not what was printed."""
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown

    say = language(locale)
    told = say(
        "the figures of this settlement contradict each other ({what}): it was changed or cut after it was made",
        what=shown(error.what),
    )
    return Refused(f"settlement: {named(source)}: {told}", source=source)
