"""`settlement what-if` as a shell sees it."""

from __future__ import annotations

import gzip
import io
import json
import sys

import pytest

from months import DECEMBER, NOVEMBER, month
from settlement.commands.cli import main


@pytest.fixture
def ran(capsys):
    """Run one command; exit code, standard output, standard error."""

    def run(*arguments):
        code = main([str(each) for each in arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


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
