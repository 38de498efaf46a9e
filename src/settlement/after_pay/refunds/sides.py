"""A line apart: its goods and its freight, and what a part of either takes back, column by column (contract §8).

Only the cash and the points of a side are rounded here, each down and on its cumulative value; the columns are then
shares of what those floors and the floors of the discounts make, so that they always add up to the cash, never step
back and end at exactly what the settlement says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from settlement.allocation import share_out
from settlement.documents.scalars import milli
from settlement.receipts.columns import (
    COLUMN_OF,
    FEE_TAX,
    FREIGHT_COLUMNS,
    FREIGHT_TAX,
    GOODS_COLUMNS,
    GOODS_TAX,
    OFFER_COLUMNS,
    PLACES,
    STAGES,
)

if TYPE_CHECKING:
    from settlement.receipts.record import Record
    from settlement.receipts.settlement import Settlement

__all__ = [
    "NO_PART",
    "Halved",
    "Part",
    "Side",
    "Sides",
    "borne",
    "halved",
    "halves_of",
    "less",
    "part",
    "plus",
    "sides",
]

_POINTS, _TAX, _FEE, _ROUNDING = PLACES["points"], PLACES["tax"], PLACES["payment_fee"], PLACES["rounding"]
#: The columns of each side: what it charges, and those of offers on it.
_SIDES = tuple(
    ([name for name in side if name not in OFFER_COLUMNS], [name for name in side if name in OFFER_COLUMNS])
    for side in (GOODS_COLUMNS, FREIGHT_COLUMNS)
)


class Side(NamedTuple):
    """One side of a line: cash and points that were paid for it, and where they went, in minor units above 0."""

    cash: int
    points: int
    #: Of the cash, the payment fee with its tax.
    fee: int
    #: What was charged beside that fee: column and amount.
    charged: tuple[tuple[str, int], ...]
    #: What was taken off: column, amount, and whether the platform bears it.
    taken: tuple[tuple[str, int, bool], ...]
    #: Of the fee, the tax on it.
    fee_tax: int = 0

    @property
    def tax(self) -> int:
        """What was charged as tax, on the fee too; 0 where tax was taken out."""
        return max(0, self.fee_tax) + sum([amount for column, amount in self.charged if column == "tax"])

    def fee_tax_of(self, fee: int) -> int:
        """The tax in so much of the fee; none where all of the fee was taken out as tax."""
        return self.fee_tax * fee // self.fee if self.fee_tax and self.fee else 0


class Sides(NamedTuple):
    """A line's thousandths bought, its goods side and its freight side."""

    bought: int
    goods: Side
    freight: Side


class Part(NamedTuple):
    """A part of a side in minor units: cash without the payment fee, that fee, points, and the signed columns.

    The columns add up to the cash; the fee stands beside them. `platform` is what of them the platform bears.
    """

    cash: int
    fee: int
    points: int
    columns: Mapping[str, int]
    platform: Mapping[str, int]


NO_PART = Part(0, 0, 0, {}, {})


def plus(one: Part, other: Part, sign: int = 1) -> Part:
    """Two parts together, field by field."""
    sums = [a + sign * b for a, b in zip(one[:3], other[:3], strict=True)]
    maps = [
        {name: a.get(name, 0) + sign * b.get(name, 0) for name in {**a, **b}}
        for a, b in zip(one[3:], other[3:], strict=True)
    ]
    return Part(sums[0], sums[1], sums[2], maps[0], maps[1])


def less(one: Part, other: Part) -> Part:
    """What one part is more than another."""
    return plus(one, other, -1)


