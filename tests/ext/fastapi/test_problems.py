"""What a refusal says: a status by its code, the reader's language, and nothing of what was sent. No FastAPI here."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement import Checkout, CurrencyMismatch, InvalidDocument, Rulebook, settle
from settlement.documents.words.language import language
from settlement.errors import TEXTS, InvariantBroken, Problem, RefundExceeds, SealRefused, UnknownLine
from settlement.ext.fastapi import STATUSES, problem_document, reader, status_of
from settlement.ext.fastapi.asked import AskAfterPay, AskRules, AskWhat, read

ROOT = Path(__file__).parents[3]
MALL = json.loads((ROOT / "examples" / "mall-cart.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("en-GB", "en"),
        ("zh", "zh_CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("zh-SG", "zh_CN"),
        ("zh-TW", "zh_Hant"),
        ("zh-Hant-HK", "zh_Hant"),
        ("ZH-HK ; Q=1.000", "zh_Hant"),
        ("zh-Hans-HK", "zh_CN"),
        ("fr, de;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh_CN"),
        ("en;q=0.5, zh-CN;q=0.50", "en"),
        ("en;q=0.5, zh-CN;q=0.501", "zh_CN"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=0.000", "en"),
        ("zh;q=2, ;;;, =, zh;q=x", "en"),
    ],
)
def test_the_language_is_the_readers(accepted, locale):
    """Weights and scripts as RFC 9110 and BCP 47 have them; what is malformed is passed over."""
    assert reader(accepted) == locale
    assert language(locale)


@given(st.text(max_size=60))
def test_no_header_is_too_odd_for_a_language(accepted):
    """Whatever stands in it, there is a language with texts."""
    assert reader(accepted) in {"en", "zh_CN", "zh_Hant"}


@pytest.mark.parametrize("page", ["docs/how-to/fastapi.md", "docs/zh/how-to/fastapi.md"])
def test_the_table_of_statuses_is_the_pages(page):
    """Row by row, in both languages."""
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([0-9]{3}) \| ([^|]+) \|", text, re.MULTILINE)
    told = {code: int(status) for status, codes in rows for code in re.findall(r"`([a-z_]+\.[a-z_]+)`", codes)}
    assert told == dict(STATUSES)
    assert [int(status) for status, _ in rows] == [400, 404, 409, 413, 415, 422]


@pytest.mark.parametrize("code", STATUSES)
def test_a_code_with_a_status_is_one_of_the_library(code):
    """It has a text in every language, and its status alone."""
    assert status_of([Problem("", "field.missing"), Problem("", code)]) == STATUSES[code]
    assert {language(locale)(TEXTS[code]) for locale in ("zh_CN", "zh_Hant")}.isdisjoint({TEXTS[code]})


@pytest.mark.parametrize(
    ("error", "status", "code", "place"),
    [
        (RefundExceeds("line-4711", "2", "4711"), 409, "refund.exceeds", "request"),
        (UnknownLine("line-4711", ["other-4711"]), 422, "line.unknown", "request"),
        (CurrencyMismatch("CNY", "USD"), 422, "currency.mixed", "request"),
        (SealRefused("seal.signature"), 422, "seal.signature", "sealed"),
        (SealRefused("version.unknown", found="'4711'", known="1"), 409, "version.unknown", "sealed"),
    ],
)
def test_misuse_is_told_as_a_problem_without_its_values(error, status, code, place):
    """What a document cannot say by itself, in three languages."""
    for locale in ("en", "zh_CN", "zh_Hant"):
        told = problem_document(error, locale)
        assert told["status"] == status
        assert [(each["code"], each["place"]) for each in told["problems"]] == [(code, place)]
        assert "4711" not in json.dumps(told)
        assert told["detail"] == told["problems"][0]["message"]
        assert "<" not in told["detail"]


def test_a_defect_is_no_problem_of_the_request():
    """A settlement that contradicts itself is raised on: nothing was charged, and somebody must look."""
    with pytest.raises(InvariantBroken):
        problem_document(InvariantBroken("totals", 1, 2))


def leaves(value, place=()):
    """The places of all that is neither list nor object."""
    if isinstance(value, dict):
        return [each for name, inner in value.items() for each in leaves(inner, (*place, name))]
    if isinstance(value, list):
        return [each for at, inner in enumerate(value) for each in leaves(inner, (*place, at))]
    return [place]


def with_leaf(document, place, value):
    """A copy with another leaf."""
    made = inner = copy.deepcopy(document)
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return made


SECRETS = ("Zhongshan Rd 4711", "4711 CNY", "47.11", "+47110000", "4711-11-11", "47114711", 4711, -4711, 4711.5)


def refused(document, model):
    """What is told of a body, if it is refused: by reading it, or by settling it."""
    try:
        asked, rules = read(model, json.dumps(document).encode(), inline=True)
        if isinstance(asked, AskWhat):
            settle(asked.checkout, rules)
    except InvalidDocument as error:
        return json.dumps([problem_document(error, locale) for locale in ("en", "zh_CN")], ensure_ascii=False)
    return None


@pytest.mark.parametrize("secret", SECRETS, ids=str)
def test_no_value_of_a_request_is_part_of_a_refusal(secret):
    """A third of the leaves of the mall cart and its rules in turn is something else: what is told never has it."""
    told = [refused(with_leaf(MALL, place, secret), AskWhat) for place in leaves(MALL)[SECRETS.index(secret) % 3 :: 3]]
    assert sum(each is not None for each in told) > 30
    assert [each for each in told if each is not None and "4711" in each] == []


@pytest.mark.parametrize("secret", ["Zhongshan Rd 4711", "4711.00 CNY", 4711], ids=str)
def test_no_value_of_a_settlement_is_part_of_a_refusal(secret):
    """The same of what is to be refunded: a twentieth of its leaves, and all of the request for a refund."""
    paid = settle(Checkout.from_dict(MALL["checkout"]), Rulebook.from_dict(MALL["rulebook"])).to_dict()
    asked = {"settled": paid, "request": {"returns": {"1": 1}, "money": [{"reason": "late", "amount": "1.00 CNY"}]}}
    places = [each for at, each in enumerate(leaves(asked)) if each[0] == "request" or at % 20 == 0]
    told = [refused(with_leaf(asked, place, secret), AskAfterPay) for place in places]
    assert sum(each is not None for each in told) > 10
    assert [each for each in told if each is not None and "4711" in each] == []


def test_what_is_told_is_still_of_use():
    """Bounds, expected forms and the fields that there are stay in the text."""
    line = {"id": "1", "shop": "s", "sku": "k", "quantity": 0, "unit_prise": "1.00 CNY", "unit_price": 1.5}
    asked = {"checkout": {"at": "2026-11-11", "cart": {"currency": "CNY", "lines": [line]}}}
    with pytest.raises(InvalidDocument) as caught:
        read(AskWhat, json.dumps(asked).encode(), inline=False)
    told = {each["code"]: each["message"] for each in problem_document(caught.value)["problems"]}
    assert told["quantity.range"] == "found …; it must be above 0 and at most 1000000000"
    assert told["field.unknown"] == 'there is no such field here; did you mean "unit_price"?'
    assert told["amount.json_number"].endswith('write a string such as "12.34 CNY"')
    chinese = [each["message"] for each in problem_document(caught.value, "zh_Hant")["problems"]]
    assert len(chinese) == len(told)
    assert set(chinese).isdisjoint(told.values())


def test_the_quick_way_in_reads_what_the_door_reads():
    """A body that takes the express lane is the document that the door makes of it."""
    for spaces in ((",", ":"), (" , ", " : ")):  # the second is nothing for the lane
        text = json.dumps({"checkout": MALL["checkout"], "rulebook": "r"}, ensure_ascii=False, separators=spaces)
        asked, _ = read(AskWhat, text.encode(), inline=False)
        assert (asked.checkout, asked.rulebook) == (Checkout.from_dict(MALL["checkout"]), "r")
    for body in (b'{"rulebook":"a","rulebook":"b"}', b'{"rulebook":""}', '{"rulebook":"\u200b"}'.encode()):
        with pytest.raises(InvalidDocument):
            read(AskRules, body, inline=False)
        with pytest.raises(InvalidDocument):
            read(AskWhat, body[:-1] + f',"checkout":{json.dumps(MALL["checkout"])}}}'.encode(), inline=False)
