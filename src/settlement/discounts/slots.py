"""Benefits made of slots: places that different goods fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from settlement.discounts.benefit import Benefit
from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem
from settlement.documents.scalars import Ids, Name, PositiveCount

if TYPE_CHECKING:
    from settlement.cart.columns import Basket

__all__ = ["Slot", "Slotted"]


class Slot(Document):
    """A place in a set: `quantity` units of these skus and categories; both must hold where both stand.

    `name` is for people only.

    >>> Slot(categories=["drink"]).quantity
    1
    """

    name: Annotated[Name | None, Mark.PERSONAL] = None
    skus: Ids | None = None
    categories: Ids | None = None
    quantity: PositiveCount = 1

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            name: str | None = None,
            skus: list[str] | tuple[str, ...] | None = None,
            categories: list[str] | tuple[str, ...] | None = None,
            quantity: int = 1,
        ) -> None: ...

    @model_validator(mode="after")
    def _restricts(self) -> Self:
        if self.skus is None and self.categories is None:
            raise problem("slot.nothing")
        return self

    def fits(self, sku: str, categories: Sequence[str]) -> bool:
        """Whether an article may stand here."""
        return (self.skus is None or sku in self.skus) and (
            self.categories is None or not set(self.categories).isdisjoint(categories)
        )


class Slotted(Benefit):
    """Has `slots`, and states with its facts which lines fit each: of categories a settlement knows nothing."""

    if TYPE_CHECKING:  # a field of the kinds
        slots: tuple[Slot, ...]

    def fitting(self, basket: Basket, lines: Sequence[int]) -> list[list[int]]:
        """Of each slot the lines that fit it."""
        skus, categories = basket.skus, basket.categories
        return [[line for line in lines if slot.fits(skus[line], categories[line])] for slot in self.slots]
