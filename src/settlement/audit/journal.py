"""Settlements and refunds as double entries, and what a period comes to by shop, rule and funder.

Each settlement is one balanced entry: what the buyer and gift cards pay is debited; each shop's goods, freight and fees
are credited; each offer is debited to who bears it, the platform or the shop, as the adjustments say. A refund goes the
other way, column by column. Nothing is worked out anew.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from settlement.breakdown import Settlement
from settlement.money import Money, _money, format_minor
from settlement.refund_quote import RefundPart, RefundQuote

__all__ = ["Entry", "Posting", "Total", "beancount_text", "csv_text", "entries", "totals"]

#: What totals are by.
By: TypeAlias = Literal["date", "shop", "stage", "rule", "funder"]
_BY: Final[tuple[By, ...]] = ("date", "shop", "stage", "rule", "funder")

#: Offers and points: what they take off is borne by the platform or by the shop.
_BORNE: Final = frozenset(
    "item_promotion shop_promotion platform_promotion shop_coupon platform_coupon freight_promotion freight_coupon"
    " points".split()
)
#: The columns that those stages fill.
_OFFER_COLUMNS: Final = frozenset({"promotions", "coupons", "freight_offers", "points"})
#: What an adjustment is booked as: the accounts of what is sold and charged.
_INCOME: Final = {"freight": "Freight", "surcharge": "Surcharge", "payment_fee": "Payment-fee", "rounding": "Rounding"}


class Recorded(Protocol):
    """A record of the audit, or anything else that holds a settlement."""

    def settlement(self) -> Settlement: ...


Source: TypeAlias = Settlement | Recorded | RefundQuote


class Posting(NamedTuple):
    """One row of an entry: debits are above 0, credits below. `funder` is who bears an offer, else None."""

    account: tuple[str, ...]
    amount: Money
    shop: str | None
    stage: str
    rule: str | None = None
    funder: Literal["platform", "shop"] | None = None


class Entry(NamedTuple):
    """Postings that add up to 0, for one settlement or one refund."""

    on: date
    kind: Literal["settlement", "refund"]
    #: Digest of the request that was settled.
    digest: str
    rulebook: str
    postings: tuple[Posting, ...]


def entries(
    sources: Iterable[Source], *, offset: timedelta = timedelta(0), refunded: date | None = None
) -> list[Entry]:
    """The entries of settlements, records and refund quotes, in order of date; ties in the order given.

    `offset` from UTC says where a day begins (8 hours in China). A refund quote has no date of its own: its entry
    stands on `refunded`, else on the day of its settlement, which must be among the sources. Settlements in which
    nothing moves make no entry. Raises `ValueError` where a quote's settlement is missing.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> [entry] = entries([settle(checkout, Rulebook(id="r", currency="CNY"))], offset=timedelta(hours=8))
    >>> entry.on.isoformat(), [(":".join(row.account), str(row.amount)) for row in entry.postings]
    ('2026-11-11', [('Assets:Buyers', '119.80 CNY'), ('Income:s1:Goods', '-119.80 CNY')])
    """
    given = [_plain(source) for source in sources]
    known = {each.digest: each for each in given if isinstance(each, Settlement)}
    made = []
    for each in given:
        if isinstance(each, Settlement):
            made.append(_sold(each, _day(each, offset)))
        elif each.settlement in known:
            settlement = known[each.settlement]
            made.append(_refunded(each, settlement, refunded or _day(settlement, offset)))
        else:
            msg = f"the settlement of a refund is missing: {each.settlement}"
            raise ValueError(msg)
    return sorted((entry for entry in made if entry.postings), key=lambda entry: entry.on)


def _plain(source: Source) -> Settlement | RefundQuote:
    return source if isinstance(source, (Settlement, RefundQuote)) else source.settlement()


def _day(settlement: Settlement, offset: timedelta) -> date:
    return datetime.fromisoformat(settlement.at).astimezone(timezone(offset)).date()


class _Book:
    """Postings under way: amounts of one account, rule and funder are added up; what comes to 0 is left out."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.sums: dict[tuple[Any, ...], int] = {}

    def post(self, account: tuple[str, ...], minor: int, *details: Any) -> None:
        key = (account, *details)
        self.sums[key] = self.sums.get(key, 0) + minor

    def postings(self) -> tuple[Posting, ...]:
        return tuple(
            Posting(key[0], _money(minor, self.currency), *key[1:]) for key, minor in self.sums.items() if minor
        )


def _sold(settlement: Settlement, on: date) -> Entry:
    """What the buyer owes, against goods, charges and offers of each shop."""
    book = _Book(settlement.currency)
    shop_of = {line.id: line.shop for line in settlement.lines}
    book.post(("Assets", "Buyers"), settlement.due.minor, None, "payable")
    for tender in settlement.tenders:
        book.post(("Liabilities", "Tenders", tender.id), tender.amount.minor, None, "tender", tender.id)
    for line in settlement.lines:
        book.post(("Income", line.shop, "Goods"), -line.goods.minor, line.shop, "goods")
    for each in settlement.adjustments:
        for name, share in each.shares.items():
            shop = shop_of[name]
            if each.stage in _BORNE:
                platform = each.platform[name].minor if name in each.platform else 0
                for funder, part in (("platform", platform), ("shop", share.minor - platform)):
                    account = ("Expenses", shop, "Offers", each.rule, funder.title())
                    book.post(account, -part, shop, each.stage, each.rule, funder)
            else:
                book.post(("Income", shop, _INCOME[each.stage], each.rule), -share.minor, shop, each.stage, each.rule)
    return Entry(on, "settlement", settlement.digest, settlement.rulebook, book.postings())


