"""Write a settlement as a report to look at, to print or to open in a spreadsheet.

SETTLEMENT is a settlement, a record, or a request that is settled first (which adds names, and what a little more would
bring). The report is one HTML file that needs nothing else; `--format csv` writes one table: lines, adjustments,
decisions or parcels.
"""

from __future__ import annotations

import argparse
import sys

from settlement.commands import add_format, add_locale, add_offset
from settlement.commands.sources import read_settled

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement report`."""
    parser.add_argument("settlement", metavar="SETTLEMENT", help="a JSON file, or - for standard input")
    add_format(parser, "html", "csv", default="html")
    parser.add_argument(
        "--table",
        choices=("lines", "adjustments", "decisions", "parcels"),
        default="lines",
        help="which table to write as CSV (default: lines)",
    )
    add_offset(parser)
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, lay out, print."""
    settlement = read_settled(options.settlement, options.locale)
    if options.format == "csv":
        from settlement.audit.books.tables import csv_text

        sys.stdout.write(csv_text(settlement, options.table))
    else:
        from settlement.explanations.hint import hints
        from settlement.receipts.report import report

        found = () if settlement.made_from is None else hints(*settlement.made_from)
        sys.stdout.write(report(settlement, hints=found, locale=options.locale, offset=options.offset))
    return 0
