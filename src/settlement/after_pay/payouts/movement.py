"""Money that moved, as the bank, the provider or the back office tells it: the cash legs of the books.

A settlement says what is owed and a payout to whom; a movement says that it was paid. Amounts are what moved, never
worked out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import model_validator

from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import Id, Instant, Text
from settlement.documents.signed import OneCurrency, Signed
from settlement.documents.unstated import LeavesOut
from settlement.money import Money

__all__ = ["Movement", "MovementKind"]

MovementKind: TypeAlias = Literal["received", "paid_back", "to_shop", "to_receiver", "to_bank", "top_up", "adjustment"]

#: What each kind must name.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "received": (),
        "paid_back": (),
        "to_shop": ("shop",),
        "to_receiver": ("receiver",),
        "to_bank": (),
        "top_up": ("tender",),
        "adjustment": ("shop", "reason"),
    }
)


class Movement(LeavesOut, OneCurrency):
    """One sum of money that moved, at an instant, with an id that is its own among those of its kind.

    `received`: the provider took `amount` from the buyer and kept `fee` of it. `paid_back`: it paid `amount` back to
    him and gave `fee` of its own back. `to_shop`, `to_receiver`, `to_bank`: transferred by the provider to a shop, to a
    third party, to the platform's own account. `top_up`: a buyer put money onto the stored value or gift card `tender`.
    `adjustment`: what is owed to a shop changed, for a `reason`; below 0 the shop owes more, or gets less.

    >>> moved = Movement(
    ...     id="t1", kind="to_shop", at="2026-11-30T10:00:00+08:00", currency="CNY", shop="tea", amount="79.55 CNY"
    ... )
    >>> str(moved.amount), moved.order is None
    ('79.55 CNY', True)
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"order", "shop", "receiver", "tender", "provider", "reason", "fee"})

    id: Id
    kind: MovementKind
    at: Instant
    amount: Signed
    fee: Signed | None = None
    order: Id | None = None
    shop: Id | None = None
    receiver: Id | None = None
    tender: Id | None = None
    provider: Id | None = None
    reason: Text | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            id: str,
            kind: Literal["received", "paid_back", "to_shop", "to_receiver", "to_bank", "top_up", "adjustment"],
            at: datetime | str,
            amount: Money | str,
            fee: Money | str | None = None,
            order: str | None = None,
            shop: str | None = None,
            receiver: str | None = None,
            tender: str | None = None,
            provider: str | None = None,
            reason: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in _NAMES[self.kind]:
            if getattr(self, name) is None:
                refuse([problem_at(name, code="movement.unnamed", kind=self.kind)])
        for name in ("shop", "receiver", "tender"):
            if getattr(self, name) is not None and name not in _NAMES[self.kind]:
                refuse([problem_at(name, code="movement.strange", kind=self.kind)])
        if self.kind != "adjustment" and self.amount.minor <= 0:
            refuse([problem_at("amount", code="movement.amount")])
        if self.fee is not None and self.kind not in ("received", "paid_back"):
            refuse([problem_at("fee", code="movement.strange", kind=self.kind)])
        return self
