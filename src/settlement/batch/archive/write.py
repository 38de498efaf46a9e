"""Writing an archive: all of it beside its place, then renamed, so that nobody ever adds up a half."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime, timedelta, timezone
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import settlement
from settlement.audit.what_if.rows import Row, rows_of
from settlement.batch.archive.inputs import inputs_of, read_manifest
from settlement.batch.archive.read import MANIFEST, changed_files
from settlement.batch.archive.rows import RULEBOOKS, TABLES, Archived, Cells, archived, block
from settlement.batch.parts import Input, look_at
from settlement.batch.workers import alone, digest_of_file, end_with_parent, put, settled_on_disk
from settlement.documents.canonical import canonical
from settlement.documents.written import all_readable
from settlement.errors import BatchRefused, Problem
from settlement.money import Money, money_of

__all__ = ["ArchiveReport", "write_archive"]

#: Orders of a part, and bytes of documents that are held before the fullest day is written.
PART: Final = 5_000
HELD: Final = 128 << 20
_BLOCK: Final = 32
_CHINA: Final = timedelta(hours=8)
_REJECTS: Final = "rejects.jsonl"
#: Bytes of rejected rows that are held before they are written.
_SPILLED: Final = 1 << 20


class ArchiveReport(NamedTuple):
    """What came of all rows: how many orders, how many rows were rejected and for which codes, what is payable.

    `payable` has a row for each currency and status: currency, status, number, minor units; `days` the orders of each
    day, `versions` those of each calculation version and library.
    """

    orders: int
    rejected: int
    codes: Mapping[str, int]
    payable: tuple[tuple[str, str, int, int], ...]
    days: Mapping[str, int]
    versions: tuple[tuple[str, str, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "orders": self.orders,
            "rejected": self.rejected,
            "codes": dict(self.codes),
            "payable": [
                {"currency": currency, "status": status, "count": count, "sum": str(money_of(minor, currency))}
                for currency, status, count, minor in self.payable
            ],
            "days": dict(self.days),
            "versions": [
                {"calculation_version": version, "library": library, "orders": orders}
                for version, library, orders in self.versions
            ],
        }

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def _report(told: Mapping[str, Any]) -> ArchiveReport:
    payable = [(row["currency"], row["status"], row["count"], Money(row["sum"]).minor) for row in told["payable"]]
    versions = [(row["calculation_version"], row["library"], row["orders"]) for row in told["versions"]]
    return ArchiveReport(told["orders"], told["rejected"], told["codes"], tuple(payable), told["days"], tuple(versions))


def write_archive(
    inputs: Iterable[Path | str],
    out: Path | str,
    *,
    offset: timedelta = _CHINA,
    workers: int | None = None,
    progress: Callable[[int, int], object] = lambda *_: None,
) -> ArchiveReport:
    """Write records as Parquet into a folder, by the day of a clock at this offset from UTC (China's, unless stated).

    `inputs` are files of records (.jsonl, and .json of one, also .gz and .zst), folders of these, and those that
    `settlement batch --as record` wrote. A row that is no record, whose sums contradict each other or whose order is
    there already is rejected and stands in `rejects.jsonl`; it ends nothing. `workers` is a number of processes;
    without it all is done in this one. `progress` hears of orders and rejected rows as they come.

    All is written beside `out` and renamed at the end; the same question gives the same bytes. Where `out` is the
    archive of the very same question, nothing is done. Raises `BatchRefused` where it is anything else, for an input
    that cannot be read or changes meanwhile, and where pyarrow is not there (`settlement[arrow]`).

    >>> from tempfile import TemporaryDirectory
    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.audit.record import record
    >>> from settlement.batch.archive import changed_files, read_archive
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="9.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:30:00+08:00", cart=Cart(currency="CNY", lines=[line]), order="A1")
    >>> kept = record(settle(checkout, Rulebook(id="now", currency="CNY"))).to_json()
    >>> with TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     _ = (folder / "in.jsonl").write_text(kept, encoding="utf-8")
    ...     report = write_archive([folder / "in.jsonl"], folder / "out")
    ...     found = [row.text.decode() for row in read_archive(folder / "out")]
    ...     changed = changed_files(folder / "out")
    >>> report.orders, report.payable, report.days
    (1, (('CNY', 'payable', 1, 990),), {'2026-11-11': 1})
    >>> found == [kept], changed
    (True, [])
    """
    out, (minutes, rest) = Path(out).resolve(), divmod(offset, timedelta(minutes=1))
    if abs(minutes) >= 1_440 or rest or (workers is not None and workers < 1):
        msg = "an offset of whole minutes within a day, and a worker or more, are expected"
        raise BatchRefused(msg)
    try:
        import pyarrow as pa  # noqa: F401 - told before anything is read
    except ModuleNotFoundError:
        msg = 'this needs pyarrow: pip install "settlement[arrow]"'
        raise BatchRefused(msg) from None
    try:
        looked = [look_at(path, 1 << 62) for path in inputs_of(inputs)]
        asked = _asked(looked, minutes)
        there = _standing(out, asked)
        if there is not None:
            return there
        beside = out.with_name(f"{out.name}.writing")
        _expect_own(beside)
        beside.mkdir(parents=True, exist_ok=True)
        with alone(beside):
            _empty(beside)
            writing = _Writing(beside, timezone(offset))
            for source, made in _made([Path(each.path) for each in looked], workers):
                writing.add(source, made)
                progress(writing.orders, writing.rejected)
            writing.close()
            changed = [each.path for each in looked if look_at(Path(each.path), 1 << 62) != each]
            if changed:
                _empty(beside)
                msg = f"{', '.join(changed)}: it changed while it was read; nothing of it is kept"
                raise BatchRefused(msg)
            report = writing.report()
            told = asked | {"complete": True} | report.to_dict() | {"files": writing.files}
            _write(beside / MANIFEST, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
            if out.is_dir():
                out.rmdir()  # it is empty
            put(beside, out)
    except BrokenProcessPool as error:
        msg = f"the archive cannot go on: {error}"
        raise BatchRefused(msg) from None
    except OSError as error:
        msg = f"{error.filename}: {error.strerror}" if error.filename else f"the archive cannot go on: {error}"
        raise BatchRefused(msg) from None
    return report


def _asked(inputs: list[Input], offset: int) -> dict[str, Any]:
    """The question, as the manifest has it; no input may stand twice."""
    seen: dict[str, str] = {}
    for each in inputs:
        if each.size and each.digest in seen:
            msg = f"{each.path}: it has the very bytes of {seen[each.digest]}; name each input once"
            raise BatchRefused(msg)
        seen[each.digest] = each.path
    clock = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    return {
        "settlement": settlement.__version__,
        "as": "archive",
        "offset": clock,
        "inputs": [each.stated() for each in inputs],
    }


def _standing(out: Path, asked: Mapping[str, Any]) -> ArchiveReport | None:
    """What came of the same question before; None where the place is free."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    told = read_manifest(out / MANIFEST)
    if told is None or told.get("as") != "archive":
        msg = f"{out}: it holds something else; take a folder that is empty, or not there"
        raise BatchRefused(msg)
    differs = [name for name, value in asked.items() if told.get(name) != value]
    if differs:
        msg = f"{out}: it is an archive of other {', '.join(differs)}; take another folder"
        raise BatchRefused(msg)
    changed = changed_files(out)
    if changed:
        msg = f"{out}: {', '.join(changed)} is not as it was written; take another folder"
        raise BatchRefused(msg)
    try:
        return _report(told)
    except (ValueError, LookupError, TypeError, AttributeError):
        msg = f"{out}: its manifest is not as it was written; take another folder"
        raise BatchRefused(msg) from None


