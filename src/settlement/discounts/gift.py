"""赠品: something comes along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from settlement.discounts.benefit import Benefit
from settlement.documents.marks import Mark
from settlement.documents.scalars import Flag, Id, Name, PositiveQuantity, milli

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["Gift"]


class Gift(Benefit):
    """Takes nothing off; `quantity` of `sku` comes with the goods, with `every` once per full threshold.

    `name` is for people only, as that of a line is.

    >>> Gift(sku="mug", quantity=1).quantity
    1
    """

    type: Literal["gift"] = "gift"
    sku: Id
    name: Annotated[Name | None, Mark.PERSONAL] = None
    quantity: PositiveQuantity
    every: Flag = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            sku: str,
            quantity: int | Decimal | str,
            type: Literal["gift"] = "gift",
            name: str | None = None,
            every: bool = False,
        ) -> None: ...

    by_sum: ClassVar[bool] = True
    grows: ClassVar[bool] = True
    looks: ClassVar[int] = 4
    gives: ClassVar[bool] = True

    def off(self, goods: Goods) -> list[int]:
        return [0] * len(goods.nets)

    def gift(self, goods: Goods) -> tuple[str, int] | None:
        quantity = milli(self.quantity) * (goods.times if self.every else 1)
        return (self.sku, quantity) if quantity else None

    def called(self) -> Iterable[tuple[str, str]]:
        return [(self.sku, self.name)] if self.name else ()

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        return ((0, 0, 1),)
