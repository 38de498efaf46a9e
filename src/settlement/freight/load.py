"""What one parcel holds, as a surcharge sees it."""

from __future__ import annotations

from collections.abc import Sequence

from settlement.cart.columns import Basket, Group

__all__ = ["Load"]


class Load:
    """The lines of one parcel; every column has one entry per line, in the order of their ids.

    A parcel that is split into boxes is one load a box, with so much of each line as is in it. All lines are here,
    those that ship free too. Nothing in it can be changed.
    """

    __slots__ = ("_basket", "_goods", "_group")

    def __init__(self, basket: Basket, group: Group, goods: Sequence[int]) -> None:
        self._basket, self._group, self._goods = basket, group, goods

    @property
    def ids(self) -> tuple[str, ...]:
        """Line ids."""
        return tuple([self._basket.ids[line] for line in self._group.lines])

    @property
    def skus(self) -> tuple[str, ...]:
        """What each line is of."""
        return tuple([self._basket.skus[line] for line in self._group.lines])

    @property
    def categories(self) -> tuple[tuple[str, ...], ...]:
        """The categories of each line."""
        return tuple([self._basket.categories[line] for line in self._group.lines])

    @property
    def millis(self) -> tuple[int, ...]:
        """Quantities in thousandths."""
        return tuple(self._group.millis)

    @property
    def pieces(self) -> tuple[int, ...]:
        """Pieces: quantities rounded up."""
        return tuple(self._group.pieces)

    @property
    def weights(self) -> tuple[int, ...]:
        """Grams of one unit; 0 where a line states none, which a kind that `needs` them never sees."""
        return tuple([self._basket.weights[line] or 0 for line in self._group.lines])

    @property
    def volumes(self) -> tuple[int, ...]:
        """Cubic centimetres of one unit, likewise."""
        return tuple([self._basket.volumes[line] or 0 for line in self._group.lines])

    @property
    def goods(self) -> tuple[int, ...]:
        """Minor units before any offer; of a line that is partly in another box, its part rounded down."""
        basket, group = self._basket, self._group
        return tuple(
            [
                self._goods[line] * millis // basket.millis[line]
                for line, millis in zip(group.lines, group.millis, strict=True)
            ]
        )

    def grams(self) -> list[int]:
        """Weight × quantity of each line, in thousandths of a gram."""
        return [weight * millis for weight, millis in zip(self.weights, self._group.millis, strict=True)]

    def cm3(self) -> list[int]:
        """Volume × quantity of each line, in thousandths of a cubic centimetre."""
        return [volume * millis for volume, millis in zip(self.volumes, self._group.millis, strict=True)]
