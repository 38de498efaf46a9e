"""A benefit that fails on some carts: as one of somebody's own might, in a process that only knows it by its name."""

from __future__ import annotations

from typing import Literal

from settlement.discounts import Benefit


class Brittle(Benefit):
    """Takes a unit for each line off; divides by the goods less 7.00."""

    type: Literal["brittle"] = "brittle"

    def off(self, goods):
        """One unit a line, where the goods are not 7.00 in all."""
        spare = 1 // (sum(goods.nets) - 700)
        return [1 + 0 * spare] * len(goods.nets)
