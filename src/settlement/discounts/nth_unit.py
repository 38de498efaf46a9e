"""第二件半价: each n-th unit cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from settlement.discounts.benefit import Benefit
from settlement.documents.marks import Mark
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import Percent, PositiveCount, rate

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["NthUnit"]


class NthUnit(Benefit):
    """Units sorted dearest first; each n-th, 2n-th, … gets `percent` off (`"100"`: free).

    With `count` the last so many units of each full group of `n`: of four the two cheaper. With `units: "cheapest"` as
    many units as that makes, but the cheapest of all. `per: "scope"` sorts all units in scope together, `per: "sku"`
    each (shop, sku) by itself. The exact sum of a line is rounded once (policy rounding). Only lines of whole quantity
    take part.

    >>> NthUnit(n=2, percent="50").per
    'scope'
    """

    type: Literal["nth_unit"] = "nth_unit"
    n: PositiveCount
    percent: Percent
    per: Literal["scope", "sku"] = "scope"
    count: Annotated[PositiveCount, Mark.BEYOND] = 1
    units: Annotated[Literal["cheapest"] | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            n: int,
            percent: int | Decimal | str,
            type: Literal["nth_unit"] = "nth_unit",
            per: Literal["scope", "sku"] = "scope",
            count: int = 1,
            units: Literal["cheapest"] | None = None,
        ) -> None: ...

    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    @model_validator(mode="after")
    def _within(self) -> Self:
        refuse([problem_at("count", code="count.above_n", n=self.n)] if self.count > self.n else [])
        return self

    def guess(self, net: int, millis: int) -> int:
        numerator, denominator = rate(self.percent)
        return net * self.count * numerator // (denominator * self.n)

    def off(self, goods: Goods) -> list[int]:
        off = [0] * len(goods.nets)
        for at, share in self._shares(goods):
            off[at] = share
        return off

    def takes(self, goods: Goods) -> bool:
        return any(share for _, share in self._shares(goods))

    def _shares(self, goods: Goods) -> Iterator[tuple[int, int]]:
        numerator, denominator = rate(self.percent)
        millis, nets = goods.millis, goods.nets
        several = self.count > 1 or self.units is not None
        for at, hits in self._hits(goods) if several else self._each_nth(goods):
            if hits:
                yield at, goods.rounded(hits * nets[at] * numerator * 1000, millis[at] * denominator)

    def _each_nth(self, goods: Goods) -> Iterator[tuple[int, int]]:
        """Of each line how many of its units are an n-th."""
        millis, n = goods.millis, self.n
        whole = (at for at in goods.dearest() if not millis[at] % 1000)  # as far as somebody looks
        for run in goods.runs("sku") if self.per == "sku" else (whole,):
            before = goods.earlier // 1000
            for at in run:
                units = millis[at] // 1000
                yield at, (before + units) // n - before // n
                before += units

    def _hits(self, goods: Goods) -> Iterator[tuple[int, int]]:
        """Of each line how many units are hit, with more than one of a group, or of all units the cheapest."""
        millis, n, earlier = goods.millis, self.n, goods.earlier // 1000
        for run in goods.runs(self.per, self.units or "dearest"):
            groups = (earlier + sum([millis[at] for at in run]) // 1000) // n
            before, left = earlier, self.count * (groups - earlier // n)
            for at in run:
                after = before + millis[at] // 1000
                if self.units == "cheapest":
                    yield at, min(left, after - before)
                    left -= min(left, after - before)
                else:
                    yield at, self._behind(min(after, groups * n)) - self._behind(min(before, groups * n))
                before = after

    def _behind(self, units: int) -> int:
        """How many of so many units, dearest first, are among the last `count` of their group."""
        return self.count * (units // self.n) + max(0, units % self.n - (self.n - self.count))

    def used(self, goods: Goods) -> list[int]:
        """All units of the full groups: of the cheapest of all, with the cheapest that they stood with."""
        used, millis, n, earlier = [0] * len(goods.nets), goods.millis, self.n, goods.earlier // 1000
        for run in goods.runs(self.per, self.units or "dearest"):
            units = earlier + sum([millis[at] for at in run]) // 1000
            left = units // n * n - earlier
            for at in run:
                used[at] = 1000 * min(max(0, left), millis[at] // 1000)
                left -= millis[at] // 1000
        return used

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        # of units sorted dearest first the last ones of n are worth at most the mean of these, the cheapest of all too
        numerator, denominator = rate(self.percent)
        return ((lines, self.count * numerator, denominator * self.n),)
