"""打折: a percentage off the scope."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.allocation import share_out
from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import Percent, rate
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["PercentOff"]


class PercentOff(Benefit):
    """`percent` of the net in scope, rounded once (policy rounding), at most `max`, spread by net.

    `"15"` takes 15 % off, which a Chinese shop window calls 85 折.

    >>> PercentOff(percent="15").percent
    15
    """

    type: Literal["percent_off"] = "percent_off"
    percent: Percent
    max: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            percent: int | Decimal | str,
            type: Literal["percent_off"] = "percent_off",
            max: Money | str | None = None,
        ) -> None: ...

    by_sum: ClassVar[bool] = True
    grows: ClassVar[bool] = True
    looks: ClassVar[int] = 4
    keeps_order: ClassVar[bool] = True

    def off(self, goods: Goods) -> list[int]:
        return share_out(self.total(goods), goods.nets)

    def total(self, goods: Goods) -> int:
        numerator, denominator = rate(self.percent)
        amount = goods.rounded(goods.net * numerator, denominator)
        return amount if self.max is None else min(amount, self.max.minor)

    @property
    def slope(self) -> tuple[int, int]:
        return rate(self.percent)

    def at_least(self, most: int) -> tuple[int, int]:
        numerator, denominator = rate(self.percent)
        if self.max is not None and self.max.minor * denominator < numerator * most:
            return self.max.minor, most
        return numerator, denominator

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        bound = (1, *rate(self.percent))
        return (bound,) if self.max is None else (bound, (self.max.minor, 0, 1))
