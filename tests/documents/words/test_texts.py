"""Texts: every code has one, every text has a Chinese one, and both say the same things."""

from __future__ import annotations

import importlib.util
import json
import re
import string
from pathlib import Path

import pytest

from settlement import InvalidDocument
from settlement.documents.words.language import CATALOGUES, language
from settlement.documents.words.texts import PHRASES, REASONS, STAGES, problem_text
from settlement.engine.settle import settle
from settlement.errors import TEXTS, Problem
from settlement.receipts.noes import reason_text
from settlement.rulebook.request import Request

ROOT = Path(__file__).resolve().parents[3]
PO = CATALOGUES / "zh_CN" / "LC_MESSAGES" / "settlement.po"

spec = importlib.util.spec_from_file_location("translate", ROOT / "scripts" / "translate.py")
translate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(translate)

#: contract §3 and §7
CODES = """
not_selected off_sale out_of_stock insufficient_stock over_purchase_limit no_measure undeliverable
unknown not_held not_started expired wrong_level not_new_customer nothing_in_scope not_chosen exclusive limit_reached
excluded_by_policy below_amount below_quantity address_needed no_effect not_best insufficient_points
""".split()


def test_every_reason_and_stage_has_a_text():
    """The codes of the contract, and those that the engine writes, have texts; each is told apart from the others."""
    from settlement.receipts.columns import STAGES as MADE

    assert set(CODES) <= set(REASONS)
    assert set(MADE) == set(STAGES)
    for locale in ("en", "zh_CN", "zh_TW"):
        texts = [reason_text(code, language(locale)) for code in CODES]
        assert len(set(texts)) == len(texts)
        assert not set(texts) & set(CODES) - {"expired"}


def test_a_shortfall_is_part_of_the_text():
    """What is missing stands in the sentence; where nothing is known to be missing, the sentence does without."""
    say = language("en")
    assert reason_text("below_amount", say, "CN¥12.00") == "CN¥12.00 below the threshold"
    assert reason_text("below_amount", say) == "below the threshold"
    assert reason_text("below_quantity", language("zh_CN"), "2") == "距门槛还差 2 件"


# ------------------------------------------------------------------ the catalogues


def test_the_catalogues_are_complete_and_fresh():
    """No text of the sources is untranslated, fuzzy or stale, placeholders agree, and each .mo is its .po."""
    found = [f"{path.parts[-3]}: {fault}" for path in CATALOGUES.rglob("*.po") for fault in translate.faults(path)]
    assert found == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgstr "应付"', 'msgstr ""', "not translated: 'To pay'"),
        ('msgid "To pay"', '#, fuzzy\nmsgid "To pay"', "fuzzy: 'To pay'"),
        ('msgid "To pay"', 'msgid "To be paid"', "the texts of the sources have changed since"),
        ("使用 {points} 积分", "使用 {point} 积分", "other placeholders: 'Points ({points} used)'"),
        ('msgstr "应付"', 'msgstr "应该付"', "settlement.mo is not what settlement.po says"),
    ],
    ids=["untranslated", "fuzzy", "stale", "placeholder", "not-compiled"],
)
def test_a_spoilt_catalogue_is_found(tmp_path, old, new, fault):
    """Each way to spoil a catalogue is noticed: the check can fail."""
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    text = PO.read_text(encoding="utf-8")
    assert old in text
    (folder / PO.name).write_text(text.replace(old, new), encoding="utf-8")
    (folder / "settlement.mo").write_bytes(PO.with_suffix(".mo").read_bytes())
    assert any(line.startswith(fault) for line in translate.faults(folder / PO.name))


def test_traditional_chinese_is_traditional():
    """Every character of its catalogue is one of Big5, which has no simplified ones; the other catalogue has many."""

    def simplified(name):
        text = (CATALOGUES / name / "LC_MESSAGES" / "settlement.po").read_text(encoding="utf-8")
        return {c for c in text if "\u4e00" <= c <= "\u9fff" and not c.encode("big5", "ignore")}

    assert simplified("zh_Hant") == set()
    assert {"费", "结"} <= simplified("zh_CN")


def test_every_text_can_be_filled():
    """Each template of an error is filled by facts of its names alone, in every language; none looks into an object."""
    for code, text in TEXTS.items():
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert all(name.isidentifier() for name in names), code
        for locale in ("en", "zh_CN", "zh_TW"):
            shown = problem_text(Problem("", code, dict.fromkeys(names, "7")), language(locale))
            assert shown
            assert "{" not in shown


def test_the_english_text_is_that_of_the_error():
    """English on the command line and `str` of an exception say the same."""
    for code, text in TEXTS.items():
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        problem = Problem("", code, dict.fromkeys(names, "7"))
        assert problem_text(problem, language("en")) == problem.message


