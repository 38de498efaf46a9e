"""The six tools: plain data in, the library's own answers out, and what is wrong at its place."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from settlement import Request, Rulebook, check, compare, explain, settle
from settlement.audit.record import record
from settlement.audit.what_if import what_if
from settlement.commands.cli import main
from settlement.consignee import Catalogue
from settlement.ext.mcp import TOOLS, Told

MALL = json.loads((Path(__file__).parents[3] / "examples/mall-cart.json").read_text(encoding="utf-8"))
REQUEST = Request.model_validate(MALL)
SETTLED = settle(REQUEST.checkout, REQUEST.rulebook)


def wrong(name, *given, **named):
    """The problems that a tool tells."""
    with pytest.raises(Told) as caught:
        TOOLS[name](*given, **named)
    return json.loads(str(caught.value))["problems"]


def test_settling_answers_what_the_library_does():
    """The settlement, and its receipt in the reader's language."""
    made = TOOLS["settle"](MALL, locale="zh_CN")
    assert made["settlement"] == SETTLED.to_dict()
    assert "1,111.70" in made["receipt"]
    assert "应付" in made["receipt"]


def test_checking_finds_what_the_library_does_and_says_whether_it_is_well():
    """In a rulebook, and in a cart beside it; a rulebook without a rule is well."""
    made = TOOLS["check"](MALL["rulebook"], MALL["checkout"]["cart"])
    found = check(REQUEST.rulebook, Catalogue.bundled())
    assert [row["code"] for row in made["findings"]][: len(found)] == [each.code for each in found]
    line = {"id": "1", "shop": "s", "sku": "k", "quantity": 1, "unit_price": "1.00 CNY"}
    beside = TOOLS["check"](MALL["rulebook"], {"currency": "CNY", "lines": [line]})
    assert any(row["place"].startswith("cart.lines[0]") for row in beside["findings"])
    assert made["ok"] is False
    assert TOOLS["check"]({"id": "r", "currency": "CNY"}) == {"ok": True, "findings": []}


def test_comparing_and_explaining_answer_what_the_library_does():
    """Of a request; a settlement and a record are explained as well."""
    assert TOOLS["compare"](MALL)["comparison"] == compare(REQUEST.checkout, REQUEST.rulebook).to_dict()
    story = explain(SETTLED, line="1")
    assert TOOLS["explain"](MALL, line="1") == {"text": story.text(), "steps": story.to_dict()}
    for document in (SETTLED.to_dict(), record(SETTLED).to_dict()):
        assert "80.00" in TOOLS["explain"](document, rule="mall-80")["text"]


def test_a_difference_has_its_cause():
    """One rule changed: what it does to the cart, and that it was the rules."""
    coupons = [each | {"valid_until": "2026-11-01T00:00:00Z"} for each in MALL["rulebook"]["coupons"]]
    after = MALL | {"rulebook": MALL["rulebook"] | {"coupons": coupons}}
    made = TOOLS["diff"](MALL, after)
    assert made["equal"] is False
    assert [step["causes"] for step in made["diff"]["steps"]] == [["rulebook"]]
    assert TOOLS["diff"](MALL, MALL)["equal"] is True


def test_what_if_answers_what_the_library_does():
    """Of requests and records, for several candidates."""
    plain, rounded = (
        MALL["rulebook"] | {"id": name} | more
        for name, more in (("plain", {"coupons": []}), ("down", {"policy": {"rounding": "down"}}))
    )
    made = TOOLS["what_if"]([MALL, record(SETTLED).to_dict()], [plain, rounded], locale="zh_CN")
    books = [Rulebook.model_validate(each, context={"json": True}) for each in (plain, rounded)]
    found = what_if([record(SETTLED)] * 2, *books)
    assert made == {"text": found.text("zh_CN"), "what_if": found.to_dict()}
    assert found.orders == 2


@pytest.mark.parametrize(
    ("call", "places"),
    [
        (("settle", {}), ["checkout", "rulebook"]),
        (("settle", {"checkout": {"at": 1}, "rulebook": MALL["rulebook"]}), ["checkout.at", "checkout.cart"]),
        (("check", {"id": "r"}), ["currency"]),
        (("check", MALL["rulebook"], {"lines": []}), ["currency"]),
        (("diff", MALL, {}), ["after.checkout", "after.rulebook"]),
        (("diff", {"totals": {}}, MALL), ["before.currency"]),
        (("explain", MALL, "zz"), [""]),
        (("explain", {"body": 1}), ["body"]),
        (("what_if", [MALL, {}], [MALL["rulebook"]]), ["documents[1].checkout", "documents[1].rulebook"]),
        (("what_if", [MALL], [MALL["rulebook"], {"id": "r"}]), ["rulebooks[1].currency"]),
        (("what_if", [], [MALL["rulebook"]]), [""]),
        (("what_if", [MALL], []), [""]),
    ],
)
def test_what_is_wrong_is_told_place_by_place(call, places):
    """So that whoever wrote it mends it; never a traceback."""
    assert [row["place"] for row in wrong(*call)][: len(places)] == places


@pytest.mark.parametrize(
    "call",
    [
        ("explain", MALL, "1", 0),
        ("explain", MALL, None, "0"),
        ("settle", "x"),
        ("diff", MALL, 5),
        ("check", 5),
        ("what_if", MALL, [5]),
    ],
)
def test_arguments_that_do_not_fit_are_told(call):
    """Two subjects at once, what is no object: the reason in words, for nobody can mend a traceback."""
    (row, *_) = wrong(*call)
    assert row["message"]


def test_a_price_that_is_a_number_is_refused_in_words():
    """What an assistant writes first; and in the reader's language."""
    line = MALL["checkout"]["cart"]["lines"][0] | {"unit_price": 128.0}
    cart = {"currency": "CNY", "lines": [line]}
    (row,) = wrong("settle", MALL | {"checkout": MALL["checkout"] | {"cart": cart}}, locale="zh_CN")
    assert (row["place"], row["code"]) == ("checkout.cart.lines[0].unit_price", "amount.json_number")
    assert "字符串" in row["message"]
    assert wrong("settle", MALL, locale="xx")[0]["message"]


def test_what_is_given_is_not_changed():
    """Pure: the same again, and the documents as they were."""
    before = json.dumps(MALL)
    for name, given in (("settle", [MALL]), ("compare", [MALL]), ("diff", [MALL, MALL]), ("check", [MALL["rulebook"]])):
        assert TOOLS[name](*given) == TOOLS[name](*given)
    assert json.dumps(MALL) == before


def test_the_command_without_its_extra_says_what_to_install(monkeypatch, capsys):
    """In a line, with exit code 2."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp"]) == 2
    assert capsys.readouterr().err == 'settlement: this needs mcp: pip install "settlement[mcp]"\n'
