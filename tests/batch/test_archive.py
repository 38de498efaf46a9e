"""Records of months as Parquet by day: exact, whole or not there, the same bytes; and settled again from there."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from months import DECEMBER, MONTH, month, rules
from samples import a_checkout, a_line, a_rulebook, settled
from settlement import Rulebook
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.audit.what_if import what_if
from settlement.batch import Batch, Rules
from settlement.batch.archive import changed_files, is_archive, read_archive, write, write_archive
from settlement.batch.workers import alone
from settlement.documents.canonical import canonical
from settlement.errors import BatchRefused
from settlement.receipts.columns import COLUMN_OF, COLUMNS

GOLDEN = Path(__file__).parents[1] / "golden"
ADDRESS = {"region": "440305", "name": "陈小满", "phone": "13800138000", "detail": "科苑路 15 号"}


def in_folder(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def rows_of_table(folder: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table, all its days."""
    files = sorted((folder / table).rglob("*.parquet"))
    return [row for each in files for row in parquet.ParquetFile(each).read().to_pylist()]


def days_of(folder: Path, table: str = "orders") -> dict[str, int]:
    """How many rows each day has."""
    found: dict[str, int] = {}
    for each in sorted((folder / table).rglob("*.parquet")):
        found[each.parent.name] = found.get(each.parent.name, 0) + parquet.ParquetFile(each).metadata.num_rows
    return found


def kept_order(name: str | None, at: str = "2026-11-11T00:00:00+08:00", **fields: Any) -> Record:
    """A record of one line."""
    asked = a_checkout(a_line("a", "12.30") | {"name": "龙井"}, at=at, address=ADDRESS, **fields)
    return record(settled(asked | ({} if name is None else {"order": name}), a_rulebook()))


def write_lines(path: Path, *texts: str) -> Path:
    """A file of lines."""
    path.write_text("".join(f"{each}\n" for each in texts), encoding="utf-8")
    return path


def forged(kept: Record, **fields: Any) -> Record:
    """A record whose body says something else, with a digest that fits it."""
    return Record(canonical(kept.data | fields), kept.order, kept.personal, kept.order_name)


def other_rule(kept: Record) -> Record:
    """A record whose settlement another program made, under rules of another id."""
    body = kept.data
    body["settlement"]["rulebook"] = "others"
    return forged(kept, **body)


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """All golden records, by name: carts of every kind, in several currencies, under many rules."""
    folder = tmp_path_factory.mktemp("golden")
    kept = [
        Record.from_json(path.read_bytes()).for_order(path.stem)
        for path in sorted(GOLDEN.glob("*.json"))
        if path.name != "manifest.json"
    ]
    write_lines(folder / "in.jsonl", *[each.to_json() for each in kept])
    report = write_archive([folder / "in.jsonl"], folder / "out")
    return folder, kept, report


# ------------------------------------------------------------------ what stands there


def test_every_record_comes_back_as_it_was(golden):
    """To the byte: body, digest, order of lines, name, what is personal; and each replays."""
    folder, kept, report = golden
    assert (report.orders, report.rejected) == (len(kept), 0) == (40, 0)
    found = {row.text.decode() for row in read_archive(folder / "out")}
    assert found == {each.to_json() for each in kept}
    assert changed_files(folder / "out") == []
    assert all(replay(text).equal for text in found)


