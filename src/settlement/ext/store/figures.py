"""Instants and quantities as the tables have them: integers that fit, or a refusal before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from settlement.documents.scalars import milli, quantity_out, returned_quantity, utc
from settlement.errors import InvalidDocument, Problem
from settlement.ext.store.tables import LARGEST
from settlement.money import Money, excerpt, money_of

__all__ = ["expect_fitting", "instant", "microseconds", "shown", "taken"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime | str) -> int:
    """An instant as a number.

    >>> microseconds("1970-01-01T00:00:01.5Z")
    1500000
    """
    return (utc(at) - _EPOCH) // timedelta(microseconds=1)


def instant(number: int) -> datetime:
    """And back, in UTC."""
    return _EPOCH + timedelta(microseconds=number)


def taken(quantity: int | Decimal | Money) -> int:
    """Thousandths of a quantity, or minor units of an amount."""
    return quantity.minor if isinstance(quantity, Money) else milli(quantity)


def shown(number: int, currency: str | None) -> int | Decimal | Money:
    """What a number of a table stands for."""
    return returned_quantity(quantity_out(number)) if currency is None else money_of(number, currency)


def expect_fitting(document: str, figures: Iterable[tuple[str, int]]) -> None:
    """Raise `InvalidDocument` for the places whose number no column takes."""
    right = f"at most {LARGEST}"
    problems = [
        Problem(place, "integer.range", {"found": excerpt(figure), "range": right})
        for place, figure in figures
        if figure > LARGEST
    ]
    if problems:
        raise InvalidDocument(problems, document)
