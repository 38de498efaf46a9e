"""Reading back what the library wrote: settlements and refund quotes as strict documents.

Loaded only when something is read back; its models are also the JSON Schemas of what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from settlement.breakdown import COLUMNS, GiftLine, Record, Settlement
from settlement.cart import Currency
from settlement.documents import (
    LISTED,
    MAX_DEPTH,
    UNIQUE_IDS,
    Count,
    Document,
    Flag,
    Id,
    Instant,
    PercentOrZero,
    PositiveCount,
    PositiveQuantity,
    Quantity,
    Text,
    foreign_amounts,
    milli,
    problem,
    problem_at,
    refuse,
)
from settlement.errors import InvalidDocument, InvariantBroken, Problem
from settlement.fold import check
from settlement.invoice import InvoiceRequest
from settlement.ledger import STAGES, Charge, Entry
from settlement.money import Money, _money, excerpt, parse_amount
from settlement.redemptions import Redeemed, check_redemptions
from settlement.refund_quote import RefundCharge, RefundLine, RefundPart, RefundQuote, RefundTender
from settlement.tenders import Payment

__all__ = ["RefundDocument", "RefundPreviewDocument", "SettlementDocument", "read_refund", "read_settlement"]


def _signed(value: object) -> Money:
    if isinstance(value, Money):
        return value
    if not isinstance(value, str):
        raise problem("amount.type", found=excerpt(value))
    return _money(*parse_amount(value, None))


#: An amount that the library computed: signed, and as large as its sums are.
Signed = Annotated[
    Money,
    PlainValidator(_signed),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "title": "Money",
            "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]{2,4})? [A-Z]{3}$",
            "examples": ["-12.34 CNY"],
        }
    ),
]


def _well_formed(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise problem("text.surrogate") from None
    return value


#: A text of whatever length: without half of a surrogate pair, or it could not be written again.
Written = Annotated[str, AfterValidator(_well_formed)]


def _plain_data(value: object, depth: int = 0) -> object:
    if depth > MAX_DEPTH:
        raise problem("json.depth", limit=MAX_DEPTH)
    if isinstance(value, dict):
        return {_well_formed(str(key)): _plain_data(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain_data(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return _well_formed(str(value))
    if value is None or type(value) in {int, bool}:
        return value
    raise problem("value.invalid", detail=f"found {excerpt(value)}; facts are strings, integers, lists and objects")


#: The numbers behind an adjustment or a decision: any JSON but floats, bounded in depth.
Facts = Annotated[dict[str, Any], AfterValidator(_plain_data)]


class OneCurrency(Document):
    """A document whose amounts are all in its currency."""

    currency: Currency

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        refuse(list(foreign_amounts(self, self.currency)))
        return self


class ColumnsDocument(Document):
    """The columns of contract §7."""

    list: Signed
    goods: Signed
    promotions: Signed
    coupons: Signed
    freight: Signed
    surcharges: Signed
    freight_offers: Signed
    points: Signed
    payment_fee: Signed
    rounding: Signed
    payable: Signed


class LineDocument(ColumnsDocument):
    """A settled line."""

    id: Id
    shop: Id
    sku: Id
    quantity: PositiveQuantity
    unit_price: Signed
    commission_percent: PercentOrZero | None
    tax_percent: PercentOrZero | None
    points_used: Count


class ShopDocument(ColumnsDocument):
    """A shop's columns."""

    id: Id


class ParcelDocument(Document):
    """A parcel."""

    shop: Id
    template: Id
    warehouse: Id | None
    zone: Written
    units: Count
    fee: Signed
    surcharge: Signed
    free: Flag
    boxes: PositiveCount = 1


class AdjustmentDocument(Document):
    """An adjustment with its shares."""

    stage: Literal[
        "item_promotion",
        "shop_promotion",
        "platform_promotion",
        "shop_coupon",
        "platform_coupon",
        "freight",
        "surcharge",
        "freight_promotion",
        "freight_coupon",
        "points",
        "payment_fee",
        "rounding",
    ]
    rule: Id
    amount: Signed
    shares: dict[Written, Signed]
    platform: dict[Written, Signed]
    facts: Facts


def _shortfall(value: object) -> object:
    if isinstance(value, str) and " " in value:
        return _signed(value)
    return milli_of(value)


def milli_of(value: object) -> int:
    """A quantity of a document in thousandths."""
    from settlement.documents import returned_quantity

    return milli(returned_quantity(value))


