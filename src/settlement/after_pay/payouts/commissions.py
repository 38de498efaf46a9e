"""What of a sale goes to the platform or to whoever referred the buyer, by terms beyond a percentage of each line.

A percentage, an amount a piece, a minimum a piece, tiers by what was sold; of some shops, categories or articles.
Without terms a line bears its own `commission_percent`, as it always did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import model_validator

from settlement.documents.document import Document
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Ids, PercentOrZero, rate
from settlement.documents.written import all_readable
from settlement.errors import CurrencyMismatch, InvalidDocument, Problem
from settlement.money import Money
from settlement.receipts.parts import SettledLine

__all__ = ["Commission", "CommissionRate", "CommissionTier", "Rates", "expect_currency"]


class CommissionTier(Document):
    """What applies to all that was sold, once that is `min_amount` or more."""

    min_amount: Money
    percent: PercentOrZero | None = None
    per_piece: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            min_amount: Money | str,
            percent: int | Decimal | str | None = None,
            per_piece: Money | str | None = None,
        ) -> None: ...


class Commission(Document):
    """What of some lines goes to the platform, or to the third party named by `receiver` (a referrer).

    It is `percent` of what the line is for commissions, plus `per_piece` for each piece, and `min_per_piece` for each
    at least; or the percentage and the amount of the highest of `tiers` that the shop's sale of these lines reaches,
    none below the lowest. A line without worth bears nothing. A receiver's is paid by the shop, or by the platform.

    >>> Commission(id="books", categories=["books"], per_piece="1.50 CNY").receiver is None
    True
    """

    id: Id
    receiver: Id | None = None
    borne_by: Literal["shop", "platform"] = "shop"
    shops: Ids | None = None
    categories: Ids | None = None
    skus: Ids | None = None
    percent: PercentOrZero | None = None
    per_piece: Money | None = None
    min_per_piece: Money | None = None
    tiers: Annotated[tuple[CommissionTier, ...], LISTED] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            receiver: str | None = None,
            borne_by: Literal["shop", "platform"] = "shop",
            shops: list[str] | tuple[str, ...] | None = None,
            categories: list[str] | tuple[str, ...] | None = None,
            skus: list[str] | tuple[str, ...] | None = None,
            percent: int | Decimal | str | None = None,
            per_piece: Money | str | None = None,
            min_per_piece: Money | str | None = None,
            tiers: Sequence[CommissionTier | Mapping[str, Any]] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        stated = [self.percent, self.per_piece]
        if self.tiers and any(each is not None for each in stated):
            refuse([problem_at("tiers", code="commission.two_ways")])
        if not self.tiers and not any(each is not None for each in (*stated, self.min_per_piece)):
            refuse([problem_at("percent", code="commission.nothing")])
        if self.receiver is None and self.borne_by == "platform":
            refuse([problem_at("borne_by", code="commission.own")])
        for at, tier in enumerate(self.tiers):
            if tier.percent is None and tier.per_piece is None:
                refuse([problem_at("tiers", at, "percent", code="commission.nothing")])
            if at and not _above(tier.min_amount, self.tiers[at - 1].min_amount):
                refuse([problem_at("tiers", at, "min_amount", code="commission.tier_order")])
        return self

    def amounts(self) -> Iterator[Money]:
        """Every amount that it states."""
        tiers = [amount for tier in self.tiers for amount in (tier.min_amount, tier.per_piece)]
        yield from (each for each in (self.per_piece, self.min_per_piece, *tiers) if each is not None)

    def covers(self, line: SettledLine, categories: Collection[str]) -> bool:
        """Whether it is of this line."""
        return (
            (self.shops is None or line.shop in self.shops)
            and (self.skus is None or line.sku in self.skus)
            and (self.categories is None or not frozenset(self.categories).isdisjoint(categories))
        )


def _above(one: Money, other: Money) -> bool:
    return one.currency == other.currency and one.minor > other.minor


class CommissionRate(NamedTuple):
    """What one line bears: a percentage, and minor units for each piece, at least and beside it."""

    percent: int | Decimal = 0
    piece: int = 0
    least: int = 0

    def of(self, basis: int, back: int, pieces: Fraction, pieces_back: Fraction) -> tuple[Fraction, Fraction]:
        """The exact amount of the sale, and what of it comes back: by worth, and by pieces.

        So money without goods lowers a percentage, never below the minimum of what is kept, and no amount a piece: the
        piece was sold, and stays sold.

        >>> CommissionRate(percent=10, least=30).of(200, 100, Fraction(2), Fraction(1))
        (Fraction(60, 1), Fraction(30, 1))
        >>> CommissionRate(percent=10, least=30).of(1000, 800, Fraction(2), Fraction(0))
        (Fraction(100, 1), Fraction(40, 1))
        >>> CommissionRate(percent=10, least=30).of(200, -300, Fraction(2), Fraction(1))
        (Fraction(60, 1), Fraction(10, 1))
        """
        share = Fraction(*rate(self.percent))
        if basis <= 0:
            return basis * share, back * share
        sold = basis * share + self.piece * pieces
        kept = sold - back * share - self.piece * pieces_back
        if self.binds(basis, pieces):  # a charge on what is kept may bring it over the minimum
            sold = self.least * pieces
            return sold, sold - max(kept, self.least * (pieces - pieces_back))
        if self.binds_kept(basis, back, pieces, pieces_back):
            return sold, sold - self.least * (pieces - pieces_back)
        return sold, back * share + self.piece * pieces_back

    def binds_kept(self, basis: int, back: int, pieces: Fraction, pieces_back: Fraction) -> bool:
        """Whether the minimum is what is borne of what is kept, where it was not of the sale."""
        kept = (basis - back) * Fraction(*rate(self.percent)) + self.piece * (pieces - pieces_back)
        return basis > 0 and not self.binds(basis, pieces) and kept < self.least * (pieces - pieces_back)

    def binds(self, basis: int, pieces: Fraction) -> bool:
        """Whether the minimum is what is borne."""
        return basis > 0 and basis * Fraction(*rate(self.percent)) + self.piece * pieces < self.least * pieces


_NONE: Final[Mapping[str, Collection[str]]] = {}


class Rates:
    """The rates of every line, by who receives them: None is the platform."""

    def __init__(
        self,
        commissions: Sequence[Commission],
        lines: Mapping[str, SettledLine],
        bases: Mapping[str, int],
        categories: Mapping[str, Collection[str]] | None = None,
        sold_before: Mapping[str, Money] | None = None,
    ) -> None:
        """`bases`: what each line is for commissions. Raises `InvalidDocument` where categories are not known."""
        if categories is None and any(each.categories is not None for each in commissions):
            raise InvalidDocument([Problem("categories", "commission.categories")], "payout")
        before = {shop: amount.minor for shop, amount in (sold_before or {}).items()}
        self.by_receiver: dict[str | None, dict[str, CommissionRate]] = {None: {}}
        self.borne_by: dict[str | None, dict[str, Literal["shop", "platform"]]] = {None: {}}
        for each in commissions:
            rates = self.by_receiver.setdefault(each.receiver, {})
            payers = self.borne_by.setdefault(each.receiver, {})
            of = [line for line in lines.values() if each.covers(line, (categories or _NONE).get(line.id, ()))]
            of = [line for line in of if line.id not in rates]
            sold = dict(before)
            for line in of:
                sold[line.shop] = sold.get(line.shop, 0) + bases[line.id]
            for line in of:
                rates[line.id] = _rate(each, sold[line.shop])
                payers[line.id] = each.borne_by
        for line in lines.values():
            if line.commission_percent is not None and line.id not in self.by_receiver[None]:
                self.by_receiver[None][line.id] = CommissionRate(line.commission_percent)

    @property
    def receivers(self) -> list[str]:
        """The third parties, in the order in which the terms name them."""
        return [each for each in self.by_receiver if each is not None]


def _rate(commission: Commission, sold: int) -> CommissionRate:
    """The rate of a line, where the shop sold so much under these terms."""
    of: Commission | CommissionTier | None = commission
    if commission.tiers:
        of = next((tier for tier in reversed(commission.tiers) if sold >= tier.min_amount.minor), None)
    least = 0 if commission.min_per_piece is None else commission.min_per_piece.minor
    if of is None:
        return CommissionRate(0, 0, least)
    return CommissionRate(of.percent or 0, 0 if of.per_piece is None else of.per_piece.minor, least)


def expect_currency(commissions: Sequence[Commission], sold_before: Mapping[str, Money] | None, currency: str) -> None:
    """Raises `CurrencyMismatch` for terms in another currency."""
    for amount in [*[amount for each in commissions for amount in each.amounts()], *(sold_before or {}).values()]:
        if amount.currency != currency:
            raise CurrencyMismatch(currency, amount.currency)


all_readable(globals())
