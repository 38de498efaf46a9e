"""`settlement what-if` as a shell sees it."""

from __future__ import annotations

import gzip
import io
import json
import sys

import pyarrow as pa
import pytest

from months import DECEMBER, NOVEMBER, month, rules
from samples import a_checkout, a_line, settled
from settlement.audit.record import record
from settlement.batch import Batch, Rules

CARD = {"payment_methods": [{"id": "card", "borne_by": "merchant"}]}
PERCENT = 'promotions["all"].tiers[0].benefit.percent'


@pytest.fixture
def files(tmp_path):
    """The month packed, and the rules of November and December."""
    lines = "".join(f"{each.to_json()}\n" for each in month())
    (tmp_path / "month.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "dec.json").write_text(json.dumps(DECEMBER), encoding="utf-8")
    (tmp_path / "nov.json").write_text(json.dumps(NOVEMBER), encoding="utf-8")
    return tmp_path


def test_candidates_stand_side_by_side(ran, files):
    """Two rulebooks, a table in the reader's language, JSON for programs; exit code 0."""
    asked = ("what-if", files / "month.jsonl.gz", "--rules", files / "dec.json", files / "nov.json")
    code, text, error = ran(*asked, "--format", "text")
    assert (code, error) == (0, "")
    assert "december, as chosen: CN¥1,818.00 to pay (-164.00), 14 of 20 orders pay another amount" in text
    assert "顾客行为不变" in ran(*asked, "--format", "text", "--locale", "zh_CN")[1]
    code, text, _ = ran(*asked)
    found = json.loads(text)
    assert (code, [each["rulebook"] for each in found["candidates"]]) == (0, ["december", "november"])


def test_reports_are_written_by_their_endings(ran, files):
    """Several at once; each is whole, and nothing is left beside it."""
    names = [files / f"report{ending}" for ending in (".json", ".html", ".parquet", ".txt")]
    options = [part for name in names for part in ("-o", name)]
    code, text, error = ran(
        "what-if", files / "month.jsonl.gz", "--rules", files / "dec.json", *options, "--no-charts"
    )  # fmt: skip
    assert (code, text, error) == (0, "", "")
    assert json.loads(names[0].read_text("utf-8"))["orders"] == 20
    assert names[1].read_text("utf-8").startswith("<!doctype html>")
    assert names[2].read_bytes()[:4] == b"PAR1"
    assert "1,818.00" in names[3].read_text("utf-8")
    assert not list(files.glob("*.part"))


def test_what_is_broken_or_set_apart_is_told_and_is_exit_code_3(ran, files, monkeypatch):
    """With file and line, on standard error; where nothing is left to compare it is 2. A pipe is read too."""
    good = month()[0].to_json()
    (files / "rows.jsonl").write_text(f"{good}\n{good[:99]}\n", encoding="utf-8")
    code, text, error = ran("what-if", files / "rows.jsonl", "--rules", files / "dec.json")
    assert (code, json.loads(text)["orders"]) == (3, 1)
    assert f"{files}/rows.jsonl:2: this is not well-formed JSON" in error
    assert error.endswith("settlement: 1 record of 2 is in no figure\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"nothing\n")))
    code, _, error = ran("what-if", "-", "--rules", files / "dec.json", "--locale", "zh_CN")
    assert (code, "-:1" in error) == (2, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "report.pdf"], "a report ends in .html, .json, .parquet or .txt"),
        (["--vary", "policy.coupons_per_shop"], "--vary and --values stand together"),
        (["--vary", "policy.coupons_per_shop", "--values", "1", "--rules", "nov.json"], "--vary is of one rulebook"),
        (["--vary", "policy.cupons_per_shop", "--values", "1"], 'did you mean "coupons_per_shop"?'),
        (["--vary", "policy.coupons_per_shop", "--values", "many"], "found"),
        (["--policy", "nov.json"], "this is a rulebook alone; a payout policy is expected"),
    ],
)  # fmt: skip
def test_misuse_is_refused_before_anything_is_read(ran, files, monkeypatch, options, told):
    """Exit code 2 and one sentence."""
    monkeypatch.chdir(files)
    code, text, error = ran("what-if", "month.jsonl.gz", "--rules", "dec.json", *options)
    assert (code, text) == (2, "")
    assert told in error
    assert "Traceback" not in error


