"""N 件 X 元: groups of units at one price."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.allocation import share_out
from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import PositiveCount
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["BundlePrice"]


class BundlePrice(Benefit):
    """Units sorted dearest first; each full group of `quantity` costs `price`; only groups that get cheaper count.

    The total saving is rounded once (policy rounding), at most the whole minor units of those units' net, and spread
    by the net of each line's units in those groups. Only lines of whole quantity take part.

    >>> BundlePrice(quantity=3, price="99.00 CNY").quantity
    3
    """

    type: Literal["bundle_price"] = "bundle_price"
    quantity: PositiveCount
    price: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            quantity: int,
            price: Money | str,
            type: Literal["bundle_price"] = "bundle_price",
        ) -> None: ...

    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    def guess(self, net: int, millis: int) -> int:
        return net - self.price.minor * (millis // (1000 * self.quantity))

    def off(self, goods: Goods) -> list[int]:
        groups = _Groups(goods, self.quantity, self.price.minor)
        return share_out(groups.saving(goods), groups.weights(goods))

    def total(self, goods: Goods) -> int:
        return _Groups(goods, self.quantity, self.price.minor).saving(goods)

    def used(self, goods: Goods) -> list[int]:
        groups = _Groups(goods, self.quantity, self.price.minor)
        used, left = [0] * len(goods.nets), groups.used
        for at, units in zip(groups.run, groups.units, strict=True):
            used[at] = 1000 * min(left, units)
            left -= min(left, units)
        return used

    def takes(self, goods: Goods) -> bool:
        nets, millis = goods.nets, goods.millis
        missing, worth = self.quantity, Fraction(0)
        for at in goods.dearest():
            if not millis[at] % 1000:
                units = min(missing, millis[at] // 1000)
                worth += Fraction(nets[at] * units * 1000, millis[at])
                missing -= units
                if not missing:  # where the dearest group saves less than a unit, more may together
                    return worth > self.price.minor and (worth >= self.price.minor + 1 or self.total(goods) > 0)
        return False


class _Groups:
    """The groups that get cheaper: a beginning of the units, for a later group is never worth more than one before."""

    def __init__(self, goods: Goods, size: int, price: int) -> None:
        nets, millis = goods.nets, goods.millis
        self.run = [at for run in goods.runs() for at in run]
        self.units = [millis[at] // 1000 for at in self.run]
        #: Units, and what they are worth, up to the end of each line.
        self.ends = list(accumulate(self.units))
        self.worths = list(accumulate([nets[at] for at in self.run]))
        self.price = price
        # Groups of units that are dearer than their part of the price get cheaper, and one more may have some of these.
        dear = bisect_left(self.run, 1, key=lambda at: nets[at] * size * 1000 <= price * millis[at])
        before = self.ends[dear - 1] if dear else 0
        self.count = before // size
        more = (self.count + 1) * size
        if before % size and more <= self.ends[-1] and self.worth(more) - self.worth(more - size) > price:
            self.count += 1
        self.used = self.count * size

    def worth(self, units: int) -> Fraction:
        """What so many of the dearest units are worth."""
        at = bisect_left(self.ends, units)
        after = self.ends[at] - units
        whole = self.worths[at]
        return Fraction(whole) if not after else whole - Fraction(self._net(at) * after, self.units[at])

    def _net(self, at: int) -> int:
        return self.worths[at] - (self.worths[at - 1] if at else 0)

    def saving(self, goods: Goods) -> int:
        """Rounded once, and at most the whole minor units of what the units in these groups are worth."""
        if not self.count:
            return 0
        total = self.worth(self.used)
        saving = total - self.price * self.count
        return min(goods.rounded(saving.numerator, saving.denominator), int(total))

    def weights(self, goods: Goods) -> list[int]:
        """Of each line the net of its units in these groups, on one scale: of one line at most only some."""
        weights = [0] * len(goods.nets)
        if self.count:
            last = bisect_left(self.ends, self.used)
            part = self.worth(self.used) - (self.worths[last - 1] if last else 0)
            for at in self.run[:last]:
                weights[at] = goods.nets[at] * part.denominator
            weights[self.run[last]] = part.numerator
        return weights