def test_the_ledger_adds_up_to_the_orders(golden):
    """Goods and each adjustment: by order and column exactly the settlement's, and in all what is payable."""
    folder, kept, _ = golden
    orders = {row["order_id"]: row for row in rows_of_table(folder / "out", "orders")}
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows_of_table(folder / "out", "ledger"):
        column = "goods" if row["stage"] == "goods" else COLUMN_OF[row["stage"]]
        key = row["order_id"], column
        sums[key] = sums.get(key, Decimal(0)) + row["amount"]
        assert row["platform"] + row["shop_share"] == row["amount"]
        assert row["currency"] == orders[row["order_id"]]["currency"]
    for each in kept:
        made, row = each.settlement(), orders[each.order_name]
        for name in COLUMNS:
            amount = getattr(made.totals, name).amount
            assert (row[name], sums.get((each.order_name, name), Decimal(0))) == (amount, amount), (row, name)
        assert sum(row[name] for name in COLUMNS) == row["payable"] == made.payable.amount
        assert (row["status"], row["digest"], row["lines"]) == (made.status, each.digest, len(made.lines))
        assert row["ordered_at"].isoformat().startswith(made.at[:19])
    assert {str(parquet.ParquetFile(each).schema_arrow.field("amount").type) for each in
            (folder / "out" / "ledger").rglob("*.parquet")} == {"decimal128(38, 4)"}  # fmt: skip


def test_who_bears_an_offer_stands_in_the_ledger(golden):
    """For each adjustment and line the platform's part, as the settlement has it, with its shop and sku."""
    folder, kept, _ = golden
    found = {
        (row["order_id"], row["number"], row["line"]): (row["rule"], row["platform"], row["shop"], row["sku"])
        for row in rows_of_table(folder / "out", "ledger")
    }
    count = 0
    for each in kept:
        made = each.settlement()
        lines = {line.id: line for line in made.lines}
        for number, change in enumerate(made.adjustments, 1):
            for line in change.shares:
                platform = change.platform[line].amount if line in change.platform else 0
                row = (change.rule, platform, lines[line].shop, lines[line].sku)
                assert found[each.order_name, number, line] == row
                count += 1
    assert count + sum(len(each.settlement().lines) for each in kept) == len(found)


def test_a_rulebook_stands_there_once(tmp_path):
    """Twenty orders of one month under one rulebook: one row, and each order names it by its digest."""
    source = write_lines(tmp_path / "in.jsonl", *[each.to_json() for each in month()])
    write_archive([source], tmp_path / "out")
    (rulebook,) = rows_of_table(tmp_path / "out", "rulebooks")
    assert {row["rulebook_digest"] for row in rows_of_table(tmp_path / "out", "orders")} == {
        rulebook["rulebook_digest"]
    }
    assert Rulebook.from_json(rulebook["document"]).id == rulebook["rulebook"] == "november"
    assert sum(row["payable"] for row in rows_of_table(tmp_path / "out", "orders")) == Decimal("1982.00")


def test_days_are_those_of_the_clock_that_was_named(tmp_path):
    """Half past midnight in Shanghai is the day before in London; in both an order has one day, in every table."""
    texts = [kept_order("A", "2026-11-11T00:30:00+08:00"), kept_order("B", "2026-11-11T09:00:00+08:00")]
    source = write_lines(tmp_path / "in.jsonl", *[each.to_json() for each in texts])
    write_archive([source], tmp_path / "china")
    report = write_archive([source], tmp_path / "utc", offset=timedelta(0))
    for table in ("orders", "ledger", "documents"):
        assert days_of(tmp_path / "china", table) == {"day=2026-11-11": 2}
        assert days_of(tmp_path / "utc", table) == {"day=2026-11-10": 1, "day=2026-11-11": 1}
    assert report.days == {"2026-11-10": 1, "2026-11-11": 1}


# ------------------------------------------------------------------ whole, or not there


