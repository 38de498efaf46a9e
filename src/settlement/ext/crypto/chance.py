"""The one place of the library that draws by chance: keys, their ids, and nonces."""

from __future__ import annotations

import secrets

__all__ = ["fresh"]


def fresh(count: int) -> bytes:
    """So many bytes that nobody can guess.

    >>> len(fresh(12))
    12
    """
    return secrets.token_bytes(count)
