"""Who buys: level, points, coupons held and what was used before (contract §2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from settlement.documents.document import Document
from settlement.documents.marks import Mark, Takes
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.scalars import (
    LISTED,
    MAX_ID,
    Count,
    Flag,
    Id,
    Ids,
    Quantity,
    Text,
    no_twins,
    pairs_of,
)
from settlement.money import Money, excerpt

__all__ = ["MAX_COPIES", "Copies", "Customer", "TaxExemption", "Usage"]


COUPON_IDS = no_twins(lambda entry: entry, "coupon.duplicate")


class Usage(Document):
    """How often an offer was used before: by this customer, in all, and the units this customer bought of it.

    `spent` is what it took off all orders so far, of its budget; 0 is nothing, and left out.

    >>> Usage(rule="flash", units=2).by_customer
    0
    """

    rule: Id
    by_customer: Count = 0
    in_all: Count = 0
    units: Quantity = 0
    spent: Annotated[Money | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            rule: str,
            by_customer: int = 0,
            in_all: int = 0,
            units: int | Decimal | str = 0,
            spent: Money | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _nothing_spent(self) -> Usage:
        if self.spent is not None and not self.spent.minor:
            self.__dict__["spent"] = None
        return self


def _copies(value: Any) -> tuple[tuple[str, int], ...]:
    """A map of coupon id to number of copies, kept as sorted pairs."""
    pairs = pairs_of(value)
    for name, count in pairs:
        if not isinstance(name, str):
            raise problem("text.type", found=excerpt(name))
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COPIES:
            raise problem("integer.range", found=excerpt(count), range=f"from 1 to {MAX_COPIES}")
    return tuple(sorted((str(name), int(count)) for name, count in pairs))


#: Copies of one coupon that are looked at.
MAX_COPIES = 20


Copies = Annotated[
    tuple[tuple[str, int], ...],
    PlainValidator(_copies),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}),
    Takes("Mapping[str, int] | tuple[tuple[str, int], ...]"),
]


def _rule_of(entry: object) -> object:
    return entry.get("rule") if isinstance(entry, dict) else getattr(entry, "rule", None)


class TaxExemption(Document):
    """Why a buyer pays no tax: of all shops, or of those named; printed on the invoice, with the category if stated.

    Of prices that include tax it is taken out, unless `keep` says that the price stays.

    >>> TaxExemption(reason="reverse charge", category="AE").keep
    False
    """

    reason: Text
    category: Id | None = None
    shops: Ids | None = None
    keep: Flag = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            reason: str,
            category: str | None = None,
            shops: list[str] | tuple[str, ...] | None = None,
            keep: bool = False,
        ) -> None: ...


class Customer(Document):
    """Who buys: level and newness open offers, `points` is the balance, `coupons` are the ids held.

    `copies` says of which coupons several are held: the second copy of `c1` goes by the id `c1#2`. `usage` is what was
    used before of offers that are limited. One copy, and a usage of nothing, are what holds anyway, and are left out:

    >>> Customer(coupons=["c1"], copies={"c1": 1}, usage=[Usage(rule="flash")]) == Customer(coupons=["c1"])
    True
    """

    id: Id | None = None
    level: Id | None = None
    new: Flag = False
    points: Count = 0
    coupons: Annotated[tuple[Id, ...], COUPON_IDS, LISTED] = ()
    copies: Annotated[Copies, Mark.BEYOND] = ()
    usage: Annotated[tuple[Usage, ...], no_twins(_rule_of, "id.duplicate", "rule"), LISTED, Mark.BEYOND] = ()
    tax_exempt: Annotated[TaxExemption | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str | None = None,
            level: str | None = None,
            new: bool = False,
            points: int = 0,
            coupons: list[str] | tuple[str, ...] = (),
            copies: Mapping[str, int] | tuple[tuple[str, int], ...] = (),
            usage: Sequence[Usage | Mapping[str, Any]] = (),
            tax_exempt: TaxExemption | Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _copies_are_held(self) -> Customer:
        values = self.__dict__
        if self.copies:
            held = frozenset(self.coupons)
            found = [problem_at("copies", name, code="copies.not_held") for name, _ in self.copies if name not in held]
            for name, count in self.copies:  # the last of them needs an id of its own
                length = len(f"{name}#{count}")
                if count > 1 and length > MAX_ID:
                    found.append(problem_at("copies", name, code="limit.text", length=length, limit=MAX_ID))
            refuse(found)
            values["copies"] = tuple(each for each in self.copies if each[1] > 1)
        if self.usage:
            values["usage"] = tuple(
                each for each in self.usage if each.by_customer or each.in_all or each.units or each.spent
            )
        return self
