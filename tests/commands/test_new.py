"""`settlement new`: what it writes works at once, says what it means, and is written over nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import settlement
from settlement import Checkout, Rulebook, settle
from settlement.commands.cli import main
from settlement.commands.new import FILES, starter
from settlement.documents.words.language import CATALOGUES

LOCALES = ["en", *sorted(each.name for each in CATALOGUES.iterdir())]
#: Texts, which differ by language; everything else is the same.
WORDS = {"name", "description"}


def ran(capsys, *arguments):
    """Exit code, standard output and standard error."""
    code = main([str(each) for each in arguments])
    return code, *capsys.readouterr()


def without_words(value):
    """A document without its texts."""
    if isinstance(value, dict):
        return {name: without_words(each) for name, each in value.items() if name not in WORDS}
    return [without_words(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_written_settles_and_passes_the_check_at_once(capsys, tmp_path, locale):
    """Every file of the starter, in a folder that was not there; `check` finds no more than notes."""
    folder = tmp_path / "my mall"
    code, out, err = ran(capsys, "new", folder, "--locale", locale)
    assert (code, err) == (0, "")
    assert sorted(each.name for each in folder.iterdir()) == sorted(FILES)
    cart, rules = folder / "checkout.json", folder / "rulebook.json"
    assert f"settlement settle '{cart}' --rulebook '{rules}'" in out
    assert out.count(f" --locale {locale}\n") == (0 if locale == "en" else 2)
    code, out, err = ran(capsys, "settle", cart, "--rulebook", rules, "--format", "json")
    assert (code, err) == (0, "")
    made = settle(Checkout.from_json(cart.read_bytes()), Rulebook.from_json(rules.read_bytes()))
    assert json.loads(out) == made.to_dict()
    assert {each.outcome for each in made.decisions} == {"applied"}
    code, out, _ = ran(capsys, "check", rules, "--checkout", cart, "--json")
    assert {each["severity"] for each in json.loads(out)} <= {"note"}
    assert code == 0


def test_all_languages_say_the_same_rules():
    """They differ in names and descriptions alone, and the pages speak of the same places."""
    first = {name: json.loads(starter("en")[name]) for name in FILES[:2]}
    pages = []
    for locale in LOCALES:
        files = starter(locale)
        for name in FILES[:2]:
            assert without_words(json.loads(files[name])) == without_words(first[name])
        pages.append(re.findall(r"^\| `([\w.\[\]]+)` \|", files["README.md"].decode(), re.MULTILINE))
    assert pages == [pages[0]] * len(LOCALES)


def test_the_page_speaks_of_every_rule_and_of_nothing_else():
    """Each place is in the rulebook, and each entry of its lists has a row."""
    rules = json.loads(starter("en")["rulebook.json"])
    places = re.findall(r"^\| `([a-z][\w.\[\]]+)` \|", starter("en")["README.md"].decode(), re.MULTILINE)[2:]
    for place in places:
        value = rules
        for step in re.findall(r"\w+", place):
            value = value[int(step)] if step.isdigit() else value[step]
    entries = {f"{name}[{at}]" for name, each in rules.items() if isinstance(each, list) for at in range(len(each))}
    assert entries | {name for name, each in rules.items() if not isinstance(each, list)} <= {*places}


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_overwritten(capsys, tmp_path, name):
    """One of the three is enough: exit code 2, the file as it was, and none beside it."""
    (tmp_path / name).write_text("mine", encoding="utf-8")
    code, out, err = ran(capsys, "new", tmp_path)
    assert (code, out) == (2, "")
    assert f"{tmp_path / name} is there already; nothing was written" in err
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_begins_with_a_dash_is_no_option(capsys, tmp_path, monkeypatch):
    """The commands that are printed name it so that they can be run as they stand."""
    monkeypatch.chdir(tmp_path)
    code, out, err = ran(capsys, "new", "--", "-x")
    assert (code, err) == (0, "")
    commands = [line.split()[1:] for line in out.splitlines() if line.startswith("settlement ")]
    assert commands[1] == ["check", "./-x/rulebook.json", "--checkout", "./-x/checkout.json"]
    assert [ran(capsys, *each)[0] for each in commands] == [0, 0]


def test_a_folder_that_is_none_is_told(capsys, tmp_path):
    """A file in its place, a link that leads nowhere: exit code 2 and a line, no traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert ran(capsys, "new", tmp_path / "file")[0] == 2
    (tmp_path / "rulebook.json").symlink_to(tmp_path / "nowhere")
    assert ran(capsys, "new", tmp_path)[0] == 2
    assert not (tmp_path / "nowhere").exists()


def test_a_request_where_a_checkout_belongs_is_told(capsys):
    """With --rulebook the first file is a checkout; one that is a request or a rulebook is named so."""
    example = Path(__file__).resolve().parents[2] / "examples" / "mall-cart.json"
    rules = Path(settlement.__file__).parent / "commands" / "starter" / "en" / "rulebook.json"
    code, out, err = ran(capsys, "settle", example, "--rulebook", rules)
    assert (code, out) == (2, "")
    assert "this is a request; a checkout is expected" in err
    assert "this is a rulebook alone; a checkout is expected" in ran(capsys, "settle", rules, "--rulebook", rules)[2]
