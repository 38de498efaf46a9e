"""The fold: columns, lines, shops and totals from the entries, and the check that nothing contradicts (contract §7).

The steps kept a running amount for every line. This second pass starts from goods and shares alone and recomputes
every column, line, shop and total; where the two disagree `InvariantBroken` is raised and nothing is returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from settlement.allocation import share_out
from settlement.breakdown import COLUMN_OF_STAGE, Record
from settlement.documents import instant_out
from settlement.errors import InvariantBroken
from settlement.ledger import FREIGHT, POINTS, STAGES, SURCHARGE, Entry

if TYPE_CHECKING:
    from settlement.case import Case
    from settlement.choice import Chosen

__all__ = ["blocked_record", "columns_of", "fold", "verify"]

_PAYABLE = 10


def columns_of(lists: Sequence[int], goods: Sequence[int], entries: Sequence[Entry]) -> list[list[int]]:
    """Per line: list, the nine columns, payable. Raises `InvariantBroken` where an entry is not its shares' sum."""
    rows = [
        [listed, amount, 0, 0, 0, 0, 0, 0, 0, 0, amount] for listed, amount in zip(lists, goods, strict=True)
    ]
    for stage, rule, amount, lines, shares, borne, _ in entries:
        column = COLUMN_OF_STAGE[stage] + 1
        total = 0
        for line, share in zip(lines, shares, strict=True):
            row = rows[line]
            row[column] += share
            row[_PAYABLE] += share
            total += share
        if total != amount:
            raise InvariantBroken(f"{STAGES[stage]} {rule!r}: its shares", total, amount)
        if borne is not None:
            _check_borne(stage, rule, shares, borne)
    return rows


def _check_borne(stage: int, rule: str, shares: Sequence[int], borne: Sequence[int]) -> None:
    for share, part in zip(shares, borne, strict=True):
        if not share <= part <= 0:
            raise InvariantBroken(f"{STAGES[stage]} {rule!r}: what the platform bears", share, part)


def verify(rows: Sequence[Sequence[int]], due: Sequence[int], goods_left: Sequence[int]) -> None:
    """Compare the second pass with what the steps kept, and refuse a line below zero."""
    for place, row in enumerate(rows):
        if row[_PAYABLE] != due[place]:
            raise InvariantBroken(f"line {place}: payable", row[_PAYABLE], due[place])
        if row[_PAYABLE] < 0:
            raise InvariantBroken(f"line {place}: payable below zero", 0, row[_PAYABLE])
        left = row[1] + row[2] + row[3]
        if left != goods_left[place] or left < 0:
            raise InvariantBroken(f"line {place}: goods less discounts", left, goods_left[place])
        if row[4] + row[5] + row[6] < 0:
            raise InvariantBroken(f"line {place}: freight below zero", 0, row[4] + row[5] + row[6])