def part(side: Side, returned: int, bought: int) -> Part:
    """What `returned` of `bought` thousandths of a side come to.

    >>> tea = Side(1000, 0, 0, (("goods", 1200),), (("promotions", 200, False),))
    >>> [part(tea, thousandths, 3000).cash for thousandths in (1000, 2000, 3000)]
    [333, 666, 1000]
    >>> part(tea, 1000, 3000).columns
    {'promotions': -66, 'goods': 399}
    """
    cash = side.cash * returned // bought
    fee = side.fee * cash // side.cash if side.fee else 0
    gross = cash - fee
    columns: dict[str, int] = {}
    platform: dict[str, int] = {}
    for column, amount, by_platform in side.taken:
        taken = amount * returned // bought
        gross += taken
        columns[column] = columns.get(column, 0) - taken
        if by_platform:
            platform[column] = -taken
    whole = sum([amount for _, amount in side.charged])
    for column, amount in side.charged:  # each a share of what the ones before left: none ever steps back
        charged = gross * amount // whole if whole else 0
        columns[column] = columns.get(column, 0) + charged
        gross -= charged
        whole -= amount
    return Part(cash - fee, fee, side.points * returned // bought, columns, platform)


def borne(record: Record) -> dict[str, list[int]]:
    """What the platform bears of the offers on each line, by column; places are those of the record's lines."""
    found = {name: [0] * len(record.ids) for name in OFFER_COLUMNS}
    for stage, _, _, lines, _, parts, _ in record.entries:
        if parts is not None and (column := found.get(COLUMN_OF[STAGES[stage]])) is not None:
            for line, amount in zip(lines, parts, strict=True):
                column[line] += amount
    return found


def _taxes(record: Record) -> dict[int, list[int]]:
    """What each line pays of tax on its goods and on its freight."""
    found = {stage: [0] * len(record.ids) for stage in (GOODS_TAX, FREIGHT_TAX, FEE_TAX)}
    for stage, _, _, lines, shares, _, _ in record.entries:
        if (column := found.get(stage)) is not None:
            for line, share in zip(lines, shares, strict=True):
                column[line] += share
    return found


class Halved(NamedTuple):
    """What of a line's column falls on its goods and on its freight, and by what each of them weighs."""

    column: str
    weights: tuple[int, int]
    shares: tuple[int, int]


def halved(row: Sequence[int], taxes: tuple[int, int], fee_tax: int) -> list[Halved]:
    """Points, tax, fee with its tax, and rounding of a line's row: by what the columns before left (§8).

    Tax is each side's own, as `taxes` says; the tax on the fee goes where the fee does. Points leave each side what is
    taken out of it as tax, so that neither falls below 0.

    >>> row = [0] * len(PLACES)
    >>> row[PLACES["goods"]], row[PLACES["freight"]], row[PLACES["points"]] = 1000, 500, -100
    >>> halved(row, (0, 0), 0)[0]
    Halved(column='points', weights=(1000, 500), shares=(-67, -33))
    """
    left = [sum([row[PLACES[name]] for name in side]) for side in (GOODS_COLUMNS, FREIGHT_COLUMNS)]
    found = []

    def fall(name: str, amount: int, weights: Sequence[int], shares: Sequence[int]) -> None:
        sign = -1 if amount < 0 else 1
        found.append(Halved(name, (weights[0], weights[1]), (sign * shares[0], sign * shares[1])))
        for at in (0, 1):
            left[at] += sign * shares[at]

    for name, column in (("points", _POINTS), ("tax", _TAX), ("payment_fee", _FEE), ("rounding", _ROUNDING)):
        if column == _TAX:
            fall(name, 1, list(left), taxes)
            continue
        amount, weights = row[column], list(left)
        shares = share_out(abs(amount), weights) if amount else [0, 0]
        for at in (0, 1) if column == _POINTS and min(taxes) < 0 else ():
            over = max(0, shares[at] - left[at] - min(taxes[at], 0))
            if over:
                shares[at], shares[1 - at] = shares[at] - over, shares[1 - at] + over
                weights = shares
        fall(name, amount, weights, shares)
        if column == _FEE:
            fall("fee_tax", 1, shares, share_out(fee_tax, shares) if fee_tax else [0, 0])
    return found


def halves_of(settlement: Settlement) -> dict[str, list[Halved]]:
    """How each of these columns of every line falls on its goods and its freight."""
    record = settlement.plain
    taxes = _taxes(record)
    return {
        line.id: halved(row, (taxes[GOODS_TAX][place], taxes[FREIGHT_TAX][place]), taxes[FEE_TAX][place])
        for place, (line, row, _) in zip(record.order, record.rows, strict=True)
    }


def sides(settlement: Settlement) -> dict[str, Sides]:
    """The two sides of every line by its id; points, fee and rounding fall on what the columns before left (§8)."""
    record = settlement.plain
    platform, halves = borne(record), halves_of(settlement)
    found: dict[str, Sides] = {}
    for place, (line, row, used) in zip(record.order, record.rows, strict=True):
        moved = {each.column: each.shares for each in halves[line.id]}
        points = share_out(used, [-share for share in moved["points"]]) if row[_POINTS] and used else [0, 0]
        made = []
        for at, (charged, offers) in enumerate(_SIDES):
            charges = [(name, row[PLACES[name]]) for name in charged]
            taken = [(name, row[PLACES[name]], platform[name][place]) for name in offers]
            others = [moved[name][at] for name in ("points", "tax", "payment_fee", "rounding")]
            cash = sum([row[PLACES[name]] for name in (*charged, *offers)]) + sum(others) + moved["fee_tax"][at]
            made.append(_side(cash, points[at], charges, taken, others, moved["fee_tax"][at]))
        found[line.id] = Sides(milli(line.quantity), made[0], made[1])
    return found


def _side(
    cash: int,
    points: int,
    charges: Sequence[tuple[str, int]],
    offers: Sequence[tuple[str, int, int]],
    others: Sequence[int],
    fee_tax: int,
) -> Side:
    """A side from its signed columns; where rounding took more than the goods, it took of the fee."""
    by_points, tax, fee, rounding = others
    kept = min(fee + fee_tax, cash)
    kept_tax = min(fee_tax, kept)
    over = fee_tax - kept_tax
    # tax first: of a part it is rounded down, and goods come back at their price
    charged = [("tax", max(tax, 0) + over), *charges, ("payment_fee", fee - kept + kept_tax)]
    charged.append(("rounding", max(rounding, 0)))
    taken = [("points", -by_points, True), ("tax", max(-tax, 0), False), ("rounding", max(-rounding, 0), False)]
    for column, amount, by_platform in offers:
        taken += [(column, by_platform - amount, False), (column, -by_platform, True)]
    shown = tuple([each for each in charged if each[1]])
    return Side(cash, points, kept, shown, tuple([each for each in taken if each[1]]), kept_tax)
