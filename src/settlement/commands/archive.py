"""Write records of months as Parquet by day, to be added up by any tool and settled again.

IN are files of records (.jsonl, and .json of one, also .gz and .zst), folders of these, and the folder of a batch of
records. OUT gets the tables orders, ledger (a row for each adjustment and line), documents and personal, each with a
folder for each day of the clock of --offset, and rulebooks. personal may be deleted: the rest still replays. All is
written beside OUT and renamed: nobody reads a half.
Exit code 0; 3 where rows were rejected, which stand in OUT/rejects.jsonl; 2 where nothing can be begun, or OUT holds
something else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_offset, add_workers, refused

if TYPE_CHECKING:
    from settlement.batch.archive import ArchiveReport
    from settlement.documents.words.language import Language

__all__ = ["add_arguments", "run"]

_EVERY = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement archive`."""
    parser.add_argument("inputs", metavar="IN", nargs="+", help="files and folders of records")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="a folder, empty or not there")
    add_offset(parser, timedelta(hours=8))
    add_workers(parser)
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Write, and say what came of it."""
    import multiprocessing

    from settlement.batch.archive import write_archive
    from settlement.documents.words.language import language
    from settlement.errors import BatchRefused

    say = language(options.locale)
    workers = options.workers or multiprocessing.cpu_count()
    try:
        report = write_archive(
            options.inputs, options.output, offset=options.offset, workers=workers, progress=_progress(say)
        )
    except BatchRefused as error:
        raise refused(error, options.locale) from None
    if (options.format or ("text" if sys.stdout.isatty() else "json")) == "json":
        sys.stdout.write(report.to_json() + "\n")
    else:
        sys.stdout.writelines(_told(report, say))
    return 3 if report.rejected else 0


def _progress(say: Language) -> Callable[[int, int], object]:
    """How many so far, on standard error, every thousand rows."""

    def told(orders: int, rejected: int) -> None:
        if (orders + rejected) % _EVERY == 0:
            sys.stderr.write(_counts(orders, rejected, say))

    return told


def _counts(orders: int, rejected: int, say: Language) -> str:
    facts = {
        "orders": say.plural("{orders} order", "{orders} orders", orders, orders=orders),
        "rejected": say.plural("{rejected} row rejected", "{rejected} rows rejected", rejected, rejected=rejected),
    }
    return say("{orders}, {rejected}", **facts) + "\n"


def _told(report: ArchiveReport, say: Language) -> Iterator[str]:
    """The summary, for a person."""
    from settlement.documents.words.texts import STATUSES
    from settlement.money import money_of

    yield _counts(report.orders, report.rejected, say)
    for currency, status, count, minor in report.payable:
        yield f"  {say.money(money_of(minor, currency))}  {say(STATUSES[status])}  {count}\n"
    for code, count in report.codes.items():
        yield f"  [{code}]  {count}\n"
