"""How many examples are drawn: a third in `make test`, all of them in `make thorough`."""

from __future__ import annotations

import os

__all__ = ["THOROUGH", "examples"]

THOROUGH = os.environ.get("EXAMPLES") == "all"


def examples(number: int) -> int:
    """So many of `number`."""
    return number if THOROUGH else max(1, number // 3)
