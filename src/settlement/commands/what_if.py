"""What orders would have come to under other rules: records in, candidates side by side.

RECORDS are JSON Lines files of records (.jsonl, also .gz and .zst), .json files of one, folders of these, that of a
batch of records, archives, or - for standard input. What was asked is taken from each record, the rules are the
candidate's; `as chosen` holds the buyer's coupons and points, `best` chooses them anew. Customers' behaviour is held
fixed. REPORT ends in .html, .json, .parquet or .txt, and -o may stand several times; without it the answer is printed.
With --vary and --values one number of the rules is changed value by value, and the answer is printed. Exit code 0; 3
where a record is broken or set apart; 2 where none is compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from settlement.commands import add_format, add_locale, refused

if TYPE_CHECKING:
    from settlement.after_pay.payouts.owed import PayoutPolicy
    from settlement.audit.what_if import Row, Sensitivity, WhatIf
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["add_arguments", "run"]

_ENDINGS: Final = (".html", ".json", ".parquet", ".txt")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement what-if`."""
    parser.add_argument("records", metavar="RECORDS", nargs="+", help="files or folders of records, or -")
    parser.add_argument(
        "--rules", metavar="RULES", nargs="+", action="extend", required=True, help="a JSON file for each candidate"
    )
    parser.add_argument("-o", "--report", metavar="REPORT", action="append", default=[], help="write it there")
    parser.add_argument(
        "--policy", metavar="POLICY", help="a JSON file: how payouts are worked out (default: as payout)"
    )
    parser.add_argument(
        "--no-charts", action="store_true", help="an .html without pictures; they need settlement[charts]"
    )
    parser.add_argument("--vary", metavar="PLACE", help='one number of the rules, such as promotions["fest"].priority')
    parser.add_argument("--values", metavar="VALUE", nargs="+", help="what it is, one after the other")
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, weigh, write."""
    from settlement.audit.what_if import what_if
    from settlement.errors import CurrencyMismatch

    _expect_options(options)
    rulebooks = [_rulebook(name, options.locale) for name in options.rules]
    policy = None
    if options.policy is not None:
        from settlement.after_pay.payouts.owed import PayoutPolicy
        from settlement.commands.inputs import document

        policy = document(PayoutPolicy, options.policy, options.locale)
    if options.vary is not None:
        return _varied(options, rulebooks[0], policy)
    try:
        found = what_if(_rows(options), *rulebooks, policy=policy)
    except CurrencyMismatch as error:
        raise refused(error, options.locale) from None
    return _written(found, options)


def _expect_options(options: argparse.Namespace) -> None:
    """Refuse before a million records are read what could not be written after it."""
    for name in options.report:
        if Path(name).suffix not in _ENDINGS:
            raise refused("a report ends in .html, .json, .parquet or .txt", options.locale, name)
        if not Path(name).parent.is_dir():
            raise refused("No such file or directory", options.locale, name)
        if Path(name).is_dir():
            raise refused("Is a directory", options.locale, name)
        if name.endswith(".parquet") and find_spec("pyarrow") is None:
            raise refused('this needs pyarrow: pip install "settlement[arrow]"', options.locale)
        charts = find_spec("altair") is not None and find_spec("vl_convert") is not None
        if name.endswith(".html") and not options.no_charts and not charts:
            told = 'pictures need altair and vl-convert-python: pip install "settlement[charts]", or say --no-charts'
            raise refused(told, options.locale)
    if (options.vary is None) != (options.values is None):
        raise refused("--vary and --values stand together", options.locale)
    if options.vary is not None and len(options.rules) > 1:
        raise refused("--vary is of one rulebook", options.locale)
    if options.vary is not None and options.report:
        raise refused("with --vary the answer is printed; leave -o out", options.locale)


def _rulebook(name: str, locale: str) -> Rulebook:
    from settlement.commands.inputs import document
    from settlement.rulebook.rulebook import Rulebook

    return document(Rulebook, name, locale)


def _rows(options: argparse.Namespace) -> Iterator[Row]:
    """The rows of all files. Raises `Refused` for one that cannot be read."""
    from settlement.audit.what_if.rows import read_rows, rows_of
    from settlement.batch.archive import is_archive, read_archive
    from settlement.errors import BatchRefused

    for name in options.records:
        if name == "-":
            yield from read_rows(sys.stdin.buffer, "-")
            continue
        try:
            yield from read_archive(name) if is_archive(name) else rows_of(name)
        except (BatchRefused, ImportError) as error:
            raise refused(error, options.locale) from None
        except OSError as error:
            raise refused(error.strerror, options.locale, str(error.filename or name)) from None


def _written(found: WhatIf, options: argparse.Namespace) -> int:
    _expect_records(found, options)
    for name in options.report:
        _write(found, name, options)
    if not options.report:
        _print(found, options)
    return _left_out(found, options)


def _expect_records(found: WhatIf, options: argparse.Namespace) -> None:
    if not found.read:
        raise refused("no records", options.locale, options.records[0])


def _print(found: WhatIf | Sensitivity, options: argparse.Namespace) -> None:
    form = options.format or ("text" if sys.stdout.isatty() else "json")
    sys.stdout.write((found.text(options.locale) if form == "text" else found.to_json()) + "\n")


def _left_out(found: WhatIf, options: argparse.Namespace) -> int:
    """Tell what is in no figure, and why: the first ten rows that are broken, the first ten reasons; the exit code."""
    from settlement.audit.what_if.sections import apart_text, broken_text
    from settlement.audit.what_if.totals import MOST
    from settlement.documents.words.language import language

    say = language(options.locale)
    for row in found.totals.broken:
        sys.stderr.write(broken_text(row, say) + "\n")
    for each in found.apart[:MOST]:
        sys.stderr.write(f"{apart_text(each, say)}: {say.number(each.orders)}\n")
    apart = found.read - found.orders
    if apart:
        told = say.plural(
            "{count} record of {read} is in no figure",
            "{count} records of {read} are in no figure",
            apart,
            read=say.number(found.read),
        )
        sys.stderr.write(f"settlement: {told}\n")
    return 2 if not found.orders else 3 if apart else 0


def _write(found: WhatIf, name: str, options: argparse.Namespace) -> None:
    """One report, written beside and renamed: nobody reads half of it."""
    part = Path(f"{name}.part")
    if name.endswith(".parquet"):
        found.to_parquet(part)
    else:
        text = {
            ".html": lambda: found.html(options.locale, charts=not options.no_charts),
            ".json": lambda: found.to_json() + "\n",
            ".txt": lambda: found.text(options.locale) + "\n",
        }[Path(name).suffix]()
        part.write_text(text, encoding="utf-8")
    part.replace(name)


def _varied(options: argparse.Namespace, rulebook: Rulebook, policy: PayoutPolicy | None) -> int:
    """One number of the rules, value by value."""
    from settlement.audit.what_if import sensitivity
    from settlement.commands import problems
    from settlement.errors import InvalidDocument

    try:
        found = sensitivity(_rows(options), rulebook, options.vary, options.values, policy=policy)
    except InvalidDocument as error:
        raise problems(error, options.rules[0], options.locale) from None
    _expect_records(found.answer, options)
    _print(found, options)
    return _left_out(found.answer, options)
