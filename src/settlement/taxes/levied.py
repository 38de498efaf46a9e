"""What taxes come to: one row for each tax and rate of a shop, spread over the goods and the freight of its lines.

Everything here is integers. A *cell* is what one line pays for its goods, or for its freight, before tax; where a part
of a unit's price bears other taxes than the rest, the goods of a line are several. A row takes its rate of the cells
that bear it, those of one line together, rounds as the shop does, and gives each line its share (docs/taxes.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, NamedTuple

from settlement.allocation import share_out
from settlement.money import ROUNDERS
from settlement.taxes.rates import Bill, Levy, UnitTaxes, combined

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
    #: Where it is a part of what a line pays for its goods: from where on, and all of that.
    start: int = 0
    whole: int | None = None


class Levied(NamedTuple):
    """One tax at one rate: what it was taken of, what it comes to, and the cells with their bases and shares.

    There is one cell for the goods of a line, however many parts of their price bear the tax.
    """

    levy: Levy
    base: int
    amount: int
    cells: Sequence[Cell]
    bases: Sequence[int]
    shares: Sequence[int]
    #: Whether some share is less than its tax, because no more is left to pay.
    cut: bool = False
    #: The lines of whose goods it was taken in part: from where to where, and of how much.
    parts: Mapping[int, tuple[Sequence[tuple[int, int]], int]] = MappingProxyType({})


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
        things = _things(places, cells)
        taken = [[cells[place].base + (before[place] if levy.compound else 0) for place in thing] for thing in things]
        inside, bases = [cells[thing[0]] for thing in things], [sum(each) for each in taken]
        shares = _shares(inside, bases, levy.numerator, levy.denominator, per, rounded)
        for thing, of, share in zip(things, taken, shares, strict=True):
            for place, each in zip(thing, share_out(share, of), strict=True):
                before[place] += each
        rows.append(
            Levied(
                levy, sum(bases), sum(shares), inside, bases, shares, False, _parts([cells[place] for place in places])
            )
        )
    return rows


def _things(places: Iterable[int], cells: Sequence[Cell]) -> list[list[int]]:
    """Those of these places together that are one thing: the goods of a line, in all their parts, or its freight."""
    found: dict[tuple[int, str], list[int]] = {}
    for place in places:
        found.setdefault((cells[place].line, cells[place].on), []).append(place)
    return [*found.values()]


def _parts(cells: Iterable[Cell]) -> dict[int, tuple[list[tuple[int, int]], int]]:
    """By line from where to where of what it pays for its goods these cells are, if they are not all of it."""
    found: dict[int, tuple[list[tuple[int, int]], int]] = {}
    for cell in cells:
        if cell.whole is not None:
            spans, _ = found.setdefault(cell.line, ([], cell.whole))
            start = spans.pop()[0] if spans and spans[-1][1] == cell.start else cell.start
            spans.append((start, cell.start + cell.base))
    return {line: of for line, of in found.items() if of[0] != [(0, of[1])]}


class LineTaxes(NamedTuple):
    """The taxes on the goods of a line whose price is without them, by themselves: as thresholds with tax see them."""

    taxes: UnitTaxes
    rounding: str
    together: bool = False
    #: Where others hold for cheap units: up to how many minor units, and which, the cheapest first.
    cheaper: tuple[tuple[int, UnitTaxes], ...] = ()

    def of(self, amount: int, millis: int = 1000) -> int:
        """What they come to for so many thousandths of a unit.

        >>> taxes = UnitTaxes.whole((Levy("GST", 5, 100, False, None, None), Levy("QST", 75, 1000, True, None, None)))
        >>> LineTaxes(taxes, "half_up").of(10000)
        1288
        """
        if not amount:
            return 0
        unit = -(-amount * 1000 // millis)
        taxes = next((taxes for limit, taxes in self.cheaper if unit <= limit), self.taxes)
        return self._by(taxes, [(end - start, bill) for start, end, bill in taxes.cut(amount, millis)])

    def most(self, amount: int) -> int:
        """No less than what they come to, whatever a unit costs."""
        each = [taxes for _, taxes in self.cheaper]
        return max(
            [sum([self._by(taxes, [(amount, band.bill)]) for band in taxes.bands]) for taxes in (self.taxes, *each)]
        )

    def _by(self, taxes: UnitTaxes, parts: Sequence[tuple[int, Bill]]) -> int:
        cells = [Cell(0, "goods", bill, amount) for amount, bill in parts]
        rows = levied(cells, taxes.levies.index, "line", ROUNDERS[self.rounding], together=self.together)
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
    found: dict[Levy, list[tuple[Cell, int, int]]] = {}
    for bill in dict.fromkeys(cell.bill for cell in cells if cell.bill):
        places = [place for place, cell in enumerate(cells) if cell.bill == bill]
        things = _things(places, cells)
        inside, bases = [cells[thing[0]] for thing in things], _bases(things, cells)
        numerator, denominator = combined(bill)
        whole = _shares(inside, bases, numerator, denominator, per, rounded)
        weights = [levy.numerator * (denominator // levy.denominator) for levy in bill]
        amounts = share_out(sum(whole), weights)
        left = whole
        for levy, amount in zip(bill[:-1], amounts, strict=False):
            shares = share_out(amount, left)
            left = [a - b for a, b in zip(left, shares, strict=True)]
            found.setdefault(levy, []).extend(zip(inside, bases, shares, strict=True))
        found.setdefault(bill[-1], []).extend(zip(inside, bases, left, strict=True))
    rows = []
    for levy in sorted(found, key=order):
        things = _things(range(len(found[levy])), [cell for cell, _, _ in found[levy]])
        of = [[found[levy][place] for place in thing] for thing in things]
        inside = [thing[0][0] for thing in of]
        bases, shares = (
            [sum([base for _, base, _ in thing]) for thing in of],
            [sum([n for *_, n in thing]) for thing in of],
        )
        parts = _parts([cell for cell in cells if levy in cell.bill])
        rows.append(Levied(levy, sum(bases), sum(shares), inside, bases, shares, False, parts))
    return rows


def _bases(things: Sequence[Sequence[int]], cells: Sequence[Cell]) -> list[int]:
    return [sum([cells[place].base for place in thing]) for thing in things]


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
        numerator, denominator = Fraction(*combined(cell.bill)).as_integer_ratio()
        if numerator:
            groups.setdefault((numerator, denominator + numerator), []).append(cell)
    rows, taken = [], dict[tuple[int, str], int]()
    for (numerator, denominator), group in groups.items():
        things = _things(range(len(group)), group)
        inside, bases = [group[thing[0]] for thing in things], _bases(things, group)
        whole = _shares(inside, bases, numerator, denominator, per, rounded)
        shares = []
        for cell, base, share in zip(inside, bases, whole, strict=True):
            key = (cell.line, cell.on)
            left = base if cell.left is None else cell.left - taken.get(key, 0)
            taken[key] = taken.get(key, 0) + min(share, left)
            shares.append(-min(share, left))
        levy = Levy("exempt", numerator, denominator - numerator, False, category, reason)
        cut = sum(whole) != -sum(shares)
        rows.append(Levied(levy, sum(bases), sum(shares), inside, bases, shares, cut, _parts(group)))
    return rows
