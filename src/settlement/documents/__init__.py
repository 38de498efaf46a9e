"""The door: how any document is read, refused, written and worded. Each question is a module of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from settlement.documents.written import all_readable
from settlement.errors import SHOWN, WORDED, InvalidDocument, Problem, SettlementError
from settlement.money import Money

__all__ = ["face"]


def _in_words(problem: Problem, locale: str) -> str:
    from settlement.documents.words.language import language
    from settlement.documents.words.texts import problem_text

    return problem_text(problem, language(locale))


def _in_a_sentence(error: SettlementError, locale: str) -> str:
    from settlement.documents.words.language import language
    from settlement.documents.words.misuse import misuse_text
    from settlement.documents.words.texts import sentence_text

    text, facts = error.sentence
    say = language(locale)
    if text == "{detail}" and "detail" in facts:
        return misuse_text(str(facts["detail"]), say)
    return sentence_text(text, facts, say)


def _place_by_place(error: InvalidDocument, locale: str) -> str:
    from settlement.documents.words.language import language
    from settlement.documents.words.texts import problem_text

    say, count = language(locale), len(error.problems)
    whole = say("document")
    rows = [say.plural("{source}: {count} problem", "{source}: {count} problems", count, source=error.title)]
    rows += [f"  {each.place or whole}: {problem_text(each, say)} [{each.code}]" for each in error.problems[:SHOWN]]
    if count > SHOWN:
        rows.append(say("  … and {count} more in `.problems`", count=say.number(count - SHOWN)))
    return "\n".join(rows)


def _in_figures(amount: Money, locale: str) -> str:
    from settlement.documents.words.language import figures

    return figures(locale).money(amount)


WORDED.update(
    {
        Problem: _in_words,
        SettlementError: _in_a_sentence,
        InvalidDocument: _place_by_place,
        Money: _in_figures,
    }
)


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
