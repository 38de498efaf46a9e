"""Reading back what the library wrote: a settlement as a strict document.

Loaded only when something is read back; its models are also the JSON Schemas of what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from settlement.cart.checkout import ONCE_A_SHOP, ForShop
from settlement.cart.invoice_request import InvoiceRequest
from settlement.cart.tenders import Payment
from settlement.discounts.instalments import Parts, PaymentStage
from settlement.documents.document import Document
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.scalars import (
    LISTED,
    UNIQUE_IDS,
    CombinedPercent,
    Count,
    Flag,
    Id,
    Instant,
    Name,
    PercentOrZero,
    PositiveCount,
    PositiveQuantity,
    Quantity,
    RegionCode,
    RegionRule,
    Text,
    milli,
)
from settlement.documents.signed import OneCurrency, Signed, Written, signed, well_formed
from settlement.documents.strict_json import MAX_DEPTH
from settlement.documents.unstated import LeavesOut
from settlement.errors import InvalidDocument, InvariantBroken, Problem, UnknownVersion
from settlement.freight.charge import Charge
from settlement.money import Money, excerpt
from settlement.receipts.called import Called
from settlement.receipts.columns import ROW, STAGES
from settlement.receipts.parts import QUANTITY_REASONS
from settlement.receipts.recheck import check
from settlement.receipts.record import VERSIONS, Entry, Record, TaxRow, Verdict
from settlement.receipts.redemptions import Redeemed, check_redemptions
from settlement.receipts.settlement import Settlement
from settlement.receipts.stored.contradictions import contradictions

__all__ = ["NamedGiftDocument", "SettlementDocument", "read_settlement"]


def _plain_data(value: object, depth: int = 0) -> object:
    if depth > MAX_DEPTH:
        raise problem("json.depth", limit=MAX_DEPTH)
    if isinstance(value, dict):
        return {well_formed(str(key)): _plain_data(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain_data(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return well_formed(str(value))
    if value is None or type(value) in {int, bool}:
        return value
    raise problem("value.invalid", detail=f"found {excerpt(value)}; facts are strings, integers, lists and objects")


#: The numbers behind an adjustment or a decision: any JSON but floats, bounded in depth.
Facts = Annotated[dict[str, Any], AfterValidator(_plain_data)]


class ColumnsDocument(LeavesOut):
    """The columns of contract §7; `tax` stands where a shop of the settlement puts it on its prices."""

    left_out: ClassVar[frozenset[str]] = frozenset({"tax"})

    list: Signed
    goods: Signed
    promotions: Signed
    coupons: Signed
    freight: Signed
    surcharges: Signed
    freight_offers: Signed
    points: Signed
    tax: Signed | None = None
    payment_fee: Signed
    rounding: Signed
    payable: Signed

    def minor(self, column: str) -> int:
        """A column in minor units; 0 where it is not there."""
        amount = getattr(self, column)
        return 0 if amount is None else int(amount.minor)


class NamedDocument(LeavesOut):
    """What has a name that people see; it is written only where there is one."""

    left_out: ClassVar[frozenset[str]] = frozenset({"name"})

    name: Name | None = None


class LineDocument(NamedDocument, ColumnsDocument):
    """A settled line."""

    left_out: ClassVar[frozenset[str]] = frozenset(
        {"name", "price_list", "tax", "delivery", "stored_value", "sold_by_measure"}
    )

    id: Id
    shop: Id
    sku: Id
    quantity: PositiveQuantity
    unit_price: Signed
    commission_percent: PercentOrZero | None
    tax_percent: PercentOrZero | None
    points_used: Count
    price_list: Id | None = None
    delivery: Id | None = None
    stored_value: Literal[True] | None = None
    sold_by_measure: Literal[True] | None = None


class ShopDocument(ColumnsDocument):
    """A shop's columns."""

    id: Id


class ParcelDocument(LeavesOut):
    """A parcel."""

    left_out: ClassVar[frozenset[str]] = frozenset({"delivery", "spared"})

    shop: Id
    template: Id
    warehouse: Id | None
    zone: RegionRule
    units: Count
    fee: Signed
    surcharge: Signed
    free: Flag
    boxes: PositiveCount = 1
    delivery: Id | None = None
    spared: dict[str, Any] | None = None


if TYPE_CHECKING:
    StageName: TypeAlias = str
