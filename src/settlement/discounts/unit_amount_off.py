"""每件减: an amount off each unit, of at most so many units."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.documents import PositiveQuantity, milli
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.ledger import Goods

__all__ = ["UnitAmountOff"]


class UnitAmountOff(Benefit):
    """`amount` off every unit, the dearest first, of at most `max_units`; never more than a unit's net.

    Rounded once per line (policy rounding) where quantities are decimal.

    >>> UnitAmountOff(amount="3.00 CNY", max_units=2).max_units
    2
    """

    type: Literal["unit_amount_off"] = "unit_amount_off"
    amount: Money
    max_units: PositiveQuantity | None = None

    grows: ClassVar[bool] = True

    def off(self, goods: Goods) -> list[int]:
        nets, millis = goods.nets, goods.millis
        left = sum(millis) if self.max_units is None else milli(self.max_units)
        off = [0] * len(nets)
        for at in goods.dearest():
            taken = min(left, millis[at])
            left -= taken
            share = goods.rounded(self.amount.minor * taken, 1000)
            off[at] = min(share, nets[at] * taken // millis[at])
        return off
