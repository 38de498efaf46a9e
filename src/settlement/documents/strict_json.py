"""JSON read strictly: no duplicate keys, no NaN, bounded in size and depth, well-formed UTF-8 without a BOM."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final, NoReturn

from settlement.documents.problems import place_of
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt

__all__ = ["MAX_DEPTH", "MAX_DOCUMENT", "LongNumber", "loads"]

MAX_DOCUMENT: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 32


class _Twins(Exception):
    """Some object names a key twice: a signal between two passes, never seen outside."""


class LongNumber(int):
    """Stands for an integer too long to be converted: beyond the bounds of every field."""


class _Doubled(dict[str, Any]):
    """An object that named keys twice, kept only to say where."""

    twins: tuple[str, ...] = ()


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= 20 else LongNumber(10**20)


def _constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise json.JSONDecodeError(msg, "", 0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twins
    return made


def _doubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = _Doubled(pairs)
    if len(made) < len(pairs):
        made.twins = tuple(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
_SLOW_DECODER = json.JSONDecoder(object_pairs_hook=_doubled, parse_int=_integer, parse_constant=_constant)


def loads(text: str | bytes | bytearray, title: str = "document") -> Any:
    """Read JSON strictly: no duplicate keys, no NaN, bounded in size and depth, well-formed UTF-8 without a BOM.

    Raises `InvalidDocument` with `json.invalid`, `json.duplicate_key` (each with its place), `json.depth` or
    `limit.document`, and `TypeError` for what is no text.
    """
    given: object = text
    if not isinstance(given, (str, bytes, bytearray)):
        msg = f"{title}: found {excerpt(given)}; JSON is read from str, bytes or bytearray"
        raise TypeError(msg)
    if len(text) > MAX_DOCUMENT:
        raise InvalidDocument([Problem("", "limit.document", {"length": len(text), "limit": MAX_DOCUMENT})], title)
    try:
        if not isinstance(text, str):
            if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise InvalidDocument([_malformed("it is UTF-16; save it as UTF-8 without BOM")], title)
            text = bytes(text).decode()
        if not text or text.isspace():
            raise InvalidDocument([_malformed("there is nothing in it")], title)
        if text.startswith("\ufeff"):
            raise InvalidDocument([_malformed("it begins with a byte order mark; save it as UTF-8 without BOM")], title)
        try:
            return _shallow(_DECODER.decode(text), title)
        except _Twins:
            raise InvalidDocument(_twins(_shallow(_SLOW_DECODER.decode(text), title)), title) from None
    except UnicodeDecodeError as error:
        found = _malformed(f"byte {error.start} is not UTF-8; save it as UTF-8")
    except json.JSONDecodeError as error:
        where = f" (line {error.lineno}, column {error.colno})" if error.doc else ""
        told = "a value is expected here" if error.msg == "Expecting value" else error.msg
        found = _malformed(told + where)
    except RecursionError:
        raise _too_deep(title) from None
    raise InvalidDocument([found], title)  # out here, so that nothing that holds the text hangs on it


def _shallow(data: Any, title: str) -> Any:
    """The data if it has no more than MAX_DEPTH levels: each level's lists and objects are looked at once."""
    level = [data] if type(data) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        if not level:
            return data
        level = [
            inner
            for each in level
            for inner in (each if type(each) is list else each.values())
            if type(inner) in _CONTAINERS
        ]
    if level:
        raise _too_deep(title)
    return data


_CONTAINERS: Final = frozenset({dict, list, _Doubled})


def _too_deep(title: str) -> InvalidDocument:
    return InvalidDocument([Problem("", "json.depth", {"limit": MAX_DEPTH})], title)


def _malformed(detail: str) -> Problem:
    return Problem("", "json.invalid", {"detail": detail})


def _twins(data: Any) -> list[Problem]:
    """The place of every key that stands twice."""
    found: list[Problem] = []
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while todo:
        place, value = todo.pop()
        if isinstance(value, _Doubled):
            found += [
                Problem(place_of((*place, key)), "json.duplicate_key", {"found": excerpt(key)}) for key in value.twins
            ]
            todo += [((*place, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            todo += [((*place, index), inner) for index, inner in reversed(list(enumerate(value)))]
    return found


all_readable(globals())
