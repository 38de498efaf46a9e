"""What modules and the page of the store show is what comes out."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import settlement.ext.store

pytestmark = pytest.mark.store

ROOT = Path(__file__).resolve().parents[3]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
HERE = Path(settlement.ext.store.__file__).parent
MODULES = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_print_what_they_show(name):
    """A module's docstrings are true."""
    module = importlib.import_module(f"settlement.ext.store.{name}")
    assert doctest.testmod(module, optionflags=FLAGS).failed == 0


def test_examples_of_the_page_run(monkeypatch):
    """From the first to the last."""
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(ROOT / "docs" / "store.md"), module_relative=False, optionflags=FLAGS)
    assert result.failed == 0
    assert result.attempted > 25
