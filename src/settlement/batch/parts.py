"""The parts that an input falls into: fixed ranges of it, whoever settles them, and the lines of each.

A part of JSON Lines is the lines that begin within so many bytes of the file, of what it unpacks to where it is packed;
a part of Parquet is some groups of rows that together have no more bytes, or an even slice of one that has. So a part
depends on nothing but its input.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from settlement.documents.strict_json import MAX_DOCUMENT
from settlement.documents.written import all_readable
from settlement.errors import BatchRefused

__all__ = [
    "ENDINGS",
    "Cells",
    "Input",
    "Part",
    "expect_columns",
    "lines_of",
    "look_at",
    "parts_of",
    "rows_of",
    "unpacking",
]

#: What can be read, by the end of its name.
ENDINGS: Final = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
_BLOCK: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"


class Input(NamedTuple):
    """A file, with its digest; `lines` before each range of one that isn't packed."""

    path: str
    size: int
    digest: str
    lines: tuple[int, ...] = ()

    def stated(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {"file": self.path, "bytes": self.size, "digest": self.digest}


class Part(NamedTuple):
    """A range of an input: bytes from `start`, or the lines themselves, or groups of rows.

    `line` is the number of the first line, or row, in its file. Of groups it is `rows` rows after the first `skip`.
    """

    number: int
    file: str
    start: int
    end: int
    line: int
    block: bytes | None = None
    skip: int = 0
    rows: int = 0


class Cells(NamedTuple):
    """A row of a table: the JSON of a checkout, and the rulebook that it names."""

    checkout: str | None
    rulebook: str | None


def look_at(path: Path, size: int) -> Input:
    """The digest of a file, and how many lines end before each range of `size` bytes. Reads it once."""
    digest, lines, seen, count, plain = hashlib.sha256(), [0], 0, 0, path.name.endswith(".jsonl")
    with path.open("rb") as file:
        while chunk := file.read(min(_BLOCK, len(lines) * size - seen)):
            digest.update(chunk)
            seen += len(chunk)
            count += chunk.count(b"\n") if plain else 0
            if seen == len(lines) * size:
                lines.append(count)
    ranges = -(-seen // size)
    return Input(str(path), seen, f"sha256:{digest.hexdigest()}", tuple(lines[:ranges]) if plain else ())


def parts_of(inputs: list[Input], size: int) -> Iterator[Part]:
    """All parts of all inputs, in their order. Raises `EOFError` and `OSError` for what cannot be unpacked."""
    number = 0
    for each in inputs:
        for part in _ranges(each, size):
            yield part._replace(number=number)
            number += 1


def _ranges(given: Input, size: int) -> Iterator[Part]:
    path = given.path
    if path.endswith(".parquet"):
        yield from _slices(path, size)
    elif path.endswith(".jsonl"):
        for at, before in enumerate(given.lines):
            yield Part(0, path, at * size, min((at + 1) * size, given.size), before + 1)
    else:
        yield from _unpacked(path, size)


def _unpacked(path: str, size: int) -> Iterator[Part]:
    """Blocks of lines, by the bytes that each begins at, as they would be of the file unpacked."""
    with unpacking(path) as stream:
        at = range_ = count = first = 0
        held: list[bytes] = []
        while line := stream.readline(MAX_DOCUMENT + 1):
            while at >= (range_ + 1) * size:
                yield Part(0, path, range_ * size, (range_ + 1) * size, first + 1, b"".join(held))
                held, first, range_ = [], count, range_ + 1
            at += len(line)
            if len(line) > MAX_DOCUMENT and not line.endswith(b"\n"):  # refused for its length: the rest is not kept
                while (rest := stream.readline(MAX_DOCUMENT)) and not rest.endswith(b"\n"):
                    at += len(rest)
                at += len(rest)
                line += b"\n"
            held.append(line)
            count += 1
        while at > range_ * size:
            yield Part(0, path, range_ * size, (range_ + 1) * size, first + 1, b"".join(held))
            held, first, range_ = [], count, range_ + 1


def unpacking(path: str) -> IO[bytes]:
    """A packed file as what it unpacks to; .zst with pyarrow."""
    if path.endswith(".gz"):
        return io.BufferedReader(gzip.open(path, "rb"), _BLOCK)
    import pyarrow as pa

    return io.BufferedReader(pa.input_stream(path, compression="zstd"), _BLOCK)


def lines_of(part: Part) -> Iterator[tuple[int, bytes]]:
    """The rows of a part of JSON Lines, each with the number of its line; empty lines are none.

    A line of more than 64 MiB is cut there, and refused for its length by whoever reads it.
    """
    if part.block is not None:
        yield from _lines(io.BytesIO(part.block), part.line, len(part.block))
        return
    with Path(part.file).open("rb") as file:
        line = part.line
        if part.start:
            file.seek(part.start - 1)
            while (rest := file.readline(MAX_DOCUMENT)) and not rest.endswith(b"\n"):
                pass
            line += file.tell() > part.start
        yield from _lines(file, line, part.end)


def _lines(file: IO[bytes], line: int, end: int) -> Iterator[tuple[int, bytes]]:
    while file.tell() < end and (text := file.readline(MAX_DOCUMENT + 1)):
        rest = text
        while len(rest) > MAX_DOCUMENT and not rest.endswith(b"\n"):
            rest = file.readline(MAX_DOCUMENT + 1)
        if line == 1:
            text = text.removeprefix(_BOM)
        if text and not text.isspace():
            yield line, text.removesuffix(b"\n").removesuffix(b"\r")
        line += 1


# ------------------------------------------------------------------ Parquet


def _slices(path: str, size: int) -> Iterator[Part]:
    """Groups of rows together up to so many bytes of their texts, and a group of more in even slices."""
    line, held = 1, Part(0, path, 0, 0, 1)
    weight = 0
    for group, (rows, bytes_) in enumerate(_groups(path)):
        if held.rows and weight + bytes_ > size:
            yield held
            held, weight = Part(0, path, group, group, line), 0
        if bytes_ > size:
            each = -(-rows // -(-bytes_ // size))
            for skip in range(0, rows, each):
                yield Part(0, path, group, group + 1, line + skip, skip=skip, rows=min(each, rows - skip))
            held, weight = Part(0, path, group + 1, group + 1, line + rows), 0
        else:
            held, weight = held._replace(end=group + 1, rows=held.rows + rows), weight + bytes_
        line += rows
    if held.rows:
        yield held


def _groups(path: str) -> list[tuple[int, int]]:
    """How many rows each group of a Parquet file has, and how many bytes its texts unpack to."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(at) for at in range(file.num_row_groups)]
        return [
            (
                group.num_rows,
                sum(
                    column.total_uncompressed_size
                    for column in map(group.column, range(group.num_columns))
                    if column.path_in_schema in {"checkout", "rulebook"}
                ),
            )
            for group in groups
        ]


def expect_columns(path: str) -> None:
    """Nothing, where a Parquet file has texts in `checkout`, and in `rulebook` where that is there.

    Raises `BatchRefused`, which names the column and its type.
    """
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
    for name in ("checkout", "rulebook"):
        if name not in schema.names:
            if name == "checkout":
                msg = f"{path}: a column checkout of JSON texts is expected; there are {', '.join(schema.names)}"
                raise BatchRefused(msg)
            continue
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
        if not any(fits(kind) for fits in texts):
            msg = f"{path}: the column {name} is {kind}; texts are expected"
            raise BatchRefused(msg)


def rows_of(part: Part) -> Iterator[tuple[int, Cells]]:
    """The rows of a part of Parquet, each with its number: columns `checkout`, as JSON, and `rulebook`.

    They are unpacked a few hundred at a time, those to be passed over too: no group is ever whole in memory.
    """
    from pyarrow import parquet

    line, at, end = part.line, 0, part.skip + part.rows
    with parquet.ParquetFile(part.file, buffer_size=_BLOCK, pre_buffer=False) as file:
        names = [name for name in ("checkout", "rulebook") if name in file.schema_arrow.names]
        for batch in file.iter_batches(256, row_groups=[*range(part.start, part.end)], columns=names):
            wanted = batch[max(part.skip - at, 0) : max(end - at, 0)]
            for row in wanted.to_pylist():
                yield line, Cells(row["checkout"], row.get("rulebook"))
                line += 1
            at += batch.num_rows
            if at >= end:
                return


all_readable(globals())
