"""How much of some goods lines hold, asked for thousands of conditions: each costs what it names, not every line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Final

__all__ = ["Tally"]

#: From so many lines on, those under one key are kept as a set of bits.
MANY: Final = 32


class Tally:
    """Thousandths by sku and category. Lines are bits of an integer, so that any union of keys is summed at once."""

    def __init__(self, skus: Sequence[str], categories: Sequence[Collection[str]], millis: Sequence[int]) -> None:
        self._skus, self._categories, self._millis = skus, categories, millis
        self._bits: dict[tuple[bool, str], int] = {}

    def held(self, skus: Collection[str] | None, categories: Collection[str] | None) -> int:
        """Thousandths of the lines of these skus and categories; None does not restrict."""
        if categories is None:
            return sum(self._millis) if skus is None else sum([self._of_sku[sku] for sku in {*skus}])
        lines = self._under(self._by_category, set(categories))
        if skus is not None:
            lines &= self._under(self._by_sku, set(skus))
        return sum([(lines & plane).bit_count() << bit for bit, plane in enumerate(self._planes)])

    def _under(self, index: dict[str, list[int]], keys: Collection[str]) -> int:
        """The lines under some of these keys."""
        few: list[int] = []
        lines = 0
        for key in keys:
            places = index.get(key, ())
            if len(places) < MANY:
                few += places
            else:
                known = index is self._by_sku, key
                if known not in self._bits:
                    self._bits[known] = self._set(places)
                lines |= self._bits[known]
        return lines | self._set(few) if few else lines

    def _set(self, places: Iterable[int]) -> int:
        row = bytearray(len(self._millis) // 8 + 1)
        for place in places:
            row[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(row, "little")

    @cached_property
    def _of_sku(self) -> Counter[str]:
        found = Counter[str]()
        for sku, millis in zip(self._skus, self._millis, strict=True):
            found[sku] += millis
        return found

    @cached_property
    def _by_sku(self) -> dict[str, list[int]]:
        found = defaultdict[str, list[int]](list)
        for place, sku in enumerate(self._skus):
            found[sku].append(place)
        return found

    @cached_property
    def _by_category(self) -> dict[str, list[int]]:
        found = defaultdict[str, list[int]](list)
        for place, categories in enumerate(self._categories):
            for category in categories:
                found[category].append(place)
        return found

    @cached_property
    def _planes(self) -> list[int]:
        """Of each binary digit of the quantities, the lines that have it."""
        return [
            self._set([place for place, millis in enumerate(self._millis) if millis >> bit & 1])
            for bit in range(max(self._millis, default=0).bit_length())
        ]
