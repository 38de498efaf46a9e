"""Long lists of skus, many in one rulebook: each line of a cart is looked up once, and not in every list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, compress, count
from operator import itemgetter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from settlement.cart.columns import Basket

__all__ = ["Listed"]

#: Numbers are worth it for so many lists of so many skus, and for a cart of so many lines.
_LISTS: Final = 8
_LONG: Final = 512
_LINES: Final = 256
#: A list of so small a part of all skus that lists name has no table: none is much larger than its list.
_THIN: Final = 16


class Listed:
    """A number for each sku that long lists name; of each list a byte for each number, 1 where the sku is in it."""

    __slots__ = ("_numbers", "_tables")

    def __init__(self, lists: Iterable[frozenset[str]]) -> None:
        long = [skus for skus in lists if len(skus) >= _LONG]
        self._numbers: dict[str, int] = {}
        self._tables: dict[frozenset[str], bytes] = {}
        if len(long) < _LISTS:
            return
        self._numbers = dict(zip(dict.fromkeys(chain.from_iterable(long)), count()))
        for skus in long:
            if skus not in self._tables and len(skus) * _THIN > len(self._numbers):
                row = bytearray(len(self._numbers) + 1)  # the last is for skus that no list names
                for number in map(self._numbers.__getitem__, skus):
                    row[number] = 1
                self._tables[skus] = bytes(row)

    def lines(self, skus: frozenset[str], basket: Basket) -> Sequence[int]:
        """The lines of these skus, in order of id."""
        table = self._tables.get(skus) if len(basket.every) >= _LINES else None
        if table is None:
            return list(compress(basket.every, map(skus.__contains__, basket.skus)))
        known = getattr(basket, "numbered", None)  # most carts never have it
        if known is None or known[0] is not self:
            known = basket.numbered = self, itemgetter(*[self._numbers.get(sku, -1) for sku in basket.skus])
        return list(compress(basket.every, known[1](table)))
