"""Write into each class of documents the `__init__` that type checkers read, from its fields.

python scripts/signatures.py            write all
python scripts/signatures.py --check    change nothing; exit 1 if a file is not what would be written
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import settlement
from settlement.documents.document import Document
from settlement.documents.signature import signature_of

ROOT = Path(__file__).resolve().parents[1]
MARK = "    if TYPE_CHECKING:  # written by `make signatures`"
#: Beyond this an `__init__` takes a line for each field.
WIDE = 120


def documents() -> list[type[Document]]:
    """The classes that callers make documents of: public, and no base of others."""
    for module in pkgutil.walk_packages(settlement.__path__, "settlement."):
        if not module.name.endswith(("__main__", "settlement.ext.store", "settlement.ext.django")):
            importlib.import_module(module.name)
    kinds = [*every(Document)]
    bases = {base for kind in kinds for base in kind.__bases__}
    named = [kind for kind in kinds if kind not in bases and not kind.__name__.startswith("_")]
    # What is only read from JSON, as a settlement is, nobody makes by keywords.
    found = [kind for kind in named if not kind.__name__.endswith("Document")]
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def every(base: type[Document]) -> Iterator[type[Document]]:
    """All classes of documents that stand in a module of the library."""
    for kind in base.__subclasses__():
        if getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind and kind.__module__.startswith(
            "settlement."
        ):
            yield kind
            yield from every(kind)


def block(kind: type[Document]) -> list[str]:
    """The lines of a class that say to type checkers how it is made."""
    stated = [_stated(each) for each in signature_of(kind).parameters.values()]
    head, tail = "        def __init__(", ") -> None: ..."
    one = f"{head}self, *, {', '.join(stated)}{tail}"
    if len(one) <= WIDE:
        return [MARK, "", one]
    return [MARK, "", head, *(f"            {each}," for each in ("self", "*", *stated)), f"        {tail}"]


def _stated(parameter: inspect.Parameter) -> str:
    default = parameter.default
    if default is inspect.Parameter.empty:
        return f"{parameter.name}: {parameter.annotation}"
    shown = json.dumps(default) if type(default) is str else "..." if isinstance(default, str) else repr(default)
    return f"{parameter.name}: {parameter.annotation} = {shown}"


def written(text: str, kind: type[Document]) -> str:
    """The text of a module with the block of one class made anew, below its fields."""
    body = next(
        each for each in ast.parse(text).body if isinstance(each, ast.ClassDef) and each.name == kind.__name__
    ).body
    lines = text.split("\n")
    fields = [
        each for each in body if isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
    ]
    last = (fields or body)[-1 if fields else 0].end_lineno or 0
    rest = lines[last:]
    for old in body:
        if lines[old.lineno - 1] == MARK:
            rest = [*lines[last : old.lineno - 1], *lines[old.end_lineno :]]
    above, below = lines[:last], "\n".join(rest).lstrip("\n")
    if not below:
        return "\n".join([*above, "", *block(kind), ""])
    gap = "" if below.startswith("    ") else "\n"
    return "\n".join([*above, "", *block(kind), "", gap + below])


def main() -> int:
    """Write or compare; the number of files that differ, at most 1, is the exit code."""
    check = "--check" in sys.argv[1:]
    made: dict[Path, str] = {}
    for kind in documents():
        path = Path(inspect.getfile(kind))
        made[path] = written(made.get(path) or path.read_text(encoding="utf-8"), kind)
    stale = [path for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is not what its fields say: make signatures' if check else 'written'}")
        if not check:
            path.write_text(made[path], encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
