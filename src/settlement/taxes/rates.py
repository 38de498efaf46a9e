"""A table of rates made ready to be looked up: which taxes hold for a class, a region, an instant and a price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Self, TypeAlias

from settlement.documents.region import RegionTable, path
from settlement.documents.scalars import rate
from settlement.money import ROUNDERS
from settlement.taxes.tables import Taxes, TaxRate

__all__ = ["Bill", "Levy", "TaxBand", "TaxTable", "UnitTaxes", "combined"]


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


class TaxBand(NamedTuple):
    """A part of a unit's price, from the band before it up to so many minor units (None: all the rest); its taxes."""

    bound: int | None
    bill: Bill


class UnitTaxes(NamedTuple):
    """The taxes of goods of which a unit costs so much: in the order of the table, and which part of it bears which."""

    levies: Bill
    bands: tuple[TaxBand, ...]

    @classmethod
    def whole(cls, bill: Bill) -> Self:
        """All of the price bears the same."""
        return cls(bill, (TaxBand(None, bill),))

    @classmethod
    def of(cls, levies: Bill, held: Sequence[Sequence[tuple[int | None, Levy]]]) -> Self:
        """Of each tax, up to which bound of the price which rate is taken; rates of one tax one behind the other.

        >>> low, high = Levy("tax", 0, 1, False, None, None), Levy("tax", 1, 10, False, None, None)
        >>> UnitTaxes.of((low, high), [[(11000, low), (None, high)]]).cut(30000, 2000)
        [(0, 22000, (Levy(tax='tax', numerator=0, ...),)), (22000, 30000, (Levy(tax='tax', numerator=1, ...),))]
        """
        spans: dict[Levy, list[tuple[int, int | None]]] = {}
        for each in held:
            start: int | None = 0
            for bound, levy in each:
                if start is not None:
                    spans.setdefault(levy, []).append((start, bound))
                start = bound
        return cls.spanning([(levy, spans[levy]) for levy in levies if levy in spans])

    @classmethod
    def spanning(cls, rates: Sequence[tuple[Levy, Sequence[tuple[int, int | None]]]]) -> Self:
        """Taxes in their order, each with what `spans` says of it."""
        edges = sorted({edge for _, spans in rates for span in spans for edge in span if edge})
        bands: list[TaxBand] = []
        for start, end in zip([0, *edges], [*edges, None], strict=True):
            bill = tuple([levy for levy, spans in rates if any(_lies(start, end, *span) for span in spans)])
            bands.append(TaxBand(end, bill))
        return cls(tuple([levy for levy, _ in rates]), tuple(bands))

    def spans(self, levy: Levy) -> list[tuple[int, int | None]]:
        """From where to where of a unit's price a tax is taken; None: all the rest."""
        found: list[tuple[int, int | None]] = []
        start = 0
        for bound, bill in self.bands:
            if levy in bill:
                begin = found.pop()[0] if found and found[-1][1] == start else start
                found.append((begin, bound))
            start = 0 if bound is None else bound
        return found

    def cut(self, amount: int, millis: int, beside: int = 0) -> list[tuple[int, int, Bill]]:
        """The parts of what so many thousandths of a unit cost, from where to where, each with its taxes.

        A bound times the quantity is rounded down to a minor unit. What counts `beside` the amount comes first.
        """
        parts: list[tuple[int, int, Bill]] = []
        start = 0
        for bound, bill in self.bands:
            end = amount if bound is None else min(amount, bound * millis // 1000 - beside)
            if end > start or (bound is None and not parts):
                parts.append((start, end, bill))
                start = end
        return parts


def _lies(start: int, end: int | None, low: int, high: int | None) -> bool:
    """Whether what lies from start to end is within low and high."""
    return low <= start and (high is None or (end is not None and end <= high))


class TaxTable:
    """The rates of one shop, indexed once per rulebook.

    >>> from datetime import UTC, datetime
    >>> rates = [TaxRate(region="CA", tax="GST", percent="5"), TaxRate(region="CA/QC", tax="QST", percent="9.975")]
    >>> table = TaxTable(Taxes(prices="without", rates=rates))
    >>> [levy.tax for levy in table.bill("standard", "CA/QC", datetime(2026, 1, 1, tzinfo=UTC))]
    ['GST', 'QST']
    >>> table.bill("standard", "US", datetime(2026, 1, 1, tzinfo=UTC))
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
        self._known: dict[tuple[object, ...], UnitTaxes] = {}
        #: Some row holds up to a price, or for a time: then a bill depends on these too.
        self.priced = any(row.max_unit_price is not None for row in taxes.rates)
        self._timed = any(row.valid_from is not None or row.valid_until is not None for row in taxes.rates)

    def bill(self, tax_class: str, region: str | None, at: datetime) -> Bill:
        """The taxes of what has no unit price, such as freight and fees; empty where no row holds."""
        return self.unit_taxes(tax_class, region, at, 0).levies

    def unit_taxes(self, tax_class: str, region: str | None, at: datetime, unit: int) -> UnitTaxes:
        """The taxes of goods of which a unit costs so many minor units, rounded up."""
        key = (tax_class, region, at if self._timed else None, unit if self.priced else None)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            held = [_held(table, region or "*", at, unit) for table in self._rows.get(tax_class, {}).values()]
            found = self._known[key] = UnitTaxes.of(tuple(self.order), held)
        return found


#: Bills that are kept.
_REMEMBERED = 4096


def _held(table: RegionTable[list[TaxRate]], region: str, at: datetime, unit: int) -> list[tuple[int | None, Levy]]:
    """The nearest row that holds, behind those that hold for the price up to a bound and leave the excess to it."""
    held: list[tuple[int | None, Levy]] = []
    taken = 0
    for _, rows in table.matches(region):
        for row in rows:
            if row.valid_from is not None and at < row.valid_from:
                continue
            if row.valid_until is not None and at >= row.valid_until:
                continue
            if row.max_unit_price is None or unit <= row.max_unit_price.minor:
                held.append((None, Levy.of(row)))
                return held
            if row.over == "excess" and row.max_unit_price.minor > taken:
                taken = row.max_unit_price.minor
                held.append((taken, Levy.of(row)))
    return held


def combined(bill: Sequence[Levy]) -> tuple[int, int]:
    """What all taxes of a bill come to together, as a ratio of the price without them."""
    numerator, denominator = 0, 1
    for levy in bill:
        taken, of = levy.numerator, levy.denominator
        if levy.compound:  # of the price and of the taxes before
            taken, of = taken * (denominator + numerator), of * denominator
        numerator, denominator = numerator * of + taken * denominator, denominator * of
    return numerator, denominator
