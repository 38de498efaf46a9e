"""What modules and the page of the store show is what comes out."""

from __future__ import annotations

import doctest
import importlib
import os
import queue
import re
import subprocess
import sys
from pathlib import Path

import pytest

import settlement
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


@pytest.mark.parametrize("page", ["docs/store.md", "docs/zh/store.md", "docs/zh/jobs.md"])
def test_examples_of_the_page_run(page, monkeypatch):
    """From the first to the last, in both languages."""
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=FLAGS)
    assert result.failed == 0
    assert result.attempted > 20


def test_the_page_of_jobs_runs_and_so_does_its_scheduler():
    """From the first to the last; then its block under APScheduler, which finds what was placed after that."""
    page = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(page, {}, "jobs.md", None, 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, clear_globs=False)
    assert runner.failures == 0
    assert runner.tries > 20
    names, passed = test.globs, queue.Queue()
    names["worker"] = names["Worker"](names["store"], deliver=passed.put)
    names["store"].place(names["ann"], names["bought"], order="SO1003", expires=names["half_an_hour"])
    names["now"] += 2 * names["half_an_hour"]
    block = re.search(r"^```text\n(from apscheduler.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(block[1], names)  # noqa: S102 - our own page
    try:
        assert [passed.get(timeout=60)["kind"] for _ in range(2)] == ["placed", "closed"]
    finally:
        names["scheduler"].shutdown(wait=True)
    assert names["store"].order(names["ann"], "SO1003").status == "closed"


def shown(page, after):
    """The first text block of a page behind these words."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL).search(text, text.index(after))[1]


def test_the_life_of_an_order_prints_what_its_page_shows(url):
    """In a process of its own, on each database; without a URL in memory."""
    program = [sys.executable, str(ROOT / "examples" / "order_life.py")]
    environment = os.environ | {"PYTHONPATH": str(Path(settlement.__file__).parents[1])}
    for arguments in ([url], []):
        said = subprocess.run(
            [*program, *arguments], capture_output=True, text=True, check=False, env=environment, cwd=ROOT
        )
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout == shown("orders.md", "## A whole life")


def test_the_page_of_providers_shows_what_the_example_runs():
    """The function that a web server calls, as it stands in the example."""
    block = shown("payment-providers.md", "## In a web server")
    assert block.startswith("def notified(")
    assert block in (ROOT / "examples" / "order_life.py").read_text(encoding="utf-8")
