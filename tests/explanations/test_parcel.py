"""An explanation is enough to redo a parcel's fee by hand: its formulas are worked out again here."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer
from settlement import Checkout, Rulebook, settle
from settlement.engine import question
from settlement.engine import settle as engine
from settlement.explanations.hint import hints
from settlement.explanations.parcel import explain_parcel

#: `round` is the rounding of these tests' rulebooks, half up to a cent.
NAMES = {
    "N": Fraction,
    "ceil": ceil,
    "max": max,
    "min": min,
    "round": lambda value: Fraction(floor(value * 100 + Fraction(1, 2)), 100),
}


def by_hand(formula):
    """The value of a formula's left side: + − × ÷ ⌈ ⌉ max min round and brackets, in exact fractions."""
    left = formula.rpartition(" = ")[0] or formula
    left = re.sub(r"[0-9]+(\.[0-9]+)?", r'N("\g<0>")', left)
    for sign, operator in (("−", "-"), ("×", "*"), ("÷", "/"), ("⌈", "ceil("), ("⌉", ")")):
        left = left.replace(sign, operator)
    return eval(left, NAMES | {"__builtins__": {}})  # noqa: S307 - ours


def explained(*lines, parcel=0, checkout=None, **rules):
    """The explanation of one parcel."""
    document = Checkout.model_validate(a_checkout(*lines, **(checkout or {})))
    return explain_parcel(document, Rulebook.model_validate(a_rulebook(**rules)), parcel)


def ships(name="a", price="10.00", **fields):
    """A line of template t1."""
    return a_line(name, price, freight_template="t1", **fields)


