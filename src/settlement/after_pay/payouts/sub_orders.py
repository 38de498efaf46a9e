"""One order of several shops as one order for each of them (拆单): shares of the settlement that add up to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self

from pydantic import model_validator

from settlement.after_pay.payments.due import due_by_shop
from settlement.after_pay.payments.options import TenderShare
from settlement.after_pay.payments.paid import expect_payable
from settlement.allocation import spread
from settlement.cart.invoice_request import InvoiceRequest
from settlement.documents.document import Document
from settlement.documents.order_name import OfOrder
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, UNIQUE_IDS, Count, Id, Text
from settlement.documents.signed import OneCurrency, Signed
from settlement.money import Money, money_of
from settlement.receipts.columns import COLUMN_OF, COLUMNS
from settlement.receipts.from_json import (
    AdjustmentDocument,
    ColumnsDocument,
    LineDocument,
    NamedGiftDocument,
    ParcelDocument,
)
from settlement.receipts.settlement import Settlement

__all__ = ["SubOrder", "senders", "split_orders"]

_FIELDS: Final = ("list", *COLUMNS, "payable")


class SubOrderPoints(Document):
    """What of the points used and earned is this shop's part."""

    used: Count
    earned: Count

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, used: int, earned: int) -> None: ...


class SubOrder(OfOrder, OneCurrency):
    """What one shop sells and ships of an order: its lines, its shares of every adjustment, its parcels and gifts.

    `due` is what of it the payment method pays, `tenders` what gift cards and stored value pay; together they are
    payable. `remark` and `invoice` are what the buyer told this shop. As JSON by `to_json()`, read back by
    `from_json()`; the sums are compared.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"order", "remark", "invoice"})

    settlement: str
    shop: Id
    totals: ColumnsDocument
    due: Signed
    tenders: Annotated[tuple[TenderShare, ...], UNIQUE_IDS, LISTED] = ()
    lines: Annotated[tuple[LineDocument, ...], UNIQUE_IDS, LISTED]
    adjustments: Annotated[tuple[AdjustmentDocument, ...], LISTED]
    parcels: Annotated[tuple[ParcelDocument, ...], LISTED]
    gifts: Annotated[tuple[NamedGiftDocument, ...], LISTED]
    points: SubOrderPoints
    remark: Text | None = None
    invoice: InvoiceRequest | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            settlement: str,
            shop: str,
            totals: ColumnsDocument | Mapping[str, Any],
            due: Money | str,
            lines: Sequence[LineDocument | Mapping[str, Any]],
            adjustments: Sequence[AdjustmentDocument | Mapping[str, Any]],
            parcels: Sequence[ParcelDocument | Mapping[str, Any]],
            gifts: Sequence[NamedGiftDocument | Mapping[str, Any]],
            points: SubOrderPoints | Mapping[str, Any],
            order: str | None = None,
            tenders: Sequence[TenderShare | Mapping[str, Any]] = (),
            remark: str | None = None,
            invoice: InvoiceRequest | Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sums(self) -> Self:
        refuse([problem_at(*place, code="value.invalid", detail=detail) for place, detail in self._wrong()])
        return self

    def _wrong(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where the parts do not add up, or are another shop's."""
        shares: dict[tuple[str, str], int] = {}
        names = {line.id for line in self.lines}
        for at, each in enumerate(self.adjustments):
            column = COLUMN_OF[each.stage]
            for name, share in each.shares.items():
                shares[name, column] = shares.get((name, column), 0) + share.minor
            if each.amount.minor != sum([share.minor for share in each.shares.values()]):
                yield ("adjustments", at, "amount"), "is not the sum of the shares"
            if not each.platform.keys() <= each.shares.keys() <= names:
                yield ("adjustments", at, "shares"), "names no line"
        for at, line in enumerate(self.lines):
            for column in COLUMNS[1:]:
                if line.minor(column) != shares.get((line.id, column), 0):
                    yield ("lines", at, column), "is not the sum of the adjustments"
            if line.payable.minor != sum([line.minor(name) for name in COLUMNS]):
                yield ("lines", at, "payable"), "is not the sum of the columns"
            if line.shop != self.shop:
                yield ("lines", at, "shop"), "is another shop"
        for name in _FIELDS:
            if self.totals.minor(name) != sum([line.minor(name) for line in self.lines]):
                yield ("totals", name), "is not the sum of the lines"
        for at, parcel in enumerate(self.parcels):
            if parcel.shop != self.shop:
                yield ("parcels", at, "shop"), "is another shop"
        if self.points.used != sum([line.points_used for line in self.lines]):
            yield ("points", "used"), "is not the sum of the lines"
        paid = [self.due.minor, *[each.amount.minor for each in self.tenders]]
        if sum(paid) != self.totals.payable.minor or min(paid) < 0:
            yield ("due",), "is not what the tenders leave of payable"


