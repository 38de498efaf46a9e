"""Paid or not: what a payment provider is asked for, what it then tells, and the fold over all that it told.

The pure half of a gateway. An adapter asks the provider, verifies the signature of what comes back and reads it; here
it is compared with what was asked for, and nothing else counts. Money that is not what was asked for is kept in sight,
with a reason, and pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import model_validator

from settlement.documents.document import Document
from settlement.documents.marks import Takes
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect, expect_all, problem_at, refuse
from settlement.documents.scalars import LISTED, Flag, Id, PositiveMoney
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money
from settlement.receipts.settlement import Settlement, expect_settlement

if TYPE_CHECKING:
    from settlement.after_pay.payouts.sub_orders import SubOrder

__all__ = [
    "PaymentAnswer",
    "PaymentDemand",
    "PaymentNotice",
    "PaymentState",
    "expect_payable",
    "payment_demand",
    "payment_state",
]

#: Why a notice pays nothing, in the order in which it is looked for.
Reason: TypeAlias = Literal[
    "other_order", "other_merchant", "other_currency", "too_little", "too_much", "paid_before", "told_otherwise"
]


class PaymentDemand(Document):
    """What is asked of the payment provider: this amount, for this order, paid to this account of the merchant."""

    order: Id
    merchant: Id | None = None
    amount: PositiveMoney

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, order: str, amount: Money | str, merchant: str | None = None) -> None: ...


class PaymentNotice(Document):
    """What the provider told of a payment, verified and read by an adapter; `id` is the provider's transaction id.

    >>> str(PaymentNotice(id="4200001", order="1001", amount="100.00 CNY").amount)
    '100.00 CNY'
    """

    id: Id
    order: Id
    merchant: Id | None = None
    amount: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, id: str, order: str, amount: Money | str, merchant: str | None = None) -> None: ...


class PaymentAnswer(Document):
    """What a notice did: it `paid`, was `repeated`, or is a `mismatch` with its reason, what was expected and found.

    `success`: the provider may be told that all is well, so that it stops repeating. After a mismatch it may not, for
    a notice that was misread may be read rightly the next time; but for `paid_before`, where no repeating helps.
    """

    notice: PaymentNotice
    outcome: Literal["paid", "repeated", "mismatch"]
    reason: Annotated[Reason, Takes("Reason")] | None = None
    expected: Id | None = None
    found: Id | None = None
    success: Flag

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            notice: PaymentNotice | Mapping[str, Any],
            outcome: Literal["paid", "repeated", "mismatch"],
            success: bool,
            reason: Reason | None = None,
            expected: str | None = None,
            found: str | None = None,
        ) -> None: ...


class PaymentState(Document):
    """Whether an order is paid, with an answer to each notice in the order received.

    As JSON by `to_json()`, read back by `from_json()`, which refuses answers and a status that the notices do not make.
    `str()` says it in English, `text()` in a reader's language.
    """

    demand: PaymentDemand
    status: Literal["unpaid", "paid"]
    answers: Annotated[tuple[PaymentAnswer, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            demand: PaymentDemand | Mapping[str, Any],
            status: Literal["unpaid", "paid"],
            answers: Sequence[PaymentAnswer | Mapping[str, Any]],
        ) -> None: ...

    @model_validator(mode="after")
    def _folded(self) -> Self:
        made = tuple(_answers(self.demand, [each.notice for each in self.answers]))
        wrong = {"answers": made != self.answers, "status": _status(made) != self.status}
        detail = "is not what the notices make"
        refuse([problem_at(name, code="value.invalid", detail=detail) for name, is_so in wrong.items() if is_so])
        return self

    @property
    def payment(self) -> PaymentNotice | None:
        """The notice that paid, None where the order is unpaid."""
        return next((each.notice for each in self.answers if each.outcome == "paid"), None)

    @property
    def mismatches(self) -> tuple[PaymentAnswer, ...]:
        """All that was told and pays nothing, each once: to be looked into, and paid back where money came."""
        return tuple([each for each in self.answers if each.outcome == "mismatch"])

    def text(self, locale: str = "en") -> str:
        """The state for a reader, a line for each mismatch. Raises `UnknownLocale`."""
        from settlement.after_pay.payments.paid_text import paid_text

        return paid_text(self, locale=locale)

    def __str__(self) -> str:
        return self.text()


def payment_demand(
    settlement: Settlement | SubOrder,
    order: str | None = None,
    merchant: str | None = None,
    minimum: Money | None = None,
) -> PaymentDemand:
    """What to ask the provider for: what is `due`, which is payable less what gift cards and stored value pay.

    Of a settlement, or of a sub-order (`split_orders`) where each shop's part is a payment of its own, under a number
    of its own: those then add up to what is due, and a part with nothing due is asked for by nobody.
    `order` is the shop's number of the order, by default the settlement's own (`order`), `merchant` the account that is
    to be paid, `minimum` the least that the provider takes in this currency. Raises `InvalidDocument` where nothing can
    be asked for: a settlement that is pending or blocked, nothing due (the order is then paid without a provider), less
    due than the minimum, a minimum in another currency, an order or merchant that is no id, another order than the
    settlement's; `TypeError` for anything but these and money.
    Source: docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> str(payment_demand(settle(checkout, Rulebook(id="r", currency="CNY")), "1001").amount)
    '99.00 CNY'
    """
    from settlement.after_pay.payouts.sub_orders import SubOrder  # which asks here whether an order can be paid

    if not isinstance(settlement, SubOrder):
        expect_settlement(settlement)
    expect("minimum", minimum, Money, optional=True)
    problems = list(_unpayable(settlement, minimum))
    if problems:
        raise InvalidDocument(problems, "PaymentDemand")
    if isinstance(settlement, Settlement):
        one_order("PaymentDemand", [("settlement", settlement.order), ("demand", order)])
    stated = {"order": settlement.order if order is None else order}
    return PaymentDemand.model_validate({**stated, "merchant": merchant, "amount": settlement.due})


def expect_payable(settlement: Settlement, title: str) -> None:
    """Nothing, where a settlement can be paid: what is not priced is never paid out, invoiced or offered as free.

    Raises `InvalidDocument` where its freight is not known yet (`demand.pending`) or nothing can be bought
    (`demand.blocked`), `TypeError` for anything but a settlement.
    """
    expect_settlement(settlement)
    problems = list(_unfinished(settlement))
    if problems:
        raise InvalidDocument(problems, title)


def _unfinished(settlement: Settlement) -> Iterator[Problem]:
    if settlement.status == "pending":
        yield Problem("settlement.status", "demand.pending")
    elif settlement.status == "blocked":
        yield Problem("settlement.status", "demand.blocked")


def _unpayable(settlement: Settlement | SubOrder, minimum: Money | None) -> Iterator[Problem]:
    """Why this can't be asked for."""
    due, payable = settlement.due, True
    if isinstance(settlement, Settlement):
        yield from _unfinished(settlement)
        payable = settlement.status == "payable"
    if payable and not due:
        yield Problem("settlement.due", "demand.nothing_due")
    if minimum is None:
        return
    if minimum.currency != due.currency:
        yield Problem("minimum", "currency.mixed", {"found": minimum.currency, "currency": due.currency})
    elif payable and 0 < due.minor < minimum.minor:
        yield Problem("settlement.due", "demand.below_minimum", {"due": str(due), "minimum": str(minimum)})


