"""The freight entries of tests/conformance/bad-inputs.json, by their ids."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, problems, result, settled
from settlement import FreightTemplate, Line, Zone
from settlement.freight.fees import fee_of


def by_weight(**fields):
    """A template by weight: 900 g for 8.00 CNY, 2.00 CNY for each 100 g begun beyond."""
    zone = {
        "regions": ["CN/mainland"],
        "first": 900,
        "first_fee": "8.00 CNY",
        "additional": 100,
        "additional_fee": "2.00 CNY",
    }
    return {"id": "t1", "measure": "weight_g", "zones": [zone]} | fields


def freight_of(template, **line):
    """The freight of one such line, or None where it is left out."""
    document = result(a_checkout(a_line(freight_template="t1", **line)), a_rulebook(freight_templates=[template]))
    return None if document["excluded"] else document["totals"]["freight"]


@pytest.mark.parametrize("policy", [{}, {"undeliverable": "block"}])
def test_bi_118_a_region_that_no_rule_names_is_undeliverable_and_not_free(policy):
    """BI-118: no rule matches 拉萨: the line is left out as undeliverable; it is not shipped free."""
    guangdong = a_template()
    guangdong["zones"][0]["regions"] = ["440000"]
    checkout = a_checkout(a_line(freight_template="t1"), address={"region": "540102"})
    document = result(checkout, a_rulebook(freight_templates=[guangdong], policy=policy))
    assert document["excluded"] == [{"line": "a", "reason": "undeliverable"}]
    assert document["status"] == "blocked"
    assert document["parcels"] == []


def test_bi_118_a_template_without_zones_ships_nowhere():
    """BI-118: no zone at all is undeliverable everywhere, not free everywhere."""
    checkout = a_checkout(a_line(freight_template="t1"))
    settlement = settled(checkout, a_rulebook(freight_templates=[a_template(zones=[])]))
    assert [each.reason for each in settlement.excluded] == ["undeliverable"]


@pytest.mark.parametrize(
    ("weight", "quantity", "freight"),
    [
        (300, 3, "8.00 CNY"),  # 0.3 kg × 3 is 0.9 kg and not 0.8999999999999999 kg
        (899, 1, "8.00 CNY"),
        (900, 1, "8.00 CNY"),
        (901, 1, "10.00 CNY"),
        (1000, 1, "10.00 CNY"),
        (1001, 1, "12.00 CNY"),
        (300, "3.001", "10.00 CNY"),  # 900.3 g is above 900 g
        (100, "10.00", "10.00 CNY"),
    ],
)
def test_bi_119_a_weight_exactly_on_an_edge_belongs_below_it(weight, quantity, freight):
    """BI-119: weights are exact, and a band reaches up to and including its edge."""
    assert freight_of(by_weight(), weight_g=weight, quantity=quantity) == freight


@pytest.mark.parametrize(
    ("weight", "freight"), [(900, "8.00 CNY"), (901, "12.00 CNY"), (3000, "12.00 CNY"), (3001, "20.00 CNY")]
)
def test_bi_119_a_step_reaches_up_to_its_edge(weight, freight):
    """BI-119: a step table's edges belong to the step below as well."""
    template = by_weight()
    template["zones"][0]["steps"] = [{"up_to": 3000, "fee": "12.00 CNY"}, {"up_to": 9000, "fee": "20.00 CNY"}]
    assert freight_of(template, weight_g=weight) == freight


def test_bi_120_weight_zero_counts_nothing():
    """BI-120: a line of weight 0 is shipped, within the first weight."""
    assert freight_of(by_weight(), weight_g=0) == "8.00 CNY"
    assert freight_of(by_weight(), weight_g=0, quantity=1000) == "8.00 CNY"


def test_bi_120_a_negative_weight_is_an_error():
    """BI-120: a weight below 0 is refused at its place."""
    assert problems(lambda: Line.model_validate(a_line(weight_g=-1))) == [("weight_g", "integer.range")]


def test_bi_120_a_missing_weight_leaves_the_line_out():
    """BI-120: without its weight a line of a template by weight is left out; it is not taken for weightless."""
    checkout = a_checkout(a_line(freight_template="t1"))
    document = result(checkout, a_rulebook(freight_templates=[by_weight()]))
    assert document["excluded"] == [{"line": "a", "reason": "no_measure"}]


def test_bi_120_a_volumetric_divisor_of_zero_is_refused_at_load():
    """BI-120: dividing by 0 never comes up: the template is refused."""
    template = by_weight(volumetric_divisor=0)
    found = problems(lambda: FreightTemplate.model_validate(template))
    assert found == [("volumetric_divisor", "integer.range")]


def test_no_fee_is_made_of_floats():
    """The same sum as integers: 3 × 300 g is 900 g in the formula, too."""
    zone = Zone(regions=["*"], first=900, first_fee="8.00 CNY", additional=100, additional_fee="2.00 CNY")
    assert fee_of(zone, 3 * 300) == 800
