"""What a settlement states of a shop's taxes, as its invoice says it: rates by line, category and reason by rate."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from settlement.allocation import share_out
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money
from settlement.receipts.columns import STAGES, TAXES

if TYPE_CHECKING:
    from settlement.receipts.settlement import Settlement

__all__ = ["OnTop", "RatedPiece", "why"]

_TAXES = frozenset(STAGES[place] for place in TAXES)


class RatedPiece(NamedTuple):
    """What part of a line's goods bears one rate: its weight among them, the rate and the tax."""

    weight: int
    percent: int | Decimal | None
    tax: int


class OnTop:
    """The rates of one shop's lines and of their freight: the sum of the taxes that are taken of them.

    0 where nothing is taken, also because the buyer is exempt. Raises `InvalidDocument` where a stored settlement takes
    a tax and leaves its rate out.
    """

    def __init__(self, settlement: Settlement, shop: str) -> None:
        self._goods: dict[str, list[_Taken]] = {}
        self._freight: dict[str, Decimal] = {}
        self._wholes: dict[str, int] = {}
        shop_of = {line.id: line.shop for line in settlement.lines}
        for at, each in enumerate(settlement.adjustments):
            facts = each.facts
            if each.stage in _TAXES and shop_of[next(iter(each.shares))] == shop and "taken_out" not in facts:
                if "percent" not in facts:
                    raise InvalidDocument([Problem(f"adjustments[{at}].facts.percent", "field.missing")], "Settlement")
                percent = Decimal(facts["percent"])
                if each.stage == "goods_tax":
                    for line in facts.get("goods_of", ()):
                        share = each.shares.get(line)
                        spans = self._spans(line, facts.get("parts", {}).get(line))
                        taken = _Taken(percent, 0 if share is None else share.minor, spans)
                        self._goods.setdefault(line, []).append(taken)
                elif each.stage == "freight_tax":
                    for line in facts.get("freight_of", ()):
                        self._freight[line] = self._freight.get(line, Decimal(0)) + percent

    def _spans(self, line: str, part: Mapping[str, Any] | None) -> list[tuple[int, int]] | None:
        """From where to where of a line's goods, where it is not all of them."""
        if part is None:
            return None
        self._wholes[line] = Money(part["of"]).minor
        return [(Money(start).minor, Money(end).minor) for start, end in part["spans"]]

    def goods(self, line: str) -> list[RatedPiece]:
        """The goods of a line, a piece for each rate; the tax of a row is shared by what bears it of each."""
        taken, whole = self._goods.get(line, []), self._wholes.get(line)
        if whole is None:
            percents = [each.percent for each in taken]
            return [RatedPiece(1, sum(percents, Decimal(0)), sum([each.tax for each in taken]))]
        edges = sorted({0, whole, *[edge for each in taken for span in each.spans or () for edge in span]})
        parts = [*pairwise(edges)]
        sizes, percents, taxes = [end - start for start, end in parts], [Decimal(0)] * len(parts), [0] * len(parts)
        for each in taken:
            spans = each.spans or [(0, whole)]
            bears = [any(a <= start and end <= b for a, b in spans) for start, end in parts]
            shares = share_out(each.tax, [size * bear for size, bear in zip(sizes, bears, strict=True)])
            percents = [percent + each.percent * bear for percent, bear in zip(percents, bears, strict=True)]
            taxes = [tax + share for tax, share in zip(taxes, shares, strict=True)]
        alike = {percent: [at for at, each in enumerate(percents) if each == percent] for percent in percents}
        return [
            RatedPiece(sum([sizes[at] for at in places]), percent, sum([taxes[at] for at in places]))
            for percent, places in alike.items()
        ]

    def freight(self, line: str) -> Decimal:
        """The rate of its freight."""
        return self._freight.get(line, Decimal(0))


class _Taken(NamedTuple):
    """One tax of a line's goods: its rate, what it came to, and of which part of them; None: of all."""

    percent: Decimal
    tax: int
    spans: list[tuple[int, int]] | None


def why(settlement: Settlement, shop: str, percent: object) -> tuple[str | None, str | None]:
    """Category and reason that the settlement states for a shop's tax at this rate; a buyer's exemption is for 0."""
    for row in settlement.taxes:
        stated = 0 if row.tax == "exempt" else row.percent
        if row.shop == shop and percent is not None and stated == percent and (row.category or row.reason):
            return row.category, row.reason
    return None, None