class DecisionDocument(Document):
    """A decision with its reason."""

    rule: Id
    outcome: Literal["applied", "refused"]
    reason: Written | None = None
    shortfall: Annotated[Any, PlainValidator(_shortfall), WithJsonSchema({"type": ["string", "integer"]})] = None
    facts: Facts = Field(default_factory=dict)

    @model_validator(mode="after")
    def _refused_for_a_reason(self) -> Self:
        if (self.outcome == "refused") != (self.reason is not None):
            refuse([problem_at("reason", code="value.invalid", detail="is there where, and only where, it is refused")])
        return self


class ExcludedDocument(Document):
    """A line that is left out."""

    line: Id
    reason: Written
    available: Quantity | None = None


class GiftDocument(Document):
    """What comes along."""

    rule: Id
    sku: Id
    quantity: PositiveQuantity


class CandidateDocument(Document):
    """A candidate warehouse and the region that it shares with the address."""

    warehouse: Id
    shared: Written


class SourcingDocument(Document):
    """The warehouse of a line."""

    line: Id
    warehouse: Id
    candidates: Annotated[tuple[CandidateDocument, ...], LISTED]


class TenderDocument(Document):
    """What a gift card or stored value pays, and what is left on it."""

    id: Id
    type: Literal["gift_card", "stored_value"]
    amount: Signed
    left: Signed


class PointsDocument(Document):
    """Points used, earned and usable."""

    used: Count
    earned: Count
    usable: Count


class RedemptionDocument(Document):
    """Something that the order consumes."""

    kind: Literal["coupon", "use", "units", "points", "gift_card", "stored_value"]
    id: Id
    quantity: PositiveQuantity
    amount: Signed | None = None


class SettlementDocument(OneCurrency):
    """A settlement as JSON (contract §7)."""

    status: Literal["payable", "pending", "blocked"]
    at: Instant
    rulebook: Id
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    calculation_version: Written
    totals: ColumnsDocument
    lines: Annotated[tuple[LineDocument, ...], UNIQUE_IDS, LISTED]
    shops: Annotated[tuple[ShopDocument, ...], UNIQUE_IDS, LISTED]
    parcels: Annotated[tuple[ParcelDocument, ...], LISTED]
    adjustments: Annotated[tuple[AdjustmentDocument, ...], LISTED]
    decisions: Annotated[tuple[DecisionDocument, ...], LISTED]
    excluded: Annotated[tuple[ExcludedDocument, ...], LISTED]
    gifts: Annotated[tuple[GiftDocument, ...], LISTED]
    warehouses: Annotated[tuple[SourcingDocument, ...], LISTED] = ()
    points: PointsDocument
    tenders: Annotated[tuple[TenderDocument, ...], LISTED] = ()
    redemptions: Annotated[tuple[RedemptionDocument, ...], LISTED] | None = None
    due: Signed | None = None
    optimal: Annotated[
        Flag, Field(description="The choice of coupons and points is proven best; promotions are no part of it.")
    ]
    bound: Signed | None = None
    remark: Text | None
    invoice: InvoiceRequest | None


_FIELDS = ("list", *COLUMNS, "payable")


def _row(columns: ColumnsDocument) -> tuple[int, ...]:
    return tuple(getattr(columns, name).minor for name in _FIELDS)


def _entries(document: SettlementDocument, place_of: Mapping[str, int]) -> list[Entry]:
    """The adjustments as the ledger has them. Raises `InvalidDocument` where one names what is not there."""
    problems: list[Problem] = []
    entries: list[Entry] = []
    for index, row in enumerate(document.adjustments):
        if not row.shares.keys() <= place_of.keys() or not row.platform.keys() <= row.shares.keys():
            problems.append(Problem(f"adjustments[{index}].shares", "value.invalid", {"detail": "names no line"}))
            continue
        names = sorted(row.shares)
        borne = tuple(row.platform[name].minor if name in row.platform else 0 for name in names)
        shares = tuple(row.shares[name].minor for name in names)
        places = tuple(place_of[name] for name in names)
        parts = borne if row.platform else None
        entries.append((STAGES.index(row.stage), row.rule, row.amount.minor, places, shares, parts, row.facts))
    if problems:
        raise InvalidDocument(problems, "Settlement")
    return entries


