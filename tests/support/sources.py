"""The library's own modules as trees: each is read once a process, however many tests look at it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

__all__ = ["nodes", "tree"]


@cache
def tree(path: Path) -> ast.Module:
    """A module. It belongs to all tests: look at it, change nothing."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that is written in a module, from the outside in."""
    return tuple(ast.walk(tree(path)))
