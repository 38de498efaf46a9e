"""`settlement record`, `replay`, `diff` and `schema` as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from settlement import CALCULATION_VERSION
from settlement.audit.record import Record

ROOT = Path(__file__).resolve().parents[2]
CART = ROOT / "examples" / "mall-cart.json"
SIMPLE = ROOT / "examples" / "simple.json"


@pytest.fixture
def kept(ran, tmp_path):
    """The record of the example, in a file of its own."""
    path = tmp_path / "cart.json"
    path.write_text(ran("record", CART)[1], encoding="utf-8")
    return path


def test_a_record_is_printed(ran):
    """One line of canonical JSON with its digest; `--erased` leaves out what is personal and keeps the digest."""
    code, text, error = ran("record", CART)
    whole = Record.from_json(text)
    assert (code, error, text.count("\n")) == (0, "", 1)
    assert "13800138000" in text
    bare = ran("record", CART, "--erased")[1]
    assert "13800138000" not in bare
    assert Record.from_json(bare).digest == whole.digest
    assert ran("record", ROOT / "examples" / "five-mistakes.json")[0] == 2


def test_a_record_replays(ran, kept):
    """Equal: exit code 0 and the name of the file."""
    assert ran("replay", kept) == (0, f"{kept}: equal\n", "")
    code, text, _ = ran("replay", kept, "--format", "json")
    found = json.loads(text)
    assert (code, found["outcome"], found["differences"]) == (0, "equal", [])


def test_a_forged_record_is_told(ran, kept):
    """Every amount that differs stands with its place; the exit code is 1."""
    kept.write_text(kept.read_text("utf-8").replace('"payable":"1111.70 CNY"', '"payable":"111.70 CNY"'), "utf-8")
    code, text, error = ran("replay", kept)
    assert (code, error) == (1, "")
    assert '  settlement.totals.payable: "111.70 CNY" recorded, "1111.70 CNY" recomputed\n' in text
    assert text.splitlines()[1].startswith("  digest: ")
    assert "有差异" in ran("replay", kept, "--locale", "zh_CN")[1]
    rows = json.loads(ran("replay", kept, "--format", "json")[1])["differences"]
    assert {"place", "recorded", "recomputed", "text"} == set(rows[1])


def test_a_folder_and_lines_replay(ran, kept, tmp_path):
    """Folders and .jsonl files are walked in the order of names; one bad record does not hide the others."""
    record = kept.read_text("utf-8")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "rows.jsonl").write_text(f"{record}\n{record}", encoding="utf-8")
    code, text, _ = ran("replay", tmp_path)
    assert code == 0
    assert text.splitlines() == [
        f"{kept}: equal", f"{tmp_path}/more/rows.jsonl:1: equal", f"{tmp_path}/more/rows.jsonl:3: equal"
    ]  # fmt: skip
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    old = record.replace(f'"calculation_version":"{CALCULATION_VERSION}"', '"calculation_version":"0"')
    (tmp_path / "old.json").write_text(old, encoding="utf-8")
    code, text, error = ran("replay", tmp_path)
    assert (code, len(text.splitlines())) == (2, 3)
    assert "[field.missing]" in error
    known = f"this library has {CALCULATION_VERSION} [version.unknown]"
    assert f"{tmp_path}/old.json: it was made by calculation version '0'; {known}" in error


def test_the_golden_folder_needs_no_manifest_to_be_a_record(ran, tmp_path):
    """A folder without records is said to be one, with exit code 2."""
    assert ran("replay", tmp_path) == (2, "", f"settlement: {tmp_path}: no records\n")


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en", "it was made by calculation version '7'; this library has 1, 2 [version.unknown]"),
        ("zh_CN", "由计算版本 '7' 生成；本库的版本是 1, 2 [version.unknown]"),
    ],
)
def test_a_settlement_of_an_unknown_version_is_told(ran, tmp_path, locale, told):
    """Where it is refunded and where it is compared: a line with the file, exit code 2, no traceback."""
    code, text, _ = ran("settle", CART)
    stored = tmp_path / "stored.json"
    stored.write_text(text.replace('"calculation_version":"2"', '"calculation_version":"7"'), encoding="utf-8")
    assert code == 0
    for command in (["refund", stored], ["diff", CART, stored]):
        assert ran(*command, "--locale", locale) == (2, "", f"settlement: {stored}: {told}\n")


def test_a_diff_is_printed(ran, kept, tmp_path):
    """Requests, records and settlements can be compared; the exit code says whether anything changed."""
    request = json.loads(CART.read_text("utf-8"))
    request["checkout"]["cart"]["lines"][0]["quantity"] = 3
    other = tmp_path / "other.json"
    other.write_text(json.dumps(request), encoding="utf-8")
    code, text, error = ran("diff", CART, other)
    assert (code, error) == (1, "")
    assert text.startswith("To pay: CN¥1,111.70 before, ")
    assert ran("diff", kept, other)[1] == text
    assert ran("diff", CART, kept)[0] == 0
    assert json.loads(ran("diff", CART, other, "--format", "json")[1])["steps"][0]["causes"] == ["cart"]
    assert ran("diff", CART, other, "--format", "html", "--locale", "zh_CN")[1].startswith("<!doctype html>")
    settled = tmp_path / "settled.json"
    settled.write_text(ran("settle", CART)[1], encoding="utf-8")
    assert ran("diff", settled, other, "--format", "json")[0] == 1
    bad = ROOT / "examples" / "five-mistakes.json"
    code, text, error = ran("diff", CART, bad)
    assert (code, text) == (2, "")
    assert error.startswith(f"{bad}: ")


def test_a_schema_is_printed(ran):
    """The request's schema by default; an unknown name is a wrong option, answered with the nearest, else with all."""
    assert json.loads(ran("schema")[1])["$id"] == "request.schema.json"
    code, _, told = ran("schema", "chekout")
    assert (code, told.splitlines()[-1].partition("DOCUMENT: ")[2]) == (
        2,
        "there is no document 'chekout'; did you mean checkout?",
    )
    assert "there are bill, books-policy, " in ran("schema", "menu")[2]
