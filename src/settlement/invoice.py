"""The buyer's request for an invoice: validated and carried, never priced (source: see docs/contract-notes.md)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from settlement.documents import Document, Name, problem

__all__ = ["InvoiceRequest"]

_TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}", re.ASCII)


def _tax_number(value: str) -> str:
    if not _TAX_NUMBER.fullmatch(value):
        raise problem("tax_number.notation")
    return value


def _title(value: str) -> str:
    if "<" in value or ">" in value:
        raise problem("text.control")
    size = len(value.encode("gbk", errors="replace"))
    if size > 100:
        raise problem("limit.text", length=size, limit=100)
    return value


class InvoiceRequest(Document):
    """Whom the invoice is for. A special VAT invoice needs a company and its tax number.

    >>> InvoiceRequest(title="上海示例有限公司", type="company", tax_number="91310000MA1FL0000X").kind
    'normal'
    """

    title: Annotated[Name, StringConstraints(min_length=1), AfterValidator(_title)]
    type: Literal["person", "company"] = "person"
    kind: Literal["normal", "special"] = "normal"
    tax_number: Annotated[Name, AfterValidator(_tax_number)] | None = Field(None, repr=False)
    email: Name | None = Field(None, repr=False)
    phone: Name | None = Field(None, repr=False)
    address: Name | None = Field(None, repr=False)
    bank: Name | None = Field(None, repr=False)
    account: Name | None = Field(None, repr=False)

    @model_validator(mode="after")
    def _special(self) -> InvoiceRequest:
        if self.kind == "special" and (self.type != "company" or self.tax_number is None):
            raise problem("tax_number.missing")
        return self