else:
    StageName = Literal[STAGES]


class AdjustmentDocument(Document):
    """An adjustment with its shares."""

    stage: StageName
    rule: Id
    amount: Signed
    shares: dict[Written, Signed]
    platform: dict[Written, Signed]
    facts: Facts


def _shortfall(value: object) -> object:
    if isinstance(value, str) and " " in value:
        return signed(value)
    return milli_of(value)


def milli_of(value: object) -> int:
    """A quantity of a document in thousandths."""
    from settlement.documents.scalars import returned_quantity

    return milli(returned_quantity(value))


class DecisionDocument(NamedDocument):
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
        missing, by_quantity = _minor(self.shortfall), self.reason in QUANTITY_REASONS
        if missing is not None:
            amount = isinstance(self.shortfall, Money)
            if self.reason is None or missing <= 0 or amount is by_quantity:
                refuse([problem_at("shortfall", code="stored.shortfall")])
        return self


class ExcludedDocument(NamedDocument):
    """A line that is left out."""

    line: Id
    reason: Written
    available: Quantity | None = None
    facts: Facts = Field(default_factory=dict)


class GiftDocument(Document):
    """What comes along."""

    rule: Id
    sku: Id
    quantity: PositiveQuantity


class NamedGiftDocument(NamedDocument, GiftDocument):
    """The same, with the name that people see."""


class CandidateDocument(Document):
    """A candidate warehouse and the region that it shares with the address."""

    warehouse: Id
    shared: RegionCode


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


class RedemptionDocument(NamedDocument):
    """Something that the order consumes."""

    kind: Literal["coupon", "use", "units", "budget", "points", "gift_card", "stored_value"]
    id: Id
    quantity: PositiveQuantity
    amount: Signed | None = None


class InstalmentDocument(LeavesOut):
    """A stage of payment, with its part of payable by line, and of a deposit what is kept where no balance comes."""

    left_out: ClassVar[frozenset[str]] = frozenset({"pay_from", "pay_until", "kept"})

    kind: Literal["deposit", "at_once", "balance"]
    pay_from: Instant | None = None
    pay_until: Instant | None = None
    amount: Signed
    due: Signed
    lines: dict[Written, Signed]
    kept: dict[Written, Signed] | None = None


def _known_version(version: str) -> str:
    """A version whose settlements can be checked; else nobody here knows what holds in this one."""
    if version not in VERSIONS:
        raise UnknownVersion(version, ", ".join(VERSIONS))
    return version


class TaxRowDocument(Document):
    """One tax at one rate in one shop."""

    shop: Id
    tax: Id
    percent: CombinedPercent
    base: Signed
    amount: Signed
    category: Id | None = None
    reason: Text | None = None


class SettlementDocument(OneCurrency):
    """A settlement as JSON (contract §7)."""

    status: Literal["payable", "pending", "blocked"]
    at: Instant
    rulebook: Id
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    calculation_version: Annotated[Written, AfterValidator(_known_version)]
    order: Id | None = None
    missing: Annotated[tuple[Literal["freight", "tax"], ...], LISTED] = ()
    totals: ColumnsDocument
    lines: Annotated[tuple[LineDocument, ...], UNIQUE_IDS, LISTED]
    shops: Annotated[tuple[ShopDocument, ...], UNIQUE_IDS, LISTED]
    parcels: Annotated[tuple[ParcelDocument, ...], LISTED]
    adjustments: Annotated[tuple[AdjustmentDocument, ...], LISTED]
    decisions: Annotated[tuple[DecisionDocument, ...], LISTED]
    excluded: Annotated[tuple[ExcludedDocument, ...], LISTED]
    gifts: Annotated[tuple[NamedGiftDocument, ...], LISTED]
    taxes: Annotated[tuple[TaxRowDocument, ...], LISTED] = ()
    warehouses: Annotated[tuple[SourcingDocument, ...], LISTED] = ()
    points: PointsDocument
    tenders: Annotated[tuple[TenderDocument, ...], LISTED] = ()
    redemptions: Annotated[tuple[RedemptionDocument, ...], LISTED] | None = None
    due: Signed | None = None
    optimal: Flag
    bound: Signed | None = None
    remark: Text | None
    invoice: InvoiceRequest | None
    by_shop: Annotated[tuple[ForShop, ...], ONCE_A_SHOP, LISTED] = ()
    instalments: Annotated[tuple[InstalmentDocument, ...], LISTED] = ()