def test_the_same_question_is_the_same_bytes(golden, tmp_path, monkeypatch):
    """By none or two processes; in parts of three orders the rows are the same."""
    folder, _, report = golden
    monkeypatch.chdir(folder)
    assert write_archive([folder / "in.jsonl"], tmp_path / "two", workers=2) == report
    assert in_folder(tmp_path / "two") == in_folder(folder / "out")
    monkeypatch.setattr(write, "PART", 3)
    assert write_archive([folder / "in.jsonl"], tmp_path / "small") == report
    monkeypatch.setattr(write, "PART", 5_000)
    monkeypatch.setattr(write, "HELD", 100_000)
    assert write_archive([folder / "in.jsonl"], tmp_path / "held") == report
    files = {name: len(list((each / "orders").rglob("*.parquet"))) for name, each in
             (("one", folder / "out"), ("small", tmp_path / "small"), ("held", tmp_path / "held"))}  # fmt: skip
    assert files["one"] < files["small"]
    assert files["one"] < files["held"]
    for each in (tmp_path / "small", tmp_path / "held"):
        for table in ("orders", "ledger", "documents", "personal"):
            rows, expected = rows_of_table(each, table), rows_of_table(folder / "out", table)
            assert sorted(map(str, rows)) == sorted(map(str, expected))


def test_asked_again_nothing_is_done_and_other_questions_are_refused(golden, tmp_path):
    """The archive of the very same question stands; another clock, other input, something else, a changed file: no."""
    folder, kept, report = golden
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out)
    before = in_folder(out)
    assert write_archive([folder / "in.jsonl"], out) == report
    assert in_folder(out) == before
    with pytest.raises(BatchRefused, match="archive of other offset"):
        write_archive([folder / "in.jsonl"], out, offset=timedelta(hours=7))
    other = write_lines(tmp_path / "other.jsonl", kept[0].to_json())
    with pytest.raises(BatchRefused, match="archive of other inputs"):
        write_archive([other], out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("…", encoding="utf-8")
    with pytest.raises(BatchRefused, match="it holds something else"):
        write_archive([other], tmp_path / "mine")
    ledger = next((out / "ledger").rglob("*.parquet"))
    ledger.write_bytes(ledger.read_bytes()[:-1])
    with pytest.raises(BatchRefused, match=r"ledger/.* is not as it was written"):
        write_archive([folder / "in.jsonl"], out)


def test_ended_halfway_nothing_is_there_and_begun_again_it_is_whole(golden, tmp_path, monkeypatch):
    """No folder of that name before all is written; what was left beside is made anew, but nothing of others'."""
    folder, _, report = golden
    monkeypatch.setattr(write, "PART", 1)

    def end(orders: int, _: int) -> None:
        if orders == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_archive([folder / "in.jsonl"], tmp_path / "out", progress=end)
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "out.writing" / "orders").rglob("*.parquet"))
    assert write_archive([folder / "in.jsonl"], tmp_path / "out") == report
    assert not (tmp_path / "out.writing").exists()
    (tmp_path / "next.writing").mkdir()
    (tmp_path / "next.writing" / "letter.txt").write_text("…", encoding="utf-8")
    with pytest.raises(BatchRefused, match="it holds something else"):
        write_archive([folder / "in.jsonl"], tmp_path / "next")
    assert (tmp_path / "next.writing" / "letter.txt").exists()


def test_one_run_at_a_time_and_here_is_a_folder_too(tmp_path, monkeypatch):
    """A second run of the same archive is refused while the first is under way; `.` is a folder like any other."""
    source = write_lines(tmp_path / "in.jsonl", kept_order("A").to_json())
    (tmp_path / "out.writing").mkdir()
    with alone(tmp_path / "out.writing"), pytest.raises(BatchRefused, match="another run is under way"):
        write_archive([source], tmp_path / "out")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert write_archive([source], ".").orders == 1
    assert is_archive(tmp_path / "here")


def test_an_input_that_changes_meanwhile_is_refused(tmp_path):
    """Nothing of it is called an archive."""
    source = write_lines(tmp_path / "in.jsonl", kept_order("A").to_json())

    def more(*_: int) -> None:
        with source.open("a", encoding="utf-8") as file:
            file.write("\n")

    with pytest.raises(BatchRefused, match="it changed while it was read"):
        write_archive([source], tmp_path / "out", progress=more)
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------ what is read


