"""Paid or not: the state of an order's payment, folded from all that a payment provider told of its demands.

The pure half of a gateway. An adapter asks the provider, verifies the signature of what comes back and reads it; here
it is compared with what was asked for, and nothing else counts. Money that is not what was asked for is kept in sight,
with a reason, and pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from settlement.after_pay.payments.answers import PaymentAnswer, PaymentFold
from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect, expect_all, problem_at, refuse
from settlement.documents.scalars import LISTED, Count
from settlement.documents.unstated import LeavesOut
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money, excerpt, money_of
from settlement.receipts.settlement import Settlement, expect_settlement

if TYPE_CHECKING:
    from settlement.after_pay.payouts.sub_orders import SubOrder

__all__ = ["PaymentState", "expect_payable", "payment_demand", "payment_state", "refund_due"]


class PaymentState(LeavesOut):
    """Whether an order is paid, with an answer to each notice in the order received.

    `demands` are its attempts, `closed` how many of the notices came before the order was closed or cancelled; null:
    it was not. As JSON by `to_json()`, read back by `from_json()`, which refuses answers and a status that the notices
    do not make. `str()` says it in English, `text()` in a reader's language.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"closed"})

    demands: Annotated[tuple[PaymentDemand, ...], LISTED]
    status: Literal["unpaid", "paid"]
    closed: Count | None = None
    answers: Annotated[tuple[PaymentAnswer, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            demands: Sequence[PaymentDemand | Mapping[str, Any]],
            status: Literal["unpaid", "paid"],
            answers: Sequence[PaymentAnswer | Mapping[str, Any]],
            closed: int | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _folded(self) -> Self:
        notices = [each.notice for each in self.answers]
        found = list(_wrong(self.demands, notices, self.closed))
        refuse([problem_at(each.place, code=each.code, **each.facts) for each in found])
        answers, status = _fold(self.demands, notices, self.closed)
        wrong = {"answers": answers != self.answers, "status": status != self.status}
        detail = "is not what the notices make"
        refuse([problem_at(name, code="value.invalid", detail=detail) for name, is_so in wrong.items() if is_so])
        return self

    @property
    def order(self) -> str:
        """The number under which it was asked for."""
        return self.demands[0].order

    @property
    def payment(self) -> PaymentNotice | None:
        """The notice that paid, None where the order is unpaid."""
        return next((each.notice for each in self.answers if each.outcome == "paid"), None)

    @property
    def paid_for(self) -> PaymentDemand | None:
        """The attempt that was paid, None where the order is unpaid."""
        payment = self.payment
        return None if payment is None else next(each for each in self.demands if each.key == payment.key)

    @property
    def mismatches(self) -> tuple[PaymentAnswer, ...]:
        """All that was told and pays nothing, each once: to be looked into, and paid back where money came."""
        return tuple([each for each in self.answers if each.outcome == "mismatch"])

    @property
    def strays(self) -> tuple[PaymentNotice, ...]:
        """What reached our account for this order and pays nothing: each transaction by the last that succeeded.

        What was told of another order or account never counts, nor does the transaction that paid.
        """
        demands = {each.key: each for each in self.demands}
        last: dict[str, PaymentNotice] = {}
        for each in self.answers:
            demand = demands.get(each.notice.key)
            ours = demand is not None and demand.merchant in (None, each.notice.merchant)
            if ours and each.notice.told == "succeeded":
                last[each.notice.id] = each.notice
        if self.payment is not None:
            del last[self.payment.id]
        return tuple(last.values())

    @property
    def pays_nothing(self) -> dict[str, Money]:
        """Money that reached our account for this order and pays nothing, in all, by currency: that of the `strays`."""
        return _in_all([each.amount for each in self.strays])

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
    *,
    attempt: int = 1,
    method: str | None = None,
    channel: str | None = None,
    expires: datetime | str | None = None,
) -> PaymentDemand:
    """What to ask the provider for: what is `due`, which is payable less what gift cards and stored value pay.

    Of a settlement, or of a sub-order (`split_orders`) where each shop's part is a payment of its own, under a number
    of its own: those then add up to what is due, and a part with nothing due is asked for by nobody.
    `order` is the shop's number of the order, by default the settlement's own (`order`), `merchant` the account that is
    to be paid, `minimum` the least that the provider takes in this currency; the rest is as in `PaymentDemand`. Raises
    `InvalidDocument` where nothing can be asked for: a settlement that is pending or blocked, nothing due (the order is
    then paid without a provider), less due than the minimum, a minimum in another currency, an order or merchant that
    is no id, another order than the settlement's; `TypeError` for anything but these and money.
    Source: docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> str(payment_demand(settle(checkout, Rulebook(id="r", currency="CNY")), "SO1001").amount)
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
    stated = {"order": settlement.order if order is None else order, "merchant": merchant, "amount": settlement.due}
    how = {"attempt": attempt, "method": method, "channel": channel, "expires": expires}
    return PaymentDemand.model_validate(stated | how)


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


def payment_state(
    demands: Iterable[PaymentDemand], notices: Iterable[PaymentNotice], closed: int | None = None
) -> PaymentState:
    """Whether these notices, in the order received, paid what was asked for.

    `demands` are all attempts of one order, `closed` is how many of the notices came before the order was closed or
    cancelled, None while it is not. A notice is compared with the demand that its key names. The first that fits pays:
    the merchant where one was asked for, the currency and the amount are exactly those of the demand. The same told
    again is `repeated`; what failed, was cancelled or closed is `no_payment`, and undoes nothing. Every other is a
    mismatch, for the first of these reasons that holds: `other_order` (its key is none of these), `other_merchant`,
    `other_currency`, `too_little`, `too_much`; `paid_before` is another transaction that fits (the buyer paid twice, in
    whichever attempts), `closed_before` one that fits after closing. Where a transaction was told of before, what tells
    it otherwise is `told_otherwise`, but for the first that fits. A mismatch never keeps a later notice from paying,
    nor undoes what is paid. Raises `InvalidDocument` for no demand, for two orders, for an attempt that stands twice
    and for more notices before closing than there are; `TypeError` for anything but these documents.
    Source: docs/after-pay.md.

    >>> first, second = [PaymentDemand(order="SO1001", amount="100.00 CNY", attempt=each) for each in (1, 2)]
    >>> def told(name, key, amount):
    ...     return PaymentNotice(id=name, key=key, amount=amount, told="succeeded")
    >>> short, right = told("t1", "SO1001", "0.01 CNY"), told("t2", "SO1001_2", "100.00 CNY")
    >>> state = payment_state([first, second], [short, right, right])
    >>> state.status, [(each.outcome, each.success) for each in state.answers]
    ('paid', [('mismatch', False), ('paid', True), ('repeated', True)])
    >>> print(state)
    Order SO1001: CN¥100.00, paid by t2
    t1: CN¥0.01 in mismatch: less than was asked for (expected 100.00 CNY, found 0.01 CNY)
    """
    asked = tuple(expect_all("demands", demands, PaymentDemand))
    given = expect_all("notices", notices, PaymentNotice)
    problems = list(_wrong(asked, given, closed))
    if problems:
        raise InvalidDocument(problems, "PaymentState")
    answers, status = _fold(asked, given, closed)
    return PaymentState(demands=asked, status=status, closed=closed, answers=answers)


def _wrong(demands: Sequence[PaymentDemand], notices: Sequence[PaymentNotice], closed: int | None) -> Iterator[Problem]:
    """Why these are no demands of one order, or not so many notices."""
    if not demands:
        yield Problem("demands", "list.empty")
    attempts = set()
    for at, each in enumerate(demands):
        if each.order != demands[0].order:
            facts = {"found": excerpt(each.order), "expected": excerpt(demands[0].order)}
            yield Problem(f"demands[{at}].order", "order.mismatch", facts)
        elif each.attempt in attempts:
            yield Problem(f"demands[{at}].attempt", "id.duplicate", {"found": each.attempt})
        attempts.add(each.attempt)
    if closed is not None and closed > len(notices):
        yield Problem("closed", "integer.range", {"found": excerpt(closed), "range": f"from 0 to {len(notices)}"})


def _fold(
    demands: Iterable[PaymentDemand], notices: Sequence[PaymentNotice], closed: int | None
) -> tuple[tuple[PaymentAnswer, ...], Literal["unpaid", "paid"]]:
    fold = PaymentFold(demands)
    answers = []
    for at, notice in enumerate(notices):
        fold.closed = closed is not None and at >= closed
        answers.append(fold.tell(notice))
    return tuple(answers), "unpaid" if fold.payment is None else "paid"


def refund_due(
    states: Iterable[PaymentState], asked: Iterable[Money] = (), given_back: Iterable[Money] = ()
) -> dict[str, Money]:
    """What is owed to the buyer by currency: `pays_nothing` of these states + refunds asked − what was given back.

    In the order of their codes, without those that come to 0. Below 0 more was given back than was owed. Raises
    `TypeError` for anything but states and money.

    >>> demand = PaymentDemand(order="SO1001", amount="100.00 CNY")
    >>> late = PaymentNotice(id="t1", key="SO1001", amount="100.00 CNY", told="succeeded")
    >>> state = payment_state([demand], [late], closed=0)
    >>> refund_due([state]), refund_due([state], given_back=[Money("100.00 CNY")])
    ({'CNY': Money('100.00 CNY')}, {})
    """
    owed = [amount for each in expect_all("states", states, PaymentState) for amount in each.pays_nothing.values()]
    back = [money_of(-each.minor, each.currency) for each in expect_all("given_back", given_back, Money)]
    return _in_all([*owed, *expect_all("asked", asked, Money), *back])


def _in_all(amounts: Iterable[Money]) -> dict[str, Money]:
    sums: dict[str, int] = {}
    for each in amounts:
        sums[each.currency] = sums.get(each.currency, 0) + each.minor
    return {currency: money_of(minor, currency) for currency, minor in sorted(sums.items()) if minor}
