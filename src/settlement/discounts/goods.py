"""What a benefit sees of the lines in its scope."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Final

from settlement.allocation import share_out
from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from settlement.cart.columns import Basket

__all__ = ["Goods", "above_floors", "dearest_first", "full_times"]


#: So many places are looked up one by one before all are laid out.
LOOKED_UP: Final = 64


class Goods:
    """The lines in an offer's scope as its benefit sees them; every list has one entry per line, in order of id.

    `nets` are minor units that earlier offers left (for a freight offer: of freight and surcharges), `net` their
    sum, `millis` quantities in thousandths, `times` how often the tier's condition is fully met (1 without `every`).
    """

    #: Thousandths bought in earlier orders that count along as the first ones.
    earlier = 0
    #: Of each line of the basket the thousandths that are left, where earlier offers used some up.
    left: Sequence[int] | None = None
    #: Of each slot of a set the lines that fit it, where that was looked up before.
    fitting: Sequence[Sequence[int]] | None = None
    _millis: list[int] | None = None
    _order: Sequence[int] | None = None
    _known: Sequence[int] | None = None

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
        if self._millis is None:
            millis = self.basket.millis if self.left is None else self.left
            whole = len(self.lines) == len(millis)
            self._millis = list(millis) if whole else [millis[line] for line in self.lines]
        return self._millis

    @property
    def ids(self) -> list[str]:
        """Line ids."""
        return [self.basket.ids[line] for line in self.lines]

    @property
    def skus(self) -> list[str]:
        """Skus."""
        return [self.basket.skus[line] for line in self.lines]

    def first(self, most: int | None, units: str) -> Iterator[tuple[int, int]]:
        """Positions with the thousandths taken of each: the first `most` (None: all), in either order."""
        millis = self.millis
        left = sum(millis) if most is None else most
        for at in self.cheapest() if units == "cheapest" else self.dearest():
            if left <= 0:
                return
            taken = min(left, millis[at])
            left -= taken
            yield at, taken

    def spread(self, amount: int) -> list[int]:
        """At most the net, spread over the lines in proportion to their net (contract §4, Spreading)."""
        return share_out(min(amount, self.net), self.nets)

    def spread_by(self, amount: int, weights: Sequence[Fraction | int]) -> list[int]:
        """Spread over exact fractional weights."""
        common = lcm(*(weight.denominator for weight in weights))
        return share_out(amount, [weight.numerator * (common // weight.denominator) for weight in weights])

    def forget(self) -> None:
        """Share nothing that was worked out with another."""
        self._millis = self._order = self._known = None

    def dearest(self) -> Iterable[int]:
        """The positions of all lines, dearest unit first, ties by id."""
        if self._known is not None:
            return self._following(self._known)
        if self._order is None:
            self._order = dearest_first(self.nets, self.millis)
        return self._order

    def cheapest(self) -> Sequence[int]:
        """The positions of all lines, cheapest unit first, ties by id."""
        # Not `dearest` backwards: that would have equals by the larger id.
        return dearest_first([-net for net in self.nets], self.millis)

    def ordered(self, order: Sequence[int]) -> None:
        """Say which of all lines of the basket come first: this scope follows from that, as far as somebody looks."""
        if len(self.lines) == len(order):
            self._order = order
        else:
            self._known = order

    def _following(self, known: Sequence[int]) -> Iterator[int]:
        """The positions of the lines in an order of more lines; most who ask stop soon, so the first are looked up."""
        lines, end = self.lines, len(self.lines)
        for line in known[:LOOKED_UP]:
            at = bisect_left(lines, line)
            if at < end and lines[at] == line:
                yield at
        if len(known) > LOOKED_UP:
            places = dict(zip(lines, range(end), strict=True))
            yield from (places[line] for line in known[LOOKED_UP:] if line in places)

    def runs(self, per: str = "scope", units: str = "dearest") -> list[list[int]]:
        """The positions of lines of whole quantity, dearest unit first, ties by id; `per="sku"`: each apart.

        A line of 6 000 pieces is one run of units, not 6 000 entries: its units all have the same net.
        """
        millis = self.millis
        whole = [at for at in (self.cheapest() if units == "cheapest" else self.dearest()) if not millis[at] % 1000]
        if per == "scope":
            return [whole] if whole else []
        groups: dict[tuple[str, str], list[int]] = {}
        for at in whole:
            line = self.lines[at]
            groups.setdefault((self.basket.shops[line], self.basket.skus[line]), []).append(at)
        return list(groups.values())


def dearest_first(nets: Sequence[int], millis: Sequence[int]) -> list[int]:
    """The places of lines by what a unit of each costs, dearest first; equals in their order."""
    # Unequal fractions differ by more than 1 once they are scaled by the product of the denominators: integers will do.
    wide = 2 * max(millis, default=1).bit_length()
    unit = [(net << wide) // milli for net, milli in zip(nets, millis, strict=True)]
    return sorted(range(len(nets)), key=unit.__getitem__, reverse=True)


def full_times(amount: int, min_amount: int | None, millis: int, min_milli: int | None, earlier: int = 0) -> int:
    """How often the conditions of a tier are fully met: the smaller count where both stand, 1 where neither does.

    Thousandths bought `earlier` come first: counted is what this order adds to the times that they met it.

    >>> full_times(9_900, 3_000, 2_000, 1_000), full_times(0, None, 4_000, 3_000, earlier=2_000)
    (2, 2)
    """
    counts = []
    if min_amount:
        counts.append(amount // min_amount)
    if min_milli:
        counts.append((millis + earlier) // min_milli - earlier // min_milli)
    return min(counts) if counts else 1


def above_floors(off: Sequence[int], nets: Sequence[int], floors: Sequence[int]) -> list[int]:
    """What is taken off each line, cut where the line would cost less than its floor; nothing moves to other lines."""
    return [min(share, max(0, net - floor)) for share, net, floor in zip(off, nets, floors, strict=True)]


all_readable(globals())