def test_files_packed_files_and_folders_of_a_batch_are_read(tmp_path):
    """JSON Lines plain, .gz and .zst, a .json file of one, a batch of records in lines or Parquet: all the same."""
    kept = [each.to_json() for each in month()]
    data = "".join(f"{each}\n" for each in kept).encode()
    (tmp_path / "a.jsonl").write_bytes(data)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(data))
    with pa.output_stream(str(tmp_path / "c.jsonl.zst"), compression="zstd") as file:
        file.write(data)
    (tmp_path / "d").mkdir()
    for number, each in enumerate(kept):
        (tmp_path / "d" / f"{number:02d}.json").write_text(each, encoding="utf-8")
    rows = [f'{{"checkout": {json.dumps(_asked(each))}}}' for each in month()]
    write_lines(tmp_path / "rows.jsonl", *rows)
    november = Rules([month()[0].request()[1]])
    for name, packed in (("e", False), ("f", True)):
        Batch([tmp_path / "rows.jsonl"], november, tmp_path / name, form="record", parquet=packed, part=2000).run()
    made = {}
    for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl.zst", "d", "e", "f"):
        report = write_archive([tmp_path / name], tmp_path / "out" / name)
        assert (report.orders, report.rejected) == (20, 0), name
        made[name] = {
            path: data for path, data in in_folder(tmp_path / "out" / name).items() if path != "manifest.json"
        }
    first = made.pop("a.jsonl")
    for name in ("b.jsonl.gz", "c.jsonl.zst", "d", "e", "f"):
        assert made[name] == first, name


def _asked(kept: Record) -> dict[str, Any]:
    checkout: dict[str, Any] = json.loads(kept.checkout().to_json())
    return checkout


def test_what_is_no_record_is_rejected_with_file_line_and_code(tmp_path):
    """No JSON, a digest that does not fit, sums that contradict, another version, an order twice; the rest stands."""
    good = kept_order("A")
    body = good.data
    body["settlement"]["totals"]["payable"] = "1.00 CNY"
    texts = [
        "no JSON",
        good.to_json(),
        good.to_json().replace("12.30 CNY", "12.40 CNY"),
        forged(good, **body).for_order("B").to_json(),
        forged(kept_order("C"), settlement=good.data["settlement"] | {"calculation_version": "99"}).to_json(),
        good.to_json(),
        kept_order("A", "2026-11-12T00:00:00+08:00").to_json(),
        kept_order(None).to_json(),
        kept_order(None).to_json(),
        kept_order(None, "2026-11-12T00:00:00+08:00").to_json(),
    ]
    source = write_lines(tmp_path / "in.jsonl", *texts)
    report = write_archive([source], tmp_path / "out")
    rejects = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text("utf-8").splitlines()]
    assert {each["file"] for each in rejects} == {str(source)}
    assert [(each["line"], each["problems"][0]["code"]) for each in rejects] == [
        (1, "json.invalid"),
        (3, "record.digest"),
        (4, "stored.contradiction"),
        (5, "version.unknown"),
        (6, "archive.twice"),
        (7, "archive.twice"),
        (9, "archive.twice"),
    ]
    assert (report.orders, report.rejected, report.codes["archive.twice"]) == (3, 7, 3)
    assert report.payable == (("CNY", "payable", 3, 3690),)
    names = [row["order_id"] for row in rows_of_table(tmp_path / "out", "orders")]
    assert names == ["A", kept_order(None).digest, kept_order(None, "2026-11-12T00:00:00+08:00").digest]


def test_an_instant_that_is_on_no_day_of_the_clock_is_rejected_and_ends_nothing(tmp_path):
    """Late in 9999 it is the year 10000 in China: that order is rejected, and the others are there."""
    rows = [kept_order("A").to_json(), kept_order("B", at="9999-12-31T23:30:00Z").to_json(), kept_order("C").to_json()]
    source = write_lines(tmp_path / "in.jsonl", *rows)
    report = write_archive([source], tmp_path / "out")
    assert (report.orders, report.codes) == (2, {"time.range": 1})
    assert json.loads((tmp_path / "out" / "rejects.jsonl").read_bytes()) == {
        "file": str(source),
        "line": 2,
        "problems": [{"place": "body.settlement.at", "code": "time.range"}],
    }
    assert write_archive([source], tmp_path / "utc", offset=timedelta(0)).orders == 3


