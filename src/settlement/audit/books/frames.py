"""Settlements and what comes after pay as data frames; amounts stay exact decimals.

Through the extras `pandas`, `polars` and `arrow`:
pip install "settlement[pandas]"
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from settlement.audit.books.tables import Table, table
from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.money import DECIMALS

if TYPE_CHECKING:
    from settlement.audit.books.account_tables import Source

__all__ = ["to_frame"]

Library: TypeAlias = Literal["pandas", "polars", "arrow"]

#: Digits of an amount: more than `Money` holds before the point, and four after it.
_PRECISION: Final = 38
_QUANTITY_PLACES: Final = 3


def to_frame(source: Source, what: str | None = None, library: Library = "pandas") -> Any:
    """A table of a document, or of several of one kind in a list, as a frame of one library; by default its first.

    Of a settlement `lines`, `adjustments` (a row for each line they fall on), `decisions` or `parcels`; of a refund
    `lines`, `charges` or `tenders`, of its preview `lines` or `units`; of a payout `accounts`, `holders` or `platform`;
    of an invoice `lines` or `taxes`; of a sub-order `lines` or `adjustments`; of a payment option `options` or
    `tenders`, of an item `items`; of a bill `rows`, of a reconciliation `entries` or `sums`; of a statement `balance`,
    `orders` or `movements`. Amounts are decimals with the currency's places, quantities with 3; never floats:
    `decimal128` in Arrow, `Decimal` in Polars, and in pandas objects of `decimal.Decimal`. Texts and flags keep their
    kinds; what is missing is null.
    Raises `ValueError` for an unknown table or library and for two currencies, `TypeError` for a source that has none,
    `MissingExtra` where the extra is not installed.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> to_frame(settle(checkout, Rulebook(id="r", currency="CNY")), library="tables")
    Traceback (most recent call last):
    ...
    ValueError: a library is one of pandas, polars, arrow; found 'tables'
    """
    if library not in _LIBRARIES:
        msg = f"a library is one of {', '.join(_LIBRARIES)}; found {library!r}"
        raise ValueError(msg)
    shown = table(source, what)
    with needs(library):
        return _LIBRARIES[library](shown)


def _places(shown: Table, kind: str) -> int:
    return DECIMALS[shown.currency] if kind == "amount" else _QUANTITY_PLACES


def _columns(shown: Table) -> dict[str, list[Any]]:
    """Column by column; decimals with all their places."""
    made: dict[str, list[Any]] = {}
    for at, column in enumerate(shown.columns):
        values = [row[at] for row in shown.rows]
        if column.kind in {"amount", "quantity"}:
            unit = Decimal(1).scaleb(-_places(shown, column.kind))
            values = [None if value is None else value.quantize(unit) for value in values]
        made[column.name] = values
    return made


def _arrow(shown: Table) -> Any:
    import pyarrow as pa

    kinds = {"text": pa.string(), "integer": pa.int64(), "flag": pa.bool_()}
    fields = [
        (each.name, kinds.get(each.kind) or pa.decimal128(_PRECISION, _places(shown, each.kind)))
        for each in shown.columns
    ]
    return pa.table(_columns(shown), schema=pa.schema(fields))


def _polars(shown: Table) -> Any:
    import polars as pl

    kinds: dict[str, Any] = {"text": pl.String, "integer": pl.Int64, "flag": pl.Boolean}
    schema = {
        each.name: kinds.get(each.kind) or pl.Decimal(_PRECISION, _places(shown, each.kind)) for each in shown.columns
    }
    return pl.DataFrame(_columns(shown), schema=schema)


def _pandas(shown: Table) -> Any:
    import pandas as pd

    kinds = {"text": "string", "integer": "int64", "flag": "bool"}
    return pd.DataFrame(
        {
            column.name: pd.Series(values, dtype=kinds.get(column.kind, "object"))
            for column, values in zip(shown.columns, _columns(shown).values(), strict=True)
        }
    )


_LIBRARIES: Final = {"pandas": _pandas, "polars": _polars, "arrow": _arrow}


all_readable(globals())
