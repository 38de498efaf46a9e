"""What a benefit sees of the lines in its scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from settlement.allocation import share_out

if TYPE_CHECKING:
    from settlement.cart.columns import Basket

__all__ = ["Goods", "above_floors", "full_times"]


class Goods:
    """The lines in an offer's scope as its benefit sees them; every list has one entry per line, in order of id.

    `nets` are minor units that earlier offers left (for a freight offer: of freight and surcharges), `net` their
    sum, `millis` quantities in thousandths, `times` how often the tier's condition is fully met (1 without `every`).
    """

    __slots__ = ("basket", "bought", "lines", "net", "nets", "rounded", "times")

    def __init__(
        self,
        basket: Basket,
        lines: Sequence[int],
        nets: list[int],
        net: int,
        times: int,
        rounded: Callable[[int, int], int],
        bought: int = 0,
    ) -> None:
        self.basket = basket
        #: Thousandths that this customer bought of the offer before.
        self.bought = bought
        self.lines = lines
        self.nets = nets
        self.net = net
        self.times = times
        #: The policy's rounding of numerator ÷ denominator, both not negative.
        self.rounded = rounded

    @property
    def millis(self) -> list[int]:
        """Quantities in thousandths."""
        millis = self.basket.millis
        return [millis[line] for line in self.lines]

    @property
    def ids(self) -> list[str]:
        """Line ids."""
        return [self.basket.ids[line] for line in self.lines]

    @property
    def skus(self) -> list[str]:
        """Skus."""
        return [self.basket.skus[line] for line in self.lines]

    def spread(self, amount: int) -> list[int]:
        """At most the net, spread over the lines in proportion to their net (contract §4, Spreading)."""
        return share_out(min(amount, self.net), self.nets)

    def spread_by(self, amount: int, weights: Sequence[Fraction]) -> list[int]:
        """Spread over exact fractional weights."""
        common = lcm(*(weight.denominator for weight in weights))
        return share_out(amount, [weight.numerator * (common // weight.denominator) for weight in weights])

    def runs(self, per: str = "scope") -> list[list[int]]:
        """The positions of lines of whole quantity, dearest unit first, ties by id; `per="sku"`: each apart.

        A line of 6 000 pieces is one run of units, not 6 000 entries: its units all have the same net.
        """
        whole = [at for at, milli in enumerate(self.millis) if not milli % 1000]
        millis = self.millis
        unit = {at: Fraction(self.nets[at] * 1000, millis[at]) for at in whole}
        whole.sort(key=lambda at: -unit[at])
        if per == "scope":
            return [whole] if whole else []
        groups: dict[tuple[str, str], list[int]] = {}
        for at in whole:
            line = self.lines[at]
            groups.setdefault((self.basket.shops[line], self.basket.skus[line]), []).append(at)
        return list(groups.values())


def full_times(amount: int, min_amount: int | None, millis: int, min_milli: int | None) -> int:
    """How often the conditions of a tier are fully met: the smaller count where both stand, 1 where neither does.

    >>> full_times(9_900, 3_000, 2_000, 1_000)
    2
    """
    counts = []
    if min_amount:
        counts.append(amount // min_amount)
    if min_milli:
        counts.append(millis // min_milli)
    return min(counts) if counts else 1


def above_floors(off: Sequence[int], nets: Sequence[int], floors: Sequence[int]) -> list[int]:
    """What is taken off each line, cut where the line would cost less than its floor; nothing moves to other lines."""
    return [min(share, max(0, net - floor)) for share, net, floor in zip(off, nets, floors, strict=True)]
