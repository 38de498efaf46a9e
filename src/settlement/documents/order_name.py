"""Which order a document is of, by the shop's own name for it, and what tells two equal events of an order apart.

A digest says what was asked; two buyers may ask the same in one second. A name that one of two documents does not
state contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from settlement.documents.scalars import Id, Instant
from settlement.documents.unstated import LeavesOut
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt

__all__ = ["Happened", "OfOrder", "happened", "one_order"]


class OfOrder(LeavesOut):
    """A document of an order, which may have a name."""

    left_out: ClassVar[frozenset[str]] = frozenset({"order"})

    order: Id | None = None


class Happened(OfOrder):
    """What was done to an order, with an id and an instant of its own, where the shop states them."""

    left_out: ClassVar[frozenset[str]] = frozenset({"order", "id", "at"})

    id: Id | None = None
    at: Instant | None = None


def happened(title: str, **stated: object) -> Happened:
    """These three as they are kept. Raises `InvalidDocument` for what is no id and for an instant without offset."""
    try:
        return Happened.model_validate(stated)
    except InvalidDocument as error:
        found = InvalidDocument(error.problems, title)
    raise found


def one_order(title: str, stated: Iterable[tuple[str, str | None]]) -> None:
    """Places and the order that the document there names: all that name one name the same. Raises `InvalidDocument`.

    >>> one_order("refund", [("settlement", "A-1"), ("history[0]", None), ("history[1]", "A-2")])
    Traceback (most recent call last):
    ...
    settlement.errors.InvalidDocument: refund: 1 problem
      history[1].order: found order "A-2"; what is handed in beside it is of order "A-1" [order.mismatch]
    """
    named = [(place, order) for place, order in stated if order is not None]
    problems = [
        Problem(f"{place}.order", "order.mismatch", {"found": excerpt(order), "expected": excerpt(named[0][1])})
        for place, order in named
        if order != named[0][1]
    ]
    if problems:
        raise InvalidDocument(problems, title)
