"""Tables for spreadsheets and data frames: which columns, of which kind, and cells that run nothing.

Those of a settlement stand here, those of what comes after pay in `account_tables`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from settlement.documents.written import all_readable
from settlement.errors import CurrencyMismatch
from settlement.money import Money
from settlement.receipts.columns import COLUMNS
from settlement.receipts.settlement import Settlement

if TYPE_CHECKING:
    from collections.abc import Callable

    from settlement.audit.books.account_tables import Source

__all__ = ["TABLES", "Column", "Shape", "Table", "cell", "columns", "csv_text", "shapes_of", "table"]

Kind: TypeAlias = Literal["text", "amount", "quantity", "integer", "flag"]
TABLES: Final = ("lines", "adjustments", "decisions", "parcels")

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


class Shape(NamedTuple):
    """What a table looks like and how its rows are read off a document."""

    columns: tuple[Column, ...]
    rows: Callable[[Any], Iterator[tuple[Any, ...]]]


def table(source: Source, what: str | None = None) -> Table:
    """One of the tables of a document, or of several of one kind in a list; by default its first.

    A settlement has `TABLES`; its adjustments have a row for each line that they fall on. In a list of documents that
    orders are stored by, each row begins with whose it is: `document`, its place in the list from 1, `settlement`, the
    digest, and `order`, the shop's own name; of one document that has a name, with `order` alone. Raises `ValueError`
    for a name that this document has not, with those that it has, `CurrencyMismatch` for documents in two currencies,
    and `TypeError` for anything else.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> table(settle(checkout, Rulebook(id="r", currency="CNY"))).rows[0][:4]
    ('a', 's1', 'k', Decimal('2'))
    """
    from settlement.audit.books.account_tables import SHAPES, currency_of

    several = isinstance(source, (list, tuple)) and not isinstance(source, tuple(SHAPES))
    documents: Any = source if several and source else (source,)
    shapes = shapes_of(documents[0])
    name = next(iter(shapes)) if what is None else what
    if name not in shapes:
        msg = f"a table is one of {', '.join(shapes)}; found {what!r}"
        raise ValueError(msg)
    currency = currency_of(documents[0])
    rows: list[tuple[Any, ...]] = []
    whose = several and _digest(documents[0]) is not None
    named = getattr(documents[0], "order", None) if not several else None
    for number, document in enumerate(documents, 1):
        if shapes_of(document) is not shapes:
            msg = f"a table is of documents of one kind; found {type(document).__name__} beside others"
            raise TypeError(msg)
        if currency_of(document) != currency:
            raise CurrencyMismatch(currency, currency_of(document))
        order = getattr(document, "order", None)
        head = (number, _digest(document), order) if whose else () if named is None else (order,)
        rows += [(*head, *map(_plain, row)) for row in shapes[name].rows(document)]
    first = _WHOSE if whose else () if named is None else _NAMED
    return Table(currency, (*first, *shapes[name].columns), rows)


def _digest(document: object) -> str | None:
    """The digest of the settlement that a document is or is of; None of what a page only asks for."""
    if isinstance(document, Settlement):
        return document.digest
    found: str | None = getattr(document, "settlement", None)
    return found


def shapes_of(source: object) -> dict[str, Shape]:
    """The tables of a document by name. Raises `TypeError` for anything that has none."""
    if isinstance(source, Settlement):
        return _SHAPES
    from settlement.audit.books.account_tables import SHAPES

    for kind, shapes in SHAPES.items():
        if isinstance(source, kind):
            return shapes
    kinds = ", ".join(["Settlement", *[kind.__name__ for kind in SHAPES]])
    msg = f"tables are of {kinds}; found {type(source).__name__}"
    raise TypeError(msg)


def _plain(value: Any) -> Any:
    return value.amount if isinstance(value, Money) else value


def columns(spelled: str) -> tuple[Column, ...]:
    """Columns from their names: `$` ends an amount, `#` a quantity, `%` an integer, `?` a flag; else it is text."""
    kinds: dict[str, Kind] = {"$": "amount", "#": "quantity", "%": "integer", "?": "flag"}
    return tuple(Column(name.rstrip("$#%?"), kinds.get(name[-1], "text")) for name in spelled.split())


_WHOSE: Final = columns("document% settlement order")
_NAMED: Final = columns("order")
_MONEY: Final = " ".join(f"{name}$" for name in ("list", *COLUMNS, "payable"))


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
        yield (*where, each.units, each.boxes, each.fee, each.surcharge, each.free, settlement.currency, each.delivery)


_SHAPES: Final[dict[str, Shape]] = {
    "lines": Shape(columns(f"line shop sku quantity# unit_price$ {_MONEY} points_used% currency"), _lines),
    "adjustments": Shape(columns("number% stage rule line shop amount$ platform$ shop_share$ currency"), _adjustments),
    "decisions": Shape(columns("rule outcome reason shortfall_amount$ shortfall_quantity# currency"), _decisions),
    "parcels": Shape(
        columns("shop template warehouse zone units% boxes% fee$ surcharge$ free? currency delivery"), _parcels
    ),
}


def cell(text: str | None) -> str:
    """A text for a spreadsheet: what could be taken for a formula begins with an apostrophe (OWASP ASVS 1.2.10).

    >>> [cell(text) for text in ("tea", "=1+1", " -2+3", "茶 ＝1")]
    ['tea', "'=1+1", "' -2+3", '茶 ＝1']
    """
    if text is None:
        return ""
    begin = text.lstrip(" \u00a0\u3000\u200b\ufeff")[:1] or text[:1]
    return f"'{text}" if begin in _FORMULA or any(sign in text for sign in "\r\n\t\0") else text


def csv_text(source: Source, what: str | None = None) -> str:
    """A table as CSV (RFC 4180): numbers are numbers, -3.00 included; no text can become a formula.

    Raises what `table` raises.
    """
    shown = table(source, what)
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


all_readable(globals())
