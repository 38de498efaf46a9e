"""Recognition beside other recognisers: regions right and wrongly stated, and texts a second.

    python benchmarks/recognition.py                        this library by itself
    python benchmarks/recognition.py --peers OTHER/python   and the recognisers installed for another interpreter

Peers have an environment of their own (`pip install cpca jionlp addressparser`), which is no part of continuous
integration. All read the same texts: those of tests/conformance/addresses.json that have a region to find or none, and
every fourth of the held-out half of tests/consignee/generate.py, and those of tests/consignee/unseen.py. A region is
right when province, city and county are as expected, a wrong one is stated where another, or none, was expected: what
is left open is not wrong.
Speeds are ratios to this library's, measured one after the other, the best of several runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LEVELS = ("province", "city", "district")
Region = tuple[str | None, str | None, str | None]
Read = Callable[[str], Region]


# ------------------------------------------------------------------ the recognisers, each loaded when it is measured


def load_settlement() -> Read:
    """This library."""
    from settlement.consignee import recognise

    def read(text: str) -> Region:
        found = recognise(text)
        return found.province, found.city, found.district

    return read


def load_cpca() -> Read:
    """cpca: a table per call, made for one text."""
    import cpca

    def read(text: str) -> Region:
        row = cpca.transform([text]).iloc[0]
        return row["省"] or None, row["市"] or None, row["区"] or None

    return read


def load_jionlp() -> Read:
    """jionlp."""
    import jionlp

    def read(text: str) -> Region:
        found = jionlp.parse_location(text)
        return found["province"], found["city"], found["county"]

    return read


def load_addressparser() -> Read:
    """addressparser: a table per call, made for one text."""
    import addressparser

    def read(text: str) -> Region:
        row = addressparser.transform([text]).iloc[0]
        return row["省"] or None, row["市"] or None, row["区"] or None

    return read


LOADERS = {
    "settlement": load_settlement,
    "cpca": load_cpca,
    "jionlp": load_jionlp,
    "addressparser": load_addressparser,
}


# ------------------------------------------------------------------ measuring


def texts() -> dict[str, list[tuple[str, list[Any]]]]:
    """Texts by where they come from, each with province, city and county; a missing level is not compared."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from consignee import generate, unseen

    made = generate.cases()[1][::4]
    conformance = json.loads((ROOT / "tests" / "conformance" / "addresses.json").read_text(encoding="utf-8"))
    return {
        "conformance": [
            (case["text"], [[case["expected"][level], *case.get("accept", {}).get(level, [])] for level in LEVELS])
            for case in conformance
            if all(level in case["expected"] for level in LEVELS)
        ],
        "generated": [
            (case.text, [[case.expected[level]] for level in LEVELS])
            for case in made
            if all(level in case.expected for level in LEVELS)
        ],
        "unseen": [
            (case["text"], [[generate.parts(code)[level] for code in unseen.codes(case)] for level in LEVELS])
            for case in unseen.TEXTS
        ],
    }


def measure(name: str, sets: dict[str, list[tuple[str, list[Any]]]], runs: int) -> dict[str, Any]:
    """Load one recogniser, then count and time it."""
    begun = time.perf_counter()
    read = LOADERS[name]()
    read("北京市朝阳区建国路1号")
    result: dict[str, Any] = {"load_ms": 1000 * (time.perf_counter() - begun)}
    for title, cases in sets.items():
        right = wrong = 0
        for text, expected in cases:
            try:
                found = read(text)
            except Exception:  # noqa: BLE001 - a peer that fails on a text has found nothing
                found = (None, None, None)
            fits = [value in tolerated for value, tolerated in zip(found, expected, strict=True)]
            right += all(fits)
            wrong += any(value is not None and not fit for value, fit in zip(found, fits, strict=True))
        result[title] = {"total": len(cases), "right": right, "wrong": wrong}
    sample = [text for cases in sets.values() for text, _ in cases][::3]
    best = [float("inf")] * len(sample)
    for _ in range(runs):
        for index, text in enumerate(sample):
            begun = time.perf_counter()
            try:
                read(text)
            except Exception:  # noqa: BLE001, S112 - as above
                continue
            best[index] = min(best[index], time.perf_counter() - begun)
    timed = [each for each in best if each != float("inf")]
    result["per_second"] = len(timed) / sum(timed)
    return result


def elsewhere(python: str, name: str, sets: dict[str, Any], runs: int) -> dict[str, Any] | None:
    """Measure a peer in its own interpreter; None where it is not installed there."""
    done = subprocess.run(  # noqa: S603 - the interpreter that the caller named
        [python, __file__, "--only", name, "--runs", str(runs)],
        input=json.dumps(sets),
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers", metavar="PYTHON", help="the interpreter that has the peers")
    parser.add_argument("--only", choices=sorted(LOADERS), help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.only, json.load(sys.stdin), options.runs)))
        return
    sets = texts()
    rows = {"settlement": elsewhere(sys.executable, "settlement", sets, options.runs)}
    for name in LOADERS:
        if options.peers and name != "settlement":
            rows[name] = elsewhere(options.peers, name, sets, max(2, options.runs // 3))
    mine = rows["settlement"]
    assert mine is not None
    titles = " | ".join(f"{title}: right | wrong" for title in sets)
    print(f"| recogniser | {titles} | speed | load |")
    print("|---" * (3 + 2 * len(sets)) + "|")
    for name, row in rows.items():
        if row is None:
            print(f"| {name} | not installed |" + " |" * (2 + 2 * len(sets)))
            continue
        cells = [
            f"{100 * row[title][what] / row[title]['total']:.1f} %" for title in sets for what in ("right", "wrong")
        ]
        speed = f"{row['per_second'] / mine['per_second']:.3g}"
        print(f"| {name} | {' | '.join(cells)} | {speed} | {row['load_ms'] / mine['load_ms']:.3g} |")
    print(f"\nthis library: {mine['per_second']:,.0f} texts/s, loaded in {mine['load_ms']:.0f} ms with its imports")


if __name__ == "__main__":
    main()
