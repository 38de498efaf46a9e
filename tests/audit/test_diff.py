"""Diffs: what changed, and why, proven by changing one part of the request after the other."""

from __future__ import annotations

import copy
import json
import random
import re

import pytest

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, settled
from settlement import Checkout, Rulebook, Settlement, settle
from settlement.audit.diff import Change, Effect, diff
from settlement.audit.record import Record, record
from settlement.documents.canonical import canonical
from settlement.documents.words.language import language
from settlement.receipts import from_json
from settlement.rulebook.request import Request


def both(request):
    """Checkout and rulebook of a plain request."""
    return Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])


REQUEST = {
    "checkout": a_checkout(
        a_line("a", freight_template="t1", quantity=3),
        a_line("b", "23.90", shop="s2"),
        customer={"coupons": ["c"], "points": 100},
    ),
    "rulebook": a_rulebook(
        freight_templates=[a_template()],
        promotions=[an_offer("p", valid_until="2026-11-12T00:00:00+08:00")],
        coupons=[an_offer("c", {"type": "percent_off", "percent": "10"})],
    ),
}


def changed(change):
    """The request with a change made to a copy of it."""
    request = copy.deepcopy(REQUEST)
    change(request["checkout"], request["rulebook"])
    return request


CHANGES = {
    "at": (lambda c, _: c.update(at="2026-11-13T00:00:00+08:00"), "at"),
    "address": (lambda c, _: c["address"].update(region="540102"), "address.region"),
    "cart": (lambda c, _: c["cart"]["lines"][0].update(quantity=5), 'cart.lines["a"].quantity'),
    "customer": (lambda c, _: c["customer"].update(coupons=[]), "customer.coupons"),
    "choice": (lambda c, _: c.update(choice={"coupons": "none"}), "choice.coupons"),
    "rulebook": (
        lambda _, r: r["coupons"][0]["tiers"][0]["benefit"].update(percent="20"),
        'rulebook.coupons["c"].tiers[0].benefit.percent',
    ),
}


@pytest.mark.parametrize("cause", CHANGES)
def test_a_change_is_told_with_its_cause(cause):
    """One part of the request changed: one step, named for it, with its place and all that came of it."""
    change, place = CHANGES[cause]
    found = diff(both(REQUEST), both(changed(change)))
    assert [step.causes for step in found.steps] == [(cause,)]
    assert [each.place for each in found.steps[0].changes] == [place]
    assert found.steps[0].effects == found.effects
    assert not found.equal or cause == "address"


def test_the_whole_is_told_by_line_rule_and_amount():
    """The effects of a dearer coupon: the totals, the lines, the rule, and nothing that did not change."""
    change, _ = CHANGES["rulebook"]
    found = diff(both(REQUEST), both(changed(change)))
    assert Effect("rule", ("c",), "platform_coupon", "-5.29 CNY", "-10.58 CNY") in found.effects
    assert Effect("total", (), "payable", "59.61 CNY", "54.32 CNY") in found.effects
    kinds = {(each.kind, each.field) for each in found.effects}
    assert kinds == {
        ("total", "coupons"), ("total", "payable"), ("line", "coupons"), ("line", "payable"),
        ("shop", "coupons"), ("shop", "payable"), ("rule", "platform_coupon"),
    }  # fmt: skip


def test_lines_and_rules_that_come_and_go():
    """A line, a coupon and an exclusion that are there on one side only stand against None."""

    def change(checkout, rulebook):
        checkout["cart"]["lines"][1] = a_line("n", "5.00", shop="s2")
        rulebook["coupons"] = []

    found = diff(both(REQUEST), both(changed(change)))
    rows = {(each.kind, each.key, each.field): (each.before, each.after) for each in found.effects}
    assert rows["line", ("b",), "payable"][1] is None
    assert rows["line", ("n",), "payable"][0] is None
    assert rows["rule", ("c",), "platform_coupon"][1] is None
    assert rows["decision", ("c",), "reason"] == (None, "unknown")
    changes = {each.place: each for step in found.steps for each in step.changes}
    assert changes['cart.lines["b"]'].after is None
    assert changes['cart.lines["n"]'].before is None