def test_what_is_rejected_is_not_held_in_memory(tmp_path, monkeypatch):
    """Its file is written as rows come, in their order; what is held stays below a block, however many rows are bad."""
    held = []
    monkeypatch.setattr(write, "_SPILLED", 1_000)
    source = write_lines(tmp_path / "in.jsonl", *["{}"] * 100)
    spill = write._Writing._spill
    monkeypatch.setattr(write._Writing, "_spill", lambda self: (held.append(len(self._rejects)), spill(self)))
    report = write_archive([source], tmp_path / "out")
    assert report.rejected == 100
    assert len(held) > 5
    assert max(held) < 2_000
    lines = (tmp_path / "out" / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(each)["line"] for each in lines] == [*range(1, 101)]


def test_a_file_that_breaks_off_is_told_with_its_line(tmp_path):
    """gzip, zstd and Parquet cut short: what came before stands, the break is a row that was rejected."""
    data = b"".join(each.to_json().encode() + b"\n" for each in month())
    cut = gzip.compress(data)[:-100]
    (tmp_path / "a.jsonl.gz").write_bytes(cut)
    with pa.output_stream(str(tmp_path / "b.jsonl.zst"), compression="zstd") as file:
        file.write(data)
    whole = (tmp_path / "b.jsonl.zst").read_bytes()
    (tmp_path / "b.jsonl.zst").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "c.parquet").write_bytes(b"PAR1 and no more")
    for name in ("a.jsonl.gz", "b.jsonl.zst", "c.parquet"):
        report = write_archive([tmp_path / name], tmp_path / name.replace(".", "-"))
        assert report.rejected >= 1, name


def test_what_cannot_be_begun_is_refused(tmp_path):
    """No such file, another kind, nothing there, one input twice, a batch of settlements or one that isn't finished."""
    source = write_lines(tmp_path / "in.jsonl", kept_order("A").to_json())
    shutil.copy(source, tmp_path / "copy.jsonl")
    rows = write_lines(tmp_path / "rows.jsonl", json.dumps({"checkout": a_checkout()}))
    plain = Rules([Rulebook.model_validate(a_rulebook())])
    Batch([rows], plain, tmp_path / "settled").run()
    Batch([rows], plain, tmp_path / "begun", form="record")
    (tmp_path / "empty").mkdir()
    cases = {
        "No such file": [tmp_path / "none.jsonl"],
        "can be read": [tmp_path / "none.csv"],
        "no file of records": [tmp_path / "empty"],
        "very bytes": [source, tmp_path / "copy.jsonl"],
        "no folder of records": [tmp_path / "settled"],
        "not finished": [tmp_path / "begun"],
    }
    for told, inputs in cases.items():
        with pytest.raises(BatchRefused, match=told):
            write_archive(inputs, tmp_path / "out")
    for offset in (timedelta(days=1), timedelta(days=-1), timedelta(seconds=1), timedelta(microseconds=1)):
        with pytest.raises(BatchRefused, match="offset of whole minutes"):
            write_archive([source], tmp_path / "out", offset=offset)
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------ what is personal


