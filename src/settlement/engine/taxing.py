"""The steps of tax: between points and the payment fee, and of that fee after it (docs/taxes.md)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from settlement.allocation import share_out
from settlement.engine.with_tax import exempt_of, taxed_shops
from settlement.receipts.columns import FEE_TAX, FREIGHT_TAX, GOODS_TAX, ON_FREIGHT, PAYMENT_FEE, STAGES
from settlement.receipts.facts import TaxLevied
from settlement.receipts.record import Entry, TaxRow
from settlement.taxes.levied import Cell, Levied, levied, taken_out
from settlement.taxes.rates import Bill, Levy, TaxTable

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case, Picks

__all__ = ["fee_tax", "goods_and_freight_tax"]


def goods_and_freight_tax(case: Case, ledger: Ledger, _picks: Picks) -> None:
    """8a · Tax on what points left of goods and freight, shop by shop."""
    if not case.rules.taxes:
        return
    left, bases = _bases(case, ledger)
    for shop, table in taxed_shops(case):
        places = case.basket.by_shop[shop]
        out = table.taxes.prices == "with"  # of who is exempt: out of what each line pays, so no freight is moved
        freight = bases.freight if out else _by_goods(case, table, shop, *bases)
        cells = _goods_cells(case, table, places, bases.goods, freight)
        cells += _freight_cells(case, table, places, freight)
        if out:
            cells = [cell._replace(left=getattr(left, cell.on)[cell.line]) for cell in cells]
        _levy(case, ledger, shop, table, cells)


def fee_tax(case: Case, ledger: Ledger, _picks: Picks) -> None:
    """9a · Tax on the payment fee, where the way to pay states a class; each shop's part at its own rates."""
    name, rules = case.asked.method, case.rules
    if not rules.taxes or name is None or (tax_class := rules.methods[name].tax_class) is None:
        return
    paid = [0] * len(ledger.net)
    for stage, _, _, lines, shares, _, _ in ledger.entries:
        if stage == PAYMENT_FEE:
            for line, share in zip(lines, shares, strict=True):
                paid[line] += share
    for shop, table in taxed_shops(case):
        bill = table.bill(tax_class, case.asked.region, case.asked.at)
        cells = [Cell(line, "fee", bill, paid[line]) for line in case.basket.by_shop[shop] if paid[line]]
        _levy(case, ledger, shop, table, cells)


class _Sides(NamedTuple):
    """Of each line, its goods and its freight."""

    goods: list[int]
    freight: list[int]


def _bases(case: Case, ledger: Ledger) -> tuple[_Sides, _Sides]:
    """What each line pays for goods and for freight, after points; and the same with what somebody reimburses of it."""
    goods = ledger.net[:]
    freight = [0] * len(goods) if ledger.freight is None else ledger.freight[:]
    left = _Sides(goods[:], freight[:])
    points = [0] * len(goods)
    for stage, rule, _, lines, shares, borne, _ in ledger.entries:
        if rule == "points" and ledger.points[1]:
            for line, share in zip(lines, shares, strict=True):
                points[line] -= share
        elif borne is not None and rule.partition("#")[0] in case.rules.reimbursed:
            column = freight if stage in _ON_FREIGHT else goods
            for line, share in zip(lines, borne, strict=True):
                column[line] -= share
    use = case.rules.points
    if use is not None and any(points):
        net = use.tax_base == "net"
        for line, off in enumerate(points):
            if off:
                by_goods, by_freight = _points_of(off, ledger, line) if use.covers_freight else (off, 0)
                for sides in (left, _Sides(goods, freight)) if net else (left,):
                    sides.goods[line] -= by_goods
                    sides.freight[line] -= by_freight
    return left, _Sides(goods, freight)


def _points_of(off: int, ledger: Ledger, line: int) -> Sequence[int]:
    """A line's points between its goods and its freight, as a refund has them (contract §8)."""
    return share_out(off, [ledger.net[line], 0 if ledger.freight is None else ledger.freight[line]])


