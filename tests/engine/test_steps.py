"""Coupons at their turn, the payment fee and the rounding of the total (contract §4 and §6)."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, decisions, everything, result
from settlement.receipts.columns import STAGES


def test_adjustments_stand_in_the_order_in_which_they_are_made():
    """The twelve stages come in the contract's order, freight then surcharge parcel by parcel."""
    stages = [row["stage"] for row in result(*everything())["adjustments"]]
    freight = [stage for stage in stages if stage in {"freight", "surcharge"}]
    assert freight == ["freight", "surcharge"] * 2
    rest = [STAGES.index(stage) for stage in stages if stage not in {"freight", "surcharge"}]
    assert rest == sorted(rest)


def held(*coupons, choice, **policy):
    """Decisions over 100.00 of goods of s1 and as much of s2, with these coupons held."""
    lines = [a_line("a", "100.00"), a_line("b", "100.00", shop="s2")]
    checkout = a_checkout(*lines, customer={"coupons": [each["id"] for each in coupons]}, choice={"coupons": choice})
    return result(checkout, a_rulebook(coupons=list(coupons), policy=policy))


def test_a_list_keeps_the_counts_of_the_policy():
    """Past a count, by priority and then id, a coupon is refused; one without effect uses up none."""
    coupons = [
        an_offer("a1", issuer="s1"),
        an_offer("a2", issuer="s1"),
        an_offer("b1", issuer="s2"),
        an_offer("c1", tiers=[{"min_amount": "999.00 CNY", "benefit": {"type": "percent_off", "percent": "5"}}]),
        an_offer("c2"),
        an_offer("c3", priority=1),
    ]
    document = held(*coupons, choice=["c2", "c1", "c3", "a2", "a1", "b1"])
    assert decisions(document) == {
        "a1": "applied",
        "a2": "limit_reached",
        "b1": "applied",
        "c1": "limit_reached",
        "c2": "limit_reached",
        "c3": "applied",
    }
    roomy = held(*coupons, choice=["c1", "c2"], coupons_platform=1)
    assert (decisions(roomy)["c1"], decisions(roomy)["c2"]) == ("below_amount", "applied")
    none = held(*coupons, choice=["a1", "c2"], coupons_per_shop=0, coupons_platform=0)
    assert set(decisions(none).values()) == {"limit_reached", "not_chosen"}


def test_an_exclusive_coupon_is_used_alone():
    """After another that applied it is refused, and after it everything is."""
    first = an_offer("a1", issuer="s1", exclusive=True)
    assert decisions(held(first, an_offer("c1"), choice=["a1", "c1"])) == {"a1": "applied", "c1": "exclusive"}
    last = an_offer("c1", exclusive=True)
    assert decisions(held(an_offer("a1", issuer="s1"), last, choice=["a1", "c1"])) == {
        "a1": "applied",
        "c1": "exclusive",
    }


def test_a_chosen_coupon_must_be_held():
    """What the customer does not hold is not_held, what nobody knows is unknown, the rest is not_chosen."""
    book = a_rulebook(coupons=[an_offer("c1"), an_offer("c2")])
    checkout = a_checkout(customer={"coupons": ["c2"]}, choice={"coupons": ["c1", "c9"]})
    assert decisions(result(checkout, book)) == {"c1": "not_held", "c2": "not_chosen", "c9": "unknown"}


def test_best_prefers_fewer_coupons_then_those_that_expire_first_then_the_smaller_id():
    """The ties of equal cost and payable."""
    same = [an_offer("c2"), an_offer("c1"), an_offer("c3", valid_until="2026-12-01T00:00:00Z")]
    assert decisions(held(*same, choice="best")) == {"c1": "limit_reached", "c2": "limit_reached", "c3": "applied"}
    assert decisions(held(*same[:2], choice="best")) == {"c1": "applied", "c2": "limit_reached"}
    # A shop coupon that brings a percentage coupon's gain to nothing is not used beside it for its own sake.
    whole = {"type": "percent_off", "percent": "100"}
    assert decisions(held(an_offer("a1", issuer="s1"), an_offer("c1", whole), choice="best")) == {
        "a1": "no_effect",
        "c1": "applied",
    }