def test_what_is_personal_lies_in_its_own_table_alone(tmp_path):
    """No cell of any other table has a name, phone, address or remark; deleted, all replays and keeps its digest."""
    kept = kept_order("A", remark="放在前台")
    write_archive([write_lines(tmp_path / "in.jsonl", kept.to_json())], tmp_path / "out")
    rows = rows_of_table(tmp_path / "out", "personal")
    assert {row["place"]: json.loads(row["value"]) for row in rows} == kept.personal
    assert {row["order_id"] for row in rows} == {"A"}
    for table in ("orders", "ledger", "documents", "rulebooks"):
        told = str(rows_of_table(tmp_path / "out", table))
        assert not [word for word in ("陈小满", "13800138000", "科苑路", "前台", "龙井") if word in told], table
    shutil.rmtree(tmp_path / "out" / "personal")
    (row,) = read_archive(tmp_path / "out")
    assert Record.from_json(row.text) == kept.erased()
    assert replay(row.text).equal
    assert changed_files(tmp_path / "out") == []


def test_one_buyer_alone_can_be_deleted(tmp_path, ran):
    """Its rows taken out of the file of personal: the others keep theirs, and all replay."""
    source = write_lines(tmp_path / "in.jsonl", *[kept_order(name).to_json() for name in "AB"])
    write_archive([source], tmp_path / "out")
    (path,) = (tmp_path / "out" / "personal").rglob("*.parquet")
    whole = parquet.ParquetFile(path).read()
    parquet.write_table(whole.filter(pa.compute.field("order_id") != "A"), path)
    found = {
        Record.from_json(row.text).order_name: Record.from_json(row.text) for row in read_archive(tmp_path / "out")
    }
    assert (found["A"].personal, found["B"]) == ({}, kept_order("B"))
    assert ran("replay", tmp_path / "out")[0] == 0


# ------------------------------------------------------------------ settled again


def test_an_archive_replays_and_lists_what_differs_with_its_version(tmp_path, ran):
    """Exit 0 with a count; an order that another program settled is listed with order, place and version, exit 1."""
    records = month()
    source = write_lines(tmp_path / "in.jsonl", *[each.to_json() for each in records])
    write_archive([source], tmp_path / "out")
    assert ran("replay", tmp_path / "out") == (0, "20 orders settled again, 20 as recorded\n", "")
    records[4] = other_rule(records[4])
    write_archive([write_lines(tmp_path / "b.jsonl", *[each.to_json() for each in records])], tmp_path / "b")
    code, text, error = ran("replay", tmp_path / "b")
    assert (code, error) == (1, "")
    place = tmp_path / "b" / "documents" / "day=2026-11-11" / "part-00000.parquet"
    assert text.splitlines() == [
        f"{place}:5: different (o05, recorded by settlement 0.1.0, calculation version 2)",
        '  settlement.rulebook: "others" recorded, "november" recomputed',
        "20 orders settled again, 19 as recorded",
    ]
    assert "20 笔订单重新结算" in ran("replay", tmp_path / "b", "--locale", "zh_CN")[1]
    one, told = map(json.loads, ran("replay", tmp_path / "b", "--json")[1].splitlines())
    assert (one["order"], one["library"], one["calculation_version"]) == ("o05", "0.1.0", "2")
    assert told == {"orders": 20, "equal": 19, "different": 1, "refused": 0, "changed_files": []}


def test_a_table_that_was_changed_is_told(tmp_path, ran):
    """The documents replay, and yet a ledger with another cent is not what they add up to: exit 1, with its name."""
    write_archive([write_lines(tmp_path / "in.jsonl", kept_order("A").to_json())], tmp_path / "out")
    (path,) = (tmp_path / "out" / "ledger").rglob("*.parquet")
    table = parquet.ParquetFile(path).read()
    rows = [row | {"amount": row["amount"] + Decimal("0.01")} for row in table.to_pylist()]
    parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    code, text, _ = ran("replay", tmp_path / "out")
    assert (code, text.splitlines()) == (
        1,
        [
            "ledger/day=2026-11-11/part-00000.parquet: not as it was written",
            "1 order settled again, 1 as recorded",
        ],
    )


