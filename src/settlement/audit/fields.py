"""The words of every field of every document: its name in Chinese, one sentence, a unit and an example.

They stand in fields.toml, by document and field, and are read where schemas and docs/fields.md are made; nothing else
loads them. A field is looked up in its class, then in the classes that it comes from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel

__all__ = ["Words", "document_name", "documents_in", "faults", "unit_names", "words"]

_STATED: Final = Path(__file__).with_name("fields.toml")


class Words(NamedTuple):
    """What fields.toml says of one field; see its head."""

    name_zh: str
    text: str
    text_zh: str
    unit: str | None = None
    #: None where the field holds documents, or where only one value is possible.
    example: Any = None
    #: Other fields that the example stands beside.
    beside: Mapping[str, Any] | None = None
    default: str | None = None


@cache
def _stated() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_STATED.read_text(encoding="utf-8"))


def unit_names() -> dict[str, str]:
    """Every unit and its name in Chinese."""
    return dict(_stated()["units"])


def document_name(kind: type[BaseModel]) -> str | None:
    """The name of a class of documents in Chinese, or None where it is not one of the library's."""
    return next((found["name_zh"] for each in kind.__mro__ if (found := _stated().get(each.__name__))), None)


def words(kind: type[BaseModel], field: str) -> Words | None:
    """What is said of a field, or None: a kind of a user's own has no words here.

    >>> from settlement import Line
    >>> words(Line, "unit_price").text
    'What one unit costs before any offer.'
    """
    for each in kind.__mro__:
        found = _stated().get(each.__name__, {}).get(field)
        if isinstance(found, dict) and each.__module__.startswith("settlement."):
            made = dict(found)
            return Words(beside=made.pop("with", None), **made)
    return None


def documents_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The classes of documents that a type names, in their order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from documents_in(each)


def faults(kinds: Sequence[type[BaseModel]]) -> list[str]:
    """Where the words and the fields of these documents do not fit, each with its place; empty where all is well.

    A field has a sentence in both languages, and an example unless it holds documents or has but one value. A sentence
    has a field.
    """
    found, used = [], set()
    for kind in kinds:
        if document_name(kind) is None:
            found.append(f"{kind.__name__} has no name in fields.toml")
        for name, field in kind.model_fields.items():
            told = words(kind, name)
            if told is None:
                found.append(f"{kind.__name__}.{name} has no sentence in fields.toml")
                continue
            found += [f"{kind.__name__}.{name}: {each}" for each in _wrong(told, field.annotation)]
        used |= {(each.__name__, name) for each in kind.__mro__ for name in kind.model_fields}
    tables = {document: rows for document, rows in _stated().items() if document != "units"}
    found += [
        f"fields.toml: {document}.{name} is no field"
        for document, rows in tables.items()
        for name in rows
        if name != "name_zh" and (document, name) not in used
    ]
    named = {each.__name__ for kind in kinds for each in kind.__mro__}
    return found + [f"fields.toml: {document} is no document" for document in tables if document not in named]


def _wrong(told: Words, annotation: Any) -> Iterator[str]:
    """What is missing, or too much, in the words of a field."""
    for text, end in ((told.text, "."), (told.text_zh, "。")):
        if not text.strip().endswith((end, "…", "……")):
            yield f"a sentence ends with {end!r}"
    if not told.name_zh.strip():
        yield "has no name in Chinese"
    if told.unit is not None and told.unit not in unit_names():
        yield f"{told.unit!r} is none of [units]"
    only = len(get_args(annotation)) == 1 and not isinstance(get_args(annotation)[0], type)
    holds = only or any(documents_in(annotation))
    if holds is (told.example is not None):
        yield "has an example where none can differ" if holds else "has no example"