def test_files_that_are_not_there_are_refused(ran, files, monkeypatch):
    """Records, rules; a folder without any record; rules that are a record."""
    monkeypatch.chdir(files)
    assert ran("what-if", "gone.jsonl", "--rules", "dec.json")[::2] == (
        2, "settlement: gone.jsonl: No such file or directory\n"
    )  # fmt: skip
    assert ran("what-if", "month.jsonl.gz", "--rules", "gone.json")[0] == 2
    (files / "empty").mkdir()
    code, _, error = ran("what-if", "empty", "--rules", "dec.json", "--locale", "zh_CN")
    assert (code, error) == (2, "settlement: empty: 没有记录\n")
    (files / "kept.json").write_text(month()[0].to_json(), encoding="utf-8")
    code, _, error = ran("what-if", "month.jsonl.gz", "--rules", "kept.json")
    assert (code, "this is a record; a rulebook is expected" in error) == (2, True)
    yen = NOVEMBER | {"currency": "JPY", "promotions": [], "coupons": [], "freight_templates": []}
    (files / "yen.json").write_text(json.dumps(yen), encoding="utf-8")
    code, _, error = ran("what-if", "month.jsonl.gz", "--rules", "dec.json", "yen.json")
    assert (code, "CNY and JPY cannot be combined" in error) == (2, True)


def test_pictures_without_their_extra_are_refused_before_anything_is_read(ran, files, monkeypatch):
    """The sentence names the extra and the way without."""
    from settlement.commands import what_if

    monkeypatch.setattr(what_if, "find_spec", lambda _: None)
    code, _, error = ran("what-if", "gone.jsonl", "--rules", files / "dec.json", "-o", "report.html")
    assert (code, "settlement[charts]" in error, "--no-charts" in error) == (2, True, True)
    code, _, error = ran("what-if", "gone.jsonl", "--rules", files / "dec.json", "-o", "report.parquet")
    assert (code, "settlement[arrow]" in error) == (2, True)


def test_one_number_is_changed_value_by_value(ran, files):
    """A row for each value, as text and as data."""
    place = 'promotions["fest"].tiers[0].min_amount'
    asked = ("what-if", files / "month.jsonl.gz", "--rules", files / "dec.json", "--vary", place, "--values")
    code, text, error = ran(*asked, "90.00 CNY", "120.00 CNY", "--format", "text")
    assert (code, error) == (0, "")
    assert "120.00 CNY" in text
    found = json.loads(ran(*asked, "90.00 CNY", "120.00 CNY")[1])
    assert found["as_chosen"][1]["payable"] == "1818.00 CNY"


@pytest.fixture
def percent(files, monkeypatch):
    """Rules that take a percentage off, and a month that is not packed, in the folder of the test."""
    tier = {"benefit": {"type": "percent_off", "percent": "10"}}
    offer = {"id": "all", "issuer": "platform", "tiers": [tier]}
    book = DECEMBER | {"promotions": [offer], "coupons": []}
    (files / "percent.json").write_text(json.dumps(book), encoding="utf-8")
    monkeypatch.chdir(files)
    return "what-if", "month.jsonl.gz", "--rules", "percent.json", "--vary"


