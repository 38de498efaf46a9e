"""The rows of records that files and folders hold, with file and line; packed ones too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from settlement.audit.what_if.rows import Row, files_of, read_rows, rows_of
from settlement.batch.parts import unpacking
from settlement.documents.written import all_readable
from settlement.errors import BatchRefused, Problem

__all__ = ["ENDINGS", "inputs_of", "read_manifest", "rows_in"]

#: What can be read, by the end of its name; a .json file is one record.
ENDINGS: Final = (".json", ".jsonl", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst", ".parquet")


def inputs_of(names: Iterable[str | Path]) -> list[Path]:
    """The files, folders looked through; of one that `settlement batch --as record` wrote its parts alone.

    Raises `BatchRefused` for what is not there or of another kind, for a batch that is not finished or of another form,
    and where there is nothing.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            for manifest in sorted(path.rglob("manifest.json")):
                _expect_batch(manifest)
            found += files_of(path, ENDINGS)
        elif path.name.endswith(ENDINGS):
            found.append(path)
        else:
            msg = f"{path}: {', '.join(ENDINGS)} and folders of these can be read"
            raise BatchRefused(msg)
    if not found:
        msg = "there is no file of records"
        raise BatchRefused(msg)
    return found


def _expect_batch(manifest: Path) -> None:
    """Nothing, for a file that is no manifest, or that of a batch of records, finished."""
    told = read_manifest(manifest)
    if told is None or "as" not in told:
        return
    if told["as"] != "record":
        msg = f"{manifest.parent}: this is no folder of records; settlement batch --as record writes one"
        raise BatchRefused(msg)
    if told.get("complete") is not True:
        msg = f"{manifest.parent}: the batch in it is not finished; run it again first"
        raise BatchRefused(msg)


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a manifest says; None for what is none."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def rows_in(path: Path) -> Iterator[Row]:
    """The rows of one file, one at a time in memory; where it breaks off, the last row tells so."""
    if path.name.endswith(".parquet"):
        yield from _cells(path)
    elif path.name.endswith(".zst"):
        with unpacking(str(path)) as stream:
            try:
                yield from read_rows(stream, str(path), lines=path.name.endswith(".jsonl.zst"))
            except OSError as error:
                yield Row(str(path), 0, b"", _broken(error))
    else:
        yield from rows_of(path)


def _broken(error: Exception) -> Problem:
    return Problem("", "value.invalid", {"detail": f"the file is broken here: {error}"})


def _cells(path: Path) -> Iterator[Row]:
    """The rows of a part that `settlement batch --as record --parquet` wrote: its column `document`."""
    from pyarrow import parquet

    line = 0
    try:
        with parquet.ParquetFile(path) as file:
            if "document" not in file.schema_arrow.names:
                there = ", ".join(file.schema_arrow.names)
                msg = f"{path}: a column document of JSON texts is expected; there are {there}"
                raise BatchRefused(msg)
            for batch in file.iter_batches(256, columns=["document"]):
                for text in batch.column(0).to_pylist():
                    line += 1
                    yield Row(str(path), line, str(text).encode())
    except (OSError, ValueError) as error:
        if isinstance(error, BatchRefused):
            raise
        yield Row(str(path), line + 1, b"", _broken(error))


all_readable(globals())
