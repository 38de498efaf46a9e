"""Settlements, refunds and payouts as double entries, and what a period comes to by shop, rule and funder.

Each settlement is one balanced entry: what the buyer and gift cards pay is debited; each shop's goods, freight and fees
are credited; each offer is debited to who bears it, the platform or the shop, as the adjustments say. A refund goes the
other way, column by column. A payout turns what the shops earned into what is owed to them, to the platform's
commission and to the provider; what is left of income and expenses then is the platform's net. Nothing is worked out
anew.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Final, Literal, NamedTuple, TypeAlias

from settlement.after_pay.payouts.accounts import Payout
from settlement.audit.books import bookings
from settlement.audit.books.bookings import Entry, Posting
from settlement.audit.books.handed_in import Source, handed_in
from settlement.money import Money, format_minor, money_of
from settlement.receipts.settlement import Settlement

__all__ = ["Entry", "Posting", "Total", "beancount_text", "csv_text", "entries", "totals"]

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
) -> list[Entry]:
    """The entries of settlements, records, refund quotes and payouts, in order of date; ties in the order given.

    `offset` from UTC says where a day begins (8 hours in China). Refunds and payouts stand on the day of their own
    instant, else on `refunded` and `paid_out`, else on the day of their settlement, which is among the sources or was
    booked `before`: what stands there is looked up and makes no entry. A payout is booked as the difference to the one
    that covers the refunds before it, whatever order they are handed in. What moves nothing makes no entry. Raises
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
    made = []
    for document, settlement, previous in handed_in(sources, before):
        day = _day(settlement, offset)
        if isinstance(document, Settlement):
            made.append(bookings.sold(document, day))
        elif isinstance(document, Payout):
            stated = None if document.at is None else document.at.isoformat()
            on = paid_out or day if stated is None else _on(stated, offset)
            made.append(bookings.paid_out(document, settlement, on, previous))
        else:
            on = refunded or day if document.at is None else _on(document.at, offset)
            made.append(bookings.refunded(document, settlement, on))
    return sorted((entry for entry in made if entry.postings), key=lambda entry: entry.on)


def _day(settlement: Settlement, offset: timedelta) -> date:
    return _on(settlement.at, offset)


def _on(instant: str, offset: timedelta) -> date:
    return datetime.fromisoformat(instant).astimezone(timezone(offset)).date()


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
    its own. Payouts are passed over: what a period owes to shops is in their tables (`tables`). `before` as for
    `entries`. Raises `ValueError` for an unknown field, else what `entries` raises.

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
    bought = [each for each in sources if not isinstance(each, Payout)]
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


def beancount_text(journal: Sequence[Entry]) -> str:
    """The entries in the syntax of Beancount (2 and 3), with the accounts opened; `bean-check` finds no error.

    Ids become parts of account names: what Beancount does not take there becomes its code between double hyphens, so
    different ids never share an account. The ids themselves stand as metadata of each posting.
    """
    if not journal:
        return ""
    first = min(entry.on for entry in journal).isoformat()
    opened = sorted({_account(row.account) for entry in journal for row in entry.postings})
    lines = [f"{first} open {account}" for account in opened]
    for entry in journal:
        lines += ["", *_transaction(entry)]
    return "\n".join(lines) + "\n"


def _transaction(entry: Entry) -> Iterator[str]:
    yield f"{entry.on.isoformat()} * {_string(entry.kind.title())} ^{_link(entry)}"
    yield f"  digest: {_string(entry.digest)}"
    for name in ("order", "id", "rulebook"):
        value = getattr(entry, name)
        if value is not None:
            yield f"  {name}: {_string(value)}"
    for row in entry.postings:
        yield f"  {_account(row.account)}  {format_minor(row.amount.minor, row.amount.currency)}"
        for name in ("shop", "stage", "rule", "funder"):
            value = getattr(row, name)
            if value is not None:
                yield f"    {name}: {_string(value)}"


def _link(entry: Entry) -> str:
    """Settlement, refunds and payouts of one order share a link; of one without a name, of one request."""
    if entry.order is None:
        return entry.digest.replace(":", "-")
    plain = "".join([each if each.isascii() and each.isalnum() else f"-{ord(each):x}-" for each in entry.order])
    return f"order-{plain}"


def _account(parts: Sequence[str]) -> str:
    """A name that Beancount takes; different ids give different names.

    >>> _account(("Income", "tea house", "Goods")), _account(("Income", "茶馆", "Goods"))
    ('Income:X-tea--20--house:Goods', 'Income:X-茶馆:Goods')
    """
    if parts[0] == "Assets" or len(parts) == 2:
        return ":".join(parts)
    ids = {2} if parts[0] == "Liabilities" else {1} if parts[2] in _OWN else {1, 3}
    return ":".join(_part(part) if at in ids else part for at, part in enumerate(parts))


#: Accounts of a shop that are divided by columns, not by rules.
_OWN: Final = ("Refunds", "Payout", "Payout-refunds")


def _part(name: str) -> str:
    """An id as a part of an account: letters, digits and single hyphens stay, the rest becomes codes between two."""
    double = "--" in name
    return "X-" + "".join(
        each if each.isalpha() or each.isdecimal() or (each == "-" and not double) else f"--{ord(each):x}--"
        for each in name
    )


def _string(text: str) -> str:
    r"""A quoted string of Beancount.

    >>> _string('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text, ensure_ascii=False)
