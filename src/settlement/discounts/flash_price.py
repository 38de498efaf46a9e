"""秒杀价, 限购价: a price for so many units a customer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import PositiveQuantity, milli
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["FlashPrice"]


class FlashPrice(Benefit):
    """Up to `limit` units a customer cost `price` each, the dearest first; beyond it the normal price holds.

    What the customer bought at this price before is an input (`customer.usage`, `units`). The saving of a line is exact
    and rounded once (policy rounding); a cheaper line stays as it is.

    >>> FlashPrice(price="9.90 CNY", limit=2).limit
    2
    """

    type: Literal["flash_price"] = "flash_price"
    price: Money
    limit: PositiveQuantity

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            price: Money | str,
            limit: int | Decimal | str,
            type: Literal["flash_price"] = "flash_price",
        ) -> None: ...

    by_customer: ClassVar[bool] = True
    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    def guess(self, net: int, millis: int) -> int:
        units = min(milli(self.limit), millis)
        return (net * units // millis if millis else 0) - self.price.minor * units // 1000

    def off(self, goods: Goods) -> list[int]:
        off = [0] * len(goods.nets)
        for at, share in self._shares(goods):
            off[at] = share
        return off

    def takes(self, goods: Goods) -> bool:
        return any(share for _, share in self._shares(goods))

    def _shares(self, goods: Goods) -> Iterator[tuple[int, int]]:
        left = max(0, milli(self.limit) - goods.bought)
        nets, millis = goods.nets, goods.millis
        for at in goods.dearest():
            taken = min(left, millis[at])
            left -= taken
            saving = taken * (nets[at] * 1000 - self.price.minor * millis[at])
            if saving > 0:
                yield at, min(nets[at], goods.rounded(saving, millis[at] * 1000))

    def used(self, goods: Goods) -> list[int]:
        used = [0] * len(goods.nets)
        for at, taken in goods.first(milli(self.limit) - goods.bought, "dearest"):
            used[at] = taken
        return used

    def counted(self, millis: int, bought: int) -> int:
        return min(millis, milli(self.limit) - bought)