def _expect_own(beside: Path) -> None:
    """Nothing, where the folder that is written in is free, or left by a run that was ended."""
    own = {*TABLES, "rulebooks", _REJECTS, MANIFEST, f"{MANIFEST}.writing"}
    if beside.exists() and (not beside.is_dir() or any(each.name not in own for each in beside.iterdir())):
        msg = f"{beside}: it holds something else; the archive is written there first"
        raise BatchRefused(msg)


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        settled_on_disk(file)


# ------------------------------------------------------------------ rows, by one process or several


def _made(paths: list[Path], workers: int | None) -> Iterator[tuple[Row, Archived]]:
    """Each row of all files with what came of it, in their order; a few rows are not worth a process."""
    rows = chain.from_iterable(map(rows_of, paths))
    begun = list(islice(rows, _BLOCK))
    rows = chain(begun, rows)
    if workers is None or len(begun) < _BLOCK:
        for row in rows:
            yield row._replace(text=b""), archived(row)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, end_with_parent) as pool:
        under_way: deque[tuple[list[Row], Future[list[Archived]]]] = deque()

        def first() -> Iterator[tuple[Row, Archived]]:
            places, made = under_way.popleft()
            return zip(places, made.result(), strict=True)

        while some := list(islice(rows, _BLOCK)):
            under_way.append(([row._replace(text=b"") for row in some], pool.submit(block, some)))
            if len(under_way) > 2 * workers:
                yield from first()
        while under_way:
            yield from first()