def fold(case: Case, chosen: Chosen, version: str) -> Record:
    """The record of a settlement, checked."""
    basket, ledger = case.basket, chosen.ledger
    entries = ledger.entries
    rows = columns_of(basket.lists, basket.goods, entries)
    verify(rows, ledger.due, ledger.net)
    totals = [sum(column) for column in zip(*rows, strict=True)]
    if totals[_PAYABLE] != sum(ledger.due) or totals[_PAYABLE] != sum(totals[1:_PAYABLE]):
        raise InvariantBroken("payable", sum(totals[1:_PAYABLE]), sum(ledger.due))
    places = basket.places
    order = sorted(range(len(places)), key=places.__getitem__)
    shops: dict[str, list[int]] = {}
    for place in order:
        name, row = basket.shops[place], rows[place]
        shops[name] = [a + b for a, b in zip(shops[name], row, strict=True)] if name in shops else row
    if [sum(column) for column in zip(*shops.values(), strict=True)] != totals:
        raise InvariantBroken("the shops' columns", totals, list(shops.values()))
    parcels = _parcels(case, chosen)
    used = _points_by_line(ledger.points[0], rows)
    source = basket.source
    return Record(
        status="pending" if case.pending else "payable",
        currency=basket.currency,
        at=instant_out(case.checkout.at),
        rulebook=case.rules.book.id,
        version=version,
        ids=tuple(basket.ids),
        heads=tuple(
            [
                (
                    basket.ids[place],
                    basket.shops[place],
                    basket.skus[place],
                    basket.millis[place],
                    source[place].unit_price.minor,
                    source[place].commission_percent,
                    source[place].tax_percent,
                )
                for place in order
            ]
        ),
        amounts=tuple([tuple(rows[place]) for place in order]),
        points_used=tuple([used[place] for place in order]),
        shops=tuple([(name, tuple(row)) for name, row in shops.items()]),
        totals=tuple(totals),
        parcels=parcels,
        entries=entries,
        verdicts=_in_order(case, chosen),
        excluded=tuple([tuple(each) for each in case.excluded]),
        gifts=ledger.gifts,
        points=(ledger.points[0], _earned(case, totals), ledger.points[2]),
        optimal=chosen.optimal,
        bound=chosen.bound,
        remark=case.checkout.remark,
        invoice=case.checkout.invoice,
    )


def _parcels(case: Case, chosen: Chosen) -> tuple[tuple[str, str, str | None, str, int, int, int, bool], ...]:
    """What each parcel pays; their fees and surcharges are those of the entries."""
    if case.shipment is None:
        return ()
    made = []
    for parcel, charge in zip(case.shipment.parcels, chosen.ledger.parcels, strict=True):
        template = parcel.tariff.template.id
        zone = parcel.match.region
        row = (
            parcel.shop,
            template,
            parcel.warehouse,
            zone,
            parcel.units,
            charge.fee,
            charge.surcharge,
            charge.free,
        )
        made.append(row)
    for column, stage in ((5, FREIGHT), (6, SURCHARGE)):
        stated = sum(row[column] for row in made)
        entered = sum(entry[2] for entry in chosen.ledger.entries if entry[0] == stage)
        if stated != entered:
            raise InvariantBroken(f"{STAGES[stage]} of the parcels", entered, stated)
    return tuple(made)


def _points_by_line(used: int, rows: Sequence[Sequence[int]]) -> list[int]:
    """Each line's part of the points used, spread by its points column."""
    return share_out(used, [-row[7] for row in rows]) if used else [0] * len(rows)


def _earned(case: Case, totals: Sequence[int]) -> int:
    rule = case.rules.book.points
    if rule is None or rule.earn is None:
        return 0
    earn = rule.earn
    basis = totals[_PAYABLE] if earn.on == "payable" else totals[1] + totals[2] + totals[3] + totals[7]
    return max(0, basis // earn.per.minor) * earn.points


def _in_order(case: Case, chosen: Chosen) -> tuple[tuple[str, str | None, int | None, object], ...]:
    """Decisions in the contract's order: promotions and coupons by number, then unknown coupons, then points."""
    return chosen.ledger.verdicts


def blocked_record(case: Case, version: str) -> Record:
    """Nothing can be settled: who is excluded, and every coupon held is refused."""
    checkout = case.checkout
    zeros = (0,) * 11
    held = sorted(checkout.customer.coupons)
    return Record(
        status="blocked",
        currency=checkout.cart.currency,
        at=instant_out(checkout.at),
        rulebook=case.rules.book.id,
        version=version,
        ids=(),
        heads=(),
        amounts=(),
        points_used=(),
        shops=(),
        totals=zeros,
        parcels=(),
        entries=(),
        verdicts=tuple((name, "nothing_in_scope", None, None) for name in held),
        excluded=tuple([tuple(each) for each in case.excluded]),
        gifts=(),
        points=(0, 0, 0),
        optimal=True,
        bound=None,
        remark=checkout.remark,
        invoice=checkout.invoice,
    )
