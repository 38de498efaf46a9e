"""What a surcharge is charged per: a way is one entry of `PER`; schema, measures, facts and formulas follow it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["PER", "Per"]


class Per(NamedTuple):
    """What is counted, and how much of it costs the fee once.

    >>> PER["kg"].formula("1250", "5.00"), PER["piece"].formula("3", "5.00"), PER["parcel"].formula("", "5.00")
    ('⌈1250 ÷ 1000⌉ × 5.00', '3 × 5.00', '5.00')
    """

    #: Pieces, or a measure that each line must state then; it names the fact that says how much there was. None: the
    #: parcel itself.
    counts: str | None = None
    #: So much of it costs the fee, and so does what is begun.
    each: int = 1

    @property
    def measure(self) -> str | None:
        """The measure that each line must state, or None."""
        return None if self.counts == "pieces" else self.counts

    def times(self, thousandths: int) -> int:
        """How often the fee is charged for so many thousandths of what is counted."""
        return 1 if self.counts is None else -(-thousandths // (1000 * self.each))

    def formula(self, counted: object, fee: str) -> str:
        """The surcharge with its numbers, in the form of the contract."""
        if self.counts is None:
            return fee
        return f"{counted} × {fee}" if self.each == 1 else f"⌈{counted} ÷ {self.each}⌉ × {fee}"


#: Every way to charge a surcharge, by the word that the document has for it.
PER: Final[Mapping[str, Per]] = MappingProxyType(
    {
        "parcel": Per(),
        "piece": Per("pieces"),
        "kg": Per("weight_g", 1000),
    }
)