def _tax_row(row: TaxRowDocument) -> TaxRow:
    percent = row.percent.as_integer_ratio()
    return TaxRow(row.shop, row.tax, percent, row.base.minor, row.amount.minor, row.category, row.reason)


def _row(columns: ColumnsDocument) -> tuple[int, ...]:
    return tuple(map(columns.minor, ROW))


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
        entry = Entry(STAGES.index(row.stage), row.rule, row.amount.minor, places, shares, parts, row.facts)
        entries.append(entry)
    if problems:
        raise InvalidDocument(problems, "Settlement")
    return entries


def read_settlement(text: str | bytes) -> Settlement:
    """A settlement from its JSON; every sum is recomputed from the shares and compared."""
    document = SettlementDocument.model_validate_json(text)
    lines = sorted(document.lines, key=lambda line: line.id)
    place_of = {line.id: at for at, line in enumerate(lines)}
    columns = [[_row(line)[column] for line in lines] for column in range(len(ROW))]
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
            Charge(
                *(p.shop, p.template, p.warehouse, p.zone, p.units),
                *(p.fee.minor, p.surcharge.minor, p.free, p.boxes, p.delivery),
                spared=p.spared,
            )
            for p in document.parcels
        ],
        entries=_entries(document, place_of),
        verdicts=[
            Verdict(row.rule, row.reason, _minor(row.shortfall), row.facts or None) for row in document.decisions
        ],
        excluded=[
            (row.line, row.reason, None if row.available is None else milli(row.available), at, row.facts or None)
            for at, row in enumerate(document.excluded)
        ],
        gifts=[(row.rule, row.sku, milli(row.quantity)) for row in document.gifts],
        points=(document.points.used, document.points.earned, document.points.usable),
        optimal=document.optimal,
        bound=None if document.bound is None else document.bound.minor,
        remark=document.remark,
        invoice=document.invoice,
        by_shop=document.by_shop,
        priced={line.id: line.price_list for line in lines if line.price_list},
        taxes=[_tax_row(row) for row in document.taxes],
        delivery={line.id: line.delivery for line in lines if line.delivery},
        stored=[line.id for line in lines if line.stored_value],
        sourcing=[
            (row.line, row.warehouse, tuple((each.warehouse, each.shared) for each in row.candidates))
            for row in document.warehouses
        ],
        tenders=[Payment(row.id, row.type, row.amount.minor, row.left.minor) for row in document.tenders],
        redemptions=_redemptions(document),
        called=_called(document),
        instalments=_instalments(document),
        of_order=document.order,
        missing=document.missing,
    )
    check(record)
    check_redemptions(record)
    for line, used in zip(lines, record.points_used, strict=True):
        if line.points_used != used:
            raise InvariantBroken(f"points used for line {line.id!r}", used, line.points_used)
    problems = list(contradictions(record))
    if problems:
        raise InvalidDocument(problems, "Settlement")
    settlement = Settlement(record, None, document.digest)
    if document.due is not None and document.due != settlement.due:
        raise InvariantBroken("due", settlement.due, document.due)
    return settlement


def _called(document: SettlementDocument) -> Called:
    return Called(
        {row.id: row.name for row in document.lines if row.name}
        | {row.line: row.name for row in document.excluded if row.name},
        {row.rule: row.name for row in document.decisions if row.name},
        {(row.rule, row.sku): row.name for row in document.gifts if row.name},
    )


def _redemptions(document: SettlementDocument) -> list[Redeemed] | None:
    if document.redemptions is None:
        return None
    return [(row.kind, row.id, milli(row.quantity), _minor(row.amount)) for row in document.redemptions]


def _instalments(document: SettlementDocument) -> list[PaymentStage]:
    return [
        PaymentStage(
            row.kind, row.pay_from, row.pay_until, row.amount.minor, row.due.minor, _parts(row.lines), _parts(row.kept)
        )
        for row in document.instalments
    ]


def _parts(amounts: Mapping[str, Money] | None) -> Parts:
    return tuple([(line, amount.minor) for line, amount in sorted((amounts or {}).items())])


def _minor(value: Any) -> int | None:
    return value.minor if isinstance(value, Money) else value