def test_best_prefers_more_gifts():
    """Of equal cost and payable the set with more gifts wins."""
    gifts = [an_offer(name, {"type": "gift", "sku": "mug", "quantity": n}) for name, n in (("c1", 1), ("c2", 2))]
    document = held(*gifts, choice="best")
    assert document["gifts"] == [{"rule": "c2", "sku": "mug", "quantity": 2}]


FEES = [
    ({"percent": "0.6"}, "0.06 CNY"),
    ({"percent": "0.6", "min": "0.10 CNY"}, "0.10 CNY"),
    ({"percent": "50", "max": "1.00 CNY"}, "1.00 CNY"),
    ({"fixed": "0.50 CNY"}, "0.50 CNY"),
    ({"fixed": "0.50 CNY", "borne_by": "merchant"}, "0.00 CNY"),
    ({}, "0.00 CNY"),
]


@pytest.mark.parametrize(("terms", "fee"), FEES)
def test_the_buyer_pays_the_fee_that_the_buyer_bears(terms, fee):
    """A percentage of payable and a fixed part, within bounds; a merchant's fee is not the buyer's."""
    method = {"id": "card", "borne_by": "buyer"} | terms
    document = result(a_checkout(payment_method="card"), a_rulebook(payment_methods=[method]))
    assert document["totals"]["payment_fee"] == fee


def test_nothing_payable_costs_no_fee():
    """Where nothing is left to pay there is no fee and nothing to round."""
    book = a_rulebook(
        promotions=[an_offer(benefit={"type": "percent_off", "percent": "100"})],
        payment_methods=[{"id": "card", "fixed": "0.50 CNY", "borne_by": "buyer"}],
        policy={"round_total": {"unit": "1.00 CNY", "mode": "up"}},
    )
    document = result(a_checkout(payment_method="card"), book)
    assert document["totals"]["payable"] == "0.00 CNY"
    assert [row["stage"] for row in document["adjustments"]] == ["platform_promotion"]


ROUNDED = [
    ("9.99", "0.10 CNY", "down", "9.90"),
    ("9.99", "0.10 CNY", "up", "10.00"),
    ("9.95", "0.10 CNY", "half_up", "10.00"),
    ("9.94", "0.10 CNY", "half_up", "9.90"),
    ("9.90", "0.10 CNY", "up", "9.90"),
    ("0.04", "0.10 CNY", "down", "0.00"),
    ("9.99", "0.07 CNY", "down", "9.94"),
]


@pytest.mark.parametrize(("price", "unit", "mode", "payable"), ROUNDED)
def test_the_total_is_brought_to_a_multiple(price, unit, mode, payable):
    """Down, half up or up; the difference is an adjustment of its own, over the lines' payable."""
    book = a_rulebook(policy={"round_total": {"unit": unit, "mode": mode}})
    document = result(a_checkout(a_line(price=price)), book)
    assert document["totals"]["payable"] == f"{payable} CNY"
    stages = [(row["stage"], row["rule"]) for row in document["adjustments"]]
    assert stages == ([] if price == payable else [("rounding", "round_total")])


def test_thresholds_of_coupons_see_what_earlier_coupons_left():
    """Shop coupons come first: a platform coupon's threshold on the net may fail because of one, on goods it holds."""
    far = an_offer("c1", tiers=[{"min_amount": "200.00 CNY", "benefit": {"type": "percent_off", "percent": "5"}}])
    near = an_offer("a1", issuer="s1")
    assert decisions(held(near, far, choice=["a1", "c1"])) == {"a1": "applied", "c1": "below_amount"}
    on_goods = held(near, far, choice=["a1", "c1"], threshold_amount="goods")
    assert decisions(on_goods) == {"a1": "applied", "c1": "applied"}


def test_freight_coupons_come_after_freight_promotions():
    """Each takes from what the one before left, never more than there is."""
    freight = {"type": "freight_off", "amount": "5.00 CNY"}
    book = a_rulebook(
        freight_templates=[a_template()], promotions=[an_offer("p1", freight)], coupons=[an_offer("c1", freight)]
    )
    checkout = a_checkout(a_line(freight_template="t1"), customer={"coupons": ["c1"]})
    document = result(checkout, book)
    assert [(row["stage"], row["amount"]) for row in document["adjustments"]] == [
        ("freight", "8.00 CNY"),
        ("freight_promotion", "-5.00 CNY"),
        ("freight_coupon", "-3.00 CNY"),
    ]
