"""Price lists: what goods cost for a level of customers, instead of what the cart says; cheaper or dearer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from settlement.cart.columns import Basket
from settlement.cart.line import Line
from settlement.discounts.offers import priority_of
from settlement.documents.document import Document
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Flag, Id, Ids, Instant
from settlement.money import Money, excerpt

__all__ = ["ListPrice", "PriceList", "Prices", "in_order", "repriced"]


class ListPrice(Document):
    """What a unit of a sku costs, of every shop or of one alone; of both the shop's own holds.

    >>> ListPrice(sku="tea", unit_price="12.00 CNY").shop is None
    True
    """

    sku: Id
    unit_price: Money
    shop: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, sku: str, unit_price: Money | str, shop: str | None = None) -> None: ...


class PriceList(Document):
    """Prices for customers of these `levels`, in a period; they stand in place of the `unit_price` of a line.

    Without `levels` it is for all; with `guests` for customers of no level (too, where levels are named). Of several
    lists that name a line's goods the one of the highest `priority` holds, then that of the smaller id. Everything
    else, thresholds, offers, freight and refunds, goes by that price. Source: docs/beyond-the-contract.md.

    >>> PriceList(id="guests", guests=True, prices=[ListPrice(sku="tea", unit_price="12.00 CNY")]).levels is None
    True
    """

    id: Id
    levels: Ids | None = None
    guests: Flag = False
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    priority: Annotated[int, PlainValidator(priority_of), WithJsonSchema({"type": "integer"})] = 0
    prices: Annotated[tuple[ListPrice, ...], Field(min_length=1), LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            prices: Sequence[ListPrice | Mapping[str, Any]],
            levels: list[str] | tuple[str, ...] | None = None,
            guests: bool = False,
            valid_from: datetime | str | None = None,
            valid_until: datetime | str | None = None,
            priority: int = 0,
        ) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = []
        if self.valid_from is not None and self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append(problem_at("valid_until", code="window.empty"))
        seen: set[tuple[str | None, str]] = set()
        for at, each in enumerate(self.prices):
            if (each.shop, each.sku) in seen:
                found.append(problem_at("prices", at, "sku", code="id.duplicate", found=excerpt(each.sku)))
            seen.add((each.shop, each.sku))
        refuse(found)
        return self

    def holds(self, at: datetime, level: str | None) -> bool:
        """Whether it is for a customer of this level, None: of none, at this instant."""
        if (self.valid_from is not None and at < self.valid_from) or (
            self.valid_until is not None and at >= self.valid_until
        ):
            return False
        if self.levels is None and not self.guests:
            return True
        return self.guests if level is None else level in (self.levels or ())


class Prices:
    """A price list made ready."""

    __slots__ = ("of", "stated")

    def __init__(self, stated: PriceList) -> None:
        self.stated = stated
        self.of = {(each.shop, each.sku): each.unit_price for each in stated.prices}

    def price(self, line: Line) -> Money | None:
        """What a unit of the line costs by this list, or None."""
        found = self.of.get((line.shop, line.sku))
        return self.of.get((None, line.sku)) if found is None else found


def in_order(lists: Sequence[PriceList]) -> list[Prices]:
    """Price lists made ready, those first that hold before others."""
    return [Prices(each) for each in sorted(lists, key=lambda each: (-each.priority, each.id))]


def repriced(
    basket: Basket, lists: Sequence[Prices], at: datetime, level: str | None
) -> tuple[Basket, Mapping[str, str]]:
    """The basket at the prices that hold for this customer, and the list of each line that has its price from one."""
    holding = [each for each in lists if each.stated.holds(at, level)]
    lines, found = [], {}
    for line in basket.source:
        prices = ((each.stated.id, price) for each in holding if (price := each.price(line)) is not None)
        name, price = next(prices, (None, line.unit_price))
        if name is not None:
            found[line.id] = name
        lines.append(line if name is None else _at(line, price))
    return (basket.priced_as(lines) if found else basket), found


def _at(line: Line, price: Money) -> Line:
    """The line at another price: its list price is that at least, its minimum price that at most."""
    change: dict[str, Any] = {"unit_price": price}
    if line.list_price.minor < price.minor:
        change["list_price"] = price
    elif line.list_price is line.unit_price:  # unstated until now
        change["list_price"] = line.list_price
    if line.min_price is not None and line.min_price.minor > price.minor:
        change["min_price"] = price
    return line.model_copy(update=change)
