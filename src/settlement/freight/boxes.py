"""Splitting a parcel that is too heavy: heaviest first, each piece into the first box that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from settlement.cart.columns import Basket

__all__ = ["Box", "fill_boxes", "too_heavy"]

#: So many runs of boxes, or twice as many, share one note of the most room, so that the full ones are passed over.
_SHELF: Final = 64


class Box(NamedTuple):
    """A box, or `runs` equal ones: its lines and how much of each is in one box (thousandths)."""

    lines: tuple[int, ...]
    millis: tuple[int, ...]
    runs: int = 1


class _Run:
    """Equal boxes: how many, the room left in each (thousandths of a gram), how much of each line is in one."""

    __slots__ = ("count", "inside", "room")

    def __init__(self, count: int, room: int, inside: dict[int, int]) -> None:
        self.count, self.room, self.inside = count, room, inside

    def with_more(self, count: int, line: int, millis: int, weight: int) -> _Run:
        """So many of its boxes, with more in each; itself where these are all of them."""
        if count < self.count:
            self.count -= count
            return _Run(count, self.room, dict(self.inside)).with_more(count, line, millis, weight)
        self.inside[line] = millis
        self.room -= weight
        return self


class _Shelf:
    """Some runs of boxes, in the order in which they were opened, and the most room that one of them has."""

    __slots__ = ("room", "runs")

    def __init__(self, runs: list[_Run]) -> None:
        self.runs = runs
        self.room = max([run.room for run in runs])

    def fill(self, line: int, weight: int, grain: int, left: int) -> int:
        """Put as many as fit into the first boxes that hold them; returns how many are left."""
        made: list[_Run] = []
        for run in self.runs:
            boxes = run.count
            if left and run.room >= weight:
                fits = min(left, run.room // weight) if weight else left
                full = min(boxes, left // fits)
                made.append(run.with_more(full, line, fits * grain, fits * weight))
                left, boxes = left - full * fits, boxes - full
                if left and boxes:  # fewer than fit
                    made.append(run.with_more(1, line, left * grain, left * weight))
                    left, boxes = 0, boxes - 1
            if boxes:
                made.append(run)
        self.runs = made
        self.room = max([run.room for run in made])
        return left

    def parted(self) -> list[_Shelf]:
        """Itself, or its halves where it has grown too long."""
        if len(self.runs) <= 2 * _SHELF:
            return [self]
        return [_Shelf(self.runs[:_SHELF]), _Shelf(self.runs[_SHELF:])]


def too_heavy(basket: Basket, lines: Sequence[int], max_weight_g: int) -> int | None:
    """The line whose piece is the heaviest that no box holds, None where each piece fits into one."""
    room = max_weight_g * 1000
    weights = {line: basket.weights[line] or 0 for line in lines}
    heavier = [line for line in lines if weights[line] * _grain(basket, line) > room]
    return max(heavier, key=weights.__getitem__, default=None)


def fill_boxes(basket: Basket, lines: Sequence[int], max_weight_g: int) -> list[Box]:
    """Heaviest first, each piece into the first box that holds it; goods by measure are cut where a box is full.

    Goods by measure come after all pieces. Ties: see `_order`; no name of a line decides. A piece that is heavier than
    a box gets one of its own. Equal boxes are one run, so 6 000 pieces cost no more than six.
    Source: docs/beyond-the-contract.md.
    """
    whole = max_weight_g * 1000
    shelves: list[_Shelf] = []
    for line in sorted(lines, key=lambda line: _order(basket, line)):
        grain = _grain(basket, line)
        weight, left = (basket.weights[line] or 0) * grain, basket.millis[line] // grain
        for at, shelf in enumerate(shelves):
            if shelf.room >= weight:
                left = shelf.fill(line, weight, grain, left)
                if not left:  # only where they end are boxes told apart, so only here a shelf grows
                    shelves[at : at + 1] = shelf.parted()
                    break
        if left:
            full = min(left, max(1, whole // weight)) if weight else left
            opened = [(left // full, full), (1, left % full)]
            runs = [
                _Run(count, max(0, whole - inside * weight), {line: inside * grain})
                for count, inside in opened
                if inside
            ]
            _put_up(shelves, runs)
    return [_box(run) for shelf in shelves for run in shelf.runs]


def _grain(basket: Basket, line: int) -> int:
    """The thousandths that stay together: a piece, or the least of goods by measure."""
    return 1000 if basket.millis[line] % 1000 == 0 else 1


def _order(basket: Basket, line: int) -> tuple[object, ...]:
    """Pieces before goods by measure, the heavier, the larger; then what else a fee may ask of goods."""
    return (
        _grain(basket, line) == 1,
        -(basket.weights[line] or 0),
        -(basket.volumes[line] or 0),
        basket.free_shipping[line],
        -basket.prices[line],
        basket.skus[line],
        basket.categories[line],
        -basket.millis[line],
    )


def _put_up(shelves: list[_Shelf], runs: list[_Run]) -> None:
    """New boxes behind those that are there."""
    if shelves and len(shelves[-1].runs) < _SHELF:
        runs = [*shelves.pop().runs, *runs]
    shelves.append(_Shelf(runs))


def _box(run: _Run) -> Box:
    inside = sorted(run.inside.items())
    return Box(tuple([line for line, _ in inside]), tuple([millis for _, millis in inside]), run.count)