def split_orders(settlement: Settlement) -> tuple[SubOrder, ...]:
    """One sub-order for each shop, in the settlement's order of shops; their sums are the settlement's.

    Columns, lines, shares of adjustments, parcels, gifts, points and `due` are each some shop's, to the minor unit.
    Points earned and `due` are spread by what each shop's part of payable is (contract §4, Spreading), then gift cards
    and stored value, in their order, by what is left of it; so each shop's are its payable. A gift is sent
    by the shop of the first line that it was given for. Raises `InvalidDocument` for a settlement that is pending or
    blocked, `TypeError` for anything but a settlement.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> lines = [Line(id=n, shop=n, sku="k", quantity=1, unit_price="9.90 CNY") for n in ("tea", "pots")]
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    >>> [
    ...     (each.shop, str(each.totals.payable))
    ...     for each in split_orders(settle(checkout, Rulebook(id="r", currency="CNY")))
    ... ]
    [('tea', '9.90 CNY'), ('pots', '9.90 CNY')]
    """
    expect_payable(settlement, "sub-orders")
    document = settlement.to_dict()
    payable = {shop.shop: shop.payable.minor for shop in settlement.shops}
    weights = payable if any(payable.values()) else dict.fromkeys(payable, 1)
    due = due_by_shop(settlement)
    tenders = _tenders(settlement, {shop: amount - due[shop] for shop, amount in payable.items()})
    earned = spread(settlement.points.earned, weights)
    sent_by = senders(settlement)
    made = []
    for shop in document["shops"]:
        name = shop.pop("id")
        lines = [line for line in document["lines"] if line["shop"] == name]
        content = {
            "settlement": settlement.digest,
            "order": settlement.order,
            "currency": settlement.currency,
            "shop": name,
            "totals": shop,
            "due": money_of(due[name], settlement.currency),
            "tenders": tenders[name],
            "lines": lines,
            "adjustments": list(_adjustments(document["adjustments"], {line["id"] for line in lines})),
            "parcels": [parcel for parcel in document["parcels"] if parcel["shop"] == name],
            "gifts": [gift for gift, sender in zip(document["gifts"], sent_by, strict=True) if sender == name],
            "points": {"used": sum([line["points_used"] for line in lines]), "earned": earned[name]},
            "remark": settlement.remark_of(name),
            "invoice": settlement.invoice_of(name),
        }
        made.append(SubOrder.model_validate(content))
    return tuple(made)


def _tenders(settlement: Settlement, left: Mapping[str, int]) -> dict[str, list[TenderShare]]:
    """What gift cards and stored value pay of each shop's part, where the method leaves this much."""
    made: dict[str, list[TenderShare]] = {shop: [] for shop in left}
    for tender in settlement.tenders:
        shares = spread(tender.amount.minor, left)
        left = {shop: amount - shares[shop] for shop, amount in left.items()}
        for shop, share in shares.items():
            made[shop].append(TenderShare(id=tender.id, amount=money_of(share, settlement.currency)))
    return made


def _adjustments(rows: Sequence[Mapping[str, Any]], names: set[str]) -> Iterator[dict[str, Any]]:
    """Each adjustment as far as it touches these lines."""
    for row in rows:
        shares = {name: share for name, share in row["shares"].items() if name in names}
        if shares:
            platform = {name: share for name, share in row["platform"].items() if name in names}
            amounts = [Money(share) for share in shares.values()]
            yield {**row, "amount": sum(amounts[1:], amounts[0]), "shares": shares, "platform": platform}


def senders(settlement: Settlement) -> list[str | None]:
    """The shop of the first line that each gift was given for; the first shop where the facts don't say."""
    shop_of = {line.id: line.shop for line in settlement.lines}
    lines: dict[str, list[str]] = {}
    for decision in settlement.decisions:
        lines[decision.rule] = list(decision.facts.get("unshared", ()))
    found = []
    for gift in settlement.gifts:
        scope = set(lines.get(gift.rule) or shop_of)
        found.append(next((shop for line, shop in shop_of.items() if line in scope), None))
    return found
