"""On which day something stands in the books."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.receipts.settlement import Settlement

__all__ = ["day_of", "on"]


def on(instant: str | datetime, offset: timedelta) -> date:
    """The day of an instant, by a clock at this offset from UTC."""
    stated = instant if isinstance(instant, datetime) else datetime.fromisoformat(instant)
    return stated.astimezone(timezone(offset)).date()


def day_of(
    document: Settlement | RefundQuote | Payout,
    settlement: Settlement,
    offset: timedelta,
    *,
    refunded: date | None = None,
    paid_out: date | None = None,
) -> date:
    """The day of a refund's or payout's own instant, else the one stated for its kind, else its settlement's."""
    stated = None
    if not isinstance(document, Settlement):
        if document.at is not None:
            return on(document.at, offset)
        stated = paid_out if isinstance(document, Payout) else refunded
    return stated or on(settlement.at, offset)
