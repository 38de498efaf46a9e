"""What a formula makes: the pocket calculator that every printed formula is tried on before it is shown.

Numbers, `+ − × ÷` with their usual ranks, brackets, `min(…)`, `max(…)`, `⌊x⌋`, `⌈x⌉`, `round(x)` and `down(x)`. Exact
fractions all the way; `round` goes to the minor unit by a named mode, `down` to the minor unit below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from settlement.money import ROUNDERS

__all__ = ["evaluate"]

_TOKEN: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|[a-z]+|[-+−×÷(),⌊⌋⌈⌉])")
_FUNCTIONS: Final = frozenset({"min", "max", "round", "down"})


def evaluate(formula: str, decimals: int = 2, rounding: str | None = None) -> Fraction:
    """The exact value of a formula in major units; `decimals` are the currency's. Raises `ValueError`.

    >>> evaluate("min(round(33.30 × 15 ÷ 100), 20.00)", rounding="half_up")
    Fraction(5, 1)
    >>> evaluate("8.00 + ⌈(3 − 1) ÷ 2⌉ × 2.50")
    Fraction(21, 2)
    """
    calculator = _Calculator(formula, 10**decimals, ROUNDERS["half_up" if rounding is None else rounding])
    value = calculator.sum()
    calculator.expect("")
    return value


class _Calculator:
    """One formula, read from left to right."""

    def __init__(self, formula: str, unit: int, rounded: Callable[[int, int], int]) -> None:
        self.signs = _TOKEN.findall(formula)
        if "".join(self.signs) != "".join(formula.split()):
            msg = f"no formula: {formula!r}"
            raise ValueError(msg)
        self.at = 0
        self.unit = unit
        self.rounded = rounded

    @property
    def sign(self) -> str:
        return self.signs[self.at] if self.at < len(self.signs) else ""

    def expect(self, sign: str) -> None:
        if self.sign != sign:
            msg = f"expected {sign or 'the end'!r}, found {self.sign!r}"
            raise ValueError(msg)
        self.at += 1

    def sum(self) -> Fraction:
        value = self.product()
        while self.sign and self.sign in "+−-":
            sign = 1 if self.sign == "+" else -1
            self.at += 1
            value += sign * self.product()
        return value

    def product(self) -> Fraction:
        value = self.atom()
        while self.sign and self.sign in "×÷":
            divides = self.sign == "÷"
            self.at += 1
            value = value / self.atom() if divides else value * self.atom()
        return value

    def atom(self) -> Fraction:
        sign = self.sign
        self.at += 1
        if sign in _BRACKETS:
            value = self.sum()
            self.expect(_BRACKETS[sign])
            return value if sign == "(" else Fraction(_WHOLE[sign](value))
        if sign in _FUNCTIONS:
            return self.function(sign)
        if not sign or not sign[0].isdigit():
            msg = f"expected a number, found {sign!r}"
            raise ValueError(msg)
        return Fraction(sign)

    def function(self, name: str) -> Fraction:
        self.expect("(")
        values = [self.sum()]
        while self.sign == ",":
            self.at += 1
            values.append(self.sum())
        self.expect(")")
        if name in ("min", "max"):
            return min(values) if name == "min" else max(values)
        (value,) = values
        minor = value * self.unit
        if name == "down":
            return Fraction(minor.numerator // minor.denominator, self.unit)
        made = self.rounded(abs(minor.numerator), minor.denominator)
        return Fraction(-made if minor < 0 else made, self.unit)


_BRACKETS: Final[Mapping[str, str]] = MappingProxyType({"(": ")", "⌊": "⌋", "⌈": "⌉"})
_WHOLE: Final[Mapping[str, Callable[[Fraction], int]]] = MappingProxyType(
    {
        "⌊": lambda value: value.numerator // value.denominator,
        "⌈": lambda value: -(-value.numerator // value.denominator),
    }
)
