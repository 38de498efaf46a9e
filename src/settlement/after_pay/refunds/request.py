"""All that a refund is asked for as one document, for whoever sends it over a wire or keeps it in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from settlement.after_pay.refunds.money_back import Deduction, MoneyBack, StoreCredit
from settlement.documents.scalars import LISTED, Id, Instant, Quantity
from settlement.documents.unstated import LeavesOut
from settlement.money import Money

__all__ = ["RefundRequest"]


class RefundRequest(LeavesOut):
    """What `refund` is asked for beside the settlement, its history and the shop's policy.

    `returns` are quantities by line id; `captured` is what was really taken from the buyer, where that is known.

    >>> asked = RefundRequest(returns={"a": 1}, money=[MoneyBack(reason="late", amount="5.00 CNY")])
    >>> sorted(asked.asked())
    ['captured', 'credit', 'deductions', 'freight', 'money', 'returns']
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"money", "deductions", "credit", "captured", "id", "at"})

    returns: dict[Id, Quantity] = Field(default_factory=dict)
    freight: Literal["keep", "return", "parcel"] = "keep"
    money: Annotated[tuple[MoneyBack, ...], LISTED] = ()
    deductions: Annotated[tuple[Deduction, ...], LISTED] = ()
    credit: StoreCredit | None = None
    captured: Money | None = None
    id: Id | None = None
    at: Instant | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            returns: dict[str, int | Decimal | str] = ...,
            freight: Literal["keep", "return", "parcel"] = "keep",
            money: Sequence[MoneyBack | Mapping[str, Any]] = (),
            deductions: Sequence[Deduction | Mapping[str, Any]] = (),
            credit: StoreCredit | Mapping[str, Any] | None = None,
            captured: Money | str | None = None,
            id: str | None = None,
            at: datetime | str | None = None,
        ) -> None: ...

    def asked(self) -> dict[str, Any]:
        """The arguments of `refund` that it states; an id and an instant only where there is one."""
        made = {
            name: getattr(self, name) for name in ("returns", "freight", "money", "deductions", "credit", "captured")
        }
        return made | {name: getattr(self, name) for name in ("id", "at") if getattr(self, name) is not None}
