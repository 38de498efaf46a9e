"""Splitting a parcel that is too heavy: boxes filled line by line, in the order of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from settlement.cart.columns import Basket

__all__ = ["Box", "fill_boxes", "too_heavy"]


class Box(NamedTuple):
    """A box, or `runs` equal ones: its lines and how much of each is in one box (thousandths)."""

    lines: tuple[int, ...]
    millis: tuple[int, ...]
    runs: int = 1


def _grain(millis: int) -> int:
    """What of a line stays together: a piece, or a thousandth of goods by measure."""
    return 1000 if millis % 1000 == 0 else 1


def too_heavy(basket: Basket, lines: Sequence[int], max_weight_g: int) -> int | None:
    """The line whose piece is the heaviest that no box holds, None where each piece fits into one."""
    room = max_weight_g * 1000
    weights = {line: basket.weights[line] or 0 for line in lines}
    heavier = [line for line in lines if weights[line] * _grain(basket.millis[line]) > room]
    return max(heavier, key=weights.__getitem__, default=None)


def fill_boxes(basket: Basket, lines: Sequence[int], max_weight_g: int) -> list[Box]:
    """Whole pieces go into the open box while they fit, then into a new one; goods by measure are cut where it is full.

    A piece that is heavier than a box gets one of its own. Equal boxes in a row are one run, so 6 000 pieces cost
    no more than six. Source: docs/beyond-the-contract.md.
    """
    room_in_all = max_weight_g * 1000
    boxes: list[Box] = []
    inside: list[tuple[int, int]] = []
    room = room_in_all

    def add(made: Box) -> None:
        if boxes and boxes[-1][:2] == made[:2]:  # equal neighbours are one run
            made = made._replace(runs=boxes.pop().runs + made.runs)
        boxes.append(made)

    def close() -> None:
        nonlocal inside, room
        if inside:
            add(Box(tuple([line for line, _ in inside]), tuple([amount for _, amount in inside])))
        inside, room = [], room_in_all

    for line in lines:
        weight = basket.weights[line] or 0
        left = basket.millis[line]
        grain = _grain(left)
        if not weight:
            inside.append((line, left))
            continue
        fits = room // weight // grain * grain
        if fits > 0:
            taken = min(fits, left)
            inside.append((line, taken))
            room -= taken * weight
            left -= taken
        if not left:
            continue
        close()
        full = max(grain, room_in_all // weight // grain * grain)
        # The last box stays open: what comes next may still fit.
        runs = (left - 1) // full
        if runs:
            add(Box((line,), (full,), runs))
        left -= runs * full
        inside.append((line, left))
        room -= left * weight
    close()
    return boxes
