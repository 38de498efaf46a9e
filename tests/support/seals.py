"""Sealed settlements to test with, and what only the owner of a key can forge."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from samples import a_checkout, a_line, settled
from settlement.audit.record import record
from settlement.audit.seal import Key, Keys, open_sealed, seal
from settlement.documents.canonical import canonical
from settlement.errors import SealRefused

SECRET = b"0123456789abcdef0123456789abcdef"
OTHER = b"fedcba9876543210fedcba9876543210"
KEYS = Keys(Key("k1", SECRET))
ISSUED, EXPIRES, SOON = "2026-11-11T00:00:00Z", "2026-11-11T00:15:00Z", "2026-11-11T00:01:00Z"
SETTLED = settled(a_checkout(a_line(quantity=3), remark="ring twice"))
RECORD = record(SETTLED)


def sealed(content=SETTLED, keys=KEYS, **fields):
    """A token of a quarter of an hour for the audience "pay"."""
    return seal(content, keys, **({"issued": ISSUED, "expires": EXPIRES, "audience": "pay"} | fields))


def refused(token, keys=KEYS, now=SOON, audience="pay"):
    """The code with which a token is refused."""
    with pytest.raises(SealRefused) as caught:
        open_sealed(token, keys, now=now, audience=audience)
    return caught.value.code


def encoded(data):
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parts(token):
    """Header and payload of a token as data."""
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def resealed(header, payload, secret=SECRET):
    """A token with these parts and a signature that fits them: what only the owner of the key can make."""
    payload = payload if isinstance(payload, bytes) else canonical(payload)
    signed = f"{encoded(canonical(header))}.{encoded(payload)}"
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
