"""What a settlement costs, in one table of ratios to the floor: `make bench`, or `run.py [--quick] [--markdown]`.

Every call is on honest input: the library keeps nothing for a checkout that it has seen, and the rows of checkouts
that were validated for one call each show it.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import subprocess
import sys
import tracemalloc
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import workloads
from floor import floor, plain, verify
from timing import Subject, Timing, ends_within, rounds_of

from settlement import Checkout, Rulebook, Settlement, settle

PATIENCE = 30.0
SIZES = (10, 100, 1_000, 10_000)


class Row(NamedTuple):
    """One line of the table."""

    what: str
    value: str
    time: str = ""


class Bench:
    """A cart ready to be measured: its documents, its texts, its settlement, checked against the floor."""

    def __init__(self, request: workloads.Document, coupons: Collection[str] | None = None) -> None:
        checkout = request["checkout"]
        if coupons is not None:
            checkout = checkout | {"choice": checkout.get("choice", {}) | {"coupons": sorted(coupons)}}
        self.text = workloads.as_text(checkout)
        self.rules = Rulebook.model_validate_json(workloads.as_text(request["rulebook"]))
        self.checkout = Checkout.model_validate_json(self.text)

    def settle(self, _: object = None) -> Settlement:
        """Settle the one checkout again."""
        return settle(self.checkout, self.rules)

    def settle_fresh(self, checkout: Checkout) -> Settlement:
        """Settle a checkout that nobody has seen before."""
        return settle(checkout, self.rules)

    def validated(self, count: int) -> list[Checkout]:
        """So many checkouts, each validated from the text."""
        return [Checkout.model_validate_json(self.text) for _ in range(count)]

    def settled(self, count: int) -> list[Settlement]:
        """So many settlements, each settled by itself: none has been read before."""
        return [settle(self.checkout, self.rules) for _ in range(count)]

    def texts(self, count: int) -> list[str]:
        """The text of the checkout, so many times."""
        return [self.text] * count

    def served(self, text: str) -> str:
        """What a service does: the text of a checkout in, the text of its settlement out."""
        return settle(Checkout.model_validate_json(text), self.rules).to_json()

    def floored(self) -> Subject:
        """The floor of this cart with the coupons that its settlement applies, after checking that they agree."""
        settlement = self.settle()
        given = plain(self.checkout, self.rules, applied(settlement))
        verify(settlement, given)
        return Subject("floor", lambda _: floor(*given), _same)


def applied(settlement: Settlement) -> list[str]:
    """The offers that took effect."""
    return [each.rule for each in settlement.decisions if each.outcome == "applied"]


def _same(count: int) -> Sequence[None]:
    return [None] * count


# ------------------------------------------------------------------ the three carts


def carts(rounds: int) -> Iterator[Row]:
    """settle() and what stands around it on W1, W2 and W3."""
    for name, request in (("W1", workloads.w1()), ("W2", workloads.w2()), ("W3", workloads.w3())):
        best = Bench(request)
        chosen = _best_set(best, request)
        listed = best if chosen is None else Bench(request, chosen)
        subjects = [listed.floored()]
        if chosen is None:
            listed = Bench(request, _first_of_each(request))
            subjects = [listed.floored()]
            yield Row(f"{name} settle, best", "-", f"over {PATIENCE:.0f} s")
        else:
            assert best.settle().payable == listed.settle().payable
            subjects.append(Subject("settle, best", best.settle, _same))
        subjects += [
            Subject("settle, the same set as a list", listed.settle, _same),
            Subject("settle, list, each checkout new", listed.settle_fresh, listed.validated),
            Subject("to_json", Settlement.to_json, listed.settled),
            Subject("checkout JSON to settlement JSON, list", listed.served, listed.texts),
            Subject("validation", Checkout.model_validate_json, listed.texts),
        ]
        found = rounds_of(subjects, rounds)
        for subject in subjects:
            yield _row(f"{name} {subject.name}", found[subject.name])
        if chosen is not None:
            search = found["settle, best"].ratio / found["settle, the same set as a list"].ratio
            yield Row(f"{name} best / the same set as a list", f"{search:.2f}")


def _best_set(bench: Bench, request: workloads.Document) -> list[str] | None:
    """The coupons of the best set, or None where the search does not come to an end."""
    held = {coupon["id"] for coupon in request["rulebook"]["coupons"]}
    found: list[Settlement] = []
    if not ends_within(PATIENCE, lambda: found.append(bench.settle())):
        return None
    return [name for name in applied(found[0]) if name in held]


def _first_of_each(request: workloads.Document) -> list[str]:
    """Some list, where no best set is known: the first coupon of each issuer."""
    issuers = {coupon["issuer"]: coupon["id"] for coupon in reversed(request["rulebook"]["coupons"])}
    return sorted(issuers.values())


def _row(what: str, timing: Timing) -> Row:
    return Row(what, f"{timing.ratio:.2f}", _time(timing.microseconds))


def _time(microseconds: float) -> str:
    return f"{microseconds / 1000:,.2f} ms" if microseconds >= 1000 else f"{microseconds:.1f} µs"


# ------------------------------------------------------------------ how it grows


def growth(rounds: int) -> Iterator[Row]:
    """Carts from 10 to 10 000 lines, shops and offers growing along."""
    per_line: dict[tuple[str, int], float] = {}
    for size in SIZES:
        request = workloads.growth(size)
        listed = Bench(request, [coupon["id"] for coupon in request["rulebook"]["coupons"]])
        best = Bench(request)
        subjects = [listed.floored(), Subject("list", listed.settle, _same)]
        if ends_within(PATIENCE / 3, best.settle):
            subjects.append(Subject("best", best.settle, _same))
        else:
            yield Row(f"{size} lines, best", "-", f"over {PATIENCE / 3:.0f} s")
        found = rounds_of(subjects, max(3, min(rounds, 60_000 // size)))
        for subject in subjects:
            timing = found[subject.name]
            per_line[subject.name, size] = timing.microseconds / size
            yield Row(
                f"{size} lines, {subject.name}", f"{timing.ratio:.2f}", f"{timing.microseconds / size:.2f} µs/line"
            )
    for name in ("floor", "list", "best"):
        if (name, SIZES[-1]) in per_line:
            yield Row(
                f"a line among {SIZES[-1]} / among {SIZES[1]}, {name}",
                f"{per_line[name, SIZES[-1]] / per_line[name, SIZES[1]]:.2f}",
            )


def bystanders(rounds: int) -> Iterator[Row]:
    """Rules that have nothing to do with the cart."""
    for what, few, many in (
        (
            "20 000 promotions of which 20 touch the cart / those 20",
            workloads.promotions(0),
            workloads.promotions(19_980),
        ),
        ("3 000 regions in each freight template / 3", workloads.regions(3), workloads.regions(3_000)),
    ):
        first, second = Bench(few), Bench(many)
        assert first.settle().payable == second.settle().payable or "regions" in what
        found = rounds_of([Subject("few", first.settle, _same), Subject("many", second.settle, _same)], rounds)
        yield _row(what, found["many"])


# ------------------------------------------------------------------ memory and import


def memory() -> Iterator[Row]:
    """What one settlement of W2 keeps, the rules and the checkout not counted."""
    bench = Bench(workloads.w2())
    bench.settle().to_json()
    kept: list[Settlement] = [bench.settle()] * 100
    gc.collect()
    tracemalloc.start()
    for place in range(100):
        kept[place] = bench.settle()
    gc.collect()
    settled = tracemalloc.get_traced_memory()[0]
    for each in kept:
        each.to_json()
    gc.collect()
    written = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    yield Row("W2, memory that one settlement keeps", f"{settled / 100 / 1024:.1f} KB")
    yield Row("W2, the same after to_json()", f"{written / 100 / 1024:.1f} KB")


PROGRAMS = {
    "nothing": "pass",
    "pydantic and one model": "import pydantic\nclass Model(pydantic.BaseModel):\n    name: str",
    "settlement": "import settlement",
    "settlement, one cart settled": f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import settlement, workloads
request = workloads.w1()
checkout = settlement.Checkout.model_validate(request["checkout"])
settlement.settle(checkout, settlement.Rulebook.model_validate(request["rulebook"])).to_json()
""",
}


