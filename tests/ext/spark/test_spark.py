"""Frames of Spark come to the bytes of one machine, however they are cut, and nothing in a row ends the job.

Needs PySpark and Java 17; `make spark`.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal

import pytest

from brittle import Brittle
from months import DECEMBER, NOVEMBER, month, rules
from samples import a_checkout, a_line, a_rulebook, an_offer
from settlement import Rulebook
from settlement.audit.what_if import Row, what_if
from settlement.batch import Rules, settle_many
from settlement.errors import BatchRefused, InvalidDocument
from settlement.ext.spark import settle_frame, what_if_frame
from settlement.ext.spark.frames import Asked, rules_of

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings(  # PySpark's own, of the file of a broadcast
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning",
        "ignore:unclosed file:ResourceWarning",
    ),
]

TEN = an_offer("p", tiers=[{"benefit": {"type": "percent_off", "percent": "10"}}])
BOOKS = [a_rulebook(id="plain"), a_rulebook(id="ten", promotions=[TEN])]
RULES = Rules([Rulebook.model_validate(each) for each in BOOKS], [("plain", "2026-11-01T00:00:00Z")])
COUNT = 3_000
WRONG = {7: "unknown", 20: "no JSON", 41: "none", 42: "float"}


def a_row(number):
    """A checkout of its own, and every other one names rules; four are wrong."""
    checkout = a_checkout(a_line("a", unit_price=f"{number + 1}.01 CNY", quantity=number % 3 + 1, sku="龙井"))
    named = "twenty" if number == 7 else "ten" if number % 2 else None
    if number == 42:
        checkout["cart"]["lines"][0]["unit_price"] = 1.5
    text = {20: "no JSON", 41: None}.get(number, json.dumps(checkout, ensure_ascii=False))
    return number, text, named


ROWS = [a_row(number) for number in range(COUNT)]


def one_machine(rows, form="settlement"):
    """What `settle_many` gives: as rows of a frame, less the order."""
    for number, text, named in rows:
        row = "" if text is None else f'{{"checkout":{text},"rulebook":{json.dumps(named)}}}'
        (made,) = settle_many([row], RULES, form=form)
        money = None if made.document is None else Decimal(made.payable) / 100
        problems = [(each.place, each.code) for each in made.problems]
        if text in {None, "no JSON"}:  # told at the cell, which alone is wrong
            problems = [("checkout", "json.invalid" if text else "field.missing")]
        yield number, named, made.status, made.currency, money, made.document, problems


@pytest.fixture(scope="module")
def frame(spark):
    """The rows in three partitions."""
    rows = spark.sparkContext.parallelize(ROWS, 3)
    return spark.createDataFrame(rows, "number int, checkout string, rulebook string")


def rows_of(frame):
    """All rows by their number, problems as pairs."""
    return [(*row[:-1], [tuple(each) for each in row[-1]]) for row in sorted(frame.collect(), key=lambda row: row[0])]


def test_a_frame_comes_to_the_bytes_of_one_machine(frame):
    """Documents, status, exact decimals and problems row by row, with the columns that were there beside them."""
    assert rows_of(settle_frame(frame, RULES)) == list(one_machine(ROWS))


@pytest.mark.parametrize("form", ["record", "totals"])
def test_each_form_is_that_of_a_batch(spark, form):
    """In batches of seven rows as in one of ten thousand."""
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
    try:
        some = spark.createDataFrame(ROWS[:60], "number int, checkout string, rulebook string").coalesce(1)
        assert rows_of(settle_frame(some, RULES, form=form)) == list(one_machine(ROWS[:60], form))
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")


def test_rows_may_be_the_lines_of_a_batch(spark):
    """Texts that name their rules themselves; a column `rulebook` beside them is carried, not asked."""
    line = json.dumps({"checkout": a_checkout(), "rulebook": "ten"})
    some = spark.createDataFrame([(line, "x"), (None, "y")], "row string, rulebook string").coalesce(1)
    found = settle_frame(some, RULES, form="totals").collect()
    (made,) = settle_many([line], RULES, form="totals")
    assert [(each.rulebook, each.document) for each in found] == [("x", made.document), ("y", None)]
    assert found[1].problems[0].code == "json.invalid"


def test_columns_are_carried_whatever_they_are_called(spark):
    """A dot, a backtick, a blank inside a struct; `what_if_frame` finds its column by such a name too."""
    one = settle_frame(spark.createDataFrame([(json.dumps(a_checkout()),)], "checkout string"), RULES, form="record")
    told = "7 as `a.b`", "8 as `c``d`", "named_struct('e f', 9, 'g:h', 'i') as s"
    odd = spark.createDataFrame([(json.dumps(a_checkout()),)], "checkout string").selectExpr("checkout", *told)
    made = settle_frame(odd, RULES, form="record")
    assert made.columns == ["a.b", "c`d", "s", *one.columns]
    (row,) = made.collect()
    assert (row[0], row[1], row[2].asDict()) == (7, 8, {"e f": 9, "g:h": "i"})
    assert row.document == one.collect()[0].document
    found = what_if_frame(made.selectExpr("document as `do.c`", "`a.b`"), RULES.rulebooks["ten"], column="do.c")
    assert (found.orders, found.counts()["broken"]["rows"]) == (1, 0)


def test_a_kind_of_ones_own_goes_along_and_where_it_fails_the_job_goes_on(spark):
    """Its class by its name; the row on which it divides by 0 is rejected as one that failed."""
    tier = {"benefit": {"type": "brittle"}}
    mine = Rulebook.with_kinds(Brittle)
    book = mine.model_validate(a_rulebook(promotions=[an_offer("p", tiers=[tier])]))
    texts = [(json.dumps(a_checkout(a_line("a", unit_price=price))),) for price in ("5.00 CNY", "7.00 CNY")]
    found = settle_frame(spark.createDataFrame(texts, "checkout string").coalesce(1), book).collect()
    assert found[0].payable == Decimal("4.99")
    assert (found[1].document, found[1].problems[0].code) == (None, "batch.failed")


def test_rules_are_compiled_once_in_each_process(spark, frame):
    """Of many partitions; asked in the processes themselves."""

    def asked(batches):
        import pyarrow as pa

        from settlement.ext.spark.frames import rules_of

        list(batches)
        info = rules_of.cache_info()
        made = {"pid": [os.getpid()], "misses": [info.misses], "hits": [info.hits], "kept": [info.currsize]}
        yield pa.RecordBatch.from_pydict(made)

    few = spark.createDataFrame(ROWS[100:116], "number int, checkout string, rulebook string").repartition(8)
    other = Rulebook.model_validate(a_rulebook(id="never before"))
    tell = "pid bigint, misses bigint, hits bigint, kept bigint"
    before = {row.pid: row for row in frame.mapInArrow(asked, tell).collect()}
    assert len(settle_frame(few.drop("rulebook"), other, form="totals").collect()) == 16
    after = {row.pid: row for row in frame.mapInArrow(asked, tell).collect()}
    both = before.keys() & after.keys()
    assert both
    for pid in both:
        assert after[pid].misses - before[pid].misses <= 1
    assert sum(after[pid].hits - before[pid].hits for pid in both) > 0


def test_what_if_of_a_frame_is_that_of_one_machine(spark):
    """The same JSON of the month, with a row that is no record among it, in one part and in four."""
    texts = [each.to_json() if hasattr(each, "to_json") else each for each in month()]
    texts = [each if isinstance(each, str) else each.decode() for each in texts]
    rows = [("a.jsonl", number, text) for number, text in enumerate([*texts, "{"], 1)]
    candidates = rules(DECEMBER), rules(NOVEMBER)
    alone = what_if([Row(source, line, text.encode()) for source, line, text in rows], *candidates)
    for parts in (1, 4):
        some = spark.createDataFrame(rows, "source string, line int, text string").repartition(parts)
        found = what_if_frame(some, *candidates, column="text")
        assert found.to_json() == alone.to_json()
    assert alone.orders > 10
    none = spark.createDataFrame([(None,)], "document string")
    assert what_if_frame(none, *candidates).counts()["broken"]["first"][0]["code"] == "field.missing"


def test_what_a_frame_lacks_is_told_before_the_job(spark):
    """No checkout, both, no text, a name that is taken; rules that do not go together; another version."""

    def refused(schema, said, error=BatchRefused, books=RULES, **more):
        with pytest.raises(error, match=said):
            settle_frame(spark.createDataFrame([], schema), books, **more)

    refused("cart string", "a column checkout of JSON texts is expected, or one row; there are cart")
    refused("checkout string, row string", "a column checkout")
    refused("checkout binary", "the column checkout is binary; texts")
    refused("checkout string, rulebook int", "the column rulebook is int; texts")
    refused("checkout string, Status int", "Status: what is added is called so")
    refused("checkout string", r"id\.duplicate", InvalidDocument, [RULES.rulebooks["ten"]] * 2)
    refused("checkout string", "form is one of", ValueError, form="records")
    twice = spark.createDataFrame([], "id int, checkout string").selectExpr("id", "id", "checkout", "checkout")
    with pytest.raises(BatchRefused, match="there are two columns checkout, id"):
        settle_frame(twice, RULES)
    for schema, said in (
        ("document string, source int", "the column source is int; texts"),
        ("document string, line string", "the column line is string; whole numbers"),
    ):
        with pytest.raises(BatchRefused, match=said):
            what_if_frame(spark.createDataFrame([], schema), RULES.rulebooks["ten"])
    with pytest.raises(BatchRefused, match="a column document of records"):
        what_if_frame(spark.createDataFrame([], "text string"), RULES.rulebooks["ten"])
    with pytest.raises(BatchRefused, match=r"and 0\.0 where the job was made"):
        rules_of(Asked("0.0", (), ()))
