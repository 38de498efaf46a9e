"""What an adjustment found, and what a formula of it is made of: read from a settlement alone.

A formula is text in the currency's major units: numbers, `+ − × ÷`, brackets, `min(…)`, `max(…)`, `⌊x⌋` and `⌈x⌉` to
whole numbers, `round(x)` to the minor unit by the mode that stands beside it, `down(x)` to the minor unit below.
Nothing is settled here: formulas are written, and the numbers that the settlement states stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from settlement.documents.scalars import milli
from settlement.money import Money, format_minor
from settlement.receipts.columns import FREIGHT_OFFERS, GOODS_OFFERS, ON_FREIGHT
from settlement.receipts.parts import Adjustment, SettledLine
from settlement.receipts.settlement import Settlement

__all__ = ["Before", "Moment", "Taken", "Weight", "brackets", "number", "plain", "walk"]


class Weight(NamedTuple):
    """What a line weighs in a spreading: its value, and how it is written."""

    value: Fraction
    text: str


class Before(NamedTuple):
    """What an adjustment finds: of each line, goods less discounts, freight left, and what is due so far."""

    net: Mapping[str, int]
    freight: Mapping[str, int]
    due: Mapping[str, int]


class Taken(NamedTuple):
    """How an adjustment's amount is made: once over all lines and then spread, or line by line.

    `times` is how often a threshold is met in full. `weights` are None where `by_line` says what each line gets. A rule
    of a kind that this library does not know has neither formula: only what it did is known.
    """

    formula: str = ""
    rounding: str | None = None
    times: tuple[str, int] | None = None
    weights: Mapping[str, Weight] | None = None
    by_line: Mapping[str, str] | None = None
    #: Whether the weights are pieces, grams or cm³ rather than amounts.
    counted: bool = False
    #: Further formulas with their results, such as a parcel's units: code, formula, result.
    parts: tuple[tuple[str, str, Money | Decimal | int], ...] = ()


def plain(minor: int, currency: str) -> str:
    """Minor units in major units, without the currency.

    >>> plain(-1234, "CNY")
    '-12.34'
    """
    return format_minor(minor, currency).partition(" ")[0]


def walk(settlement: Settlement) -> Iterator[tuple[Adjustment, Before]]:
    """Each adjustment with what it found, from goods on."""
    net = {line.id: line.goods.minor for line in settlement.lines}
    freight = dict.fromkeys(net, 0)
    due = net.copy()
    for adjustment in settlement.adjustments:
        yield adjustment, Before(MappingProxyType(net), MappingProxyType(freight), MappingProxyType(due))
        for line, share in adjustment.shares.items():
            if adjustment.stage in ON_FREIGHT:
                freight[line] += share.minor
            elif adjustment.stage in GOODS_OFFERS:
                net[line] += share.minor
            due[line] += share.minor


class Moment:
    """One adjustment with the few questions that its formula asks."""

    def __init__(self, settlement: Settlement, adjustment: Adjustment, before: Before) -> None:
        self.currency = settlement.currency
        self.facts = adjustment.facts
        self.amount = adjustment.amount.minor
        #: Of a tax: goods, freight or fee.
        self.side = adjustment.stage.partition("_")[0]
        self.before = before
        self.benefit: Mapping[str, Any] = self.facts.get("benefit", {})
        self.rounding: str | None = self.facts.get("rounding")
        #: Thousandths of earlier orders that count along.
        self.earlier = _milli(self.facts.get("bought", 0)) if self.facts.get("counts_earlier") else 0
        self.left = before.freight if adjustment.stage in FREIGHT_OFFERS else before.net
        names = {*adjustment.shares, *self.facts.get("unshared", ())}
        #: The lines that the rule looked at, in the order of their ids.
        self.lines: Sequence[SettledLine] = sorted(
            (line for line in settlement.lines if line.id in names), key=lambda line: line.id
        )
        units = self.facts.get("units_left", {})  # where offers before used some up
        if units:
            self.left = {**self.left, **{name: Money(each["net"]).minor for name, each in units.items()}}
            self.lines = [
                line._replace(quantity=_quantity(units[line.id]["quantity"])) if line.id in units else line
                for line in self.lines
            ]
        self.floors = {name: Money(floor).minor for name, floor in self.facts.get("floors", {}).items()}

    def plain(self, minor: int) -> str:
        """Minor units as formulas write them."""
        return plain(minor, self.currency)

    def stated(self, name: str) -> int:
        """An amount of the facts, in minor units."""
        return Money(self.facts[name]).minor

    def by_left(self) -> dict[str, Weight]:
        """Weights: what each line in scope still costs."""
        return {line.id: self.money(self.left[line.id]) for line in self.lines}

    def money(self, minor: int) -> Weight:
        """An amount as a weight."""
        return Weight(Fraction(minor), self.plain(minor))

    def capped(self, formula: str, most: str | None, amount: int | None = None) -> str:
        """The formula, at most `most`, and at most the net where that is what it came to."""
        bounds = [] if most is None else [number(most)]
        net = sum(self.left[line.id] for line in self.lines)
        if amount is None or amount > net:
            bounds.append(self.plain(net))
        return f"min({', '.join([formula, *bounds])})" if bounds else formula

    def floored(self, by_line: Mapping[str, str]) -> dict[str, str]:
        """Line by line, never below a line's floor."""
        made = {}
        for name, formula in by_line.items():
            floor = self.floors.get(name)
            room = "" if floor is None else f"max(0, {self.plain(self.left[name])} − {self.plain(floor)})"
            made[name] = f"min({formula}, {room})" if room else formula
        return made

    def dearest_first(self, *, whole: bool) -> list[SettledLine]:
        """Lines with the dearest units first; `whole`: only those of whole quantity."""
        found = [line for line in self.lines if not whole or milli(line.quantity) % 1000 == 0]
        return sorted(found, key=lambda line: -Fraction(self.left[line.id] * 1000, milli(line.quantity)))

    def in_order(self, units: str, *, whole: bool = False) -> list[SettledLine]:
        """Lines with the dearest or the cheapest units first; `whole`: only those of whole quantity."""
        if units != "cheapest":
            return self.dearest_first(whole=whole)
        found = [line for line in self.lines if not whole or milli(line.quantity) % 1000 == 0]
        return sorted(found, key=lambda line: Fraction(self.left[line.id] * 1000, milli(line.quantity)))

    def spread(self, formula: str, weights: Mapping[str, Weight] | None = None, **more: Any) -> Taken:
        """One amount over the lines in scope."""
        return Taken(formula, self.rounding, weights=self.by_left() if weights is None else weights, **more)

    def each(self, by_line: Mapping[str, str]) -> Taken:
        """What each line gets by itself."""
        return Taken("", self.rounding, by_line=self.floored(by_line))


def _quantity(stated: int | str) -> int | Decimal:
    return stated if isinstance(stated, int) else Decimal(stated)


def _milli(stated: int | str) -> int:
    return milli(_quantity(stated))


def number(amount: str) -> str:
    """An amount of the wire without its currency."""
    return amount.partition(" ")[0]


def brackets(formula: str) -> str:
    """A formula as a part of another."""
    return f"({formula})" if " " in formula else formula
