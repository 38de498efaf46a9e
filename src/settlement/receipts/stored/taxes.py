"""The taxes of a stored settlement: each row worked out again from its bases, and their sums against the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from settlement.allocation import share_out
from settlement.documents.json_text import percent_text
from settlement.documents.scalars import milli
from settlement.errors import Problem
from settlement.money import ROUNDERS, excerpt
from settlement.receipts.columns import FEE_TAX, FREIGHT_TAX, GOODS_TAX, POINTS, TAXES
from settlement.receipts.facts import said
from settlement.receipts.stored.facts import TaxFacts, read_tax
from settlement.receipts.stored.walk import differs
from settlement.taxes.levied import Cell, levied, taken_out
from settlement.taxes.rates import Levy

if TYPE_CHECKING:
    from settlement.receipts.record import Entry, Record, TaxRow
    from settlement.receipts.stored.walk import Walk

__all__ = ["tax", "tax_rows"]

_SIDES: Final[tuple[tuple[int, Literal["goods", "freight", "fee"]], ...]] = (
    (GOODS_TAX, "goods"),
    (FREIGHT_TAX, "freight"),
    (FEE_TAX, "fee"),
)


def tax(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """One side of a row from the bases of all of it: rounded and shared out as its facts say."""
    found = read_tax(said(entry.facts), walk.record.currency)
    shop = walk.shops[entry.lines[0]]
    if found.shop not in (None, shop):
        yield differs(f"{place}.facts.shop", excerpt(found.shop), excerpt(shop))
    walk.taxes.setdefault((shop, entry.rule), []).append(found)
    if found.percent is None or found.per is None or found.rounding is None:
        return
    yield from _parts(walk, place, found)
    cells = [cell for _, side in _SIDES for cell in _cells(walk, place, found, side)]
    yield from walk.stated(place, "base", found.base, sum([cell.base for cell in cells]))
    if found.together:  # shared out with taxes of other rows
        return
    per, rounded = cast('Literal["rate", "line", "unit"]', found.per), ROUNDERS[found.rounding]
    rows = taken_out(cells, per, rounded, "") if found.taken_out else levied(cells, lambda _: 0, per, rounded)
    made: dict[int, int] = {}
    side = dict(_SIDES)[entry[0]]
    for row in rows:
        if row.cut != found.cut:
            yield differs(f"{place}.facts.cut", found.cut, row.cut)
        yield from walk.stated(place, "tax", found.tax, row.amount)
        for cell, share in zip(row.cells, row.shares, strict=True):
            if cell.on == side:
                made[cell.line] = made.get(cell.line, 0) + abs(share)
    yield from walk.shared(place, entry, list(made.values()), list(made))


def _parts(walk: Walk, place: str, found: TaxFacts) -> Iterator[Problem]:
    """Where a part of a line's goods bears the tax, its spans come to the base; with the taxes before, to no more."""
    walk.places(f"{place}.facts.parts", list(found.parts))
    for name, (spans, whole) in found.parts.items():
        where, base = f"{place}.facts.parts.{name}", found.goods_of.get(name, 0)
        edges = [edge for span in spans for edge in span]
        if edges != sorted(set(edges)) or edges[-1:] > [whole]:
            yield differs(f"{where}.spans", walk.money(edges[-1] if edges else 0), walk.money(whole))
        part = sum([end - start for start, end in spans])
        if part > base if found.compound else part != base:
            yield differs(f"{where}.spans", walk.money(part), walk.money(base))


def _cells(walk: Walk, place: str, found: TaxFacts, side: Literal["goods", "freight", "fee"]) -> Iterator[Cell]:
    bases = {"goods": found.goods_of, "freight": found.freight_of, "fee": found.fee_of}[side]
    levy = Levy("", *(found.percent or (0, 1)), False, None, None)
    for line in walk.places(f"{place}.facts.{side}_of", list(bases)):
        millis = milli(walk.record.lines[line].quantity) if side == "goods" else 0
        left = _left(walk, found, line, side) if found.taken_out and side != "fee" else None
        yield Cell(line, side, (levy,), bases[walk.record.ids[line]], millis, left)


def _left(walk: Walk, found: TaxFacts, line: int, side: Literal["goods", "freight"]) -> int:
    """What a line pays for its goods, or for its freight, after points and what rows before took out of it."""
    left, stage = [walk.net[line], walk.freight[line]], GOODS_TAX if side == "goods" else FREIGHT_TAX
    for entry in walk.record.entries:
        if entry.stage == POINTS and line in entry.lines:
            off = -entry.shares[entry.lines.index(line)]
            both = said(entry.facts).get("covers_freight") is True
            left = [one - other for one, other in zip(left, share_out(off, left if both else [1, 0]), strict=True)]
        elif entry.stage in (GOODS_TAX, FREIGHT_TAX) and walk.shops[entry.lines[0]] == walk.shops[line]:
            if read_tax(said(entry.facts), walk.record.currency).percent == found.percent:
                break
            if entry.stage == stage and line in entry.lines:
                left[side != "goods"] += entry.shares[entry.lines.index(line)]
    return left[side != "goods"]


def tax_rows(record: Record, walk: Walk) -> Iterator[Problem]:
    """What the table of taxes says of each shop is what its lines pay, at the rates and of the bases facts state."""
    shops, found = {line.shop for line in record.lines}, dict[tuple[str, str], list[int]]()
    for entry in record.entries:
        if entry.stage in TAXES and entry.lines:
            found.setdefault((walk.shops[entry.lines[0]], entry.rule), []).append(entry.amount)
    stated: dict[tuple[str, str], int] = {}
    for at, row in enumerate(record.taxes):
        key, made = (row.shop, row.tax), walk.taxes.get((row.shop, row.tax), [])
        if row.shop not in shops:
            yield Problem(f"taxes[{at}].shop", "stored.shop", {"found": row.shop})
        elif row.amount and len(made) == len(found.get(key, ())):  # all have facts; what came to nothing has no entry
            yield from _row(walk, f"taxes[{at}]", row, made)
        stated[key] = stated.get(key, 0) + row.amount
    for shop, name in sorted({*stated, *found}):
        one, other = stated.get((shop, name), 0), sum(found.get((shop, name), ()))
        if one != other:
            yield differs("taxes", f"{shop} {name} {one}", f"{other}")


def _row(walk: Walk, place: str, row: TaxRow, found: Sequence[TaxFacts]) -> Iterator[Problem]:
    """One adjustment of this tax in this shop states this rate, base and amount, or may, where it leaves some out."""
    stated: tuple[tuple[str, str, Any, Callable[[Any], str]], ...] = (
        ("percent", "percent", (row.percent[0], 100 * row.percent[1]), _percent),
        ("base", "base", row.base, walk.money),
        ("amount", "tax", row.amount, walk.money),
    )
    for name, fact, is_so, shown in stated:
        left = [each for each in found if getattr(each, fact) in (None, is_so)]
        if found and not left:
            expected = dict.fromkeys(shown(getattr(each, fact)) for each in found)
            yield differs(f"{place}.{name}", shown(is_so), ", ".join(expected))
        found = left


def _percent(rate: tuple[int, int]) -> str:
    return percent_text(100 * rate[0], rate[1])
