"""Settling files into a folder, part by part: what is finished stays, and what is not is done again.

    OUT/part-00000.jsonl      what came of the rows of the first part, in their order
    OUT/rejects-00000.jsonl   the rows of it for which there is no settlement: file, line and problems
    OUT/done-00000.json       that both are whole, until all are; then the manifest says so
    OUT/manifest.json         what was asked: inputs, rules, version, form; in the end what came of it

A part is written beside and renamed, so whoever is ended in between leaves nothing half. The same question gives the
same bytes, by however many workers.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import settlement
from settlement.batch.arrow import ArrowRows
from settlement.batch.parts import ENDINGS, Cells, Input, Part, expect_columns, lines_of, look_at, parts_of, rows_of
from settlement.batch.row import FORMS, Form, Outcome, outcome
from settlement.batch.rules import Rules
from settlement.batch.workers import (
    StartMethod,
    alone,
    digest_of_file,
    end_with_parent,
    put,
    settled_on_disk,
    starting,
)
from settlement.documents.canonical import canonical
from settlement.documents.written import all_readable
from settlement.engine.settle import CALCULATION_VERSION
from settlement.errors import BatchRefused
from settlement.money import Money, money_of

__all__ = ["Batch", "Report", "begin", "settle_part"]

#: Bytes of an input that make a part: some thousand rows.
PART: Final = 8 << 20
MANIFEST: Final = "manifest.json"
#: What people call the rows of a manifest.
_CALLED: Final = {
    "settlement": "version",
    "calculation_version": "calculation version",
    "as": "--as",
    "format": "--parquet",
    "part_bytes": "--part",
    "inputs": "input",
}


class Report(NamedTuple):
    """What came of all rows: how many, how many were rejected, for which codes, and what is payable.

    `payable` has a row for each currency and status: currency, status, number, minor units.
    """

    rows: int
    rejected: int
    codes: Mapping[str, int]
    payable: tuple[tuple[str, str, int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "rows": self.rows,
            "rejected": self.rejected,
            "codes": dict(self.codes),
            "payable": [
                {"currency": currency, "status": status, "count": count, "sum": str(money_of(minor, currency))}
                for currency, status, count, minor in self.payable
            ],
        }

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


class Batch:
    """What is to be settled: files, by which rules, into which folder.

    `inputs` end in .jsonl, .jsonl.gz, .jsonl.zst or .parquet (the last two with `settlement[arrow]`). `form` is what
    becomes of a row: its settlement, its record, or digest, status and payable alone (`totals`). `parquet` writes parts
    as Parquet. `part` is how many bytes of an input make a part.

    Raises `BatchRefused` for an input that is not there or of another kind, and for a folder that holds something else.
    """

    def __init__(
        self,
        inputs: Iterable[Path | str],
        rules: Rules,
        out: Path | str,
        *,
        form: Form = "settlement",
        parquet: bool = False,
        part: int = PART,
    ) -> None:
        paths = [Path(each) for each in inputs]
        if form not in FORMS or part < 1 or not paths:
            msg = f"one of {', '.join(FORMS)}, a part of 1 byte or more, and an input are expected"
            raise BatchRefused(msg)
        for path in paths:
            if not path.name.endswith(ENDINGS):
                msg = f"{path}: {', '.join(ENDINGS)} can be read"
                raise BatchRefused(msg)
        self.rules, self.out, self.form, self.parquet, self.part = rules, Path(out), form, parquet, part
        try:
            if parquet or any(path.name.endswith(("zst", "parquet")) for path in paths):
                import_module("pyarrow")
            self.inputs: list[Input] = [look_at(path, part) for path in paths]
            self._expect_inputs()
        except ModuleNotFoundError:
            msg = 'this needs pyarrow: pip install "settlement[arrow]"'
            raise BatchRefused(msg) from None
        except OSError as error:
            msg = f"{error.filename}: {error.strerror}"
            raise BatchRefused(msg) from None
        self._open()

    def _expect_inputs(self) -> None:
        """Nothing, where each can be read and none stands twice: what is summed twice is wrong."""
        seen: dict[str, str] = {}
        for each in self.inputs:
            if each.size and each.digest in seen:
                msg = f"{each.path}: it has the very bytes of {seen[each.digest]}; name each input once"
                raise BatchRefused(msg)
            seen[each.digest] = each.path
            if each.path.endswith((".gz", ".zst", ".parquet")) and not each.size:
                msg = f"{each.path}: there is nothing in it; it was cut"
                raise BatchRefused(msg)
            if each.path.endswith(".parquet"):
                try:
                    expect_columns(each.path)
                except ValueError as error:
                    if isinstance(error, BatchRefused):
                        raise
                    msg = f"{each.path}: {error}"
                    raise BatchRefused(msg) from None

    def _asked(self) -> dict[str, Any]:
        return {
            "settlement": settlement.__version__,
            "calculation_version": CALCULATION_VERSION,
            "as": self.form,
            "format": "parquet" if self.parquet else "jsonl",
            "part_bytes": self.part,
            "inputs": [each.stated() for each in self.inputs],
            "rules": self.rules.stated(),
        }

    def _open(self) -> None:
        """Begin a folder, or go on with the one that was begun with this very question."""
        asked, path = self._asked(), self.out / MANIFEST
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            if path.exists():
                there = json.loads(path.read_bytes())
                differs = [_CALLED.get(name, name) for name, value in asked.items() if there.get(name) != value]
                if differs:
                    msg = (
                        f"{path}: it was begun with other {', '.join(differs)}; take another folder, or empty this one"
                    )
                    raise BatchRefused(msg)
                self.finished = bool(there.get("complete")) and self._whole(there)
            elif any(each.name != f"{MANIFEST}.writing" for each in self.out.iterdir()):
                msg = f"{self.out}: it holds something else; take a folder that is empty, or not there"
                raise BatchRefused(msg)
            else:
                self.finished = False
                _write(path, _manifest(asked))
        except OSError as error:
            msg = f"{error.filename}: {error.strerror}"
            raise BatchRefused(msg) from None
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            if isinstance(error, BatchRefused):
                raise
            msg = f"{path}: this is no manifest of a batch"
            raise BatchRefused(msg) from None

    def run(
        self,
        workers: int | None = None,
        progress: Callable[[int, int], object] = lambda *_: None,
        *,
        start_method: StartMethod = "spawn",
    ) -> Report:
        """Settle what is not finished, by so many processes; None: in this one. `progress` hears of each part.

        Processes start as for `settle_many`; `ValueError` for a start method that this system has not.
        Raises `BatchRefused` where an input cannot be read to its end, where a disk is full or a process was killed
        (what was finished stays), where an input changed meanwhile, and while another run has the folder.
        """
        context = starting(start_method)
        with alone(self.out):
            if not self.finished:
                try:
                    count = sum(1 for _ in self._settled(workers, progress, context))
                    changed = [each.path for each in self.inputs if look_at(Path(each.path), self.part) != each]
                except BatchRefused:
                    raise
                except (EOFError, OSError, zlib.error, ValueError, BrokenProcessPool) as error:
                    msg = f"the batch cannot go on: {error}"
                    raise BatchRefused(msg) from None
                if changed:
                    self._tidy()  # what was settled is of other bytes
                    msg = f"{', '.join(changed)}: it changed while it was read; nothing of it is kept"
                    raise BatchRefused(msg)
                self._close(count)
            self._tidy()
        return _report(json.loads((self.out / MANIFEST).read_bytes()))

    def _settled(
        self, workers: int | None, progress: Callable[[int, int], object], context: BaseContext
    ) -> Iterator[None]:
        """Each part, when it is finished; no more than a few are under way."""
        begun = self.rules, self.out, self.form, self.parquet
        todo = (part if self._unfinished(part) else part.number for part in parts_of(self.inputs, self.part))
        if workers is None:
            begin(*begun)
            for part in todo:
                progress(*self._told(settle_part(part) if isinstance(part, Part) else part))
                yield
            return
        with ProcessPoolExecutor(workers, context, _enter, begun) as pool:
            under_way: deque[Future[int] | int] = deque()

            def first() -> int:
                done = under_way.popleft()
                return done if isinstance(done, int) else done.result()

            for part in todo:
                under_way.append(pool.submit(settle_part, part) if isinstance(part, Part) else part)
                if len(under_way) > 2 * workers:
                    progress(*self._told(first()))
                    yield
            while under_way:
                progress(*self._told(first()))
                yield

    def _unfinished(self, part: Part) -> bool:
        if part.number > 99_999:
            msg = "there are more than 100 000 parts; take a larger --part"
            raise BatchRefused(msg)
        try:
            done = json.loads((self.out / f"done-{part.number:05d}.json").read_bytes())
        except (OSError, ValueError):
            return True
        return not self._as_noted(done)

    def _as_noted(self, row: Mapping[str, Any]) -> bool:
        """Whether both files of a part are there as its note, or the manifest, says."""
        rejects = str(row["part"]).replace("part-", "rejects-").replace(".parquet", ".jsonl")
        try:
            found = digest_of_file(self.out / row["part"]), digest_of_file(self.out / rejects)
        except OSError:
            return False
        return found == (row["digest"], row["rejects_digest"])

    def _whole(self, manifest: Mapping[str, Any]) -> bool:
        """Whether all that a manifest names is there; what isn't is made again."""
        _report(manifest)
        return all(self._as_noted(row) for row in manifest["parts"])

    def _tidy(self) -> None:
        """Without notes: the manifest says all, or they are of no use."""
        for path in self.out.glob("done-*.json*"):
            path.unlink()

    def _told(self, number: int) -> tuple[int, int]:
        done = json.loads((self.out / f"done-{number:05d}.json").read_bytes())
        return done["rows"], done["rejected"]

    def _close(self, count: int) -> None:
        """The manifest with what came of all parts; then the notes that each was whole can go."""
        parts = [json.loads((self.out / f"done-{number:05d}.json").read_bytes()) for number in range(count)]
        codes, payable = Counter[str](), Counter[tuple[str, str]]()
        counts = Counter[tuple[str, str]]()
        for each in parts:
            codes.update(each["codes"])
            for currency, status, number, minor in each["payable"]:
                counts[currency, status] += number
                payable[currency, status] += minor
        report = Report(
            sum(each["rows"] for each in parts),
            sum(each["rejected"] for each in parts),
            dict(sorted(codes.items())),
            tuple([(*key, counts[key], payable[key]) for key in sorted(counts)]),
        )
        names = ("part", "rows", "rejected", "digest", "rejects_digest")
        kept = [{name: each[name] for name in names} for each in parts]
        _write(self.out / MANIFEST, _manifest(self._asked() | {"complete": True} | report.to_dict() | {"parts": kept}))
        self.finished = True


