"""The buyer's request for an invoice: validated and carried, never priced.

Titles and tax numbers are as Chinese invoices have them: docs/contract-notes.md, "Documents"; a number of 18
characters is a unified social credit code (GB 32100-2015).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from settlement.documents.document import Document
from settlement.documents.problems import problem
from settlement.documents.scalars import Name
from settlement.errors import InvalidDocument, Problem

__all__ = ["InvoiceRequest", "check_character"]

_TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}", re.ASCII)
#: GB 32100-2015: what a character is worth is its place here.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(f"[{_ALPHABET}]{{2}}[0-9]{{6}}[{_ALPHABET}]{{10}}", re.ASCII)


def check_character(code: str) -> str:
    """What the last of the 18 characters of a unified social credit code would be, from the 17 before it.

    Weights are 3^(i-1) mod 31 for place i; the check is 31 less the weighted sum mod 31, and 0 for 31. Raises
    `ValueError` for anything but 17 or 18 characters of the code's alphabet. Source: GB 32100-2015.

    >>> check_character("91350100M000100Y4"), check_character("91350100M000100Y43")
    ('3', '3')
    """
    if len(code) not in (17, 18):
        raise ValueError("a unified social credit code has 18 characters")
    wrong = [place for place, character in enumerate(code[:17], 1) if character not in _ALPHABET]
    if wrong:
        raise ValueError(f"character {wrong[0]} of the code is not a digit or one of {_ALPHABET[10:]}")
    total = sum([pow(3, place, 31) * _ALPHABET.index(character) for place, character in enumerate(code[:17])])
    return _ALPHABET[-total % 31]


def _tax_number(value: str) -> str:
    if not _TAX_NUMBER.fullmatch(value):
        raise problem("tax_number.notation")
    if len(value) == 18 and not _USCC.fullmatch(value) and not _RESIDENT.fullmatch(value):
        raise problem("tax_number.uscc")
    return value


#: A person's number: 17 digits and a digit or X, which stands for 10 there.
_RESIDENT = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)


def _resident_checks(number: str) -> bool:
    """Whether it is a resident's number whose check holds (GB 11643, ISO 7064 mod 11-2)."""
    if not _RESIDENT.fullmatch(number):
        return False
    digits = [10 if character == "X" else int(character) for character in number]
    return sum([digit << (17 - place) for place, digit in enumerate(digits)]) % 11 == 1


def _title(value: str) -> str:
    if value and not value.strip():
        raise problem("title.blank")
    if "<" in value or ">" in value:
        raise problem("title.markup")
    try:
        size = len(value.encode("gbk"))
    except UnicodeEncodeError:
        raise problem("title.characters") from None
    if size > 100:
        raise problem("title.bytes", length=size, limit=100)
    return value


class InvoiceRequest(Document):
    """Whom the invoice is for. A special VAT invoice needs a company and its tax number.

    A tax number of a wrong shape is an error. A wrong check character is only a warning, for numbers are registered
    that fail it: `warnings` has it, and `strict()` makes it an error.

    >>> request = InvoiceRequest(title="上海示例有限公司", type="company", tax_number="91310000MA1FL0000X")
    >>> request.kind, [warning.code for warning in request.warnings]
    ('normal', ['tax_number.check'])
    """

    title: Annotated[Name, StringConstraints(min_length=1), AfterValidator(_title)]
    type: Literal["person", "company"] = "person"
    kind: Literal["normal", "special"] = "normal"
    tax_number: Annotated[Name, AfterValidator(_tax_number)] | None = Field(default=None, repr=False)
    email: Name | None = Field(default=None, repr=False)
    phone: Name | None = Field(default=None, repr=False)
    address: Name | None = Field(default=None, repr=False)
    bank: Name | None = Field(default=None, repr=False)
    account: Name | None = Field(default=None, repr=False)

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            title: str,
            type: Literal["person", "company"] = "person",
            kind: Literal["normal", "special"] = "normal",
            tax_number: str | None = None,
            email: str | None = None,
            phone: str | None = None,
            address: str | None = None,
            bank: str | None = None,
            account: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _special(self) -> InvoiceRequest:
        if self.kind == "special" and (self.type != "company" or self.tax_number is None):
            raise problem("tax_number.missing")
        return self

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is likely a typing error, yet not certainly: a company's code whose last character does not check.

        A resident's number that checks is none, for a person in business may have it as the tax number.
        """
        number = self.tax_number
        if number is None or self.type != "company" or not _USCC.fullmatch(number) or _resident_checks(number):
            return ()
        expected = check_character(number)
        return () if number[17] == expected else (Problem("tax_number", "tax_number.check", {"expected": expected}),)

    def strict(self) -> Self:
        """The request itself. Raises `InvalidDocument` where it has warnings."""
        if self.warnings:
            raise InvalidDocument(self.warnings, type(self).__name__)
        return self
