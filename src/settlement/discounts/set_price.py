"""搭配套餐: a main dish, a drink and a snack at one price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from settlement.discounts.slots import Slot, Slotted
from settlement.documents.marks import Mark
from settlement.documents.scalars import LISTED
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["SetPrice", "Sets", "sets_of"]

#: Slots of one set at most.
MAX_SLOTS = 20


class SetPrice(Slotted):
    """Sets of one unit, or `quantity`, for each of the `slots`; each set costs `price`.

    Sets are formed one after another; in each every slot, in the order written, takes the dearest unit left that fits
    it. A set counts only where it gets cheaper. The total saving is rounded once (policy rounding), at most the whole
    minor units of those units' net, and spread by the net of each line's units in the sets. Only lines of whole
    quantity take part.

    >>> SetPrice(slots=[{"skus": ["coat"]}, {"categories": ["hat"]}], price="299.00 CNY").slots[1].quantity
    1
    """

    type: Literal["set_price"] = "set_price"
    slots: Annotated[tuple[Slot, ...], Field(min_length=1, max_length=MAX_SLOTS), LISTED, Mark.AS_WRITTEN]
    price: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            slots: Sequence[Slot | Mapping[str, Any]],
            price: Money | str,
            type: Literal["set_price"] = "set_price",
        ) -> None: ...

    sorts: ClassVar[bool] = True
    looks: ClassVar[int] = 32

    def off(self, goods: Goods) -> list[int]:
        sets = self._sets(goods)
        return goods.spread_by(self._saving(goods, sets), sets.worths(goods))

    def total(self, goods: Goods) -> int:
        return self._saving(goods, self._sets(goods))

    def used(self, goods: Goods) -> list[int]:
        return [1000 * units for units in self._sets(goods).units]

    def _sets(self, goods: Goods) -> Sets:
        found = goods.fitting or self.fitting(goods.basket, goods.lines)
        place = {line: at for at, line in enumerate(goods.lines)}
        slots = [(slot.quantity, [place[line] for line in each]) for slot, each in zip(self.slots, found, strict=True)]
        order = [at for run in goods.runs() for at in run]
        return sets_of(goods.nets, goods.millis, order, slots, self.price.minor)

    def _saving(self, goods: Goods, sets: Sets) -> int:
        total = sum(sets.worths(goods), Fraction(0))
        saving = total - self.price.minor * sets.formed
        return min(goods.rounded(saving.numerator, saving.denominator), int(total))


class Sets(NamedTuple):
    """How many sets get cheaper, and the units of each line in them."""

    formed: int
    units: list[int]

    def worths(self, goods: Goods) -> list[Fraction]:
        """What the units of each line in them are worth."""
        return [
            Fraction(net * units * 1000, milli)
            for net, units, milli in zip(goods.nets, self.units, goods.millis, strict=True)
        ]


def sets_of(
    nets: Sequence[int],
    millis: Sequence[int],
    order: Sequence[int],
    slots: Sequence[tuple[int, Sequence[int]]],
    price: int,
) -> Sets:
    """The sets that get cheaper, of so many units of the positions that fit each slot; `order`: dearest unit first.

    What a slot finds in a set it might have taken in the set before, so no set is worth more than the one before: the
    first that gets no cheaper, or can't be formed, ends them. Equal sets are counted, not formed one by one.
    """
    rank = {at: place for place, at in enumerate(order)}
    left = [milli // 1000 if at in rank else 0 for at, milli in enumerate(millis)]
    orders = [sorted([at for at in fits if at in rank], key=rank.__getitem__) for _, fits in slots]
    count, units = 0, [0] * len(nets)
    while True:
        taken = _one_set([size for size, _ in slots], orders, left)
        if taken is None:
            return Sets(count, units)
        if sum([Fraction(nets[at] * each * 1000, millis[at]) for at, each in taken.items()]) <= price:
            return Sets(count, units)
        alike = min([left[at] // each for at, each in taken.items()])
        count += alike
        for at, each in taken.items():
            left[at] -= alike * each
            units[at] += alike * each


def _one_set(sizes: Sequence[int], orders: Sequence[list[int]], left: Sequence[int]) -> dict[int, int] | None:
    """How many units of which positions the next set takes, or None where a slot finds too few."""
    taken: dict[int, int] = {}
    for size, order in zip(sizes, orders, strict=True):
        while order and not left[order[0]]:
            order.pop(0)
        missing = size
        for at in order:
            each = min(missing, left[at] - taken.get(at, 0))
            if each:
                taken[at] = taken.get(at, 0) + each
                missing -= each
            if not missing:
                break
        if missing:
            return None
    return taken
