"""The surcharges of one parcel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from settlement.freight.load import Load
    from settlement.freight.surcharges.surcharge import Surcharge

__all__ = ["Added"]


class Added:
    """One surcharge of one parcel: how much it counted, what it costs, and how that is spread."""

    __slots__ = ("amount", "by_measure", "counted", "rule", "shared", "weights")

    def __init__(self, rule: Surcharge, load: Load, measured: Sequence[int]) -> None:
        each_line = rule.counted(load)
        self.rule = rule
        #: Thousandths.
        self.counted = sum(each_line)
        self.amount = rule.charged(self.counted)
        #: What the amount is spread by: what the lines count in it, or in the template's measure.
        self.by_measure = rule.by_measure or not self.counted
        self.weights = measured if self.by_measure else each_line
        #: The lines and their shares, once somebody asked.
        self.shared: tuple[tuple[int, ...], tuple[int, ...]] | None = None
