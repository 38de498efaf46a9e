"""Frames of Spark: what a batch does on one machine, wherever the rows lie (`settlement[spark]`).

    settle_frame     a row in, a row out: its settlement, or the problems for which there is none
    what_if_frame    records in, the figures of `what_if` out: each partition is added up where it lies

Rules travel as JSON, broadcast, and are compiled once in each process that settles. The bytes are those of one machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import settlement
from settlement.after_pay.payouts.owed import PayoutPolicy
from settlement.audit.what_if.answer import WhatIf
from settlement.audit.what_if.candidates import Candidates
from settlement.audit.what_if.rows import Row
from settlement.audit.what_if.totals import Totals
from settlement.batch.arrow import cells_of
from settlement.batch.parts import Cells
from settlement.batch.row import FORMS, Form, outcome
from settlement.batch.rules import Rules
from settlement.documents.scalars import instant_out
from settlement.documents.written import all_readable
from settlement.errors import BatchRefused, Problem
from settlement.money import Money
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark import Broadcast
    from pyspark.sql import DataFrame

__all__ = ["settle_frame", "what_if_frame"]

#: Rows that are handed on at once, whatever number came at once: no more documents than these are in memory.
_ROWS: Final = 256
#: What is added to a row that is settled.
_ADDED: Final = {
    "status": "string",
    "currency": "string",
    "payable": "decimal(38,4)",
    "document": "string",
    "problems": "array<struct<place: string, code: string>>",
}
#: Kinds of whole numbers.
_WHOLE: Final = frozenset({"tinyint", "smallint", "int", "bigint"})


def settle_frame(
    df: DataFrame,
    rulebooks: Rulebook | Iterable[Rulebook] | Rules,
    *,
    form: Form = "settlement",
) -> DataFrame:
    """Settle each row of a frame, lazily: the frame's other columns, and what came of the row.

    `df` has a column `checkout` of JSON texts, and `rulebook` with the id of one where rows name theirs; or `row`, of
    texts `{"checkout": …, "rulebook": id}` as `settlement batch` reads them. `checkout` and `row` are not carried on,
    every other column is. Added are `status`, `currency`, `payable` (a decimal of 4 places), `document` (the JSON of
    the `form`: the settlement, its record, or digest, status and payable alone), and `problems`: place and code of
    each, for which there is no document. What is wrong with a row is in these and never ends the job.

    Raises `BatchRefused` for a frame without those columns, with one that is added, or two of one name;
    `InvalidDocument` for rulebooks that do not go together, `ValueError` for a form that there is not. A worker with
    another version of this library ends the job. Example: docs/how-to/spark.md.
    """
    if form not in FORMS:
        msg = f"form is one of {', '.join(FORMS)}; found {form!r}"
        raise ValueError(msg)
    if isinstance(rulebooks, Rulebook):
        rulebooks = [rulebooks]
    rules = rulebooks if isinstance(rulebooks, Rules) else Rules(rulebooks)
    given = {field.name: field.dataType.simpleString() for field in df.schema.fields}
    texts = [name for name in ("row", "checkout") if name in given]
    _expect_once(df)
    if len(texts) != 1:
        msg = f"a column checkout of JSON texts is expected, or one row; there are {', '.join(given)}"
        raise BatchRefused(msg)
    _expect_texts(given, *texts, *(["rulebook"] if "rulebook" in given and texts == ["checkout"] else []))
    twice = [name for name in given if name.lower() in _ADDED]
    if twice:
        msg = f"{', '.join(twice)}: what is added is called so; name the column otherwise"
        raise BatchRefused(msg)
    asked = Asked(
        settlement.__version__,
        tuple([(_named(type(each)), each.to_json()) for each in rules.rulebooks.values()]),
        tuple([(each.rulebook, instant_out(each.since)) for each in rules.choice]),
    )
    held = df.sparkSession.sparkContext.broadcast(asked)
    return _by_place(df, texts[0], partial(_settle, held, form))


def _by_place(df: DataFrame, text: str, settle: Callable[..., Iterator[pa.RecordBatch]]) -> DataFrame:
    """Columns by their places while they are settled: Spark finds none by a name with a dot or a backtick in it."""
    from pyspark.sql.types import StructField, StructType

    places = {name: f"c{at}" for at, name in enumerate(df.columns)}
    carried = [field for field in df.schema.fields if field.name != text]
    fields = [StructField(places[field.name], field.dataType) for field in carried]
    fields += StructType.fromDDL(", ".join(f"{name} {kind}" for name, kind in _ADDED.items())).fields
    named = places.get("rulebook") if text == "checkout" else None
    made = df.toDF(*places.values()).mapInArrow(partial(settle, text, places[text], named), StructType(fields))
    return made.toDF(*[field.name for field in carried], *_ADDED)


def what_if_frame(
    df: DataFrame,
    *rulebooks: Rulebook,
    column: str = "document",
    policy: PayoutPolicy | None = None,
    rulebook_class: type[Rulebook] = Rulebook,
    edges: Sequence[Money] | None = None,
) -> WhatIf:
    """What the orders of a frame of records would have come to under other rules: the very bytes of `what_if`.

    `column` holds records as JSON texts. Each partition is added up where it lies, and only its sums come back. A text
    that is no record, and none at all, is counted as broken; where the frame has columns `source` and `line` it is told
    by them. Runs at once. Raises what `what_if` raises, and `BatchRefused` for a frame without that column, with
    `source` or `line` of another kind than text and whole number, or two columns of one name. Example:
    docs/how-to/spark.md.
    """
    candidates = Candidates(*rulebooks, policy=policy, rulebook_class=rulebook_class)
    WhatIf(candidates, Totals(candidates.of), edges)  # what is wrong with the edges is told before the work
    given = {field.name: field.dataType.simpleString() for field in df.schema.fields}
    _expect_once(df)
    if column not in given:
        msg = f"a column {column} of records is expected; there are {', '.join(given)}"
        raise BatchRefused(msg)
    _expect_texts(given, column, *(["source"] if "source" in given else []))
    if given.get("line", "int") not in _WHOLE:
        msg = f"the column line is {given['line']}; whole numbers are expected"
        raise BatchRefused(msg)
    asked = _Weighed(
        settlement.__version__,
        tuple([(_named(type(each)), each.to_json()) for each in candidates.rulebooks]),
        candidates.policy.to_json(),
        _named(rulebook_class),
    )
    held = df.sparkSession.sparkContext.broadcast(asked)
    places = {name: f"c{at}" for at, name in enumerate(df.columns)}
    told = [name for name in ("source", "line") if name in places and name != column]
    rows = df.toDF(*places.values()).select(*[places[name] for name in (column, *told)]).toDF("text", *told)
    parts = rows.mapInArrow(partial(_weigh, held), "totals string").collect()
    totals = Totals(candidates.of)
    for (text,) in parts:
        totals.merge(Totals.from_json(text))
    return WhatIf(candidates, totals, edges)


def _expect_once(df: DataFrame) -> None:
    twice = sorted(name for name, count in Counter(df.columns).items() if count > 1)
    if twice:
        msg = f"there are two columns {', '.join(twice)}, as after a join; name them otherwise, or drop one"
        raise BatchRefused(msg)


def _expect_texts(given: dict[str, str], *names: str) -> None:
    for name in names:
        if given[name] != "string":
            msg = f"the column {name} is {given[name]}; texts are expected"
            raise BatchRefused(msg)


# ------------------------------------------------------------------ what travels


class _Class(NamedTuple):
    """A class of rulebooks, by what has a name: one with kinds of somebody's own has none itself."""

    root: type[Rulebook]
    kinds: tuple[Any, ...]

    def made(self) -> type[Rulebook]:
        """The class."""
        return self.root.with_kinds(*self.kinds) if self.kinds else self.root


