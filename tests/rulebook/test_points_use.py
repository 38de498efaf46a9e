"""How many points can be used, and what they are worth (contract §6), against a search over every number."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, decisions, result
from settlement import Points
from settlement.rulebook.points_use import usable_points

rules = st.builds(
    lambda points, worth, step, least, percent, most: Points(
        points=points,
        worth=f"{worth // 100}.{worth % 100:02d} CNY",
        step=step,
        min_points=least,
        max_percent=str(percent),
        max_amount=None if most is None else f"{most // 100}.{most % 100:02d} CNY",
    ),
    st.integers(1, 12),
    st.integers(1, 40),
    st.integers(1, 7),
    st.integers(0, 20),
    st.integers(1, 100),
    st.one_of(st.none(), st.integers(0, 300)),
)


def searched(rule, balance, asked, base):
    """The contract's words, number by number."""
    cap = min(base, Fraction(base * int(rule.max_percent), 100) // 1)
    if rule.max_amount is not None:
        cap = min(cap, rule.max_amount.minor)

    def worth(number):
        return number * rule.worth.minor // rule.points

    def fewest(numbers):
        best = max(worth(number) for number in numbers)
        return min(number for number in numbers if worth(number) == best)

    usable = fewest([n for n in range(0, balance + 1, rule.step) if worth(n) <= cap])
    usable = 0 if usable < rule.min_points else usable
    ceiling = usable if asked is None else min(asked, usable)
    used = fewest(range(0, ceiling + 1, rule.step))
    used = 0 if used < rule.min_points else used
    return usable, used, worth(used)


@given(rules, st.integers(0, 120), st.one_of(st.none(), st.integers(0, 150)), st.integers(0, 500))
def test_the_formula_finds_what_a_search_finds(rule, balance, asked, base):
    """Usable, used and their worth are those of trying every multiple of the step."""
    found = usable_points(rule, balance, asked, base, base)
    assert (found.usable, found.used, found.amount) == searched(rule, balance, asked, base)


def points_case(checkout=None, **rule):
    """A settlement of 10.00 of goods with 1 000 points, 100 for 1.00."""
    fields = {"customer": {"points": 1000}, "choice": {"points": "max"}} | (checkout or {})
    points = {"points": 100, "worth": "1.00 CNY"} | rule
    lines = [a_line("a", "6.00", freight_template="t1"), a_line("b", "4.00", sku="k2")]
    return result(a_checkout(*lines, **fields), a_rulebook(points=points, freight_templates=[a_template()]))


CASES = [
    ({}, {}, 1000, "applied"),
    ({}, {"max_percent": "50"}, 500, "applied"),
    ({}, {"max_amount": "3.33 CNY"}, 333, "applied"),
    ({}, {"max_amount": "3.33 CNY", "step": 100}, 300, "applied"),
    ({}, {"scope": {"skus": ["k2"]}}, 400, "applied"),
    ({"customer": {"points": 250}}, {}, 250, "applied"),
    ({"choice": {"points": 77}}, {}, 77, "applied"),
    ({"choice": {"points": 77}}, {"step": 50}, 50, "applied"),
    ({"choice": {"points": 77}}, {"min_points": 78}, 0, "insufficient_points"),
    ({"customer": {"points": 5}}, {"min_points": 10}, 0, "insufficient_points"),
    ({"customer": {"points": 0}}, {}, 0, "insufficient_points"),
    ({"choice": {"points": 78}}, {"min_points": 78}, 78, "applied"),
    ({"choice": {"points": 2000}, "customer": {"points": 5}}, {"min_points": 10}, 0, "insufficient_points"),
    ({"choice": {"points": 10}}, {"min_points": 10, "max_amount": "0.09 CNY"}, 0, "below_amount"),
    ({}, {"min_goods": "10.01 CNY"}, 0, "below_amount"),
    ({}, {"min_goods": "10.00 CNY"}, 1000, "applied"),
    ({"customer": {"points": 5000}}, {"covers_freight": True}, 1800, "applied"),
]


def test_points_in_a_settlement():
    """Caps, scope, steps, minimum and freight, each with its decision and the amount off."""
    for checkout, rule, used, decision in CASES:
        document = points_case(checkout, **rule)
        assert document["points"]["used"] == used, (checkout, rule)
        assert document["totals"]["points"] == ("0.00 CNY" if not used else f"-{used // 100}.{used % 100:02d} CNY")
        assert decisions(document)["points"] == decision
        assert sum(line["points_used"] for line in document["lines"]) == used


def test_why_no_points_are_used_and_what_is_missing():
    """Nothing asked for is no refusal; too few say so; an amount that is missing is told, and a cap has none."""
    rule = Points(points=100, worth="1.00 CNY", min_points=10, min_goods="10.00 CNY")

    def told(balance, asked, net=1000, rule=rule):
        found = usable_points(rule, balance, asked, net, net)
        return found.used, found.amount, found.usable, found.reason, found.shortfall

    assert told(1000, 0) == (0, 0, 1000, None, None)
    assert told(1000, 9) == (0, 0, 1000, "insufficient_points", None)
    assert told(1000, 10) == (10, 10, 1000, None, None)
    assert told(9, 1000) == (0, 0, 0, "insufficient_points", None)
    assert told(1000, None, 999) == (0, 0, 0, "below_amount", 1)
    assert told(1000, 10, 999) == (0, 0, 0, "below_amount", 1)
    capped = Points(points=100, worth="1.00 CNY", min_points=10, max_amount="0.09 CNY")
    assert told(1000, 10, rule=capped) == (0, 0, 0, "below_amount", None)
    stepped = Points(points=100, worth="1.00 CNY", step=50)
    assert told(1000, 49, rule=stepped) == (0, 0, 1000, "insufficient_points", None)


def test_every_unit_of_a_cap_can_be_used_and_more_goods_than_the_least_are_enough():
    """Of points worth a cent each as many as cents; goods above `min_goods` by a cent hold nothing back."""
    cents = Points(points=1, worth="0.01 CNY", min_goods="5.00 CNY")
    assert usable_points(cents, 600, None, 500, 500)[:3] == (500, 500, 500)
    assert usable_points(cents, 600, None, 501, 501)[:3] == (501, 501, 501)


def test_points_that_are_not_asked_for_have_no_decision():
    """0 points are no question; what could be used is told all the same."""
    document = points_case({"choice": {"points": 0}})
    assert "points" not in decisions(document)
    assert document["points"] == {"used": 0, "earned": 0, "usable": 1000}


def test_points_without_a_rule_are_unknown():
    """A rulebook without points uses none, and says so where they were asked for."""
    document = result(a_checkout(customer={"points": 1000}, choice={"points": "max"}))
    assert decisions(document) == {"points": "unknown"}
    assert document["points"] == {"used": 0, "earned": 0, "usable": 0}


def test_points_are_earned_on_payable_or_goods():
    """⌊basis ÷ per⌋ × points: on what is paid, or on the net of goods less points."""
    for on, earned in (("payable", 4), ("goods", 0)):
        earn = {"per": "3.00 CNY", "points": 2, "on": on}
        assert points_case(earn=earn)["points"]["earned"] == earned  # payable 8.00 of freight, goods 0.00


def test_coupons_and_points_may_exclude_each_other():
    """In a list the points give way to a coupon that applied; without the policy both apply."""
    book = a_rulebook(points={"points": 100, "worth": "1.00 CNY"}, coupons=[an_offer("c1")])
    checkout = a_checkout(customer={"points": 1000, "coupons": ["c1"]}, choice={"coupons": ["c1"], "points": "max"})
    assert decisions(result(checkout, book)) == {"c1": "applied", "points": "applied"}
    book["policy"] = {"exclusions": [["points", "coupons"]]}
    assert decisions(result(checkout, book)) == {"c1": "applied", "points": "excluded_by_policy"}
    checkout["choice"]["coupons"] = "best"  # points are the buyer's money too: 1.00 saved beats 10.00 paid in points
    assert decisions(result(checkout, book)) == {"c1": "applied", "points": "excluded_by_policy"}