def imports(rounds: int) -> Iterator[Row]:
    """CPU time of a fresh interpreter, above one that does nothing."""
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for turn in range(rounds + 1):
        for name, program in PROGRAMS.items():
            process = subprocess.Popen([sys.executable, "-c", program])  # noqa: S603 - our own programs
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, name
            if turn:  # the first compiles and fills the disk cache
                taken[name].append(usage.ru_utime + usage.ru_stime)
    nothing = median(taken.pop("nothing"))
    above = {name: median(each) - nothing for name, each in taken.items()}
    base = above.pop("pydantic and one model")
    yield Row("import pydantic, define one model", "1", f"{base * 1000:.0f} ms")
    for name, seconds in above.items():
        what = f"import {name}" if name == "settlement" else "import settlement, settle and write W1"
        yield Row(f"{what} / that", f"{seconds / base:.2f}", f"{seconds * 1000:.0f} ms")


# ------------------------------------------------------------------ the table


def show(title: str, rows: Iterator[Row], *, markdown: bool) -> None:
    """Print one part of the table, each row as soon as it is known."""
    if markdown:
        print(f"\n| {title} | ratio | median |\n|---|--:|--:|")
    else:
        print(f"\n{title}")
    for row in rows:
        print(
            f"| {row.what} | {row.value} | {row.time} |"
            if markdown
            else f"  {row.what:<62}{row.value:>9}{row.time:>18}",
            flush=True,
        )


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the rounds, for a first look")
    parser.add_argument("--markdown", action="store_true", help="the tables of docs/performance.md")
    parser.add_argument("--only", help="parts by name, with commas: carts, growth, rules, memory, import")
    given = parser.parse_args()
    rounds = 12 if given.quick else 60
    parts: dict[str, tuple[str, Any]] = {
        "carts": ("× the floor of the same cart and coupons", lambda: carts(rounds)),
        "growth": ("growth, × the floor", lambda: growth(rounds // 2)),
        "rules": ("rules that do not touch the cart", lambda: bystanders(rounds)),
        "memory": ("memory", memory),
        "import": ("import, CPU time above an empty interpreter", lambda: imports(max(5, rounds // 4))),
    }
    wanted = given.only.split(",") if given.only else list(parts)
    print(f"CPython {platform.python_version()}, {os.cpu_count()} cores, medians of {rounds} rounds of CPU time")
    for name in wanted:
        title, rows = parts[name]
        show(title, rows(), markdown=given.markdown)


if __name__ == "__main__":
    main()
