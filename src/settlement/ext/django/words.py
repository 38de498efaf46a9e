"""Texts of forms, checks and the admin, in the language that Django speaks to this reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import get_language

from settlement.documents.words.language import Language, language
from settlement.documents.words.texts import problem_text
from settlement.errors import UnknownLocale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from settlement.errors import Problem

__all__ = ["locale", "refused", "say", "say_later"]


def _language() -> Language:
    try:
        return language(get_language() or "en")
    except UnknownLocale:
        return language("en")


def locale() -> str:
    """The locale of this reader's texts: that of Django's language where there are texts, else English."""
    return _language().tag


def say(text: str, /, **facts: object) -> str:
    """A text in the reader's language, with its placeholders filled."""
    return _language()(text, **facts)


#: The same for a label that is written before anybody reads it.
say_later: Final = lazy(say, str)


def refused(problems: Iterable[Problem]) -> ValidationError:
    """Problems of a document as Django shows them: each with its place, its code and a text for this reader."""
    found, spoken = [], _language()
    for each in problems:
        text = problem_text(each, spoken)
        params: dict[str, Any] = {"place": each.place, "text": text}
        found.append(ValidationError("%(place)s: %(text)s" if each.place else "%(text)s", each.code, params))
    return ValidationError(found)
