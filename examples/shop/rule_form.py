"""A document of rules as fields of a form: one for each value that stands in it, named by where it stands.

A form changes values that are there. What is not there yet is written as JSON, or copied.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from settlement.audit.schemas import schema
from settlement.errors import InvalidDocument, Problem
from shop.forms import Form
from shop.texts import Language

__all__ = ["Field", "Part", "copied", "filled", "parts", "pointer_of", "removed", "texts"]

_COMMA: Final = re.compile(r"[,，、\s]+")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_YES, _NO = "true", "false"


class Field(NamedTuple):
    """One value: the name of its field is its place, as a JSON pointer. `flag`: yes or no."""

    name: str
    label: str
    value: str
    flag: bool


class Part(NamedTuple):
    """What belongs together: an offer, a template, a step of one. What is `listed` can be copied and removed."""

    name: str
    label: str
    fields: tuple[Field, ...]
    parts: tuple[Part, ...]
    listed: bool


def parts(document: Mapping[str, Any], language: Language) -> tuple[Part, ...]:
    """The parts of a document, and of them the fields and further parts."""
    whole = _part("", "", document, language, listed=False)
    own = [Part("", "", whole.fields, (), listed=False)] if whole.fields else []
    return (*own, *whole.parts)


def filled(document: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The document with what the form says of the values that stand in it; nothing else of the form is read."""
    made: dict[str, Any] = copy.deepcopy(dict(document))
    for holder, key, name in _leaves("", made):
        if form.has(name):
            holder[key] = _read(holder[key], form.one(name))
    return made


def copied(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """With one more of an offer, a template or a zone, behind the one that is copied. Raises `InvalidDocument`."""
    made, rows, at = _listed(document, name)
    again = copy.deepcopy(rows[at])
    if isinstance(again, dict) and "id" in again:
        taken = [row.get("id") for row in rows if isinstance(row, dict)]
        again["id"] = next(each for n in range(2, 1000) if (each := f"{again['id']}-{n}") not in taken)
    rows.insert(at + 1, again)
    return made


def removed(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Without it. Raises `InvalidDocument`."""
    made, rows, at = _listed(document, name)
    del rows[at]
    return made


def pointer_of(place: str) -> str:
    """The name of the field of a place: `coupons[0].tiers` is `/coupons/0/tiers`."""
    return "/" + re.sub(r"\[(\d+)\]", r"/\1", place).replace(".", "/")


def texts(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text of a document, also the keys, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from texts(f"{place}[{at}]", each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield place, key
            yield from texts(f"{place}.{key.encode(errors='replace').decode()}".removeprefix("."), each)


# ------------------------------------------------------------------ one by one


def _part(name: str, label: str, value: Mapping[str, Any], language: Language, *, listed: bool) -> Part:
    fields, inner = [], list[Part]()
    for key, each in value.items():
        here, word = f"{name}/{key}", _word(key, language)
        if isinstance(each, dict):
            inner.append(_part(here, word, each, language, listed=False))
        elif _listing(each):
            inner += [
                _part(f"{here}/{at}", f"{word} {at + 1}", row, language, listed=True) for at, row in enumerate(each)
            ]
        elif not _mixed(each):
            fields.append(Field(here, word, _shown(each), isinstance(each, bool)))
    return Part(name, label, tuple(fields), tuple(inner), listed)


def _leaves(name: str, value: Any) -> Iterator[tuple[Any, Any, str]]:
    rows = enumerate(value) if isinstance(value, list) else value.items()
    for key, each in list(rows):
        here = f"{name}/{key}"
        if isinstance(each, dict) or _listing(each):
            yield from _leaves(here, each)
        elif not _mixed(each):
            yield value, key, here


def _listing(value: Any) -> bool:
    """A list of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _mixed(value: Any) -> bool:
    """A list of which no field can be made: `check` says what is wrong with it."""
    return isinstance(value, list) and any(isinstance(row, dict | list) for row in value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return _YES if value else _NO
    return "" if value is None else str(value)


def _read(before: Any, text: str) -> Any:
    """A value of the kind that stood there; what is none is left for the library to refuse, at its place."""
    if isinstance(before, list):
        return [_number(each, before) for each in _COMMA.split(text) if each]
    if isinstance(before, bool):
        return {_YES: True, _NO: False}.get(text, text)
    if before is None and not text:
        return None
    return int(text) if isinstance(before, int) and _WHOLE.fullmatch(text) else text


def _number(text: str, rows: list[Any]) -> Any:
    whole = bool(rows) and all(isinstance(each, int) for each in rows)
    return int(text) if whole and _WHOLE.fullmatch(text) else text


def _listed(document: Mapping[str, Any], name: str) -> tuple[dict[str, Any], list[Any], int]:
    made: dict[str, Any] = copy.deepcopy(dict(document))
    *steps, last = name.split("/")[1:] or [""]
    inner: Any = made
    try:
        for step in steps:
            inner = inner[int(step)] if isinstance(inner, list) else inner[step]
        at = int(last)
        if isinstance(inner, list) and 0 <= at < len(inner):
            return made, inner, at
    except (LookupError, ValueError, TypeError):
        pass
    raise InvalidDocument([Problem(name[:100], "value.invalid", {"detail": "is no part of these rules"})], "rules")


def _word(key: str, language: Language) -> str:
    english, chinese = _words().get(key, (key, key))
    return chinese if language == "zh" else english.replace("_", " ")


@cache
def _words() -> dict[str, tuple[str, str]]:
    """What fields are called, in English and Chinese: as in the published schema."""
    whole = schema("rulebook")
    found: dict[str, tuple[str, str]] = {}
    for document in (whole, *whole["$defs"].values()):
        for key, told in document.get("properties", {}).items():
            english, bar, chinese = told.get("title", key).partition(" · ")
            found.setdefault(key, (english, chinese if bar else english))
    return found
