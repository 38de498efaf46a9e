"""The fold over all that a provider told: one answer to each notice, in the order received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.documents.document import Document
from settlement.documents.marks import Takes
from settlement.documents.scalars import Flag, Id

__all__ = ["PaymentAnswer", "PaymentFold", "Reason"]

#: Why a notice pays nothing, in the order in which it is looked for.
Reason: TypeAlias = Literal[
    "other_order", "other_merchant", "other_currency", "too_little", "too_much", "paid_before", "closed_before",
    "told_otherwise",
]  # fmt: skip


class PaymentAnswer(Document):
    """What a notice did: it `paid`, was `repeated`, told of `no_payment`, or is a `mismatch` with its reason.

    A mismatch says what was expected and found. `success`: the provider may be told that all is well, so that it stops
    repeating. After a mismatch it may not, for a notice that was misread may be read rightly the next time; but for
    `paid_before` and `closed_before`, where no repeating helps.
    """

    notice: PaymentNotice
    outcome: Literal["paid", "repeated", "no_payment", "mismatch"]
    reason: Annotated[Reason, Takes("Reason")] | None = None
    expected: Id | None = None
    found: Id | None = None
    success: Flag

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            notice: PaymentNotice | Mapping[str, Any],
            outcome: Literal["paid", "repeated", "no_payment", "mismatch"],
            success: bool,
            reason: Reason | None = None,
            expected: str | None = None,
            found: str | None = None,
        ) -> None: ...


_Difference: TypeAlias = tuple[Reason, str | None, str | None]
#: What makes two notices the same: all but the id of the message.
_Content: TypeAlias = tuple[str, str, str | None, str, str]


class PaymentFold:
    """What a provider was asked for and told so far; each notice is answered by what came before it, and once."""

    __slots__ = ("_answered", "_fitting", "_told", "closed", "demands", "payment")

    def __init__(self, demands: Iterable[PaymentDemand]) -> None:
        #: By key, the last asked the last.
        self.demands: dict[str, PaymentDemand] = {each.key: each for each in demands}
        #: What paid.
        self.payment: PaymentNotice | None = None
        #: Whether the order is over: closed or cancelled.
        self.closed = False
        self._answered: dict[_Content, bool] = {}
        self._told: dict[str, PaymentNotice] = {}  # each transaction by the first that fits, else by the first
        self._fitting: set[str] = set()

    def tell(self, notice: PaymentNotice) -> PaymentAnswer:
        """The answer to a notice."""
        content = (notice.id, notice.key, notice.merchant, str(notice.amount), notice.told)
        if content in self._answered:
            return PaymentAnswer(notice=notice, outcome="repeated", success=self._answered[content])
        difference = self._elsewhere(notice)
        if difference is None and notice.told != "succeeded":
            self._answered[content] = True
            return PaymentAnswer(notice=notice, outcome="no_payment", success=True)
        difference = difference or _amounts(self.demands[notice.key], notice)
        if difference is None and notice.id not in self._fitting:
            self._answered[content] = True
            self._fitting.add(notice.id)
            self._told[notice.id] = notice
            difference = self._too_late(notice)
        else:
            self._answered[content] = False
            if notice.id in self._told:
                difference = _otherwise(self._told[notice.id], notice)
            self._told.setdefault(notice.id, notice)
        if difference is None:
            self.payment = notice
            return PaymentAnswer(notice=notice, outcome="paid", success=True)
        reason, expected, found = difference
        return PaymentAnswer(
            notice=notice, outcome="mismatch", reason=reason, expected=expected, found=found,
            success=self._answered[content],
        )  # fmt: skip

    def _elsewhere(self, notice: PaymentNotice) -> _Difference | None:
        """Whether it is of another order, or of another account than was to be paid."""
        demand = self.demands.get(notice.key)
        if demand is None:
            return "other_order", next(reversed(self.demands)), notice.key
        if demand.merchant is not None and notice.merchant != demand.merchant:
            return "other_merchant", demand.merchant, notice.merchant
        return None

    def _too_late(self, notice: PaymentNotice) -> _Difference | None:
        """Why a first notice that fits pays nothing all the same."""
        if self.payment is not None:
            return "paid_before", self.payment.id, notice.id
        return ("closed_before", None, notice.id) if self.closed else None


def _amounts(demand: PaymentDemand, notice: PaymentNotice) -> _Difference | None:
    """In what money a notice is not what was asked for."""
    amounts = (str(demand.amount), str(notice.amount))
    if notice.amount.currency != demand.amount.currency:
        return "other_currency", *amounts
    if notice.amount != demand.amount:
        return ("too_little" if notice.amount < demand.amount else "too_much"), *amounts
    return None


def _otherwise(before: PaymentNotice, notice: PaymentNotice) -> _Difference:
    """In what a notice differs from another of the same transaction."""
    pairs = ((before.key, notice.key), (before.merchant, notice.merchant), (before.told, notice.told))
    expected, found = next((pair for pair in pairs if pair[0] != pair[1]), (str(before.amount), str(notice.amount)))
    return "told_otherwise", expected, found
