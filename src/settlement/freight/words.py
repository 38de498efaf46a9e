"""Tables of fees for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.grid import grid_html, grid_text
from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import units_text
from settlement.freight.region_text import region_text
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.surcharges.surcharge import Surcharge
    from settlement.freight.tables import FreightTable

__all__ = ["Cells", "counted", "surcharge_text", "table_html", "table_text"]


Cells = tuple[list[str], list[list[str]]]


def counted(measure: str, units: int, say: Language) -> str:
    """Units as the measure names them; whole kilograms and cubic decimetres as such.

    >>> counted("weight_g", 2000, language("en")), counted("weight_g", 1500, language("en"))
    ('2 kg', '1,500 g')
    """
    if measure == "weight_g" and units and not units % 1000:
        return say("{count} kg", count=say.number(units // 1000))
    if measure == "volume_cm3" and units and not units % 1000:
        return say("{count} dm³", count=say.number(units // 1000))
    return units_text(measure, units, say)


def _in_units(table: FreightTable, say: Language) -> str:
    """What the table is of, and what its units are."""
    if table.measure == "weight_g":
        return say("{template} (1 kg = 1000 g)", template=shown(table.template))
    if table.measure == "volume_cm3":
        return say("{template} (1 dm³ = 1000 cm³)", template=shown(table.template))
    return shown(table.template)


def surcharge_text(rule: Surcharge, say: Language) -> str:
    """A surcharge as the sign in the window has it, with its label.

    >>> from settlement.freight.surcharges import PerHeavyPiece
    >>> rule = PerHeavyPiece(regions=["CN"], fee="20.00 CNY", above_g=30_000, label="lift")
    >>> surcharge_text(rule, language("en")), surcharge_text(rule, language("zh_CN"))
    ('lift: CN¥20.00 per piece above 30,000 g', 'lift：重量超过 30,000 克的每件 ¥20.00')
    """
    facts = {name: _worded(getattr(rule, name), each, say) for name, each in rule.terms().items()}
    fee = "" if rule.stated_fee is None else say.money(rule.stated_fee)
    text = say(rule.sign, per=shown(rule.per), fee=fee, **facts)
    if fee and rule.of_freight:
        text = f"{text} + {fee}"
    if rule.min_fee is not None:
        text = say("{text}, at least {fee}", text=text, fee=say.money(rule.min_fee))
    if rule.max_fee is not None:
        text = say("{text}, at most {fee}", text=text, fee=say.money(rule.max_fee))
    goods = [*(rule.only_skus or ()), *(rule.only_categories or ())]
    if goods:
        text = say("{text} (only {goods})", text=text, goods=", ".join(map(shown, goods)))
    if rule.highest_of is not None:
        text = say("{text} (the dearest of {group})", text=text, group=shown(rule.highest_of))
    return text if rule.label is None else say("{label}: {text}", label=shown(rule.label), text=text)


def _worded(field: object, stated: object, say: Language) -> str:
    if isinstance(field, Money):
        return say.money(field)
    return say.number(stated) if isinstance(stated, int) else shown(str(stated))


def _table(table: FreightTable, say: Language) -> Cells:
    columns = [counted(table.measure, units, say) for units in table.units]
    head = [_in_units(table, say), say("Zone"), *columns, say("Surcharge")]
    rows = []
    for row in table.rows:
        zone = "" if row.zone is None else region_text(row.zone, say)
        fees = [say("not shipped") if fee is None else say.money(fee) for fee in row.fees]
        if not row.deliverable:
            fees = [say("not shipped"), *[""] * (len(columns) - 1)] if columns else []
        rows.append(
            [
                region_text(row.region, say),
                zone,
                *fees,
                " + ".join(surcharge_text(each, say) for each in row.surcharges),
            ]
        )
    return head, rows


def table_text(table: FreightTable, locale: str = "en") -> str:
    """A table of fees in a terminal."""
    head, rows = _table(table, language(locale))
    return grid_text(head, rows, left=(0, 1, len(head) - 1))


def table_html(table: FreightTable, locale: str = "en") -> str:
    """A table of fees in a notebook."""
    return grid_html(*_table(table, language(locale)))
