"""`settlement check`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template
from settlement.commands.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CLEAN = a_template(undeliverable=["710000", "810000", "820000"])


def ran(capsys, rulebook, tmp_path, *options):
    """Exit code, standard output and standard error."""
    path = tmp_path / "rules.json"
    path.write_text(rulebook if isinstance(rulebook, str) else json.dumps(rulebook), encoding="utf-8")
    code = main(["check", str(path), *options])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("template", "code", "count"),
    [
        (CLEAN, 0, "0 findings"),
        (CLEAN | {"free": [{"min_amount": "99.00 CNY"}]}, 0, "1 finding"),
        (CLEAN | {"free": [{"max_units": 0}]}, 1, "1 finding"),
        (CLEAN | {"zones": []}, 1, "1 finding"),
    ],
)
def test_the_exit_code_is_that_of_the_worst_finding(capsys, tmp_path, template, code, count):
    """0: nothing or notes; 1: a warning or an error."""
    ended, out, err = ran(capsys, a_rulebook(freight_templates=[template]), tmp_path)
    assert (ended, out.splitlines()[-1], err) == (code, count, "")


def test_a_document_that_is_not_valid_ends_with_2(capsys, tmp_path):
    """Problems go to standard error with their places; nothing is checked."""
    code, out, err = ran(capsys, a_rulebook(freight_templates=[{"id": "t1"}]), tmp_path)
    assert (code, out) == (2, "")
    assert "freight_templates[0].zones" in err


def test_a_cart_is_looked_at_beside_the_rules(capsys, tmp_path):
    """`--checkout`: its findings stand behind those of the rules, with places of the checkout; it may be wrong too."""
    path = tmp_path / "checkout.json"
    path.write_text(json.dumps(a_checkout(a_line("a"))), encoding="utf-8")
    given = a_rulebook(freight_templates=[CLEAN])
    code, out, _ = ran(capsys, given, tmp_path, "--checkout", str(path))
    assert code == 0
    assert "cart.lines[0].freight_template: note:" in out
    assert "[line.no_template]" in out
    path.write_text("{}", encoding="utf-8")
    code, out, err = ran(capsys, given, tmp_path, "--checkout", str(path))
    assert (code, out) == (2, "")
    assert "cart" in err


def test_json_is_for_programs(capsys, tmp_path):
    """A list of findings, each with its code and facts."""
    code, out, _ = ran(capsys, a_rulebook(freight_templates=[CLEAN | {"zones": []}]), tmp_path, "--format", "json")
    (row,) = json.loads(out)
    assert code == 1
    assert (row["place"], row["code"], row["severity"]) == ("freight_templates[0].zones", "zones.none", "error")
    assert row["message"].startswith("there is no zone")


def test_a_reader_of_chinese_gets_chinese(capsys, tmp_path):
    """The same finding, in the other language, with the same code."""
    _, out, _ = ran(capsys, a_rulebook(freight_templates=[CLEAN | {"zones": []}]), tmp_path, "--locale", "zh_CN")
    assert "[zones.none]" in out
    assert "没有" in out


def test_the_examples_say_what_their_names_promise(capsys):
    """The good template is clean but for notes; the bad rulebook is full of different mistakes."""
    assert main(["check", str(EXAMPLES / "freight-template.json"), "--format", "json"]) == 0
    assert {row["severity"] for row in json.loads(capsys.readouterr().out)} <= {"note"}
    assert main(["check", str(EXAMPLES / "bad-rulebook.json"), "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {row["severity"] for row in rows} == {"error", "warning", "note"}
    assert len({row["code"] for row in rows}) >= 12
