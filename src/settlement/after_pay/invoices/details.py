"""What an invoice says of goods and of the seller beside amounts: the shop's catalogue and its registration.

Kinds and lengths are those of the Chinese electronic invoice (数电发票); docs/invoices.md has a table of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, StringConstraints

from settlement.documents.scalars import Name, Text
from settlement.documents.unstated import LeavesOut

__all__ = ["InvoiceItem", "InvoiceSeller", "TaxCode", "Untaxed"]

#: 税收分类编码.
TaxCode: TypeAlias = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{19}$")]
#: Why nothing is due beside a plain rate of 0: 出口零税率, 免税, 不征税.
Untaxed: TypeAlias = Literal["export", "exempt", "not_taxable"]


class InvoiceItem(LeavesOut):
    """What an invoice says of goods beside their price.

    `untaxed` keeps three reasons apart from a plain rate of 0; goods that have one have no other rate than 0. `reason`
    is the law's text for it.

    >>> InvoiceItem(unit="盒", specification="250 g", tax_code="1030201010000000000").to_json()
    '{"tax_code":"1030201010000000000","unit":"盒","specification":"250 g"}'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"tax_code", "unit", "specification", "untaxed", "reason"})

    tax_code: TaxCode | None = None
    unit: Annotated[Name, StringConstraints(min_length=1, max_length=20)] | None = None
    specification: Annotated[Name, StringConstraints(min_length=1, max_length=40)] | None = None
    untaxed: Untaxed | None = None
    reason: Text | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            tax_code: str | None = None,
            unit: str | None = None,
            specification: str | None = None,
            untaxed: Literal["export", "exempt", "not_taxable"] | None = None,
            reason: str | None = None,
        ) -> None: ...


class InvoiceSeller(LeavesOut):
    """Who issues a shop's invoices, as the register has it.

    >>> InvoiceSeller(name="示例茶行", tax_number="91350100M000100Y43").tax_number
    '91350100M000100Y43'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"tax_number", "address", "phone", "bank", "account"})

    name: Annotated[Name, StringConstraints(min_length=1)]
    tax_number: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9A-Z]{2,20}$")] | None = None
    address: Name | None = None
    phone: Name | None = None
    bank: Name | None = None
    account: Name | None = Field(default=None, repr=False)

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            name: str,
            tax_number: str | None = None,
            address: str | None = None,
            phone: str | None = None,
            bank: str | None = None,
            account: str | None = None,
        ) -> None: ...
