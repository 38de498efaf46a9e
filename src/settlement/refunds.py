"""Refunds: folds of a settlement, nothing recomputed by another formula (contract §8)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from settlement.allocation import share_out
from settlement.breakdown import Settlement
from settlement.documents import milli, quantity_out
from settlement.errors import InvalidDocument, Problem, RefundExceeds, UnknownLine
from settlement.money import Money, _money, excerpt

__all__ = ["RefundLine", "RefundQuote", "refund"]

FreightMode: TypeAlias = Literal["keep", "return"]


class RefundLine(NamedTuple):
    """What one line gives back now: quantity, cash of its goods and freight side, points likewise."""

    id: str
    quantity: int | Decimal
    goods: Money
    freight: Money
    goods_points: int
    freight_points: int

    @property
    def cash(self) -> Money:
        """Both sides."""
        return self.goods + self.freight

    @property
    def points(self) -> int:
        """Both sides."""
        return self.goods_points + self.freight_points


class RefundQuote:
    """What a refund gives back: per line and in all. Made by `refund()`, stored as JSON, read back as history."""

    __slots__ = ("currency", "freight", "lines", "settlement")

    def __init__(self, settlement: str, currency: str, freight: FreightMode, lines: tuple[RefundLine, ...]) -> None:
        #: Digest of the request whose settlement is refunded.
        self.settlement = settlement
        self.currency = currency
        self.freight: FreightMode = freight
        self.lines = lines

    @property
    def cash(self) -> Money:
        """What is paid back."""
        return _money(sum(line.goods.minor + line.freight.minor for line in self.lines), self.currency)

    @property
    def points(self) -> int:
        """The points that are given back."""
        return sum(line.points for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The quote as plain data."""
        return {
            "settlement": self.settlement,
            "currency": self.currency,
            "freight": self.freight,
            "cash": str(self.cash),
            "points": self.points,
            "lines": [
                {
                    "id": line.id,
                    "quantity": line.quantity if isinstance(line.quantity, int) else str(line.quantity),
                    "goods": str(line.goods),
                    "freight": str(line.freight),
                    "goods_points": line.goods_points,
                    "freight_points": line.freight_points,
                }
                for line in self.lines
            ],
        }

    def to_json(self) -> str:
        """The quote as compact JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> RefundQuote:
        """Read `to_json()` back. Raises `InvalidDocument`."""
        from settlement.reading import read_refund

        return read_refund(text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RefundQuote):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.settlement, self.lines))

    def __str__(self) -> str:
        from settlement.render.refund import refund_slip

        return refund_slip(self)

    def __repr__(self) -> str:
        return f"<RefundQuote {self.cash}, {self.points} points, {len(self.lines)} lines>"


class Sides(NamedTuple):
    """What a line cost, apart: its goods and its freight, in cash and in points; thousandths bought."""

    bought: int
    goods: int
    freight: int
    goods_points: int
    freight_points: int


def sides(settlement: Settlement) -> dict[str, Sides]:
    """The two sides of every line (contract §8): points, fee and rounding fall on what the columns before left."""
    record = settlement._record  # noqa: SLF001 - a fold of the same entries
    found: dict[str, Sides] = {}
    for line, row, used in record.rows:
        parts = [row[1] + row[2] + row[3], row[4] + row[5] + row[6]]
        points = [0, 0]
        for column in (7, 8, 9):
            amount = row[column]
            if not amount:
                continue
            shares = share_out(abs(amount), parts)
            sign = 1 if amount > 0 else -1
            parts = [part + sign * share for part, share in zip(parts, shares, strict=True)]
            if column == 7:
                points = share_out(used, shares)
        found[line.id] = Sides(milli(line.quantity), parts[0], parts[1], points[0], points[1])
    return found


def refund(
    settlement: Settlement,
    returns: Mapping[str, int | str | Decimal],
    history: Iterable[RefundQuote] = (),
    freight: FreightMode = "keep",
) -> RefundQuote:
    """What to give back for these returned quantities by line id, after the refunds in `history`.

    Cumulative and floored, so that any sequence ends at exactly what was paid. With `freight="return"` the freight of
    the lines in `returns` comes back too, also what an earlier `keep` held (0 is a legal quantity for that). Raises
    `UnknownLine`, `RefundExceeds` where more is returned than was bought, `InvalidDocument` for a malformed quantity,
    `ValueError` for history of another settlement. Source: contract §8.

    >>> from settlement import Cart, Checkout, Coupon, Customer, Line, Rulebook, settle
    >>> book = Rulebook.model_validate(
    ...     {
    ...         "id": "r",
    ...         "currency": "CNY",
    ...         "coupons": [
    ...             {
    ...                 "id": "off",
    ...                 "issuer": "platform",
    ...                 "tiers": [{"benefit": {"type": "percent_off", "percent": "25"}}],
    ...             }
    ...         ],
    ...     }
    ... )
    >>> cart = Cart(currency="CNY", lines=[Line(id="1", shop="s", sku="k", quantity=10, unit_price="23.90 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=Customer(coupons=["off"]))
    >>> paid = settle(checkout, book)
    >>> first = refund(paid, {"1": 3})
    >>> str(first.cash), str(refund(paid, {"1": 7}, history=[first]).cash), str(paid.payable)
    ('53.77 CNY', '125.48 CNY', '179.25 CNY')
    """
    if freight not in ("keep", "return"):
        facts = {"found": excerpt(freight), "expected": '"keep" or "return"'}
        raise InvalidDocument([Problem("freight", "choice.unknown", facts)], "refund")
    known = sides(settlement)
    earlier = list(history)
    for quote in earlier:
        if quote.settlement != settlement.digest:
            msg = "the history holds a refund of another settlement"
            raise ValueError(msg)
    wanted = _quantities(returns, known)
    made = []
    for name, now in wanted.items():
        side = known[name]
        before = [line for quote in earlier for line in quote.lines if line.id == name]
        returned = sum(milli(line.quantity) for line in before) + now
        if returned > side.bought:
            raise RefundExceeds(name, str(quantity_out(side.bought)), str(quantity_out(returned)))
        goods = side.goods * returned // side.bought - sum(line.goods.minor for line in before)
        points = side.goods_points * returned // side.bought - sum(line.goods_points for line in before)
        kept = freight_points = 0
        if freight == "return":
            kept = side.freight * returned // side.bought - sum(line.freight.minor for line in before)
            freight_points = side.freight_points * returned // side.bought - sum(line.freight_points for line in before)
        quantity = quantity_out(now)
        made.append(
            RefundLine(
                name,
                quantity if isinstance(quantity, int) else Decimal(quantity),
                _money(goods, settlement.currency),
                _money(kept, settlement.currency),
                points,
                freight_points,
            )
        )
    return RefundQuote(settlement.digest, settlement.currency, freight, tuple(made))


def _quantities(returns: Mapping[str, int | str | Decimal], known: Mapping[str, Sides]) -> dict[str, int]:
    """Returned quantities in thousandths, in the order of line ids."""
    from pydantic_core import PydanticCustomError

    from settlement.documents import returned_quantity

    found: dict[str, int] = {}
    problems = []
    for name in sorted(returns):
        if name not in known:
            raise UnknownLine(name, known)
        try:
            found[name] = milli(returned_quantity(returns[name]))
        except PydanticCustomError as error:
            problems.append(Problem(f"returns.{name}", error.type, error.context or {}))
    if problems:
        raise InvalidDocument(problems, "refund")
    return found
