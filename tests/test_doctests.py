"""Every example runs: the doctests of all modules, and the Python blocks of README.md and docs/.

In Markdown, a ```python block with `>>>` prompts must print what it shows; one without prompts must run, and what it
prints stands in the ```text block right behind it.
The blocks of a page share their names, from top to bottom. A fragment that cannot run is marked `text`.
"""

import contextlib
import doctest
import importlib
import io
import pkgutil
import re
from pathlib import Path

import pytest

import settlement

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
BLOCK = re.compile(r"^```(?:python|pycon)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"\n\n```text[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)

MODULES = [
    settlement.__name__,
    *(
        found.name
        for found in pkgutil.walk_packages(settlement.__path__, "settlement.")
        if not found.name.endswith(".__main__")
        and not found.name.startswith(("settlement.ext.store", "settlement.ext.django"))  # `make store`, `make django`
    ),
]
#: Pages on libraries that are in environments of their own, where their tests run them.
ELSEWHERE = {"jobs.md", "store.md", "fastapi.md", "django.md", "salesman.md", "oscar.md", "agents.md", "spark.md"}
PAGES = [
    README,
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if BLOCK.search(page.read_text(encoding="utf-8")) and page.name not in ELSEWHERE
    ),
]


def _rows(text: str) -> list[str]:
    """Without what an editor strips: blank ends of lines and of the text."""
    return [row.rstrip() for row in text.strip("\n").split("\n")]


class Columns(doctest.OutputChecker):
    """What a page shows is what is printed, blanks within a line too; not those at its end, nor empty lines."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Whether the output is the one that is shown."""

        def rows(text: str) -> str:
            kept = [row.rstrip() for row in text.split("\n") if row.strip() not in {"", "<BLANKLINE>"}]
            return "".join(f"{row}\n" for row in kept)

        return super().check_output(rows(want), rows(got), optionflags & ~doctest.NORMALIZE_WHITESPACE)


def run_page(page: Path) -> int:
    """Run a page's blocks in one namespace up to the first that does not hold; return the examples tried."""
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "__main__"}
    tried = 0
    for block in BLOCK.finditer(text):
        source, line = block[1], text.count("\n", 0, block.start(1))
        if ">>> " in source:
            test = doctest.DocTestParser().get_doctest(source, names, page.name, str(page), line)
            report: list[str] = []
            runner = doctest.DocTestRunner(Columns(), optionflags=FLAGS)
            runner.run(test, out=report.append, clear_globs=False)
            names = test.globs  # the parser copies what it was given
            assert not runner.failures, "".join(report)
            tried += len(test.examples)
        else:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile("\n" * line + source, str(page), "exec"), names)  # noqa: S102 - our own pages
            if printed.getvalue():
                shown = SHOWN.match(text, block.end())
                assert shown, f"{page.name}, line {line}: what this block prints is not shown:\n{printed.getvalue()}"
                same = _rows(shown[1]) == _rows(printed.getvalue())
                assert same, f"{page.name}, line {line}: it prints\n{printed.getvalue()}"
            tried += 1
    return tried


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_print_what_they_show(name):
    """A module's docstrings are true."""
    assert doctest.testmod(importlib.import_module(name), optionflags=FLAGS).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_of_a_page_run(page, monkeypatch):
    """A page's examples are true, read from the root of the repository; the README has some."""
    monkeypatch.chdir(ROOT)
    assert run_page(page) > 0


def test_a_page_with_a_wrong_example_is_caught(tmp_path):
    """A wrong output, one that is not shown and a failing statement are all found: the check itself can fail."""
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\n>>> x\n1\n```\n", encoding="utf-8")
    assert run_page(page) == 2
    page.write_text("```python\nx = 1\n```\n\n```python\n>>> x\n2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="Expected"):
        run_page(page)
    page.write_text("```python\nprint(1)\n```\n\n```text\n1\n```\n", encoding="utf-8")
    assert run_page(page) == 1
    page.write_text("```python\nprint(1)\n```\n\n```text\n2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="line 1"):
        run_page(page)
    page.write_text("```python\nprint(1)\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="not shown"):
        run_page(page)
    page.write_text("```python\nx = absent\n```\n", encoding="utf-8")
    with pytest.raises(NameError):
        run_page(page)
