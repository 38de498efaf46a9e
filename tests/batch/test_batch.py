"""Many rows into a folder: the same bytes by however many workers, however often it was ended, whatever is wrong."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from brittle import Brittle
from samples import a_checkout, a_line, a_rulebook, an_offer
from settlement import Checkout, Money, Rulebook, Settlement, settle
from settlement.audit.record import Record
from settlement.audit.replay import replay
from settlement.batch import Batch, Outcome, Rules, read_rules, settle_many
from settlement.batch import parts as parts_module
from settlement.batch.parts import Input, lines_of, look_at, parts_of, rows_of
from settlement.batch.run import begin, settle_part
from settlement.batch.workers import alone
from settlement.errors import BatchRefused, InvalidDocument

OFF = {"benefit": {"type": "percent_off", "percent": "10"}}
PLAIN, TEN = (
    a_rulebook(id="plain"),
    a_rulebook(id="ten", promotions=[an_offer("p", tiers=[OFF])]),
)
RULES = Rules([Rulebook.model_validate(each) for each in (PLAIN, TEN)], [("plain", "2026-11-01T00:00:00Z")])


def a_row(number: int, **fields: Any) -> dict[str, Any]:
    """A cart whose price is its number."""
    line = a_line("a", unit_price=f"{number + 1}.01 CNY", quantity=number % 3 + 1, sku="龙井")
    return {"checkout": a_checkout(line), **fields}


#: Three that are rejected among sixty: a rulebook that is not there, no JSON, a price that is a float.
WRONG = {7: "unknown", 20: "text", 41: "float"}


def a_text(number: int) -> str:
    """A line of the input."""
    row = a_row(number, **({"rulebook": "ten"} if number % 2 else {}))
    if number == 7:
        row["rulebook"] = "twenty"
    if number == 20:
        return "no JSON"
    if number == 41:
        row["checkout"]["cart"]["lines"][0]["unit_price"] = 1.5
    return json.dumps(row, ensure_ascii=False)


TEXTS = [a_text(number) for number in range(60)]


@dataclass
class Place:
    """A folder with an input and rules."""

    folder: Path

    def batch(self, name: str = "in.jsonl", out: str = "out", **options: Any) -> Batch:
        """A batch of it, in parts of a few rows."""
        os.chdir(self.folder)
        return Batch([name], RULES, out, **{"part": 4_000, **options})

    def whole(self, out: str = "out", kind: str = "part") -> bytes:
        """All parts, one after the other."""
        return b"".join(path.read_bytes() for path in sorted((self.folder / out).glob(f"{kind}-*")))

    def files(self, out: str = "out") -> dict[str, bytes]:
        """All that is in the folder."""
        return {path.name: path.read_bytes() for path in (self.folder / out).iterdir()}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """With sixty rows and two empty lines."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text("\n\n".join(["\n".join(TEXTS[:30]), "\n".join(TEXTS[30:])]), encoding="utf-8")
    (tmp_path / "rules").mkdir()
    for each in (PLAIN, TEN):
        (tmp_path / "rules" / f"{each['id']}.json").write_text(json.dumps(each), encoding="utf-8")
    choice = [{"rulebook": "plain", "from": "2026-11-01T00:00:00Z"}]
    (tmp_path / "rules" / "rules.json").write_text(json.dumps(choice), encoding="utf-8")
    return Place(tmp_path)


# ------------------------------------------------------------------ parts


