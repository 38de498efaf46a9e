"""Who may ask: whoever has the token, or, on this machine alone, anybody."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import os
import re
import sys
from pathlib import Path
from typing import Final

from settlement.documents.written import all_readable

__all__ = ["admits", "is_local", "is_loopback", "read_token"]

#: A token of RFC 6750, long enough not to be guessed: 32 characters of base64 are 192 bits, of hexadecimal digits 128.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{32,512}={0,2}")
#: Bytes that a file with a token has at most.
_LONGEST: Final = 1024
_log = logging.getLogger("settlement.serve")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host: `localhost`, or an address of its own.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "192.168.1.2", "", "example.com")]
    [True, True, True, False, False, False, False]
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local(host: str) -> bool:
    """Whether a Host header names this machine: a page of another name, which was made to lead here, has that name.

    >>> [is_local(host) for host in ("localhost:8000", "127.0.0.1", "[::1]:8000", "evil.example:8000", "", "::1")]
    [True, True, True, False, False, False]
    """
    match = re.fullmatch(r"(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+))(?::[0-9]*)?", host, re.ASCII | re.IGNORECASE)
    return match is not None and is_loopback((match[1] or match[2]).lower())


def read_token(path: Path) -> str:
    r"""The token that a file holds: one line, whose end does not count. Raises `OSError`, and `ValueError`.

    It is warned of where everybody on this machine may read the file.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "token")
    ...     path.touch(0o600)
    ...     _ = path.write_text("0123456789abcdef" * 2 + "\n")
    ...     read_token(path)
    '0123456789abcdef0123456789abcdef'
    """
    with path.open("rb") as file:
        text = file.read(_LONGEST + 1)
        if sys.platform != "win32" and os.fstat(file.fileno()).st_mode & 0o004:
            _log.warning("everybody on this machine may read the token: chmod o-r %s", path)
    lines = text.decode("ascii", "replace").splitlines()
    if not any(lines):
        msg = "the token file is empty; one line with a token is expected"
        raise ValueError(msg)
    if len(lines) > 1:
        msg = "the token file has several lines; one with a token is expected"
        raise ValueError(msg)
    if len(text) > _LONGEST or _TOKEN.fullmatch(lines[0]) is None:
        msg = "a token has 32 to 512 characters: letters, digits and - . _ ~ + /, without spaces"
        raise ValueError(msg)
    return lines[0]


def admits(token: str | None, authorization: str | None) -> bool:
    """Whether an Authorization header has the token (RFC 6750), told in the same time wherever it differs.

    >>> admits("a" * 32, "Bearer " + "a" * 32), admits("a" * 32, "Bearer b"), admits("a" * 32, None), admits(None, None)
    (True, False, False, True)
    """
    if token is None:
        return True
    scheme, _, given = (authorization or "").partition(" ")
    same = hmac.compare_digest(given.strip(" ").encode("utf-8", "surrogateescape"), token.encode())
    return same and scheme.lower() == "bearer"


all_readable(globals())
