"""Why a row of the journal says what it does: the lines, cards and payouts that it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.audit.books import bookings
from settlement.audit.books.bookings import Book, Entry, Posting
from settlement.audit.books.handed_in import Source, documents_of, handed_in, movements_of
from settlement.audit.books.points_owed import points_of
from settlement.documents.written import all_readable
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation, names_of
from settlement.explanations.terms import Figure
from settlement.receipts.settlement import Settlement

__all__ = ["explain_row"]


def explain_row(entry: Entry, row: Posting, sources: Iterable[Source], before: Iterable[Source] = ()) -> Explanation:
    """How a row of the journal came about; `sources` and `before` are what `entries` was handed.

    A sale and a refund tell it by lines and cards, a payout by what it says and what the one before it said, a movement
    by its amount and the provider's fee. The figures add up to the row, debits above 0. Raises `LookupError` where the
    row is none of the entry, or the entry none of these sources; else what `entries` raises.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.audit.books.journal import entries
    >>> lines = [Line(id=n, shop="s1", sku="k", quantity=1, unit_price="9.90 CNY") for n in "ab"]
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> [entry] = entries([paid])
    >>> [(term.name, str(term.amount)) for term in explain_row(entry, entry.postings[1], [paid]).figures]
    [('a', '-9.90 CNY'), ('b', '-9.90 CNY')]
    """
    sources, before = list(sources), list(before)
    if row not in entry.postings:
        raise LookupError("this row is none of the entry")
    for made, book, document, names in _booked(entry, sources, before):
        if _same(made, entry):
            figures = Figures(row.amount.currency)
            figures.state(f"booked_{entry.kind}", on=entry.on.isoformat(), name=entry.id or "")
            figures.sum("row", row.amount.minor, _made_of(row, book, document))
            name, steps = ":".join(row.account), tuple(figures.steps)
            return Explanation("row", name, row.amount.currency, row.amount, steps, names, entry.order)
    raise LookupError("this entry is of none of the documents that were handed in")


def _booked(
    entry: Entry, sources: list[Source], before: list[Source]
) -> Iterator[tuple[Entry, Book, object, Mapping[str, str]]]:
    """Every document as it is booked, with what its rows are made of."""
    on = entry.on
    for document, settlement, previous in handed_in(documents_of(sources), documents_of(before)):
        book = Book(settlement.currency, parts=True)
        if isinstance(document, Settlement):
            made = bookings.sold(document, on, book)
        elif isinstance(document, RefundQuote):
            made = bookings.refunded(document, settlement, on, book)
        else:
            made = bookings.paid_out(document, settlement, on, previous if isinstance(previous, Payout) else None, book)
        yield made, book, document, names_of(settlement)
    for each in movements_of(sources, before):
        book = Book(each.currency, parts=True)
        yield bookings.moved(each, on, book), book, each, {}


def _same(made: Entry, entry: Entry) -> bool:
    """Whether a document makes this entry: its rows, whoever's income they are shown as; points stand beside them."""
    shown = bookings.as_agent(made) if entry.agent else made
    rows = tuple([row for row in entry.postings if row.stage not in _POINTS])
    return shown._replace(postings=rows) == entry._replace(postings=rows) and shown.postings == rows


_POINTS = ("points_deferred", "points_owed")


def _made_of(row: Posting, book: Book, document: object) -> list[Figure]:
    """The parts of a row, whose account may be shown as another's liability."""
    if row.stage in _POINTS:
        points = 0 if isinstance(document, Movement) else points_of(document)
        return [("points_moved", row.amount.minor, str(points))]
    key = (row.account[1:], row.shop, row.stage, row.rule, row.funder)
    found: list[Figure] = []
    for (account, *details), parts in (book.parts or {}).items():
        if (account[1:], *details) == key:
            found += parts
    return found


all_readable(globals())
