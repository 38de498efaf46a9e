"""The page's code is the test: what it prints is what it shows, in both languages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.agents
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("page", ["docs/how-to/agents.md", "docs/zh/how-to/agents.md"])
def test_the_page_runs(page, monkeypatch):
    """Block by block, from top to bottom."""
    spec = importlib.util.spec_from_file_location("doctests", ROOT / "tests" / "test_doctests.py")
    doctests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctests)
    monkeypatch.chdir(ROOT)
    assert doctests.run_page(ROOT / page) == 7
