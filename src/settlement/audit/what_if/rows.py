"""Records as they lie in files: a row at a time, with its place, so that a broken one is told and passed over."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from settlement.audit.record import Record
from settlement.documents.canonical import digest_of
from settlement.documents.scalars import MAX_ID
from settlement.documents.strict_json import MAX_DOCUMENT
from settlement.errors import BatchRefused, InvalidDocument, Problem

__all__ = ["ENDINGS", "Asked", "BodyReader", "Kept", "Readable", "Row", "files_of", "kept", "read_rows", "rows_of"]

#: What a file of records ends in; a `.json` file is one record. Parquet is what `settlement batch` writes.
ENDINGS: Final = (".json", ".jsonl", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst", ".parquet")
_TEXTS: Final = ENDINGS[:-1]
_HEAD, _TAIL = b'{"body":', b',"digest":"sha256:'
_REQUEST, _RULES, _SETTLED = ',"request":{"checkout":', ',"rulebook":{', '},"settlement":{'


def _refuse(number: str) -> NoReturn:
    raise ValueError(number)


#: No canonical JSON has a fraction or NaN.
_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Readable(Protocol):
    """An open file of bytes, as far as rows are read from it."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many."""

    def readline(self, size: int, /) -> bytes:
        """The next line, at most so many bytes of it."""


class Row(NamedTuple):
    """The text of a record, and where it stands: the file, and its line from 1.

    `problem` is told in its place where the file ends before it should.
    """

    source: str
    line: int
    text: bytes
    problem: Problem | None = None


def files_of(folder: Path, endings: tuple[str, ...] = _TEXTS) -> list[Path]:
    """The files of records in a folder and below it, by name; of one that `settlement batch` made its parts alone.

    Raises `BatchRefused` for a batch of records that is not finished: half of a month would be taken for all of it.
    """
    named = sorted(each for each in folder.rglob("*") if each.name.endswith(endings))
    found = {each for each in named if each.is_file() or not each.exists()}  # a link that leads nowhere is told
    settled = {each.parent for each in folder.rglob("manifest.json") if _of_records(each)}
    found = {each for each in found if each.parent not in settled or fnmatchcase(each.name, "part-*")}
    return sorted(found.union(*(each.glob("part-*.parquet") for each in settled)))


def _of_records(manifest: Path) -> bool:
    """Whether a manifest says that the parts beside it are records, and all of them."""
    try:
        told = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):  # to be told as what it is: no record
        return False
    if not isinstance(told, dict) or told.get("as") != "record":
        return False
    if told.get("complete") is not True:
        msg = f"{manifest.parent}: the batch in it is not finished; run it again first"
        raise BatchRefused(msg)
    return True


def rows_of(*names: str | Path) -> Iterator[Row]:
    """The rows of files and folders, by their names: JSON Lines, plain, .gz or .zst; a .json file is one record.

    Of a folder of records that `settlement batch` made, its parts alone, Parquet too. A few rows at a time are in
    memory. Raises `OSError` for a file that cannot be opened, `ImportError` for .zst and .parquet without pyarrow
    (`settlement[arrow]`), `BatchRefused` for a batch that is not finished and for a table without records.

    >>> from settlement.audit.what_if import rows_of
    >>> list(rows_of("no-such-folder"))
    Traceback (most recent call last):
    ...
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such-folder'
    """
    for name in names:
        path = Path(name)
        if path.is_dir():
            for each in files_of(path):
                yield from rows_of(each)
            continue
        if path.name.endswith(".parquet"):
            yield from _cells(path)
            continue
        if path.name.endswith(".zst"):
            yield from _unpacked(path)
            continue
        with path.open("rb") as file:
            squeezed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            lines = not path.name.removesuffix(".gz").endswith(".json")
            if squeezed:
                with gzip.open(file) as plain:
                    yield from read_rows(plain, str(name), lines=lines)
            else:
                yield from read_rows(file, str(name), lines=lines)


def read_rows(file: Readable, source: str, *, lines: bool = True) -> Iterator[Row]:
    """The rows of an open file; blank lines are passed over. Without `lines` the whole is one."""
    number = 0
    try:
        while True:
            number += 1
            text = file.readline(MAX_DOCUMENT + 1) if lines else file.read(MAX_DOCUMENT + 1)
            if not text:
                return
            if text.strip():
                yield Row(source, number, text)
            while lines and len(text) > MAX_DOCUMENT and not text.endswith(b"\n"):
                text = file.readline(MAX_DOCUMENT + 1)  # the rest of a line that is refused for its length
            if not lines:
                return
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield Row(source, number, b"", Problem("", "value.invalid", {"detail": f"the archive is broken here: {error}"}))


