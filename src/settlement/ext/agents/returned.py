"""The refunds of an order, before an agent is told: of this settlement, with an instant, no more than was sold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sold import Sold
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem, RefundExceeds
from settlement.receipts.settlement import Settlement

__all__ = ["expect_refund", "returned_by"]


def expect_refund(place: str, quote: RefundQuote, settlement: Settlement, title: str) -> None:
    """Raises `InvalidDocument` for a refund of another settlement, and for one without an instant."""
    if quote.settlement != settlement.digest:
        raise InvalidDocument([Problem(f"{place}.settlement", "refund.other")], title)
    if quote.at is None:
        raise InvalidDocument([Problem(f"{place}.at", "field.missing")], title)


def returned_by(settlement: Settlement, refunds: Sequence[RefundQuote], title: str) -> dict[str, int | Decimal]:
    """Line -> how much of it came back in all.

    Raises `InvalidDocument` as `expect_refund` does, where one stands twice, and where all of them together are more
    pieces than a line has or more cash than was paid.
    """
    for at, quote in enumerate(refunds):
        expect_refund(f"refunds[{at}]", quote, settlement, title)
    try:
        known = Sold(settlement).history(refunds, "refunds") if refunds else []
    except RefundExceeds:
        raise InvalidDocument([Problem("refunds", "refund.exceeds")], title) from None
    found: dict[str, int | Decimal] = {}
    for each in [line for quote in known for line in quote.lines]:
        found[each.id] = found.get(each.id, 0) + each.quantity
    return found


all_readable(globals())
