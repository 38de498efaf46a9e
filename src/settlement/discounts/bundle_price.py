"""N 件 X 元: groups of units at one price."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

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

    grows: ClassVar[bool] = True
    looks: ClassVar[int] = 64

    def off(self, goods: Goods) -> list[int]:
        used = self._units_in_groups(goods)
        nets, millis = goods.nets, goods.millis
        weights = [Fraction(nets[at] * used[at] * 1000, millis[at]) for at in range(len(nets))]
        total = sum(weights, Fraction(0))
        saving = total - self.price.minor * (sum(used) // self.quantity)
        if saving <= 0:
            return [0] * len(nets)
        amount = min(goods.rounded(saving.numerator, saving.denominator), total.numerator // total.denominator)
        return goods.spread_by(amount, weights)

    def _units_in_groups(self, goods: Goods) -> list[int]:
        """How many units of each line stand in groups that get cheaper: a beginning of the dearest, run by run."""
        size, price = self.quantity, self.price.minor
        used = [0] * len(goods.nets)
        millis = goods.millis
        group: list[tuple[int, int]] = []
        worth, missing = Fraction(0), size
        for run in goods.runs():
            for at in run:
                units = millis[at] // 1000
                unit = Fraction(goods.nets[at], units)
                while units:
                    if missing == size and units >= size:
                        if unit * size <= price:
                            return used
                        used[at] += units // size * size
                        units %= size
                        continue
                    taken = min(units, missing)
                    group.append((at, taken))
                    worth += unit * taken
                    units -= taken
                    missing -= taken
                    if not missing:
                        if worth <= price:
                            return used
                        for place, count in group:
                            used[place] += count
                        group, worth, missing = [], Fraction(0), size
        return used