def test_whole_numbers_are_what_the_place_takes(ran, percent):
    """10, 20 of a percentage are texts in the document, of a priority integers; one asks with the same digits."""
    code, text, _ = ran(*percent, PERCENT, "--values", "10", "20", "30")
    assert (code, [each["value"] for each in json.loads(text)["as_chosen"]]) == (0, ["10", "20", "30"])
    assert json.loads(text)["as_chosen"] == [
        each | {"value": each["value"].removesuffix(".0")}
        for each in json.loads(ran(*percent, PERCENT, "--values", "10.0", "20.0", "30.0")[1])["as_chosen"]
    ]
    assert ran(*percent, "promotions[all].priority", "--values", "-1", "2")[0] == 0
    code, _, error = ran(*percent, PERCENT, "--values", "10", "200")
    assert (code, "200" in error) == (2, True)
    code, _, error = ran(*percent, "policy.coupons_per_shop", "--values", "-1", "2")
    assert (code, "[integer.range]" in error) == (2, True)


def test_the_policy_of_payouts_counts_value_by_value_too(ran, percent, files):
    """Commission on freight moves what the platform earns, and so every value."""
    (files / "pol.json").write_text('{"commission_on_freight": true}', encoding="utf-8")
    line = a_line(freight_template="post", commission_percent="10")
    kept = record(settled(a_checkout(line), NOVEMBER)).to_json()
    (files / "commission.jsonl").write_text(kept, encoding="utf-8")
    asked = ("what-if", "commission.jsonl", *percent[2:], PERCENT, "--values", "10", "20")
    plain, on_freight = (json.loads(ran(*asked, *more)[1]) for more in ((), ("--policy", "pol.json")))
    whole = json.loads(ran(*asked[:4], "--policy", "pol.json")[1])["candidates"][0]["as_chosen"]
    assert on_freight["as_chosen"][0]["platform"] == whole["platform"]["net"] != plain["as_chosen"][0]["platform"]


