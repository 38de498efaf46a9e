"""ES256 with a detached payload: `header..signature`. Source: UCP, "AP2 Mandates"; RFC 7515, RFC 7518, RFC 8785."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from settlement.documents.canonical import canonical
from settlement.documents.extras import needs
from settlement.documents.strict_json import loads
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, SealRefused

__all__ = ["SigningKey", "sign", "verify"]

_ALGORITHM: Final = "ES256"
_DETACHED: Final = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)", re.ASCII)
#: Bytes of each of the two numbers of a signature, and of a coordinate, on P-256.
_WIDTH: Final = 32


class SigningKey:
    """A private key on P-256 with the id that the profile publishes it under. It is never shown or pickled.

    `private` is an `EllipticCurvePrivateKey` of `cryptography`, or its PEM. Raises `ValueError` for another curve.
    """

    __slots__ = ("_private", "id")

    def __init__(self, id: str, private: Any) -> None:
        with needs("ucp"):
            from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
            from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(private, None) if isinstance(private, bytes) else private
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise ValueError("private: a key on the curve P-256 is expected, as ES256 signs with")  # noqa: TRY004 - of PEM it is the value
        self.id = id
        self._private = key

    @property
    def public(self) -> dict[str, str]:
        """The public key as a JWK: what the profile publishes, and what `verify` takes."""
        numbers = self._private.public_key().public_numbers()
        x, y = (_encoded(each.to_bytes(_WIDTH, "big")) for each in (numbers.x, numbers.y))
        return {"kid": self.id, "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": _ALGORITHM}

    def signature(self, message: bytes) -> bytes:
        """The two numbers of the signature, 32 bytes each, as JWS writes them."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        r, s = decode_dss_signature(self._private.sign(message, ECDSA(SHA256())))
        made: bytes = r.to_bytes(_WIDTH, "big") + s.to_bytes(_WIDTH, "big")
        return made

    def __repr__(self) -> str:
        return f"<SigningKey {self.id!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SigningKey is not pickled: its secret stays in this process")


def sign(checkout: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The checkout with `ap2.merchant_authorization`. What is in `ap2` is not signed, everything else is.

    Raises `TypeError` and `ValueError` for what canonical JSON has no form of: floats, and integers beyond 2^53 - 1.
    """
    head = _encoded(canonical({"alg": _ALGORITHM, "kid": key.id}))
    signature = _encoded(key.signature(_message(head, checkout)))
    before = checkout.get("ap2")
    known = dict(before) if isinstance(before, Mapping) else {}
    return {**checkout, "ap2": known | {"merchant_authorization": f"{head}..{signature}"}}


def verify(checkout: Mapping[str, Any], keys: Sequence[Mapping[str, str]]) -> str:
    """The id of the key that signed this very checkout. Anything else raises `SealRefused`, whose `code` says why.

    `keys` are JWKs, as a profile publishes them. Refused are: no signature, one by another algorithm than ES256
    (`seal.malformed`), a key that is not among these (`seal.key_unknown`), and a signature that does not fit, for the
    checkout was changed or another key signed it (`seal.signature`).
    """
    with needs("ucp"):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

    head, kid, signature = _parts(checkout)
    jwk = next((key for key in keys if key.get("kid") == kid), None)
    if jwk is None:
        raise SealRefused("seal.key_unknown")
    try:
        x, y = (int.from_bytes(_decoded(jwk[name]), "big") for name in ("x", "y"))
        public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        r, s = (int.from_bytes(part, "big") for part in (signature[:_WIDTH], signature[_WIDTH:]))
        public.verify(encode_dss_signature(r, s), _message(head, checkout), ECDSA(SHA256()))
    except (InvalidSignature, LookupError, TypeError, ValueError):
        raise SealRefused("seal.signature") from None
    return kid


def _parts(checkout: Mapping[str, Any]) -> tuple[str, str, bytes]:
    """The header as it stands, the key's id and the signature. Nothing of it is trusted yet."""
    part = checkout.get("ap2")
    token = part.get("merchant_authorization") if isinstance(part, Mapping) else None
    match = _DETACHED.fullmatch(token) if isinstance(token, str) else None
    if match is None:
        raise SealRefused("seal.malformed")
    try:
        header, signature = loads(_decoded(match[1]), "header"), _decoded(match[2])
    except (InvalidDocument, binascii.Error, ValueError):
        header, signature = None, b""
    if not isinstance(header, dict) or header.get("alg") != _ALGORITHM or not isinstance(header.get("kid"), str):
        raise SealRefused("seal.malformed")
    if len(signature) != 2 * _WIDTH:
        raise SealRefused("seal.malformed")
    return match[1], header["kid"], signature


def _message(head: str, checkout: Mapping[str, Any]) -> bytes:
    """What is signed: the header, and the checkout without `ap2`, each as base64url."""
    payload = {name: value for name, value in checkout.items() if name != "ap2"}
    return f"{head}.{_encoded(canonical(payload))}".encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


all_readable(globals())
