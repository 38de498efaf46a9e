"""Which shops state taxes, who is exempt, and amounts with tax, as some thresholds are meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from settlement.taxes.levied import Cell, levied
from settlement.taxes.rates import Bill, TaxTable

if TYPE_CHECKING:
    from settlement.cart.customer import TaxExemption
    from settlement.engine.question import Case

__all__ = ["WithTax", "exempt_of", "taxed_shops"]


def taxed_shops(case: Case) -> Iterator[tuple[str, TaxTable]]:
    """The shops that a table is for, in the order of the cart."""
    for shop, _ in case.basket.shop_picks:
        table = case.rules.tax_table(shop)
        if table is not None:
            yield shop, table


def exempt_of(case: Case, shop: str) -> TaxExemption | None:
    exempt = case.asked.customer.tax_exempt
    return exempt if exempt is not None and (exempt.shops is None or shop in exempt.shops) else None


class WithTax(Sequence[int]):
    """Amounts of lines with the tax of each, rounded line by line; worked out when asked, from what the amounts are then."""

    def __init__(self, case: Case, amounts: Sequence[int]) -> None:
        self.case, self.amounts = case, amounts
        self.tables: dict[int, TaxTable] = {}
        for shop, table in taxed_shops(case):
            if table.taxes.prices == "without" and exempt_of(case, shop) is None:
                self.tables.update(dict.fromkeys(case.basket.by_shop[shop], table))

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
        if table is None or line in self.case.basket.money:
            return amount
        asked, millis = self.case.asked, self.case.basket.millis[line]
        bill: Bill = table.bill(self.case.tax_classes[line], asked.region, asked.at, -(-amount * 1000 // millis))
        cell = Cell(line, "goods", bill, amount, millis)
        rows = levied([cell], table.order.__getitem__, "line", table.rounded or self.case.rules.rounded)
        return amount + sum([row.amount for row in rows])
