"""How problems are told: hints that cost little however much is wrong, and texts of bounded length."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from samples import AT, a_line, a_rulebook, a_template
from settlement import Checkout, InvalidDocument, Line, Problem, Promotion, Rulebook, settle
from settlement.documents.hints import Hints
from settlement.documents.words.language import language
from settlement.documents.words.texts import problem_text
from work import steps


def refused(make):
    """What a call raises that finds a document wrong."""
    with pytest.raises(InvalidDocument) as caught:
        make()
    return caught.value


def test_a_name_is_looked_up_once_and_only_the_first_few():
    """The sixth unknown name has no hint, one of the first five has it as often as it is asked for."""
    hints = Hints([f"template-{index}" for index in range(9)])
    told = [hints(f"template_{index}") for index in (0, 0, 1, 2, 3, 4, 5, 4)]
    assert [bool(each) for each in told] == [True, True, True, True, True, True, False, True]
    assert told[0] == '; did you mean "template-0"?'


def test_a_name_that_is_known_elsewhere_is_no_hint():
    """`sku` where there is no such field: to say "did you mean sku" would help nobody."""
    assert Hints(["sku"])("sku") == ""


OFFER = {"id": "a", "issuer": "platform", "tiers": [{"benefit": {"type": "percent_off", "percent": "5"}}]}


def hinted(model, given):
    """The hint of each field that there is not, by its place."""
    found = refused(lambda: model.model_validate(given)).problems
    return {each.place: each.facts["hint"] for each in found if each.code == "field.unknown"}


def test_a_hint_names_only_what_may_stand_there():
    """A field of the same document, by its like or by what others call it; else the one place below that has it."""
    tier = {"benefit": {"type": "percent_off", "percent": "5", "amuont": "1.00 CNY", "maxx": "2.00 CNY"}}
    promotion = OFFER | {"tiers": [tier], "valid_to": "x", "min_amount": "1.00 CNY", "unit_prize": "", "skuss": []}
    assert hinted(Promotion, promotion) == {
        "tiers[0].benefit.amuont": "",  # an amount is of other benefits
        "tiers[0].benefit.maxx": '; did you mean "max"?',
        "valid_to": '; did you mean "valid_until"?',
        "min_amount": '; it belongs in "tiers[]"',
        "unit_prize": "",  # a field of a line
        "skuss": "",  # a field of its scope
    }
    rules = {"id": "r", "currency": "CNY", "promotions": [promotion], "search_limit": 5, "min_amount": "1.00 CNY"}
    told = hinted(Rulebook, rules)
    assert told["promotions[0].valid_to"] == '; did you mean "valid_until"?'
    assert told["search_limit"] == '; it belongs in "policy"'
    assert told["min_amount"] == ""  # of tiers and of free entries: which is meant nobody knows
    (there,) = hinted(Promotion, OFFER | {"min_amount": "1.00 CNY"}).values()
    found = Problem("min_amount", "field.unknown", {"hint": there})
    assert problem_text(found, language("zh_CN")).endswith('；它应写在 "tiers[]" 里')


def test_a_hint_is_the_same_whatever_was_imported():
    """Of the documents that a program has not loaded nothing is proposed, nor of those that it has."""
    code = (
        "import sys; {first}; from settlement import Line, InvalidDocument\n"
        "try: Line.model_validate({{'invoise': 1, 'payed': 2, 'qty': 3}})\n"
        "except InvalidDocument as error: sys.stdout.write(str(error))"
    )
    told = {
        subprocess.run([sys.executable, "-c", code.format(first=first)], capture_output=True, check=True).stdout
        for first in (
            "pass",
            "import settlement.after_pay.invoices, settlement.after_pay.payments, settlement.audit.record",
        )
    }
    assert len(told) == 1
    assert b'qty: there is no such field here; did you mean "quantity"?' in told.pop()


def lost(count, templates=300):
    """Settling lines of templates that are not there, each line of another, beside many that are."""
    names = [f"frieght-{index}" for index in range(count)]
    lines = [a_line(str(index), freight_template=name) for index, name in enumerate(names)]
    checkout = Checkout.model_validate({"at": AT, "cart": {"currency": "CNY", "lines": lines}})
    known = [a_template(f"freight-{index}") for index in range(templates)]
    rulebook = Rulebook.model_validate(a_rulebook(freight_templates=known))
    assert rulebook.rules
    return lambda: settle(checkout, rulebook)


def test_unknown_templates_cost_no_lines_times_templates():
    """Every line is told; a further one costs a few steps, and not a look at every template that there is."""
    assert len(refused(lost(200)).problems) == 200
    asked = lost(50), lost(200)
    few, many = (steps(lambda ask=ask: refused(ask)) for ask in asked)
    assert many - few < 150 * 500


def test_unknown_shops_of_pickup_cost_no_shops_times_shops():
    """The same of shops where the buyer collects."""

    def collected(count):
        lines = [a_line(str(index), shop=f"shop-{index}") for index in range(100)]
        choice = {"pickup": [f"shpo-{index}" for index in range(count)]}
        given = {"at": AT, "cart": {"currency": "CNY", "lines": lines}, "choice": choice}
        return lambda: refused(lambda: Checkout.model_validate(given))

    found = collected(200)()
    assert len(found.problems) == 200
    assert found.problems[0].message.startswith('the cart has no line of the shop "shpo-0"; did you mean "shop-0"?')
    few, many = (steps(collected(count)) for count in (50, 200))
    assert many - few < 150 * 500


def test_unknown_fields_cost_no_fields_times_fields():
    """Each unknown field is a problem; that each is compared with every known one is not worth it."""

    def mistyped(count):
        text = json.dumps(a_line() | {f"unit_prcie{index}": 1 for index in range(count)})
        return lambda: refused(lambda: Line.model_validate_json(text))

    assert steps(mistyped(400)) < 400 * 500


def test_the_text_of_many_problems_is_cut_and_the_problems_are_not():
    """A hundred are shown and the others counted; a program has them all."""
    found = refused(lost(150))
    assert len(found.problems) == 150
    assert str(found).count("\n") == 101
    assert str(found).endswith("  … and 50 more in `.problems`")