def _named(kind: type[Rulebook]) -> _Class:
    return _Class(*kind.__dict__.get("made_from", (kind, ())))


class Asked(NamedTuple):
    """By which rules: each rulebook's class and JSON, and from when each holds."""

    version: str
    rulebooks: tuple[tuple[_Class, str], ...]
    choice: tuple[tuple[str, str], ...]


class _Weighed(NamedTuple):
    """Under which candidates, by what policy, and what reads the rules of records."""

    version: str
    rulebooks: tuple[tuple[_Class, str], ...]
    policy: str
    rulebook_class: _Class


# ------------------------------------------------------------------ in a process


def _expect_version(version: str) -> None:
    if version != settlement.__version__:
        msg = f"settlement {settlement.__version__} is installed here, and {version} where the job was made"
        raise BatchRefused(msg)


@lru_cache(maxsize=4)
def rules_of(asked: Asked) -> Rules:
    """The rules, compiled once in this process."""
    _expect_version(asked.version)
    return Rules([kind.made().from_json(text) for kind, text in asked.rulebooks], asked.choice)


@lru_cache(maxsize=4)
def candidates_of(asked: _Weighed) -> Candidates:
    """The candidates, compiled once in this process."""
    _expect_version(asked.version)
    books = [kind.made().from_json(text) for kind, text in asked.rulebooks]
    policy = PayoutPolicy.from_json(asked.policy)
    return Candidates(*books, policy=policy, rulebook_class=asked.rulebook_class.made())


def _settle(
    held: Broadcast[Asked], form: Form, kind: str, text: str, named: str | None, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    rules = rules_of(held.value)
    problem = pa.struct([("place", pa.string()), ("code", pa.string())])
    kinds = (pa.string(), pa.string(), pa.decimal128(38, 4), pa.string(), pa.list_(problem))
    added = pa.schema(list(zip(_ADDED, kinds, strict=True)))
    for batch in batches:
        for at in range(0, batch.num_rows, _ROWS):
            rows = batch.slice(at, _ROWS)
            made = pa.RecordBatch.from_pylist(
                [_cells(row, rules, form) for row in _given(rows, kind, text, named)], schema=added
            )
            carried = [name for name in rows.schema.names if name != text]
            arrays = [*(rows.column(name) for name in carried), *made.columns]
            yield pa.RecordBatch.from_arrays(arrays, names=[*carried, *_ADDED])


def _given(rows: pa.RecordBatch, kind: str, text: str, named: str | None) -> Iterator[str | Cells]:
    texts = rows.column(text).to_pylist()
    if kind == "row":
        yield from ["" if each is None else each for each in texts]
        return
    yield from map(Cells, texts, [None] * len(texts) if named is None else rows.column(named).to_pylist())


def _cells(row: str | Cells, rules: Rules, form: Form) -> dict[str, Any]:
    made = outcome(row, rules, form)
    problems = [{"place": each.place, "code": each.code} for each in made.problems]
    return (cells_of(made) if made.document is not None else {}) | {"problems": problems}


def _weigh(held: Broadcast[_Weighed], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    candidates = candidates_of(held.value)
    totals = candidates.totals(_rows(batches))
    yield pa.RecordBatch.from_pydict({"totals": [totals.to_json()]})


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[Row]:
    for batch in batches:
        for at in range(0, batch.num_rows, _ROWS):
            for row in batch.slice(at, _ROWS).to_pylist():
                text, missing = row["text"], Problem("", "field.missing")
                source, line = row.get("source") or "", row.get("line") or 0
                yield Row(source, line, (text or "").encode(), missing if text is None else None)


all_readable(globals())
