"""What an archive of mall carts takes on disk: `archive.py [--orders 20000] [FOLDER]`; needs pyarrow.

The carts are `examples/mall-cart.json`, each varied by its number alone: what is in it, how many, when, who buys and
where it goes. Printed are bytes of each table, and bytes an order.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from settlement import Rulebook
from settlement.batch import Batch, Rules
from settlement.batch.archive import write_archive

MALL: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("examples/mall-cart.json").read_text(encoding="utf-8")
)
_SURNAMES = "王李张刘陈杨黄赵"
_CHINA = timezone(timedelta(hours=8))
_REGIONS = ("440305", "310101", "110105", "330106", "510107", "420106")


def _scattered(number: int) -> int:
    """The number, its bits mixed: what looks like chance and is the same every time."""
    mixed = (number * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64
    return (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 % 2**64 >> 8


def checkout(number: int, count: int) -> dict[str, Any]:
    """Cart `number` of so many in November: it has an order's name, a buyer, a phone and a house of its own."""
    made = deepcopy(MALL["checkout"])
    at = datetime(2026, 11, 1, tzinfo=_CHINA) + timedelta(seconds=number * 2_592_000 // count)
    made["at"] = at.isoformat()
    made["order"] = f"{at:%Y%m%d}-{number:07d}"
    for place, line in enumerate(made["cart"]["lines"]):
        drawn = _scattered(number * 16 + place)
        line["selected"] = drawn % 4 > 0
        if isinstance(line["quantity"], int):
            line["quantity"] = 1 + drawn // 4 % 3
        else:
            line["quantity"] = f"{1 + drawn // 4 % 4}.{drawn // 16 % 100:02d}"
    drawn = _scattered(number + 10**9)
    made["address"] |= {
        "region": _REGIONS[drawn % 6],
        "name": _SURNAMES[drawn // 6 % 8] + chr(0x5B50 + drawn // 48 % 400) + chr(0x5B50 + drawn // 19_200 % 400),
        "phone": f"1{30 + drawn % 70:02d}{drawn // 70 % 10**8:08d}",
        "detail": f"科苑路 {drawn % 997} 号 {drawn // 997 % 30} 栋 {drawn // 29_910 % 3000}",
    }
    made["customer"] |= {"id": f"u-{drawn % 10**7}", "points": drawn // 10**7 % 5000}
    return made


def _rows(count: int) -> Iterator[str]:
    return (json.dumps({"checkout": checkout(number, count)}, ensure_ascii=False) for number in range(count))


def measure(folder: Path, count: int) -> None:
    """Settle, archive, and print what it takes."""
    source, records, out = folder / "carts.jsonl", folder / "records", folder / "archive"
    source.write_text("\n".join(_rows(count)), encoding="utf-8")
    report = Batch([source], Rules([Rulebook.from_dict(MALL["rulebook"])]), records, form="record").run(2)
    assert not report.rejected, report
    begun = time.process_time()
    write_archive([records], out)
    spent = time.process_time() - begun
    told = json.loads((out / "manifest.json").read_bytes())
    rows = dict.fromkeys(("orders", "ledger", "personal", "documents", "rulebooks"), 0)
    for each in told["files"]:
        rows[each["file"].split("/")[0]] += each["rows"]
    print(f"{count} orders; {spent / count * 1000:.1f} ms of CPU each")
    print(f"{'records as JSON Lines':24}{sum(each.stat().st_size for each in records.glob('part-*')):>14} bytes")
    whole = 0
    for name, lines in rows.items():
        size = sum(each.stat().st_size for each in (out / name).rglob("*.parquet"))
        whole += 0 if name == "documents" else size
        print(f"{name:24}{size:>14} bytes{size / count:>9.1f} an order{lines:>12} rows")
    print(f"{'without documents':24}{whole:>14} bytes{whole / count:>9.1f} an order")


def main() -> None:
    """Measure in a folder that is left there, or in one that goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--orders", type=int, default=20_000)
    given = parser.parse_args()
    if given.folder is not None:
        given.folder.mkdir(parents=True)
        measure(given.folder, given.orders)
        return
    with TemporaryDirectory() as folder:
        measure(Path(folder), given.orders)


if __name__ == "__main__":
    sys.exit(main())