def a_zone(*regions, **fields):
    """8.00 for the first unit, 2.00 for each further one."""
    tariff = {"first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "2.00 CNY"}
    return {"regions": list(regions)} | tariff | fields


def test_the_rule_that_decided_and_those_that_lost():
    """From the most specific to the widest, each with its place."""
    template = a_template(zones=[a_zone("*"), a_zone("440000", "440305")], undeliverable=["CN", "440306"])
    made = explained(ships(), freight_templates=[template])
    assert [(each.place, each.region) for each in made.candidates] == [
        ("zones[1].regions[1]", "440305"),
        ("zones[1].regions[0]", "440000"),
        ("undeliverable[0]", "CN"),
        ("zones[0].regions[0]", "*"),
    ]
    assert made.parcel.zone == made.candidates[0].region


def test_units_and_formula_of_a_weight():
    """3 × 400 g and a line that ships free make 1200 g; 8.00 for 1000 g and 2.00 for 500 g begun make 10.00."""
    template = a_template(measure="weight_g", zones=[a_zone("CN/mainland", first=1000, additional=500)])
    lines = (ships("a", quantity=3, weight_g=400), ships("b", weight_g=900, free_shipping=True))
    made = explained(*lines, freight_templates=[template])
    assert [(each.line, each.quantity, each.each, each.counts) for each in made.lines] == [
        ("a", 3, 400, 1200),
        ("b", 1, 900, 0),
    ]
    assert (made.units_formula, made.fee_formula) == ("1200", "8.00 + ⌈(1200 − 1000) ÷ 500⌉ × 2.00 = 10.00")


@pytest.mark.parametrize(
    ("zone", "formula"),
    [
        ({"steps": [{"up_to": 3, "fee": "12.00 CNY"}]}, "12.00 + ⌈(5 − 3) ÷ 1⌉ × 2.00 = 16.00"),
        ({"steps": [{"up_to": 3, "fee": "12.00 CNY"}, {"up_to": 9, "fee": "14.50 CNY"}]}, "14.50"),
        ({"steps": [{"up_to": 5, "fee": "12.00 CNY"}, {"up_to": 9, "fee": "14.50 CNY"}]}, "12.00"),
        ({"goods_percent": "1.5"}, "8.00 + ⌈(5 − 1) ÷ 1⌉ × 2.00 + round(50.00 × 1.5 ÷ 100) = 16.75"),
        ({"max_fee": "9.00 CNY"}, "min(8.00 + ⌈(5 − 1) ÷ 1⌉ × 2.00, 9.00) = 9.00"),
        ({"min_fee": "99.00 CNY"}, "max(8.00 + ⌈(5 − 1) ÷ 1⌉ × 2.00, 99.00) = 99.00"),
    ],
)
def test_the_formula_of_each_tariff(zone, formula):
    """Steps, a share of the goods, and bounds stand in the formula, and it makes the fee."""
    template = a_template(zones=[a_zone("CN/mainland", **zone)])
    made = explained(ships(quantity=5), freight_templates=[template])
    assert made.fee_formula == formula
    assert by_hand(formula) == Fraction(made.parcel.fee.amount)


def test_volumetric_weight_shows_both_and_what_won():
    """10 000 cm³ ÷ 5000 is 2000 g and more than 300 g."""
    zones = [a_zone("CN/mainland", first=1000, additional=1000)]
    template = a_template(measure="weight_g", zones=zones, volumetric_divisor=5000)
    made = explained(ships(weight_g=300, volume_cm3=10_000), freight_templates=[template])
    assert made.units_formula == "max(⌈300⌉, ⌈10000 × 1000 ÷ 5000⌉) = 2000"
    assert [(each.measure, each.counts) for each in made.lines] == [("volume_cm3", 10_000)]


def test_equal_parcels_are_told_with_what_is_in_one():
    """7 pieces of 400 g in boxes of 1 kg: three equal ones of two, then one of one."""
    zones = [a_zone("CN/mainland", first=500, additional=500)]
    template = a_template(measure="weight_g", zones=zones, max_weight_g=1000)
    line = ships(quantity=7, weight_g=400)
    parcels = [explained(line, parcel=place, freight_templates=[template]) for place in range(2)]
    assert [(made.parcel.boxes, made.lines[0].quantity) for made in parcels] == [(3, 2), (1, 1)]
    assert parcels[0].fee_formula == "8.00 + ⌈(800 − 500) ÷ 500⌉ × 2.00 = 10.00"
    assert [str(made.parcel.fee) for made in parcels] == ["30.00 CNY", "8.00 CNY"]


def test_the_warehouse_that_was_chosen_is_told_with_the_others():
    """深圳 shares the prefecture with the address, 北京 only the mainland."""
    warehouses = [{"id": "bj", "region": "110101"}, {"id": "sz", "region": "440304"}]
    line = ships(warehouses=["bj", "sz"])
    made = explained(line, freight_templates=[a_template()], warehouses=warehouses)
    assert [(each.warehouse, each.candidates) for each in made.warehouses] == [
        ("sz", (("sz", "440300"), ("bj", "CN/mainland")))
    ]
    assert "Warehouse of a: sz (440300 广东省 深圳市), nearer than bj (mainland China)" in str(made)


def test_each_condition_of_each_free_entry_is_judged():
    """The entry that holds, the one that lacks an amount, and the one for elsewhere."""
    free = [{"min_amount": "30.00 CNY", "max_units": 5}, {"min_quantity": 2}, {"regions": ["540000"]}]
    made = explained(ships(quantity=2), freight_templates=[a_template(free=free)])
    judged = [[(each.name, each.found, each.holds) for each in check.conditions] for check in made.free]
    assert judged == [
        [("min_amount", "20.00 CNY", False), ("max_units", "2", True)],
        [("min_quantity", "2", True)],
        [("regions", "440305", False)],
    ]
    assert [check.holds for check in made.free] == [False, True, False]
    assert made.parcel.free


@pytest.mark.parametrize(
    ("per", "formula", "amount"),
    [
        ("parcel", "5.00", "5.00 CNY"),
        ("piece", "3 × 5.00 = 15.00", "15.00 CNY"),
        ("kg", "⌈1200 ÷ 1000⌉ × 5.00 = 10.00", "10.00 CNY"),
    ],
)
def test_the_formula_of_a_surcharge(per, formula, amount):
    """Once, per piece, or per kilogram begun."""
    surcharges = [{"regions": ["440000"], "fee": "5.00 CNY", "per": per}]
    made = explained(ships(quantity=3, weight_g=400), freight_templates=[a_template(surcharges=surcharges)])
    assert [(each.per, each.formula, str(each.amount)) for each in made.surcharges] == [(per, formula, amount)]
    assert (str(made.parcel.surcharge), made.surcharge_waived) == (amount, False)


def test_a_waived_surcharge_says_so():
    """Its formula stands there, and that it is not charged."""
    surcharges = [{"regions": ["440000"], "fee": "5.00 CNY", "per": "parcel"}]
    template = a_template(surcharges=surcharges, free=[{"waives_surcharge": True}])
    made = explained(ships(), freight_templates=[template])
    assert ([each.formula for each in made.surcharges], made.surcharge_waived) == (["5.00"], True)
    assert "waived" in str(made)


@pytest.mark.parametrize(
    ("combination", "formula", "fee"),
    [("sum", "", "14.00 CNY"), ("highest_first", "⌈4 ÷ 1⌉ × 2.00 = 8.00", "8.00 CNY"), ("max", "", "0.00 CNY")],
)
def test_the_combination_is_explained(combination, formula, fee):
    """Beside a parcel of a higher first fee the additional units count, or nothing at all."""
    lines = (ships(quantity=4), a_line("b", quantity=9, freight_template="t2"))
    templates = [a_template(), a_template("t2", "9.00")]
    made = explained(*lines, freight_templates=templates, policy={"freight_combination": combination})
    assert (made.combined_formula, str(made.parcel.fee), str(made.own_fee)) == (formula, fee, "14.00 CNY")


@given(st.integers(0, 10**9))
def test_every_explanation_makes_its_fee(seed):
    """On random requests every formula, worked out by hand, makes what the settlement charged."""
    request = random_request(random.Random(seed))
    checkout, rules = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
    for place, charge in enumerate(settle(checkout, rules).parcels):
        made = explain_parcel(checkout, rules, place)
        own = by_hand(made.fee_formula)
        assert own == Fraction(made.own_fee.amount)
        assert made.candidates[0].region == charge.zone
        assert by_hand(made.units_formula) == charge.units
        assert charge.free == any(check.holds for check in made.free)
        if not charge.free and made.combined_formula:
            assert by_hand(made.combined_formula) == Fraction(charge.fee.amount)
        elif not charge.free and made.combination != "max":
            assert own * made.parcel.boxes == Fraction(charge.fee.amount)
        added = sum(by_hand(each.formula) for each in made.surcharges)
        assert made.surcharge_waived or added == Fraction(charge.surcharge.amount)
        assert made.text("zh_CN")
        assert str(made.parcel.units) in str(made).replace(",", "")


def test_one_piece_is_a_piece():
    """In the singular, as on a receipt."""
    rules = {"freight_templates": [a_template()]}
    assert "\nUnits: 1 piece\n" in str(explained(ships(quantity=1), **rules))
    assert "\nUnits: 2 pieces\n" in str(explained(ships("a", quantity=1), ships("b", quantity=1), **rules))


def test_an_explanation_reads_from_top_to_bottom():
    """The rule, the units, the fee, what is free, what is paid."""
    template = a_template(zones=[a_zone("CN/mainland"), a_zone("440000")], free=[{"min_amount": "99.00 CNY"}])
    made = explained(ships(quantity=3), freight_templates=[template])
    assert str(made).splitlines() == [
        "Parcel of template t1, shop s1, to 440305 广东省 深圳市 南山区",
        "Rule: zones[1].regions[0], 440000 广东省",
        "  wider, so it does not decide: zones[0].regions[0], mainland China",
        "Units: 3 pieces",
        "  a: 3, counts 3",
        "Fee: 8.00 + ⌈(3 − 1) ÷ 1⌉ × 2.00 = 12.00",
        "free[0] does not hold",
        "  ✗ min_amount 99.00 CNY: 30.00 CNY",
        "To pay: CN¥12.00 and CN¥0.00",
    ]
    assert "包裹" in made.text("zh_CN")


@pytest.mark.parametrize("ask", [explain_parcel, hints], ids=["parcel", "hints"])
def test_question_and_answer_lie_side_by_side(monkeypatch, ask):
    """What a settlement does not keep is read off the question that was answered: opened and settled once."""
    opened, settled = [], []
    make, decide = question.Case.__init__, engine.decide

    def counted(case, checkout, *rest):
        opened.append(checkout)
        make(case, checkout, *rest)

    def decided(case):
        settled.append(case.checkout)
        return decide(case)

    monkeypatch.setattr(question.Case, "__init__", counted)
    monkeypatch.setattr(engine, "decide", decided)
    offer = an_offer("c1", tiers=[{"min_amount": "500.00 CNY", "benefit": {"type": "percent_off", "percent": "5"}}])
    checkout = Checkout.model_validate(a_checkout(ships(quantity=3), customer={"coupons": ["c1"]}))
    rules = a_rulebook(freight_templates=[a_template(free=[{"min_amount": "99.00 CNY"}])], coupons=[offer])
    assert ask(checkout, Rulebook.model_validate(rules))
    assert (opened.count(checkout), settled.count(checkout)) == (1, 1)


def test_a_parcel_that_is_not_there():
    """A pending settlement has no parcels; the number is checked."""
    with pytest.raises(IndexError, match="this settlement has 0"):
        explained(ships(), checkout={"address": None}, freight_templates=[a_template()])
    with pytest.raises(IndexError, match="no parcel -1"):
        explained(ships(), parcel=-1, freight_templates=[a_template()])


def test_the_formulas_of_these_tests_are_worked_out_right():
    """The little calculator of this file is right about a sum known by heart."""
    assert by_hand("max(8.00 + ⌈(5 − 1) ÷ 3⌉ × 2.00, 1.00) = 0.00") == Decimal(12)
