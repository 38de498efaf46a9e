"""How well words name a unit of the catalogue, for `Catalogue.search`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.consignee.unit import Unit

__all__ = ["Findable", "split"]

_SEPARATORS = re.compile(r"[\s/,，、>-]+")


def split(text: str) -> list[str]:
    """Split a text into the words that name a unit and those above it.

    >>> split(" 浙江省/杭州市 临平区")
    ['浙江省', '杭州市', '临平区']
    """
    return [word for word in _SEPARATORS.split(text) if word]


@dataclass(frozen=True, slots=True)
class Findable:
    """What a search compares: a unit, the names above it, and the two ways in which people join them."""

    unit: Unit
    above: tuple[str, ...]
    short: str
    joined: tuple[str, str]

    @classmethod
    def of(cls, path: Sequence[Unit]) -> Findable:
        """Prepare the entry of the last unit of a path."""
        *parents, unit = path
        above = tuple(parent.name for parent in parents)
        full, stems = "".join(above), "".join(parent.short_name for parent in parents)
        return cls(unit, above, unit.short_name, (full + unit.name, stems + unit.name))

    def rank(self, words: Sequence[str]) -> int | None:
        """Say how well the words name the unit, 0 best; None where they don't.

        0: its name, short form or full name; 1: its name begins so; 2: part of its name, or that after names
        above it.
        """
        *above, word = words
        names = iter(self.above)
        if not all(any(wanted in name for name in names) for wanted in above):
            return None
        name = self.unit.name
        if word in (name, self.short, *self.joined):
            return 0
        if name.startswith(word):
            return 1
        return 2 if any(_reaches(joined, word, len(joined) - len(name)) for joined in self.joined) else None


def _reaches(joined: str, word: str, start: int) -> bool:
    """Whether the word stands in the joined names and ends in the last of them, which begins at `start`."""
    found = joined.rfind(word)
    return found >= 0 and found + len(word) > start
