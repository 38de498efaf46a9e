"""The fold: columns, lines, shops and totals from the entries, and the check that nothing contradicts (contract §7).

The steps kept running amounts for every line. This second pass starts from goods and shares alone and recomputes
every column, line, shop and total; where the two disagree `InvariantBroken` is raised and nothing is returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from settlement.breakdown import COLUMNS, ParcelRow, Record
from settlement.errors import InvariantBroken
from settlement.ledger import POINTS, STAGES, Entry
from settlement.tenders import use_tenders

if TYPE_CHECKING:
    from settlement.case import Case
    from settlement.choice import Chosen
    from settlement.ledger import Ledger

__all__ = ["blocked_record", "check", "fold"]

#: The column of a record that a stage belongs to; 0 is list, 1 goods, 10 payable.
COLUMN_OF_STAGE = (2, 2, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9)


def folded(goods: Sequence[int], entries: Sequence[Entry]) -> list[list[int] | None]:
    """The columns of a record from the shares alone, None where nothing was entered. An entry is its shares' sum."""
    count = len(goods)
    columns: list[list[int] | None] = [None] * 11
    for stage, rule, amount, lines, shares, borne, _ in entries:
        total = sum(shares)
        if total != amount or type(total) is not int:
            raise InvariantBroken(f"{STAGES[stage]} {rule!r}: its shares", total, amount)
        if borne is not None and borne is not shares:
            for share, part in zip(shares, borne, strict=True):
                if not share <= part <= 0:
                    raise InvariantBroken(f"{STAGES[stage]} {rule!r}: what the platform bears", share, part)
        place = COLUMN_OF_STAGE[stage]
        column = columns[place]
        if column is None:
            if len(lines) == count:
                columns[place] = list(shares)
                continue
            column = columns[place] = [0] * count
        for line, share in zip(lines, shares, strict=True):
            column[line] += share
    return columns


def _added(amounts: Sequence[int], columns: Sequence[list[int] | None]) -> Sequence[int]:
    for column in columns:
        if column is not None:
            amounts = [amount + share for amount, share in zip(amounts, column, strict=True)]
    return amounts


def _same(what: str, ids: Sequence[str], found: Sequence[int], kept: Sequence[int]) -> None:
    """What the steps kept for each line is what the second pass finds, and nothing is below zero."""
    if found != kept:
        place = next(place for place, amount in enumerate(kept) if found[place] != amount)
        raise InvariantBroken(f"line {ids[place]!r}: {what}", found[place], kept[place])
    if min(found) < 0:
        raise InvariantBroken(f"{what}: a line below zero", 0, min(found))


def _payable(case: Case, ledger: Ledger, columns: Sequence[list[int] | None]) -> Sequence[int]:
    """Every line's payable, recomputed and compared on the way: after discounts, after freight, at the end."""
    ids = case.basket.ids
    amounts = _added(case.goods, columns[2:4])
    _same("goods less discounts", ids, amounts, ledger.net)
    if ledger.freight is not None:
        freight = _added(case.basket.zeros, columns[4:7])
        _same("freight", ids, list(freight), ledger.freight)
    payable = _added(amounts, columns[4:10])
    _same("payable", ids, payable, ledger.due)
    return payable


def _by_shop(case: Case, columns: Sequence[Sequence[int]], totals: Sequence[int]) -> list[tuple[str, Sequence[int]]]:
    """Each shop's columns, in the order of the cart; together they are the totals."""
    shops = case.basket.by_shop
    if len(shops) == 1:
        return [(name, totals) for name in shops]
    first: dict[str, None] = {}
    for place in case.basket.order:
        first.setdefault(case.basket.shops[place], None)
    zeros = case.basket.zeros
    made: list[tuple[str, Sequence[int]]] = []
    for name in first:
        places = shops[name]
        made.append(
            (
                name,
                [
                    0 if c is zeros or not t else sum([c[at] for at in places])
                    for c, t in zip(columns, totals, strict=True)
                ],
            )
        )
    summed = [sum(row) for row in zip(*[row for _, row in made], strict=True)]
    if summed != list(totals):
        raise InvariantBroken("the shops' columns", totals, summed)
    return made


