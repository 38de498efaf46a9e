"""Patterns that are compiled when they are first used: most texts need few of them, and importing needs none."""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["lazily"]


class _Lazy:
    """Stands for a pattern; the first use compiles it, and from then on its methods are the pattern's own."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        made = re.compile(*self._source)
        for each in ("finditer", "fullmatch", "match", "pattern", "search"):
            setattr(self, each, getattr(made, each))
        return getattr(made, name)


def lazily(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern that is compiled when it is first used.

    >>> lazily("[0-9]+").search("a12")[0]
    '12'
    """
    return cast("re.Pattern[str]", _Lazy(pattern, flags))
