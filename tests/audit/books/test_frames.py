"""Data frames: exact decimals in each library, and the same rows as the settlement."""

from __future__ import annotations

import builtins
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from samples import a_checkout, a_line, a_rulebook, everything, settled
from settlement.audit.books.frames import to_frame
from settlement.audit.books.tables import TABLES, table


def rows_of(frame, library):
    """A frame as rows of plain values."""
    if library == "pandas":
        return [
            tuple(None if value is pd.NA else value for value in row)
            for row in frame.itertuples(index=False, name=None)
        ]
    return frame.rows() if library == "polars" else [tuple(row.values()) for row in frame.to_pylist()]


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
@pytest.mark.parametrize("what", TABLES)
def test_every_table_comes_through_exactly(what, library):
    """Lines, adjustments, decisions and parcels have the same rows in each library, cell by cell."""
    settlement = settled(*everything())
    found = rows_of(to_frame(settlement, what, library), library)
    assert found == [tuple(row) for row in table(settlement, what).rows]
    assert found


def test_no_amount_is_a_float():
    """Amounts and quantities are decimals: decimal128 in Arrow, Decimal in Polars, objects of Decimal in pandas."""
    settlement = settled(*everything())
    lines = to_frame(settlement, "lines", "arrow").schema
    assert lines.field("payable").type == pa.decimal128(38, 2)
    assert lines.field("quantity").type == pa.decimal128(38, 3)
    assert not any(
        pa.types.is_floating(field.type) for what in TABLES for field in to_frame(settlement, what, "arrow").schema
    )
    assert to_frame(settlement, "lines", "polars").schema["payable"] == pl.Decimal(38, 2)
    for what in TABLES:
        frame = to_frame(settlement, what)
        assert not any(pd.api.types.is_float_dtype(dtype) for dtype in frame.dtypes)
        assert not any(isinstance(cell, float) for column in frame for cell in frame[column])


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_sums_of_a_frame_are_the_settlement_s(library):
    """The column of what is to be paid adds up to the cent, also where a float would not hold it."""
    lines = [a_line(f"l{at:02d}", f"{10**12 - 1}.{at:02d}", sku=f"k{at}") for at in range(20)]
    settlement = settled(a_checkout(*lines))
    frame = to_frame(settlement, "lines", library)
    column = frame["payable"].to_pylist() if library == "arrow" else frame["payable"].to_list()
    assert sum(column) == settlement.payable.amount
    assert Decimal(sum(map(float, column))) != settlement.payable.amount  # what this is for


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_a_currency_without_decimals_and_an_empty_table(library):
    """Yen have no places; a table without rows keeps its columns and kinds."""
    yen = a_checkout(a_line() | {"unit_price": "1200 JPY"})
    yen["cart"]["currency"] = "JPY"
    settlement = settled(yen, a_rulebook(currency="JPY"))
    (row,) = rows_of(to_frame(settlement, "lines", library), library)
    assert Decimal(1200) in row
    empty = to_frame(settlement, "adjustments", library)
    assert rows_of(empty, library) == []
    assert next(iter(empty.column_names if library == "arrow" else empty.columns)) == "number"


def test_unknown_names_and_a_missing_extra_say_what_to_do(monkeypatch):
    """A wrong table or library is named with what there is; a missing library with how to get it."""
    settlement = settled(a_checkout())
    with pytest.raises(ValueError, match="lines, adjustments, decisions, parcels"):
        to_frame(settlement, "carts")
    with pytest.raises(ValueError, match="pandas, polars, arrow"):
        to_frame(settlement, library="excel")
    there = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == "polars":
            raise ModuleNotFoundError(name, name="polars")
        return there(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r'pip install "settlement\[polars\]"'):
        to_frame(settlement, library="polars")