def fold(case: Case, chosen: Chosen, version: str) -> Record:
    """The record of a settlement, checked."""
    basket, ledger, checkout = case.basket, chosen.ledger, case.checkout
    entered = folded(case.goods, ledger.entries)
    payable = _payable(case, ledger, entered)
    zeros = basket.zeros
    inner = [zeros if column is None else column for column in entered[2:10]]
    columns: list[Sequence[int]] = [case.lists, case.goods, *inner, payable]
    totals = [0 if column is zeros else sum(column) for column in columns]
    if totals[10] != sum(totals[1:10]) or totals[7] != -ledger.points[1]:
        raise InvariantBroken("the totals", sum(totals[1:10]), totals[10])
    return Record(
        "pending" if case.pending else "payable",
        basket.currency,
        checkout.at,
        case.rules.book.id,
        version,
        basket.source,
        basket.ids,
        basket.order,
        columns,
        totals,
        _by_shop(case, columns, totals),
        _parcels(case, ledger, totals),
        ledger.entries,
        ledger.verdicts,
        case.excluded,
        ledger.gifts,
        (ledger.points[0], _earned(case, totals), ledger.points[2]),
        chosen.optimal,
        chosen.bound,
        checkout.remark,
        checkout.invoice,
        case.sourcing,
        use_tenders(checkout.tenders, totals[10]) if checkout.tenders else (),
    )


def _parcels(case: Case, ledger: Ledger, totals: Sequence[int]) -> list[ParcelRow]:
    """What each parcel pays; their fees and surcharges are the columns'."""
    if case.shipment is None:
        return []
    made: list[ParcelRow] = []
    fees = surcharges = 0
    for parcel, (fee, surcharge, free) in zip(case.shipment.parcels, ledger.charges, strict=True):
        zone, template = parcel.match.region or "", parcel.tariff.template.id
        row = (parcel.shop, template, parcel.warehouse, zone, parcel.units, fee, surcharge, free, parcel.count)
        made.append(row)
        fees += fee
        surcharges += surcharge
    if fees != totals[4] or surcharges != totals[5]:
        raise InvariantBroken("fees and surcharges of the parcels", (totals[4], totals[5]), (fees, surcharges))
    return made


def _earned(case: Case, totals: Sequence[int]) -> int:
    rule = case.rules.book.points
    if rule is None or rule.earn is None:
        return 0
    earn = rule.earn
    basis = totals[10] if earn.on == "payable" else totals[1] + totals[2] + totals[3] + totals[7]
    return earn.earned(basis, case.checkout.at)


def check(record: Record) -> None:
    """Recompute a record that was read back: every column, line, shop and total, from goods and shares alone."""
    goods = record.columns[1]
    entered = folded(goods, record.entries)
    zeros = (0,) * len(goods)
    inner = [zeros if column is None else column for column in entered[2:10]]
    columns = [record.columns[0], goods, *inner, _added(goods, entered[2:10])]
    names = ("list", *COLUMNS, "payable")
    for name, found, column in zip(names, columns, record.columns, strict=True):
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
    fees, surcharges = sum([row[5] for row in record.parcels]), sum([row[6] for row in record.parcels])
    if (fees, surcharges) != (record.totals[4], record.totals[5]):
        raise InvariantBroken("fees and surcharges of the parcels", record.totals[4:6], (fees, surcharges))
    if sum([payment.amount for payment in record.tenders]) > record.totals[10]:
        raise InvariantBroken("tenders", f"at most {record.totals[10]}", sum(each.amount for each in record.tenders))
    for each, amount in zip(record.lines, goods, strict=True):
        if type(each.quantity) is int and each.unit_price.minor * each.quantity != amount:
            raise InvariantBroken(f"line {each.id!r}: goods", each.unit_price.minor * each.quantity, amount)
    if record.status == "blocked" and record.lines:
        raise InvariantBroken("a blocked settlement", "no lines", len(record.lines))
    if record.points[0] > record.points[2]:
        raise InvariantBroken("points used", f"at most {record.points[2]}", record.points[0])
    if record.totals[10] < 0 or any(amount < 0 for amount in columns[10]):
        raise InvariantBroken("a line below zero", 0, min(columns[10]))
    if bool(record.points[0]) != any(entry[0] == POINTS for entry in record.entries):
        raise InvariantBroken("points used", record.points[0], "no entry of points")


def blocked_record(case: Case, version: str) -> Record:
    """Nothing can be settled: who is excluded, and every coupon held is refused."""
    checkout = case.checkout
    return Record(
        "blocked",
        checkout.cart.currency,
        checkout.at,
        case.rules.book.id,
        version,
        verdicts=[(name, "nothing_in_scope", None, None) for name in sorted(case.held)],
        excluded=case.excluded,
        remark=checkout.remark,
        invoice=checkout.invoice,
    )
