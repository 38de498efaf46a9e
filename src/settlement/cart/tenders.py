"""Stored value and gift cards: they pay part of what is payable and are no discount.

Nothing that is payable changes by them. They are used in a fixed order (gift cards, then stored value; then the smaller
id), each as far as it goes; what is left is due by the payment method.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, model_validator

from settlement.documents.document import Document
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.scalars import Id
from settlement.money import Money

__all__ = ["Payment", "Tender", "use_tenders"]


def _balance(value: Any) -> Any:
    """A tender below zero has a code of its own: somebody tries to be paid for buying."""
    amount = value.get("amount") if isinstance(value, dict) else value
    if isinstance(amount, str) and _NEGATIVE.match(amount):
        raise problem("tender.range")
    if isinstance(amount, Money) and amount.minor < 0:
        raise problem("tender.range")
    return value


_NEGATIVE = re.compile(r"-0*[1-9.]", re.ASCII)
Balance = Annotated[Money, BeforeValidator(_balance)]


class Tender(Document):
    """A gift card or stored value that the buyer pays with: its balance, and at most `amount` of it.

    >>> Tender(id="card-1", type="gift_card", balance="50.00 CNY").amount is None
    True
    """

    id: Id
    type: Literal["gift_card", "stored_value"]
    balance: Balance
    amount: Balance | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            type: Literal["gift_card", "stored_value"],
            balance: Money | str,
            amount: Money | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _one_currency(self) -> Tender:
        if self.amount is not None and self.amount.currency != self.balance.currency:
            found, currency = self.amount.currency, self.balance.currency
            refuse([problem_at("amount", code="currency.mixed", found=found, currency=currency)])
        return self


class Payment(NamedTuple):
    """What a tender pays, and what is left on it, in minor units."""

    id: str
    type: str
    amount: int
    left: int


def use_tenders(tenders: Sequence[Tender], payable: int) -> list[Payment]:
    """Each tender as far as it goes, in their fixed order.

    >>> cards = [
    ...     Tender(id="v", type="stored_value", balance="80.00 CNY"),
    ...     Tender(id="g", type="gift_card", balance="50.00 CNY"),
    ... ]
    >>> [(each.id, each.amount, each.left) for each in use_tenders(cards, 9000)]
    [('g', 5000, 0), ('v', 4000, 4000)]
    """
    made = []
    for tender in sorted(tenders, key=lambda tender: (tender.type, tender.id)):
        most = tender.balance.minor if tender.amount is None else min(tender.amount.minor, tender.balance.minor)
        amount = min(most, payable)
        payable -= amount
        made.append(Payment(tender.id, tender.type, amount, tender.balance.minor - amount))
    return made
