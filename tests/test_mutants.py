"""The table of mutants speaks of modules, tests and lines that are there (scripts/mutants.py)."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest

from settlement.discounts import KINDS

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("mutants", ROOT / "scripts" / "mutants.py")
mutants = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(mutants)

TABLE = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text())


@pytest.mark.parametrize("name", mutants.watched(TABLE["modules"]))
def test_every_change_that_is_said_to_be_none_can_be_made(name):
    """A line that was written anew, or a change that is no longer tried, has no reason left to stand there."""
    (module,) = mutants.modules([name])
    source = module.path.read_text()
    assert module.equivalent <= {mutants.named(source, each) for each in mutants.mutants(source)}
    assert all(each["reason"] for each in TABLE["equivalent"] if each["module"] == name)


def test_every_kind_of_benefit_is_changed():
    """A kind in KINDS needs no row: its room has one."""
    listed = mutants.watched(TABLE["modules"])
    assert {"/".join(kind.__module__.split(".")[1:]) for kind in KINDS} <= listed.keys()


SOURCE = '''"""Texts are left alone."""

def most(a: int, b: int) -> int:
    if a < b and not b == 0:
        raise ValueError(f"{min(a, b)}")
    a += 1
    return min(a, b) // 2
'''

CHANGES = [
    ("if a < b and not b == 0:", "a < b → (a <= b)"),
    ("if a < b and not b == 0:", "a < b and not b == 0 → (False)"),
    ("if a < b and not b == 0:", "a < b and not b == 0 → (True)"),
    ("if a < b and not b == 0:", "a < b and not b == 0 → (a < b)"),
    ("if a < b and not b == 0:", "a < b and not b == 0 → (not b == 0)"),
    ("if a < b and not b == 0:", "not b == 0 → (b == 0)"),
    ("if a < b and not b == 0:", "b == 0 → (b != 0)"),
    ("if a < b and not b == 0:", "0 → (1)"),
    ("a += 1", "a += 1 → pass"),
    ("a += 1", "a += 1 → a -= 1"),
    ("a += 1", "1 → (0)"),
    ("a += 1", "1 → (2)"),
    ("return min(a, b) // 2", "min(a, b) → (max(a, b))"),
    ("return min(a, b) // 2", "min(a, b) → (a)"),
    ("return min(a, b) // 2", "min(a, b) → (b)"),
    ("return min(a, b) // 2", "min(a, b) // 2 → (-(-min(a, b) // 2))"),
    ("return min(a, b) // 2", "min(a, b) // 2 → (min(a, b) * 2)"),
    ("return min(a, b) // 2", "2 → (1)"),
    ("return min(a, b) // 2", "2 → (3)"),
]


def test_what_is_changed():
    """Comparisons, branches, operators, numbers, min and max, steps and ways to round; no texts, no annotations."""
    assert sorted(mutants.named(SOURCE, each) for each in mutants.mutants(SOURCE)) == sorted(CHANGES)


@pytest.mark.parametrize(("call", "found"), [("x = f(a, b)", ["f(a, b) → (f(b, a))"]), ("x = f(a, a)", [])])
def test_two_arguments_are_exchanged_where_they_differ(call, found):
    """The same twice is no change."""
    assert [mutants.named(call, each)[1] for each in mutants.mutants(call)] == found
