"""The versions of the Universal Commerce Protocol that are spoken here, pinned by name."""

from __future__ import annotations

from typing import Final

from settlement.documents.written import all_readable

__all__ = ["NEWEST", "PIECES_ONLY", "VERSION", "VERSIONS", "expect_version"]

#: What is spoken where nobody says: the newest that has been released and is widely served.
VERSION: Final = "2026-04-08"
#: Quantities in steps of a unit, a type on destinations, keys at the top of the profile.
NEWEST: Final = "2026-08-25"
#: All that are spoken here, the oldest first.
VERSIONS: Final = (VERSION, NEWEST)
#: Versions whose quantities are whole pieces.
PIECES_ONLY: Final = frozenset({VERSION})


def expect_version(version: str) -> None:
    """Raises `ValueError` for a version that is not spoken here.

    >>> expect_version("2025-01-01")
    Traceback (most recent call last):
    ValueError: version: found '2025-01-01'; 2026-04-08 and 2026-08-25 are spoken here
    """
    if version not in VERSIONS:
        msg = f"version: found {version[:40]!r}; {' and '.join(VERSIONS)} are spoken here"
        raise ValueError(msg)


all_readable(globals())
