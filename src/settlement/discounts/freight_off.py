"""运费券: freight taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["FreightOff"]


class FreightOff(Benefit):
    """`amount` (absent: all) of what is left of the freight and surcharges of the lines in scope.

    >>> FreightOff().amount is None
    True
    """

    type: Literal["freight_off"] = "freight_off"
    amount: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            type: Literal["freight_off"] = "freight_off",
            amount: Money | str | None = None,
        ) -> None: ...

    on_freight: ClassVar[bool] = True
    looks: ClassVar[int] = 4
    keeps_order: ClassVar[bool] = True

    def off(self, goods: Goods) -> list[int]:
        return list(goods.nets) if self.amount is None else goods.spread(self.amount.minor)

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        return ((0, 1, 1),) if self.amount is None else ((self.amount.minor, 0, 1), (0, 1, 1))
