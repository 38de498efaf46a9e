"""The documents of points and payment methods (contract §2.2 and §6)."""

from __future__ import annotations

import pytest

from samples import problems
from settlement import Earn, Money, PaymentMethod, Points
from settlement.money import ROUNDERS

POINTS = {"points": 100, "worth": "1.00 CNY"}
WRONG_POINTS = [
    ("points", 0, "integer.range"),
    ("points", "100", "integer.type"),
    ("worth", "0.00 CNY", "amount.zero"),
    ("worth", 1, "amount.type"),
    ("step", 0, "integer.range"),
    ("min_points", -1, "integer.range"),
    ("min_goods", "-1.00 CNY", "amount.negative"),
    ("max_percent", "0", "rule.percentage"),
    ("max_percent", "100.0001", "rule.percentage"),
    ("max_percent", None, "percent.type"),
    ("max_amount", "1.0 CNY", "amount.scale"),
    ("covers_freight", "yes", "field.type"),
    ("scope", ["tea"], "object.type"),
    ("earn", 1, "object.type"),
    ("expires", "never", "field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG_POINTS)
def test_a_wrong_field_of_points_is_named(field, value, code):
    """Each field of the points rule is validated."""
    assert problems(lambda: Points(**POINTS | {field: value})) == [(field, code)]


def test_the_defaults_of_points():
    """A step of 1, no minimum, the whole amount, goods only, every line, nothing earned."""
    rule = Points(**POINTS)
    assert (rule.step, rule.min_points, rule.max_percent, rule.covers_freight) == (1, 0, 100, False)
    assert {rule.min_goods, rule.max_amount, rule.scope, rule.earn} == {None}


def test_earning_needs_an_amount_above_zero():
    """Per and points are above 0; the basis is payable or goods."""
    assert problems(lambda: Earn(per="0.00 CNY", points=1)) == [("per", "amount.zero")]
    assert problems(lambda: Earn(per="1.00 CNY", points=0)) == [("points", "integer.range")]
    assert problems(lambda: Earn(per="1.00 CNY", points=1, on="net")) == [("on", "choice.unknown")]
    assert Earn(per="1.00 CNY", points=1).on == "payable"


WRONG_METHODS = [
    ("id", "", "text.empty"),
    ("percent", "0", "rule.percentage"),
    ("percent", 0.6, "percent.type"),
    ("fixed", "-0.50 CNY", "amount.negative"),
    ("min", 1, "amount.type"),
    ("max", "1 CNY", "amount.scale"),
    ("borne_by", "platform", "choice.unknown"),
    ("rate", "1", "field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG_METHODS)
def test_a_wrong_field_of_a_payment_method_is_named(field, value, code):
    """Each field of a payment method is validated."""
    assert problems(lambda: PaymentMethod(**{"id": "card", "borne_by": "buyer"} | {field: value})) == [(field, code)]


def test_the_largest_fee_is_not_below_the_smallest():
    """max ≥ min; equal bounds are a fixed fee."""
    bounds = {"id": "card", "borne_by": "buyer", "min": "1.00 CNY"}
    assert problems(lambda: PaymentMethod(**bounds, max="0.99 CNY")) == [("max", "range.max_below_min")]
    assert PaymentMethod(**bounds, max="1.00 CNY").fee(10**6, ROUNDERS["half_up"]) == 100


FEES = [
    ({"percent": "0.6"}, 10_000, 60),
    ({"percent": "0.6"}, 9_917, 60),  # 59.502
    ({"fixed": "0.50 CNY"}, 1, 50),
    ({"percent": "1", "fixed": "0.50 CNY"}, 10_000, 150),
    ({"percent": "1", "min": "2.00 CNY"}, 10_000, 200),
    ({"percent": "1", "max": "0.80 CNY"}, 10_000, 80),
    ({"min": "0.10 CNY"}, 10_000, 10),
    ({}, 10_000, 0),
]


@pytest.mark.parametrize(("terms", "payable", "fee"), FEES)
def test_a_fee_is_a_rounded_percentage_plus_a_fixed_part_within_bounds(terms, payable, fee):
    """round(payable × percent) + fixed, clamped to min and max."""
    method = PaymentMethod(id="card", borne_by="buyer", **terms)
    assert method.fee(payable, ROUNDERS["half_up"]) == fee
    assert method.fixed in {None, Money("0.50 CNY")}
