"""预售、定金膨胀: a deposit now that counts for more, the balance later."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator
from pydantic_core import InitErrorDetails

from settlement.discounts.staged import Staged
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import Instant, PercentOrZero, PositiveMoney

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods
    from settlement.money import Money

__all__ = ["Presale"]


class Presale(Staged):
    """`deposit` is paid for each unit with the order and counts as `worth`; the balance is due within its own dates.

    What the deposit counts for more, `worth` − `deposit` for each unit, is taken off the line, at most its net, rounded
    once a line (policy rounding) where quantities are decimal. `balance_until` is exclusive. `kept` is the percentage
    of the deposit that is kept where nobody pays the balance. Refused: a `worth` below the deposit, a balance whose end
    is not after its start. Source: docs/presale.md.

    >>> dates = {"balance_from": "2026-11-10T20:00:00+08:00", "balance_until": "2026-11-12T00:00:00+08:00"}
    >>> Presale(deposit="100.00 CNY", worth="200.00 CNY", **dates).kept
    100
    """

    type: Literal["presale"] = "presale"
    deposit: PositiveMoney
    worth: PositiveMoney
    balance_from: Instant
    balance_until: Instant
    kept: PercentOrZero = 100

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            deposit: Money | str,
            worth: Money | str,
            balance_from: datetime | str,
            balance_until: datetime | str,
            type: Literal["presale"] = "presale",
            kept: int | Decimal | str = 100,
        ) -> None: ...

    grows: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found: list[InitErrorDetails] = []
        if self.worth.currency == self.deposit.currency and self.worth.minor < self.deposit.minor:
            found.append(problem_at("worth", code="presale.worth"))
        if self.balance_until <= self.balance_from:
            found.append(problem_at("balance_until", code="presale.window"))
        refuse(found)
        return self

    def off(self, goods: Goods) -> list[int]:
        more = self.worth.minor - self.deposit.minor
        return [
            min(net, goods.rounded(more * millis, 1000)) for net, millis in zip(goods.nets, goods.millis, strict=True)
        ]

    def used(self, goods: Goods) -> list[int]:
        return list(goods.millis)

    def guess(self, net: int, millis: int) -> int:
        return min(net, (self.worth.minor - self.deposit.minor) * millis // 1000)
