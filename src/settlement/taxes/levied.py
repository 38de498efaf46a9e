"""What taxes come to: one row for each tax and rate of a shop, spread over the goods and the freight of its lines.

Everything here is integers. A *cell* is what one line pays for its goods, or for its freight, before tax; a row takes
its rate of the cells that bear it, rounds as the shop does, and gives each cell its share (docs/taxes.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from settlement.allocation import share_out
from settlement.money import ROUNDERS
from settlement.taxes.rates import Bill, Levy, combined

__all__ = ["Cell", "Levied", "LineTaxes", "levied", "taken_out"]


class Cell(NamedTuple):
    """What one line pays for goods or freight: its taxes, minor units before them, and thousandths of its quantity."""

    line: int
    on: Literal["goods", "freight", "fee"]
    bill: Bill
    base: int
    #: 0 where nothing is counted in units.
    millis: int = 0
    #: What the buyer still pays of it: no more is taken out. It is below the base where somebody reimburses a part.
    left: int | None = None


class Levied(NamedTuple):
    """One tax at one rate: what it was taken of, what it comes to, and the cells with their bases and shares."""

    levy: Levy
    base: int
    amount: int
    cells: Sequence[Cell]
    bases: Sequence[int]
    shares: Sequence[int]
    #: Whether some share is less than its tax, because no more is left to pay.
    cut: bool = False


def levied(
    cells: Sequence[Cell],
    order: Callable[[Levy], int],
    per: Literal["rate", "line", "unit"],
    rounded: Callable[[int, int], int],
    *,
    together: bool = False,
) -> list[Levied]:
    """The rows of one shop's cells, in the table's order.

    `rate`: each row is rounded once. `line`: the goods of each line are, and freight once a row. `unit`: the tax of one
    unit is, times the quantity; a line of broken quantity is a line. A compound tax is taken of the base and of the
    shares of the taxes before it.

    >>> from settlement.money import ROUNDERS
    >>> vat = Levy("tax", 55, 1000, False, None, None)
    >>> cells = [Cell(0, "goods", (vat,), 3600, 10_000)]
    >>> [levied(cells, {vat: 0}.get, per, ROUNDERS["half_up"])[0].amount for per in ("rate", "line", "unit")]
    [198, 198, 200]
    """
    if together:
        return _together(cells, order, per, rounded)
    before = [0] * len(cells)
    rows = []
    for levy in sorted({levy for cell in cells for levy in cell.bill}, key=order):
        places = [place for place, cell in enumerate(cells) if levy in cell.bill]
        bases = [cells[place].base + (before[place] if levy.compound else 0) for place in places]
        inside = [cells[place] for place in places]
        shares = _shares(inside, bases, levy.numerator, levy.denominator, per, rounded)
        for place, share in zip(places, shares, strict=True):
            before[place] += share
        rows.append(Levied(levy, sum(bases), sum(shares), inside, bases, shares))
    return rows


class LineTaxes(NamedTuple):
    """The taxes on the goods of a line whose price is without them, by themselves: as thresholds with tax see them."""

    bill: Bill
    rounding: str
    together: bool = False
    #: Where others hold for cheap units: up to how many minor units, and which, the cheapest first.
    cheaper: tuple[tuple[int, Bill], ...] = ()

    def of(self, amount: int, millis: int = 1000) -> int:
        """What they come to for so many thousandths of a unit.

        >>> LineTaxes((Levy("GST", 5, 100, False, None, None), Levy("QST", 75, 1000, True, None, None)), "half_up").of(
        ...     10000
        ... )
        1288
        """
        if not amount:
            return 0
        unit = -(-amount * 1000 // millis)
        return self._by(next((bill for limit, bill in self.cheaper if unit <= limit), self.bill), amount)

    def most(self, amount: int) -> int:
        """What they come to at most, whatever a unit costs."""
        return max([self._by(bill, amount) for bill in (self.bill, *[bill for _, bill in self.cheaper])])

    def _by(self, bill: Bill, amount: int) -> int:
        cell = Cell(0, "goods", bill, amount)
        rows = levied([cell], bill.index, "line", ROUNDERS[self.rounding], together=self.together)
        return sum([row.amount for row in rows])


def _shares(
    cells: Sequence[Cell],
    bases: Sequence[int],
    numerator: int,
    denominator: int,
    per: Literal["rate", "line", "unit"],
    rounded: Callable[[int, int], int],
) -> list[int]:
    """What each cell pays of one rate."""
    if per == "rate":
        return share_out(rounded(sum(bases) * numerator, denominator), bases)
    shares = [0] * len(cells)
    rest = []
    for at, (cell, base) in enumerate(zip(cells, bases, strict=True)):
        if cell.on != "goods":
            rest.append(at)
        elif per == "unit" and cell.millis and not cell.millis % 1000:
            units = cell.millis // 1000
            shares[at] = rounded(base * numerator, units * denominator) * units
        else:
            shares[at] = rounded(base * numerator, denominator)
    others = [bases[at] for at in rest]
    for at, share in zip(rest, share_out(rounded(sum(others) * numerator, denominator), others), strict=True):
        shares[at] = share
    return shares


def _together(
    cells: Sequence[Cell],
    order: Callable[[Levy], int],
    per: Literal["rate", "line", "unit"],
    rounded: Callable[[int, int], int],
) -> list[Levied]:
    """The taxes of one bill are rounded as one, and its cells' shares are shared out by the rates."""
    found: dict[Levy, list[tuple[Cell, int]]] = {}
    for bill in dict.fromkeys(cell.bill for cell in cells if cell.bill):
        inside = [cell for cell in cells if cell.bill == bill]
        numerator, denominator = combined(bill)
        whole = _shares(inside, [cell.base for cell in inside], numerator, denominator, per, rounded)
        weights = [levy.numerator * (denominator // levy.denominator) for levy in bill]
        amounts = share_out(sum(whole), weights)
        left = whole
        for levy, amount in zip(bill[:-1], amounts, strict=False):
            shares = share_out(amount, left)
            left = [a - b for a, b in zip(left, shares, strict=True)]
            found.setdefault(levy, []).extend(zip(inside, shares, strict=True))
        found.setdefault(bill[-1], []).extend(zip(inside, left, strict=True))
    rows = []
    for levy in sorted(found, key=order):
        inside, shares = [cell for cell, _ in found[levy]], [share for _, share in found[levy]]
        bases = [cell.base for cell in inside]
        rows.append(Levied(levy, sum(bases), sum(shares), inside, bases, shares))
    return rows


def taken_out(
    cells: Sequence[Cell],
    per: Literal["rate", "line", "unit"],
    rounded: Callable[[int, int], int],
    reason: str,
    category: str | None = None,
) -> list[Levied]:
    """What an exempt buyer does not pay of prices with tax: base × r ÷ (1 + r), a row for each combined rate, negative.

    Of nothing more is taken out than is left to pay of it: a unit's tax that is rounded up may come to more than all
    units, and so may the tax of a price that somebody else pays a part of.

    >>> from settlement.money import ROUNDERS
    >>> vat = Levy("tax", 19, 100, False, None, None)
    >>> [row.amount for row in taken_out([Cell(0, "goods", (vat,), 11900)], "rate", ROUNDERS["half_up"], "export")]
    [-1900]
    """
    groups: dict[tuple[int, int], list[Cell]] = {}
    for cell in cells:
        numerator, denominator = combined(cell.bill)
        if numerator:
            groups.setdefault((numerator, denominator + numerator), []).append(cell)
    rows = []
    for (numerator, denominator), inside in groups.items():
        bases = [cell.base for cell in inside]
        whole = _shares(inside, bases, numerator, denominator, per, rounded)
        lefts = [cell.base if cell.left is None else cell.left for cell in inside]
        shares = [-min(share, left) for share, left in zip(whole, lefts, strict=True)]
        levy = Levy("exempt", numerator, denominator - numerator, False, category, reason)
        rows.append(Levied(levy, sum(bases), sum(shares), inside, bases, shares, sum(whole) != -sum(shares)))
    return rows
