"""满减: an amount off, once or for every full threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.allocation import share_out
from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import Flag
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["AmountOff"]


class AmountOff(Benefit):
    """`amount` off the scope; with `every`, once per full threshold of the tier; at most `max`, at most the net.

    >>> AmountOff(amount="10.00 CNY").type
    'amount_off'
    """

    type: Literal["amount_off"] = "amount_off"
    amount: Money
    every: Flag = False
    max: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            amount: Money | str,
            type: Literal["amount_off"] = "amount_off",
            every: bool = False,
            max: Money | str | None = None,
        ) -> None: ...

    by_sum: ClassVar[bool] = True
    grows: ClassVar[bool] = True
    looks: ClassVar[int] = 4

    def off(self, goods: Goods) -> list[int]:
        return share_out(self.total(goods), goods.nets)

    def total(self, goods: Goods) -> int:
        amount = self.amount.minor
        if self.every:
            amount *= goods.times
        if self.max is not None:
            amount = min(amount, self.max.minor)
        return min(amount, goods.net)

    @property
    def covers_freight(self) -> bool:
        return not self.every and self.max is None

    def over_freight(self, taken: int) -> dict[str, str] | None:
        rest = self.amount.minor - taken
        amount = str(Money.of_minor(rest, self.amount.currency)) if rest > 0 else ""
        return {"type": "freight_off", "amount": amount} if amount else None

    @property
    def keeps_order(self) -> bool:  # type: ignore[override]  # by instance, not by class
        """Once only: with `every` more net may cross one more threshold."""
        return not self.every

    @property
    def slope(self) -> tuple[int, int]:
        return 0, 1

    def at_least(self, most: int) -> tuple[int, int]:
        if self.every or not most:
            return 0, 1
        amount = self.amount.minor if self.max is None else min(self.amount.minor, self.max.minor)
        return min(amount, most), most

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        bounds = [] if self.max is None else [(self.max.minor, 0, 1)]
        if not self.every:
            bounds.append((self.amount.minor, 0, 1))
        elif times is not None:
            bounds.append((self.amount.minor * times, 0, 1))
        if self.every and min_amount and self.amount.minor < min_amount:
            bounds.append((0, self.amount.minor, min_amount))
        return bounds or ((0, 1, 1),)