def _refunded(quote: RefundQuote, settlement: Settlement, on: date) -> Entry:
    """What goes back to the buyer, by shop and column; points that come back are no money and stand in no account."""
    book = _Book(quote.currency)
    shop_of = {line.id: line.shop for line in settlement.lines}
    book.post(("Assets", "Buyers"), -quote.to_method.minor, None, "refund")
    for tender in quote.tenders:
        book.post(("Liabilities", "Tenders", tender.id), -tender.amount.minor, None, "refund", tender.id)
    for line in quote.lines:
        for side, part in ((line.goods, line.goods_part), (line.freight, line.freight_part)):
            _part_back(book, shop_of[line.id], part, side)
    for charge in quote.charges:
        shop, platform = shop_of[charge.line], charge.platform.minor
        for funder, minor in (("platform", platform), ("shop", charge.amount.minor - platform)):
            account = ("Expenses", shop, "Offers", charge.rule, funder.title())
            book.post(account, -minor, shop, "refund_charge", charge.rule, funder)
    return Entry(on, "refund", quote.settlement, settlement.rulebook, book.postings())


def _part_back(book: _Book, shop: str, part: RefundPart, cash: Money) -> None:
    """One side of a line, column by column as it was sold; a quote without columns gives back one sum."""
    for name, amount in (part.columns or {"goods": cash}).items():
        title, stage = name.capitalize().replace("_", "-"), f"refund_{name}"
        if name in _OFFER_COLUMNS:
            platform = part.platform[name].minor if name in part.platform else 0
            for funder, minor in (("platform", platform), ("shop", amount.minor - platform)):
                book.post(("Expenses", shop, "Refunds", title, funder.title()), minor, shop, stage, None, funder)
        else:
            book.post(("Income", shop, "Refunds", title), amount.minor, shop, stage)


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
) -> list[Total]:
    """What settlements, records and refunds of a period come to, by any of date, shop, stage, rule and funder.

    Amounts are the settlements' own, summed and never rounded; goods and charges have the rule "" or their template or
    method, and the funder "". `stages` keeps only some of them. One list may hold several currencies: each has rows of
    its own. Raises `ValueError` for an unknown field, or where a quote's settlement is missing.

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
    kept = None if stages is None else frozenset(stages)
    sums: dict[tuple[str, ...], int] = {}
    counts: dict[tuple[str, ...], set[int]] = {}
    for number, entry in enumerate(entries(sources, offset=offset)):
        for row in entry.postings:
            if row.shop is not None and (kept is None or row.stage in kept):
                said = {"date": entry.on.isoformat(), "shop": row.shop, "stage": row.stage, "rule": row.rule or ""}
                said["funder"] = row.funder or ""
                key = (*(said[name] for name in by), row.amount.currency)
                sums[key] = sums.get(key, 0) - row.amount.minor
                counts.setdefault(key, set()).add(number)
    return [Total(key[:-1], _money(sums[key], key[-1]), len(counts[key])) for key in sorted(sums)]


# ------------------------------------------------------------------ formats


def csv_text(journal: Iterable[Entry]) -> str:
    """The postings as CSV: debit and credit apart, ids safe to open in a spreadsheet, amounts as plain numbers."""
    from settlement.render.cells import cell

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "date",
            "entry",
            "digest",
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
            texts = (entry.kind, entry.digest, entry.rulebook, ":".join(row.account), row.shop, row.stage, row.rule)
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
    yield f"  rulebook: {_string(entry.rulebook)}"
    for row in entry.postings:
        yield f"  {_account(row.account)}  {format_minor(row.amount.minor, row.amount.currency)}"
        for name in ("shop", "stage", "rule", "funder"):
            value = getattr(row, name)
            if value is not None:
                yield f"    {name}: {_string(value)}"


def _link(entry: Entry) -> str:
    """Settlement and refunds of one request share a link."""
    return entry.digest.replace(":", "-")


def _account(parts: Sequence[str]) -> str:
    """A name that Beancount takes; different ids give different names.

    >>> _account(("Income", "tea house", "Goods")), _account(("Income", "茶馆", "Goods"))
    ('Income:X-tea--20--house:Goods', 'Income:X-茶馆:Goods')
    """
    if parts[0] == "Assets":
        return ":".join(parts)
    ids = {2} if parts[0] == "Liabilities" else {1} if parts[2] == "Refunds" else {1, 3}
    return ":".join(_part(part) if at in ids else part for at, part in enumerate(parts))


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
