"""A reconciliation: each row of a bill and each payment and refund of the shop's own, once, with what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, Self, TypeAlias

from pydantic import model_validator

from settlement.after_pay.bills.bill import BillRow
from settlement.documents.document import Document
from settlement.documents.marks import Takes
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Count, Id, Instant
from settlement.documents.signed import Signed
from settlement.errors import InvariantBroken
from settlement.money import Money, money_of

__all__ = ["Expected", "Outcome", "Reason", "Reconciled", "ReconciledSum", "Reconciliation", "differences"]

Outcome: TypeAlias = Literal["matched", "differing", "only_in_bill", "only_here"]
Reason: TypeAlias = Literal[
    "order", "merchant", "id", "currency", "amount", "fee", "state", "other_day", "repeated", "unknown", "absent"
]
#: States in which a refund of a bill moved no money.
_NOT_MOVED: Final = frozenset({"CLOSED", "FAIL", "FAILED", "ABNORMAL", "CHANGE"})


class Expected(Document):
    """What the shop knows of a payment or a refund. `id` is the transaction, where a notice told it.

    `key` is what the provider knows the payment by, and its bill calls the order.

    `fee` is what the provider is expected to keep, below 0 to give back; null: not compared.
    """

    kind: Literal["payment", "refund"]
    order: Id
    key: Id
    refund: Id | None = None
    merchant: Id | None = None
    id: Id | None = None
    amount: Money
    fee: Signed | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            kind: Literal["payment", "refund"],
            order: str,
            key: str,
            amount: Money | str,
            refund: str | None = None,
            merchant: str | None = None,
            id: str | None = None,
            fee: Money | str | None = None,
        ) -> None: ...


class Reconciled(Document):
    """A row of the bill, what is expected here, or both: `matched`, `differing`, `only_in_bill` or `only_here`.

    Why: what differs; or that the row is of another day, `repeated` in the bill (or here), `unknown` here, `absent`
    from the bill.
    """

    outcome: Outcome
    reasons: Annotated[tuple[Annotated[Reason, Takes("Reason")], ...], LISTED] = ()
    row: BillRow | None = None
    expected: Expected | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            outcome: Literal["matched", "differing", "only_in_bill", "only_here"],
            reasons: Sequence[Reason] = (),
            row: BillRow | Mapping[str, Any] | None = None,
            expected: Expected | Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sides(self) -> Self:
        both = self.outcome in ("matched", "differing")
        sides = (self.row is not None, self.expected is not None)
        if sides != ((True, True) if both else (self.outcome == "only_in_bill", self.outcome == "only_here")):
            refuse([problem_at("outcome", code="value.invalid", detail="is not what the two sides make")])
        return self

    @property
    def kind(self) -> Literal["payment", "refund"]:
        """Of which kind both sides are."""
        return self._either().kind

    @property
    def order(self) -> str:
        """The order's number, as it is known here."""
        return self._either().order

    @property
    def refund(self) -> str | None:
        """The refund's number, as it is known here."""
        return self._either().refund

    @property
    def currency(self) -> str:
        """The currency of the row, or of what is expected."""
        return self._either().amount.currency if self.row is None else self.row.currency

    @property
    def difference(self) -> Money | None:
        """By how much more the bill has; None where the two are in two currencies, or one is missing."""
        if self.row is None or self.expected is None or self.row.currency != self.expected.amount.currency:
            return None
        return self.row.amount - self.expected.amount

    @property
    def fee_difference(self) -> Money | None:
        """By how much more the provider keeps; None where no fee is expected, or in another currency."""
        expected = None if self.expected is None else self.expected.fee
        if self.row is None or expected is None or self.row.currency != expected.currency:
            return None
        return self.row.fee - expected

    def _either(self) -> Expected | BillRow:
        if self.expected is not None:
            return self.expected
        if self.row is None:
            raise InvariantBroken("an entry of a reconciliation", "a row or what is expected", None)
        return self.row


