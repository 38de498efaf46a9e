"""任选 N 款: so many different articles, however many of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from settlement.discounts.condition import Circumstances, Condition
from settlement.documents.scalars import PositiveCount

__all__ = ["DifferentGoods"]


class DifferentGoods(Condition):
    """At least `count` different articles, by shop and sku, among the lines that the offer's tiers measure.

    Three of one article are one article.

    >>> DifferentGoods(count=3).type
    'different_goods'
    """

    type: Literal["different_goods"] = "different_goods"
    count: PositiveCount

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, count: int, type: Literal["different_goods"] = "different_goods") -> None: ...

    def met(self, known: Circumstances) -> bool:
        return self._held(known) >= self.count

    def why(self, known: Circumstances) -> Mapping[str, str | int]:
        return {"held": self._held(known)}

    def _held(self, known: Circumstances) -> int:
        return len(set(zip(known.lines.shops, known.lines.skus, strict=True)))
