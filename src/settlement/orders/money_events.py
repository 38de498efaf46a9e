"""Events that are about money: what was paid, what changed after that, and what is given back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import model_validator

from settlement.after_pay.edits.document import OrderEdit
from settlement.after_pay.edits.from_json import OrderEditDocument
from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.after_pay.refunds.from_json import RefundDocument
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.documents.embedded import Embedded
from settlement.documents.marks import Takes
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import Id
from settlement.orders.actor import Actor
from settlement.orders.event import Event

__all__ = ["Changed", "Paid", "RefundAsked", "RefundFailed", "RefundSucceeded"]

if TYPE_CHECKING:
    Quoted: TypeAlias = RefundQuote
    Edited: TypeAlias = OrderEdit
else:
    Quoted = Annotated[RefundDocument, Embedded(RefundQuote), Takes("RefundQuote | Mapping[str, Any]")]
    Edited = Annotated[OrderEditDocument, Embedded(OrderEdit), Takes("OrderEdit | Mapping[str, Any]")]


class Paid(Event):
    """The provider told of a payment: what it told, of a failed try too, and the demand that its key names.

    `demand` may be left out where the order knows it: its own, or one of an event before.
    """

    left_out: ClassVar[frozenset[str]] = Event.left_out | {"demand"}

    kind: Literal["paid"] = "paid"
    notice: PaymentNotice
    demand: PaymentDemand | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            notice: PaymentNotice | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["paid"] = "paid",
            demand: PaymentDemand | Mapping[str, Any] | None = None,
        ) -> None: ...


class Changed(Event):
    """The order was changed after it was paid; what that collects is asked for under a number of its own."""

    left_out: ClassVar[frozenset[str]] = Event.left_out | {"demand"}

    kind: Literal["changed"] = "changed"
    edit: Edited
    demand: PaymentDemand | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            edit: OrderEdit | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["changed"] = "changed",
            demand: PaymentDemand | Mapping[str, Any] | None = None,
        ) -> None: ...


class RefundAsked(Event):
    """The provider is asked to give money back: of a refund of the order, of a change, or of a stray transaction.

    `quote` is the refund; several demands may share one. Without a `demand` nothing of it goes back by the payment
    method. `transaction` is a payment that pays nothing and goes back. A demand with neither is of a change.
    """

    left_out: ClassVar[frozenset[str]] = Event.left_out | {"demand", "quote", "transaction"}

    kind: Literal["refund_asked"] = "refund_asked"
    demand: RefundDemand | None = None
    quote: Quoted | None = None
    transaction: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["refund_asked"] = "refund_asked",
            demand: RefundDemand | Mapping[str, Any] | None = None,
            quote: RefundQuote | Mapping[str, Any] | None = None,
            transaction: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if self.demand is None and self.quote is None:
            refuse([problem_at("quote", code="event.refund_nothing")])
        if self.transaction is not None and (self.quote is not None or self.demand is None):
            refuse([problem_at("transaction", code="event.refund_both")])
        if self.demand is not None and self.quote is not None:
            amount, most = self.demand.amount, self.quote.to_method
            if amount.currency != most.currency or amount > most:
                refuse([problem_at("demand", "amount", code="event.refund_more", found=str(amount), limit=str(most))])
        elif self.quote is not None and self.quote.id is None:
            refuse([problem_at("quote", "id", code="event.refund_number")])
        return self

    @property
    def number(self) -> str:
        """What this asking is known by: the number that the provider was given, else the quote's own id."""
        return self.demand.refund if self.demand is not None else str(self.quote and self.quote.id)

    @property
    def refund(self) -> str | None:
        """Which refund of the order this is of, however often it is asked for; None: it is none of the order."""
        return None if self.quote is None else self.quote.id or self.number


class _RefundTold(Event):
    notice: RefundNotice

    expected: ClassVar[str]

    @model_validator(mode="after")
    def _as_told(self) -> Self:
        if self.notice.told != self.expected:
            facts = {"found": self.notice.told, "expected": self.expected}
            refuse([problem_at("notice", "told", code="event.told", **facts)])
        return self


class RefundSucceeded(_RefundTold):
    """The provider told that it gave money back."""

    expected: ClassVar[str] = "succeeded"

    kind: Literal["refund_succeeded"] = "refund_succeeded"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            notice: RefundNotice | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["refund_succeeded"] = "refund_succeeded",
        ) -> None: ...


class RefundFailed(_RefundTold):
    """The provider told that a refund failed: nothing changes, and what was owed is owed."""

    expected: ClassVar[str] = "failed"

    kind: Literal["refund_failed"] = "refund_failed"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            notice: RefundNotice | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["refund_failed"] = "refund_failed",
        ) -> None: ...