def read_settlement(text: str | bytes) -> Settlement:
    """A settlement from its JSON; every sum is recomputed from the shares and compared."""
    document = SettlementDocument.model_validate_json(text)
    lines = sorted(document.lines, key=lambda line: line.id)
    place_of = {line.id: at for at, line in enumerate(lines)}
    columns = [[_row(line)[column] for line in lines] for column in range(11)]
    record = Record(
        status=document.status,
        currency=document.currency,
        at=document.at,
        rulebook=document.rulebook,
        version=document.calculation_version,
        lines=lines,
        ids=tuple(place_of),
        order=[place_of[line.id] for line in document.lines],
        columns=columns,
        totals=_row(document.totals),
        shops=[(shop.id, _row(shop)) for shop in document.shops],
        parcels=[
            Charge(p.shop, p.template, p.warehouse, p.zone, p.units, p.fee.minor, p.surcharge.minor, p.free, p.boxes)
            for p in document.parcels
        ],
        entries=_entries(document, place_of),
        verdicts=[(row.rule, row.reason, _minor(row.shortfall), dict(row.facts) or None) for row in document.decisions],
        excluded=[
            (row.line, row.reason, None if row.available is None else milli(row.available), at)
            for at, row in enumerate(document.excluded)
        ],
        gifts=[(row.rule, row.sku, milli(row.quantity)) for row in document.gifts],
        points=(document.points.used, document.points.earned, document.points.usable),
        optimal=document.optimal,
        bound=None if document.bound is None else document.bound.minor,
        remark=document.remark,
        invoice=document.invoice,
        sourcing=[
            (row.line, row.warehouse, tuple((each.warehouse, each.shared) for each in row.candidates))
            for row in document.warehouses
        ],
        tenders=[Payment(row.id, row.type, row.amount.minor, row.left.minor) for row in document.tenders],
        redemptions=_redemptions(document),
    )
    check(record)
    check_redemptions(record)
    for line, used in zip(lines, record.points_used, strict=True):
        if line.points_used != used:
            raise InvariantBroken(f"points used for line {line.id!r}", used, line.points_used)
    settlement = Settlement(record, None, document.digest)
    if document.due is not None and document.due != settlement.due:
        raise InvariantBroken("due", settlement.due, document.due)
    return settlement


def _redemptions(document: SettlementDocument) -> list[Redeemed] | None:
    if document.redemptions is None:
        return None
    return [(row.kind, row.id, milli(row.quantity), _minor(row.amount)) for row in document.redemptions]


def _minor(value: Any) -> int | None:
    return value.minor if isinstance(value, Money) else value


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


class RefundTenderDocument(Document):
    """What goes back to a gift card or to stored value."""

    id: Id
    amount: Signed


class RefundDocument(OneCurrency):
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
            fee = _money(0, document.currency) if part is None else part.payment_fee
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
        tuple(RefundCharge(row.rule, row.line, row.amount, row.platform) for row in document.charges),
        tuple(RefundTender(row.id, row.amount) for row in document.tenders),
        document.coupons,
        tuple(GiftLine(row.rule, row.sku, row.quantity) for row in document.gifts),
        document.earned_points,
        document.uncharged,
    )
    owed = [(f"tenders[{at}].amount", each.amount) for at, each in enumerate(quote.tenders)]
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


def _part_problems(name: str, cash: Money, part: RefundPart) -> Iterator[Problem]:
    """What no refund gives back on one side of a line: less than nothing, or what its columns don't hold."""
    side = name.removesuffix("_part")
    if cash.minor < 0:
        yield Problem(side, "refund.negative", {"found": str(cash)})
    elif not 0 <= part.payment_fee.minor <= cash.minor:
        yield _out_of_range(f"{name}.payment_fee", part.payment_fee, _money(0, cash.currency), cash)
    if sum([amount.minor for amount in part.columns.values()]) != cash.minor:
        yield Problem(name, "value.invalid", {"detail": "is not the sum of the columns"})
    for column in sorted({*part.columns, *part.platform} - {*COLUMNS}):
        facts = {"found": excerpt(column), "expected": ", ".join(COLUMNS)}
        yield Problem(f"{name}.columns", "choice.unknown", facts)
    nothing = _money(0, cash.currency)
    for column, amount in part.platform.items():
        low, high = sorted((nothing, part.columns.get(column, nothing)))
        if not low <= amount <= high:
            yield _out_of_range(f"{name}.platform.{column}", amount, low, high)


def _out_of_range(place: str, found: Money, low: Money, high: Money) -> Problem:
    return Problem(place, "refund.range", {"found": str(found), "low": str(low), "high": str(high)})
