"""What the pages say, in English in templates and sources, and in Chinese here. What the library says comes from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from fastapi import Request

from shop.chinese import BUYER
from shop.chinese_office import OFFICE

__all__ = ["CHINESE", "LOCALES", "Language", "Say", "language_of", "say_in"]

Language: TypeAlias = str
#: Says an English text in the reader's language, with its `{placeholders}` filled.
Say: TypeAlias = Callable[..., str]
#: What the library calls them.
LOCALES: Final[Mapping[str, str]] = {"zh": "zh_CN", "en": "en"}
#: A page of other texts adds its own: `CHINESE.update({...})`.
CHINESE: Final[dict[str, str]] = OFFICE | BUYER


def language_of(request: Request) -> Language:
    """The language that was switched to, else the first that the browser asks for and that there is here."""
    chosen = request.cookies.get("language")
    if chosen in LOCALES:
        return str(chosen)
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.split("-")[0] in LOCALES:
            return tag.split("-")[0]
    return "en"


def say_in(language: Language) -> Say:
    """`say("Cart")`; an English text that has no Chinese is a defect, which a test finds."""

    def say(text: str, /, **facts: object) -> str:
        found = CHINESE.get(text, text) if language == "zh" else text
        return found.format_map(facts) if facts else found

    return say
