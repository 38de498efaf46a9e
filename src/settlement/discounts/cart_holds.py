"""加购, 搭配: the cart also holds certain goods, whatever the offer itself is measured on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from settlement.discounts.condition import Circumstances, Condition
from settlement.documents.problems import problem
from settlement.documents.scalars import Ids, PositiveQuantity, milli, quantity_out

__all__ = ["CartHolds"]


class CartHolds(Condition):
    """At least `min_quantity` of the goods of these skus and categories; both must hold where both stand.

    Counted are the lines that take part, of an issuing shop its own. Several such conditions on one offer ask for each
    of them: a coat and shoes and a hat.

    >>> CartHolds(skus=["coat"]).min_quantity
    1
    """

    type: Literal["cart_holds"] = "cart_holds"
    skus: Ids | None = None
    categories: Ids | None = None
    min_quantity: PositiveQuantity = 1

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            type: Literal["cart_holds"] = "cart_holds",
            skus: list[str] | tuple[str, ...] | None = None,
            categories: list[str] | tuple[str, ...] | None = None,
            min_quantity: int | Decimal | str = 1,
        ) -> None: ...

    @model_validator(mode="after")
    def _restricts(self) -> Self:
        if self.skus is None and self.categories is None:
            raise problem("condition.nothing", fields="skus, categories")
        return self

    def met(self, known: Circumstances) -> bool:
        return self._held(known) >= milli(self.min_quantity)

    def why(self, known: Circumstances) -> Mapping[str, str | int]:
        return {"held": quantity_out(self._held(known))}

    def _held(self, known: Circumstances) -> int:
        return known.cart.held(self.skus, self.categories)
