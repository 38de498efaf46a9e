"""How many examples are drawn.

A sixth in `make test`, a third in CI on the newest Python and a twelfth on the others (laws are the same there), all in
`make thorough`, anew in `make fuzz`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["ANEW", "examples", "some"]

Case = TypeVar("Case")

_ALL = 12
_HOW_MANY = {"few": 1, None: 2, "third": 4, "all": _ALL, "anew": 60}[os.environ.get("EXAMPLES")]
#: Not the same ones on every run: a failure prints how it comes again.
ANEW = _HOW_MANY > _ALL


def examples(number: int) -> int:
    """So many where a whole run would draw `number`."""
    return max(1, number * _HOW_MANY // _ALL)


def some(cases: Sequence[Case]) -> list[Case]:
    """As many of these cases, taken evenly, and all of them once a third is drawn: for cases that draw examples too."""
    several = _ALL if _HOW_MANY >= _ALL // 3 else _HOW_MANY
    return [case for number, case in enumerate(cases) if number * several % _ALL < several]
