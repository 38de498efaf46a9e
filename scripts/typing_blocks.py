"""Four type checkers over what users copy: README, the pages of docs/, the examples, and tests/typing.

The Python blocks of a page become one program, line for line where they stand, as the doctests run them; so a checker's
line is the page's. The checkers know nothing but the installed library: no plugin, no configuration, no ignore.
"""

from __future__ import annotations

import argparse
import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(?:python|pycon)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)

#: Every checker, run in the folder of the programs: its command, and how it writes an error.
CHECKERS = {
    "mypy": (
        (
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--no-error-summary",
            "--hide-error-context",
            "--show-column-numbers",
        ),
        re.compile(r"^(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<text>error: .*)"),
    ),
    "pyright": (
        ("-m", "pyright"),
        re.compile(r"^ *(?P<file>[^: ]+):(?P<line>\d+):(?P<column>\d+) - (?P<text>error: .*)"),
    ),
    "ty": (
        ("-m", "ty", "check", "--output-format=concise"),
        re.compile(r"^(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<text>error\[.*)"),
    ),
    "pyrefly": (
        ("-m", "pyrefly", "check", "--output-format=min-text"),
        re.compile(r"^ *(?P<text>ERROR (?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+).*)"),
    ),
}


def program(page: str) -> str:
    """The blocks of a page as one program of as many lines."""
    lines = [""] * (page.count("\n") + 1)
    for block in BLOCK.finditer(page):
        first = page.count("\n", 0, block.start(1))
        if ">>> " in block[1]:
            for example in doctest.DocTestParser().get_examples(block[1]):
                for number, line in enumerate(example.source.splitlines(), first + example.lineno):
                    lines[number] = line
        else:
            for number, line in enumerate(block[1].splitlines(), first):
                lines[number] = line
    return "\n".join(lines).rstrip() + "\n"


def programs() -> dict[str, str]:
    """Every program that is checked, by the place it comes from."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    strange = {"django.md", "oscar.md", "salesman.md"}  # CONTRIBUTING.md counts what each checker says of them
    pages = [page for page in pages if page.name not in strange]
    found = {page: program(page.read_text(encoding="utf-8")) for page in pages}
    files = [*sorted((ROOT / "examples").glob("*.py")), *sorted((ROOT / "tests" / "typing").glob("*.py"))]
    found |= {file: file.read_text(encoding="utf-8") for file in files}
    return {path.relative_to(ROOT).as_posix(): text for path, text in found.items() if text.strip()}


def written(texts: dict[str, str], folder: Path) -> dict[str, str]:
    """Write the programs; the name of each file, with the place that it comes from."""
    (folder / "pyrefly.toml").touch()  # a project of its own, with nothing set
    bare = {place: place.removeprefix("examples/").removesuffix(".py").removesuffix(".md") for place in texts}
    names = {re.sub(r"\W", "_", bare[place]) + ".py": place for place in texts}  # examples import each other by name
    for name, place in names.items():
        (folder / name).write_text(texts[place], encoding="utf-8")
    return names


def to_refuse(texts: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The lines that say of themselves that they are wrong."""
    for place, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if place.startswith("tests/typing/") and line.endswith("  # refused"):
                yield place, number


def refusals(checker: str, folder: Path, names: dict[str, str]) -> dict[tuple[str, int], str]:
    """What a checker refuses, by the place and line that it comes from."""
    command, pattern = CHECKERS[checker]
    here = Path(sys.prefix)  # as in a shell where it is activated: that is how the checkers find the library
    environment = os.environ | {"VIRTUAL_ENV": str(here), "PATH": f"{here / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        [sys.executable, *command, *names], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    found = [match for line in run.stdout.splitlines() if (match := pattern.match(line))]
    if bool(run.returncode) != bool(found):
        sys.exit(f"{run.stdout}{run.stderr}{checker} broke: exit code {run.returncode}")
    return {(names[Path(match["file"]).name], int(match["line"])): match["text"] for match in found}


def main() -> int:
    """Print every place that a checker refuses; as many as there are, at most 1, is the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkers", nargs="*", choices=[*CHECKERS, []], help="which (default: all)")
    chosen = parser.parse_args().checkers or [*CHECKERS]
    texts, total = programs(), 0
    wanted = set(to_refuse(texts))
    with TemporaryDirectory() as folder:  # away from the settings of this project
        names = written(texts, Path(folder))
        for checker in chosen:
            refused = refusals(checker, Path(folder), names)
            wrong = {place: text for place, text in refused.items() if place not in wanted}
            wrong |= {place: "accepted, though it ends in `# refused`" for place in wanted if place not in refused}
            for (name, line), text in sorted(wrong.items()):
                print(f"{name}:{line}: {checker}: {text}")
            print(f"{checker}: {len(wrong)} in {len(names)} files")
            total += len(wrong)
    return min(total, 1)


if __name__ == "__main__":
    sys.exit(main())
