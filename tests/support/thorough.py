"""How many examples are drawn: a sixth in `make test`, half in CI, all in `make thorough`, anew in `make fuzz`."""

from __future__ import annotations

import os

__all__ = ["ANEW", "examples"]

_HOW_MANY = {None: 1, "half": 3, "all": 6, "anew": 30}[os.environ.get("EXAMPLES")]
#: Not the same ones on every run: a failure prints how it comes again.
ANEW = _HOW_MANY == 30


def examples(number: int) -> int:
    """So many where a whole run would draw `number`."""
    return max(1, number * _HOW_MANY // 6)