# ------------------------------------------------------------------ tables


class _Day:
    """The rows of a day that are not yet in a file."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Cells]] = {name: [] for name in TABLES}
        self.size = self.orders = self.parts = 0


class _Writing:
    """A folder that is being written."""

    def __init__(self, folder: Path, clock: timezone) -> None:
        self.folder, self.clock = folder, clock
        self.orders = self.rejected = 0
        self.files: list[dict[str, Any]] = []
        self._codes, self._days = Counter[str](), Counter[str]()
        self._payable: dict[tuple[str, str], list[int]] = {}
        self._versions = Counter[tuple[str, str]]()
        self._seen: set[str] = set()
        self._rulebooks: dict[str, Cells] = {}
        self._open: dict[str, _Day] = {}
        self._rejects = bytearray()
        self._held = 0

    def add(self, source: Row, made: Archived) -> None:
        """What came of one row."""
        if not made.problems and made.order in self._seen:
            made = Archived((Problem("", "archive.twice", {"order": made.order}),))
        name = None if made.at is None else self._day(made.at)
        if not made.problems and name is None:
            made = Archived((Problem("body.settlement.at", "time.range"),))
        if made.problems or name is None:
            self._reject(source, made.problems)
            return
        self._seen.add(made.order)
        self.orders += 1
        self._days[name] += 1
        self._versions[made.version] += 1
        sums = self._payable.setdefault((made.currency, made.status), [0, 0])
        sums[0] += 1
        sums[1] += made.payable
        self._rulebooks.setdefault(made.rulebook[1], made.rulebook)
        day = self._open.setdefault(name, _Day())
        for table, rows in zip(TABLES, made.rows, strict=True):
            day.rows[table] += rows
        day.orders += 1
        day.size += made.size
        self._held += made.size
        if day.orders == PART:
            self._flush(name)
        elif self._held > HELD:
            self._flush(max(self._open, key=lambda each: (self._open[each].size, each)))

    def _day(self, at: datetime) -> str | None:
        """The day of an instant by this clock; None at either end of the calendar, where it has none."""
        try:
            return at.astimezone(self.clock).date().isoformat()
        except OverflowError:
            return None

    def _reject(self, source: Row, problems: Iterable[Problem]) -> None:
        self.rejected += 1
        self._codes.update({each.code for each in problems})
        told = [{"place": each.place, "code": each.code} for each in problems]  # no value of anybody's
        self._rejects += canonical({"file": source.source, "line": source.line, "problems": told}) + b"\n"
        if len(self._rejects) > _SPILLED:
            self._spill()

    def _spill(self) -> None:
        """What was rejected so far, into its file: however much it is, little is in memory."""
        with (self.folder / _REJECTS).open("ab") as file:
            file.write(self._rejects)
            settled_on_disk(file)
        self._rejects.clear()

    def _flush(self, name: str) -> None:
        day = self._open[name]
        for table, rows in day.rows.items():
            self._put(f"{table}/day={name}/part-{day.parts:05d}.parquet", TABLES[table], rows)
            day.rows[table] = []
        day.parts += 1
        self._held -= day.size
        day.size = day.orders = 0

    def _put(self, name: str, columns: tuple[str, ...], rows: list[Cells]) -> None:
        from settlement.batch.archive.tables import write_rows

        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(path, columns, rows)
        with path.open("rb") as file:
            settled_on_disk(file)
        self.files.append({"file": name, "rows": len(rows), "digest": digest_of_file(path)})

    def close(self) -> None:
        """The rest of each day, the rulebooks, and what was rejected."""
        for name in sorted(self._open):
            if self._open[name].orders:
                self._flush(name)
        rulebooks = [self._rulebooks[digest] for digest in sorted(self._rulebooks)]
        self._put("rulebooks/part-00000.parquet", RULEBOOKS, rulebooks)
        self.files.sort(key=lambda row: row["file"])
        self._spill()

    def report(self) -> ArchiveReport:
        """What came of all rows."""
        payable = [(*key, sums[0], sums[1]) for key, sums in sorted(self._payable.items())]
        versions = [(*key, count) for key, count in sorted(self._versions.items())]
        return ArchiveReport(
            self.orders,
            self.rejected,
            dict(sorted(self._codes.items())),
            tuple(payable),
            dict(sorted(self._days.items())),
            tuple(versions),
        )


all_readable(globals())
