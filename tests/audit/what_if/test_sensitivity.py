"""One number of the rules, value by value: what is paid and earned, where it bends, and places that are not there."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from months import DECEMBER, month, rules
from samples import a_checkout, a_line, a_rulebook, an_offer, problems, settled
from settlement import InvalidDocument, Money
from settlement.audit.record import record
from settlement.audit.what_if import sensitivity, what_if
from settlement.audit.what_if.place import number_at

RECORDS = month()
LEAST = 'promotions["fest"].tiers[0].min_amount'


@pytest.fixture(scope="module")
def found():
    """From how much fest takes 15 off, by hand: see the goods of the month."""
    values = [f"{each}.00 CNY" for each in (90, 105, 115, 125, 135)]
    return sensitivity(RECORDS, rules(DECEMBER), LEAST, values)


def test_each_value_is_the_what_if_of_those_rules(found):
    """The same figures as a candidate with that number, as chosen and best."""
    for at, value in enumerate(found.values):
        tier = DECEMBER["promotions"][0]["tiers"][0] | {"min_amount": value}
        alone = what_if(RECORDS, rules(DECEMBER, promotions=[DECEMBER["promotions"][0] | {"tiers": [tier]}]))
        for points, side in zip((found.as_chosen, found.best), alone.sides[0], strict=True):
            point = points[at]
            assert (point.payable, point.shops, point.platform) == (
                side.payable, side.shops["net"], side.platform["net"]
            )  # fmt: skip
            assert point.changed == side.changed


def test_orders_that_switch_are_those_between_two_thresholds(found):
    """Above 90: o05, o06 of 100 and o16 of 99 lose it at 105, o07 at 115, o08 and o17 at 125 with o20 and, o09 at 135.

    o13 and o14 ship nothing; o14's voucher of 50 is below all of them.
    """
    assert [each.switched for each in found.as_chosen] == [0, 3, 1, 2, 2]


def test_a_kink_is_where_the_line_bends_by_more_than_rounding():
    """The amount of fest: payable falls one for one with each order; nothing bends. Its threshold bends."""
    amount = 'promotions["fest"].tiers[0].benefit.amount'
    straight = sensitivity(RECORDS[:1] + RECORDS[7:8], rules(DECEMBER), amount, ["1.00 CNY", "2.00 CNY", "9.00 CNY"])
    assert [each.kink for each in straight.as_chosen] == [False] * 3
    # from 21 on what is left of o08 is below 99, and its freight is no longer free: 6.00 more, once
    bent = sensitivity(RECORDS[7:8], rules(DECEMBER), amount, [f"{each}.00 CNY" for each in (19, 20, 21, 22, 23)])
    assert [each.payable.minor for each in bent.as_chosen] == [10100, 10000, 9900, 10400, 10300]
    assert [each.kink for each in bent.as_chosen] == [False, False, True, True, False]
    assert [each.switched for each in bent.as_chosen] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_text_and_data_say_the_same(found, locale):
    """A row for each value, the recorded one first; behaviour is held fixed."""
    text, data = found.text(locale), json.loads(found.to_json())
    assert [row["value"] for row in data["as_chosen"]] == list(found.values)
    assert data["recorded"] == {"payable": "1982.00 CNY", "shops": "2002.00 CNY", "platform": "-20.00 CNY"}
    for value in found.values:
        assert value in text
    assert text.count("1,982.00") == 2
    assert data["behaviour"] == "held fixed"
    assert repr(found).startswith("<Sensitivity of promotions")


def test_values_are_what_a_document_holds():
    """Text, money, a decimal or an integer; what the rules don't take at that place is told with its place."""
    book = rules(DECEMBER)
    one = sensitivity(RECORDS[:3], book, LEAST, [Money("90.00 CNY"), "95.00 CNY"])
    assert one.values == ("90.00 CNY", "95.00 CNY")
    first = 'freight_templates["post"].zones[0].first'
    assert sensitivity(RECORDS[:3], book, first, [1, 2]).values == ("1", "2")
    share = 'promotions["fest"].platform_share'
    assert sensitivity(RECORDS[:3], book, share, [Decimal(0), "50"]).values == ("0", "50")
    assert problems(lambda: sensitivity(RECORDS, book, LEAST, ["5.00 EUR"])) == [
        ("promotions[0].tiers[0].min_amount", "currency.mixed")
    ]
    for values in ([], ["95.00 CNY", "90.00 CNY"], ["90.00 CNY", "90.00 CNY"]):
        assert problems(lambda values=values: sensitivity(RECORDS, book, LEAST, values)) == [("values", "values.rise")]
    for odd in (1.5, True, None):
        with pytest.raises(TypeError, match="a value is an integer"):
            sensitivity(RECORDS, book, LEAST, [odd])


