"""Records as they lie in files: a row at a time, with its place, so that a broken one is told and passed over."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from settlement.audit.record import Record
from settlement.documents.canonical import digest_of
from settlement.documents.strict_json import MAX_DOCUMENT
from settlement.errors import InvalidDocument, Problem

__all__ = ["Asked", "Kept", "Readable", "Row", "Rules", "kept", "read_rows", "rows_of"]

#: What a file of records ends in; a `.json` file is one record.
_ENDINGS: Final = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_HEAD, _TAIL = b'{"body":', b',"digest":"sha256:'
_REQUEST, _RULES, _SETTLED = ',"request":{"checkout":', ',"rulebook":{', '},"settlement":{'
_DECODER: Final = json.JSONDecoder()


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


def rows_of(*names: str | Path) -> Iterator[Row]:
    """The rows of files and folders, in the order of their names: JSON Lines, plain or .gz; a .json file is one record.

    One row at a time is in memory. Raises `OSError` for a file that cannot be opened.

    >>> from settlement.audit.what_if import rows_of
    >>> list(rows_of("no-such-folder"))
    Traceback (most recent call last):
    ...
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such-folder'
    """
    for name in names:
        path = Path(name)
        if path.is_dir():
            files = sorted(each for each in path.rglob("*") if each.name.endswith(_ENDINGS) and each.is_file())
            for each in files:
                yield from rows_of(each)
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
        beside = _beside(data[at + 1 :])
        body = data[len(_HEAD) : at]
        if beside is not None and beside["digest"] == digest_of(body):
            return Kept(body, beside["digest"], beside.get("order_name"))
    whole = Record.from_json(text)
    return Kept(whole.body, whole.digest, whole.order_name)


def _beside(text: bytes) -> dict[str, Any] | None:
    """What stands beside the body, where that is all that follows it."""
    try:
        found = json.loads(b"{" + text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.keys() <= {"digest", "order", "personal", "order_name"} else None


class Asked(NamedTuple):
    """The parts of a record's body: documents as JSON texts, the settlement as plain data."""

    version: str
    library: str
    checkout: str
    rulebook: str
    settlement: Any


class Rules:
    """The text of the rules that came last: a month of orders has the same few, and they are told by their bytes."""

    def __init__(self) -> None:
        self.last = ""

    def asked(self, body: bytes) -> Asked:
        """The parts of a body. Raises `InvalidDocument` where it is none."""
        text = body.decode()
        found = self._sliced(text)
        if found is not None:
            return found
        data = json.loads(text)
        try:
            request = data["request"]
            checkout, rulebook = (json.dumps(request[each], ensure_ascii=False) for each in ("checkout", "rulebook"))
            return Asked(data["calculation_version"], data["library"], checkout, rulebook, data["settlement"])
        except (LookupError, TypeError):
            raise InvalidDocument([Problem("body.request", "field.missing")], "Record") from None

    def _sliced(self, text: str) -> Asked | None:
        """The parts cut out of canonical JSON, where they stand as they are written; None where they don't.

        No string holds an unescaped quote, so the rules begin where their name first stands after a comma.
        """
        try:
            begun = text.index(_REQUEST)
            head, begun = json.loads(text[:begun] + "}"), begun + len(_REQUEST)
            cut = text.index(_RULES, begun)
            rules = cut + len(_RULES) - 1
            same = bool(self.last) and text.startswith(self.last, rules)
            end = rules + len(self.last) if same else _DECODER.raw_decode(text, rules)[1]
            if not text.startswith(_SETTLED, end):
                return None
            settlement, after = _DECODER.raw_decode(text, end + len(_SETTLED) - 1)
        except (ValueError, RecursionError):
            return None
        if text[after:] != "}" or head.keys() != {"calculation_version", "library"}:
            return None
        if not same:
            self.last = text[rules:end]
        return Asked(head["calculation_version"], head["library"], text[begun:cut], self.last, settlement)
