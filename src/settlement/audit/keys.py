"""Keys, and the tokens that they sign: `header.payload.signature`, for whatever is sealed.

Each part is base64url (RFC 7515, compact, HS256). The signature is HMAC-SHA-256 over the first two parts as they were
received: nothing is parsed and written again before it is verified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, NoReturn

from pydantic_core import PydanticCustomError

from settlement.documents.canonical import canonical
from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out, utc
from settlement.documents.strict_json import MAX_DOCUMENT, loads
from settlement.documents.written import all_readable
from settlement.engine.settle import CALCULATION_VERSION
from settlement.errors import InvalidDocument, Problem, SealRefused, UnknownVersion
from settlement.money import excerpt

__all__ = ["LEAST_SECRET", "SKEW", "Key", "Keys", "Verified", "sign", "verify"]

#: Bytes of a secret at least: as many as SHA-256 gives.
LEAST_SECRET: Final = 32
#: How far the clock of whoever issued may be ahead.
SKEW: Final = timedelta(seconds=300)
_ALGORITHM: Final = "HS256"
_FIELDS: Final = frozenset({"alg", "audience", "calculation_version", "expires", "issued", "kid", "typ"})
_PART: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Key:
    r"""A secret and its id. The secret is never shown, pickled or compared.

    `verify_only`: opens what was sealed before, seals nothing new (rotation). `revoked_from`: from that instant on
    nothing opens with it, whenever it claims to be issued, for whoever has a leaked key can write any instant.
    Raises `ValueError` for fewer than 32 bytes, `TypeError` for what is no bytes.

    >>> Key("2026-11", b"\x01" * 32)
    <Key '2026-11'>
    """

    __slots__ = ("_secret", "id", "revoked_from", "verify_only")

    def __init__(
        self, name: str, secret: bytes, *, verify_only: bool = False, revoked_from: datetime | str | None = None
    ) -> None:
        given: object = secret
        if not isinstance(given, (bytes, bytearray, memoryview)):
            msg = (
                f"secret: found a {type(given).__name__}; bytes are expected, from secrets.token_bytes({LEAST_SECRET})"
            )
            raise TypeError(msg)
        secret = bytes(given)  # a copy: what is done to the caller's buffer is not done to the key
        if len(secret) < LEAST_SECRET:
            msg = f"a secret has at least {LEAST_SECRET} bytes; take them from secrets.token_bytes({LEAST_SECRET})"
            raise ValueError(msg)
        if not name or not name.isascii() or not name.isprintable():
            msg = "the id of a key is printable ASCII"
            raise ValueError(msg)
        self.id = name
        self.verify_only = verify_only
        self.revoked_from = None if revoked_from is None else _instant("revoked_from", revoked_from)
        self._secret = secret

    def signature(self, message: bytes) -> bytes:
        """HMAC-SHA-256 of a message."""
        return hmac.new(self._secret, message, hashlib.sha256).digest()

    def revoked(self, now: datetime) -> bool:
        """Whether nothing is sealed or opened with it any more."""
        return self.revoked_from is not None and now >= self.revoked_from

    def __repr__(self) -> str:
        return f"<Key {self.id!r}{' verify only' if self.verify_only else ''}>"

    def __reduce__(self) -> NoReturn:
        msg = "a Key is not pickled: its secret stays in this process"
        raise TypeError(msg)


class Keys:
    """The keys of one sealer, the newest first: the first that may seal does, and any opens what it sealed.

    Where `refresh` is given, an id that is not here is looked for once more in what it returns. It is asked before
    anything is verified, so whoever sends tokens can cause it: let it answer from a cache.

    >>> Keys(Key("2026-12", b"n" * 32), Key("2026-11", b"o" * 32, verify_only=True))
    <Keys ['2026-12', '2026-11']>
    """

    __slots__ = ("_keys", "_refresh")

    def __init__(self, *keys: Key, refresh: Callable[[], Iterable[Key]] | None = None) -> None:
        self._keys = {key.id: key for key in keys}
        if len(self._keys) != len(keys):
            msg = "two keys have one id"
            raise ValueError(msg)
        self._refresh = refresh

    def sealing(self, now: datetime) -> Key:
        """The key to seal with. Raises `SealRefused` where every key is verify-only or revoked."""
        for key in self._keys.values():
            if not key.verify_only and not key.revoked(now):
                return key
        raise SealRefused("seal.key_unknown")

    def opening(self, name: str) -> Key:
        """The key of this id. Raises `SealRefused`."""
        found = self._keys.get(name)
        if found is None and self._refresh is not None:
            found = {key.id: key for key in self._refresh()}.get(name)
        if found is None:
            raise SealRefused("seal.key_unknown")
        return found

    def __repr__(self) -> str:
        return f"<Keys {list(self._keys)}>"


class Verified(NamedTuple):
    """A token that is ours, for us, and now: what was signed, as it was received."""

    header: dict[str, str]
    payload: bytes
    issued: datetime
    expires: datetime

    @property
    def key(self) -> str:
        """The id of the key."""
        return self.header["kid"]


def sign(
    payload: bytes,
    keys: Keys,
    said: dict[str, str],
    *,
    issued: datetime | str,
    expires: datetime | str,
    audience: str,
    version: str,
) -> str:
    """A token whose header says who it is for, when, by which version, and what is `said` of the payload.

    Raises `InvalidDocument` for an instant without offset, an end that is not after the beginning, or an empty
    audience, `UnknownVersion` for another calculation version, and `SealRefused` where no key may seal.
    """
    expect("keys", keys, Keys)
    start, end = _instant("issued", issued), _instant("expires", expires)
    if end <= start:
        raise InvalidDocument([Problem("expires", "window.empty")], "seal")
    if not audience:
        raise InvalidDocument([Problem("audience", "text.empty")], "seal")
    if version != CALCULATION_VERSION:
        raise UnknownVersion(version, CALCULATION_VERSION)
    key = keys.sealing(start)
    header = said | {
        "alg": _ALGORITHM,
        "audience": audience,
        "calculation_version": version,
        "expires": instant_out(end),
        "issued": instant_out(start),
        "kid": key.id,
    }
    signed = f"{_encoded(canonical(header))}.{_encoded(payload)}"
    return f"{signed}.{_encoded(key.signature(signed.encode()))}"


def verify(
    token: str | bytes,
    keys: Keys,
    *,
    now: datetime | str,
    audience: str,
    types: frozenset[str],
    optional: frozenset[str],
) -> Verified:
    """What was signed: a token of one of these types, whose header has these fields besides. Raises `SealRefused`."""
    given: object = token
    if not isinstance(given, (str, bytes)):
        msg = f"token: found {excerpt(given)}; the str or bytes that seal() made is expected"
        raise TypeError(msg)
    expect("keys", keys, Keys)
    moment = _instant("now", now)
    header, payload, signed, signature = _parts(token, types, optional)
    if header["alg"] != _ALGORITHM:
        raise SealRefused("seal.algorithm")
    key = keys.opening(header["kid"])
    if key.revoked(moment):
        raise SealRefused("seal.key_revoked")
    if not hmac.compare_digest(key.signature(signed), signature):
        raise SealRefused("seal.signature")
    try:
        issued, expires = utc(header["issued"]), utc(header["expires"])
    except PydanticCustomError:
        raise SealRefused("seal.malformed") from None
    if issued > moment + SKEW:
        raise SealRefused("seal.not_yet_valid")
    if moment >= expires:
        raise SealRefused("seal.expired")
    if header["audience"] != audience:
        raise SealRefused("seal.audience")
    if header["calculation_version"] != CALCULATION_VERSION:
        found = ascii(header["calculation_version"][:40])
        raise SealRefused("version.unknown", found=found, known=CALCULATION_VERSION)
    return Verified(header, payload, issued, expires)


# ------------------------------------------------------------------ parts of a token


def _parts(
    token: str | bytes, types: frozenset[str], optional: frozenset[str]
) -> tuple[dict[str, str], bytes, bytes, bytes]:
    """Header, payload, the bytes that were signed, and the signature. Nothing of it is trusted yet."""
    if len(token) > 2 * MAX_DOCUMENT:
        raise SealRefused("seal.malformed")
    try:
        text = token.decode("ascii") if isinstance(token, bytes) else token
        head, body, end = text.split(".")
        header = loads(_decoded(head), "seal")
    except ValueError:  # not ASCII, not three parts, not base64url, not JSON
        raise SealRefused("seal.malformed") from None
    if not isinstance(header, dict) or header.keys() - optional != _FIELDS:
        raise SealRefused("seal.malformed")
    if not all(isinstance(value, str) for value in header.values()) or header["typ"] not in types:
        raise SealRefused("seal.malformed")
    return header, _decoded(body), f"{head}.{body}".encode(), _decoded(end)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Strict base64url without padding: one spelling for each content."""
    if not _PART.fullmatch(text) or len(text) % 4 == 1:
        raise SealRefused("seal.malformed")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(data) != text:
        raise SealRefused("seal.malformed")
    return data


def _instant(place: str, value: Any) -> datetime:
    try:
        return utc(value)
    except PydanticCustomError as error:
        raise InvalidDocument([Problem(place, error.type, error.context or {})], "seal") from None


all_readable(globals())
