"""A refund quote from its JSON (contract §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from settlement.after_pay.refunds.quote import (
    RefundCharge,
    RefundCredit,
    RefundDeduction,
    RefundLine,
    RefundMoney,
    RefundPart,
    RefundQuote,
    RefundTender,
)
from settlement.documents.document import Document
from settlement.documents.order_name import Happened
from settlement.documents.scalars import (
    LISTED,
    UNIQUE_IDS,
    Count,
    Id,
    PositiveQuantity,
    Quantity,
)
from settlement.documents.signed import OneCurrency, Signed, Written
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money, excerpt, money_of
from settlement.receipts.columns import COLUMNS
from settlement.receipts.from_json import GiftDocument
from settlement.receipts.parts import GiftLine

__all__ = [
    "RefundAmountDocument",
    "RefundChargeDocument",
    "RefundDocument",
    "RefundLineDocument",
    "RefundPartDocument",
    "RefundPreviewDocument",
    "RefundTenderDocument",
    "read_refund",
]


class RefundPartDocument(Document):
    """One side of a refunded line."""

    payment_fee: Signed
    columns: dict[Written, Signed]
    platform: dict[Written, Signed]


class RefundLineDocument(Document):
    """A refunded line; a side that gives back nothing has no part."""

    id: Id
    quantity: Quantity
    goods: Signed
    freight: Signed
    goods_points: Count
    freight_points: Count
    goods_part: RefundPartDocument | None = None
    freight_part: RefundPartDocument | None = None


class RefundChargeDocument(Document):
    """What is charged back of an offer on a line."""

    rule: Id
    line: Id
    amount: Signed
    platform: Signed
    tax: Signed | None = None


class RefundTenderDocument(Document):
    """What goes back to a gift card or to stored value."""

    id: Id
    amount: Signed


class RefundAmountDocument(Document):
    """Money without goods, or what is kept of a refund: on which line, of its goods or its freight, and why."""

    line: Id
    of: Literal["goods", "freight"]
    amount: Signed
    reason: Id


class RefundDeductionDocument(RefundAmountDocument):
    """What is kept of a refund, or below 0 given of what was charged back."""

    tax: Signed | None = None


class RefundDocument(Happened, OneCurrency):
    """A refund quote as JSON (contract §8)."""

    settlement: Written
    freight: Literal["keep", "return", "parcel"]
    cash: Signed
    points: Count
    lines: Annotated[tuple[RefundLineDocument, ...], UNIQUE_IDS, LISTED]
    charges: Annotated[tuple[RefundChargeDocument, ...], LISTED] = ()
    tenders: Annotated[tuple[RefundTenderDocument, ...], UNIQUE_IDS, LISTED] = ()
    coupons: Annotated[tuple[Id, ...], LISTED] = ()
    gifts: Annotated[tuple[GiftDocument, ...], LISTED] = ()
    earned_points: Count = 0
    uncharged: Signed | None = None
    recheck: Literal["fair"] | None = None
    money: Annotated[tuple[RefundAmountDocument, ...], LISTED] = ()
    deductions: Annotated[tuple[RefundDeductionDocument, ...], LISTED] = ()
    credit: RefundTenderDocument | None = None
    kept_gifts: Annotated[tuple[GiftDocument, ...], LISTED] = ()


class RefundPreviewDocument(Document):
    """What returning one line alone would give, as JSON."""

    line: Id
    left: PositiveQuantity
    units: Annotated[tuple[Signed, ...], LISTED]
    all_left: Signed
    points: Count


def read_refund(text: str | bytes) -> RefundQuote:
    """A refund quote from its JSON; its sums are compared."""
    document = RefundDocument.model_validate_json(text)
    problems: list[Problem] = []
    lines = []
    for index, row in enumerate(document.lines):
        parts = []
        for name, cash in (("goods_part", row.goods), ("freight_part", row.freight)):
            part = getattr(row, name)
            fee = money_of(0, document.currency) if part is None else part.payment_fee
            made = RefundPart(fee, {} if part is None else part.columns, {} if part is None else part.platform)
            found = _part_problems(name, cash, made)
            problems += [problem._replace(place=f"lines[{index}].{problem.place}") for problem in found]
            parts.append(made)
        head = (row.id, row.quantity, row.goods, row.freight, row.goods_points, row.freight_points)
        lines.append(RefundLine(*head, *parts))
    quote = RefundQuote(
        document.settlement,
        document.currency,
        document.freight,
        tuple(lines),
        tuple(RefundCharge(row.rule, row.line, row.amount, row.platform, row.tax) for row in document.charges),
        tuple(RefundTender(row.id, row.amount) for row in document.tenders),
        document.coupons,
        tuple(GiftLine(row.rule, row.sku, row.quantity) for row in document.gifts),
        document.earned_points,
        document.uncharged,
        document.recheck,
        money=tuple(RefundMoney(row.line, row.of, row.amount, row.reason) for row in document.money),
        deductions=tuple(
            RefundDeduction(row.line, row.of, row.amount, row.reason, row.tax) for row in document.deductions
        ),
        credit=None if document.credit is None else RefundCredit(document.credit.id, document.credit.amount),
        kept_gifts=tuple(GiftLine(row.rule, row.sku, row.quantity) for row in document.kept_gifts),
        order=document.order,
        id=document.id,
        at=document.at,
    )
    owed = [(f"tenders[{at}].amount", each.amount) for at, each in enumerate(quote.tenders)]
    owed += [] if quote.credit is None else [("credit.amount", quote.credit.amount)]
    for name, rows in (("money", document.money), ("deductions", document.deductions)):
        for at, row_of in enumerate(rows):
            if row_of.amount.minor <= 0 and (name == "money" or not row_of.amount):  # a deduction below 0 is given
                problems.append(Problem(f"{name}[{at}].amount", "refund.none", {"found": str(row_of.amount)}))
    problems += _beyond_lines(quote)
    for place, amount in [
        ("cash", document.cash),
        ("uncharged", quote.uncharged),
        *owed,
        *([("tenders", quote.to_method)] if owed else []),
    ]:
        if amount.minor < 0:
            problems.append(Problem(place, "refund.negative", {"found": str(amount)}))
    if quote.cash != document.cash or quote.points != document.points:
        problems.append(Problem("cash", "value.invalid", {"detail": "is not the sum of the lines"}))
    if problems:
        raise InvalidDocument(problems, "refund")
    return quote


def _beyond_lines(quote: RefundQuote) -> Iterator[Problem]:
    """Money that is more than the side of the line that it is part of."""
    sides = {(line.id, of): getattr(line, of) for line in quote.lines for of in ("goods", "freight")}
    found: dict[tuple[str, str], int] = {}
    for row in quote.money:
        found[row.line, row.of] = found.get((row.line, row.of), 0) + row.amount.minor
    nothing = money_of(0, quote.currency)
    for (line, of), amount in found.items():
        most = sides.get((line, of), nothing)
        if amount > most.minor:
            yield _out_of_range(f"money.{line}.{of}", money_of(amount, quote.currency), nothing, most)


def _part_problems(name: str, cash: Money, part: RefundPart) -> Iterator[Problem]:
    """What no refund gives back on one side of a line: less than nothing, or what its columns don't hold."""
    side = name.removesuffix("_part")
    if cash.minor < 0:
        yield Problem(side, "refund.negative", {"found": str(cash)})
    elif not 0 <= part.payment_fee.minor <= cash.minor:
        yield _out_of_range(f"{name}.payment_fee", part.payment_fee, money_of(0, cash.currency), cash)
    if sum([amount.minor for amount in part.columns.values()]) != cash.minor:
        yield Problem(name, "value.invalid", {"detail": "is not the sum of the columns"})
    for column in sorted({*part.columns, *part.platform} - {*COLUMNS}):
        facts = {"found": excerpt(column), "expected": ", ".join(COLUMNS)}
        yield Problem(f"{name}.columns", "choice.unknown", facts)
    nothing = money_of(0, cash.currency)
    for column, amount in part.platform.items():
        low, high = sorted((nothing, part.columns.get(column, nothing)))
        if not low <= amount <= high:
            yield _out_of_range(f"{name}.platform.{column}", amount, low, high)


def _out_of_range(place: str, found: Money, low: Money, high: Money) -> Problem:
    return Problem(place, "refund.range", {"found": str(found), "low": str(low), "high": str(high)})
