"""What a settlement costs, in one table of ratios to the floor: `make bench`, or `run.py [--quick] [--markdown]`.

Every checkout is settled once: a cart keeps what was worked out of it, so settling the same one again is cheaper, and
has rows of its own. A goal is an upper bound; a row above it says so.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import batches
import workloads
from subjects import Bench, again, applied
from timing import Subject, rounds_of

from settlement import Checkout, Rulebook, Settlement, settle
from settlement.audit.record import record
from settlement.audit.what_if import Candidates

SIZES = (10, 100, 1_000, 10_000)

#: Upper bounds by row.
GOALS: dict[str, float] = {
    "W1 settle, best coupons": 4.5,
    "W2 settle, best coupons": 3,
    "W3 settle, best coupons": 8,
    "W1 to_json": 9,
    "W2 to_json": 5,
    "W3 to_json": 7,
    "W1 checkout JSON in, settlement JSON out": 28,
    "W2 checkout JSON in, settlement JSON out": 12,
    "W3 checkout JSON in, settlement JSON out": 20,
    "20 000 promotions of which 20 touch the cart / those 20": 1.1,
    "to_json under 20 000 promotions / under 20": 1.1,
    "3 000 regions in each freight template / 3": 1.1,
    "W2, of that the settlement, with what it leaves on its cart": 30,
    "W2, only the answer (detached) / that with its checkout": 0.34,
    "10 000 lines, only the answer (detached) / that with its checkout": 0.34,
    "import settlement / that": 1.6,
    "W2, one coupon of the platform too many / W2": 1.5,
    "W2, one coupon of a shop too many / W2": 1.5,
    "12 promotions in one group, that differ / without them": 4,
    "12 promotions in one group, that take about the same / without them": 4,
    "10 lines, one coupon a shop and four of the platform, best": 8,
    "10000 lines, one coupon a shop and four of the platform, best": 4,
    "a batch in one process / a bare loop with its JSON, CPU time": 1.15,
    "a batch by two processes / by one, by the clock": 0.54,  # 1.85 times as many rows a second
    "a batch by two processes / two programs of half each, by the clock": 1.05,
    "place() / its bare statements": 1.5,
    "a customer's page of 1000000 orders / of 1000": 1.5,
}
#: Seconds that no request of so many lines may pass.
BOUNDS = {2_000: 1.0, 10_000: 2.0}


class Row(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    time: str = ""
    unit: str = ""


# ------------------------------------------------------------------ the three carts


def carts(rounds: int) -> Iterator[Row]:
    """settle() and what stands around it on W1, W2 and W3."""
    for name, request in (("W1", workloads.w1()), ("W2", workloads.w2()), ("W3", workloads.w3())):
        best = Bench(request)
        assert best.settlement.optimal, "the best set is not proven: the search gave up"
        listed = Bench(request, [rule for rule in applied(best.settlement) if rule != "points"])
        assert best.settlement.payable == listed.settlement.payable
        subjects = [
            listed.floored(),
            Subject("settle, best coupons", best.settle, best.checkouts),
            Subject("settle, the same coupons as a list", listed.settle, listed.checkouts),
            Subject("settle, best coupons, a checkout settled before", best.settle, again),
            Subject("settle, list, a checkout settled before", listed.settle, again),
            Subject("to_json", Settlement.to_json, best.settlements),
            Subject("validation", Checkout.model_validate_json, best.texts),
            Subject("checkout JSON in, settlement JSON out", best.served, best.texts),
        ]
        found = rounds_of(subjects, rounds)
        for subject in subjects:
            timing = found[subject.name]
            yield Row(f"{name} {subject.name}", timing.ratio, _time(timing.microseconds))
        search = found["settle, best coupons"].ratio / found["settle, the same coupons as a list"].ratio
        yield Row(f"{name} best coupons / the same as a list", search)


def _time(microseconds: float) -> str:
    return f"{microseconds / 1000:,.2f} ms" if microseconds >= 1000 else f"{microseconds:.1f} µs"


# ------------------------------------------------------------------ how it grows


def growth(rounds: int) -> Iterator[Row]:
    """Carts from 10 to 10 000 lines, shops and offers growing along."""
    per_line: dict[tuple[str, int], float] = {}
    for size in SIZES:
        request = workloads.growth(size)
        best = Bench(request)
        assert best.settlement.optimal
        listed = Bench(request, applied(best.settlement))
        subjects = [
            listed.floored(),
            Subject("list", listed.settle, listed.checkouts),
            Subject("best", best.settle, best.checkouts),
        ]
        found = rounds_of(subjects, max(3, min(rounds, 60_000 // size)))
        for subject in subjects:
            timing = found[subject.name]
            per_line[subject.name, size] = timing.microseconds / size
            yield Row(f"{size} lines, {subject.name}", timing.ratio, f"{timing.microseconds / size:.2f} µs/line")
    for name in ("floor", "list", "best"):
        ratio = per_line[name, SIZES[-1]] / per_line[name, SIZES[1]]
        yield Row(f"a line among {SIZES[-1]} / among {SIZES[1]}, {name}", ratio)


def crowded(rounds: int) -> Iterator[Row]:
    """Carts that hold more coupons than may be used, as ordinary ones do."""
    plain = Bench(workloads.w2())
    for what, issuer in (("the platform", "platform"), ("a shop", "shop-00")):
        more = Bench(workloads.one_too_many(issuer))
        assert more.settlement.optimal
        found = rounds_of(
            [Subject("W2", plain.settle, plain.checkouts), Subject("more", more.settle, more.checkouts)], rounds
        )
        timing = found["more"]
        yield Row(f"W2, one coupon of {what} too many / W2", timing.ratio, _time(timing.microseconds))
    for size in SIZES:
        best = Bench(workloads.crowded(size))
        assert best.settlement.optimal
        listed = Bench(workloads.crowded(size), applied(best.settlement))
        subjects = [
            listed.floored(),
            Subject("list", listed.settle, listed.checkouts),
            Subject("best", best.settle, best.checkouts),
        ]
        timings = rounds_of(subjects, max(3, min(rounds, 60_000 // size)))
        for name in ("list", "best"):
            timing = timings[name]
            what = f"{size} lines, one coupon a shop and four of the platform, {name}"
            yield Row(what, timing.ratio, f"{timing.microseconds / size:.2f} µs/line")


def groups(rounds: int) -> Iterator[Row]:
    """20 lines, 4 shops, 20 coupons and 12 promotions of which one may take effect, beside the same without them."""
    for name, alike in (("that differ", False), ("that take about the same", True)):
        request = workloads.grouped(alike=alike)
        group = Bench(request)
        assert group.settlement.optimal
        none = Bench(request | {"rulebook": request["rulebook"] | {"promotions": []}})
        assert none.settlement.optimal
        found = rounds_of(
            [Subject("none", none.settle, none.checkouts), Subject("group", group.settle, group.checkouts)], rounds
        )
        timing = found["group"]
        yield Row(f"12 promotions in one group, {name} / without them", timing.ratio, _time(timing.microseconds))


def hostile(rounds: int) -> Iterator[Row]:
    """Carts built to be dear, 500 coupons of 10 tiers each, in seconds of CPU time; none may pass its bound."""
    shapes: list[tuple[str, dict[str, Any]]] = [
        ("mixed, one allowed", {"kind": "mixed"}),
        ("mixed, 5 allowed", {"kind": "mixed", "coupons_platform": 5}),
        ("mixed, 500 allowed", {"kind": "mixed", "coupons_platform": 500}),
        ("mixed, 3 copies of each, 3 allowed", {"kind": "mixed", "coupons_platform": 3, "copies": 3}),
        ("mixed, of one shop, 5 allowed", {"kind": "mixed", "shops": 1, "coupons_per_shop": 5}),
        ("mixed, of one shop, 500 allowed", {"kind": "mixed", "shops": 1, "coupons_per_shop": 500}),
        ("mixed, of 40 shops, 3 a shop", {"kind": "mixed", "shops": 40, "coupons_per_shop": 3}),
        ("percentages, one allowed", {"kind": "percent_off"}),
        ("percentages, 500 allowed", {"kind": "percent_off", "coupons_platform": 500}),
        ("bundles, one allowed", {"kind": "bundle_price"}),
        ("bundles, 500 allowed", {"kind": "bundle_price", "coupons_platform": 500}),
        ("fixed prices, 500 allowed", {"kind": "fixed_price", "coupons_platform": 500}),
        ("each nth unit, 500 allowed", {"kind": "nth_unit", "coupons_platform": 500}),
    ]
    conditional: list[tuple[str, dict[str, Any]]] = [
        ("scopes and conditions of their own, one allowed", {"scope": "wide", "conditions": 1}),
        ("the same, 5 allowed", {"scope": "half", "conditions": 1, "coupons_platform": 5}),
        ("the same, narrow, 5 allowed", {"scope": "narrow", "conditions": 1, "coupons_platform": 5}),
        ("20 conditions each, 5 allowed", {"scope": "wide", "conditions": 20, "coupons_platform": 5}),
        ("half of the skus listed by each, 5 allowed", {"scope": "listed", "conditions": 1, "coupons_platform": 5}),
    ]
    for lines, bound in BOUNDS.items():
        for name, shape in (*shapes, *conditional):
            make = workloads.conditional if "scope" in shape else partial(workloads.hostile, tiers=10)
            bench = Bench(make(lines, 500, **shape))
            assert bench.settlement.redemptions, "no coupon is used"
            taken = []
            for checkout in bench.checkouts(max(1, rounds // 10)):
                begun = time.process_time()
                bench.settle(checkout)
                taken.append(time.process_time() - begun)
            GOALS[f"{lines} lines, {name}"] = bound
            yield Row(f"{lines} lines, {name}", median(taken), unit=" s")


def bystanders(rounds: int) -> Iterator[Row]:
    """Rules that have nothing to do with the cart. The same checkout again: so the rules weigh most."""
    promotions = Bench(workloads.promotions(0)), Bench(workloads.promotions(19_980))
    names = zip(("few", "many"), promotions, strict=True)
    found = rounds_of([Subject(name, Settlement.to_json, each.settlements) for name, each in names], rounds)
    yield Row("to_json under 20 000 promotions / under 20", found["many"].ratio, _time(found["many"].microseconds))
    for what, few, many in (
        ("20 000 promotions of which 20 touch the cart / those 20", *promotions),
        (
            "3 000 regions in each freight template / 3",
            Bench(workloads.regions(3)),
            Bench(workloads.regions(3_000)),
        ),
    ):
        assert len(few.settlement.adjustments) == len(many.settlement.adjustments)
        found = rounds_of([Subject("few", few.settle, again), Subject("many", many.settle, again)], rounds)
        yield Row(what, found["many"].ratio, _time(found["many"].microseconds))


# ------------------------------------------------------------------ memory and import


def memory() -> Iterator[Row]:
    """What settlements that are kept keep, with their checkouts and without; the rules are not counted."""
    for name, request, count in (("W2", workloads.w2(), 100), ("10 000 lines", workloads.growth(10_000), 2)):
        bench = Bench(request)
        bench.settlement.to_json()
        text, rules = workloads.as_text(request["checkout"]), bench.rules
        checkouts = [Checkout.model_validate_json(text) for _ in range(count)]

        def whole(_: int, text: str = text, rules: Rulebook = rules) -> Settlement:
            return settle(Checkout.model_validate_json(text), rules)

        def answer(_: int, text: str = text, rules: Rulebook = rules) -> Settlement:
            return settle(Checkout.model_validate_json(text), rules).detached()

        def over(at: int, given: list[Checkout] = checkouts, rules: Rulebook = rules) -> Settlement:
            return settle(given[at], rules)

        kept = _kept(whole, count)
        yield Row(f"{name}, a settlement and its checkout keep", kept, unit=" KB")
        yield Row(f"{name}, of that the settlement, with what it leaves on its cart", _kept(over, count), unit=" KB")
        yield Row(f"{name}, only the answer (detached) / that with its checkout", _kept(answer, count) / kept)


def _kept(make: Callable[[int], Settlement], count: int) -> float:
    """What each of so many results keeps, in KB."""
    kept: list[Settlement | None] = [None] * count
    gc.collect()
    tracemalloc.start()
    for at in range(count):
        kept[at] = make(at)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count / 1024


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
    # Installed packages are compiled beforehand; where bytecode may not be written, this one would not be.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for turn in range(rounds + 1):
        for name, program in PROGRAMS.items():
            process = subprocess.Popen([sys.executable, "-c", program], env=environment)  # noqa: S603 - our own programs
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, name
            if turn:  # the first compiles and fills the disk cache
                taken[name].append(usage.ru_utime + usage.ru_stime)
    nothing = median(taken.pop("nothing"))
    above = {name: median(each) - nothing for name, each in taken.items()}
    base = above.pop("pydantic and one model")
    yield Row("import pydantic, define one model", 1, f"{base * 1000:.0f} ms")
    for name, seconds in above.items():
        what = f"import {name}" if name == "settlement" else "import settlement, settle and write W1"
        yield Row(f"{what} / that", seconds / base, f"{seconds * 1000:.0f} ms")


# ------------------------------------------------------------------ the store


def stored(rounds: int, many: int) -> Iterator[Row]:
    """What stands in a database, where its extra is installed (`make bench-store`)."""
    try:
        from stores import measured
    except ModuleNotFoundError as missing:
        print(f"  left out: there is no {missing.name} here; make bench-store has it")
        return
    for what, ratio, microseconds in measured(rounds, many):
        yield Row(what, ratio, _time(microseconds))


# ------------------------------------------------------------------ what if


def weighed(rounds: int) -> Iterator[Row]:
    """A record under other rules, beside the settlements that it needs, each from JSON to JSON."""
    for name, request in (("W1", workloads.w1()), ("W2", workloads.w2())):
        bench = Bench(request)
        text = record(bench.settlement).to_json().encode()
        plain = bench.rules.model_copy(update={"id": "plain", "coupons": ()})
        round_down = bench.rules.model_copy(update={"id": "down", "policy": {"rounding": "down"}})
        for what, book, needed in (("rounded down", round_down, 2), ("without coupons", plain, 3)):
            candidates = Candidates(book)
            candidates.weigh(text)

            def settled(text: str, bench: Bench = bench, needed: int = needed) -> None:
                for _ in range(needed):
                    bench.served(text)

            subjects = [
                Subject("needed", settled, bench.texts),
                Subject("weighed", candidates.weigh, lambda count, text=text: [text] * count),
            ]
            timing = rounds_of(subjects, rounds)["weighed"]
            row = f"{name}, its record {what} / the {needed} settlements needed"
            GOALS[row] = 1.2
            yield Row(row, timing.ratio, _time(timing.microseconds))


# ------------------------------------------------------------------ a batch


def batched(rounds: int) -> Iterator[Row]:
    """Files of W1 carts into a folder."""
    for what, ratio, microseconds in batches.measured(20_000, rounds):
        yield Row(what, ratio, f"{microseconds:.0f} µs/row")


# ------------------------------------------------------------------ the table


def show(title: str, rows: Iterator[Row], *, markdown: bool) -> None:
    """Print one part of the table, each row as soon as it is known."""
    print(f"\n| {title} | ratio | goal | median |\n|---|--:|--:|--:|" if markdown else f"\n{title}")
    for row in rows:
        value, goal = f"{row.value:.2f}{row.unit}", GOALS.get(row.what)
        bound = "" if goal is None else f"≤ {goal:g}{row.unit}{' missed' if row.value > goal else ''}"
        line = f"| {row.what} | {value} | {bound} | {row.time} |"
        print(line if markdown else f"  {row.what:<60}{value:>10}{bound:>15}{row.time:>16}", flush=True)


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the rounds, for a first look")
    parser.add_argument("--markdown", action="store_true", help="the tables of docs/performance.md")
    parser.add_argument(
        "--only",
        help="parts by name: carts, growth, crowded, groups, hostile, rules, memory, import, what-if, batch, store",
    )
    parser.add_argument("--orders", type=int, default=10_000, help="of the store's page (default: 10000)")
    given = parser.parse_args()
    rounds = 12 if given.quick else 60
    parts: dict[str, tuple[str, Any]] = {
        "carts": ("× the floor of the same cart and coupons", lambda: carts(rounds)),
        "growth": ("growth, × the floor", lambda: growth(rounds // 2)),
        "crowded": ("more coupons than may be used", lambda: crowded(rounds // 2)),
        "groups": ("the best of a group of promotions", lambda: groups(rounds // 2)),
        "hostile": ("500 coupons of 10 tiers, built to be dear, seconds", lambda: hostile(rounds // 2)),
        "rules": ("rules that do not touch the cart", lambda: bystanders(rounds)),
        "memory": ("memory", memory),
        "import": ("import, CPU time above an empty interpreter", lambda: imports(max(5, rounds // 4))),
        "what-if": ("a record under other rules, from JSON", lambda: weighed(rounds)),
        "batch": ("a batch of 20 000 W1 carts", lambda: batched(max(3, rounds // 10))),
        "store": ("the store on SQLite, CPU time", lambda: stored(rounds, given.orders)),
    }
    wanted = given.only.split(",") if given.only else list(parts)
    if strange := [name for name in wanted if name not in parts]:
        parser.error(f"no part is called {', '.join(strange)}; there are {', '.join(parts)}")
    print(f"CPython {platform.python_version()}, {os.cpu_count()} cores, medians of {rounds} rounds of CPU time")
    for name in wanted:
        title, rows = parts[name]
        show(title, rows(), markdown=given.markdown)


if __name__ == "__main__":
    main()
