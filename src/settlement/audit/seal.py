"""Seals: a settlement that went through other hands and came back is the one that was given, or is refused.

A token is a compact JWS, signed by `audit.keys`. Its header names key, instants, audience and calculation version, and
the order of a record that has a name; the payload is the canonical body of a record, or a settlement, without what is
personal. It is signed, not encrypted: whoever holds the token can read it. A short one, of a quote whose record is kept
on the server, names the quote and its customer in the header, and has the digest of the record for its payload.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from settlement.audit.keys import LEAST_SECRET, SKEW, Key, Keys, sign, verify
from settlement.audit.record import Record, read_record
from settlement.documents.canonical import canonical, digest_of
from settlement.documents.order_name import happened
from settlement.documents.problems import expect
from settlement.documents.strict_json import loads
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, InvariantBroken, SealRefused
from settlement.receipts.called import impersonal
from settlement.receipts.settlement import Settlement

__all__ = [
    "LEAST_SECRET", "SKEW", "Key", "Keys", "Sealed", "SealedQuote", "open_quote", "open_sealed", "seal", "seal_quote",
]  # fmt: skip

_TYPES: Final = frozenset({"settlement-record", "settlement"})
_QUOTE: Final = "quote"
_DIGEST: Final = "sha256:"


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
    said = {"typ": "settlement-record" if isinstance(content, Record) else "settlement"}
    if isinstance(content, Record) and content.order_name is not None:
        said["order"] = content.order_name
    version = content.calculation_version
    return sign(_payload(content), keys, said, issued=issued, expires=expires, audience=audience, version=version)


def open_sealed(token: str | bytes, keys: Keys, *, now: datetime | str, audience: str) -> Sealed:
    """What a token holds, if it is ours, for us, and now. Anything else raises `SealRefused`, whose `code` says why.

    `TypeError` is raised for what is neither str nor bytes.

    Refused are: what is not a token; another algorithm; an unknown or revoked key; a signature that does not fit; an
    issue more than 300 s ahead of `now`; `now` at or after the expiry; another audience; another calculation version;
    a payload that is no settlement. Signatures are compared in constant time.
    """
    found = verify(token, keys, now=now, audience=audience, types=_TYPES, optional=frozenset({"order"}))
    return Sealed(_content(found.payload, found.header), found.issued, found.expires, audience, found.key)


class SealedQuote(NamedTuple):
    """What a short token says, verified: of which quote it is, and of which record by its digest."""

    id: str
    digest: str
    customer: str | None
    issued: datetime
    expires: datetime
    audience: str
    key: str


def seal_quote(
    id: str, content: Record, keys: Keys, *, issued: datetime | str, expires: datetime | str, audience: str
) -> str:
    """A short token of a quote whose record the server keeps under this id: some 350 bytes, whatever the cart.

    It is for the customer whom the record names, and opens for nobody else. Raises as `seal`, and `InvalidDocument`
    for what is no id.

    >>> from settlement import Cart, Checkout, Customer, Line, Rulebook, settle
    >>> from settlement.audit.record import record
    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00Z", cart=cart, customer=Customer(id="ann"))
    >>> kept = record(settle(checkout, Rulebook(id="r", currency="CNY")))
    >>> keys = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
    >>> until = "2026-11-11T00:15:00Z"
    >>> token = seal_quote("Q-17", kept, keys, issued="2026-11-11T00:00:00Z", expires=until, audience="pay")
    >>> found = open_quote(token, keys, now="2026-11-11T00:10:00Z", audience="pay", customer="ann")
    >>> found.id, found.digest == kept.digest
    ('Q-17', True)
    >>> open_quote(token, keys, now="2026-11-11T00:10:00Z", audience="pay", customer="bob")
    Traceback (most recent call last):
    ...
    settlement.errors.SealRefused: it was made for another customer [seal.customer]
    """
    expect("id", id, str)
    expect("content", content, Record)
    happened("seal", id=id)
    data, said = content.data, {"quote": id, "typ": _QUOTE}
    customer = (data["request"]["checkout"].get("customer") or {}).get("id")
    if customer is not None:
        said["customer"] = customer
    digest, version = bytes.fromhex(content.digest.removeprefix(_DIGEST)), data["calculation_version"]
    return sign(digest, keys, said, issued=issued, expires=expires, audience=audience, version=version)


def open_quote(
    token: str | bytes, keys: Keys, *, now: datetime | str, audience: str, customer: str | None
) -> SealedQuote:
    """What a short token says, if it is ours, for us, now, and for this customer (None: for a guest).

    Raises `SealRefused` as `open_sealed` does, and for another customer than the quote was made for. The record is to
    be fetched by the id, and held to the digest; `confirm(token, …, quote=record)` does that.
    """
    found = verify(
        token, keys, now=now, audience=audience, types=frozenset({_QUOTE}), optional=frozenset({"customer", "quote"})
    )
    if "quote" not in found.header or len(found.payload) != LEAST_SECRET:
        raise SealRefused("seal.malformed")
    whose = found.header.get("customer")
    if whose != customer:
        raise SealRefused("seal.customer")
    digest = _DIGEST + found.payload.hex()
    return SealedQuote(found.header["quote"], digest, whose, found.issued, found.expires, audience, found.key)


# ------------------------------------------------------------------ what is sealed


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


all_readable(globals())
