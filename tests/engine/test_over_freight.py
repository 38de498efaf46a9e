"""One coupon over goods and freight: goods first, then the freight of its lines."""

from __future__ import annotations

import json
import random
from itertools import combinations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, settled
from settlement import (
    Checkout,
    InvalidDocument,
    Money,
    RefundPolicy,
    Rulebook,
    Settlement,
    payout,
    refund,
    settle,
)
from settlement.explanations.story import explain
from settlement.receipts.text import receipt
from thorough import examples

FIVE = {"type": "amount_off", "amount": "5.00 CNY"}


def coupon(benefit=FIVE, **more):
    """A coupon of the platform that covers freight."""
    return an_offer("c", benefit, covers_freight=True) | more


def bought(*lines, coupons=None, fee="7.90 CNY", rules=None, **checkout):
    """A cart that is shipped for a fee, with the coupons held; back from JSON."""
    zone = {"regions": ["*"], "first": 100, "first_fee": fee, "additional": 1, "additional_fee": "0.00 CNY"}
    offers = [coupon()] if coupons is None else coupons
    book = a_rulebook(coupons=offers, freight_templates=[a_template(zones=[zone])], **(rules or {}))
    held = {"coupons": [each["id"] for each in offers]}
    made = settled(a_checkout(*lines, customer=held, **checkout), book)
    assert Settlement.from_json(made.to_json()) == made
    return made


def shipped(name="a", price="3.00", **more):
    """A line with freight."""
    return a_line(name, price, freight_template="t1", **more)


def taken(made):
    """Rule, stage and amount of what coupons took."""
    return [(each.rule, each.stage, str(each.amount)) for each in made.adjustments if "coupon" in each.stage]


def test_what_goods_leave_of_an_amount_is_taken_off_freight():
    """3.00 of goods and 7.90 of freight less 5.00 are 5.90; it is redeemed once, and bears its name twice."""
    made = bought(shipped(), coupons=[coupon(name="Five off")])
    assert str(made.payable) == "5.90 CNY"
    assert taken(made) == [("c", "platform_coupon", "-3.00 CNY"), ("c#freight", "freight_coupon", "-2.00 CNY")]
    assert [(each.kind, each.id) for each in made.redemptions] == [("coupon", "c")]
    assert str(receipt(made)).count("Five off") >= 2
    assert {step.rule for step in explain(made, rule="c#freight").steps if step.rule} <= {"c#freight"}
    assert made.optimal


def test_goods_that_take_all_of_it_leave_freight_alone():
    """No second row, and nothing where there is no freight or no address yet."""
    assert [rule for rule, _, _ in taken(bought(shipped(price="9.00")))] == ["c"]
    assert [rule for rule, _, _ in taken(bought(shipped(), fee="0.00 CNY"))] == ["c"]
    assert [rule for rule, _, _ in taken(bought(shipped(), address=None))] == ["c"]


def test_a_percentage_is_taken_of_both():
    """20 % of 3.00, and 20 % of 7.90."""
    made = bought(shipped(), coupons=[coupon({"type": "percent_off", "percent": "20"})])
    assert taken(made) == [("c", "platform_coupon", "-0.60 CNY"), ("c#freight", "freight_coupon", "-1.58 CNY")]


def test_only_the_freight_of_its_lines():
    """A coupon for one sku takes off that line's part of the freight."""
    made = bought(shipped("a", sku="k1"), shipped("b", sku="k2"), coupons=[coupon(scope={"skus": ["k1"]})])
    assert {each.rule: sorted(each.shares) for each in made.adjustments if "coupon" in each.stage} == {
        "c": ["a"],
        "c#freight": ["a"],
    }
    assert str(made.line("a").payable) == "1.95 CNY"