@pytest.mark.parametrize(
    ("path", "place", "code", "told"),
    [
        ("promotion", "", "place.unknown", 'did you mean "promotions"?'),
        ("promotions[1]", "promotions", "place.unknown", "there are fest"),
        ('promotions["feast"].priority', "promotions", "place.unknown", 'did you mean "fest"?'),
        ("promotions[fest].tiers[0].min_amont", "promotions[fest].tiers[0]", "place.unknown", "min_amount"),
        ("promotions[fest].tiers", "promotions[fest].tiers", "place.no_number", "found a list"),
        ("promotions[fest]", "promotions[fest]", "place.no_number", "there are tiers, priority"),
        ("promotions[fest].issuer", "promotions[fest].issuer", "place.no_number", 'found "platform"'),
        ("promotions[fest].exclusive", "promotions[fest].exclusive", "place.no_number", "found false"),
        ("promotions[fest", "promotions", "place.notation", 'a place is written promotions["fest"]'),
        ("", "", "place.notation", "a place is written"),
        ("policy.rounding", "policy.rounding", "place.no_number", "coupons_per_shop"),
        ("promotions[fest].name", "promotions[fest].name", "place.no_number", "there are tiers, priority"),
        ('promotions["a\\q"].priority', "promotions", "place.notation", "a place is written"),
    ],
)  # fmt: skip
def test_a_wrong_place_is_told_with_what_there_is(path, place, code, told):
    """Where the path stops being true, what may have been meant, and what stands there instead."""
    with pytest.raises(InvalidDocument) as caught:
        number_at(rules(DECEMBER), path)
    [found] = caught.value.problems
    assert (found.place, found.code) == (place, code)
    assert told in str(found)
    assert found.text("zh_CN") != found.message


def test_an_entry_is_found_by_its_id_or_its_shop():
    """Whatever its place; an id with brackets and quotes is quoted as JSON."""
    least = {"minimum_orders": [{"shop": "pots", "amount": "1.00 CNY"}, {"shop": 't"]', "amount": "2.00 CNY"}]}
    book = rules(DECEMBER, **least)
    assert number_at(book, 'minimum_orders["t\\"]"].amount').steps == ("minimum_orders", 1, "amount")
    assert number_at(book, "minimum_orders[pots].amount").with_value("9.00 CNY").minimum_orders[0].amount.minor == 900
    assert number_at(book, "coupons.b.priority").steps == ("coupons", 1, "priority")


def test_rounding_is_no_kink():
    """Of 0.37 a percentage takes 4, 4, 4, 5, 5 cents from 10 to 14 %: a line, as far as cents can tell."""
    tier = {"benefit": {"type": "percent_off", "percent": "10"}}
    book = rules(a_rulebook(promotions=[an_offer("p", tiers=[tier])]))
    kept = record(settled(a_checkout(a_line(price="0.37")), a_rulebook()))
    found = sensitivity([kept], book, "promotions[p].tiers[0].benefit.percent", ["10", "11", "12", "13", "14"])
    assert [each.payable.minor for each in found.as_chosen] == [33, 33, 33, 32, 32]
    assert not any(each.kink for each in found.as_chosen)


def test_a_name_that_looks_like_a_number_is_none():
    """Any text may stand there, so 10 is no number that 20 would be more than; an instant is none either."""
    book = rules(DECEMBER, promotions=[DECEMBER["promotions"][0] | {"name": "10"}])
    name, day = "promotions[fest].name", "promotions[fest].valid_from"
    assert problems(lambda: sensitivity(RECORDS[:1], book, name, ["10", "20"])) == [(name, "place.no_number")]
    unnamed = rules(
        DECEMBER, promotions=[{key: value for key, value in DECEMBER["promotions"][0].items() if key != "name"}]
    )
    assert problems(lambda: sensitivity(RECORDS[:1], unnamed, name, ["abc", "b"])) == [(name, "place.no_number")]
    days = ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"]
    assert problems(lambda: sensitivity(RECORDS[:1], book, day, days)) == [(day, "place.no_number")]


def test_orders_that_stay_the_same_hide_no_kink():
    """One order loses its offer above 100; sixty that never had it round nothing, which excuses nothing."""
    fest = an_offer("f", tiers=[{"min_amount": "50.00 CNY", "benefit": {"type": "amount_off", "amount": "1.00 CNY"}}])
    book = rules(a_rulebook(promotions=[fest]))
    large, small = (record(settled(a_checkout(a_line(price=price)), a_rulebook())) for price in ("100.00", "10.00"))
    values = [f"{each}.00 CNY" for each in (98, 99, 100, 101, 102)]
    for others in (0, 60):
        found = sensitivity([large] + [small] * others, book, "promotions[f].tiers[0].min_amount", values)
        for points in (found.as_chosen, found.best):
            assert [each.kink for each in points] == [False, False, True, True, False]


def test_what_is_in_no_point_is_told_with_them():
    """How many were read, and why some are left out, as in the whole answer."""
    found = sensitivity([*RECORDS[:2], b"{"], rules(DECEMBER), LEAST, ["90.00 CNY", "95.00 CNY"])
    data, whole = found.to_dict(), found.answer.to_dict()
    assert (data["read"], data["orders"], data["apart"], data["broken"]["rows"]) == (3, 2, [], 1)
    assert {name: data[name] for name in ("read", "apart", "broken")} == {
        name: whole[name] for name in ("read", "apart", "broken")
    }
