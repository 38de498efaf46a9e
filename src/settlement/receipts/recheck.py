"""The second pass: every column, line, shop and total once more, from goods and shares alone (contract §7)."""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import Any

from settlement.errors import InvariantBroken
from settlement.freight.charge import Charge
from settlement.receipts.columns import PLACE_OF_STAGE, PLACES, POINTS, ROW, STAGES
from settlement.receipts.record import Entry, Record

__all__ = ["charges_of", "check", "folded"]


def folded(entries: Sequence[Entry], every: tuple[int, ...], zeros: tuple[int, ...]) -> list[Sequence[int]]:
    """The columns from the shares alone, by their place in a record. An entry is its shares' sum.

    `every` are the places of all lines, `zeros` a column in which there is nothing.
    """
    columns: list[Any] = [zeros] * len(ROW)
    for stage, rule, amount, lines, shares, borne, _ in entries:
        if sum(shares) != amount or type(amount) is not int or len(shares) != len(lines):
            raise InvariantBroken(f"{STAGES[stage]} {rule!r}: its shares", sum(shares), amount)
        if borne is not None and borne is not shares:
            for share, part in zip(shares, borne, strict=True):
                if not share <= part <= 0:
                    raise InvariantBroken(f"{STAGES[stage]} {rule!r}: what the platform bears", share, part)
        place = PLACE_OF_STAGE[stage]
        column = columns[place]
        if lines == every:
            columns[place] = shares if column is zeros else list(map(add, column, shares))
            continue
        if not _apart(lines, len(every)):
            expected = f"places below {len(every)}, ascending"
            raise InvariantBroken(f"{STAGES[stage]} {rule!r}: its lines", expected, lines)
        if type(column) is tuple:  # no entry's yet, or an entry's own shares
            column = columns[place] = list(column)
        for line, share in zip(lines, shares):
            column[line] += share
    return columns


def _apart(lines: Sequence[int], count: int) -> bool:
    """Whether an entry's lines are there, in their order, and each once: else its shares could be read in two ways."""
    before = -1
    for line in lines:
        if line <= before:
            return False
        before = line
    return before < count


def charges_of(charges: Sequence[Charge], totals: Sequence[int], parcels: int) -> Sequence[Charge]:
    """What each parcel pays; their fees and surcharges are the columns'."""
    if len(charges) != parcels:
        raise InvariantBroken("the parcels", parcels, len(charges))
    fees = surcharges = 0
    for each in charges:
        fees += each.fee
        surcharges += each.surcharge
    stated = (totals[PLACES["freight"]], totals[PLACES["surcharges"]])
    if stated != (fees, surcharges):
        raise InvariantBroken("fees and surcharges of the parcels", stated, (fees, surcharges))
    return charges


def check(record: Record) -> None:
    """Recompute a record that was read back: every column, line, shop and total, from goods and shares alone."""
    goods = record.columns[1]
    inner = folded(record.entries, tuple(range(len(goods))), (0,) * len(goods))[2:-1]
    columns = [record.columns[0], goods, *inner, [sum(row) for row in zip(goods, *inner, strict=True)]]
    for name, found, column in zip(ROW, columns, record.columns, strict=True):
        for line, one, other in zip(record.ids, found, column, strict=True):
            if one != other:
                raise InvariantBroken(f"line {line!r}: {name}", one, other)
    if [sum(column) for column in columns] != list(record.totals):
        raise InvariantBroken("the totals", [sum(column) for column in columns], list(record.totals))
    shops = {line.shop: None for line in record.lines}
    if sorted(shops) != sorted(name for name, _ in record.shops):
        raise InvariantBroken("the shops", sorted(shops), [name for name, _ in record.shops])
    for name, stated in record.shops:
        places = [place for place, line in enumerate(record.lines) if line.shop == name]
        summed = [sum(column[place] for place in places) for column in columns]
        if summed != list(stated):
            raise InvariantBroken(f"shop {name!r}", summed, list(stated))
    charges_of(record.parcels, record.totals, len(record.parcels))
    if sum([payment.amount for payment in record.tenders]) > record.totals[-1]:
        raise InvariantBroken("tenders", f"at most {record.totals[-1]}", sum(each.amount for each in record.tenders))
    if record.status == "blocked" and record.lines:
        raise InvariantBroken("a blocked settlement", "no lines", len(record.lines))
    if record.points[0] > record.points[2]:
        raise InvariantBroken("points used", f"at most {record.points[2]}", record.points[0])
    if any(amount < 0 for amount in columns[-1]):
        raise InvariantBroken("a line below zero", 0, min(columns[-1]))
    if bool(record.points[0]) != any(entry.stage == POINTS for entry in record.entries):
        raise InvariantBroken("points used", record.points[0], "no entry of points")
