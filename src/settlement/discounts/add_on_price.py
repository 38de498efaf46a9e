"""加价购: something beside, at a price."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import Flag, PositiveQuantity, milli
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["AddOnPrice"]


class AddOnPrice(Benefit):
    """Up to `max_units` units in scope cost `price` each, the dearest first or the `cheapest`.

    With `every` so many per full threshold of the tier, which `condition_scope` measures on other goods. The saving of
    a line is exact and rounded once (policy rounding); a cheaper unit stays as it is.

    >>> AddOnPrice(price="9.90 CNY").max_units
    1
    """

    type: Literal["add_on_price"] = "add_on_price"
    price: Money
    max_units: PositiveQuantity = 1
    units: Literal["dearest", "cheapest"] = "dearest"
    every: Flag = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            price: Money | str,
            type: Literal["add_on_price"] = "add_on_price",
            max_units: int | Decimal | str = 1,
            units: Literal["dearest", "cheapest"] = "dearest",
            every: bool = False,
        ) -> None: ...

    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    def guess(self, net: int, millis: int) -> int:
        units = min(milli(self.max_units), millis)
        return (net * units // millis if millis else 0) - self.price.minor * units // 1000

    def off(self, goods: Goods) -> list[int]:
        off = [0] * len(goods.nets)
        for at, share in self._shares(goods):
            off[at] = share
        return off

    def takes(self, goods: Goods) -> bool:
        return any(share for _, share in self._shares(goods))

    def used(self, goods: Goods) -> list[int]:
        used = [0] * len(goods.nets)
        for at, taken in goods.first(self._most(goods), self.units):
            used[at] = taken
        return used

    def _most(self, goods: Goods) -> int:
        return milli(self.max_units) * (goods.times if self.every else 1)

    def _shares(self, goods: Goods) -> Iterator[tuple[int, int]]:
        nets, millis = goods.nets, goods.millis
        for at, taken in goods.first(self._most(goods), self.units):
            saving = taken * (nets[at] * 1000 - self.price.minor * millis[at])
            if saving > 0:
                yield at, min(nets[at], goods.rounded(saving, millis[at] * 1000))
