"""The documents of a shop's statement: a balance, what changed it, and what of it may be paid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import model_validator

from settlement.after_pay.payouts.accounts import ShopAccount
from settlement.documents.day import Day
from settlement.documents.document import Document
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Count, Id, PercentOrZero, Text
from settlement.documents.signed import OneCurrency, Signed
from settlement.documents.unstated import LeavesOut
from settlement.money import Money, money_of

__all__ = ["HoldingPolicy", "Statement", "StatementMovement", "StatementOrder", "rows_of"]


class HoldingPolicy(Document):
    """When what a shop is owed for an order may be paid out.

    It is released `release_days` days after the order was completed; of that `reserve_percent`, rounded down, is kept
    for `reserve_days` days more.

    >>> HoldingPolicy(release_days=7, reserve_percent="10", reserve_days=30).release_days
    7
    """

    release_days: Count = 0
    reserve_percent: PercentOrZero = 0
    reserve_days: Count = 0

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            release_days: int = 0,
            reserve_percent: int | Decimal | str = 0,
            reserve_days: int = 0,
        ) -> None: ...


class StatementOrder(LeavesOut):
    """What one payout of an order changed, on its day: of the sale, of its refunds, and both together."""

    left_out: ClassVar[frozenset[str]] = frozenset({"order", "payout"})

    day: Day
    settlement: str
    order: Id | None = None
    payout: Id | None = None
    sale: ShopAccount
    refunds: ShopAccount
    net: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            day: date | str,
            settlement: str,
            sale: ShopAccount | Mapping[str, Any],
            refunds: ShopAccount | Mapping[str, Any],
            net: Money | str,
            order: str | None = None,
            payout: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        _compare("net", self.net, self.sale.net, self.refunds.net)
        return self


class StatementMovement(LeavesOut):
    """A transfer to the shop, below 0, or an adjustment with its reason."""

    left_out: ClassVar[frozenset[str]] = frozenset({"order", "reason"})

    day: Day
    kind: Literal["to_shop", "adjustment"]
    id: Id
    order: Id | None = None
    amount: Signed
    reason: Text | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            day: date | str,
            kind: Literal["to_shop", "adjustment"],
            id: str,
            amount: Money | str,
            order: str | None = None,
            reason: str | None = None,
        ) -> None: ...


class Statement(OneCurrency):
    """What a shop is owed from the first day to the last, both included; below 0 it owes that itself.

    `opening` and every row add up to `closing`; `closing` is `held`, `reserve` and what is `available`. Of a balance
    below 0 nothing is held: all of it is owed and carried. As JSON by `to_json()`, read back by `from_json()`; the
    sums are compared.
    """

    shop: Id
    since: Day
    until: Day
    opening: Signed
    orders: Annotated[tuple[StatementOrder, ...], LISTED]
    movements: Annotated[tuple[StatementMovement, ...], LISTED]
    closing: Signed
    held: Signed
    reserve: Signed
    available: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            shop: str,
            since: date | str,
            until: date | str,
            opening: Money | str,
            orders: Sequence[StatementOrder | Mapping[str, Any]],
            movements: Sequence[StatementMovement | Mapping[str, Any]],
            closing: Money | str,
            held: Money | str,
            reserve: Money | str,
            available: Money | str,
        ) -> None: ...

    @model_validator(mode="after")
    def _sums(self) -> Self:
        changes = [*[each.net for each in self.orders], *[each.amount for each in self.movements]]
        _compare("closing", self.closing, self.opening, *changes)
        _compare("available", self.available, self.closing, -self.held, -self.reserve)
        if self.until < self.since:
            refuse([problem_at("until", code="statement.period")])
        return self

    def sums(self) -> dict[str, Money]:
        """What the period came to, row by row: those of sales, then `refunds`, `to_shop` and `adjustment`.

        With `opening` they make `closing`; rows of 0 are left out.
        """
        made: dict[str, int] = {}
        for each in self.orders:
            for name, minor in rows_of(each.sale).items():
                made[name] = made.get(name, 0) + minor
        made["refunds"] = sum([each.refunds.net.minor for each in self.orders])
        for kind in ("adjustment", "to_shop"):
            made[kind] = sum([each.amount.minor for each in self.movements if each.kind == kind])
        return {name: money_of(minor, self.currency) for name, minor in made.items() if minor}

    @property
    def paid_by_platform(self) -> Money:
        """What of the sales and refunds the platform paid by offers and points, instead of the buyers."""
        accounts = [account for each in self.orders for account in (each.sale, each.refunds)]
        return money_of(sum([each.platform_offers.minor + each.points.minor for each in accounts]), self.currency)

    def text(self, locale: str = "en") -> str:
        """The statement for a reader. Raises `UnknownLocale`."""
        from settlement.audit.books.statement_text import statement_text

        return statement_text(self, locale=locale)

    def to_html(self, locale: str = "en", *, name: str | None = None, nonce: str | None = None) -> str:
        """The statement as one page to send to the shop, by its `name` if given; `nonce` as in `report()`.

        Raises `UnknownLocale`, and `ValueError` for what is no nonce.
        """
        from settlement.audit.books.statement_page import statement_page

        return statement_page(self, locale=locale, name=name, nonce=nonce)

    def __str__(self) -> str:
        return self.text()


#: What of an account is a part of its other rows, and what is their sum.
_BESIDE: Final = frozenset({"net", "platform_offers", "points"})


def rows_of(account: ShopAccount) -> dict[str, int]:
    """The rows that add up to an account's net."""
    stated = {name: getattr(account, name) for name in ShopAccount.model_fields if name not in _BESIDE}
    return {name: amount.minor for name, amount in stated.items() if amount is not None}


def _compare(name: str, stated: Money, *rows: Money) -> None:
    if stated.minor != sum([row.minor for row in rows]):
        refuse([problem_at(name, code="value.invalid", detail="is not the sum of the lines")])
