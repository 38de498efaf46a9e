"""Add up JUnit reports: `summary.py [--no-skips] REPORT…` prints `passed failed`, one line for all of them.

A skipped test or an expected failure counts as failed under `--no-skips`: what did not run proves nothing.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def count(report: Path, *, skips_fail: bool) -> tuple[int, int]:
    """Return how many tests of one report passed and failed, and name on standard error what was skipped."""
    passed = failed = 0
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by our own test run
        name = f"{case.get('classname')}::{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is None:
            passed += 1
        elif skips_fail:
            failed += 1
            print(f"{report.name}: skipped, which is a failure here: {name}", file=sys.stderr)
    return passed, failed


def main(arguments: list[str]) -> None:
    """Print the sums over all reports; a report that was never written counts as nothing."""
    skips_fail = "--no-skips" in arguments
    reports = [Path(name) for name in arguments if name != "--no-skips"]
    counts = [count(report, skips_fail=skips_fail) for report in reports if report.exists()]
    print(sum(passed for passed, _ in counts), sum(failed for _, failed in counts))


if __name__ == "__main__":
    main(sys.argv[1:])
