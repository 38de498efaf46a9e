"""运费折扣: a percentage of freight taken off."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import Percent, rate
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["FreightPercentOff"]


class FreightPercentOff(Benefit):
    """`percent` of what is left of the freight and surcharges in scope, rounded once, at most `max`.

    >>> FreightPercentOff(percent="50").max is None
    True
    """

    type: Literal["freight_percent_off"] = "freight_percent_off"
    percent: Percent
    max: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            percent: int | Decimal | str,
            type: Literal["freight_percent_off"] = "freight_percent_off",
            max: Money | str | None = None,
        ) -> None: ...

    on_freight: ClassVar[bool] = True
    looks: ClassVar[int] = 4
    keeps_order: ClassVar[bool] = True

    def off(self, goods: Goods) -> list[int]:
        numerator, denominator = rate(self.percent)
        amount = goods.rounded(goods.net * numerator, denominator)
        return goods.spread(amount if self.max is None else min(amount, self.max.minor))

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        bound = (1, *rate(self.percent))
        return (bound,) if self.max is None else (bound, (self.max.minor, 0, 1))
