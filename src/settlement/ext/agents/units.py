"""Quantities as agents count them: whole steps. Goods sold by measure need a unit, of which a step is a decimal."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from settlement.documents.written import all_readable
from settlement.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SaleUnit", "quantity_of", "steps_of"]


class SaleUnit(NamedTuple):
    """What goods are sold by: a code of UN/CEFACT Recommendation 20, the decimals of a step, the word for people.

    >>> SaleUnit("KGM", 2, "kg").steps(Decimal("2.35"))
    235
    """

    code: str
    scale: int
    text: str

    def steps(self, quantity: int | Decimal) -> int | None:
        """How many steps a quantity is; None where it is no whole number of them."""
        found = Fraction(quantity) * 10**self.scale
        return found.numerator if found.denominator == 1 else None

    def quantity(self, steps: int) -> int | str:
        """The quantity of so many steps, as documents write it.

        >>> SaleUnit("KGM", 2, "kg").quantity(235), SaleUnit("KGM", 0, "kg").quantity(2)
        ('2.35', 2)
        """
        if not self.scale:
            return steps
        whole, part = divmod(steps, 10**self.scale)
        return f"{whole}.{part:0{self.scale}d}".rstrip("0").rstrip(".")


def steps_of(
    place: str, quantity: int | Decimal, unit: SaleUnit | None, protocol: str
) -> tuple[int, None] | tuple[None, Problem]:
    """A quantity in steps, or why it has none in this protocol."""
    if unit is None:
        if isinstance(quantity, int):
            return quantity, None
        return None, Problem(place, "unsayable.quantity", {"found": str(quantity), "protocol": protocol})
    steps = unit.steps(quantity)
    if steps is None:
        return None, Problem(place, "unsayable.unit", {"found": str(quantity), "scale": unit.scale})
    return steps, None


def quantity_of(steps: int, sku: str, units: Mapping[str, SaleUnit]) -> int | str:
    """The quantity that an agent asks for, of goods that are sold by a unit or by the piece."""
    unit = units.get(sku)
    return steps if unit is None else unit.quantity(steps)


all_readable(globals())
