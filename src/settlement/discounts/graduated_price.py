"""阶梯价: the first so many units at one price, the next at another."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from settlement.discounts.benefit import Benefit
from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, PositiveQuantity, milli
from settlement.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from settlement.discounts.goods import Goods

__all__ = ["Band", "GraduatedPrice"]


class Band(Document):
    """Units up to `up_to`, counted from the first of all, cost `price` each; without `up_to` all that follow do.

    >>> Band(up_to=100, price="1.00 CNY").up_to
    100
    """

    up_to: PositiveQuantity | None = None
    price: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, price: Money | str, up_to: int | Decimal | str | None = None) -> None: ...


class GraduatedPrice(Benefit):
    """Each unit costs the `price` of the band that it falls into, the dearest first; a cheaper unit stays as it is.

    Beyond the last `up_to` units keep their price. The saving of a line is exact and rounded once (policy rounding).

    >>> GraduatedPrice(bands=[{"up_to": 100, "price": "1.00 CNY"}, {"price": "0.50 CNY"}]).bands[1].up_to is None
    True
    """

    type: Literal["graduated_price"] = "graduated_price"
    bands: Annotated[tuple[Band, ...], Field(min_length=1), LISTED, Mark.ORDERED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            bands: Sequence[Band | Mapping[str, Any]],
            type: Literal["graduated_price"] = "graduated_price",
        ) -> None: ...

    grows: ClassVar[bool] = True
    sorts: ClassVar[bool] = True

    @model_validator(mode="after")
    def _rising(self) -> Self:
        refuse(
            [
                problem_at("bands", place, code="bands.order")
                for place, (before, band) in enumerate(pairwise(self.bands), 1)
                if before.up_to is None or (band.up_to is not None and band.up_to <= before.up_to)
            ]
        )
        return self

    def guess(self, net: int, millis: int) -> int:
        return net - self.bands[-1].price.minor * millis // 1000

    def off(self, goods: Goods) -> list[int]:
        off = [0] * len(goods.nets)
        for at, share in self._shares(goods):
            off[at] = share
        return off

    def takes(self, goods: Goods) -> bool:
        return any(share for _, share in self._shares(goods))

    def used(self, goods: Goods) -> list[int]:
        """All units that a band has a price for."""
        used = [0] * len(goods.nets)
        for at, parts in self._parts(goods):
            used[at] = sum([taken for taken, _ in parts])
        return used

    def _shares(self, goods: Goods) -> Iterator[tuple[int, int]]:
        nets, millis = goods.nets, goods.millis
        for at, parts in self._parts(goods):
            unit = Fraction(nets[at] * 1000, millis[at])
            saving = sum([max(Fraction(0), (unit - price) * taken) for taken, price in parts], Fraction(0)) / 1000
            if saving:
                yield at, min(nets[at], goods.rounded(saving.numerator, saving.denominator))

    def _parts(self, goods: Goods) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Of each line, dearest first, the thousandths in each band and the band's price; few bands, however many."""
        millis = goods.millis
        ends = [(None if band.up_to is None else milli(band.up_to), band.price.minor) for band in self.bands]
        before, band = goods.earlier, 0
        for at in goods.dearest():
            after, parts = before + millis[at], []
            while before < after and band < len(ends):
                end, price = ends[band]
                taken = after - before if end is None else min(after, end) - before
                if taken > 0:
                    parts.append((taken, price))
                    before += taken
                if end is not None and before >= end:
                    band += 1
            yield at, parts
            if band == len(ends):
                return
