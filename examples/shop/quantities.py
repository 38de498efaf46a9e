"""What somebody wrote as a quantity: a decimal of the article, or why it is none."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from shop.data import Good

__all__ = ["MOST", "quantity_of", "shown"]

#: Of one article in one cart.
MOST: Final = 999
_WHOLE: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_DECIMAL: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?", re.ASCII)


def quantity_of(written: str, good: Good) -> Decimal | str:
    """The quantity, or an English text that says what is expected."""
    shape = _DECIMAL if good.by_weight else _WHOLE
    if not shape.fullmatch(written):
        return "A weight such as 2.35 is expected" if good.by_weight else "A whole number is expected"
    quantity = Decimal(written)
    if not 0 < quantity <= MOST:
        return "From 1 to 999 can be bought at once" if not good.by_weight else "Up to 999 can be bought at once"
    return quantity


def shown(quantity: Decimal) -> str:
    """The shortest way to write it: 2, 2.35."""
    return str(int(quantity)) if quantity == int(quantity) else str(quantity.normalize())
