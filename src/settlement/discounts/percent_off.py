"""打折: a percentage off the scope, or off its dearest or cheapest units."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from settlement.allocation import share_out
from settlement.discounts.benefit import Benefit
from settlement.documents.marks import Mark
from settlement.documents.problems import problem
from settlement.documents.scalars import Flag, Percent, PositiveQuantity, milli, rate
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["PercentOff"]


class PercentOff(Benefit):
    """`percent` of the net in scope, rounded once (policy rounding), at most `max`, spread by net.

    With `max_units` only so many units count, the dearest first or the `cheapest`, with `every` once more per full
    threshold: `percent` of their net, at most its whole minor units, spread by their net of each line.

    `"15"` takes 15 % off, which a Chinese shop window calls 85 折.

    >>> PercentOff(percent="15").percent
    15
    >>> PercentOff(percent="100", max_units=1, units="cheapest", every=True).units
    'cheapest'
    """

    type: Literal["percent_off"] = "percent_off"
    percent: Percent
    max: Money | None = None
    max_units: Annotated[PositiveQuantity | None, Mark.BEYOND] = None
    units: Annotated[Literal["dearest", "cheapest"], Mark.BEYOND] = "dearest"
    every: Annotated[Flag, Mark.BEYOND] = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            percent: int | Decimal | str,
            type: Literal["percent_off"] = "percent_off",
            max: Money | str | None = None,
            max_units: int | Decimal | str | None = None,
            units: Literal["dearest", "cheapest"] = "dearest",
            every: bool = False,
        ) -> None: ...

    grows: ClassVar[bool] = True

    @model_validator(mode="after")
    def _of_units(self) -> Self:
        if self.every and self.max_units is None:
            raise problem("every.max_units")
        return self

    @property
    def covers_freight(self) -> bool:
        return self.max is None and self.max_units is None

    def over_freight(self, taken: int) -> dict[str, str]:
        return {"type": "freight_percent_off", "percent": str(self.percent)}

    @property
    def by_sum(self) -> bool:  # type: ignore[override]  # by instance, not by class
        """Of all units: which are the dearest depends on the lines."""
        return self.max_units is None

    @property
    def keeps_order(self) -> bool:  # type: ignore[override]  # likewise
        """Of all units, as above."""
        return self.max_units is None

    @property
    def sorts(self) -> bool:  # type: ignore[override]  # likewise
        """Where only some units count."""
        return self.max_units is not None

    @property
    def looks(self) -> int:  # type: ignore[override]  # likewise
        """A sum, or a sorting."""
        return 4 if self.max_units is None else 16

    def off(self, goods: Goods) -> list[int]:
        if self.max_units is None:
            return share_out(self.total(goods), goods.nets)
        weights, scale = self._weights(goods)
        return share_out(self._of_these(goods, sum(weights), scale), weights)

    def total(self, goods: Goods) -> int:
        if self.max_units is not None:
            weights, scale = self._weights(goods)
            return self._of_these(goods, sum(weights), scale)
        numerator, denominator = rate(self.percent)
        amount = goods.rounded(goods.net * numerator, denominator)
        return amount if self.max is None else min(amount, self.max.minor)

    def used(self, goods: Goods) -> list[int]:
        if self.max_units is None:
            return super().used(goods)
        used = [0] * len(goods.nets)
        for at, taken in goods.first(self._most(goods), self.units):
            used[at] = taken
        return used

    def _most(self, goods: Goods) -> int:
        return milli(self.max_units or 0) * (goods.times if self.every else 1)

    def _weights(self, goods: Goods) -> tuple[list[int], int]:
        """Of each line the net of the units that count, on one scale: of the last line at most only some do."""
        nets, millis = goods.nets, goods.millis
        hit = list(goods.first(self._most(goods), self.units))
        weights, scale = [0] * len(nets), 1
        if hit:
            last, taken = hit[-1]
            scale = millis[last]
            for at, _ in hit:
                weights[at] = nets[at] * scale
            weights[last] = nets[last] * taken
        return weights, scale

    def _of_these(self, goods: Goods, worth: int, scale: int) -> int:
        numerator, denominator = rate(self.percent)
        amount = min(goods.rounded(worth * numerator, scale * denominator), worth // scale)
        return amount if self.max is None else min(amount, self.max.minor)

    @property
    def slope(self) -> tuple[int, int]:
        return rate(self.percent)

    def guess(self, net: int, millis: int) -> int:
        if self.max_units is None:
            return 0
        numerator, denominator = rate(self.percent)
        return net * min(milli(self.max_units), millis) * numerator // (max(millis, 1) * denominator)

    def at_least(self, most: int) -> tuple[int, int]:
        if self.max_units is not None:
            return 0, 1
        numerator, denominator = rate(self.percent)
        if self.max is not None and self.max.minor * denominator < numerator * most:
            return self.max.minor, most
        return numerator, denominator

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        bound = (1, *rate(self.percent))
        return (bound,) if self.max is None else (bound, (self.max.minor, 0, 1))