def test_what_is_in_no_figure_is_told_value_by_value_too(ran, percent, files):
    """Exit code 3, with the broken row and why another is set apart; 2 where none is weighed, or none is there."""
    good = month()[0].to_json()
    other = record(settled(a_checkout(a_line(), payment_method="card"), NOVEMBER | CARD)).to_json()
    (files / "rows.jsonl").write_text(f"{good}\n{{\n{other}\n", encoding="utf-8")
    asked = (*percent[2:], PERCENT, "--values", "10", "20")
    code, text, error = ran("what-if", "rows.jsonl", *asked)
    found = json.loads(text)
    assert (code, found["read"], found["orders"], found["broken"]["rows"]) == (3, 3, 1, 1)
    assert [(each["reason"], each["code"]) for each in found["apart"]] == [("refused", "payment_method.unknown")]
    first, second, last = error.splitlines()
    assert first.startswith("rows.jsonl:2: this is not well-formed JSON")
    assert second.startswith('does not fit the candidate\'s rules: december #1, "card" [payment_method.unknown]')
    assert last == "settlement: 2 records of 3 are in no figure"
    (files / "rows.jsonl").write_text("{\n", encoding="utf-8")
    code, _, error = ran("what-if", "rows.jsonl", *asked)
    assert (code, error.splitlines()[-1]) == (2, "settlement: 1 record of 1 is in no figure")
    (files / "rows.jsonl").write_text("", encoding="utf-8")
    assert ran("what-if", "rows.jsonl", *asked) == (2, "", "settlement: rows.jsonl: no records\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "x.json", "--vary", PERCENT, "--values", "10", "20"], "with --vary the answer is printed"),
        (["--locale", "zh_CN", "-o", "x.json", "--vary", PERCENT, "--values", "10", "20"], "请去掉 -o"),
        (["--vary", "promotions[all].name", "--values", "abc", "b"], "[place.no_number]"),
        (["--vary", "promotions[all].valid_from", "--values", "2026-11-01T00:00:00Z"], "[place.no_number]"),
        (["--vary", 'promotions["a\\q"].priority', "--values", "1", "2"], "[place.notation]"),
        (["-o", ".json"], "settlement: .json: a report ends in .html, .json, .parquet or .txt"),
        (["-o", "nofolder/x.json"], "settlement: nofolder/x.json: No such file or directory"),
        (["-o", "folder.json"], "settlement: folder.json: Is a directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_or_written_is_refused_before_anything_is_read(ran, percent, files, options, told):
    """The records are not even there, and it is not them that is told."""
    (files / "folder.json").mkdir()
    code, text, error = ran("what-if", "gone.jsonl", *percent[2:4], *options)
    assert (code, text) == (2, "")
    assert told in error
    assert "Traceback" not in error


def test_of_a_folder_that_batch_made_the_parts_alone_are_records(ran, files):
    """Manifest and rejects are none: what-if and replay pass over them, wherever the folder lies; not over others."""
    checkouts = [each.checkout() for each in month()[:3]]
    rows = "".join(f'{{"checkout":{each.to_json()}}}\n' for each in checkouts)
    (files / "asked.jsonl").write_text(f"{rows}{{}}\n", encoding="utf-8")
    out = files / "all" / "settled"
    assert Batch([files / "asked.jsonl"], Rules([rules(NOVEMBER)]), out, form="record").run().rejected == 1
    assert {each.name for each in out.iterdir()} > {"manifest.json", "rejects-00000.jsonl"}
    for folder in (out, files / "all"):
        code, text, error = ran("what-if", folder, "--rules", files / "dec.json")
        assert (code, error, json.loads(text)["read"]) == (0, "", 3)
        code, text, error = ran("replay", folder)
        assert (code, error, text.count(": equal\n")) == (0, "", 3)
    for manifest in ('{"as":"settlement"}', "[]", "[" * 100_000):
        (out / "manifest.json").write_text(manifest, encoding="utf-8")
        assert ran("what-if", out, "--rules", files / "dec.json")[0] == 3


def test_whatever_batch_and_archive_take_what_if_and_replay_take(ran, files):
    """Records packed by zstd or gzip and the Parquet of a batch: the same answer. A batch that isn't finished: none."""
    records = month()[:3]
    text = "".join(each.to_json() + "\n" for each in records).encode()
    (files / "plain.jsonl").write_bytes(text)
    (files / "packed.jsonl.gz").write_bytes(gzip.compress(text))
    with pa.output_stream(str(files / "packed.jsonl.zst"), compression="zstd") as file:
        file.write(text)
    checkouts = [each.checkout().model_copy(update={"order": each.order_name}) for each in records]
    (files / "asked.jsonl").write_text(
        "".join(f'{{"checkout":{each.to_json()}}}\n' for each in checkouts), encoding="utf-8"
    )
    out = files / "settled"
    Batch([files / "asked.jsonl"], Rules([rules(NOVEMBER)]), out, form="record", parquet=True).run()
    (out / "beside.parquet").write_bytes(b"what somebody else put there")
    expected = ran("what-if", files / "plain.jsonl", "--rules", files / "dec.json")
    assert expected[0] == 0
    for name in ("packed.jsonl.gz", "packed.jsonl.zst", "settled"):
        assert ran("what-if", files / name, "--rules", files / "dec.json") == expected
        code, text, error = ran("replay", files / name)
        assert (code, error, text.count(": equal\n")) == (0, "", 3)
    cut = files / "cut.jsonl.zst"
    cut.write_bytes((files / "packed.jsonl.zst").read_bytes()[:-200])
    assert ran("what-if", cut, "--rules", files / "dec.json")[0] in {2, 3}
    code, _, error = ran("replay", cut)
    assert (code, "the file is broken here" in error) == (2, True)
    for command in (("what-if", "--rules", files / "dec.json"), ("replay",)):
        for name in ("gone.jsonl.zst", "gone.parquet"):
            code, text, error = ran(command[0], files / name, *command[1:])
            assert (code, text, error) == (2, "", f"settlement: {files / name}: No such file or directory\n")
    told = json.loads((out / "manifest.json").read_bytes())
    (out / "manifest.json").write_text(json.dumps({**told, "complete": False}), encoding="utf-8")
    for command in (("what-if", out, "--rules", files / "dec.json"), ("replay", out)):
        code, text, error = ran(*command)
        assert (code, text, "the batch in it is not finished" in error) == (2, "", True)
