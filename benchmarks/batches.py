"""A batch of W1 carts: beside a bare loop over its JSON, in CPU time, and by two processes beside one, by the clock.

Two cores need not be twice one: they may share a cache, or be threads of one. So there is a control in each round, two
programs that know nothing of each other, each settling half of the rows in one process: more than these gain together
two processes can't.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import workloads

from settlement import Checkout, Rulebook, settle
from settlement.batch import Batch, Rules

__all__ = ["checkouts", "measured"]

#: Rounds at most: one takes half a minute.
MOST: int = 12


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


def _batch(path: Path, out: Path, book: Rulebook, workers: int | None) -> int:
    """A batch of eight parts; how many rows it settled."""
    report = Batch([path], Rules([book]), out, part=path.stat().st_size // 8 + 1).run(workers)
    assert not report.rejected
    return report.rows


def _apart(folder: Path, turn: int) -> None:
    """Two programs begun together, each with half of the rows and one process."""
    words = [
        [sys.executable, __file__, str(folder / f"half-{at}.jsonl"), str(folder / f"own-{at}-{turn}")] for at in (0, 1)
    ]
    running = [subprocess.Popen(each) for each in words]  # noqa: S603 - this very file
    assert [each.wait() for each in running] == [0, 0]


def measured(count: int, rounds: int) -> Iterator[tuple[str, float, float]]:
    """What, its ratio, microseconds a row: medians of so many rounds, twelve at most, all subjects in each."""
    book = Rulebook.model_validate(workloads.w1()["rulebook"])
    cpu: dict[str, list[float]] = {"bare": [], "batch": []}
    wall: dict[str, list[float]] = {"one": [], "two": [], "apart": []}
    with TemporaryDirectory() as name:
        folder = Path(name)
        rows = list(map('{{"checkout":{}}}\n'.format, checkouts(count)))
        (folder / "plain.jsonl").write_text("".join(map("{}\n".format, checkouts(count))), encoding="utf-8")
        for path, some in (("in", rows), ("half-0", rows[: count // 2]), ("half-1", rows[count // 2 :])):
            (folder / f"{path}.jsonl").write_text("".join(some), encoding="utf-8")
        del rows

        def by(turn: int, workers: int) -> None:
            assert _batch(folder / "in.jsonl", folder / f"by-{workers}-{turn}", book, workers) == count

        def clocked(what: str, call: Callable[[], None]) -> None:
            started = time.monotonic()
            call()
            wall[what].append(time.monotonic() - started)

        for turn in range(min(rounds, MOST)):
            begun = time.process_time()
            _bare(folder / "plain.jsonl", folder / "bare.jsonl", book)
            cpu["bare"].append(time.process_time() - begun)
            begun = time.process_time()
            _batch(folder / "in.jsonl", folder / f"in-this-one-{turn}", book, None)
            cpu["batch"].append(time.process_time() - begun)
            whole = b"".join(path.read_bytes() for path in sorted((folder / f"in-this-one-{turn}").glob("part-*")))
            assert whole == (folder / "bare.jsonl").read_bytes(), "a batch and a bare loop differ"
            subjects = [
                ("one", partial(by, turn, 1)),
                ("two", partial(by, turn, 2)),
                ("apart", partial(_apart, folder, turn)),
            ]
            for what, call in subjects[turn % 3 :] + subjects[: turn % 3]:
                clocked(what, call)
    each = 1e6 / count

    def ratio(mine: list[float], other: list[float]) -> float:
        return median(one / two for one, two in zip(mine, other, strict=True))

    loop = ratio(cpu["batch"], cpu["bare"])
    yield "a batch in one process / a bare loop with its JSON, CPU time", loop, median(cpu["batch"]) * each
    for what, mine, other in (
        ("a batch by two processes / by one, by the clock", "two", "one"),
        ("two programs of half each, begun together / one of all, by the clock", "apart", "one"),
        ("a batch by two processes / two programs of half each, by the clock", "two", "apart"),
    ):
        yield what, ratio(wall[mine], wall[other]), median(wall[mine]) * each


if __name__ == "__main__":
    _batch(Path(sys.argv[1]), Path(sys.argv[2]), Rulebook.model_validate(workloads.w1()["rulebook"]), None)
