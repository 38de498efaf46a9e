"""Fees at a glance: what a template charges for some numbers of units in some regions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from settlement.documents.problems import expect, expect_all
from settlement.freight.fees import fee_of
from settlement.freight.surcharges.fence import stated
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.freight.tariff import Tariff
from settlement.freight.templates import FreightTemplate
from settlement.money import Money

__all__ = ["FreightRow", "FreightTable", "freight_table"]

#: What one unit of a column is, in the template's measure: a piece, a kilogram, a cubic decimetre.
STEP: Final = {"quantity": 1, "weight_g": 1000, "volume_cm3": 1000}


class FreightRow(NamedTuple):
    """The fees of one region, one for each number of units; none and no zone where nothing is shipped."""

    region: str
    #: The region of the rule that decides, as the template spells it; None where no rule names the region.
    zone: str | None
    fees: tuple[Money, ...]
    #: What comes on top.
    surcharges: tuple[Surcharge, ...]

    @property
    def deliverable(self) -> bool:
        """Whether anything is shipped there."""
        return bool(self.fees)


class FreightTable(NamedTuple):
    """Rows of fees; prints in a terminal and in a notebook. `units` are those of `measure`: 1000 is a kilogram."""

    template: str
    measure: str
    units: tuple[int, ...]
    rows: tuple[FreightRow, ...]

    def text(self, locale: str = "en") -> str:
        """The fees as a table for a reader. Raises `UnknownLocale`."""
        from settlement.freight.words import table_text

        return table_text(self, locale)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from settlement.freight.words import table_html

        return table_html(self)


def freight_table(
    template: FreightTemplate, regions: Iterable[str], units: Sequence[int] = (1, 2, 5, 10)
) -> FreightTable:
    """The fee of one parcel of 1, 2, 5 and 10 units in each region, before free shipping; surcharges stand beside it.

    Units are pieces, or kilograms (1000 g) of a template by weight, or cubic decimetres (1000 cm³) of one by volume. A
    share of the goods' value (`goods_percent`) is not in the fees: no goods are known here.
    Raises `ValueError` for a region that is none, or units below 0. Source: contract §5, Fee.

    >>> from settlement.freight.templates import Zone
    >>> zone = Zone(regions=["440000"], first=1000, first_fee="8.00 CNY", additional=500, additional_fee="2.00 CNY")
    >>> table = freight_table(FreightTemplate(id="t1", measure="weight_g", zones=[zone]), ["440300", "540000"])
    >>> [str(fee) for fee in table.rows[0].fees], table.units
    (['8.00 CNY', '12.00 CNY', '24.00 CNY', '44.00 CNY'], (1000, 2000, 5000, 10000))
    >>> print(table)
    t1 (1 kg = 1000 g)   Zone                 1 kg     2 kg     5 kg    10 kg Surcharge
    440300 广东省 深圳市 440000 广东省     CN¥8.00 CN¥12.00 CN¥24.00 CN¥44.00
    540000 西藏自治区                  not shipped
    """
    expect("template", template, FreightTemplate)
    names, units = expect_all("regions", regions, str), expect_all("units", units, int)
    if any(count < 0 for count in units):
        msg = "units are 0 or more"
        raise ValueError(msg)
    tariff = Tariff(template)
    counted = tuple(count * STEP[template.measure] for count in units)
    rows = []
    for region in names:
        match = tariff.match(region)
        zone = match.zone
        fees = () if zone is None else tuple(_fee(zone.first_fee, fee_of(zone, count)) for count in counted)
        rows.append(FreightRow(region, match.region, fees, tuple(map(stated, match.surcharges))))
    return FreightTable(template.id, template.measure, counted, tuple(rows))


def _fee(like: Money, minor: int) -> Money:
    return Money.of_minor(minor, like.currency)
