"""The page's code is the test: what it prints is what it shows, in both languages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning",
        "ignore:unclosed file:ResourceWarning",
    ),
]
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("page", ["docs/how-to/spark.md", "docs/zh/how-to/spark.md"])
def test_the_page_runs(page, spark, monkeypatch):
    """Block by block, from top to bottom, in the session that all tests share."""
    spec = importlib.util.spec_from_file_location("doctests", ROOT / "tests" / "test_doctests.py")
    doctests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctests)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(type(spark), "stop", lambda _: None)
    assert doctests.run_page(ROOT / page) == 2