@pytest.mark.parametrize("seed", range(40))
def test_the_steps_add_up(seed):
    """From any request to any other the steps begin at the one and end at the other, each where the last ended."""
    rng = random.Random(seed)
    one, other = random_request(rng), random_request(rng)
    tries = 0
    while one["rulebook"]["currency"] != other["rulebook"]["currency"] and tries < 20:
        other, tries = random_request(rng), tries + 1
    if seed % 2:  # the same rules, another checkout where that fits, else the other way round
        other["checkout"]["cart"] = one["checkout"]["cart"]
        other["rulebook"] = one["rulebook"]
        other["checkout"]["payment_method"] = one["checkout"].get("payment_method")
    before, after = both(one), both(other)
    found = diff(before, after)
    ends = [settle(*before).payable]
    for step in found.steps:
        assert step.before == ends[-1]
        ends.append(step.after)
    assert ends[-1] == settle(*after).payable
    causes = [cause for step in found.steps for cause in step.causes]
    assert len(causes) == len(set(causes))
    assert found.equal == (settle(*before).to_dict().items() <= settle(*after).to_dict().items() or not found.effects)


def test_parts_that_only_fit_together_are_one_step():
    """A line of a new template and the template: neither alone is a valid request with the other's absence."""

    def change(checkout, rulebook):
        checkout["cart"]["lines"][0]["freight_template"] = "t2"
        rulebook["freight_templates"] = [a_template("t2", "9.00")]
        checkout["address"]["region"] = "440306"

    found = diff(both(REQUEST), both(changed(change)))
    assert [step.causes for step in found.steps] == [("address",), ("cart", "rulebook")]
    assert found.steps[0].effects == ()


def test_what_is_compared_may_be_anything():
    """Settlements, requests, records and pairs; a settlement from JSON has no request, so no steps."""
    change, _ = CHANGES["cart"]
    one, other = both(REQUEST), both(changed(change))
    forms = {
        "pair": lambda each: each,
        "request": lambda each: Request(checkout=each[0], rulebook=each[1]),
        "settlement": lambda each: settle(*each),
        "record": lambda each: record(settle(*each)),
    }
    expected = diff(one, other)
    for form in forms.values():
        found = diff(form(one), form(other))
        assert found.effects == expected.effects
        assert found.steps == expected.steps
    read = Settlement.from_json(settle(*one).to_json())
    assert diff(read, settle(*other)).steps == ()
    assert diff(read, settle(*other)).effects == expected.effects


def test_nothing_changed():
    """Equal requests, and requests that differ by what is personal, are equal and have no steps."""
    found = diff(both(REQUEST), both(changed(lambda c, _: c.update(remark="x"))))
    assert (found.equal, found.steps, found.effects) == (True, (), ())
    assert "Nothing changed" in str(found)
    assert diff(settled(a_checkout()), settled(a_checkout())).equal


def test_another_calculation_version_is_a_cause_of_its_own(monkeypatch):
    """A record of another version is compared as it stands; nothing is settled in between."""
    monkeypatch.setattr(from_json, "VERSIONS", ("0", "1"))
    kept = record(settle(*both(REQUEST)))
    data = json.loads(kept.to_json())
    data["body"]["calculation_version"] = data["body"]["settlement"]["calculation_version"] = "0"
    data["digest"] = Record(canonical(data["body"]), [], {}).digest
    old = Record.from_json(json.dumps(data))
    found = diff(old, both(changed(CHANGES["cart"][0])))
    assert [step.causes for step in found.steps] == [("cart", "calculation_version")]
    assert found.steps[0].changes == (Change('cart.lines["a"].quantity', 3, 5),)


# ------------------------------------------------------------------ as data and as a page


def test_the_data_is_plain_json():
    """Everything of a diff is in to_dict, as strings, integers, lists and objects."""
    found = diff(both(REQUEST), both(changed(CHANGES["cart"][0])))
    data = json.loads(json.dumps(found.to_dict()))
    assert data["before"]["payable"] == str(found.before.payable)
    assert data["steps"][0]["causes"] == ["cart"]
    assert data["steps"][0]["changes"] == [{"place": 'cart.lines["a"].quantity', "before": 3, "after": 5}]
    assert len(data["effects"]) == len(found.effects)
    assert re.fullmatch(r"<Diff [\d.]+ CNY -> [\d.]+ CNY, \d+ effects>", repr(found))


def everything():
    """A diff in which each kind of row of the page stands."""

    def change(checkout, rulebook):
        checkout["at"] = "2026-11-13T00:00:00+08:00"
        checkout["cart"]["lines"][0]["quantity"] = 5
        checkout["cart"]["lines"][1]["stock"] = 0
        gift = {"type": "gift", "sku": "mug", "quantity": 1}
        rulebook["promotions"].append(an_offer("g", gift))

    return diff(both(REQUEST), both(changed(change)))


def test_the_page_in_english():
    """Causes, places, amounts before and after, rules, verdicts, gifts and lines left out, for people."""
    page = everything().text()
    assert page.startswith("To pay: CN¥59.61 before, CN¥")
    for text in (
        "Time: +CN¥", "Cart: ", "Rules: to pay as before", 'cart.lines["a"].quantity: 3 → 5', "Platform offer p",
        "applied", "expired", "k [b]      – sold out", "g: mug", "In all", "Difference", "k [a] To pay",
        "k [a] Quantity",
    ):  # fmt: skip
        assert text in page, text
    assert "promotions" not in page.replace("rulebook.promotions", "")


