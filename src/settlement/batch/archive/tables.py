"""Rows as a file of Parquet, with pyarrow: amounts as `decimal128(38, 4)`, instants in UTC, texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet

from settlement.batch.archive.rows import Cells

__all__ = ["schema_of", "write_rows"]

_KINDS: Final[dict[str, Any]] = {
    "$": pa.decimal128(38, 4),
    "%": pa.int64(),
    "@": pa.timestamp("us", tz="UTC"),
    "*": pa.list_(pa.string()),
}


def schema_of(columns: tuple[str, ...]) -> Any:
    """The columns of a table by their names' last signs."""
    names = " ".join(columns).split()
    return pa.schema([(name.rstrip("$%@*"), _KINDS.get(name[-1], pa.string())) for name in names])


def write_rows(path: Path, columns: tuple[str, ...], rows: Sequence[Cells]) -> None:
    """Write a table into a new file, in groups of some hundred thousand rows."""
    schema = schema_of(columns)
    cells = list(zip(*rows, strict=True)) or [()] * len(schema)
    made = [pa.array(values, field.type) for values, field in zip(cells, schema, strict=True)]
    table = pa.Table.from_arrays(made, schema=schema)
    parquet.write_table(table, path, compression="zstd", compression_level=9)