def differences(row: BillRow, expected: Expected, tolerance: int) -> tuple[Reason, ...]:
    """In what a row is not what is expected, in the order of `Reason`; a fee by more than so many minor units."""
    other = row.currency != expected.amount.currency
    fee = expected.fee
    is_so: dict[Reason, bool] = {
        "order": row.order != expected.key,
        "merchant": expected.merchant is not None and row.merchant != expected.merchant,
        "id": expected.id is not None and row.id != expected.id,
        "currency": other,
        "amount": not other and row.amount != expected.amount,
        "fee": not other and fee is not None and abs(row.fee.minor - fee.minor) > tolerance,
        "state": row.kind == "refund" and row.state in _NOT_MOVED,
    }
    return tuple([reason for reason, differs in is_so.items() if differs])


class ReconciledSum(NamedTuple):
    """What one kind in one currency comes to: `in_bill` less `here` is what differs and what one side alone has."""

    kind: Literal["payment", "refund"]
    currency: str
    in_bill: Money
    here: Money
    #: By how much more the bill has where both have it, in this currency.
    differing: Money
    #: Of rows without a counterpart in this currency.
    only_in_bill: Money
    only_here: Money
    fees: Money


class Reconciliation(Document):
    """Every row of a bill and every payment and refund known here, each in one entry.

    `fee_tolerance` is in minor units, a row. As JSON by `to_json()`, read back by `from_json()`, which refuses
    outcomes that the two sides don't make. `str()` says it in English, `text()` in a reader's language.
    """

    provider: Id
    since: Instant | None = None
    until: Instant | None = None
    fee_tolerance: Count = 1
    entries: Annotated[tuple[Reconciled, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            provider: str,
            entries: Sequence[Reconciled | Mapping[str, Any]],
            since: datetime | str | None = None,
            until: datetime | str | None = None,
            fee_tolerance: int = 1,
        ) -> None: ...

    @model_validator(mode="after")
    def _made(self) -> Self:
        refuse(
            [
                problem_at("entries", at, code="value.invalid", detail="is not what the two sides make")
                for at, each in enumerate(self.entries)
                if self._is_wrong(each)
            ]
        )
        return self

    def _is_wrong(self, each: Reconciled) -> bool:
        if each.row is not None and each.expected is not None:
            found = differences(each.row, each.expected, self.fee_tolerance)
            return found != each.reasons or each.outcome != ("differing" if found else "matched")
        allowed = {"other_day", "repeated", "unknown"} if each.row is not None else {"repeated", "absent"}
        return len(each.reasons) != 1 or each.reasons[0] not in allowed

    def of(self, outcome: Outcome) -> tuple[Reconciled, ...]:
        """The entries of one outcome."""
        return tuple([each for each in self.entries if each.outcome == outcome])

    @property
    def agrees(self) -> bool:
        """Whether all that is of this period is matched."""
        return all(each.outcome == "matched" or each.reasons == ("other_day",) for each in self.entries)

    @property
    def sums(self) -> tuple[ReconciledSum, ...]:
        """What each kind comes to in each currency."""
        return tuple(self._sums())

    def _sums(self) -> Iterator[ReconciledSum]:
        sides = [
            (each.kind, side.currency if isinstance(side, BillRow) else side.amount.currency)
            for each in self.entries
            for side in (each.row, each.expected)
            if side is not None
        ]
        for kind, currency in sorted(set(sides)):
            made = dict.fromkeys(ReconciledSum._fields[2:], 0)
            for each in self.entries:
                if each.kind == kind:
                    _add(made, each, currency)
            yield ReconciledSum(kind, currency, **{name: money_of(minor, currency) for name, minor in made.items()})

    def text(self, locale: str = "en") -> str:
        """What agrees and what does not, for a reader. Raises `UnknownLocale`."""
        from settlement.after_pay.bills.reconciliation_text import reconciliation_text

        return reconciliation_text(self, locale=locale)

    def __str__(self) -> str:
        return self.text()


def _add(made: dict[str, int], each: Reconciled, currency: str) -> None:
    """Add one entry to the sums of a currency."""
    row = each.row if each.row is not None and each.row.currency == currency else None
    expected = each.expected if each.expected is not None and each.expected.amount.currency == currency else None
    if row is not None:
        made["in_bill"] += row.amount.minor
        made["fees"] += row.fee.minor
    if expected is not None:
        made["here"] += expected.amount.minor
    if row is not None and expected is not None:
        made["differing"] += row.amount.minor - expected.amount.minor
    elif row is not None:
        made["only_in_bill"] += row.amount.minor
    elif expected is not None:
        made["only_here"] += expected.amount.minor
