"""One line of a cart (contract §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
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
    MAX_TEXT,
    Count,
    Flag,
    Id,
    Ids,
    Name,
    PercentOrZero,
    PositiveQuantity,
    Quantity,
    no_twins,
    pairs_of,
)
from settlement.money import Money

__all__ = ["MAX_LINES", "Info", "Line", "names_no_freight"]


#: Lines that are settled at once.
MAX_LINES = 10_000


def _info(value: Any) -> tuple[tuple[str, str], ...]:
    """A map of strings, kept as sorted pairs so that it is immutable; `dict(line.info)` gives the map back."""
    pairs = pairs_of(value)
    for key, text in pairs:
        if not isinstance(key, str) or not isinstance(text, str):
            raise problem("text.type", found="something else in a map of strings")
        if len(key) + len(text) > MAX_TEXT:
            raise problem("limit.text", length=len(key) + len(text), limit=MAX_TEXT)
        try:
            (key + text).encode()
        except UnicodeEncodeError:
            raise problem("text.surrogate") from None
    return tuple(sorted((str(k), str(t)) for k, t in pairs))


Info = Annotated[
    tuple[tuple[str, str], ...],
    PlainValidator(_info),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
    Takes("Mapping[str, str] | tuple[tuple[str, str], ...]"),
]


class Line(Document):
    """One line of a cart. Quantities of goods sold by measure are decimals; weights and volumes are per unit of it.

    `list_price` is at least `unit_price` and defaults to it. `freight_template` is null for what is not shipped.
    `warehouses` names several candidates: the one nearest to the address is taken. No offer brings a unit below
    `min_price`; 0 is no floor, and left out. `stored_value` marks what is money itself (a gift card): no offer and no
    points apply to it. `delivery` is the method that the buyer chose for this line. `sold_by_measure`: any part of it
    may come back, which a decimal quantity implies; else only whole pieces do.

    >>> Line(id="a", shop="s1", sku="k", quantity=2, unit_price=Money("59.90 CNY")).list_price
    Money('59.90 CNY')
    """

    id: Id
    shop: Id
    sku: Id
    quantity: PositiveQuantity
    unit_price: Money
    name: Annotated[Name | None, Mark.PERSONAL] = None
    list_price: Annotated[Money, Mark.FILLED_IN] = None  # type: ignore[assignment]  # the validator fills it in
    categories: Annotated[tuple[Id, ...], no_twins(lambda entry: entry, "id.duplicate"), LISTED] = ()
    weight_g: Count | None = None
    volume_cm3: Count | None = None
    freight_template: Id | None = None
    warehouse: Id | None = None
    warehouses: Annotated[Ids | None, Mark.BEYOND] = None
    free_shipping: Flag = False
    min_price: Annotated[Money | None, Mark.BEYOND] = None
    stored_value: Annotated[Flag, Mark.BEYOND] = False
    selected: Flag = True
    on_sale: Flag = True
    stock: Quantity | None = None
    purchase_limit: Quantity | None = None
    commission_percent: PercentOrZero | None = None
    tax_percent: PercentOrZero | None = None
    tax_class: Annotated[Id | None, Mark.BEYOND] = None
    info: Annotated[Info, Mark.PERSONAL] = ()
    delivery: Annotated[Id | None, Mark.BEYOND] = None
    sold_by_measure: Annotated[Flag, Mark.BEYOND] = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            shop: str,
            sku: str,
            quantity: int | Decimal | str,
            unit_price: Money | str,
            name: str | None = None,
            list_price: Money | str | None = None,
            categories: list[str] | tuple[str, ...] = (),
            weight_g: int | None = None,
            volume_cm3: int | None = None,
            freight_template: str | None = None,
            warehouse: str | None = None,
            warehouses: list[str] | tuple[str, ...] | None = None,
            free_shipping: bool = False,
            min_price: Money | str | None = None,
            stored_value: bool = False,
            selected: bool = True,
            on_sale: bool = True,
            stock: int | Decimal | str | None = None,
            purchase_limit: int | Decimal | str | None = None,
            commission_percent: int | Decimal | str | None = None,
            tax_percent: int | Decimal | str | None = None,
            tax_class: str | None = None,
            info: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
            delivery: str | None = None,
            sold_by_measure: bool = False,
        ) -> None: ...

    @model_validator(mode="after")
    def _list_price(self) -> Line:
        values = self.__dict__
        price, lowest, listed = values["unit_price"], values["min_price"], values["list_price"]
        if values["warehouses"] is not None and values["warehouse"] is not None:
            refuse([problem_at("warehouses", code="warehouse.both")])
        if lowest is not None:
            if lowest.currency != price.currency:
                facts = {"found": lowest.currency, "currency": price.currency}
                refuse([problem_at("min_price", code="currency.mixed", **facts)])
            if lowest.minor > price.minor:
                refuse([problem_at("min_price", code="price.min_above_unit")])
            if not lowest.minor:
                values["min_price"] = None  # a floor of 0 is none
        if listed is None:  # until this has run
            values["list_price"] = price
        elif listed.currency != price.currency:
            facts = {"found": listed.currency, "currency": price.currency}
            refuse([problem_at("list_price", code="currency.mixed", **facts)])
        elif listed.minor < price.minor:
            refuse([problem_at("list_price", code="price.list_below_unit")])
        return self


def names_no_freight(line: Line) -> bool:
    """Whether nothing says how a line is shipped, nor that it is free: a service perhaps, or a field forgotten."""
    return line.freight_template is None and not (line.free_shipping or line.stored_value)