def payment_state(demand: PaymentDemand, notices: Iterable[PaymentNotice]) -> PaymentState:
    """Whether these notices, in the order received, paid what was asked for.

    The first one that fits pays: the order, the merchant where one was asked for, the currency and the amount are
    exactly those of the demand. The same notice again is `repeated`. Every other is a mismatch, for the first of these
    reasons that holds: `other_order`, `other_merchant`, `other_currency`, `too_little`, `too_much`; `paid_before` is
    another transaction that fits (the buyer paid twice). Where a transaction was told of before, what tells it
    otherwise is `told_otherwise`, but for the first that fits. A mismatch never keeps a later notice from paying, nor
    undoes what is paid, and its amount is added to nothing. Raises `TypeError` for anything but these documents.
    Source: docs/after-pay.md.

    >>> demand = PaymentDemand(order="1001", amount="100.00 CNY")
    >>> short = PaymentNotice(id="t1", order="1001", amount="0.01 CNY")
    >>> right = PaymentNotice(id="t2", order="1001", amount="100.00 CNY")
    >>> state = payment_state(demand, [short, right, right])
    >>> state.status, [(each.outcome, each.success) for each in state.answers]
    ('paid', [('mismatch', False), ('paid', True), ('repeated', True)])
    >>> print(state)
    Order 1001: CN¥100.00, paid by t2
    t1: CN¥0.01 in mismatch: less than was asked for (expected 100.00 CNY, found 0.01 CNY)
    """
    expect("demand", demand, PaymentDemand)
    answers = tuple(_answers(demand, expect_all("notices", notices, PaymentNotice)))
    return PaymentState(demand=demand, status=_status(answers), answers=answers)


def _status(answers: Iterable[PaymentAnswer]) -> Literal["unpaid", "paid"]:
    return "paid" if any(each.outcome == "paid" for each in answers) else "unpaid"


def _answers(demand: PaymentDemand, notices: Iterable[PaymentNotice]) -> Iterator[PaymentAnswer]:
    """One answer to each notice."""
    success: dict[PaymentNotice, bool] = {}
    told: dict[str, PaymentNotice] = {}  # each transaction by the first that fits, else by the first
    fitting: list[str] = []
    for notice in notices:
        if notice in success:
            yield PaymentAnswer(notice=notice, outcome="repeated", success=success[notice])
            continue
        difference = _difference(demand, notice)
        if difference is None and notice.id not in fitting:
            difference = ("paid_before", fitting[0], notice.id) if fitting else None
            fitting.append(notice.id)
            told[notice.id] = notice
            success[notice] = True
        else:
            if notice.id in told:
                difference = _otherwise(told[notice.id], notice)
            told.setdefault(notice.id, notice)
            success[notice] = False
        if difference is None:
            yield PaymentAnswer(notice=notice, outcome="paid", success=True)
        else:
            reason, expected, found = difference
            yield PaymentAnswer(
                notice=notice, outcome="mismatch", reason=reason, expected=expected, found=found,
                success=success[notice],
            )  # fmt: skip


_Difference: TypeAlias = tuple[Reason, str | None, str | None]


def _difference(demand: PaymentDemand, notice: PaymentNotice) -> _Difference | None:
    """In what a notice is not what was asked for."""
    if notice.order != demand.order:
        return "other_order", demand.order, notice.order
    if demand.merchant is not None and notice.merchant != demand.merchant:
        return "other_merchant", demand.merchant, notice.merchant
    amounts = (str(demand.amount), str(notice.amount))
    if notice.amount.currency != demand.amount.currency:
        return "other_currency", *amounts
    if notice.amount != demand.amount:
        return ("too_little" if notice.amount < demand.amount else "too_much"), *amounts
    return None


def _otherwise(before: PaymentNotice, notice: PaymentNotice) -> _Difference:
    """In what a notice differs from another of the same transaction."""
    pairs = ((before.order, notice.order), (before.merchant, notice.merchant))
    expected, found = next((pair for pair in pairs if pair[0] != pair[1]), (str(before.amount), str(notice.amount)))
    return "told_otherwise", expected, found