@given(
    st.lists(st.text("ab ", max_size=9), max_size=20),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 12),
)
def test_parts_together_are_the_file(tmp_path_factory, rows, end, ended, size):
    """Whatever ranges: each line once, in its order, with its number; packed the very same parts."""
    folder = tmp_path_factory.mktemp("parts")
    data = end.join(rows).encode() + (end.encode() if ended else b"")
    expected = [
        (number, line.removesuffix(b"\n").removesuffix(b"\r"))
        for number, line in enumerate(data.splitlines(keepends=True), 1)
        if not line.isspace()
    ]
    plain, packed = folder / "a.jsonl", folder / "a.jsonl.gz"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    made = []
    for path in (plain, packed):
        parts = list(parts_of([look_at(path, size)], size))
        assert [part.number for part in parts] == list(range(-(-len(data) // size)))
        made.append([list(lines_of(part)) for part in parts])
    assert [line for part in made[0] for line in part] == expected
    assert made[0] == made[1]


def test_an_input_is_known_by_its_digest(tmp_path):
    """SHA-256 of the file as it is, whatever the parts; a file of just so many parts has no empty one more."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n{}\n")
    assert look_at(path, 3) == Input(str(path), 6, look_at(path, 100).digest, (0, 1))
    assert look_at(path, 100).digest.startswith("sha256:")


# ------------------------------------------------------------------ the same bytes


def test_what_comes_out_is_what_settle_gives(place):
    """Row by row; what is wrong stands among the rejects, with file, line and problems."""
    report = place.batch().run()
    good = [number for number in range(60) if number not in WRONG]
    books = RULES.rulebooks
    expected = [
        settle(Checkout.model_validate(a_row(number)["checkout"]), books["ten" if number % 2 else "plain"]).to_json()
        for number in good
    ]
    assert place.whole().decode().splitlines() == expected
    rejects = [json.loads(line) for line in place.whole(kind="rejects").decode().splitlines()]
    assert [(each["file"], each["line"], each["problems"][0]["code"]) for each in rejects] == [
        ("in.jsonl", 8, "rulebook.unknown"),
        ("in.jsonl", 21, "json.invalid"),
        ("in.jsonl", 43, "amount.json_number"),
    ]
    assert rejects[2]["problems"] == [{"place": "checkout.cart.lines[0].unit_price", "code": "amount.json_number"}]
    payable = sum(Settlement.from_json(text).payable.minor for text in expected)
    assert report.payable == (("CNY", "payable", 57, payable),)
    assert (report.rows, report.rejected, report.codes) == (
        60,
        3,
        {"amount.json_number": 1, "json.invalid": 1, "rulebook.unknown": 1},
    )


def test_however_many_workers_the_folder_is_the_same(place):
    """None, two; done again it is read, and nothing is settled."""
    reports = [place.batch(out=f"out{workers}").run(workers) for workers in (None, 2)]
    assert reports[0] == reports[1] == place.batch(out="out2").run()
    assert len(place.files("out2")) > 6
    assert place.files("outNone") == place.files("out2")


def test_packed_and_columns_come_to_the_same(place):
    """gzip and zstd to the same parts; Parquet, whose parts are slices of its groups, to the same whole."""
    data = (place.folder / "in.jsonl").read_bytes()
    (place.folder / "in.jsonl.gz").write_bytes(gzip.compress(data))
    with pa.output_stream(str(place.folder / "in.jsonl.zst"), compression="zstd") as file:
        file.write(data)
    rows = [json.loads(text) if text[0] == "{" else {} for text in TEXTS]
    columns = {
        "checkout": [json.dumps(row["checkout"]) if row else None for row in rows],
        "rulebook": [row.get("rulebook") for row in rows],
    }
    parquet.write_table(pa.table(columns), place.folder / "in.parquet", row_group_size=25, use_dictionary=False)
    names = ("in.jsonl", "in.jsonl.gz", "in.jsonl.zst", "in.parquet")
    reports = [place.batch(name, f"of {name}").run() for name in names]
    parts = [{key: value for key, value in place.files(f"of {name}").items() if "part" in key} for name in names]
    assert parts[0] == parts[1] == parts[2]
    assert 3 < len(parts[3]) < len(parts[0]) + 3
    assert len({place.whole(f"of {name}") for name in names}) == 1
    assert len({report[3] for report in reports}) == 1
    (first, *_) = map(json.loads, place.whole("of in.parquet", "rejects").decode().splitlines())
    assert (first["row"], "line" in first) == (8, False)


def test_each_form_says_what_it_is_asked_for(place):
    """Records that replay; totals of three fields; columns with exact sums."""
    place.batch(out="records", form="record").run()
    assert all(replay(Record.from_json(line)).equal for line in place.whole("records").splitlines())
    report = place.batch(out="totals", form="totals").run()
    rows = [json.loads(line) for line in place.whole("totals").splitlines()]
    assert {tuple(row) for row in rows} == {("digest", "status", "payable")}
    assert sum(Money(row["payable"]).minor for row in rows) == report.payable[0][3]
    place.batch(out="columns", form="totals", parquet=True).run()
    table = pa.concat_tables(parquet.read_table(path) for path in sorted((place.folder / "columns").glob("*.parquet")))
    assert sum(100 * each for each in table["payable"].to_pylist()) == report.payable[0][3]
    assert [json.loads(each) for each in table["document"].to_pylist()] == rows


# ------------------------------------------------------------------ ended, and gone on with


def test_only_what_is_not_finished_is_done_again(place):
    """A part that is as its note says stays; one that is not, or has no note, is made anew: the same folder."""
    place.batch().run()
    whole = place.files()
    batch = place.batch(out="again")
    parts = list(parts_of(batch.inputs, batch.part))
    begin(batch.rules, batch.out, "settlement", False)
    for part in parts[:3]:
        settle_part(part)
    folder = place.folder / "again"
    kept = (folder / "part-00000.jsonl").stat().st_ino
    (folder / "part-00001.jsonl").write_bytes(b"")  # the power failed
    (folder / "rejects-00002.jsonl").unlink()
    (folder / "part-00003.jsonl.writing").write_bytes(b"hal")
    place.batch(out="again").run()
    assert place.files("again") == whole
    assert (folder / "part-00000.jsonl").stat().st_ino == kept
    (folder / "part-00002.jsonl").unlink()  # after its manifest said that all is there
    place.batch(out="again").run()
    assert place.files("again") == whole


def test_whoever_was_ended_at_the_beginning_or_the_end_goes_on(place):
    """With nothing but a manifest being written; with notes that nobody tidied."""
    (place.folder / "out").mkdir()
    (place.folder / "out" / "manifest.json.writing").write_bytes(b"{")
    place.batch().run()
    whole = place.files()
    (place.folder / "out" / "done-00000.json").write_bytes(b"{}")
    place.batch().run()
    assert place.files() == whole


def test_an_input_that_changes_meanwhile_is_not_said_to_be_settled(place):
    """Nothing is complete, and nothing of it is kept; the input as it was is settled as ever."""
    before = (place.folder / "in.jsonl").read_bytes()
    batch = place.batch()
    (place.folder / "in.jsonl").write_bytes(b"")
    with pytest.raises(BatchRefused, match="changed while it was read"):
        batch.run()
    assert "complete" not in json.loads((place.folder / "out" / "manifest.json").read_bytes())
    assert not list((place.folder / "out").glob("done-*"))
    (place.folder / "in.jsonl").write_bytes(before)
    assert place.batch().run().rows == 60


def test_one_run_at_a_time_has_a_folder(place):
    """The other is told so, and does nothing."""
    batch = place.batch()
    with alone(batch.out), pytest.raises(BatchRefused, match="another run is under way"):
        batch.run()
    assert batch.run().rows == 60


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda place: (place.folder / "in.jsonl").write_text("{}\n"), "input"),
        (lambda _: {"form": "totals"}, "--as"),
        (lambda _: {"part": 5_000}, "--part"),
        (lambda _: {"parquet": True}, "--parquet"),
    ],
)
def test_a_folder_of_another_question_is_refused(place, change, named):
    """And says what differs; nothing in it changes."""
    place.batch().run()
    before = place.files()
    options = change(place)
    with pytest.raises(BatchRefused, match=f"begun with other {named};"):
        place.batch(**(options if isinstance(options, dict) else {}))
    assert place.files() == before


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("settlement.__version__", "version"),
        ("settlement.batch.run.CALCULATION_VERSION", "calculation version"),
    ],
)
def test_another_version_is_another_question(place, monkeypatch, name, named):
    """Half of a folder by one version of the library and half by the next would be nobody's."""
    place.batch().run()
    monkeypatch.setattr(name, "9")
    with pytest.raises(BatchRefused, match=f"begun with other {named};"):
        place.batch()


def test_other_rules_are_another_question(place):
    """Though their ids are the same."""
    place.batch().run()
    other = Rules([Rulebook.model_validate(each) for each in (TEN | {"id": "plain"}, TEN)], RULES.choice)
    with pytest.raises(BatchRefused, match="other rules"):
        Batch(["in.jsonl"], other, "out", part=4_000)


@pytest.mark.parametrize(
    ("inputs", "out", "said"),
    [
        (["none.jsonl"], "new", "none.jsonl: No such file"),
        (["in.csv"], "new", r"in.csv: \.jsonl, "),
        ([], "new", "an input"),
        (["in.jsonl"], "rules", "holds something else"),
        (["in.jsonl"], "in.jsonl", "in.jsonl: File exists"),
    ],
)
def test_what_cannot_be_begun_is_told(place, inputs, out, said):
    """An input that isn't there, of another kind, none; a folder with something else, no folder."""
    with pytest.raises(BatchRefused, match=said):
        Batch(inputs, RULES, out)
    assert not (place.folder / "new").exists()


@pytest.mark.parametrize("spoil", [lambda data: data[:-30], lambda data: data[:200] + b"????" + data[204:]])
def test_a_packed_file_that_is_cut_or_spoilt_ends_the_run(place, spoil):
    """The message says what is wrong; nothing else comes out of it."""
    data = gzip.compress((place.folder / "in.jsonl").read_bytes())
    (place.folder / "cut.jsonl.gz").write_bytes(spoil(data))
    with pytest.raises(BatchRefused, match="cannot go on"):
        place.batch("cut.jsonl.gz").run()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"rulebook": ["ten"]}, "a column checkout"),
        ({"checkout": [b"{}"]}, "the column checkout is binary; texts"),
        ({"checkout": ["{}"], "rulebook": [1]}, "the column rulebook is int64; texts"),
        (None, "it was cut"),
        ("this is no table at all", "in.parquet: Parquet"),
    ],
)
def test_a_table_of_another_shape_is_told_at_the_start(place, columns, said):
    """Which column, and what it is; no row is rejected for it."""
    path = place.folder / "in.parquet"
    if isinstance(columns, dict):
        parquet.write_table(pa.table(columns), path)
    else:
        path.write_text(columns or "", encoding="utf-8")
    with pytest.raises(BatchRefused, match=said):
        place.batch("in.parquet")


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(1, 4_000), st.sampled_from([1, 2, 7, 40, 1_000])
)
def test_parts_of_a_table_together_are_its_rows(tmp_path_factory, groups, size, long):
    """Whatever groups and sizes: each row once, in its order, with its number; small groups share a part."""
    path = tmp_path_factory.mktemp("parts") / "in.parquet"
    texts = [f"{number}{'x' * long}" for number in range(sum(groups))]
    at = 0
    with parquet.ParquetWriter(path, pa.schema({"checkout": pa.string()}), use_dictionary=False) as file:
        for rows in groups:
            file.write_table(pa.table({"checkout": texts[at : at + rows]}))
            at += rows
    parts = list(parts_of([look_at(path, size)], size))
    assert [part.number for part in parts] == list(range(len(parts)))
    found = [(line, cells.checkout) for part in parts for line, cells in rows_of(part)]
    assert found == list(enumerate(texts, 1))
    assert len(parts) == 1 or sum(map(len, texts)) + 200 * len(groups) > size


