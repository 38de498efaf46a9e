"""Look a region of China up, by code or by name.

REGION is a code such as 440305, or a name, whole or in part, such as 临平 or "浙江 临平". Each unit found is printed
with its code and full name; a retired one with its years and with what it stands for now. Exit code 0; 2 where none is
found.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from settlement.commands import Refused, add_format, add_locale

if TYPE_CHECKING:
    from settlement.consignee import Catalogue, Unit

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement region`."""
    parser.add_argument("region", metavar="REGION", help="a code or a name")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many units (default: 20)")
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Look up and print."""
    from settlement.consignee import Catalogue
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown

    regions = Catalogue.bundled()
    say = language(options.locale)
    text = options.region
    found = regions.history(text)[::-1] if text in regions else regions.search(text, limit=max(options.limit, 1))
    if not found:
        raise Refused("settlement: " + say("there is no region {region} in GB/T 2260", region=shown(text)))
    rows = [_row(regions, unit) for unit in found]
    if options.format == "text" or (options.format is None and sys.stdout.isatty()):
        lines = []
        for row in rows:
            years = f" ({row['from']}–{row['to']})" if row["to"] else ""
            now = ", ".join(f"{each['code']} {each['name']}" for each in row["now"]) if row["to"] else ""
            lines.append(f"{row['code']}\t{row['full_name']}{years}" + (f"\t→ {now}" if now else ""))
        sys.stdout.write("\n".join(lines) + "\n")
    else:
        import json

        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    return 0


def _row(regions: Catalogue, unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "level": unit.level,
        "full_name": regions.full_name(unit),
        "from": unit.year_from,
        "to": unit.year_to,
        "now": [{"code": each.code, "name": regions.full_name(each)} for each in regions.successors(unit)],
    }
