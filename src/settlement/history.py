"""What callers hand in after "pay", looked at before anything is worked out: documents by their kind, refunds so far.

A wrong kind is a `TypeError` that says which argument it is, what was found and what would be right. Refunds are those
of one settlement, together no more than it sold: a quote that stands twice would pay twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from settlement.breakdown import Settlement
from settlement.documents import milli, quantity_out
from settlement.errors import RefundExceeds, UnknownLine
from settlement.money import _money
from settlement.problems import expect, expect_all
from settlement.refund_quote import RefundQuote

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["expect", "expect_all", "expect_settlement", "refunds_of", "returned"]


def expect_settlement(value: Any) -> None:
    """The same for the first argument of every fold."""
    expect("settlement", value, Settlement)


def refunds_of(settlement: Settlement, refunds: Iterable[RefundQuote], place: str) -> list[RefundQuote]:
    """These refunds as a list, each of them one of this settlement, together no more than was bought and paid.

    Raises `TypeError` for anything but refund quotes, `ValueError` for one of another settlement, `UnknownLine` and
    `RefundExceeds` where they name or give back what was not sold.
    """
    found = expect_all(place, refunds, RefundQuote)
    for at, quote in enumerate(found):
        if quote.settlement != settlement.digest:
            msg = f"{place}[{at}]: this is a refund of another settlement; those of {settlement.digest} are expected"
            raise ValueError(msg)
    if found:
        _no_more_than_sold(settlement, found)
    return found


def _no_more_than_sold(settlement: Settlement, refunds: Sequence[RefundQuote]) -> None:
    lines = {line.id: line for line in settlement.lines}
    paid: dict[str, int] = {}
    for name, cash in _cash(refunds):
        if name not in lines:
            raise UnknownLine(name, lines)
        paid[name] = paid.get(name, 0) + cash
    for name, thousandths in returned(refunds).items():
        line = lines[name]
        if thousandths > milli(line.quantity):
            raise RefundExceeds(name, str(line.quantity), str(quantity_out(thousandths)))
        if paid[name] > line.payable.minor:
            raise RefundExceeds(name, str(line.payable), str(_money(paid[name], settlement.currency)))


def _cash(refunds: Sequence[RefundQuote]) -> Iterator[tuple[str, int]]:
    for quote in refunds:
        for line in quote.lines:
            yield line.id, line.cash.minor
        for charge in quote.charges:
            yield charge.line, 0


def returned(history: Sequence[RefundQuote]) -> dict[str, int]:
    """Thousandths that came back of each line."""
    found: dict[str, int] = {}
    for quote in history:
        for line in quote.lines:
            found[line.id] = found.get(line.id, 0) + milli(line.quantity)
    return found
