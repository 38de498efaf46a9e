"""Which shops state taxes, who is exempt, and amounts with tax, as some thresholds are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, overload

from settlement.taxes.levied import LineTaxes
from settlement.taxes.rates import TaxTable, UnitTaxes, combined

if TYPE_CHECKING:
    from settlement.cart.customer import TaxExemption
    from settlement.engine.question import Case

__all__ = ["WithTax", "exempt_of", "least_tax", "line_taxes", "taxed_shops"]


def taxed_shops(case: Case) -> Iterator[tuple[str, TaxTable]]:
    """The shops that a table is for, in the order of the cart."""
    for shop, _ in case.basket.shop_picks:
        table = case.rules.tax_table(shop)
        if table is not None:
            yield shop, table


def exempt_of(case: Case, shop: str) -> TaxExemption | None:
    """Why the buyer pays this shop no tax; None where they do."""
    exempt = case.asked.customer.tax_exempt
    return exempt if exempt is not None and (exempt.shops is None or shop in exempt.shops) else None


class WithTax(Sequence[int]):
    """Amounts of lines with the tax of each, rounded line by line; worked out from what they are when asked."""

    def __init__(self, case: Case, amounts: Sequence[int], millis: Sequence[int] | None = None) -> None:
        """`millis` are what the amounts are of, where it is not all of each line."""
        self.case, self.amounts, self.millis = case, amounts, case.basket.millis if millis is None else millis
        self.tables = dict(_tables(case))

    def __len__(self) -> int:
        return len(self.amounts)

    @overload
    def __getitem__(self, line: int) -> int: ...
    @overload
    def __getitem__(self, line: slice) -> Sequence[int]: ...
    def __getitem__(self, line: int | slice) -> int | Sequence[int]:
        if isinstance(line, slice):
            return [self[place] for place in range(*line.indices(len(self)))]
        amount, table = self.amounts[line], self.tables.get(line)
        if table is None or not amount:
            return amount
        millis = self.millis[line]
        return amount + _taxes(self.case, line, table, -(-amount * 1000 // millis)).of(amount, millis)


def _tables(case: Case) -> Iterator[tuple[int, TaxTable]]:
    """The lines to whose price tax is added, with the table of each."""
    for shop, table in taxed_shops(case):
        if table.taxes.prices == "without" and exempt_of(case, shop) is None:
            yield from [(line, table) for line in case.basket.by_shop[shop] if line not in case.basket.money]


def _taxes(case: Case, line: int, table: TaxTable, unit: int) -> LineTaxes:
    """What is added to a line whose units cost so much."""
    taxes = table.unit_taxes(case.tax_classes[line], case.asked.region, case.asked.at, unit)
    return LineTaxes(taxes, table.taxes.rounding or case.rules.policy.rounding, table.taxes.together)


def line_taxes(case: Case) -> Mapping[int, LineTaxes]:
    """What thresholds with tax add to each line, whatever a unit of it costs."""
    return {line: _at_any_price(case, line, table) for line, table in _tables(case)}


def _at_any_price(case: Case, line: int, table: TaxTable) -> LineTaxes:
    limits = sorted({row.max_unit_price.minor for row in table.taxes.rates if row.max_unit_price is not None})
    found = _taxes(case, line, table, limits[-1] + 1 if limits else 0)
    cheaper: list[tuple[int, UnitTaxes]] = []
    above = found.taxes
    for limit in reversed(limits):
        taxes = _taxes(case, line, table, limit).taxes
        if taxes != above:
            cheaper.append((limit, taxes))
        above = taxes
    return found._replace(cheaper=tuple(reversed(cheaper)))


def least_tax(case: Case, fee_class: str | None = None) -> tuple[tuple[int, int], int]:
    """What tax comes to at least on goods, freight and a fee of that class: a ratio of them, and what rounding loses.

    The ratio is below 0 where tax is taken out of prices. The search for the best coupons cuts by it.
    """
    asked, millis = case.asked, case.basket.millis
    ratios, slack = [Fraction(0)] if case.basket.money else [], 1
    tables = dict(taxed_shops(case))
    for shop, places in case.basket.by_shop.items():
        table, exempt = tables.get(shop), exempt_of(case, shop)
        if table is None or (exempt is not None and (table.taxes.prices == "without" or exempt.keep)):
            ratios.append(Fraction(0))
            continue
        if table.taxes.prices == "with" and exempt is None:
            ratios.append(Fraction(0))
            continue
        taxes = table.taxes
        classes = {case.tax_classes[line] for line in places}
        if taxes.freight == "rate":
            classes.add(taxes.freight_class)
        if fee_class is not None:
            classes.add(fee_class)
        bills = [table.bill(name, asked.region, asked.at) for name in sorted(classes)]
        found = [Fraction(*combined(bill)) for bill in bills]
        if taxes.prices == "with":
            found = [-each / (1 + each) for each in found]
            if table.priced:
                found.append(Fraction(-1))
        elif table.priced or taxes.freight == "none":
            found.append(Fraction(0))
        ratios += found
        units = sum([-(-millis[line] // 1000) for line in places]) if taxes.per == "unit" else len(places)
        roundings = (len(table.order) + 1) * (2 + (0 if taxes.per == "rate" else units))
        slack += roundings if fee_class is None else 2 * roundings
    return min(ratios, default=Fraction(0)).as_integer_ratio(), slack
