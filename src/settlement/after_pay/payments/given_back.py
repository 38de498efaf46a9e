"""What is asked of the payment provider to give back: of which payment, under which number, how much; what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.after_pay.refunds.quote import RefundQuote
from settlement.documents.document import Document
from settlement.documents.problems import expect
from settlement.documents.scalars import Id, PositiveMoney
from settlement.documents.unstated import LeavesOut
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money

__all__ = ["RefundDemand", "RefundNotice", "refund_demand"]


class RefundDemand(Document):
    """What the provider is asked to give back: `order` is the key that was paid, `refund` this refund's own number."""

    order: Id
    refund: Id
    merchant: Id | None = None
    amount: PositiveMoney

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, order: str, refund: str, amount: Money | str, merchant: str | None = None) -> None: ...


class RefundNotice(LeavesOut):
    """What the provider told of a refund, verified and read by an adapter; `refund` is the number it was asked under.

    `id` is the provider's own, `key` that of the payment, `event` the provider's id of this very message.

    >>> RefundNotice(id="5030001", refund="R-1", amount="30.00 CNY", told="failed").told
    'failed'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"event"})

    id: Id
    refund: Id
    key: Id | None = None
    merchant: Id | None = None
    amount: PositiveMoney
    told: Literal["succeeded", "failed"]
    event: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            refund: str,
            amount: Money | str,
            told: Literal["succeeded", "failed"],
            key: str | None = None,
            merchant: str | None = None,
            event: str | None = None,
        ) -> None: ...


def refund_demand(
    quote: RefundQuote, order: str, refund: str, merchant: str | None = None, amount: Money | None = None
) -> RefundDemand:
    """What to ask the provider for: what of a refund goes back by the payment method, or a shop's `amount` of it.

    `order` is the key of the demand that was paid. Where each shop's sub-order was paid by itself, the amounts are
    those of `refund_shares`. Raises `InvalidDocument` where nothing goes back by the method, or more than that is asked
    for, and for an order or refund that is no id; `TypeError` for anything but a quote and money.
    """
    expect("quote", quote, RefundQuote)
    expect("amount", amount, Money, optional=True)
    asked = quote.to_method if amount is None else amount
    if asked.currency != quote.currency:
        facts = {"found": asked.currency, "currency": quote.currency}
        raise InvalidDocument([Problem("amount", "currency.mixed", facts)], "RefundDemand")
    if asked > quote.to_method:
        facts = {"found": str(asked), "limit": str(quote.to_method)}
        raise InvalidDocument([Problem("amount", "provider_limit.more_than_paid", facts)], "RefundDemand")
    return RefundDemand(order=order, refund=refund, merchant=merchant, amount=asked)
