"""Units that no offer of a number used yet: an offer that uses its units up leaves the others to those after it."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["UnitsLeft"]


class UnitsLeft:
    """Of each line the thousandths of quantity that are left, their net, and what they were worth before any offer.

    Used units take their part of the line's net with them, in proportion; of what is left whole minor units stay,
    rounded down, so that offers on it never take more than there is.

    >>> two = UnitsLeft([25000], [5000], [25000]).after([0], [2400], [3000])
    >>> two.nets, two.millis
    ([10000], [2000])
    """

    __slots__ = ("aside", "goods", "millis", "nets")

    def __init__(
        self, nets: Sequence[int], millis: Sequence[int], goods: Sequence[int], aside: Sequence[int] | None = None
    ) -> None:
        self.nets, self.millis, self.goods = list(nets), list(millis), list(goods)
        #: What the units that were used still cost.
        self.aside = [0] * len(self.nets) if aside is None else list(aside)

    def among(self, lines: Sequence[int]) -> list[int]:
        """Those of these lines of which something is left."""
        return [line for line in lines if self.millis[line]]

    def none_left(self, lines: Sequence[int]) -> list[int]:
        """Those of these lines of which nothing is left."""
        return [line for line in lines if not self.millis[line]]

    def lowest(self, line: int, floor: int) -> int:
        """What the units left may cost at least, for the line as a whole not to cost less than its floor.

        >>> UnitsLeft([8000], [4000], [8000]).after([0], [100], [1000]).lowest(0, 7200)  # one of four for 19.00
        5300
        """
        return max(0, floor - self.aside[line])

    def after(self, lines: Sequence[int], off: Sequence[int], used: Sequence[int] | None) -> UnitsLeft:
        """What is left where an offer took `off` these lines and `used` thousandths of each (None: it uses none)."""
        left = UnitsLeft(self.nets, self.millis, self.goods, self.aside)
        for place, line in enumerate(lines):
            net, milli = self.nets[line], self.millis[line]
            rest = milli - (0 if used is None else used[place])
            left.nets[line] = net - off[place]
            if rest != milli:
                left.nets[line] = min(net * rest // milli, left.nets[line])
                left.aside[line] += net - off[place] - left.nets[line]
                left.goods[line] = self.goods[line] * rest // milli
                left.millis[line] = rest
        return left
