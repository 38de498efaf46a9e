"""第二件半价: each n-th unit cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import Percent, PositiveCount, rate

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["NthUnit"]


class NthUnit(Benefit):
    """Units sorted dearest first; each n-th, 2n-th, … gets `percent` off (`"100"`: free).

    `per: "scope"` sorts all units in scope together, `per: "sku"` each (shop, sku) by itself. The exact sum of a
    line is rounded once (policy rounding). Only lines of whole quantity take part.

    >>> NthUnit(n=2, percent="50").per
    'scope'
    """

    type: Literal["nth_unit"] = "nth_unit"
    n: PositiveCount
    percent: Percent
    per: Literal["scope", "sku"] = "scope"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            n: int,
            percent: int | Decimal | str,
            type: Literal["nth_unit"] = "nth_unit",
            per: Literal["scope", "sku"] = "scope",
        ) -> None: ...

    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    def guess(self, net: int, millis: int) -> int:
        numerator, denominator = rate(self.percent)
        return net * numerator // (denominator * self.n)

    def off(self, goods: Goods) -> list[int]:
        off = [0] * len(goods.nets)
        for at, share in self._shares(goods):
            off[at] = share
        return off

    def takes(self, goods: Goods) -> bool:
        return any(share for _, share in self._shares(goods))

    def _shares(self, goods: Goods) -> Iterator[tuple[int, int]]:
        numerator, denominator = rate(self.percent)
        millis, nets, n = goods.millis, goods.nets, self.n
        whole = (at for at in goods.dearest() if not millis[at] % 1000)  # as far as somebody looks
        for run in goods.runs("sku") if self.per == "sku" else (whole,):
            before = 0
            for at in run:
                units = millis[at] // 1000
                hits = (before + units) // n - before // n
                before += units
                if hits:
                    yield at, goods.rounded(hits * nets[at] * numerator, units * denominator)

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        # of units sorted dearest first each n-th is worth at most the mean of the n that end with it
        numerator, denominator = rate(self.percent)
        return ((lines, numerator, denominator * self.n),)
