"""Tables on a terminal: drawn by rich where it is there and fits, else the plain text, byte for byte."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from settlement import compare
from settlement.commands import tables
from settlement.commands.cli import main
from settlement.commands.tables import write_table
from settlement.documents.words.plain import width
from settlement.rulebook.request import Request
from terminals import on_a_terminal

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CART, BAD = EXAMPLES / "mall-cart.json", EXAMPLES / "bad-offers.json"
PAINT = re.compile(r"\x1b\[([0-9;]*)m")
REQUEST = Request.model_validate_json(CART.read_bytes())
COMPARED = compare(REQUEST.checkout, REQUEST.rulebook)


def words(text):
    """What is written, without the paint, the lines and where they break."""
    return "".join(re.sub(r"[─\s]", "", PAINT.sub("", text)))


@pytest.mark.parametrize("columns", [84, 100, 140])
def test_a_comparison_is_a_table_that_fits(columns):
    """No line is wider than the window, every amount is whole, and no character is lost where lines break."""
    code, written = on_a_terminal("compare", CART, columns=columns)
    table, _, below = PAINT.sub("", written).partition("\n\n")
    assert code == 0
    assert "──" in table
    assert max(map(width, table.splitlines())) <= columns
    for row in COMPARED.rows:
        assert f"{row.payable.format()} " in table
    shown = words(table)
    for name in COMPARED.names.values():
        assert all(character in shown for character in name if not character.isspace())
    assert sorted(words(COMPARED.text().partition("\n\n")[0])) == sorted(shown)
    assert below == COMPARED.text().partition("\n\n")[2] + "\n"


def test_a_window_too_narrow_for_the_amounts_gets_the_plain_text():
    """Rather than a cut amount."""
    assert on_a_terminal("compare", CART, columns=60) == (0, COMPARED.text() + "\n")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(environment):
    """`NO_COLOR` leaves weight alone, a dumb terminal nothing at all."""
    paints = set(PAINT.findall(on_a_terminal("check", BAD, **environment)[1]))
    assert paints <= {"", "0", "1"}
    assert paints == set() or "NO_COLOR" in environment
    assert any(code.startswith(("31", "1;31")) for code in PAINT.findall(on_a_terminal("check", BAD)[1]))


def test_a_pipe_gets_the_plain_text_whatever_asks_for_colour(capsys, monkeypatch):
    """No terminal, no table: `FORCE_COLOR` changes no byte."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["compare", str(CART)]) == 0
    assert capsys.readouterr().out == COMPARED.text() + "\n"


def test_without_the_extra_a_terminal_gets_the_plain_text(capsys, monkeypatch):
    """The same bytes as in a pipe."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    assert main(["check", str(BAD)]) == 1
    there = capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    main(["check", str(BAD)])
    assert there == capsys.readouterr().out
    assert importlib.util.find_spec("rich") is not None  # it was there, and was not asked for


def test_findings_are_told_as_in_the_plain_text(capsys):
    """Every place, message, code and mend, the count below, and the same exit code."""
    code, written = on_a_terminal("check", BAD, columns=200)
    assert main(["check", str(BAD), "--json"]) == code == 1
    found = json.loads(capsys.readouterr().out)
    shown = words(written)
    assert [each["code"] for each in found if f"[{each['code']}]" not in shown] == []
    assert [each["place"] for each in found if each["place"] not in shown] == []
    assert written.endswith(f"\n{len(found)} findings\n")


def test_no_cell_is_markup_or_escapes_its_cell(capsys, monkeypatch):
    """Square brackets are letters, and control characters are shown, not obeyed."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    assert write_table(lambda: "", ["a"], [["[red]x[/red] :tea: \x1b[31m"]])
    assert r"[red]x[/red] :tea: \x1b[31m" in capsys.readouterr().out