def test_what_cannot_be_replayed_is_listed_and_exits_with_two(tmp_path, ran):
    """An order of an older calculation version; a rulebook that is gone; documents that are gone; no archive."""
    old = kept_order("A")
    body = old.data
    body["calculation_version"] = body["settlement"]["calculation_version"] = "1"
    body["library"] = "0.0.9"
    source = write_lines(tmp_path / "in.jsonl", forged(old, **body).to_json(), kept_order("B").to_json())
    report = write_archive([source], tmp_path / "out")
    assert report.versions == (("1", "0.0.9", 1), ("2", "0.1.0", 1))
    code, text, error = ran("replay", tmp_path / "out")
    assert (code, text) == (2, "2 orders settled again, 1 as recorded\n")
    assert "calculation version '1'" in error
    assert "recorded by settlement 0.0.9" in error
    one, _ = map(json.loads, ran("replay", tmp_path / "out", "--json")[1].splitlines())
    assert (one["order"], one["library"], one["calculation_version"]) == ("A", "0.0.9", "1")

    path = tmp_path / "out" / "rulebooks" / "part-00000.parquet"
    table = parquet.ParquetFile(path).read()
    parquet.write_table(table.slice(0, 0), path)
    code, text, error = ran("replay", tmp_path / "out")
    assert code == 2
    assert "[rulebook.unknown]" in error
    assert "rulebooks/part-00000.parquet: not as it was written" in text
    shutil.rmtree(tmp_path / "out" / "documents")
    assert ran("replay", tmp_path / "out")[0] == 2
    assert not is_archive(tmp_path)
    with pytest.raises(BatchRefused, match="this is no archive"):
        next(read_archive(tmp_path))


def test_a_document_that_was_broken_is_listed_and_ends_nothing(tmp_path, ran):
    """A checkout that is no JSON, and something personal that is none: refused with its place, and the rest replays."""
    for table, column in (("documents", "checkout"), ("personal", "value")):
        folder = tmp_path / table
        write_archive([write_lines(tmp_path / f"{table}.jsonl", *[kept_order(n).to_json() for n in "AB"])], folder)
        (path,) = (folder / table).rglob("*.parquet")
        rows = parquet.ParquetFile(path).read()
        cells = [{**row, column: '{"at":'} if row["order_id"] == "A" else row for row in rows.to_pylist()]
        parquet.write_table(pa.Table.from_pylist(cells, schema=rows.schema), path)
        code, text, error = ran("replay", folder)
        assert (code, text.splitlines()[-1]) == (2, "2 orders settled again, 1 as recorded")
        assert "part-00000.parquet:1: this is not well-formed JSON" in error
        assert "[json.invalid]" in error


def test_a_file_beside_the_tables_is_told_for_others_would_add_it_up(tmp_path, ran):
    """A copy of a part of the ledger: every sum over the folder is double, so replay names it and exits with 1."""
    write_archive([write_lines(tmp_path / "in.jsonl", kept_order("A").to_json())], tmp_path / "out")
    (path,) = (tmp_path / "out" / "ledger").rglob("*.parquet")
    shutil.copy(path, path.with_name("part-00001.parquet"))
    code, text, _ = ran("replay", tmp_path / "out")
    assert (code, text.splitlines()[0]) == (1, "ledger/day=2026-11-11/part-00001.parquet: not as it was written")
    with pytest.raises(BatchRefused, match="not as it was written"):
        write_archive([tmp_path / "in.jsonl"], tmp_path / "out")


def test_orders_that_are_gone_with_their_file_are_told(tmp_path, ran):
    """A day's file deleted and struck from the manifest: what is left replays, and is fewer than it counts."""
    days = [kept_order("A"), kept_order("B", at="2026-11-12T00:30:00+08:00")]
    source = write_lines(tmp_path / "in.jsonl", *[each.to_json() for each in days])
    write_archive([source], tmp_path / "out")
    assert ran("replay", tmp_path / "out") == (0, "2 orders settled again, 2 as recorded\n", "")
    path = tmp_path / "out" / "manifest.json"
    told = json.loads(path.read_bytes())
    gone = "documents/day=2026-11-12/part-00000.parquet"
    (tmp_path / "out" / gone).unlink()
    path.write_text(
        json.dumps(told | {"files": [row for row in told["files"] if row["file"] != gone]}), encoding="utf-8"
    )
    code, text, error = ran("replay", tmp_path / "out")
    assert (code, error) == (1, "")
    assert text.splitlines() == ["manifest.json: not as it was written", "1 order settled again, 1 as recorded"]
    with pytest.raises(BatchRefused, match=r"manifest\.json is not as it was written"):
        write_archive([source], tmp_path / "out")


