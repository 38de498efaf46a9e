"""What a settlement states of a shop's taxes, as its invoice says it: rates by line, category and reason by rate."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from settlement.errors import InvalidDocument, Problem
from settlement.receipts.columns import STAGES, TAXES

if TYPE_CHECKING:
    from settlement.receipts.settlement import Settlement

__all__ = ["OnTop", "why"]

_TAXES = frozenset(STAGES[place] for place in TAXES)


class OnTop:
    """The rates of one shop's lines and of their freight: the sum of the taxes that are taken of them.

    0 where nothing is taken, also because the buyer is exempt. Raises `InvalidDocument` where a stored settlement takes
    a tax and leaves its rate out.
    """

    def __init__(self, settlement: Settlement, shop: str) -> None:
        self._goods: dict[str, Decimal] = {}
        self._freight: dict[str, Decimal] = {}
        shop_of = {line.id: line.shop for line in settlement.lines}
        for at, each in enumerate(settlement.adjustments):
            facts = each.facts
            if each.stage in _TAXES and shop_of[next(iter(each.shares))] == shop and "taken_out" not in facts:
                if "percent" not in facts:
                    raise InvalidDocument([Problem(f"adjustments[{at}].facts.percent", "field.missing")], "Settlement")
                percent = Decimal(facts["percent"])
                if each.stage == "goods_tax":
                    for line in facts.get("goods_of", ()):
                        self._goods[line] = self._goods.get(line, Decimal(0)) + percent
                elif each.stage == "freight_tax":
                    for line in facts.get("freight_of", ()):
                        self._freight[line] = self._freight.get(line, Decimal(0)) + percent

    def goods(self, line: str) -> Decimal:
        """The rate of a line's goods."""
        return self._goods.get(line, Decimal(0))

    def freight(self, line: str) -> Decimal:
        """The rate of its freight."""
        return self._freight.get(line, Decimal(0))


def why(settlement: Settlement, shop: str, percent: object) -> tuple[str | None, str | None]:
    """Category and reason that the settlement states for a shop's tax at this rate; a buyer's exemption is for 0."""
    for row in settlement.taxes:
        stated = 0 if row.tax == "exempt" else row.percent
        if row.shop == shop and percent is not None and stated == percent and (row.category or row.reason):
            return row.category, row.reason
    return None, None
