"""Settle files of many checkouts into a folder, by all cores; what was finished before stays.

IN are JSON Lines (.jsonl, .jsonl.gz, .jsonl.zst) or Parquet (.parquet), each row {"checkout": {...}, "rulebook": id}.
--rules is a folder of rulebooks, *.json; in its rules.json stands which of them holds from when, for rows that name
none: [{"rulebook": id, "from": instant}]. OUT gets part-00000.jsonl, rejects-00000.jsonl and so on, and manifest.json:
`cat OUT/part-*.jsonl` is the whole, in order. Run again after it was ended, it does what is missing.
Exit code 0; 3 where rows were rejected; 2 where nothing can be begun, or OUT was begun with other input, rules, version
or --as.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale, add_workers, problems, refused, whole_number

if TYPE_CHECKING:
    from settlement.batch import Report
    from settlement.documents.words.language import Language

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement batch`."""
    parser.add_argument("inputs", metavar="IN", nargs="+", help="files of rows")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="a folder, empty or not there")
    parser.add_argument("--rules", metavar="DIR", required=True, help="the folder of the rulebooks")
    parser.add_argument(
        "--as", dest="form", choices=("settlement", "record", "totals"), default="settlement", help="what a row becomes"
    )
    parser.add_argument("--parquet", action="store_true", help="write the parts as Parquet; needs settlement[arrow]")
    add_workers(parser)
    parser.add_argument(
        "--start-method",
        choices=multiprocessing.get_all_start_methods(),
        default="spawn",
        help="how processes start (default: spawn); fork begins sooner",
    )
    parser.add_argument(
        "--part",
        type=whole_number,
        default=8 << 20,
        metavar="BYTES",
        help="how much of an input makes a part (default: 8 MiB)",
    )
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Settle, and say what came of it."""
    from settlement.batch import Batch, read_rules
    from settlement.documents.words.language import language
    from settlement.errors import BatchRefused, InvalidDocument

    begun = time.monotonic()
    say = language(options.locale)
    try:
        rules = read_rules(Path(options.rules))
    except InvalidDocument as error:
        raise problems(error, error.title, options.locale) from None
    except OSError as error:  # no rules, or no files that can be read
        raise refused(error, options.locale) from None
    try:
        batch = Batch(
            options.inputs, rules, options.output, form=options.form, parquet=options.parquet, part=options.part
        )
        with _progress(say) as progress:
            report = batch.run(
                options.workers or multiprocessing.cpu_count(), progress, start_method=options.start_method
            )
    except BatchRefused as error:
        raise refused(error, options.locale) from None
    if (options.format or ("text" if sys.stdout.isatty() else "json")) == "json":
        import json

        told = report.to_dict() | {"seconds": round(time.monotonic() - begun, 1)}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(_told(report, say, time.monotonic() - begun))
    return 3 if report.rejected else 0


@contextmanager
def _progress(say: Language) -> Iterator[Callable[[int, int], object]]:
    """What is done so far, on standard error: a line that moves with rich, on a terminal; else one for each part."""
    rows = rejected = parts = 0

    def told(more: int, bad: int) -> str:
        nonlocal rows, rejected, parts
        rows, rejected, parts = rows + more, rejected + bad, parts + 1
        part = say.plural("{parts} part", "{parts} parts", parts, parts=parts)
        return say("{parts}, {rows}, {rejected} rejected", parts=part, rows=_rows(rows, say), rejected=rejected)

    if sys.stderr.isatty() and find_spec("rich") is not None:
        from rich.console import Console

        with Console(stderr=True).status("…") as status:
            yield lambda more, bad: status.update(told(more, bad))
    else:
        yield lambda more, bad: sys.stderr.write(told(more, bad) + "\n")


def _rows(count: int, say: Language) -> str:
    return say.plural("{rows} row", "{rows} rows", count, rows=count)


def _told(report: Report, say: Language, seconds: float) -> Iterator[str]:
    """The summary, for a person."""
    from settlement.documents.words.texts import STATUSES
    from settlement.money import money_of

    took = f"{seconds:.1f}"
    told = say(
        "{rows}, {rejected} rejected, {seconds} s", rows=_rows(report.rows, say), rejected=report.rejected, seconds=took
    )
    yield f"{told}\n"
    for currency, status, count, minor in report.payable:
        yield f"  {say.money(money_of(minor, currency))}  {say(STATUSES[status])}  {count}\n"
    for code, count in report.codes.items():
        yield f"  [{code}]  {count}\n"
