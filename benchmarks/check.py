"""Has settling become dearer? Counts instructions, which no busy machine disturbs: `make bench-check`.

    check.py              compare with baseline.json of this Python, fail above +5 %
    check.py --update     write this Python's baseline anew

Valgrind counts while this program, started again inside it, calls `os.getsid` around each measured part: a C function
that nothing else calls here, at which callgrind writes down what it has counted so far. So start-up, imports and
warming are left out. Another build of the same Python runs other instructions; a ruler of plain Python, which is no
part of the library, is counted beside, and both counts are compared in its units.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import workloads

BASELINE = Path(__file__).with_name("baseline.json")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
ALLOWED = 0.05
RULER = "ruler"

Part: TypeAlias = tuple[str, Callable[[Any], object], Sequence[Any]]


# ------------------------------------------------------------------ what is counted


def parts() -> list[Part]:
    """What is counted: name, call, inputs. Every checkout is settled once."""
    from settlement import Checkout, Rulebook, Settlement, settle

    found: list[Part] = [(RULER, ruler, [300] * 4)]
    for name, request, count in (
        ("W1", workloads.w1(), 10),
        ("W2", workloads.w2(), 3),
        ("W3 small", workloads.w3(lines=60, shops=4, platform=4), 2),
    ):
        rules = Rulebook.model_validate_json(workloads.as_text(request["rulebook"]))
        text = workloads.as_text(request["checkout"])
        checkouts = [Checkout.model_validate_json(text) for _ in range(2 * count)]

        def settled(given: Checkout, rules: Rulebook = rules) -> Settlement:
            return settle(given, rules)

        found.append((f"{name} settle", settled, checkouts))
        found.append((f"{name} to_json", Settlement.to_json, [settled(checkouts[0]) for _ in range(2 * count)]))
    return found


def agree() -> None:
    """Fail where the floor, which all ratios are measured against, no longer finds what the library finds."""
    from subjects import Bench

    for request in (workloads.w1(), workloads.w2(), workloads.w3(lines=60, shops=4, platform=4), workloads.growth(100)):
        bench = Bench(request)
        bench.floored()
        bench.settlement.to_json()  # and so all that is counted is compiled and on disk, whoever runs first


def ruler(size: int) -> int:
    """Plain Python as a settlement uses it: integers, tuples, dicts, calls, text. Never to be improved."""
    rows = [(f"line-{at}", at * 7919 % 10007 + 1, at % 7) for at in range(size)]
    groups: dict[int, list[int]] = {}
    for _, amount, group in rows:
        groups.setdefault(group, []).append(amount)
    shares = [divmod(amount * 1000, sum(amounts)) for amounts in groups.values() for amount in amounts]
    shares.sort(key=lambda share: -share[1])
    return len(",".join([f"{whole}.{rest:02d}" for whole, rest in shares]))


def run_parts() -> None:
    """Run every part between two marks, and print how many calls each was.

    The first half of the inputs only warms: `to_json` is counted on settlements that nobody has read before.
    """
    prepared = [(name, call, inputs[: len(inputs) // 2], inputs[len(inputs) // 2 :]) for name, call, inputs in parts()]
    for _, call, warm, _ in prepared:
        for given in warm:
            call(given)
    print(json.dumps([(name, len(counted)) for name, _, _, counted in prepared]))
    for _, call, _, counted in prepared:
        gc.collect()
        os.getsid(0)
        for given in counted:
            call(given)
        os.getsid(0)


# ------------------------------------------------------------------ outside


def count() -> dict[str, int]:
    """Instructions of one call of each part."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        sys.exit(
            "bench-check counts instructions with valgrind, which is not here (on Debian: apt-get install valgrind)"
        )
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    with tempfile.TemporaryDirectory() as folder:
        command = [valgrind, "--tool=callgrind", "--dump-before=getsid", f"--callgrind-out-file={folder}/counts"]
        ran = subprocess.run(  # noqa: S603 - our own program
            [*command, sys.executable, __file__, "--inside"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            sys.exit(f"the counted program failed:\n{ran.stderr}")
        dumps = sorted(Path(folder).glob("counts.*"), key=lambda dump: int(dump.suffix[1:]))
        totals = [_total(dump) for dump in dumps]
    counted: list[tuple[str, int]] = json.loads(ran.stdout)
    if len(totals) != 2 * len(counted):
        sys.exit(f"valgrind wrote {len(totals)} counts instead of {2 * len(counted)}")
    return {name: round(total / calls) for (name, calls), total in zip(counted, totals[1::2], strict=True)}


def _total(dump: Path) -> int:
    found = re.search(r"^totals: (\d+)", dump.read_text(), re.MULTILINE)
    if found is None:
        sys.exit(f"{dump.name} has no total")
    return int(found[1])


def compare(counts: dict[str, int], before: dict[str, int]) -> list[str]:
    """Print the comparison; what got dearer than is allowed."""
    scale = before[RULER] / counts[RULER]
    dearer = []
    print(f"Python {VERSION}, instructions a call; the ruler reads {1 / scale:.4f} of the baseline's")
    for name, instructions in counts.items():
        if name == RULER:
            continue
        if name not in before:
            sys.exit(f"{BASELINE.name} does not know {name!r}: run check.py --update")
        change = instructions * scale / before[name] - 1
        failed = change > ALLOWED
        if failed:
            dearer.append(name)
        print(f"  {name:<20}{instructions:>14,}{change:>+9.2%}{'  DEARER' if failed else ''}")
    return dearer


def main() -> None:
    """Count, then compare or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the baseline of this Python anew")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        run_parts()
        return
    agree()
    baseline: dict[str, dict[str, int]] = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if not given.update and VERSION not in baseline:
        sys.exit(f"{BASELINE.name} has no counts for Python {VERSION}: run check.py --update")
    counts = count()
    if given.update:
        baseline[VERSION] = counts
        BASELINE.write_text(json.dumps(dict(sorted(baseline.items())), indent=2) + "\n")
        print(f"{BASELINE.name}: {counts}")
    elif dearer := compare(counts, baseline[VERSION]):
        sys.exit(f"dearer by more than {ALLOWED:.0%}: {', '.join(dearer)}. If it is meant: check.py --update")


if __name__ == "__main__":
    main()