def _manifest(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _report(document: Mapping[str, Any]) -> Report:
    rows = [(row["currency"], row["status"], row["count"], Money(row["sum"]).minor) for row in document["payable"]]
    return Report(document["rows"], document["rejected"], document["codes"], tuple(rows))


def _write(path: Path, data: bytes) -> None:
    """Beside, then in its place: nobody ever sees a half."""
    beside = path.with_name(f"{path.name}.writing")
    with beside.open("wb") as file:
        file.write(data)
        settled_on_disk(file)
    put(beside, path)


# ------------------------------------------------------------------ in a process

_HELD: list[tuple[Rules, Path, Form, bool]] = []


def begin(rules: Rules, out: Path, form: Form, parquet: bool) -> None:
    """What a process settles by, and where to."""
    _HELD[:] = [(rules, out, form, parquet)]


def _enter(rules: Rules, out: Path, form: Form, parquet: bool) -> None:
    end_with_parent()
    begin(rules, out, form, parquet)


def settle_part(part: Part) -> int:
    """One part, finished; returns its number."""
    ((rules, out, form, parquet),) = _HELD
    where = "row" if part.file.endswith(".parquet") else "line"
    names = {
        kind: out / f"{kind}-{part.number:05d}.{'parquet' if parquet and kind == 'part' else 'jsonl'}"
        for kind in ("part", "rejects")
    }
    beside = {kind: path.with_name(f"{path.name}.writing") for kind, path in names.items()}
    rows, codes, payable = 0, Counter[str](), dict[tuple[str, str], list[int]]()
    rejected, writer = 0, ArrowRows if parquet else Lines
    with writer(beside["part"]) as good, beside["rejects"].open("wb") as bad:
        texts: Iterator[tuple[int, bytes | Cells]] = rows_of(part) if where == "row" else lines_of(part)
        for line, text in texts:
            rows += 1
            made = outcome(text, rules, form)
            if made.document is None:
                rejected += 1
                codes.update({each.code for each in made.problems})
                problems = [{"place": each.place, "code": each.code} for each in made.problems]  # no value of anybody's
                bad.write(canonical({"file": part.file, where: line, "problems": problems}) + b"\n")
            else:
                good.write(made)
                sums = payable.setdefault((str(made.currency), str(made.status)), [0, 0])
                sums[0] += 1
                sums[1] += made.payable
    for each in beside.values():
        with each.open("rb") as written:
            settled_on_disk(written)
    digests = {kind: digest_of_file(each) for kind, each in beside.items()}
    for kind, path in names.items():
        put(beside[kind], path)
    done = {
        "part": names["part"].name,
        "rows": rows,
        "rejected": rejected,
        "digest": digests["part"],
        "rejects_digest": digests["rejects"],
        "codes": dict(sorted(codes.items())),
        "payable": [[*key, *sums] for key, sums in sorted(payable.items())],
    }
    _write(out / f"done-{part.number:05d}.json", canonical(done))
    return part.number


class Lines:
    """Documents as lines of JSON."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def write(self, made: Outcome) -> None:
        """One more."""
        self._file.write(str(made.document).encode() + b"\n")


all_readable(globals())
