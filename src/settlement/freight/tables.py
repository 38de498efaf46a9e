"""Fees at a glance: what a template charges for some numbers of units in some regions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from settlement.documents.document import Document
from settlement.documents.problems import expect, expect_all
from settlement.documents.scalars import Instant
from settlement.documents.written import all_readable
from settlement.freight.fees import fee_of
from settlement.freight.surcharges.fence import stated
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.freight.tariff import Tariff
from settlement.freight.templates import FreightTemplate, Zone
from settlement.money import Money

__all__ = ["FreightRow", "FreightTable", "freight_table"]

#: What one unit of a column is, in the template's measure: a piece, a kilogram, a cubic decimetre.
STEP: Final = {"quantity": 1, "weight_g": 1000, "volume_cm3": 1000}


class FreightRow(NamedTuple):
    """The fees of one region, one for each number of units; none and no zone where nothing is shipped.

    A fee is None where so many units are not shipped: the zone's card ends before, at `reaches`.
    """

    region: str
    #: The region of the rule that decides, as the template spells it; None where no rule names the region.
    zone: str | None
    fees: tuple[Money | None, ...]
    #: What comes on top.
    surcharges: tuple[Surcharge, ...]
    #: The last unit that is shipped in one parcel; None where the card does not end.
    reaches: int | None = None

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
    template: FreightTemplate,
    regions: Iterable[str],
    units: Sequence[int] = (1, 2, 5, 10),
    at: datetime | str | None = None,
) -> FreightTable:
    """The fee of one parcel of 1, 2, 5 and 10 units in each region, before free shipping; surcharges stand beside it.

    Units are pieces, or kilograms (1000 g) of a template by weight, or cubic decimetres (1000 cm³) of one by volume. A
    share of the goods' value (`goods_percent`) is not in the fees, and none of `amount_steps` is reached: no goods are
    known here. Units of weight are those with the packing. `at` is the instant of the order, needed where a zone or a
    surcharge has times.
    Raises `ValueError` for a region that is none, units below 0, or times without an instant, and `InvalidDocument` for
    an `at` that is no instant. Source: contract §5, Fee.

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
    if tariff.timed:
        if at is None:
            msg = "a zone or a surcharge has times; say `at`, the instant of the order"
            raise ValueError(msg)
        tariff = tariff.at(_Order.model_validate({"at": at}).at)
    counted = tuple(count * STEP[template.measure] for count in units)
    rows = []
    for region in names:
        match = tariff.match(region)
        zone = match.zone
        fees = () if zone is None else tuple(_fee(zone, count, match.reaches) for count in counted)
        rows.append(FreightRow(region, match.region, fees, tuple(map(stated, match.surcharges)), match.reaches))
    return FreightTable(template.id, template.measure, counted, tuple(rows))


class _Order(Document):
    at: Instant


def _fee(zone: Zone, units: int, reaches: int | None) -> Money | None:
    if reaches is not None and units > reaches:
        return None
    return Money.of_minor(fee_of(zone, units), zone.first_fee.currency)


all_readable(globals())
