"""Every conformance case by its name: peers, primitives, refunds and the field (see README.md beside this file)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from check import run_primitive, run_refund, run_settlement
from check_field import problems

RUNNERS = {
    "peers.json": run_settlement,
    "primitives.json": run_primitive,
    "refunds.json": run_refund,
    "field.json": problems,
    "situations.json": problems,
}

#: Cases that this version does not pass yet, by file and name. A case is never edited to fit; it waits here.
WAITING: frozenset[tuple[str, str]] = frozenset()


def cases() -> list[pytest.ParameterSet]:
    """Every case of these files."""
    return [
        pytest.param(run, case, id=f"{file.removesuffix('.json')}-{case['name']}")
        for file, run in RUNNERS.items()
        for case in json.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))
        if (file, case["name"]) not in WAITING
    ]


@pytest.mark.parametrize(("run", "case"), cases())
def test_a_case_gives_what_its_source_should_give(run, case):
    """The library's result holds every figure that the case expects."""
    assert run(case) == []


def test_no_case_is_waiting():
    """All cases run: 123 of peers, 47 primitives, 3 refunds, 66 and 78 of the field, and none waits."""
    assert not WAITING
    assert len(cases()) == 123 + 47 + 3 + 66 + 78


def test_a_wrong_expectation_is_found():
    """The check itself can fail: an amount that is one cent off is a difference."""
    case = json.loads((Path(__file__).parent / "peers.json").read_text(encoding="utf-8"))[0]
    expected = dict(case["expect"], totals={"payable": "0.01 CNY"})
    assert run_settlement(case | {"expect": expected}) != []