# ------------------------------------------------------------------ problems in Chinese

SOUND = json.loads((ROOT / "examples" / "simple.json").read_text(encoding="utf-8"))
LINE = "checkout.cart.lines.0."
MISTAKES = {
    LINE + "unit_price": [True, 1, "1", "1e9999 CNY", "NaN CNY", "1.2 CNY", "1.2 JPY", "-1.00 CNY", "9" * 40 + " CNY"],
    LINE + "quantity": [None, 1.5, "-3", "1.2345", 10**12, 10**30, [], {}, "x" * 99],
    LINE + "tax_percent": [5, "-1", "101", "x"],
    LINE + "id": ["", "a\n", "x" * 999, 7],
    LINE + "selected": ["yes"],
    LINE + "info": [7, {"a": 7}],
    LINE + "categories": [["a", "a"]],
    LINE + "freight_template": ["pots"],
    "checkout.at": [7, "2026-11-11", "2026-11-11T00:00:00", "now", "0001-01-01T00:00:00+14:00"],
    "checkout.address": [{"region": 7}, {"region": "深圳"}],
    "checkout.customer": [{"points": -1}, {"points": "1"}, {"coupons": ["a", "a"]}],
    "checkout.choice": [{"coupons": "cheapest"}, {"coupons": 7}, {"points": "all"}],
    "checkout.payment_method": ["barter"],
    "rulebook.currency": ["RMB", "USD"],
    "rulebook.promotions": [[{"id": "points", "issuer": "s", "tiers": []}], {}, [{"id": "p", "issuer": "s"}]],
    "rulebook.points": [{"points": 0, "worth": "0.00 CNY"}],
    "rulebook.policy": [{"rounding": "floor"}, {"round_total": {"unit": "0.00 CNY", "mode": "down"}}],
}


def settled(request):
    """What the command line does with a document."""
    both = Request.model_validate_json(json.dumps(request))
    return settle(both.checkout, both.rulebook)


#: Latin words that a Chinese message may hold: names of fields, notations and what was found in the document.
ALLOWED = set(
    "JSON CNY JPY USD ISO UTC RFC ASCII Unicode GB BOM UTF min_amount min_quantity every freight_off points round_total"
    " max min amount currency Decimal CN mainland US CA best none half_up half_even half_down down up NoneType bool"
    " null true false Python str settlement region".split()
)


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, row in MISTAKES.items() for value in row])
def test_a_problem_reads_as_chinese(place, value):
    """Every problem of a document is told in Chinese, with no English words left in it but names and quotations."""
    request = json.loads(json.dumps(SOUND))
    *steps, last = (int(step) if step.isdigit() else step for step in place.split("."))
    inner = request
    for step in steps:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(InvalidDocument) as caught:
        settled(request)
    for problem in caught.value.problems:
        shown = problem_text(problem, language("zh_CN"))
        words = set(re.findall(r"[A-Za-z_]{2,}", re.sub(r'"[^"]*"', "", shown)))
        assert words <= ALLOWED, shown
        assert re.search(r"[\u4e00-\u9fff]", shown), shown


@pytest.mark.parametrize(
    "text", ["", "{", '{"a"}', '{"a" 1}', '{"a": 1} x', '"a', '"\n"', '"\\x"', "NaN", "\ufeff{}", b"\xff", "[" * 99_999]
)
def test_broken_json_reads_as_chinese(text):
    """Where JSON breaks off is told in Chinese as well."""
    with pytest.raises(InvalidDocument) as caught:
        Request.model_validate_json(text)
    for problem in caught.value.problems:
        shown = problem_text(problem, language("zh_CN"))
        assert set(re.findall(r"[A-Za-z_]{2,}", shown)) <= ALLOWED | {"NaN", "escape"}, shown


def test_what_was_found_is_quoted_not_translated():
    """A string of the document that reads like one of our phrases stays as it is."""
    problem = Problem("x", "text.type", {"found": '"tea or coffee"'})
    assert '"tea or coffee"' in problem_text(problem, language("zh_CN"))
    assert "a float" in PHRASES


@pytest.mark.parametrize(
    ("locale", "others"), [("zh_CN", ("扣回", "自有优惠", "余额所限")), ("zh_Hant", ("扣回", "自有優惠", "餘額所限"))]
)
def test_one_thing_has_one_word(locale, others):
    """What is charged back of an offer is 追回, what a shop gives itself 自担: no text has a second word for it."""
    texts = (CATALOGUES / locale / "LC_MESSAGES" / "settlement.po").read_text(encoding="utf-8")
    assert "追回" in texts
    assert [word for word in others if word in texts] == []
