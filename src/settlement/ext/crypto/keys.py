"""Two layers of keys: one for each customer, wrapped by a master key that no database ever sees.

Erasing a customer's wrapped key erases the person: nothing that it sealed opens any more, wherever it was copied to.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from settlement.errors import CryptoRefused
from settlement.ext.crypto.chance import fresh
from settlement.ext.crypto.cipher import KEY_BYTES, Context, Secret

__all__ = ["MasterKeys", "Rewrapped", "WrappedKey", "new_key", "rotation", "unwrap"]

_STATED: Final = re.compile(r"([A-Za-z0-9_.-]+):([A-Za-z0-9+/=_-]+)", re.ASCII)


class MasterKeys:
    r"""The keys that wrap others, the newest first: the first wraps, and any opens what it wrapped.

    >>> MasterKeys(Secret("2026-12", b"n" * 32), Secret("2026-11", b"o" * 32))
    <MasterKeys ['2026-12', '2026-11']>
    """

    __slots__ = ("_keys",)

    def __init__(self, *keys: Secret) -> None:
        self._keys = {key.id: key for key in keys}
        if not keys or len(self._keys) != len(keys):
            msg = "master keys: at least one is expected, each under an id of its own"
            raise ValueError(msg)

    @classmethod
    def read(cls, text: str) -> MasterKeys:
        """As an environment states them: `id:base64` of 32 bytes each, the newest first, commas between.

        Raises `ValueError` for anything else; the text is never part of the error.

        >>> MasterKeys.read("2026-12:" + "AAAA" * 10 + "AAA=")
        <MasterKeys ['2026-12']>
        """
        found = []
        for number, each in enumerate(text.split(","), 1):
            match = _STATED.fullmatch(each.strip())
            name, text_ = ("", "") if match is None else match.groups()
            try:
                found.append(Secret(name, base64.urlsafe_b64decode(text_.replace("+", "-").replace("/", "_"))))
            except ValueError:
                msg = f"master key {number} is not written as an id, a colon, and {KEY_BYTES} bytes in base64"
                raise ValueError(msg) from None
        return cls(*found)

    @property
    def first(self) -> Secret:
        """The one that wraps."""
        return next(iter(self._keys.values()))

    def get(self, name: str) -> Secret | None:
        """The key of this id."""
        return self._keys.get(name)

    def __repr__(self) -> str:
        return f"<MasterKeys {list(self._keys)}>"


class WrappedKey(NamedTuple):
    """A customer's key as a database keeps it; `sealed` is None where the person was erased.

    `master` is the id of the key that wraps it. A guest's key is under a name of his order's.
    """

    id: str
    customer: str
    master: str
    sealed: bytes | None

    @property
    def context(self) -> Context:
        """Where it stands: a wrapped key that was moved to another customer opens nothing."""
        return Context("keys", self.customer, self.id)

    def erased(self) -> WrappedKey:
        """The row without the key, kept so that nobody takes what it sealed for damaged."""
        return self._replace(sealed=None)


def new_key(customer: str, masters: MasterKeys) -> tuple[Secret, WrappedKey]:
    """A fresh key for a customer, and the row to keep. Its id says nothing of the customer."""
    key = Secret(fresh(12).hex(), fresh(KEY_BYTES))
    return key, _wrap(key, customer, masters)


def _wrap(key: Secret, customer: str, masters: MasterKeys) -> WrappedKey:
    row = WrappedKey(key.id, customer, masters.first.id, None)
    return row._replace(sealed=key.wrapped_by(masters.first, row.context))


def unwrap(row: WrappedKey, masters: MasterKeys) -> Secret:
    """The key of a row. Raises `CryptoRefused`: erased, wrapped by a key that is not here, changed or moved."""
    if row.sealed is None:
        raise CryptoRefused("crypto.erased")
    master = masters.get(row.master)
    if master is None:
        raise CryptoRefused("crypto.key_unknown")
    return Secret(row.id, master.decrypt(row.sealed, row.context))


class Rewrapped(NamedTuple):
    """A step of rotation: the rows to write, and the last id that was looked at; None: there are no more."""

    rows: tuple[WrappedKey, ...]
    after: str | None


def rotation(rows: Iterable[WrappedKey], masters: MasterKeys, most: int = 1000) -> Rewrapped:
    """Wrap the next rows under the first master key; what it wraps already, and what was erased, is left alone.

    `rows` are those behind the last step's `after`, by id. Whoever stops in between goes on from the last `after` that
    he kept, or from the beginning: a row is wrapped anew once. What the keys sealed stays as it is.
    """
    changed: list[WrappedKey] = []
    last, looked_at = None, 0
    for row in rows:
        if looked_at == most:
            return Rewrapped(tuple(changed), last)
        looked_at, last = looked_at + 1, row.id
        if row.sealed is not None and row.master != masters.first.id:
            changed.append(_wrap(unwrap(row, masters), row.customer, masters))
    return Rewrapped(tuple(changed), None)
