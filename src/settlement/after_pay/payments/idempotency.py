"""The same request twice: what was answered the first time is answered again, and nothing is done twice.

A caller who got no answer sends the request again under the same key. The store is the caller's; here is what is
compared. Source: docs/after-pay.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, StringConstraints

from settlement.documents.canonical import canonical, digest_of
from settlement.documents.document import Document
from settlement.documents.problems import expect, place_of
from settlement.documents.scalars import Id
from settlement.documents.strict_json import MAX_DEPTH, MAX_DOCUMENT, loads
from settlement.errors import IdempotencyConflict, InvalidDocument, Problem
from settlement.money import excerpt

__all__ = ["StoredAnswer", "stored_answer"]

#: The largest integer that every reader of JSON takes exactly.
_LARGEST = 2**53 - 1


class StoredAnswer(Document):
    """What was answered to a request: its key, the digest of its body, and the answer, byte for byte.

    As JSON by `model_dump_json()`, read back by `model_validate_json()`. The answer stays out of `repr`.
    """

    key: Id
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    answer: Annotated[str, StringConstraints(strict=True, max_length=MAX_DOCUMENT)] = Field(repr=False)

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, key: str, digest: str, answer: str) -> None: ...

    @classmethod
    def of(cls, key: str, body: Any, answer: str) -> Self:
        """What to keep once the work is done, in one transaction with it. Raises what `stored_answer` raises."""
        return cls(key=key, digest=_digest(body), answer=answer)


def stored_answer(key: str, body: Any, stored: StoredAnswer | None) -> str | None:
    """The answer to give again, or None: the key is new, so do the work and keep `StoredAnswer.of(key, body, answer)`.

    `body` is JSON as text or bytes, or plain JSON data; `stored` what is kept under this key, None where nothing is.
    Bodies are compared by SHA-256 over canonical JSON (RFC 8785), so the order of members and spaces do not matter.
    Raises `IdempotencyConflict` for another body, `InvalidDocument` for a key that is no id and for a body that is not
    strict JSON or holds a float, or an integer beyond 2^53 - 1, also where the key is new: what could not be kept is
    refused before the work is done. `ValueError` for what is stored under another key, `TypeError` for anything else.

    >>> first = '{"order": "1001", "amount": "9.90 CNY"}'
    >>> stored_answer("k1", first, None) is None
    True
    >>> kept = StoredAnswer.of("k1", first, '{"paid": true}')
    >>> stored_answer("k1", {"amount": "9.90 CNY", "order": "1001"}, kept)
    '{"paid": true}'
    >>> stored_answer("k1", {"amount": "0.01 CNY", "order": "1001"}, kept)
    Traceback (most recent call last):
    ...
    settlement.errors.IdempotencyConflict: this key was used for another request; take a new one [idempotency.conflict]
    """
    expect("stored", stored, StoredAnswer, optional=True)
    asked = StoredAnswer.of(key, body, "")
    if stored is None:
        return None
    if stored.key != asked.key:
        msg = "stored: this is the answer to another key"
        raise ValueError(msg)
    if stored.digest != asked.digest:
        raise IdempotencyConflict(asked.key)
    return stored.answer


def _digest(body: Any) -> str:
    """`sha256:…` over the canonical body."""
    data = loads(body, "body") if isinstance(body, (str, bytes, bytearray)) else body
    problems = list(_not_plain(data, ()))
    if problems:
        raise InvalidDocument(problems, "body")
    return digest_of(canonical(data))


def _not_plain(value: Any, place: tuple[str | int, ...]) -> Iterator[Problem]:
    """What of a body is no plain JSON data, each with its place."""
    if len(place) > MAX_DEPTH:
        yield Problem(place_of(place), "json.depth", {"limit": MAX_DEPTH})
    elif isinstance(value, dict):
        for key, inner in value.items():
            if type(key) is str and _well_formed(key):
                yield from _not_plain(inner, (*place, key))
            else:
                code = "text.surrogate" if type(key) is str else "text.type"
                yield Problem(place_of(place), code, {"found": excerpt(key)})
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            yield from _not_plain(inner, (*place, at))
    elif isinstance(value, str):
        if not _well_formed(value):
            yield Problem(place_of(place), "text.surrogate")
    elif isinstance(value, int):
        if abs(value) > _LARGEST:
            yield Problem(place_of(place), "json.plain", {"found": "an integer of very many digits"})
    elif value is not None:
        yield Problem(place_of(place), "json.plain", {"found": excerpt(value)})


def _well_formed(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
