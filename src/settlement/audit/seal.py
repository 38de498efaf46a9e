"""Seals: a settlement that went through other hands and came back is the one that was given, or is refused.

A token is `header.payload.signature`, each part base64url (RFC 7515, compact, HS256). The signature is HMAC-SHA-256
over the first two parts as they were received: nothing is parsed and written again before it is verified. The header
names key, instants, audience and calculation version, and the order of a record that has a name; the payload is the
canonical body of a record, or a settlement, without what is personal. It is signed, not encrypted: whoever holds the
token can read it.
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

from settlement.audit.record import Record, read_record
from settlement.documents.canonical import canonical, digest_of
from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out, utc
from settlement.documents.strict_json import MAX_DOCUMENT, loads
from settlement.documents.written import all_readable
from settlement.engine.settle import CALCULATION_VERSION
from settlement.errors import InvalidDocument, InvariantBroken, Problem, SealRefused, UnknownVersion
from settlement.money import excerpt
from settlement.receipts.called import impersonal
from settlement.receipts.settlement import Settlement

__all__ = ["LEAST_SECRET", "SKEW", "Key", "Keys", "Sealed", "open_sealed", "seal"]

#: Bytes of a secret at least: as many as SHA-256 gives.
LEAST_SECRET: Final = 32
#: How far the clock of whoever issued may be ahead.
SKEW: Final = timedelta(seconds=300)
_ALGORITHM: Final = "HS256"
_TYPES: Final = frozenset({"settlement-record", "settlement"})
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


class Sealed(NamedTuple):
    """What a token held, verified."""

    content: Record | Settlement
    issued: datetime
    expires: datetime
    audience: str
    key: str

    @property
    def settlement(self) -> Settlement:
        """The settlement that was sealed."""
        return self.content.settlement() if isinstance(self.content, Record) else self.content


def seal(
    content: Record | Settlement,
    keys: Keys,
    *,
    issued: datetime | str,
    expires: datetime | str,
    audience: str,
) -> str:
    """A token that opens until `expires`, for this audience only. The clock is the caller's.

    What is personal is not in it. Raises `InvalidDocument` for an instant without offset, an end that is not after the
    beginning, or an empty audience, `UnknownVersion` for what another calculation version settled, and `SealRefused`
    where no key may seal.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00Z", cart=Cart(currency="CNY", lines=[line]))
    >>> keys = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
    >>> due = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> token = seal(due, keys, issued="2026-11-11T00:00:00Z", expires="2026-11-11T00:15:00Z", audience="pay")
    >>> open_sealed(token, keys, now="2026-11-11T00:10:00Z", audience="pay").settlement == due
    True
    >>> open_sealed(token, keys, now="2026-11-11T00:15:00Z", audience="pay")
    Traceback (most recent call last):
    ...
    settlement.errors.SealRefused: it has expired [seal.expired]
    """
    if not isinstance(content, Record):
        expect("content", content, Settlement)
    expect("keys", keys, Keys)
    start, end = _instant("issued", issued), _instant("expires", expires)
    if end <= start:
        raise InvalidDocument([Problem("expires", "window.empty")], "seal")
    if not audience:
        raise InvalidDocument([Problem("audience", "text.empty")], "seal")
    if content.calculation_version != CALCULATION_VERSION:
        raise UnknownVersion(content.calculation_version, CALCULATION_VERSION)
    key = keys.sealing(start)
    header = {
        "alg": _ALGORITHM,
        "audience": audience,
        "calculation_version": content.calculation_version,
        "expires": instant_out(end),
        "issued": instant_out(start),
        "kid": key.id,
        "typ": "settlement-record" if isinstance(content, Record) else "settlement",
    }
    if isinstance(content, Record) and content.order_name is not None:
        header["order"] = content.order_name
    signed = f"{_encoded(canonical(header))}.{_encoded(_payload(content))}"
    return f"{signed}.{_encoded(key.signature(signed.encode()))}"


def open_sealed(token: str | bytes, keys: Keys, *, now: datetime | str, audience: str) -> Sealed:
    """What a token holds, if it is ours, for us, and now. Anything else raises `SealRefused`, whose `code` says why.

    `TypeError` is raised for what is neither str nor bytes.

    Refused are: what is not a token; another algorithm; an unknown or revoked key; a signature that does not fit; an
    issue more than 300 s ahead of `now`; `now` at or after the expiry; another audience; another calculation version;
    a payload that is no settlement. Signatures are compared in constant time.
    """
    given: object = token
    if not isinstance(given, (str, bytes)):
        msg = f"token: found {excerpt(given)}; the str or bytes that seal() made is expected"
        raise TypeError(msg)
    expect("keys", keys, Keys)
    moment = _instant("now", now)
    header, payload, signed, signature = _parts(token)
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
    return Sealed(_content(payload, header), issued, expires, audience, key.id)


# ------------------------------------------------------------------ parts of a token


def _payload(content: Record | Settlement) -> bytes:
    if isinstance(content, Record):
        return content.body
    return canonical(impersonal(content.to_dict()))


def _content(payload: bytes, header: dict[str, str]) -> Record | Settlement:
    """The sealed document; it was verified, so what is wrong now was wrong when it was sealed."""
    try:
        if header["typ"] == "settlement":
            made: Record | Settlement = Settlement.from_json(payload)
        else:
            body = loads(payload, "Record")
            digest = digest_of(payload)
            order = [line["id"] for line in body["settlement"]["lines"]]
            named = {"order_name": header["order"]} if "order" in header else {}
            made, _ = read_record({"body": body, "digest": digest, "order": order} | named)
    except (InvalidDocument, InvariantBroken, LookupError, TypeError):
        raise SealRefused("seal.malformed") from None
    if made.calculation_version != header["calculation_version"]:
        raise SealRefused("seal.malformed")
    return made


def _parts(token: str | bytes) -> tuple[dict[str, str], bytes, bytes, bytes]:
    """Header, payload, the bytes that were signed, and the signature. Nothing of it is trusted yet."""
    if len(token) > 2 * MAX_DOCUMENT:
        raise SealRefused("seal.malformed")
    try:
        text = token.decode("ascii") if isinstance(token, bytes) else token
        head, body, end = text.split(".")
        header = loads(_decoded(head), "seal")
    except ValueError:  # not ASCII, not three parts, not base64url, not JSON
        raise SealRefused("seal.malformed") from None
    if not isinstance(header, dict) or header.keys() - {"order"} != _FIELDS:
        raise SealRefused("seal.malformed")
    if not all(isinstance(value, str) for value in header.values()) or header["typ"] not in _TYPES:
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
