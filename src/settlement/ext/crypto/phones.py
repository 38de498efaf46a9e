"""Finding a phone that is kept encrypted: by a keyed hash of its digits."""

from __future__ import annotations

import unicodedata
from typing import Final

from settlement.ext.crypto.cipher import Secret

__all__ = ["phone_digits", "phone_hash"]

_MOBILE: Final = 11


def phone_hash(phone: str, key: bytes | Secret) -> str | None:
    """HMAC-SHA-256 of the digits of a phone, as hex; None where it has none.

    However it is written: as `phone_digits`. The key is one of its own and has 32 bytes (`ValueError`). Phones can be
    guessed one by one, so whoever has the key and the hashes has the phones: a hash is as personal as the phone, and
    goes when the person is erased.

    >>> key = bytes(32)
    >>> phone_hash("+86 138-0013-8000", key) == phone_hash("１３８００１３８０００", key)
    True
    >>> phone_hash("13800138000", key) == phone_hash("13800138001", key), phone_hash("-", key)
    (False, None)
    """
    secret = key if isinstance(key, Secret) else Secret("phones", key)
    digits = phone_digits(phone)
    return secret.keyed_hash(b"phone\n" + digits.encode()) if digits else None


def phone_digits(phone: str) -> str:
    """What two spellings of a phone have in common.

    Spaces, hyphens, full-width digits, `+86` or `0086` before a mobile don't count.

    >>> phone_digits("+86 138-0013-8000")
    '13800138000'
    """
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", phone) if sign in "0123456789")
    for code in ("0086", "86"):
        rest = digits.removeprefix(code)
        if rest != digits and len(rest) == _MOBILE and rest[0] == "1":
            digits = rest
    return digits
