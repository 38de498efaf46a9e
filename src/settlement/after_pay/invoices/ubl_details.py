"""What a European invoice (EN 16931) says beside the amounts: numbers, dates and the two parties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.scalars import Id, Name, Text
from settlement.documents.unstated import LeavesOut
from settlement.money import Money

__all__ = ["UblDetails", "UblParty"]


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise problem("value.invalid", detail="is no date such as 2026-11-11") from None
    return value


_Day: TypeAlias = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)
]
_Country: TypeAlias = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
_Scheme: TypeAlias = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9A-Z]{2,4}$")]
_Some: TypeAlias = Annotated[Name, StringConstraints(min_length=1)]


class UblParty(LeavesOut):
    """Seller or buyer: `endpoint` is the electronic address with the `scheme` of Peppol's list (0088, 9930 …).

    `vat_number` begins with its country; `registration` is that of a company's register.

    >>> UblParty(name="Max", country="DE", endpoint="DE123456789", scheme="9930").country
    'DE'
    """

    left_out: ClassVar[frozenset[str]] = frozenset(
        {"vat_number", "registration", "street", "city", "postcode", "contact", "phone", "email"}
    )

    name: _Some
    country: _Country
    endpoint: _Some
    scheme: _Scheme
    vat_number: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}[0-9A-Z+*.]{2,13}$")] | None = None
    registration: _Some | None = None
    street: _Some | None = None
    city: _Some | None = None
    postcode: _Some | None = None
    contact: _Some | None = None
    phone: _Some | None = None
    email: _Some | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            name: str,
            country: str,
            endpoint: str,
            scheme: str,
            vat_number: str | None = None,
            registration: str | None = None,
            street: str | None = None,
            city: str | None = None,
            postcode: str | None = None,
            contact: str | None = None,
            phone: str | None = None,
            email: str | None = None,
        ) -> None: ...


class UblDetails(LeavesOut):
    """Number and date of an invoice, its parties, and how it is paid.

    `order` is the buyer's order number, `reference` what the buyer wants to find on it: one of them is needed. A
    credit note names the invoice that it takes back (`corrects`, `corrects_issued`). `prepaid` is what was paid before
    it was issued, by default all of it; of the rest says `due` or `terms` when. `first` = tax: the tax is the
    invoice's; net: it is worked out once more, as round(net × rate), and what that moves is the rounding amount
    (BT-114).

    >>> seller = UblParty(
    ...     name="Tea GmbH", country="DE", endpoint="4000001000005", scheme="0088", vat_number="DE123456789"
    ... )
    >>> buyer = UblParty(name="Max", country="DE", endpoint="DE123456789", scheme="9930")
    >>> UblDetails(number="R-1", issued="2026-11-12", order="A-1001", seller=seller, buyer=buyer).first
    'tax'
    """

    left_out: ClassVar[frozenset[str]] = frozenset(
        {
            "order", "reference", "corrects", "corrects_issued", "prepaid", "due", "terms", "payment_means", "account",
            "delivered", "delivered_to",
        }
    )  # fmt: skip

    number: Id
    issued: _Day
    seller: UblParty
    buyer: UblParty
    order: Id | None = None
    reference: Id | None = None
    corrects: Id | None = None
    corrects_issued: _Day | None = None
    prepaid: Money | None = None
    due: _Day | None = None
    terms: Text | None = None
    payment_means: Annotated[str, StringConstraints(strict=True, pattern=r"^([0-9]{1,2}|ZZZ)$")] | None = None
    account: Name | None = Field(default=None, repr=False)
    delivered: _Day | None = None
    delivered_to: _Country | None = None
    first: Literal["tax", "net"] = "tax"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            number: str,
            issued: str,
            seller: UblParty | Mapping[str, Any],
            buyer: UblParty | Mapping[str, Any],
            order: str | None = None,
            reference: str | None = None,
            corrects: str | None = None,
            corrects_issued: str | None = None,
            prepaid: Money | str | None = None,
            due: str | None = None,
            terms: str | None = None,
            payment_means: str | None = None,
            account: str | None = None,
            delivered: str | None = None,
            delivered_to: str | None = None,
            first: Literal["tax", "net"] = "tax",
        ) -> None: ...

    @model_validator(mode="after")
    def _referred(self) -> Self:
        if self.order is None and self.reference is None:
            refuse([problem_at("reference", code="value.invalid", detail="or order is needed: PEPPOL-EN16931-R003")])
        return self
