"""The tax of a line's goods by what it was taken of: what prices that change after pay have of it, or in them.

Where prices are without tax, goods that are kept at a dearer price owe more tax, and less at a cheaper one; of an
exempt buyer's prices with tax less is taken out of less. The line's own tax is taken in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from settlement.money import Money
from settlement.receipts.columns import GOODS_TAX, STAGES

if TYPE_CHECKING:
    from settlement.after_pay.refunds.sides import Side, Sides
    from settlement.receipts.settlement import Settlement

__all__ = ["GoodsTax", "goods_taxes"]


class GoodsTax(NamedTuple):
    """A line's tax, below 0 where it was taken out, and the price that it was taken of, in minor units.

    `reimbursed`: whether that price holds what somebody else paid of it, so that his part is taxed already.
    """

    tax: int
    base: int
    reimbursed: bool = False

    def on(self, price: int) -> int:
        """The tax on so much more of price, or less of it below 0; towards 0.

        >>> GoodsTax(5130, 27000).on(2000), GoodsTax(5130, 27000).on(-2001)
        (380, -380)
        """
        return _part(price, self.tax, self.base)

    def inside(self, paid: int, by_platform: int = 0) -> int:
        """The tax in an amount that holds it; `by_platform` is what of that goes to the platform again.

        >>> GoodsTax(5130, 27000).inside(2380)
        380
        """
        return _part(paid - (by_platform if self.reimbursed else 0), self.tax, self.base + self.tax)


def _part(amount: int, numerator: int, denominator: int) -> int:
    """A part of an amount, towards 0."""
    size = abs(amount * numerator) // denominator if denominator > 0 else 0
    return size if (amount < 0) == (numerator < 0) else -size


def goods_taxes(settlement: Settlement, lines: Mapping[str, Sides]) -> dict[str, GoodsTax]:
    """Those of all lines whose goods bear a tax, or are freed of one; `lines` are the settlement's."""
    taxes: dict[str, int] = {}
    bases: dict[str, int] = {}
    for each in settlement.adjustments:
        if each.stage != STAGES[GOODS_TAX]:
            continue
        facts = each.facts
        parts = facts.get("parts", {})
        for name, share in each.shares.items():
            taxes[name] = taxes.get(name, 0) + share.minor
            stated = parts[name]["of"] if name in parts else facts.get("goods_of", {}).get(name)
            if stated is not None and ("compound" not in facts or name in parts):
                bases[name] = max(bases.get(name, 0), Money(stated).minor)
    return {
        name: GoodsTax(tax, bases[name], bases[name] > _net(lines[name].goods))
        for name, tax in taxes.items()
        if bases.get(name)
    }


def _net(goods: Side) -> int:
    """What a line paid for its goods after offers and points."""
    price = sum([amount for column, amount in goods.charged if column == "goods"])
    return price - sum([amount for column, amount, _ in goods.taken if column not in ("tax", "rounding")])