def test_a_manifest_counts_no_order_twice_and_leads_nowhere_else(tmp_path, ran):
    """A file named twice, one outside of the folder, one that is no table: refused, and no byte of it is read."""
    write_archive([write_lines(tmp_path / "in.jsonl", kept_order("A").to_json())], tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    told = json.loads(path.read_bytes())
    (documents,) = [row for row in told["files"] if row["file"].startswith("documents/")]
    outside = str(tmp_path / "in.jsonl")
    for more, match in (
        (documents, "names a file twice"),
        (documents | {"file": outside}, "this is no archive"),
        (documents | {"file": "documents/day=2026-11-11/../../../in.jsonl"}, "this is no archive"),
        (documents | {"file": "documents//part-00000.parquet"}, "this is no archive"),
    ):
        path.write_text(json.dumps(told | {"files": [*told["files"], more]}), encoding="utf-8")
        with pytest.raises(BatchRefused, match=match):
            list(read_archive(tmp_path / "out"))
        code, text, error = ran("replay", tmp_path / "out", "--locale", "zh_CN")
        assert (code, text) == (2, "")
        assert "归档" in error
    del told["versions"]
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BatchRefused, match="its manifest is not as it was written"):
        write_archive([tmp_path / "in.jsonl"], tmp_path / "out")


def test_an_archive_is_asked_what_if(tmp_path, ran):
    """Its records are those of the month: the same answer, from Python and in a shell."""
    write_archive([write_lines(tmp_path / "in.jsonl", *[each.to_json() for each in month()])], tmp_path / "out")
    expected = what_if(month(), rules(DECEMBER))
    assert what_if(read_archive(tmp_path / "out"), rules(DECEMBER)) == expected
    (tmp_path / "december.json").write_text(json.dumps(DECEMBER), encoding="utf-8")
    code, text, _ = ran("what-if", tmp_path / "out", "--rules", tmp_path / "december.json", "--json")
    assert (code, text) == (0, expected.to_json() + "\n")


# ------------------------------------------------------------------ the command


def test_the_command_tells_what_came_of_it(tmp_path, ran):
    """JSON for programs, text for people, in Chinese too; 0 all good, 3 some rejected, 2 refused."""
    source = write_lines(tmp_path / "in.jsonl", *[each.to_json() for each in month()])
    code, text, error = ran("archive", source, "-o", tmp_path / "out", "--workers", "1")
    assert (code, error, json.loads(text)["orders"]) == (0, "", len(MONTH))
    bad = write_lines(tmp_path / "bad.jsonl", "{}", kept_order("A").to_json())
    code, text, _ = ran("archive", bad, "-o", tmp_path / "out2", "--format", "text", "--offset", "+00:00")
    assert (code, text) == (
        3, "1 order, 1 row rejected\n  CN¥12.30  ready to be paid  1\n  [field.missing]  1\n"
    )  # fmt: skip
    assert days_of(tmp_path / "out2") == {"day=2026-11-10": 1}
    code, text, _ = ran("archive", bad, "-o", tmp_path / "out3", "--format", "text", "--locale", "zh_CN")
    assert text.splitlines()[0] == "1 笔订单，1 行被拒绝"
    code, text, error = ran("archive", tmp_path / "none.jsonl", "-o", tmp_path / "out4")
    assert (code, text) == (2, "")
    assert "none.jsonl: No such file or directory" in error
