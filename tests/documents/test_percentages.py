"""Percentages: in Python an int, a Decimal or a text; on the wire a text."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, problems
from settlement import AmountOff, Checkout, NthUnit, PercentOff, Points, Promotion, Rulebook, Tier


def rules(percent):
    """A rulebook with a percentage above 0 and one that may be 0."""
    sale = Promotion(id="p", issuer="s1", tiers=[Tier(benefit=PercentOff(percent=percent))], platform_share=percent)
    points = Points(points=100, worth="1.00 CNY", max_percent=percent)
    return Rulebook(id="r", currency="CNY", promotions=[sale], points=points)


@given(st.integers(1, 100), st.sampled_from([".0", ".00", ".0000"]))
def test_a_whole_percentage_is_one_however_it_is_given(whole, zeros):
    """An int, its text and its Decimal make equal documents, of the same JSON and digest."""
    first = rules(whole)
    for same in (str(whole), Decimal(whole), f"{whole}{zeros}", Decimal(f"{whole}{zeros}")):
        assert rules(same) == first
        assert rules(same).model_dump_json() == first.model_dump_json()
        assert rules(same).digest == first.digest
    assert json.loads(first.model_dump_json())["promotions"][0]["platform_share"] == str(whole)
    assert Rulebook.model_validate_json(first.model_dump_json()) == first


@given(st.integers().filter(lambda number: not 0 < number <= 100))
def test_an_int_out_of_range_is_refused_as_its_text_is(number):
    """Below 0 and above 100 nothing is a percentage, and 0 only where it may be."""
    assert problems(lambda: PercentOff(percent=number)) == [("percent", "rule.percentage")]
    allowed = {"id": "p", "issuer": "s1", "tiers": [Tier(benefit=AmountOff(amount="1.00 CNY"))]}
    if number:
        found = problems(lambda: Promotion(**allowed, platform_share=number))
        assert found == [("platform_share", "rule.percentage")]
    else:
        assert Promotion(**allowed, platform_share=number).platform_share == 0


@pytest.mark.parametrize("value", [True, False, 1.5, 15.0, None, b"15", [15]])
def test_what_is_no_percentage_is_refused(value):
    """A float, a truth value and whatever else is neither int, Decimal nor text."""
    assert problems(lambda: NthUnit(n=2, percent=value)) == [("percent", "percent.type")]


@pytest.mark.parametrize("separators", [(",", ":"), (",", " : ")], ids=["express lane", "door"])
def test_json_has_percentages_as_texts_only(separators):
    """A JSON number is refused, whichever way the text is read."""
    checkout = a_checkout()
    checkout["cart"]["lines"][0]["tax_percent"] = "13"
    assert Checkout.model_validate_json(json.dumps(checkout, separators=separators)).cart.lines[0].tax_percent == 13
    checkout["cart"]["lines"][0]["tax_percent"] = 13
    text = json.dumps(checkout, separators=separators)
    place = "cart.lines[0].tax_percent"
    assert problems(lambda: Checkout.model_validate_json(text)) == [(place, "percent.type")]
