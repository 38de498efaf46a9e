"""What an agent sent, as the router takes it: an object that can be answered with, and kept without credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final

from settlement.documents.json_text import compact
from settlement.documents.problems import place_of
from settlement.documents.strict_json import loads
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.ext.ucp.checkout import ECHOED
from settlement.ext.ucp.fulfilment import methods_of
from settlement.money import excerpt

__all__ = ["read_checkout", "read_object", "without_credentials"]

_KEPT: Final = ("line_items", *ECHOED, "discounts", "fulfillment")


def read_object(body: bytes) -> Mapping[str, Any]:
    """A body as an object. Raises `InvalidDocument`."""
    found = loads(body, "UCP")
    if not isinstance(found, dict):
        raise InvalidDocument([Problem("", "object.type", {"found": "…"})], "UCP")
    try:
        compact(found).encode()  # what is echoed must be writable: "\\ud800" is JSON, and half a character
    except UnicodeEncodeError:
        raise InvalidDocument([Problem("", "text.surrogate")], "UCP") from None
    return found


def read_checkout(body: bytes, *, signed: bool) -> Mapping[str, Any]:
    """What is asked for, all that is echoed of which can be written, and signed. Raises `InvalidDocument`."""
    asked = read_object(body)
    parts: list[tuple[tuple[str | int, ...], Any]] = [((name,), asked.get(name)) for name in ECHOED]
    for at, method in methods_of(asked):
        parts.append((("fulfillment", "methods", at, "destinations"), method.get("destinations")))
    wrong = [each for place, part in parts for each in _unwritable(part, place, signed=signed)]
    if wrong:
        raise InvalidDocument(wrong, "UCP")
    return asked


def _unwritable(value: Any, place: tuple[str | int, ...], *, signed: bool) -> Iterator[Problem]:
    """Numbers that JSON can't write (1e999); where answers are signed, those that canonical JSON has no form of."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _unwritable(inner, (*place, name), signed=signed)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _unwritable(inner, (*place, at), signed=signed)
    elif (isinstance(value, float) and (signed or not isfinite(value))) or (
        signed and isinstance(value, int) and abs(value) >= 2**53
    ):
        yield Problem(place_of(place), "json.plain", {"found": excerpt(value)})


def without_credentials(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a request: nothing of payment but which handler was selected."""
    made = {name: asked[name] for name in _KEPT if name in asked}
    payment = asked.get("payment")
    rows = payment.get("instruments") if isinstance(payment, Mapping) else None
    if isinstance(rows, list):
        fields = ("id", "handler_id", "type", "selected")
        bare = [{name: row[name] for name in fields if name in row} for row in rows if isinstance(row, Mapping)]
        made["payment"] = {"instruments": bare}
    return made


all_readable(globals())
