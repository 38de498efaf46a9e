"""Points that buyers hold, as a liability: always round(points outstanding × what one defers), to the minor unit."""

from __future__ import annotations

from collections.abc import Iterable

from settlement.after_pay.refunds.quote import RefundQuote
from settlement.audit.books.bookings import Entry, Posting
from settlement.audit.books.policy import BooksPolicy
from settlement.errors import CurrencyMismatch
from settlement.money import ROUNDERS, money_of
from settlement.receipts.settlement import Settlement

__all__ = ["PointsOwed", "points_of"]


def points_of(document: object) -> int:
    """By how many points a document changes what buyers hold: earned less used; given back less taken back."""
    if isinstance(document, Settlement):
        return document.points.earned - document.points.used
    if isinstance(document, RefundQuote):
        return document.points - (document.earned_points or 0)
    return 0


class PointsOwed:
    """What is owed for points so far; each entry gets the difference that it makes, so that no rounding adds up."""

    def __init__(self, policy: BooksPolicy, before: Iterable[object]) -> None:
        deferred = policy.points_deferred
        self.minor, self.currency = (0, "") if deferred is None else (deferred.minor, deferred.currency)
        self.per = policy.per_points
        self.outstanding = sum([points_of(each) for each in before])

    def _owed(self) -> int:
        return ROUNDERS["half_up"](self.outstanding * self.minor, self.per)

    def booked(self, entry: Entry, document: object) -> Entry:
        """The entry with what it changes. Raises `CurrencyMismatch`."""
        points = points_of(document)
        if not points:
            return entry
        currency = entry.postings[0].amount.currency if entry.postings else self.currency
        if currency != self.currency:
            raise CurrencyMismatch(self.currency, currency)
        before = self._owed()
        self.outstanding += points
        moved = self._owed() - before
        if not moved:
            return entry
        rows = (
            Posting(("Income", "Points"), money_of(moved, currency), None, "points_deferred"),
            Posting(("Liabilities", "Points"), money_of(-moved, currency), None, "points_owed"),
        )
        return entry._replace(postings=entry.postings + rows)
