"""The fold: columns, lines, shops and totals from the entries, and the check that nothing contradicts (contract §7).

The steps kept running amounts for every line. This second pass starts from goods and shares alone and recomputes
every column, line, shop and total; where the two disagree `InvariantBroken` is raised and nothing is returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add, lt
from typing import TYPE_CHECKING, Any

from settlement.breakdown import COLUMNS, Record
from settlement.errors import InvariantBroken
from settlement.ledger import POINTS, STAGES, Charge, Entry
from settlement.tenders import use_tenders

if TYPE_CHECKING:
    from settlement.basket import Basket
    from settlement.case import Case
    from settlement.ledger import Ledger

__all__ = ["blocked_record", "check", "fold"]

#: The column of a record that a stage belongs to; 0 is list, 1 goods, 10 payable.
COLUMN_OF_STAGE = (2, 2, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9)


def folded(entries: Sequence[Entry], every: tuple[int, ...], zeros: tuple[int, ...]) -> list[Sequence[int]]:
    """The columns from the shares alone, by their place in a record. An entry is its shares' sum.

    `every` are the places of all lines, `zeros` a column in which there is nothing.
    """
    columns: list[Any] = [zeros] * 11
    for stage, rule, amount, lines, shares, borne, _ in entries:
        if sum(shares) != amount or type(amount) is not int or len(shares) != len(lines):
            raise InvariantBroken(f"{STAGES[stage]} {rule!r}: its shares", sum(shares), amount)
        if borne is not None and borne is not shares:
            for share, part in zip(shares, borne, strict=True):
                if not share <= part <= 0:
                    raise InvariantBroken(f"{STAGES[stage]} {rule!r}: what the platform bears", share, part)
        place = COLUMN_OF_STAGE[stage]
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
    return not lines or (lines[0] >= 0 and lines[-1] < count and all(map(lt, lines, lines[1:])))


def _differ(what: str, ids: Sequence[str], found: Sequence[int], kept: Sequence[int]) -> InvariantBroken:
    """The first line where what the steps kept is not what the second pass finds, or that is below zero."""
    for name, one, other in zip(ids, found, kept, strict=True):
        if one != other:
            return InvariantBroken(f"line {name!r}: {what}", one, other)
    return InvariantBroken(f"{what}: a line below zero", 0, min(found))


def _by_shop(
    basket: Basket, columns: Sequence[Sequence[int]], totals: Sequence[int]
) -> list[tuple[str, Sequence[int]]]:
    """Each shop's columns, in the order of the cart; together they are the totals."""
    zeros, picks = basket.zeros, basket.shop_picks
    nothing = (0,) * len(picks)
    by_column = [nothing if column is zeros else [sum(pick(column)) for _, pick in picks] for column in columns]
    if list(map(sum, by_column)) != totals:
        raise InvariantBroken("the shops' columns", totals, list(map(sum, by_column)))
    return list(zip([shop for shop, _ in picks], zip(*by_column)))


def fold(case: Case, ledger: Ledger, version: str) -> Record:
    """The record of a settlement, checked: by line after discounts, after freight and at the end, by shop, in all."""
    basket, asked, goods = case.basket, case.asked, case.goods
    ids, shops = basket.ids, basket.shop_picks
    zeros = basket.zeros
    columns = folded(ledger.entries, basket.every, zeros)
    _, _, promotions, coupons, freight, surcharges, offers, points, fee, rounding, _ = columns
    net: Sequence[int] = goods if promotions is zeros else list(map(add, goods, promotions))
    if coupons is not zeros:
        net = list(map(add, net, coupons))
    if net != ledger.net or min(net) < 0:
        raise _differ("goods less discounts", ids, net, ledger.net)
    if surcharges is not zeros:
        freight = list(map(add, freight, surcharges))
    if offers is not zeros:
        freight = list(map(add, freight, offers))
    if list(freight) != (ledger.freight or list(zeros)) or min(freight) < 0:
        raise _differ("freight", ids, freight, ledger.freight or zeros)
    due = list(map(add, net, freight))
    for column in (points, fee, rounding):
        if column is not zeros:
            due = list(map(add, due, column))
    if due != ledger.due or min(due) < 0:
        raise _differ("payable", ids, due, ledger.due)
    columns[0], columns[1], columns[10] = case.lists, goods, due
    totals = list(map(sum, columns))
    if totals[10] != sum(totals[1:10]) or totals[7] != -ledger.points[1]:
        raise InvariantBroken("the totals", sum(totals[1:10]), totals[10])
    used, _, usable = ledger.points
    return Record(
        "pending" if case.pending else "payable",
        basket.currency,
        asked.at,
        case.rules.id,
        version,
        basket.source,
        ids,
        basket.order,
        columns,
        totals,
        [(shops[0][0], totals)] if len(shops) == 1 else _by_shop(basket, columns, totals),
        _charges(ledger.charges, totals, 0 if case.shipment is None else len(case.shipment.parcels)),
        ledger.entries,
        ledger.verdicts,
        case.excluded,
        ledger.gifts,
        (used, _earned(case, totals) if case.rules.earns else 0, usable),
        ledger.bound is None,
        ledger.bound,
        asked.remark,
        asked.invoice,
        case.sourcing,
        use_tenders(asked.tenders, totals[10]) if asked.tenders else (),
    )


def _charges(charges: Sequence[Charge], totals: Sequence[int], parcels: int) -> Sequence[Charge]:
    """What each parcel pays; their fees and surcharges are the columns'."""
    if len(charges) != parcels:
        raise InvariantBroken("the parcels", parcels, len(charges))
    fees, surcharges = sum([each.fee for each in charges]), sum([each.surcharge for each in charges])
    if fees != totals[4] or surcharges != totals[5]:
        raise InvariantBroken("fees and surcharges of the parcels", (totals[4], totals[5]), (fees, surcharges))
    return charges


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
    inner = folded(record.entries, tuple(range(len(goods))), (0,) * len(goods))[2:10]
    columns = [record.columns[0], goods, *inner, [sum(row) for row in zip(goods, *inner, strict=True)]]
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
    _charges(record.parcels, record.totals, len(record.parcels))
    if sum([payment.amount for payment in record.tenders]) > record.totals[10]:
        raise InvariantBroken("tenders", f"at most {record.totals[10]}", sum(each.amount for each in record.tenders))
    for each, amount in zip(record.lines, goods, strict=True):
        if type(each.quantity) is int and each.unit_price.minor * each.quantity != amount:
            raise InvariantBroken(f"line {each.id!r}: goods", each.unit_price.minor * each.quantity, amount)
    if record.status == "blocked" and record.lines:
        raise InvariantBroken("a blocked settlement", "no lines", len(record.lines))
    if record.points[0] > record.points[2]:
        raise InvariantBroken("points used", f"at most {record.points[2]}", record.points[0])
    if any(amount < 0 for amount in columns[10]):
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
        verdicts=[(name, "nothing_in_scope", None, None) for name in sorted(case.asked.held)],
        excluded=case.excluded,
        remark=checkout.remark,
        invoice=checkout.invoice,
    )
