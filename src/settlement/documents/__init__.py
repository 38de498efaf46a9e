"""The door: how any document is read, refused, written and worded. Each question is a module of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from settlement.documents.written import all_readable
from settlement.errors import WORDED, Problem
from settlement.money import Money

__all__ = ["face"]


def _in_words(problem: Problem, locale: str) -> str:
    from settlement.documents.words.language import language
    from settlement.documents.words.texts import problem_text

    return problem_text(problem, language(locale))


def _in_figures(amount: Money, locale: str) -> str:
    from settlement.documents.words.language import figures

    return figures(locale).money(amount)


WORDED.update({Problem: _in_words, Money: _in_figures})


def face(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package: names, by the module that has each, loaded when first asked for.

    >>> ask, names = face("settlement.explanations", {"compare": "comparison"})
    >>> ask("compare").__module__, "compare" in names()
    ('settlement.explanations.comparison', True)
    """
    space = vars(sys.modules[package])

    def found(name: str) -> Any:
        if name not in places:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        module = import_module(f"{package}.{places[name]}")
        all_readable(vars(module))
        space[name] = value = getattr(module, name)
        return value

    def names() -> list[str]:
        return sorted({*space, *places})

    return found, names
