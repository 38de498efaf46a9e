"""Change one thing at a time in the modules that place money, and print each change that their tests let live.

Own code, because mutmut leaves every decorated function alone, which is where validators and properties are, and
cosmic-ray changes the files in place and knows neither `min` and `max` nor branches that are dropped.

    python scripts/mutants.py                         every module of tests/mutants.toml, in its order
    python scripts/mutants.py discounts/gift money    these modules only
    python scripts/mutants.py --list discounts/gift   what would be changed, without running anything

tests/mutants.toml says which tests watch a module, and which changes are none: those come with a reason each.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import importlib.util
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests" / "mutants.toml"
#: A mutant may take this many times as long as the tests without it, and so many seconds more; then it counts as found.
PATIENCE, GRACE = 5, 20

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
#: What tells a kind apart from the other modules of its room.
KIND = re.compile(r"^    type: Literal\[", re.MULTILINE)
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """A change of one expression or statement: where it begins and ends in the text, and what stands there instead."""

    line: int
    start: int
    end: int
    new: str


class Module(NamedTuple):
    """A module, the tests that watch it, and the changes (line, change) that are none."""

    path: Path
    tests: tuple[str, ...]
    equivalent: frozenset[tuple[str, str]]


def main() -> int:
    """Run what the command line asks for; 1 where a mutant lived that has no reason."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="names as in tests/mutants.toml, without .py: discounts/gift")
    parser.add_argument("--list", action="store_true", help="print the changes, and run nothing")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    # What the tests load beside the library is loaded once; Hypothesis would load the library too, for its plugin.
    PROCESSES.set_forkserver_preload(["pytest", "pydantic", "hypothesis", "babel", "decimal"])
    os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"
    lived = 0
    for module in modules(options.modules):
        source = module.path.read_text()
        found = [each for each in mutants(source) if named(source, each) not in module.equivalent]
        if options.list:
            for each in found:
                print(shown(module, source, each))
            continue
        begun = time.monotonic()
        survivors = 0
        for each, died in tried(module, source, found, options.workers):
            if not died:
                survivors += 1
                print(shown(module, source, each), flush=True)
        took = time.monotonic() - begun
        print(f"{place(module)}: {len(found)} mutants, {survivors} lived, {took:.0f} s", flush=True)
        lived += survivors
    return 1 if lived else 0


def modules(names: list[str]) -> list[Module]:
    """The modules of the table, or those asked for; each is the one file whose path ends so."""
    table = tomllib.loads(TABLE.read_text())
    rows = watched(table["modules"])
    unknown = sorted({*names, *(each["module"] for each in table.get("equivalent", ()))} - set(rows))
    if unknown:
        sys.exit(f"tests/mutants.toml lists no module {', '.join(unknown)}; it lists {', '.join(rows)}")
    return [
        Module(
            the_one(ROOT / "src" / "settlement", f"{name}.py"),
            tuple([str(the_one(ROOT / "tests", test)) for test in tests]),
            frozenset(
                (each["line"], change)
                for each in table.get("equivalent", ())
                if each["module"] == name
                for change in each["changes"]
            ),
        )
        for name, tests in rows.items()
        if not names or name in names
    ]


