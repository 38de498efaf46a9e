"""Count the house: files, lines, entries right below the package, and circles of imports (docs/design.md).

`python scripts/house.py` counts this tree, `python scripts/house.py PATH/TO/src/settlement` another one.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

#: What counts as an import: that of a module when it is loaded, those in functions too, those for types too.
KINDS = ("at import", "in functions too", "for types too")


def main(source: Path) -> None:
    """Print the counts of one tree."""
    files = sorted(source.rglob("*.py"))
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    entries = [path for path in source.iterdir() if path.name != "__pycache__"]
    print(f"{len(files)} files, {sum(lines.values())} lines, {sum(each > 300 for each in lines.values())} over 300")
    print(f"{len(entries)} entries right below {source.name}, {sum(path.is_dir() for path in entries)} of them folders")
    names = {".".join([source.name, *path.relative_to(source).with_suffix("").parts]): path for path in files}
    names = {
        name.removesuffix(".__init__"): path
        for name, path in names.items()
        if path.parent != source or "__" not in name
    }
    for depth, kind in enumerate(KINDS):
        graph = {name: imported(path, set(names), depth) - {name} for name, path in names.items()}
        found = sorted(map(len, circles(graph)), reverse=True)
        print(f"{kind}: {len(found)} circles of {sum(found)} files, the largest of {max(found, default=0)}")


def imported(path: Path, names: set[str], depth: int) -> set[str]:
    """The modules that one imports, down to a depth of `KINDS`."""
    found: set[str] = set()
    waiting: list[tuple[ast.AST, int]] = [(ast.parse(path.read_text(encoding="utf-8")), 0)]
    while waiting:
        node, deep = waiting.pop()
        if deep > depth:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & names
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found |= {whole if whole in names else node.module or ""} & names
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += [(each, 2) for each in node.body] + [(each, deep) for each in node.orelse]
        else:
            late = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            waiting += [(each, max(deep, 1) if late else deep) for each in ast.iter_child_nodes(node)]
    return found


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The largest sets of modules of which each leads to each other."""
    reach = {name: reached(graph, name) for name in graph}
    found: list[set[str]] = []
    for name, there in reach.items():
        if name in there and not any(name in each for each in found):
            found.append({other for other in there if name in reach[other]})
    return found


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """All that one module leads to."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in graph[waiting.pop()] - found:
            found.add(name)
            waiting.append(name)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "src" / "settlement")
