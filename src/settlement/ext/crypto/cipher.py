"""A value sealed for one place: AES-256-GCM, a fresh 96-bit nonce each, bound to table, order, field and key.

    v1.<id of the key>.<nonce and ciphertext>        each part base64url without padding

What was sealed for one place opens in no other: its context is authenticated beside it (additional authenticated data),
as canonical JSON, so that no two contexts are written alike. Source: NIST SP 800-38D; one key takes at most 2^32 random
nonces, and a customer's key is far from that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn

from settlement.documents.canonical import canonical
from settlement.documents.extras import needs
from settlement.errors import CryptoRefused
from settlement.ext.crypto.chance import fresh

__all__ = ["KEY_BYTES", "Context", "Secret", "key_of", "open_value", "seal_value"]

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SEALED: Final = re.compile(r"v1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)


class Context(NamedTuple):
    """Where a sealed value stands: the table, the order or other row, the field."""

    table: str
    row: str
    field: str


class Secret:
    r"""A key of 32 bytes and its id. It is never shown, compared or pickled.

    Raises `ValueError` for other than 32 bytes or an empty id.

    >>> Secret("2026", b"\x01" * 32)
    <Secret '2026'>
    """

    __slots__ = ("_bytes", "id")

    def __init__(self, name: str, key: bytes) -> None:
        if not name or len(key) != KEY_BYTES:
            msg = f"a key has an id, and {KEY_BYTES} bytes"
            raise ValueError(msg)
        self.id, self._bytes = name, bytes(key)

    def encrypt(self, plain: bytes, context: Context) -> bytes:
        """Nonce, ciphertext and tag."""
        with needs("crypto"):
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = fresh(_NONCE_BYTES)
        sealed: bytes = AESGCM(self._bytes).encrypt(nonce, plain, self._beside(context))
        return nonce + sealed

    def decrypt(self, sealed: bytes, context: Context) -> bytes:
        """What was encrypted, if nothing of it was changed and it stands where it was sealed for."""
        with needs("crypto"):
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            plain: bytes = AESGCM(self._bytes).decrypt(nonce, rest, self._beside(context))
        except (InvalidTag, ValueError):
            raise CryptoRefused("crypto.refused") from None
        return plain

    def wrapped_by(self, master: Secret, context: Context) -> bytes:
        """This key, encrypted under another."""
        return master.encrypt(self._bytes, context)

    def keyed_hash(self, message: bytes) -> str:
        """HMAC-SHA-256 of a message under this key, as hex."""
        return hmac.new(self._bytes, message, hashlib.sha256).hexdigest()

    def _beside(self, context: Context) -> bytes:
        return canonical([*context, self.id])

    def __repr__(self) -> str:
        return f"<Secret {self.id!r}>"

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is not pickled: it stays in this process"
        raise TypeError(msg)


def seal_value(value: Any, key: Secret, context: Context) -> str:
    """A value of JSON, sealed for a place. Raises `TypeError` for a float or what is no JSON."""
    return f"v1.{_text(key.id.encode())}.{_text(key.encrypt(canonical(value), context))}"


def key_of(sealed: str) -> str:
    """The id of the key that a value is sealed with. Raises `CryptoRefused` for what was not sealed here."""
    given: object = sealed
    match = _SEALED.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise CryptoRefused("crypto.malformed")
    try:
        return _bytes(match[1]).decode()
    except ValueError:
        raise CryptoRefused("crypto.malformed") from None


def open_value(sealed: str, keys: Mapping[str, Secret], context: Context) -> Any:
    """The value. Raises `CryptoRefused`: not sealed here, with another key, changed, or sealed for another place."""
    key = keys.get(key_of(sealed))
    if key is None:
        raise CryptoRefused("crypto.key_unknown")
    try:
        given = _bytes(sealed.rsplit(".", 1)[1])
    except ValueError:
        raise CryptoRefused("crypto.malformed") from None
    return json.loads(key.decrypt(given, context))


def _text(given: bytes) -> str:
    return base64.urlsafe_b64encode(given).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """The one spelling of some bytes: bits that stand for nothing are no second one."""
    given = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(given) != text:
        raise ValueError(text)
    return given