def watched(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """The modules of the table with their tests; of a room (`discounts/`) each kind that has no row of its own."""
    found = {}
    for name, tests in rows.items():
        room = sorted((ROOT / "src" / "settlement" / name).glob("*.py")) if name.endswith("/") else []
        kinds = [f"{name}{path.stem}" for path in room if KIND.search(path.read_text(encoding="utf-8"))]
        found.update({each: tests for each in kinds if each not in rows} if room else {name: tests})
    return found


def the_one(folder: Path, ending: str) -> Path:
    """The file below a folder whose path ends so: a module may move to another room and keep its row."""
    found = [path for path in folder.rglob(Path(ending).name) if path.as_posix().endswith(f"/{ending}")]
    if len(found) != 1:
        sys.exit(f"tests/mutants.toml: {ending!r} is {len(found)} files below {folder.relative_to(ROOT)}, not one")
    return found[0]


def place(module: Module) -> str:
    """A module's path in the project."""
    return module.path.relative_to(ROOT).as_posix()


def named(source: str, mutant: Mutant) -> tuple[str, str]:
    """What tells a mutant apart while the lines around it move: its line's text, and the change."""
    old = " ".join(source[mutant.start : mutant.end].split())
    return source.splitlines()[mutant.line - 1].strip(), f"{old} → {' '.join(mutant.new.split())}"


def shown(module: Module, source: str, mutant: Mutant) -> str:
    """Where, the line, and the change."""
    line, change = named(source, mutant)
    return f"{place(module)}:{mutant.line}: {line}\n    {change}"


# ------------------------------------------------------------------ what is changed


def mutants(source: str) -> list[Mutant]:
    """Every change of a module's text, in the order of its lines."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    encoded = source.encode()

    def offset(line: int, column: int) -> int:
        return len(encoded[: starts[line - 1] + column].decode())

    found = {}
    for node, new in changes(ast.parse(source)):
        start = offset(node.lineno, node.col_offset)
        end = offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        text = f"({new})" if isinstance(node, ast.expr) and isinstance(ast.parse(new).body[0], ast.Expr) else new
        found[start, end, text] = Mutant(node.lineno, start, end, text)
    return [found[key] for key in sorted(found)]


def changes(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """Each node that can be changed, with the text of what stands in its place. Texts and types are left alone."""
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert)) or _is_for_types(node):
        return
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
        for statement in node.body:
            yield from changes(statement)
        return
    yield from ((node, new) for new in changed(node))
    if isinstance(node, ast.If):  # a branch that is dropped, or always taken
        yield from ((node.test, str(taken)) for taken in (False, True))
    if isinstance(node, ast.keyword) and node.arg == "strict":  # it guards, and changes nothing that is right
        return
    if isinstance(node, ast.AnnAssign):
        if node.value is not None and not ast.unparse(node.annotation).startswith("ClassVar"):
            yield from changes(node.value)
        return
    for child in ast.iter_child_nodes(node):
        yield from changes(child)


def _is_for_types(node: ast.AST) -> bool:
    """What a type checker reads, and the lists of names."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in ("__all__", "__slots__")
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith(("TypeAlias", "Final"))


def changed(node: ast.AST) -> Iterator[str]:
    """What could stand in the place of one node."""
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in COMPARISONS:
            yield ast.unparse(ast.Compare(left, [COMPARISONS[type(operator)]()], [right]))
        case ast.Compare(left, operators, rights):
            for at, operator in enumerate(operators):
                other: list[ast.cmpop] = [*operators[:at], COMPARISONS[type(operator)](), *operators[at + 1 :]]
                yield ast.unparse(ast.Compare(left, other, rights))
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            yield ast.unparse(ast.BinOp(left, OPERATORS[type(operator)](), right))
            if isinstance(operator, ast.FloorDiv):  # the other way to round
                yield ast.unparse(
                    ast.UnaryOp(ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), left), ast.FloorDiv(), right))
                )
        case ast.BoolOp(operator, values):
            for at in range(len(values)):
                rest = [*values[:at], *values[at + 1 :]]
                yield ast.unparse(rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest))
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield ast.unparse(operand)
        case ast.IfExp(_, body, orelse):
            yield ast.unparse(body)
            yield ast.unparse(orelse)
        case ast.Constant(bool() as value):
            yield str(not value)
        case ast.Constant(int() as value):
            yield str(value + 1)
            if value:
                yield str(value - 1)
        case ast.Call(ast.Name(name), arguments) if name in NAMES:
            yield ast.unparse(ast.Call(ast.Name(NAMES[name]), arguments, node.keywords))
            if name in ("min", "max") and len(arguments) == 2:
                yield from map(ast.unparse, arguments)
        case ast.Call(function, [first, second, *rest]) if not isinstance(first, ast.Starred):
            alike = ast.unparse(first) == ast.unparse(second)
            if not isinstance(second, ast.Starred) and not alike and ast.unparse(function) != "zip":
                yield ast.unparse(ast.Call(function, [second, first, *rest], node.keywords))
        case _:
            yield from changed_statement(node)