def _arrow(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError('this needs pyarrow: pip install "settlement[arrow]"', name="pyarrow") from error


def _broken(error: Exception) -> Problem:
    return Problem("", "value.invalid", {"detail": f"the file is broken here: {error}"})


def _unpacked(path: Path) -> Iterator[Row]:
    """The rows of a .zst; where it breaks off, the last row tells so."""
    arrow = _arrow("pyarrow")
    with path.open("rb") as packed, io.BufferedReader(arrow.input_stream(packed, compression="zstd"), 1 << 20) as file:
        try:
            yield from read_rows(file, str(path), lines=path.name.endswith(".jsonl.zst"))
        except OSError as error:
            yield Row(str(path), 0, b"", _broken(error))


def _cells(path: Path) -> Iterator[Row]:
    """The rows of a part that `settlement batch --as record --parquet` wrote: its column `document`."""
    parquet, line = _arrow("pyarrow.parquet"), 0
    path.stat()
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


class Kept(NamedTuple):
    """A record, as far as it is asked here: its body, its digest, and the shop's name for the order."""

    body: bytes
    digest: str
    order: str | None


def kept(given: Record | Row | str | bytes) -> Kept:
    """A record from its text. One whose bytes are what its digest says is not written anew.

    Raises `InvalidDocument` for what is no record, `TypeError` for anything else.
    """
    if isinstance(given, Record):
        return Kept(given.body, given.digest, given.order_name)
    if isinstance(given, Row) and given.problem is not None:
        raise InvalidDocument([given.problem], "Record")
    text = given.text if isinstance(given, Row) else given
    data: Any = text.encode() if isinstance(text, str) else text
    if isinstance(data, bytes) and data.startswith(_HEAD) and len(data) <= MAX_DOCUMENT:
        at = data.rfind(_TAIL)
        beside = _beside(data[at + 1 :].rstrip(b" \t\r\n"))
        body = data[len(_HEAD) : at]
        if beside is not None and beside["digest"] == digest_of(body):
            return Kept(body, beside["digest"], beside.get("order_name"))
    whole = Record.from_json(text)
    return Kept(whole.body, whole.digest, whole.order_name)


def _beside(text: bytes) -> dict[str, Any] | None:
    """What stands beside the body, where that is all that follows it and it is written as `Record` writes it."""
    try:
        found = _canonical("{" + text.decode())
    except (ValueError, RecursionError):
        return None
    given = isinstance(found, dict) and found.keys() <= {"digest", "order", "personal", "order_name"}
    return found if given and ("order_name" not in found or _is_id(found["order_name"])) else None


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= MAX_ID


def _canonical(text: str) -> Any:
    """What a text says. Raises `ValueError` for one that is not how it is written: blanks, order of keys, twins."""
    data = _DECODER.decode(text)
    _as_written(data, text)
    return data


def _as_written(data: Any, text: str) -> None:
    """Order of keys by code points here, by UTF-16 in RFC 8785: where those differ the slow way finds it right."""
    if _ENCODER.encode(data) != text:
        msg = "not as canonical JSON is written"
        raise ValueError(msg)


class Asked(NamedTuple):
    """The parts of a record's body: documents as JSON texts, the settlement as plain data."""

    version: str
    library: str
    checkout: str
    rulebook: str
    settlement: Any


class BodyReader:
    """Cuts bodies of records into their parts; tells rules by the bytes of the last, for a month has the same few."""

    def __init__(self) -> None:
        self.last = ""

    def asked(self, whole: Kept) -> Asked:
        """The parts of a record's body. Raises `InvalidDocument` where it is none, as `Record.from_json` does."""
        found = self._sliced(whole.body)
        if found is not None:
            return found
        data = Record.from_json(b"".join((_HEAD, whole.body, b',"digest":"', whole.digest.encode(), b'"}'))).data
        try:
            request = data["request"]
            checkout, rulebook = (json.dumps(request[each], ensure_ascii=False) for each in ("checkout", "rulebook"))
            return Asked(data["calculation_version"], data["library"], checkout, rulebook, data["settlement"])
        except (LookupError, TypeError):
            raise InvalidDocument([Problem("body.request", "field.missing")], "Record") from None

    def _sliced(self, body: bytes) -> Asked | None:
        """The parts cut out of canonical JSON, where they stand as they are written; None where they don't.

        No string holds an unescaped quote, so the rules begin where their name first stands after a comma.
        """
        try:
            text = body.decode()
            begun = text.index(_REQUEST)
            head, begun = _canonical(text[:begun] + "}"), begun + len(_REQUEST)
            cut = text.index(_RULES, begun)
            _canonical(text[begun:cut])
            rules = cut + len(_RULES) - 1
            same = bool(self.last) and text.startswith(self.last, rules)
            end = rules + len(self.last)
            if not same:
                stated, end = _DECODER.raw_decode(text, rules)
                _as_written(stated, text[rules:end])
            if not text.startswith(_SETTLED, end):
                return None
            settlement = _canonical(text[end + len(_SETTLED) - 1 : -1])
        except (ValueError, RecursionError):
            return None
        known = head.keys() == {"calculation_version", "library"} and all(map(_is_id, head.values()))
        if not text.endswith("}") or not known:
            return None
        if not same:
            self.last = text[rules:end]
        return Asked(head["calculation_version"], head["library"], text[begun:cut], self.last, settlement)
