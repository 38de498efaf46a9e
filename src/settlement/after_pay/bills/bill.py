"""A provider's bill: what it says was paid, given back and kept, row by row, whoever's file it was read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import model_validator

from settlement.documents.document import Document
from settlement.documents.problems import expect_all, problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Instant, PositiveCount, Text
from settlement.documents.signed import Signed
from settlement.documents.written import numbered
from settlement.money import Money

__all__ = ["Bill", "BillRow"]


class BillRow(Document):
    """A payment or a refund as the provider's bill has it; `line` is where it stands in the file, from 1.

    `id` is the provider's transaction, of a refund that of the payment; `refund` the shop's number of the refund,
    `refund_id` the provider's. `amount` is what was paid, or given back: of the order, with coupons of the provider;
    `settled` what of it the provider settles. `fee` is what the provider keeps, below 0 where it gives back.
    """

    line: PositiveCount
    kind: Literal["payment", "refund"]
    id: Id
    order: Id
    refund: Id | None = None
    refund_id: Id | None = None
    merchant: Id | None = None
    amount: Money
    settled: Money | None = None
    fee: Signed
    at: Instant
    state: Text = ""

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            line: int,
            kind: Literal["payment", "refund"],
            id: str,
            order: str,
            amount: Money | str,
            fee: Money | str,
            at: datetime | str,
            refund: str | None = None,
            refund_id: str | None = None,
            merchant: str | None = None,
            settled: Money | str | None = None,
            state: str = "",
        ) -> None: ...

    @model_validator(mode="after")
    def _one_row(self) -> Self:
        found = []
        for name in ("settled", "fee"):
            amount = getattr(self, name)
            if amount is not None and amount.currency != self.currency:
                found.append(problem_at(name, code="currency.mixed", found=amount.currency, currency=self.currency))
        if self.kind == "payment":
            named = [name for name in ("refund", "refund_id") if getattr(self, name) is not None]
            found += [problem_at(name, code="value.invalid", detail="a payment has no refund") for name in named]
        refuse(found)
        return self

    @property
    def currency(self) -> str:
        """The currency of the row."""
        return self.amount.currency


class Bill(Document):
    """The rows of a provider's bill, in the file's order, from `since` until before `until` where it says so.

    Made by `read_wechat`, `read_alipay` and `read_csv`. Rows may be in several currencies.
    """

    provider: Id
    since: Instant | None = None
    until: Instant | None = None
    rows: Annotated[tuple[BillRow, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            provider: str,
            rows: Sequence[BillRow | Mapping[str, Any]],
            since: datetime | str | None = None,
            until: datetime | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.since is not None and self.until is not None and self.until <= self.since:
            refuse([problem_at("until", code="bill.window")])
        return self

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of the rows, sorted."""
        return tuple(sorted({row.currency for row in self.rows}))

    def has(self, at: datetime) -> bool:
        """Whether an instant lies in the bill's period; always where it states none."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    @classmethod
    def together(cls, bills: Iterable[Bill]) -> Bill:
        """Bills of one provider as one, of several days say; its period is from the first to the last of them.

        Raises `ValueError` for none, or for bills of two providers, `TypeError` for anything else.
        """
        given = expect_all("bills", bills, Bill)
        if len({each.provider for each in given}) != 1:
            msg = "bills: found none, or those of several providers; put together the bills of one"
            raise ValueError(msg)
        since, until = [each.since for each in given], [each.until for each in given]
        rows = [row for each in given for row in each.rows]
        return cls(
            provider=given[0].provider,
            since=None if None in since else min(each for each in since if each is not None),
            until=None if None in until else max(each for each in until if each is not None),
            rows=[row.model_copy(update={"line": line}) for line, row in enumerate(rows, 1)],
        )

    def __str__(self) -> str:
        return f"bill of {self.provider}: {numbered(len(self.rows), 'row')}"