def changed_statement(node: ast.AST) -> Iterator[str]:
    """The same of statements: a step that is left out, or taken the other way."""
    match node:
        case ast.AugAssign(target, operator, value):
            yield "pass"
            if type(operator) in OPERATORS:
                yield ast.unparse(ast.AugAssign(target, OPERATORS[type(operator)](), value))
        case ast.Expr(ast.Call()) | ast.Continue() | ast.Break():
            yield "pass"


# ------------------------------------------------------------------ whether it is found


def tried(module: Module, source: str, found: list[Mutant], workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether the tests found it. Raises where the tests fail without any change."""
    with tempfile.TemporaryDirectory() as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            trees.put(copied(Path(folder) / str(number)))
        relative = module.path.relative_to(ROOT / "src")
        begun = time.monotonic()
        with one_of(trees) as tree:
            expect_sound(module, tree)
        seconds = PATIENCE * (time.monotonic() - begun) + GRACE

        def dies(mutant: Mutant) -> bool:
            with one_of(trees) as tree:
                return died(tree, relative, source, mutant, module.tests, seconds)

        with ThreadPoolExecutor(workers) as pool:
            yield from zip(found, pool.map(dies, found), strict=True)


@contextmanager
def one_of(trees: SimpleQueue[Path]) -> Iterator[Path]:
    """One of the trees, while no other mutant has it."""
    tree = trees.get()
    try:
        yield tree
    finally:
        trees.put(tree)


def copied(tree: Path) -> Path:
    """A copy of the sources, compiled."""
    shutil.copytree(ROOT / "src", tree, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(tree, quiet=2)
    return tree


def expect_sound(module: Module, tree: Path) -> None:
    """Without a change the tests pass, and they test the copy."""
    if outcome(tree, module.tests, None):
        said = Path(f"{tree}.log").read_text()
        sys.exit(f"{said}\n{place(module)}: its tests fail before anything is changed")


def died(tree: Path, relative: Path, source: str, mutant: Mutant, tests: tuple[str, ...], seconds: float) -> bool:
    """Whether the tests fail, or come to no end, with this change in the tree."""
    path = tree / relative
    compiled = Path(importlib.util.cache_from_source(str(path)))
    path.write_text(source[: mutant.start] + mutant.new + source[mutant.end :])
    compiled.unlink(missing_ok=True)  # not told from the one before by its second and size
    try:
        return outcome(tree, tests, seconds) != 0
    finally:
        path.write_text(source)


def outcome(tree: Path, tests: tuple[str, ...], seconds: float | None) -> int | None:
    """The exit code of the tests over a tree, in a process of their own; None where they come to no end."""
    process = PROCESSES.Process(target=run, args=(str(tree), tests))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return None
    return process.exitcode


def run(tree: str, tests: tuple[str, ...]) -> None:
    """The tests, with the tree before everything else that is installed."""
    sys.path.insert(0, tree)
    os.environ["PYTHONPATH"] = tree
    sys.dont_write_bytecode = True
    said = os.open(f"{tree}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.chdir(ROOT)

    import pytest

    loaded_before = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", loaded_before, *tests], [FirstFailure()])
    if not str(sys.modules["settlement"].__file__).startswith(tree):
        code = 9
    os._exit(int(code))


class FirstFailure:
    """A plugin: that an example fails is enough, the smallest one is not looked for."""

    def pytest_collection(self) -> None:
        """Between tests/conftest.py, which says the rest, and the tests."""
        from hypothesis import Phase, settings

        settings.register_profile("mutants", settings(), phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutants")


PROCESSES = multiprocessing.get_context("forkserver")

if __name__ == "__main__":
    raise SystemExit(main())
