"""Settlements, refunds and payouts as double entries, and what a period comes to by shop, rule and funder.

Each settlement is one balanced entry: what the buyer and gift cards pay is debited; each shop's goods, freight and fees
are credited; each offer is debited to who bears it, the platform or the shop, as the adjustments say. A refund goes the
other way, column by column. A payout turns what the shops earned into what is owed to them, to the platform's
commission and to the provider; what is left of income and expenses then is the platform's net. A movement says that
money came or went. Nothing is worked out anew. As text for Beancount and hledger in `ledgers`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.movement import Movement
from settlement.audit.books import bookings
from settlement.audit.books.assertions import Assertion, assertions
from settlement.audit.books.bookings import Entry, Posting
from settlement.audit.books.days import day_of, on
from settlement.audit.books.handed_in import Source, documents_of, each_once, handed_in, movements_of
from settlement.audit.books.ledgers import beancount_text, hledger_text
from settlement.audit.books.points_owed import PointsOwed
from settlement.audit.books.policy import BooksPolicy
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.money import Money, money_of
from settlement.receipts.settlement import Settlement

__all__ = [
    "Assertion",
    "Entry",
    "Posting",
    "Total",
    "assertions",
    "beancount_text",
    "csv_text",
    "entries",
    "hledger_text",
    "totals",
]

#: What totals are by.
By: TypeAlias = Literal["date", "shop", "stage", "rule", "funder"]
_BY: Final[tuple[By, ...]] = ("date", "shop", "stage", "rule", "funder")


def entries(
    sources: Iterable[Source],
    *,
    offset: timedelta = timedelta(0),
    refunded: date | None = None,
    paid_out: date | None = None,
    before: Iterable[Source] = (),
    policy: BooksPolicy | None = None,
) -> list[Entry]:
    """The entries of settlements, records, refund quotes, payouts and movements, by date; ties in the order given.

    An order edit stands for its settlements and refunds, each once, also where some are handed in beside it.

    `offset` from UTC says where a day begins (8 hours in China). Refunds and payouts stand on the day of their own
    instant, else on `refunded` and `paid_out`, else on the day of their settlement, which is among the sources or was
    booked `before`: what stands there is looked up and makes no entry. A payout is booked as the difference to the one
    that covers the refunds before it, whatever order they are handed in. What moves nothing makes no entry. A
    movement needs no settlement. `policy` says how sales for others are shown and whether points are owed. Raises
    `InvalidDocument` where the settlement of a refund or a payout is missing, where two settlements of one digest do
    not both have a name (`for_order`), where a document is of another order, where a refund stands twice or nothing
    tells it from another, and where of two payouts none follows the other; else what `refund` raises for its history.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> [entry] = entries([settle(checkout, Rulebook(id="r", currency="CNY"))], offset=timedelta(hours=8))
    >>> entry.on.isoformat(), [(":".join(row.account), str(row.amount)) for row in entry.postings]
    ('2026-11-11', [('Assets:Buyers', '119.80 CNY'), ('Income:s1:Goods', '-119.80 CNY')])
    """
    expect("policy", policy, BooksPolicy, optional=True)
    sources, before = list(sources), list(before)
    made: list[tuple[Entry, object]] = []
    for document, settlement, previous in handed_in(documents_of(sources), documents_of(before)):
        day = day_of(document, settlement, offset, refunded=refunded, paid_out=paid_out)
        if isinstance(document, Settlement):
            made.append((bookings.sold(document, day), document))
        elif isinstance(document, Payout):
            made.append((bookings.paid_out(document, settlement, day, previous), document))
        else:
            made.append((bookings.refunded(document, settlement, day), document))
    made += [(bookings.moved(each, on(each.at, offset)), each) for each in movements_of(sources, before)]
    made.sort(key=lambda each: each[0].on)
    found = [entry for entry, _ in made]
    if policy is not None and policy.presentation == "agent":
        found = [bookings.as_agent(entry) for entry in found]
    if policy is not None and policy.points_deferred is not None:
        owed = PointsOwed(policy, each_once(before))
        found = [owed.booked(entry, document) for entry, (_, document) in zip(found, made, strict=True)]
    return [entry for entry in found if entry.postings]


# ------------------------------------------------------------------ totals of a period


class Total(NamedTuple):
    """A sum, signed from the buyer's purse like a settlement: discounts are negative. `key` follows `by`."""

    key: tuple[str, ...]
    amount: Money
    #: Settlements and refunds that it comes from.
    entries: int


def totals(
    sources: Iterable[Source],
    by: Sequence[By] = ("shop", "rule", "funder"),
    *,
    stages: Iterable[str] | None = None,
    offset: timedelta = timedelta(0),
    before: Iterable[Source] = (),
) -> list[Total]:
    """What settlements, records and refunds of a period come to, by any of date, shop, stage, rule and funder.

    Amounts are the settlements' own, summed and never rounded; goods and charges have the rule "" or their template or
    method, and the funder "". `stages` keeps only some of them. One list may hold several currencies: each has rows of
    its own. Payouts and movements are passed over: what a period owes to shops is in their tables (`tables`) and
    statements. `before` as for `entries`. Raises `ValueError` for an unknown field, else what `entries` raises.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> totals([settle(checkout, Rulebook(id="r", currency="CNY"))], by=("shop", "stage"))
    [Total(key=('s1', 'goods'), amount=Money('119.80 CNY'), entries=1)]
    """
    unknown = [name for name in by if name not in _BY]
    if unknown or not by:
        msg = f"totals are by {', '.join(_BY)}; found {', '.join(unknown) or 'nothing'}"
        raise ValueError(msg)
    bought = [each for each in sources if not isinstance(each, (Payout, Movement))]
    kept = None if stages is None else frozenset(stages)
    sums: dict[tuple[str, ...], int] = {}
    counts: dict[tuple[str, ...], set[int]] = {}
    for number, entry in enumerate(entries(bought, offset=offset, before=before)):
        for row in entry.postings:
            if row.shop is not None and (kept is None or row.stage in kept):
                said = {"date": entry.on.isoformat(), "shop": row.shop, "stage": row.stage, "rule": row.rule or ""}
                said["funder"] = row.funder or ""
                key = (*(said[name] for name in by), row.amount.currency)
                sums[key] = sums.get(key, 0) - row.amount.minor
                counts.setdefault(key, set()).add(number)
    return [Total(key[:-1], money_of(sums[key], key[-1]), len(counts[key])) for key in sorted(sums)]


# ------------------------------------------------------------------ formats


def csv_text(journal: Iterable[Entry]) -> str:
    """The postings as CSV: debit and credit apart, ids safe to open in a spreadsheet, amounts as plain numbers."""
    from settlement.audit.books.tables import cell

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "date",
            "entry",
            "digest",
            "order",
            "id",
            "rulebook",
            "account",
            "shop",
            "stage",
            "rule",
            "funder",
            "debit",
            "credit",
            "currency",
        ]
    )
    for entry in journal:
        for row in entry.postings:
            head = (entry.kind, entry.digest, entry.order, entry.id, entry.rulebook)
            texts = (*head, ":".join(row.account), row.shop, row.stage, row.rule)
            amount = str(abs(row.amount).amount)
            sides = (amount, "") if row.amount.minor > 0 else ("", amount)
            writer.writerow([entry.on.isoformat(), *map(cell, texts), cell(row.funder), *sides, row.amount.currency])
    return out.getvalue()


all_readable(globals())
