"""一口价, 会员价: a price per unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["FixedPrice"]


class FixedPrice(Benefit):
    """Each line costs at most `price` × quantity, rounded per line (policy rounding); a cheaper line stays.

    >>> FixedPrice(price="9.90 CNY").price
    Money('9.90 CNY')
    """

    type: Literal["fixed_price"] = "fixed_price"
    price: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, price: Money | str, type: Literal["fixed_price"] = "fixed_price") -> None: ...

    grows: ClassVar[bool] = True
    looks: ClassVar[int] = 4
    sorts: ClassVar[bool] = True

    def guess(self, net: int, millis: int) -> int:
        return net - self.price.minor * millis // 1000

    def off(self, goods: Goods) -> list[int]:
        return list(self._shares(goods))

    def takes(self, goods: Goods) -> bool:
        price, nets, millis = self.price.minor, goods.nets, goods.millis
        for at in goods.dearest():
            if nets[at] * 1000 <= price * millis[at]:
                return False  # no unit after it is dearer
            if nets[at] > self._costs(goods, millis[at]):
                return True
        return False

    def _shares(self, goods: Goods) -> Iterator[int]:
        return (max(0, net - self._costs(goods, milli)) for net, milli in zip(goods.nets, goods.millis, strict=True))

    def _costs(self, goods: Goods, millis: int) -> int:
        """What so much of a line costs at this price."""
        return goods.rounded(self.price.minor * millis, 1000)