def _goods_cells(
    case: Case, table: TaxTable, places: Sequence[int], goods: Sequence[int], freight: Sequence[int]
) -> list[Cell]:
    asked, millis, with_freight = case.asked, case.basket.millis, table.taxes.with_freight
    cells = []
    for line in places:
        if line in case.basket.money:
            continue
        beside = freight[line] if with_freight else 0
        unit = -(-(goods[line] + beside) * 1000 // millis[line])
        taxes = table.unit_taxes(case.tax_classes[line], asked.region, asked.at, unit)
        parts = taxes.cut(goods[line], millis[line], beside)
        for start, end, bill in parts:
            whole = goods[line] if len(parts) > 1 else None
            cells.append(Cell(line, "goods", bill, end - start, millis[line], None, start, whole))
    return cells


def _by_goods(case: Case, table: TaxTable, shop: str, goods: Sequence[int], freight: Sequence[int]) -> Sequence[int]:
    """A shop's freight as its tax sees it: what a parcel costs, shared by the net or the weight of the goods in it."""
    how = table.taxes.freight
    if case.shipment is None or how not in ("goods", "weight"):
        return freight
    moved = list(freight)
    weights, millis = case.basket.weights, case.basket.millis
    for group in case.basket.groups:
        if group.shop == shop:
            lines = group.lines
            by = [goods[line] if how == "goods" else (weights[line] or 0) * millis[line] for line in lines]
            if any(by):
                shares = share_out(sum([freight[line] for line in lines]), by)
                for line, share in zip(lines, shares, strict=True):
                    moved[line] = share
    return moved


def _freight_cells(case: Case, table: TaxTable, places: Sequence[int], freight: Sequence[int]) -> list[Cell]:
    asked, how = case.asked, table.taxes.freight
    if how == "none":
        return []
    cells = []
    for line in places:
        if freight[line]:
            tax_class = table.taxes.freight_class if how == "rate" else case.tax_classes[line]
            bill: Bill = table.bill(tax_class, asked.region, asked.at)
            cells.append(Cell(line, "freight", bill, freight[line]))
    return cells


def _levy(case: Case, ledger: Ledger, shop: str, table: TaxTable, cells: Sequence[Cell]) -> None:
    """Write the rows and entries of one shop, and add the taxes to what is due."""
    taxes, exempt = table.taxes, exempt_of(case, shop)
    rounded = table.rounded or case.rules.rounded
    if exempt is None and taxes.prices == "with":
        return
    if exempt is not None and taxes.prices == "with" and not exempt.keep:
        rows = taken_out(cells, taxes.per, rounded, exempt.reason, exempt.category)
    elif exempt is not None:
        reason = exempt.reason
        free = Levy("exempt", 0, 1, False, exempt.category, reason)
        bases = [cell.base for cell in cells]
        rows = [Levied(free, sum(bases), 0, cells, bases, [0] * len(bases))] if cells else []
    else:
        rows = levied(cells, table.order.__getitem__, taxes.per, rounded, together=taxes.together)
    for row in rows:
        levy = row.levy
        percent = Fraction(100 * levy.numerator, levy.denominator).as_integer_ratio()
        ledger.taxes.append(TaxRow(shop, levy.tax, percent, row.base, row.amount, levy.category, levy.reason))
        for on, stage in _STAGE_OF:
            _enter(ledger, shop, row, on, stage, taxes.per, case)


def _enter(ledger: Ledger, shop: str, row: Levied, on: str, stage: int, per: str, case: Case) -> None:
    found: dict[int, int] = {}
    for cell, share in zip(row.cells, row.shares, strict=True):
        if cell.on == on and share:
            found[cell.line] = found.get(cell.line, 0) + share
    if not found:
        return
    lines = tuple(sorted(found))
    shares = tuple([found[line] for line in lines])
    due = ledger.due = list(ledger.due)
    for line, share in found.items():
        due[line] += share
    facts = TaxLevied(shop, row, per, case.behind)
    ledger.entries.append(Entry(stage, row.levy.tax, sum(shares), lines, shares, None, facts))


_ON_FREIGHT = frozenset([STAGES.index(name) for name in ON_FREIGHT])
#: Of goods and freight first, as they stand in a row.
_STAGE_OF = (("goods", GOODS_TAX), ("freight", FREIGHT_TAX), ("fee", FEE_TAX))
