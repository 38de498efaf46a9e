"""整箱: exact multiples only."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from settlement.discounts.condition import Circumstances, Condition
from settlement.documents.scalars import PositiveQuantity, milli, quantity_out

__all__ = ["MultipleOf"]


class MultipleOf(Condition):
    """The quantity of the lines that the offer's tiers measure is an exact multiple of `quantity`, and not 0.

    >>> MultipleOf(quantity=42).type
    'multiple_of'
    """

    type: Literal["multiple_of"] = "multiple_of"
    quantity: PositiveQuantity

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, quantity: int | Decimal | str, type: Literal["multiple_of"] = "multiple_of") -> None: ...

    def met(self, known: Circumstances) -> bool:
        held = sum(known.lines.millis)
        return held > 0 and not held % milli(self.quantity)

    def why(self, known: Circumstances) -> Mapping[str, str | int]:
        return {"held": quantity_out(sum(known.lines.millis))}
