"""Reading an archive back: the records that it was made of, and whether its files are as they were written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from settlement.audit.what_if.rows import Row
from settlement.batch.archive.inputs import read_manifest
from settlement.batch.archive.rows import body_of
from settlement.batch.workers import digest_of_file
from settlement.documents.written import all_readable
from settlement.errors import BatchRefused, Problem

__all__ = ["MANIFEST", "changed_files", "is_archive", "read_archive"]

MANIFEST: Final = "manifest.json"
_PERSONAL: Final = "personal/"
#: What a manifest may name: a file of a table, never one beside the archive.
_NAME: Final = re.compile(r"(?:(?:orders|ledger|documents|personal)/day=[0-9-]{10}|rulebooks)/part-[0-9]{5,}\.parquet")


def is_archive(folder: Path | str) -> bool:
    """Whether `settlement archive` wrote this folder: as its manifest says; False where there is none.

    >>> is_archive("no such folder")
    False
    """
    told = read_manifest(Path(folder) / MANIFEST)
    return told is not None and told.get("as") == "archive"


def _files(folder: Path) -> list[dict[str, Any]]:
    told = read_manifest(folder / MANIFEST)
    files = None if told is None or told.get("as") != "archive" else told.get("files")
    named = isinstance(files, list) and all(
        isinstance(row, dict) and isinstance(row.get("file"), str) and _NAME.fullmatch(row["file"]) for row in files
    )
    if files is None or not named:
        msg = f"{folder}: this is no archive; settlement archive writes one"
        raise BatchRefused(msg)
    if len({row["file"] for row in files}) < len(files):
        msg = f"{folder}: its manifest names a file twice, whose orders would be counted twice"
        raise BatchRefused(msg)
    return list(files)


def changed_files(folder: Path | str) -> list[str]:
    """The files that are not as they were written, or not there, and tables beside them, which others would add up.

    `manifest.json` is one where its orders are not as many as those of its days, sums and files. What is personal may
    be changed and deleted. Raises `BatchRefused` for a folder that is no archive, or unreadable.
    """
    folder = Path(folder)
    files = _files(folder)
    stated = {row["file"]: row.get("digest") for row in files if not row["file"].startswith(_PERSONAL)}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet") if path.is_file()}
    try:
        changed = {name for name, told in stated.items() if name not in there or digest_of_file(folder / name) != told}
    except OSError as error:
        msg = f"{error.filename}: {error.strerror}"
        raise BatchRefused(msg) from None
    if not _agrees(folder, files):
        changed.add(MANIFEST)
    return sorted(changed | {name for name in there - stated.keys() if not name.startswith(_PERSONAL)})


def _agrees(folder: Path, files: list[dict[str, Any]]) -> bool:
    """Whether a manifest counts the same orders wherever it counts them: none went missing with its file."""
    told = read_manifest(folder / MANIFEST) or {}
    try:
        days, payable = told["days"].values(), [row["count"] for row in told["payable"]]
        tables = [[row["rows"] for row in files if row["file"].startswith(name)] for name in ("orders/", "documents/")]
        return all(sum(counts) == told["orders"] for counts in (days, payable, *tables))
    except (LookupError, TypeError, AttributeError):
        return False


def read_archive(folder: Path | str) -> Iterator[Row]:
    """The records of an archive by day, each as the JSON that it was, with its file and row; one part in memory.

    What is personal is put back where it is still there. `replay`, `what_if` and `Record.from_json` take a row's text.
    A record whose rulebook is gone has a `problem` in its place. Raises `BatchRefused` for a folder that is no archive,
    for a file of documents that cannot be read, and where pyarrow is not there (`settlement[arrow]`).
    `write_archive` has an example.
    """
    folder = Path(folder)
    names = [row["file"] for row in _files(folder) if row["file"].startswith("documents/")]
    try:
        from pyarrow import parquet
    except ModuleNotFoundError:
        msg = 'this needs pyarrow: pip install "settlement[arrow]"'
        raise BatchRefused(msg) from None

    def rows(name: str, *columns: str) -> Iterator[dict[str, Any]]:
        with parquet.ParquetFile(folder / name) as file:
            for batch in file.iter_batches(256, columns=list(columns) or None):
                yield from batch.to_pylist()

    try:
        rules = {row["rulebook_digest"]: row["document"] for row in rows("rulebooks/part-00000.parquet")}
        for name in names:
            beside: dict[str, dict[str, str]] = {}
            personal = name.replace("documents/", _PERSONAL, 1)
            if (folder / personal).is_file():
                for row in rows(personal):
                    beside.setdefault(row["order_id"], {})[row["place"]] = row["value"]
            for line, row in enumerate(rows(name), 1):
                yield _row(row, Row(str(folder / name), line, b""), rules, beside.get(row["order_id"], {}))
    except (OSError, ValueError, LookupError, TypeError, NotImplementedError) as error:
        if isinstance(error, BatchRefused):
            raise
        msg = f"{folder}: the archive cannot be read: {error}"
        raise BatchRefused(msg) from None


def _row(row: dict[str, Any], where: Row, rules: dict[str, str], personal: dict[str, str]) -> Row:
    rulebook = rules.get(row["rulebook_digest"])
    if rulebook is None:
        return where._replace(problem=Problem("body.request.rulebook", "rulebook.unknown"))
    body = body_of(row["calculation_version"], row["library"], row["checkout"], rulebook, row["settlement"])
    stated = json.dumps(row["digest"])
    told = ",".join(f"{json.dumps(place, ensure_ascii=False)}:{value}" for place, value in sorted(personal.items()))
    order = json.dumps(row["lines"], ensure_ascii=False, separators=(",", ":"))
    named = "" if row["order_name"] is None else f',"order_name":{json.dumps(row["order_name"], ensure_ascii=False)}'
    text = f'{{"body":{body},"digest":{stated},"order":{order}{named},"personal":{{{told}}}}}'
    return where._replace(text=text.encode())


all_readable(globals())
