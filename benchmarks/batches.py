"""A batch of W1 carts: beside a bare loop over its JSON, in CPU time, and by two processes beside one, by the clock."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import workloads

from settlement import Checkout, Rulebook, settle
from settlement.batch import Batch, Rules

__all__ = ["checkouts", "measured"]


def checkouts(count: int) -> Iterator[str]:
    """W1 again and again, each with a price of its own."""
    checkout = workloads.w1()["checkout"]
    line = checkout["cart"]["lines"][0]
    for number in range(count):
        line["unit_price"] = f"{10 + number // 100}.{number % 100:02d} CNY"
        yield json.dumps(checkout)


def _bare(path: Path, out: Path, book: Rulebook) -> None:
    """What a program of one's own would do, with no row around a checkout: one a line, and a settlement a line."""
    with path.open("rb") as given, out.open("wb") as made:
        for line in given:
            made.write(settle(Checkout.model_validate_json(line), book).to_json().encode() + b"\n")


def measured(count: int, rounds: int) -> Iterator[tuple[str, float, float]]:
    """What, its ratio, microseconds a row: medians of so many rounds, all subjects in each."""
    book = Rulebook.model_validate(workloads.w1()["rulebook"])
    cpu: dict[str, list[float]] = {"bare": [], "batch": []}
    wall: dict[int, list[float]] = {1: [], 2: []}
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path, row in (("plain.jsonl", "{}\n"), ("in.jsonl", '{{"checkout":{}}}\n')):
            with (folder / path).open("w", encoding="utf-8") as file:
                file.writelines(map(row.format, checkouts(count)))
        part = (folder / "in.jsonl").stat().st_size // 8 + 1

        def batch(turn: str, workers: int | None) -> None:
            report = Batch([folder / "in.jsonl"], Rules([book]), folder / turn, part=part).run(workers)
            assert (report.rows, report.rejected) == (count, 0)

        for turn in range(rounds):
            begun = time.process_time()
            _bare(folder / "plain.jsonl", folder / "bare.jsonl", book)
            cpu["bare"].append(time.process_time() - begun)
            begun = time.process_time()
            batch(f"in-this-one-{turn}", None)
            cpu["batch"].append(time.process_time() - begun)
            whole = b"".join(path.read_bytes() for path in sorted((folder / f"in-this-one-{turn}").glob("part-*")))
            assert whole == (folder / "bare.jsonl").read_bytes(), "a batch and a bare loop differ"
            for workers in (1, 2) if turn % 2 else (2, 1):
                started = time.monotonic()
                batch(f"by-{workers}-{turn}", workers)
                wall[workers].append(time.monotonic() - started)
    each = 1e6 / count
    loop = median(mine / bare for mine, bare in zip(cpu["batch"], cpu["bare"], strict=True))
    two = median(many / one for one, many in zip(wall[1], wall[2], strict=True))
    yield "a batch in one process / a bare loop with its JSON, CPU time", loop, median(cpu["batch"]) * each
    yield "a batch by two processes / by one, by the clock", two, median(wall[2]) * each
