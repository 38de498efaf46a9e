"""How many examples are drawn.

A sixth in `make test`, a third of those of payment providers, all in `make thorough`, anew in `make fuzz`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["ANEW", "examples", "some"]

Case = TypeVar("Case")

_ALL = 12
_HOW_MANY = {None: 2, "third": 4, "all": _ALL, "anew": 60}[os.environ.get("EXAMPLES")]
#: Not the same ones on every run: a failure prints how it comes again.
ANEW = _HOW_MANY > _ALL


def examples(number: int) -> int:
    """So many where a whole run would draw `number`."""
    return max(1, number * _HOW_MANY // _ALL)


def some(cases: Sequence[Case]) -> list[Case]:
    """Every third of these cases, and all of them once a third is drawn: for cases that draw examples of their own."""
    several = _ALL if _HOW_MANY >= _ALL // 3 else _ALL // 3
    return [case for number, case in enumerate(cases) if number * several % _ALL < several]
