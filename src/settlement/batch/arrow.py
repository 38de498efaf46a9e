"""Parts as Parquet, with pyarrow (`settlement[arrow]`)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from settlement.batch.row import Outcome
from settlement.documents.written import all_readable
from settlement.money import money_of

__all__ = ["ArrowRows", "cells_of"]

#: Rows of a group.
_GROUP: Final = 1_000


def cells_of(made: Outcome) -> dict[str, Any]:
    """The columns of a row that was settled."""
    currency = str(made.currency)
    payable = Decimal(money_of(made.payable, currency).amount)
    return {"status": made.status, "currency": currency, "payable": payable, "document": made.document}


class ArrowRows:
    """Rows of status, currency, payable and document, in groups of a thousand."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        text = pa.string()
        fields = [("status", text), ("currency", text), ("payable", pa.decimal128(38, 4)), ("document", text)]
        self._schema = pa.schema(fields)
        self._batch = pa.RecordBatch
        self._file = parquet.ParquetWriter(path, self._schema)
        self._held: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._flush()
        self._file.close()

    def write(self, made: Outcome) -> None:
        """One more."""
        self._held.append(cells_of(made))
        if len(self._held) == _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._file.write_batch(self._batch.from_pylist(self._held, schema=self._schema))
            self._held.clear()


all_readable(globals())