def test_a_group_of_many_rows_is_never_whole_in_memory(tmp_path):
    """Twenty megabytes in one group: many parts, and what is unpacked at any time is a small part of it."""
    path, count = tmp_path / "in.parquet", 10_000
    texts = pa.array([str(number) * (2_000 // len(str(number))) for number in range(count)])
    parquet.write_table(
        pa.table({"checkout": texts}), path, row_group_size=count, compression="none", use_dictionary=False
    )
    whole = texts.nbytes
    del texts
    parts = list(parts_of([look_at(path, 1 << 20)], 1 << 20))
    assert 15 < len(parts) < 25
    before, most = pa.total_allocated_bytes(), 0
    for part in (parts[0], parts[9], parts[-1]):
        for _ in rows_of(part):
            most = max(most, pa.total_allocated_bytes() - before)
    assert 0 < most < whole / 4


def test_a_cell_is_a_checkout_and_nothing_more(place):
    """A text that goes on behind its checkout chooses no rulebook: it is no JSON."""
    cells = [json.dumps(a_row(0)["checkout"]) + more for more in ("", ', "rulebook": "ten"')]
    parquet.write_table(pa.table({"checkout": cells}), place.folder / "in.parquet")
    report = place.batch("in.parquet").run()
    assert (report.rows, report.rejected, report.codes) == (2, 1, {"json.invalid": 1})


def test_the_same_bytes_twice_are_refused(place):
    """Under whatever names: every order would be summed twice."""
    (place.folder / "copy.jsonl").write_bytes((place.folder / "in.jsonl").read_bytes())
    with pytest.raises(BatchRefused, match="name each input once"):
        Batch(["in.jsonl", "copy.jsonl"], RULES, "out")


def test_a_line_without_end_is_cut_in_a_packed_file_as_in_a_plain_one(place, monkeypatch):
    """Refused for its length, and the lines behind it are read."""
    monkeypatch.setattr(parts_module, "MAX_DOCUMENT", 100)
    data = b"[1]\n" + b"x" * 1_000 + b"\n[2]"
    (place.folder / "a.jsonl").write_bytes(data)
    (place.folder / "a.jsonl.gz").write_bytes(gzip.compress(data))
    found = [
        [
            (number, len(text))
            for part in parts_of([look_at(place.folder / name, 64)], 64)
            for number, text in lines_of(part)
        ]
        for name in ("a.jsonl", "a.jsonl.gz")
    ]
    assert [number for number, _ in found[0]] == [number for number, _ in found[1]] == [1, 2, 3]
    assert found[0][1][1] > 100 < found[1][1][1]


# ------------------------------------------------------------------ rules


def test_rules_are_those_named_else_those_of_the_instant():
    """From the instant on; before the first there are none; of one rulebook that one."""
    books = list(RULES.rulebooks.values())
    rules = Rules(books, [("ten", "2026-12-01T00:00:00Z"), ("plain", "2026-11-01T00:00:00Z")])

    def at(instant: str, named: str | None = None) -> str:
        return rules.of(named, Checkout.model_validate(a_checkout(at=instant))).id

    assert at("2026-11-01T08:00:00+08:00") == "plain"
    assert at("2026-11-30T23:59:59Z") == "plain"
    assert at("2026-12-01T00:00:00Z") == at("2026-11-01T00:00:00Z", "ten") == "ten"
    with pytest.raises(InvalidDocument, match=r"batch\.no_rules"):
        at("2026-10-31T00:00:00Z")
    with pytest.raises(InvalidDocument, match=r"batch\.no_rules"):
        Rules(books).of(None, Checkout.model_validate(a_checkout()))
    assert Rules(books[:1]).of(None, Checkout.model_validate(a_checkout())) is books[0]


def test_a_folder_of_rules_that_is_wrong_says_where(place):
    """A file that is no rulebook, two of one id, a choice of none that is there, twice for an instant, no list."""

    def told() -> list[tuple[str, str]]:
        with pytest.raises(InvalidDocument) as caught:
            read_rules(Path("rules"))
        return [(Path(caught.value.title).name + ":" + each.place, each.code) for each in caught.value.problems]

    folder = place.folder / "rules"
    assert read_rules(folder).stated() == RULES.stated()
    row = {"rulebook": "plain", "from": "2026-11-01T00:00:00Z"}
    for choice, expected in (
        ([row | {"rulebook": "other"}], ("rules.json:rules[0].rulebook", "rulebook.unknown")),
        ([row, row], ("rules.json:rules", "batch.choice_twice")),
        ([row, {"rulebook": "plain"}], ("rules.json:[1].from", "field.missing")),
        ({}, ("rules.json:", "list.type")),
    ):
        (folder / "rules.json").write_text(json.dumps(choice), encoding="utf-8")
        assert told() == [expected]
    (folder / "rules.json").unlink()
    (folder / "third.json").write_text(json.dumps(PLAIN), encoding="utf-8")
    assert told() == [("rules.json:rulebooks", "id.duplicate")]
    (folder / "third.json").write_text('{"id": "x"}', encoding="utf-8")
    assert told() == [("third.json:currency", "field.missing")]
    with pytest.raises(FileNotFoundError, match="holds no rulebook"):
        read_rules(place.folder)


# ------------------------------------------------------------------ from Python


def test_settle_many_gives_what_settle_gives_in_order():
    """In this process and by two: documents, problems and totals alike."""
    texts = TEXTS * 9
    alone = list(settle_many(texts, RULES))
    assert list(settle_many(iter(texts), RULES, workers=2)) == alone
    assert [bool(each.problems) for each in alone[:60]] == [number in WRONG for number in range(60)]
    assert alone[0].settlement == settle(Checkout.model_validate(a_row(0)["checkout"]), RULES.rulebooks["plain"])
    assert alone[20] == Outcome(None, alone[20].problems)


FORKED = """
import json, sys
from pathlib import Path
from settlement.batch import read_rules, settle_many
texts = json.loads(Path("texts.json").read_text(encoding="utf-8"))
made = settle_many(texts, read_rules(Path("rules")), 2, start_method="fork")
json.dump([[each.document, [[p.place, p.code] for p in each.problems]] for each in made], sys.stdout)
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system doesn't fork")
def test_forked_processes_give_what_spawned_ones_give(place):
    """In a program without threads; what spawned ones give is what one process gives."""
    texts = TEXTS * 9
    (place.folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, check=True)
    alone = [[each.document, [[p.place, p.code] for p in each.problems]] for each in settle_many(texts, RULES)]
    assert json.loads(done.stdout) == alone


def test_a_start_method_that_there_is_not_is_refused(place):
    """Before anything is settled."""
    with pytest.raises(ValueError, match=r"start_method is one of .*spawn.*; found 'sprout'"):
        settle_many([], RULES, start_method="sprout")
    with pytest.raises(ValueError, match="start_method is one of"):
        place.batch().run(start_method="sprout")


def test_whatever_fails_in_a_row_is_the_rows():
    """A kind of somebody's own may divide by 0: the row is rejected with what it said, and the next one is settled."""
    book = Rulebook.with_kinds(Brittle).model_validate(
        a_rulebook(promotions=[an_offer("p", tiers=[{"benefit": {"type": "brittle"}}])])
    )
    given = [Checkout.model_validate(a_checkout(a_line("a", unit_price=price))) for price in ("7.00 CNY", "5.00 CNY")]
    wrong, good = settle_many(given, book)
    assert (wrong.problems[0].code, good.payable) == ("batch.failed", 499)
    assert "ZeroDivisionError" in wrong.problems[0].message


def test_settle_many_takes_checkouts_and_no_more_than_it_gives():
    """Documents too; lazily, so that a stream without end is settled as it comes."""
    checkout = Checkout.model_validate(a_checkout())

    def endless():
        while True:
            yield checkout

    made = settle_many(endless(), RULES.rulebooks["ten"])
    assert next(made).document == next(made).document == settle(checkout, RULES.rulebooks["ten"]).to_json()
    with pytest.raises(ValueError, match="1 or more"):
        settle_many([], RULES, workers=0)
    with pytest.raises(ValueError, match="form is one of"):
        settle_many([], RULES, form="records")


def test_one_of_anything_has_its_word_in_the_singular(tmp_path, ran):
    """A row in a part: the progress and the summary count it as one; two rows are rows. Chinese has one form."""
    (tmp_path / "one.jsonl").write_text(TEXTS[0] + "\n", encoding="utf-8")
    (tmp_path / "two.jsonl").write_text(TEXTS[0] + "\n" + TEXTS[2] + "\n", encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "plain.json").write_text(json.dumps(PLAIN), encoding="utf-8")

    def told(name: str, locale: str) -> tuple[str, str]:
        options = ("--rules", tmp_path / "rules", "--workers", "1", "--locale", locale, "--format", "text")
        code, out, err = ran("batch", tmp_path / f"{name}.jsonl", "-o", tmp_path / f"{name}-{locale}", *options)
        assert code == 0, err
        return err.splitlines()[-1], out.splitlines()[0].rpartition(", ")[0]

    assert told("one", "en") == ("1 part, 1 row, 0 rejected", "1 row, 0 rejected")
    assert told("two", "en") == ("1 part, 2 rows, 0 rejected", "2 rows, 0 rejected")
    assert told("one", "zh_CN")[0] == "1 个分块，1 行，拒绝 0 行"
