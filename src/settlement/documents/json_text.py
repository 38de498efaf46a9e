"""Numbers and texts as they stand in JSON: each distinct amount is formatted once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from json.encoder import encode_basestring as quoted
from typing import Any

from settlement.money import DECIMALS

__all__ = ["Amounts", "compact", "plain", "quantity_text", "quoted"]

#: Plain data as JSON without spaces.
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def plain(value: Any) -> Any:
    """A value of named tuples as JSON has it: amounts, decimals and fractions are strings.

    >>> from settlement.receipts.parts import TenderPayment
    >>> from settlement.money import Money
    >>> plain(TenderPayment("card", "gift_card", Money("5.00 CNY"), Money("0.00 CNY")))
    {'id': 'card', 'type': 'gift_card', 'amount': '5.00 CNY', 'left': '0.00 CNY'}
    """
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(each) for name, each in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, (int, str)) else str(value)


class Amounts(dict[int, str]):
    """Minor units -> the quoted wire form, each made once.

    >>> amounts = Amounts("CNY")
    >>> amounts[-1234], amounts[5], Amounts("JPY")[-1200], Amounts("KWD")[-1]
    ('"-12.34 CNY"', '"0.05 CNY"', '"-1200 JPY"', '"-0.001 KWD"')
    """

    __slots__ = ("_ends", "_unit")

    def __init__(self, currency: str) -> None:
        self._unit, self._ends = _ends(currency)

    def know(self, minors: Iterable[int]) -> None:
        """Write all of these beforehand, for a third of what each costs when it is asked for."""
        unit, ends = self._unit, self._ends
        for minor in minors:
            self[minor] = (
                f'"{minor // unit}{ends[minor % unit]}' if minor >= 0 else f'"-{-minor // unit}{ends[-minor % unit]}'
            )

    def __missing__(self, minor: int) -> str:
        if minor >= 0:
            text = self[minor] = f'"{minor // self._unit}{self._ends[minor % self._unit]}'
        else:
            text = self[minor] = f'"-{-minor // self._unit}{self._ends[-minor % self._unit]}'
        return text


@cache
def _ends(currency: str) -> tuple[int, tuple[str, ...]]:
    """Minor units in one whole, and how an amount goes on behind its whole part, for each of them."""
    decimals = DECIMALS[currency]
    unit = 10**decimals
    return unit, tuple([f'.{rest:0{decimals}d} {currency}"' if decimals else f' {currency}"' for rest in range(unit)])


def percent_text(numerator: int, denominator: int) -> str:
    """A percentage that ends, in its shortest wire form.

    >>> percent_text(19, 1), percent_text(9975, 1000), percent_text(0, 100)
    ('19', '9.975', '0')
    """
    digits, scale = numerator, 0
    while digits % denominator:
        digits, scale = digits * 10, scale + 1
    whole = str(digits // denominator).rjust(scale + 1, "0")
    return f"{whole[:-scale]}.{whole[-scale:]}" if scale else whole


def quantity_text(thousandths: int) -> str:
    """Thousandths in the shortest wire form.

    >>> quantity_text(2000), quantity_text(1250)
    ('2', '"1.25"')
    """
    whole, rest = divmod(thousandths, 1000)
    return f'"{whole}.{rest:03d}'.rstrip("0") + '"' if rest else str(whole)
