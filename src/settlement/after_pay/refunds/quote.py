"""What a refund gives back: the quote, its lines and parts. Stored as JSON, read back as history (contract §8)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from settlement.documents.canonical import canonical, digest_of
from settlement.documents.order_name import happened
from settlement.documents.scalars import instant_out
from settlement.documents.written import all_readable, numbered
from settlement.money import Money, money_of
from settlement.receipts.called import Called
from settlement.receipts.parts import GiftLine

__all__ = [
    "FreightMode",
    "RefundCharge",
    "RefundCredit",
    "RefundDeduction",
    "RefundLine",
    "RefundMoney",
    "RefundPart",
    "RefundQuote",
    "RefundTender",
]

FreightMode: TypeAlias = Literal["keep", "return", "parcel"]


class RefundPart(NamedTuple):
    """One side of a refunded line: the settlement's columns, in part and with its signs; they add up to the cash.

    `payment_fee` is what of the cash is the fee of the payment method; `platform` what of the columns the platform
    bore and now gets back. The shop bears the rest.
    """

    payment_fee: Money
    columns: Mapping[str, Money]
    platform: Mapping[str, Money]


class RefundLine(NamedTuple):
    """What one line gives back now: quantity, cash of its goods and freight side, points likewise, and their parts."""

    id: str
    quantity: int | Decimal
    goods: Money
    freight: Money
    goods_points: int
    freight_points: int
    goods_part: RefundPart
    freight_part: RefundPart

    @property
    def cash(self) -> Money:
        """Both sides."""
        return self.goods + self.freight

    @property
    def points(self) -> int:
        """Both sides."""
        return self.goods_points + self.freight_points

    @property
    def columns(self) -> dict[str, Money]:
        """The columns of both sides; they add up to the cash."""
        return _together(self.goods_part.columns, self.freight_part.columns)

    @property
    def platform(self) -> dict[str, Money]:
        """What the platform bore of them and gets back, both sides."""
        return _together(self.goods_part.platform, self.freight_part.platform)


def _together(one: Mapping[str, Money], other: Mapping[str, Money]) -> dict[str, Money]:
    return {name: sum(each[name] for each in (one, other) if name in each) for name in {**one, **other}}  # type: ignore[misc]  # an amount and 0 add up


class RefundCharge(NamedTuple):
    """What an offer that no longer holds gave on a line that is kept, taken off the refund; below 0: given back.

    In a fair refund what it gave less what it gives on what is kept; of waived freight `rule` may be a template.
    `tax` is what of it is tax, where that is none of the price. The platform gets back its part of it, the shop the
    rest.
    """

    rule: str
    line: str
    amount: Money
    platform: Money
    tax: Money | None = None


class RefundTender(NamedTuple):
    """What of the cash goes back to a gift card or to stored value."""

    id: str
    amount: Money


class RefundMoney(NamedTuple):
    """Money without goods: what of a line's cash no returned unit brings, of which side, and the shop's word for it."""

    line: str
    of: Literal["goods", "freight"]
    amount: Money
    reason: str


class RefundDeduction(NamedTuple):
    """What the shop keeps of the refund, on a line, as a price of goods or as freight, and the shop's word for it.

    Below 0: money without goods that is given of what was charged back on the line. `tax` is what of it is tax, where
    that is none of the price.
    """

    line: str
    of: Literal["goods", "freight"]
    amount: Money
    reason: str
    tax: Money | None = None


class RefundCredit(NamedTuple):
    """What of the cash becomes store credit in place of money, and whose."""

    id: str
    amount: Money


class RefundQuote:
    """What a refund gives back: per line and in all. Made by `refund()`, stored as JSON, read back as history."""

    __slots__ = (
        "at", "called", "charges", "coupons", "credit", "currency", "deductions", "earned_points", "freight", "gifts",
        "id", "kept_gifts", "lines", "money", "order", "recheck", "settlement", "tenders", "uncharged",
    )  # fmt: skip

    def __init__(
        self,
        settlement: str,
        currency: str,
        freight: FreightMode,
        lines: tuple[RefundLine, ...],
        charges: tuple[RefundCharge, ...] = (),
        tenders: tuple[RefundTender, ...] = (),
        coupons: tuple[str, ...] = (),
        gifts: tuple[GiftLine, ...] = (),
        earned_points: int = 0,
        uncharged: Money | None = None,
        recheck: Literal["fair"] | None = None,
        *,
        money: tuple[RefundMoney, ...] = (),
        deductions: tuple[RefundDeduction, ...] = (),
        credit: RefundCredit | None = None,
        kept_gifts: tuple[GiftLine, ...] = (),
        order: str | None = None,
        id: str | None = None,
        at: datetime | str | None = None,
    ) -> None:
        stated = happened("refund", order=order, id=id, at=at)
        #: The order that it is of, by the shop's own name; its own id, and when it was made, in UTC: what tells it from
        #: one that gives back the same.
        self.order, self.id = stated.order, stated.id
        self.at = None if stated.at is None else instant_out(stated.at)
        #: Digest of the request whose settlement is refunded.
        self.settlement = settlement
        self.currency = currency
        self.freight: FreightMode = freight
        self.lines = lines
        #: What is taken off the lines' cash for offers that no longer hold.
        self.charges = charges
        #: What of the cash goes back to gift cards and stored value; the rest goes the way it was paid.
        self.tenders = tenders
        #: Coupons that the buyer gets back.
        self.coupons = coupons
        #: Gifts that the buyer sends back.
        self.gifts = gifts
        #: Points that the order had earned and that are taken back.
        self.earned_points = earned_points
        #: What of offers that no longer hold could not be charged, because the refund is not worth so much.
        self.uncharged = money_of(0, currency) if uncharged is None else uncharged
        #: `fair`: its charges bring kept goods to what the offers that applied give to them, upwards or downwards.
        self.recheck = recheck
        #: What of the lines' cash is money for goods that stay.
        self.money = money
        #: What the shop keeps of the refund; below 0 what it gives beyond the lines, of what was charged back on one.
        self.deductions = deductions
        #: What of the cash becomes store credit.
        self.credit = credit
        #: Gifts that would have to be sent back, and that the buyer pays for and keeps.
        self.kept_gifts = kept_gifts
        #: The names that people see, of the settlement; no part of what is stored, so none where it was read back.
        self.called: Called | None = None

    @property
    def cash(self) -> Money:
        """What is paid back: the lines less the charges and what is kept of it."""
        lines = sum([line.goods.minor + line.freight.minor for line in self.lines])
        charged = sum([each.amount.minor for each in self.charges])
        return money_of(lines - charged - sum([each.amount.minor for each in self.deductions]), self.currency)

    @property
    def to_method(self) -> Money:
        """What of the cash goes back by the payment method."""
        credit = 0 if self.credit is None else self.credit.amount.minor
        return money_of(self.cash.minor - credit - sum([each.amount.minor for each in self.tenders]), self.currency)

    @property
    def points(self) -> int:
        """The points that are given back."""
        return sum([line.points for line in self.lines])

    @property
    def digest(self) -> str:
        """The digest of what it gives back, whatever order, id and instant it is known by.

        Refunds that give back the same have the same; an id or an instant of each tells them apart.
        """
        said = {name: value for name, value in self.to_dict().items() if name not in {"order", "id", "at"}}
        return digest_of(canonical(said))

    def known_as(
        self,
        id: str | None = None,
        at: datetime | str | None = None,
        order: str | None = None,
    ) -> RefundQuote:
        """The same refund under an id, an instant or an order's name; what is not stated stays.

        Raises `InvalidDocument` for what is no id, and for an instant without offset.
        """
        own = happened("refund", order=order, id=id, at=at)
        stated = {"id": own.id, "at": None if own.at is None else instant_out(own.at), "order": own.order}
        known = self.from_dict(self.to_dict() | {name: value for name, value in stated.items() if value is not None})
        known.called = self.called
        return known

    def to_dict(self) -> dict[str, Any]:
        """The quote as plain data; what there is none of is left out."""
        made = {
            "settlement": self.settlement,
            "currency": self.currency,
            "freight": self.freight,
            "cash": str(self.cash),
            "points": self.points,
            "lines": [_line(line) for line in self.lines],
        }
        more: dict[str, Any] = {
            "charges": [_stated(_plain(each)) for each in self.charges],
            "tenders": [_plain(each) for each in self.tenders],
            "coupons": list(self.coupons),
            "gifts": [_plain(each) for each in self.gifts],
            "earned_points": self.earned_points,
            "uncharged": str(self.uncharged) if self.uncharged else None,
            "recheck": self.recheck,
            "money": [_plain(each) for each in self.money],
            "deductions": [_stated(_plain(each)) for each in self.deductions],
            "credit": None if self.credit is None else _plain(self.credit),
            "kept_gifts": [_plain(each) for each in self.kept_gifts],
            "order": self.order,
            "id": self.id,
            "at": self.at,
        }
        return made | {name: value for name, value in more.items() if value}

    def to_json(self) -> str:
        """The quote as compact JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RefundQuote:
        """Read `to_dict()` back. Raises `InvalidDocument`."""
        return cls.from_json(json.dumps(data))

    @classmethod
    def from_json(cls, text: str | bytes) -> RefundQuote:
        """Read `to_json()` back. Raises `InvalidDocument`."""
        from settlement.after_pay.refunds.from_json import read_refund

        return read_refund(text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RefundQuote):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.settlement, self.cash, self.points, tuple([line.id for line in self.lines])))

    def text(self, locale: str = "en") -> str:
        """The slip for a reader, with the settlement's names of goods and offers.

        Names are not stored: one that was read back has ids, and names by `refund_slip(quote, checkout)`. Raises
        `UnknownLocale`.
        """
        from settlement.after_pay.refunds.slip import refund_slip

        return refund_slip(self, locale=locale)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<RefundQuote {self.cash}, {numbered(self.points, 'point')}, {numbered(len(self.lines), 'line')}>"


def _line(line: RefundLine) -> dict[str, Any]:
    made = _plain(line)
    for name in ("goods_part", "freight_part"):
        each: RefundPart = getattr(line, name)
        if each.columns or each.platform:
            made[name] = _plain(each)
        else:
            del made[name]
    return made


def _stated(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what there is none of."""
    return {name: value for name, value in row.items() if value is not None}


def _plain(row: Any) -> dict[str, Any]:
    """A named tuple as JSON has it; a gift without its name, which is not part of what is given back."""
    return dict(_fields(row))


def _fields(row: Any) -> Iterator[tuple[str, Any]]:
    for name in row._fields[:3] if isinstance(row, GiftLine) else row._fields:
        value = getattr(row, name)
        if isinstance(value, Mapping):
            yield name, {key: str(amount) for key, amount in value.items()}
        else:
            yield name, str(value) if isinstance(value, (Money, Decimal)) else value


all_readable(globals())
