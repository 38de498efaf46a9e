"""每件减: an amount off each unit, of at most so many units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from settlement.discounts.benefit import Benefit
from settlement.documents.marks import Mark
from settlement.documents.problems import problem
from settlement.documents.scalars import Flag, PositiveQuantity, milli
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["UnitAmountOff"]


class UnitAmountOff(Benefit):
    """`amount` off every unit, the dearest first, of at most `max_units`; never more than a unit's net.

    With `units: "cheapest"` the cheapest come first; with `every` so many units per full threshold of the tier. Rounded
    once per line (policy rounding) where quantities are decimal.

    >>> UnitAmountOff(amount="3.00 CNY", max_units=2).max_units
    2
    """

    type: Literal["unit_amount_off"] = "unit_amount_off"
    amount: Money
    max_units: PositiveQuantity | None = None
    units: Annotated[Literal["dearest", "cheapest"], Mark.BEYOND] = "dearest"
    every: Annotated[Flag, Mark.BEYOND] = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            amount: Money | str,
            type: Literal["unit_amount_off"] = "unit_amount_off",
            max_units: int | Decimal | str | None = None,
            units: Literal["dearest", "cheapest"] = "dearest",
            every: bool = False,
        ) -> None: ...

    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    @model_validator(mode="after")
    def _of_units(self) -> Self:
        if self.every and self.max_units is None:
            raise problem("every.max_units")
        return self

    def guess(self, net: int, millis: int) -> int:
        units = millis if self.max_units is None else min(milli(self.max_units), millis)
        return min(net, self.amount.minor * units // 1000)

    def off(self, goods: Goods) -> list[int]:
        off = [0] * len(goods.nets)
        for at, share in self._shares(goods):
            off[at] = share
        return off

    def takes(self, goods: Goods) -> bool:
        return any(share for _, share in self._shares(goods))

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        most = times if self.every else 1
        if self.max_units is None or most is None:
            return ((0, 1, 1),)
        most *= milli(self.max_units)
        return (self.amount.minor * most // 1000 + lines, 0, 1), (0, 1, 1)  # each line may round up

    def used(self, goods: Goods) -> list[int]:
        if self.max_units is None:
            return super().used(goods)
        used = [0] * len(goods.nets)
        for at, taken in goods.first(self._most(goods), self.units):
            used[at] = taken
        return used

    def _most(self, goods: Goods) -> int | None:
        return None if self.max_units is None else milli(self.max_units) * (goods.times if self.every else 1)

    def _shares(self, goods: Goods) -> Iterator[tuple[int, int]]:
        nets, millis = goods.nets, goods.millis
        for at, taken in goods.first(self._most(goods), self.units):
            yield at, min(goods.rounded(self.amount.minor * taken, 1000), nets[at] * taken // millis[at])
