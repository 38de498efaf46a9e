"""The mall's policy: defaults and validation (contract §2.3)."""

from __future__ import annotations

import pytest

from samples import problems
from settlement import Policy, RoundTotal

DEFAULTS = {
    "rounding": "half_up",
    "threshold_amount": "net",
    "free_shipping_amount": "net",
    "freight_combination": "sum",
    "undeliverable": "exclude",
    "coupons_per_shop": 1,
    "coupons_platform": 1,
    "coupons_freight": 1,
    "exclusions": [],
    "round_total": None,
}
VALUES = {
    "rounding": ["half_up", "half_even", "half_down", "down", "up"],
    "threshold_amount": ["net", "goods"],
    "free_shipping_amount": ["net", "shop_net", "goods"],
    "freight_combination": ["sum", "highest_first", "max"],
    "undeliverable": ["exclude", "block"],
    "coupons_per_shop": [0, 1, 5],
    "coupons_platform": [0, 1, 5],
    "coupons_freight": [0, 1, 5],
    "exclusions": [[], [["coupons", "points"]]],
    "round_total": [None, {"unit": "0.10 CNY", "mode": "down"}, {"unit": "1.00 CNY", "mode": "half_up"}],
}


def shown(policy):
    """The fields of the contract, as the wire has them."""
    return {field: value for field, value in policy.model_dump(mode="json").items() if field in DEFAULTS}


def test_every_field_has_the_default_of_the_contract():
    """The default comes first in the contract's table."""
    assert shown(Policy()) == DEFAULTS


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in VALUES for value in VALUES[field]])
def test_every_value_of_the_contract_is_accepted(field, value):
    """Each value is taken and written as it was read."""
    assert shown(Policy(**{field: value})) == DEFAULTS | {field: value}


WRONG = [
    *((field, "other", "choice.unknown") for field, values in VALUES.items() if isinstance(values[0], str)),
    *((field, None, "choice.unknown") for field, values in VALUES.items() if isinstance(values[0], str)),
    ("coupons_per_shop", -1, "integer.range"),
    ("coupons_platform", 1.0, "integer.type"),
    ("coupons_freight", None, "integer.type"),
    ("exclusions", "coupons", "list.type"),
    ("exclusions", [["coupons"]], "choice.unknown"),
    ("exclusions", [["coupons", "coupons"]], "choice.unknown"),
    ("exclusions", [["coupons", 5]], "choice.unknown"),
    ("exclusions", ["points"], "list.type"),
    ("round_total", "0.10 CNY", "object.type"),
    ("tax", "included", "field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG)
def test_a_wrong_field_of_the_policy_is_named(field, value, code):
    """Anything else is refused at its place."""
    [(place, found)] = problems(lambda: Policy(**{field: value}))
    assert found == code
    assert place.partition("[")[0] == field


def test_exclusions_may_name_the_pair_either_way_round():
    """["points", "coupons"] is the same pair."""
    assert Policy(exclusions=[["points", "coupons"]]) == Policy(exclusions=[["coupons", "points"]])
    assert Policy(exclusions=[["points", "coupons"]]).excludes_points_with_coupons
    assert not Policy().excludes_points_with_coupons


def test_the_unit_of_the_total_is_above_zero():
    """A unit of 0 has no multiples; the mode is one of three."""
    assert problems(lambda: RoundTotal(unit="0.00 CNY", mode="down")) == [("unit", "amount.zero")]
    assert problems(lambda: RoundTotal(unit="0.10 CNY", mode="half_even")) == [("mode", "choice.unknown")]
