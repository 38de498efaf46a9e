"""Keys that a provider's messages are held to: several at once, each with an end.

A key that leaked is replaced without losing a notice: the new one is added, and the old one ends when the provider
signs with the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NoReturn

from settlement.documents.scalars import utc

__all__ = ["TrustedKey", "TrustedKeys"]


class TrustedKey:
    """A key by its id: a serial number, or any name where the provider has none. Its value is never shown or pickled.

    From `until` on nothing is taken that it signs, whenever that claims to be sent. Raises `ValueError` for an empty id
    or value, a validation error for an end that is no instant.

    >>> TrustedKey("PUB_KEY_ID_01", "-----BEGIN PUBLIC KEY-----", until="2026-12-01T00:00:00Z")
    <TrustedKey 'PUB_KEY_ID_01'>
    """

    __slots__ = ("id", "until", "value")

    def __init__(self, name: str, value: str, until: datetime | str | None = None) -> None:
        if not name or not value:
            msg = "a key has an id and a value"
            raise ValueError(msg)
        self.id, self.value = name, value
        self.until = None if until is None else utc(until)

    def ended(self, now: datetime) -> bool:
        """Whether nothing that it signs is taken any more."""
        return self.until is not None and now >= self.until

    def __repr__(self) -> str:
        return f"<TrustedKey {self.id!r}>"

    def __reduce__(self) -> NoReturn:
        msg = "a TrustedKey is not pickled: its value stays in this process"
        raise TypeError(msg)


class TrustedKeys:
    """The keys of one gateway, each id once; at least one. The first is the one that the provider is asked with.

    >>> keys = TrustedKeys([TrustedKey("new", "…"), TrustedKey("old", "…")])
    >>> keys.get("old"), keys.get("other"), len(keys)
    (<TrustedKey 'old'>, None, 2)
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        given = tuple(keys)
        self._keys = {key.id: key for key in given}
        if not given or len(self._keys) != len(given):
            msg = "keys: at least one is expected, each under an id of its own"
            raise ValueError(msg)

    @property
    def first(self) -> TrustedKey:
        """The one that the provider is asked with."""
        return next(iter(self._keys.values()))

    def get(self, name: str) -> TrustedKey | None:
        """The key of this id."""
        return self._keys.get(name)

    def __iter__(self) -> Iterator[TrustedKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<TrustedKeys {list(self._keys)}>"
