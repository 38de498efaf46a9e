"""What a browser sends: a small urlencoded body, read once, as text. Nothing is believed of it here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

__all__ = ["Form", "posted"]

#: Bytes of a form, and fields in it.
_LARGEST = 64 * 1024
_FIELDS = 1_000


class Form:
    """The fields of a form, in their order."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in pairs:
            self._fields.setdefault(name, []).append(value)

    def one(self, name: str, otherwise: str = "") -> str:
        """The first value of a field, without spaces around it."""
        return self._fields.get(name, [otherwise])[0].strip()

    @property
    def typed(self) -> dict[str, str]:
        """The first value of every field, as it was sent."""
        return {name: values[0] for name, values in self._fields.items()}

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return [each.strip() for each in self._fields.get(name, [])]

    def digest(self) -> str:
        """The same for the same fields; the token of the session is none of them."""
        told = sorted((name, values) for name, values in self._fields.items() if name != "csrf")
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def has(self, name: str) -> bool:
        """Whether it was sent at all: a button that was pressed, a box that is ticked."""
        return name in self._fields


async def posted(request: Request) -> Form:
    """The form of a request. Answers 413 to one that is too large, 415 and 400 to what is none."""
    kept: Form | None = getattr(request.state, "form", None)
    if kept is not None:
        return kept
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    if any("\x00" in each for pair in pairs for each in pair):
        raise HTTPException(400)
    request.state.form = made = Form(pairs)
    return made
