"""Canonical JSON: RFC 8785 alone, whatever the document means; and the digest of bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from settlement.documents.written import all_readable

__all__ = ["canonical", "digest_of", "utf_16"]

_written: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def canonical(value: Any) -> bytes:
    r"""RFC 8785: sorted keys, no spaces, UTF-8. Strings, integers within 2^53, booleans, null, lists and objects only.

    Raises `TypeError` for anything else (floats, Decimals, other keys), `ValueError` for a lone surrogate.

    >>> canonical({"b": [1, True, None], "a": "é"})
    b'{"a":"\xc3\xa9","b":[1,true,null]}'
    """
    return _written(_ordered(value)).encode()


def digest_of(data: bytes) -> str:
    """SHA-256 as it stands in documents.

    >>> digest_of(b"{}")
    'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _ordered(value: Any) -> Any:
    """A copy whose objects have their keys in UTF-16 order; raises for what canonical JSON has not."""
    if isinstance(value, dict):
        for kind in set(map(type, value)):
            if kind is not str:
                msg = f"canonical JSON has string keys, not {kind.__name__}"
                raise TypeError(msg)
        keys = sorted(value) if "".join(value).isascii() else sorted(value, key=utf_16)
        return {key: inner if type(inner := value[key]) is str else _ordered(inner) for key in keys}
    if isinstance(value, (list, tuple)):
        return [inner if type(inner) is str else _ordered(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > 2**53 - 1:
            msg = "canonical JSON has integers within 2^53 - 1; write a larger number as a string"
            raise ValueError(msg)
    elif not (value is None or isinstance(value, (str, bool))):
        msg = f"canonical JSON has no {type(value).__name__}; amounts are strings"
        raise TypeError(msg)
    return value


def utf_16(key: str) -> bytes:
    """What keys are ordered by: their UTF-16 code units."""
    return key.encode("utf-16-be")


all_readable(globals())
