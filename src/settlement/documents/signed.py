"""What documents that come back hold: signed amounts, texts of whatever length, one currency for all of it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from settlement.documents.document import Document, foreign_amounts
from settlement.documents.problems import problem, refuse
from settlement.documents.scalars import (
    Currency,
)
from settlement.money import Money, excerpt, money_of, parse_amount

__all__ = ["OneCurrency", "Signed", "Written", "signed", "well_formed"]


def signed(value: object) -> Money:
    """An amount that the library computed, however large or negative."""
    if isinstance(value, Money):
        return value
    if not isinstance(value, str):
        raise problem("amount.type", found=excerpt(value))
    return money_of(*parse_amount(value, None))


#: An amount that the library computed: signed, and as large as its sums are.
Signed = Annotated[
    Money,
    PlainValidator(signed),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "title": "Money",
            "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]{2,4})? [A-Z]{3}$",
            "examples": ["-12.34 CNY"],
        }
    ),
]


def well_formed(value: str) -> str:
    """A text without half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise problem("text.surrogate") from None
    return value


#: A text of whatever length: without half of a surrogate pair, or it could not be written again.
Written = Annotated[str, AfterValidator(well_formed)]


class OneCurrency(Document):
    """A document whose amounts are all in its currency."""

    currency: Currency

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        refuse(list(foreign_amounts(self, self.currency)))
        return self
