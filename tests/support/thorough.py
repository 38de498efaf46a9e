"""How many examples are drawn: an eighth in `make test`, all in `make thorough`, others each time in `make fuzz`.

A third of the eighth on other Pythons and versions, `make lowest` and `make newest`.
"""

from __future__ import annotations

import os

__all__ = ["ANEW", "examples"]

_HOW_MANY = {"few": 1, None: 3, "all": 24, "anew": 120}[os.environ.get("EXAMPLES")]
#: Not the same ones on every run: a failure prints how it comes again.
ANEW = _HOW_MANY == 120


def examples(number: int) -> int:
    """So many where a whole run would draw `number`."""
    return max(1, number * _HOW_MANY // 24)
