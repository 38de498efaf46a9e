"""`settlement explain`, `report` and `journal`: what they take, what they print, how they end."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from samples import a_checkout, everything, settled
from settlement import RefundQuote, Settlement, refund, settle
from settlement.audit.books.journal import beancount_text, entries
from settlement.audit.record import record
from settlement.commands.cli import main
from settlement.documents.canonical import canonical
from settlement.explanations.story import explain
from settlement.receipts.report import report
from settlement.rulebook.request import Request

CART = Path(__file__).resolve().parents[2] / "examples" / "mall-cart.json"


@pytest.fixture
def kept(tmp_path):
    """A settlement, its record and a refund of it, as files."""
    settlement = settled(*everything())
    quote = refund(settlement, {"a": 1})
    for name, each in (("settlement", settlement), ("record", record(settlement)), ("refund", quote)):
        (tmp_path / f"{name}.json").write_text(each.to_json(), encoding="utf-8")
    return tmp_path


def test_a_settlement_a_record_and_a_request_are_explained(ran, kept):
    """All three are told apart by what they hold; the first two tell the same story."""
    settlement = Settlement.from_json((kept / "settlement.json").read_text())
    expected = explain(settlement, line="a").text() + "\n"
    assert ran("explain", kept / "settlement.json", "--line", "a") == (0, expected, "")
    assert ran("explain", kept / "record.json", "--line", "a") == (0, expected, "")
    request = Request.model_validate_json(CART.read_bytes())
    story = explain(settle(request.checkout, request.rulebook)).text("zh_CN")
    assert ran("explain", CART, "--locale", "zh_CN") == (0, story + "\n", "")


@pytest.mark.parametrize("command", ["settle", "compare", "explain"])
def test_checkout_and_rules_in_two_files_are_what_one_request_is(ran, tmp_path, command):
    """`--rulebook` is an option of each command that reads a request: it prints the same as of one file."""
    request = json.loads(CART.read_bytes())
    for name, document in request.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    two = ran(command, tmp_path / "checkout.json", "--rulebook", tmp_path / "rulebook.json", "--format", "text")
    assert two == ran(command, CART, "--format", "text")
    assert two[0] == 0
    code, out, err = ran(command, tmp_path / "checkout.json", "--rulebook", tmp_path / "checkout.json")
    assert (code, out) == (2, "")
    assert "rulebook" in err
    code, out, err = ran(command, tmp_path / "checkout.json")
    assert (code, out) == (2, "")
    assert "take its rules with --rulebook RULES" in err


@pytest.mark.parametrize(("option", "value", "subject"), [("--rule", "p1", "rule"), ("--parcel", "1", "parcel")])
def test_a_rule_and_a_parcel_are_explained_as_json(ran, kept, option, value, subject):
    """The steps as data, for programs."""
    code, out, _ = ran("explain", kept / "settlement.json", option, value, "--format", "json")
    story = json.loads(out)
    assert (code, story["subject"], story["name"]) == (0, subject, value)
    assert {"code", "formula", "result"} <= {name for step in story["steps"] for name in step}


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--line", "z", "no line 'z'"), ("--rule", "z", "no rule 'z'"), ("--parcel", "9", "no parcel 9")],
)
def test_what_is_not_there_is_said(ran, kept, option, value, says):
    """Exit code 2, one line on standard error, nothing on standard output."""
    code, out, err = ran("explain", kept / "settlement.json", option, value)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["explain", "report", "refund", "payout", "invoice", "journal", "diff"])
@pytest.mark.parametrize("which", ["settlement", "record"])
def test_a_settlement_that_was_tampered_with_is_refused(ran, kept, command, which):
    """Figures that contradict each other end with 2 and one line that names the file; no traceback."""
    data = json.loads((kept / f"{which}.json").read_text())
    inner = data if which == "settlement" else data["body"]["settlement"]
    inner["totals"]["payable"] = "0.01 CNY"
    if which == "record":
        data["digest"] = "sha256:" + hashlib.sha256(canonical(data["body"])).hexdigest()
    forged = kept / "forged.json"
    forged.write_text(json.dumps(data))
    files = [kept / "settlement.json", forged] if command == "diff" else [forged]
    code, out, err = ran(command, *files)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"settlement: {forged}: the figures of this settlement contradict each other (")
    assert "自相矛盾" in ran(command, *files, "--locale", "zh_CN")[2]


def test_a_refund_is_no_settlement(ran, kept):
    """A refund quote is not explained or reported; a document that is neither lists its problems."""
    for command in ("explain", "report"):
        code, out, err = ran(command, kept / "refund.json")
        assert (code, out) == (2, "")
        assert "a settlement, a record or a request is expected" in err
    (kept / "odd.json").write_text('{"status": 7}')
    code, out, err = ran("report", kept / "odd.json")
    assert (code, out) == (2, "")
    assert "problems" in err


def test_a_report_is_the_page_or_a_table(ran, kept):
    """HTML by default; CSV of each table on demand."""
    settlement = Settlement.from_json((kept / "settlement.json").read_text())
    assert ran("report", kept / "settlement.json") == (0, report(settlement), "")
    code, out, _ = ran("report", kept / "settlement.json", "--format", "csv", "--table", "parcels")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, [row["fee"] for row in rows]) == (0, ["16.00", "10.00"])


def test_a_journal_of_files(ran, kept):
    """Settlement and refund in one journal, by the day where the books are kept."""
    files = [kept / "settlement.json", kept / "refund.json"]
    code, out, _ = ran("journal", *files, "--format", "beancount", "--offset", "+08:00", "--refunded", "2026-12-01")
    assert code == 0
    assert '2026-11-11 * "Settlement"' in out
    assert '2026-12-01 * "Refund"' in out
    code, out, _ = ran("journal", *files)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["entry"] for row in rows} == {"settlement", "refund"}
    settlement = Settlement.from_json(files[0].read_text())
    quote = RefundQuote.from_json(files[1].read_text())
    assert ran("journal", *files, "--format", "beancount")[1] == beancount_text(entries([settlement, quote]))


def test_a_journal_needs_the_settlement_of_a_refund(ran, kept):
    """Without it nothing is booked, and the digest says which one is missing."""
    code, out, err = ran("journal", kept / "refund.json")
    assert (code, out) == (2, "")
    assert "sha256:" in err


@pytest.mark.parametrize("command", ["journal", "report", "settle"])
@pytest.mark.parametrize("offset", ["8", "+25:00", "+8:00", "+ 8:00", "+08:60", "+٠٨:00", "08:00", "+08:00 ", "Z"])
def test_an_offset_is_written_as_rfc_3339_does(kept, capsys, command, offset):
    """One notation for all commands that tell a day; anything else is refused by the parser."""
    assert main([command, str(kept / "settlement.json"), "--offset", offset]) == 2
    assert "write an offset such as +08:00" in capsys.readouterr().err


def test_a_date_that_is_not_as_it_should_be(kept):
    """Dates are checked by the parser."""
    assert main(["journal", str(kept / "settlement.json"), "--refunded", "tomorrow"]) == 2


def test_a_receipt_and_a_report_by_another_clock(ran, kept):
    """`--offset` says the day and the hour of a receipt and of a report, east and west of UTC."""
    checkout, rulebook = everything()
    (kept / "request.json").write_text(json.dumps({"checkout": checkout, "rulebook": rulebook}))
    for offset, minute in (("+08:00", "2026-11-11 00:00 UTC+08:00"), ("-03:30", "2026-11-10 12:30 UTC-03:30")):
        code, out, _ = ran("settle", kept / "request.json", "--format", "text", f"--offset={offset}")
        assert (code, out.split("\n")[0]) == (0, f"Receipt{minute:>53}")
        code, out, _ = ran("report", kept / "settlement.json", f"--offset={offset}")
        assert code == 0
        assert f"<dd>{minute}</dd>" in out
        assert f"Settlement of {minute[:10]}</h1>" in out


def test_a_blocked_settlement_is_shown_too(ran, tmp_path):
    """Nothing to pay, and the page, the story and the journal say so without a fuss."""
    path = tmp_path / "blocked.json"
    checkout = a_checkout()
    checkout["cart"]["lines"][0]["selected"] = False
    path.write_text(settled(checkout).to_json())
    for command in ("explain", "report", "journal"):
        assert ran(command, path)[0] == 0
