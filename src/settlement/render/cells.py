"""Tables of a settlement for spreadsheets and data frames: which columns, of which kind, and cells that run nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from settlement.breakdown import COLUMNS
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.breakdown import Settlement

__all__ = ["TABLES", "Column", "Table", "cell", "csv_text", "table"]

Kind: TypeAlias = Literal["text", "amount", "quantity", "integer", "flag"]
What: TypeAlias = Literal["lines", "adjustments", "decisions", "parcels"]
TABLES: Final[tuple[What, ...]] = ("lines", "adjustments", "decisions", "parcels")

#: What a spreadsheet takes for a formula, also behind blanks and with full-width signs.
_FORMULA: Final = frozenset("=+-@＝＋－＠\t\r\n|%")


class Column(NamedTuple):
    """A column's name and kind: amounts are exact decimals of the currency, quantities have up to 3 places."""

    name: str
    kind: Kind


class Table(NamedTuple):
    """Rows of plain values: str, Decimal, int, bool or None."""

    currency: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]


def table(settlement: Settlement, what: What = "lines") -> Table:
    """One of the four tables of a settlement; adjustments have a row for each line that they fall on.

    Raises `ValueError` for any other name.
    """
    if what not in TABLES:
        msg = f"a table is one of {', '.join(TABLES)}; found {what!r}"
        raise ValueError(msg)
    columns, rows = _SHAPES[what], _ROWS[what]
    return Table(settlement.currency, columns, [tuple(map(_plain, row)) for row in rows(settlement)])


def _plain(value: Any) -> Any:
    return value.amount if isinstance(value, Money) else value


def _columns(spelled: str) -> tuple[Column, ...]:
    kinds: dict[str, Kind] = {"$": "amount", "#": "quantity", "%": "integer", "?": "flag"}
    return tuple(Column(name.rstrip("$#%?"), kinds.get(name[-1], "text")) for name in spelled.split())


_MONEY: Final = " ".join(f"{name}$" for name in ("list", *COLUMNS, "payable"))
_SHAPES: Final[dict[str, tuple[Column, ...]]] = {
    "lines": _columns(f"line shop sku quantity# unit_price$ {_MONEY} points_used% currency"),
    "adjustments": _columns("number% stage rule line shop amount$ platform$ shop_share$ currency"),
    "decisions": _columns("rule outcome reason shortfall_amount$ shortfall_quantity# currency"),
    "parcels": _columns("shop template warehouse zone units% boxes% fee$ surcharge$ free? currency"),
}


def _lines(settlement: Settlement) -> Iterator[tuple[Any, ...]]:
    for line in settlement.lines:
        amounts = [getattr(line, name) for name in ("list", *COLUMNS, "payable")]
        quantity = Decimal(line.quantity)
        yield (line.id, line.shop, line.sku, quantity, line.unit_price, *amounts, line.points_used, settlement.currency)


def _adjustments(settlement: Settlement) -> Iterator[tuple[Any, ...]]:
    shops = {line.id: line.shop for line in settlement.lines}
    nothing = Money.of_minor(0, settlement.currency)
    for number, each in enumerate(settlement.adjustments, 1):
        for line, share in each.shares.items():
            platform = each.platform.get(line, nothing)
            parts = (share, platform, share - platform)
            yield (number, each.stage, each.rule, line, shops[line], *parts, settlement.currency)


def _decisions(settlement: Settlement) -> Iterator[tuple[Any, ...]]:
    for each in settlement.decisions:
        amount = each.shortfall if isinstance(each.shortfall, Money) else None
        quantity = None if amount is not None or each.shortfall is None else Decimal(str(each.shortfall))
        yield (each.rule, each.outcome, each.reason, amount, quantity, settlement.currency)


def _parcels(settlement: Settlement) -> Iterator[tuple[Any, ...]]:
    for each in settlement.parcels:
        where = (each.shop, each.template, each.warehouse, each.zone)
        yield (*where, each.units, each.boxes, each.fee, each.surcharge, each.free, settlement.currency)


_ROWS: Final = {"lines": _lines, "adjustments": _adjustments, "decisions": _decisions, "parcels": _parcels}


def cell(text: str | None) -> str:
    """A text for a spreadsheet: what could be taken for a formula begins with an apostrophe (OWASP ASVS 1.2.10).

    >>> [cell(text) for text in ("tea", "=1+1", " -2+3", "茶 ＝1")]
    ['tea', "'=1+1", "' -2+3", '茶 ＝1']
    """
    if text is None:
        return ""
    begin = text.lstrip(" \u00a0\u3000\u200b\ufeff")[:1] or text[:1]
    return f"'{text}" if begin in _FORMULA or any(sign in text for sign in "\r\n\t\0") else text


def csv_text(settlement: Settlement, what: What = "lines") -> str:
    """A table as CSV (RFC 4180): numbers are numbers, -3.00 included; no text can become a formula.

    Raises `ValueError` for an unknown table.
    """
    shown = table(settlement, what)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in shown.columns])
    for row in shown.rows:
        writer.writerow([_cell(value, column.kind) for value, column in zip(row, shown.columns, strict=True)])
    return out.getvalue()


def _cell(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind == "text":
        return cell(value)
    return str(value).lower() if kind == "flag" else str(value)