def test_the_page_calls_things_what_people_call_them():
    """Names of goods, offers, gifts and templates, ids only where two lines hold the same; texts as on receipts."""

    def naming(request):
        checkout, rulebook = request["checkout"], request["rulebook"]
        for line, name in zip(checkout["cart"]["lines"], ("Longjing", "Gaiwan"), strict=True):
            line["name"] = name
        mug = {"type": "gift", "sku": "mug", "quantity": 1, "name": "Tea mug"}
        rulebook["coupons"][0] |= {"name": "Tenth off"}
        rulebook["freight_templates"][0]["name"] = "By piece"
        given = an_offer("g", tiers=[{"min_amount": "50.00 CNY", "benefit": mug}]) | {"name": "Mug"}
        rulebook["promotions"].append(given)
        return request

    def change(checkout, rulebook):
        checkout["cart"]["lines"][0]["quantity"] = 1
        checkout["cart"]["lines"][1]["stock"] = 0
        rulebook["coupons"][0]["tiers"][0]["min_amount"] = "90.00 CNY"

    one, other = naming(copy.deepcopy(REQUEST)), naming(changed(change))
    for form in (both, lambda each: record(settle(*both(each)))):
        page = str(diff(form(one), form(other)))
        found = page.split("\nIn all\n")[1]
        for text in ("Longjing To pay", "Platform coupon Tenth off", "Freight By piece", "Gaiwan", "sold out"):
            assert text in found, text
        assert re.search(r"Tenth off +applied +CN¥81.00 below the threshold", found)
        assert re.search(r"Mug: Tea mug +1 +–", found)
        assert not re.search(r"(?m)^  (a|b|c|p|g|t1)\b", found)


def test_the_page_in_chinese():
    """The same page has no English word left but ids and places."""
    page = everything().text("zh_CN")
    assert page.startswith("应付")
    words = set(re.findall(r"[A-Za-z_]{2,}", re.sub(r"(?m)^  (at|cart|rulebook)\S*: .*$", "", page)))
    assert words <= {"mug", "k"}, words


@pytest.mark.parametrize("locale", ["en", "zh_CN", "zh_TW"])
def test_the_html_page_is_whole_and_safe(locale):
    """A complete page without script; ids are text and nothing else."""
    from html.parser import HTMLParser

    def change(checkout, rulebook):
        checkout["cart"]["lines"].append(a_line("<img src=x onerror=alert(1)>", "1.00", shop='"><script>'))
        rulebook["coupons"][0]["id"] = "<b>"

    page = diff(both(REQUEST), both(changed(change))).html(locale)
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.append(tag)
    parser.feed(page)
    assert page.startswith("<!doctype html>")
    assert {"html", "head", "title", "body", "h1", "h2", "table"} <= set(tags)
    assert not {"img", "script", "b", "link"} & set(tags)
    assert "http" not in page


def test_what_a_terminal_would_act_on_is_escaped():
    """A place with an escape sequence in it is shown, not obeyed."""
    change = Change('cart.lines["\x1b[2J"]', "\x1b[31m", {"sku": "\u202e"})
    from settlement.audit.diff_text import _change, _Names

    names = _Names(diff(both(REQUEST), both(REQUEST)))
    assert _change(change, names, language()).isprintable()


def test_a_place_names_what_it_is_within_as_people_do():
    """A coupon, a line and a way to pay by their names beside their ids, amounts as elsewhere."""

    def request(amount, quantity, fee):
        tea = a_line("a", quantity=quantity) | {"name": "Oolong"}
        autumn = an_offer("c", {"type": "amount_off", "amount": f"{amount} CNY"}) | {"name": "Autumn"}
        card = {"id": "card", "name": "Bank card", "fixed": f"{fee} CNY", "borne_by": "buyer"}
        checkout = a_checkout(tea, customer={"coupons": ["c"]}, payment_method="card")
        return settled(checkout, a_rulebook(coupons=[autumn], payment_methods=[card]))

    text = diff(request("1.00", 1, "1.00"), request("2.00", 2, "3.00")).text()
    assert 'rulebook.coupons["c"] (Autumn).tiers[0].benefit.amount: CN¥1.00 → CN¥2.00' in text
    assert 'cart.lines["a"] (Oolong).quantity: 1 → 2' in text
    assert 'rulebook.payment_methods["card"] (Bank card).fixed: CN¥1.00 → CN¥3.00' in text
