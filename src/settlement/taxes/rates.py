"""A table of rates made ready to be looked up: which taxes hold for a class, a region, an instant and a price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from settlement.documents.region import RegionTable, path
from settlement.documents.scalars import rate
from settlement.money import ROUNDERS
from settlement.taxes.tables import Taxes, TaxRate

__all__ = ["Bill", "Levy", "TaxTable", "combined"]


class Levy(NamedTuple):
    """One tax at one rate, however many rows of the table say so: on an invoice they are one row."""

    tax: str
    #: Percent as an exact ratio.
    numerator: int
    denominator: int
    compound: bool
    category: str | None
    reason: str | None

    @classmethod
    def of(cls, row: TaxRate) -> Levy:
        """What a row of a table says, without where and when it holds."""
        return cls(row.tax, *rate(row.percent), row.compound, row.category, row.reason)


#: The taxes of one thing, in the table's order.
Bill: TypeAlias = tuple[Levy, ...]


class TaxTable:
    """The rates of one shop, indexed once per rulebook.

    >>> from datetime import UTC, datetime
    >>> rates = [TaxRate(region="CA", tax="GST", percent="5"), TaxRate(region="CA/QC", tax="QST", percent="9.975")]
    >>> table = TaxTable(Taxes(prices="without", rates=rates))
    >>> [levy.tax for levy in table.bill("standard", "CA/QC", datetime(2026, 1, 1, tzinfo=UTC), 100)]
    ['GST', 'QST']
    >>> table.bill("standard", "US", datetime(2026, 1, 1, tzinfo=UTC), 100)
    ()
    """

    def __init__(self, taxes: Taxes) -> None:
        self.taxes = taxes
        self.rounded: Callable[[int, int], int] | None = None if taxes.rounding is None else ROUNDERS[taxes.rounding]
        #: Class -> tax -> rows by region, each tax and each region in the order of the table.
        self._rows: dict[str, dict[str, RegionTable[list[TaxRate]]]] = {}
        grouped: dict[str, dict[str, dict[str, tuple[str, list[TaxRate]]]]] = {}
        for row in taxes.rates:
            by_region = grouped.setdefault(row.tax_class, {}).setdefault(row.tax, {})
            by_region.setdefault(path(row.region)[-1], (row.region, []))[1].append(row)
        for name, by_tax in grouped.items():
            self._rows[name] = {tax: RegionTable(regions.values()) for tax, regions in by_tax.items()}
        #: In which order taxes stand on an invoice, and which are taken of those before.
        self.order: dict[Levy, int] = {}
        for row in taxes.rates:
            self.order.setdefault(Levy.of(row), len(self.order))
        #: Whether the address changes anything.
        self.by_region = any(path(row.region)[-1] != "*" for row in taxes.rates)
        self._known: dict[tuple[object, ...], Bill] = {}
        #: Some row holds up to a price, or for a time: then a bill depends on these too.
        self.priced = any(row.max_unit_price is not None for row in taxes.rates)
        self._timed = any(row.valid_from is not None or row.valid_until is not None for row in taxes.rates)

    def bill(self, tax_class: str, region: str | None, at: datetime, unit: int) -> Bill:
        """The taxes that hold; empty where no row does. `unit` is what a unit costs, in minor units, rounded up."""
        key = (tax_class, region, at if self._timed else None, unit if self.priced else None)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            made = [
                row
                for table in self._rows.get(tax_class, {}).values()
                if (row := _first(table, region or "*", at, unit)) is not None
            ]
            found = self._known[key] = tuple(sorted(map(Levy.of, made), key=self.order.__getitem__))
        return found


#: Bills that are kept.
_REMEMBERED = 4096


def _first(table: RegionTable[list[TaxRate]], region: str, at: datetime, unit: int) -> TaxRate | None:
    """The nearest row that holds."""
    for _, rows in table.matches(region):
        for row in rows:
            if row.valid_from is not None and at < row.valid_from:
                continue
            if row.valid_until is not None and at >= row.valid_until:
                continue
            if row.max_unit_price is not None and unit > row.max_unit_price.minor:
                continue
            return row
    return None


def combined(bill: Sequence[Levy]) -> tuple[int, int]:
    """What all taxes of a bill come to together, as a ratio of the price without them."""
    numerator, denominator = 0, 1
    for levy in bill:
        taken, of = levy.numerator, levy.denominator
        if levy.compound:  # of the price and of the taxes before
            taken, of = taken * (denominator + numerator), of * denominator
        numerator, denominator = numerator * of + taken * denominator, denominator * of
    return numerator, denominator
