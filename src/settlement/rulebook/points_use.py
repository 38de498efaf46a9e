"""How many points can be used, and what they are worth (contract §6)."""

from __future__ import annotations

from typing import NamedTuple

from settlement.documents.scalars import rate
from settlement.rulebook.points import Points

__all__ = ["Usable", "usable_points"]


class Usable(NamedTuple):
    """What became of the points: used and usable, what they take off, and why not."""

    used: int
    amount: int
    usable: int
    base: int
    cap: int
    reason: str | None = None
    shortfall: int | None = None


def usable_points(rule: Points, balance: int, asked: int | None, base: int, net: int) -> Usable:
    """The most that can be used within the cap, and what of it is asked for (None: as much as goes).

    `base` is the net (and freight, where covered) of the lines in scope, `net` that of all lines.
    """
    numerator, denominator = rate(rule.max_percent)
    cap = min(base * numerator // denominator, base)
    if rule.max_amount is not None:
        cap = min(cap, rule.max_amount.minor)
    within = ((cap + 1) * rule.points - 1) // (rule.step * rule.worth.minor)
    usable = _fewest(rule, min(balance // rule.step, within))
    short = 0 if rule.min_goods is None else max(0, rule.min_goods.minor - net)
    if short or usable < rule.min_points:
        usable = 0
    used = usable
    if asked is not None:
        used = _fewest(rule, min(asked, usable) // rule.step)
        if used < rule.min_points:
            used = 0
    amount = used * rule.worth.minor // rule.points
    if used:
        return Usable(used, amount, usable, base, cap)
    uncapped = _fewest(rule, (balance if asked is None else min(asked, balance)) // rule.step)
    if asked != 0 and (not uncapped or uncapped < rule.min_points):
        return Usable(0, 0, usable, base, cap, "insufficient_points")
    if asked == 0:
        return Usable(0, 0, usable, base, cap)
    return Usable(0, 0, usable, base, cap, "below_amount", short or None)


def _fewest(rule: Points, steps: int) -> int:
    """Of the multiples of `step` that are worth as much as this many, the smallest."""
    worth = steps * rule.step * rule.worth.minor // rule.points
    return -(-worth * rule.points // (rule.step * rule.worth.minor)) * rule.step