def refused(book):
    """The codes of what is wrong with rules."""
    with pytest.raises(InvalidDocument) as caught:
        Rulebook.model_validate(book)
    return {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    "more",
    [
        coupon({"type": "gift", "sku": "mug", "quantity": 1}),
        coupon({"type": "percent_off", "percent": "20", "max_units": 1}),
        coupon(budget="100.00 CNY"),
    ],
)
def test_what_can_not_go_on_is_refused(more):
    """Another benefit, a bound on units, a budget."""
    assert "coupon.over_freight" in refused(a_rulebook(coupons=[more]))


def test_no_other_offer_is_called_as_its_part():
    """`c#freight` names what it takes off freight."""
    clash = a_rulebook(coupons=[coupon(), an_offer("c#freight", FIVE)])
    assert refused(clash) == {"id.duplicate"}


def test_it_comes_back_once_goods_and_freight_did():
    """The coupon is given back with the last of both; every cent is somebody's."""
    made = bought(shipped("a"), shipped("b"))
    policy = RefundPolicy(coupons="return")
    first = refund(made, {"a": 1}, freight="return", policy=policy)
    second = refund(made, {"b": 1}, [first], freight="return", policy=policy)
    assert (first.coupons, second.coupons) == ((), ("c",))
    assert first.cash.minor + second.cash.minor == made.payable.minor
    due = payout(made, refunds=[first, second])
    assert {each.net.minor for each in due.shops} | {due.platform.net.minor} == {0}


def test_best_is_beaten_by_no_set():
    """Random carts with coupons on goods, on freight and over both, against every set of them."""
    rng, used = random.Random(13), 0
    for _ in range(examples(60)):
        lines = [
            shipped(name, f"{rng.randint(0, 900) / 100:.2f}", sku=rng.choice("xy"), shop=rng.choice(["s1", "s2"]))
            for name in "abc"[: rng.randint(1, 3)]
        ]
        kinds = [FIVE, {"type": "percent_off", "percent": "30"}, {"type": "freight_off", "amount": "3.00 CNY"}]
        offers = []
        for number in range(rng.randint(1, 4)):
            benefit = rng.choice(kinds)
            offer = an_offer(f"c{number}", benefit, issuer=rng.choice(["platform", "s1"]))
            if benefit["type"] != "freight_off" and rng.random() < 0.6:
                offer["covers_freight"] = True
            offers.append(offer)
        policy = {"coupons_platform": rng.randint(1, 2), "coupons_per_shop": 1, "coupons_freight": rng.randint(0, 1)}
        made = bought(*lines, coupons=offers, rules={"policy": policy})
        used += any(rule.endswith("#freight") for rule, _, _ in taken(made))
        assert made.optimal
        for size in range(len(offers) + 1):
            for chosen in combinations([each["id"] for each in offers], size):
                listed = bought(*lines, coupons=offers, rules={"policy": policy}, choice={"coupons": list(chosen)})
                assert made.payable.minor <= listed.payable.minor
    assert used > 5


def test_it_enters_the_digest_where_it_is_used():
    """Spelled out as false a coupon keeps its digest."""
    plain = an_offer("c", FIVE)
    said = [plain, plain | {"covers_freight": False}, plain | {"covers_freight": True}]
    digests = [Rulebook.model_validate_json(json.dumps(a_rulebook(coupons=[each]))).digest for each in said]
    assert digests[0] == digests[1] != digests[2]
    checkout = Checkout.model_validate(a_checkout(a_line("a")))
    assert settle(checkout, Rulebook.model_validate(a_rulebook(coupons=[plain]))).payable >= Money("0.00 CNY")


def test_units_are_of_goods_alone():
    """A coupon that uses units up, or counts earlier ones, does so once: its part on freight knows of neither."""
    made = bought(shipped(), coupons=[coupon(consumes_units=True, counts_earlier=True)])
    assert taken(made) == [("c", "platform_coupon", "-3.00 CNY"), ("c#freight", "freight_coupon", "-2.00 CNY")]
    assert [(each.kind, each.id, each.quantity) for each in made.redemptions] == [("coupon", "c", 1), ("units", "c", 1)]
