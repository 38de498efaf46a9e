"""Hints: what a little more brings, and that it comes true."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer
from settlement import Checkout, Line, Money, Rulebook, settle
from settlement.explanations.hint import hints

FREE_AT_99 = [{"min_amount": "99.00 CNY"}]


def asked(*lines, checkout=None, **rules):
    """The hints for these lines under these rules."""
    rules.setdefault("freight_templates", [a_template(free=FREE_AT_99)])
    document = a_checkout(*lines, **(checkout or {}))
    return hints(Checkout.model_validate(document), Rulebook.model_validate(a_rulebook(**rules)))


def ships(name="a", price="93.00", **fields):
    """A line of template t1."""
    return a_line(name, price, freight_template="t1", **fields)


def test_what_is_missing_and_what_it_saves():
    """93.00 and 8.00 of freight: 6.00 more makes 99.00 in all, 2.00 less than now; so it pays."""
    (hint,) = asked(ships())
    assert (hint.kind, hint.shop, hint.rule, hint.line) == ("free_shipping", "s1", "t1", None)
    assert hint.missing == hint.adds == Money("6.00 CNY")
    assert (hint.saves, hint.pays, hint.payable) == (Money("8.00 CNY"), True, Money("99.00 CNY"))


@pytest.mark.parametrize(("price", "pays"), [("91.01", True), ("91.00", True), ("90.99", False), ("10.00", False)])
def test_whether_it_pays_turns_where_the_larger_order_costs_as_much(price, pays):
    """It pays as long as what is missing is no more than the freight."""
    (hint,) = asked(ships(price=price))
    assert hint.pays is pays
    assert hint.payable == Money("99.00 CNY")


def test_one_minor_unit_less_is_not_enough():
    """The hint names what is needed: a cent below it freight is still due."""
    (hint,) = asked(ships())
    for missing, fee in ((hint.missing, "0.00 CNY"), (hint.missing - Money("0.01 CNY"), "8.00 CNY")):
        larger = a_checkout(ships(), ships("more", str(missing.amount), free_shipping=True))
        rules = a_rulebook(freight_templates=[a_template(free=FREE_AT_99)])
        settlement = settle(Checkout.model_validate(larger), Rulebook.model_validate(rules))
        assert str(settlement.totals.freight) == fee


def test_what_an_offer_takes_from_the_addition_is_asked_for_on_top():
    """With half price on everything 93.00 counts 46.50: what is missing at the till is 105.00 of goods, not 52.50."""
    half = an_offer(benefit={"type": "percent_off", "percent": "50"})
    (hint,) = asked(ships(), promotions=[half])
    assert hint.missing == Money("105.00 CNY")
    assert hint.payable == Money("99.00 CNY")


@pytest.mark.parametrize(("basis", "missing"), [("net", "16.00 CNY"), ("shop_net", "6.00 CNY"), ("goods", "6.00 CNY")])
def test_the_amount_is_that_of_the_policy(basis, missing):
    """A platform coupon of 10.00 counts against the threshold, or does not, as the policy says."""
    coupon = an_offer("c1", {"type": "amount_off", "amount": "10.00 CNY"})
    (hint,) = asked(
        ships(),
        checkout={"customer": {"coupons": ["c1"]}},
        coupons=[coupon],
        policy={"free_shipping_amount": basis},
    )
    assert str(hint.missing) == missing


def test_missing_pieces_are_more_of_the_cheapest_line_that_can_be_had():
    """Free from 5 pieces: 2 more of the cheapest line; where its stock ends, of the next."""
    templates = [a_template(free=[{"min_quantity": 5}])]
    cheap, dear = ships("cheap", "1.00", sku="k1"), ships("dear", "5.00", sku="k2", quantity=2)
    (hint,) = asked(cheap, dear, freight_templates=templates)
    assert (hint.missing, hint.line, hint.adds) == (2, "cheap", Money("2.00 CNY"))
    (hint,) = asked(cheap | {"stock": 2}, dear, freight_templates=templates)
    assert (hint.missing, hint.line, hint.adds) == (2, "dear", Money("10.00 CNY"))
    assert asked(cheap | {"stock": 1}, dear | {"stock": 2}, freight_templates=templates) == ()


def test_an_entry_of_both_conditions_needs_both():
    """3 pieces and 20.00: one more piece of 5.00 makes 15.00, so it takes two."""
    (hint,) = asked(
        ships(price="5.00", quantity=2),
        freight_templates=[a_template(free=[{"min_quantity": 3, "min_amount": "20.00 CNY"}])],
    )
    assert (hint.missing, hint.adds) == (2, Money("10.00 CNY"))


def test_the_smallest_addition_comes_first():
    """Two shops and a coupon, in the order of what has to be added."""
    found = asked(
        ships("a", "60.00"),
        ships("b", "95.00", shop="s2"),
        checkout={"customer": {"coupons": ["c1"]}},
        coupons=[
            {
                "id": "c1",
                "issuer": "s1",
                "tiers": [{"min_amount": "80.00 CNY", "benefit": {"type": "amount_off", "amount": "30.00 CNY"}}],
            }
        ],
    )
    rows = [(hint.kind, hint.shop, hint.rule, str(hint.missing)) for hint in found]
    assert rows[:2] == [("free_shipping", "s2", "t1", "4.00 CNY"), ("offer", "s1", "c1", "20.00 CNY")]
    assert [hint.adds for hint in found] == sorted(hint.adds for hint in found)


@pytest.mark.parametrize(
    ("tier", "missing", "line"),
    [
        ({"min_amount": "100.00 CNY"}, "7.00 CNY", None),
        ({"min_quantity": 3}, "2", "a"),
    ],
)
def test_an_offer_that_a_little_more_unlocks(tier, missing, line):
    """Refused below its threshold, the offer applies to the larger cart: 10.00 off."""
    offer = an_offer("p1")
    offer["tiers"] = [tier | {"benefit": {"type": "amount_off", "amount": "10.00 CNY"}}]
    (hint,) = asked(a_line("a", "93.00"), promotions=[offer])
    assert (hint.kind, hint.rule, hint.shop, str(hint.missing), hint.line) == ("offer", "p1", None, missing, line)
    assert hint.saves == Money("10.00 CNY")
    assert hint.pays is (line is None)


def test_an_offer_for_one_sku_is_tried_with_that_sku():
    """An article of another sku would not count towards it."""
    offer = an_offer("p1", scope={"skus": ["k"]})
    offer["tiers"][0]["min_amount"] = "100.00 CNY"
    (hint,) = asked(a_line("a", "93.00"), promotions=[offer])
    assert str(hint.missing) == "7.00 CNY"


def test_a_hint_that_would_not_come_true_is_not_given():
    """Too many units for the entry already; no address; freight that is free or nought; nothing in the cart."""
    too_many = [a_template(free=[{"min_amount": "99.00 CNY", "max_units": 1}])]
    assert asked(ships(price="10.00", quantity=2), freight_templates=too_many) == ()
    assert asked(ships(), checkout={"address": None}) == ()
    assert asked(ships(price="99.00")) == ()
    assert asked(ships(), freight_templates=[a_template(fee="0.00", free=FREE_AT_99)]) == ()
    assert asked(ships(selected=False)) == ()


def test_points_are_the_buyers_money_too():
    """Paying the addition with points does not make it pay."""
    (hint,) = asked(
        ships(price="50.00"),
        checkout={"customer": {"points": 100_000}, "choice": {"points": "max"}},
        points={"points": 100, "worth": "1.00 CNY"},
    )
    assert hint.adds == Money("49.00 CNY")
    assert (hint.saves, hint.pays) == (Money("8.00 CNY"), False)


def test_a_hint_reads_in_both_languages():
    """English and Chinese, with the reader's way of writing amounts."""
    (hint,) = asked(ships(shop="s1"))
    assert str(hint) == (
        "CN¥6.00 more at shop s1 makes the freight of t1 free; it saves CN¥8.00: CN¥99.00 in all, no more than now"
    )
    assert "¥6.00" in hint.text("zh_CN")
    assert hint.text("zh_CN") != hint.text()


@given(st.integers(0, 10**9))
def test_every_hint_comes_true(seed):
    """On random requests: the cart that a hint describes gets what the hint promises, at the price that it names."""
    request = random_request(random.Random(seed))
    checkout, rules = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
    now = settle(checkout, rules)
    for hint in hints(checkout, rules):
        candidates = [
            each
            for line in checkout.cart.lines
            if hint.line in {None, line.id}
            for each in larger(checkout, hint, line)
        ]
        assert hint.payable in {settle(each, rules).payable for each in candidates}
        if hint.kind == "free_shipping":
            key = (hint.shop, hint.rule)
            paid = [parcel for parcel in now.parcels if parcel[:2] == key and not parcel.free]
            assert paid
            assert any(
                len([p for p in settle(each, rules).parcels if p[:2] == key and not p.free]) < len(paid)
                for each in candidates
            )
        else:
            assert any(
                row.outcome == "applied"
                for each in candidates
                for row in settle(each, rules).decisions
                if row.rule == hint.rule
            )


def larger(checkout, hint, like):
    """The checkouts that a hint may describe: more of this line, or one more article like it, of its sku or another."""
    cart = checkout.cart
    if hint.line is not None:
        carts = [cart.with_quantity(like.id, like.quantity + hint.missing)]
    else:
        fields = like.model_dump(include={"shop", "categories", "freight_template", "warehouse", "warehouses"}) | {
            "id": "more",
            "quantity": 1,
            "unit_price": hint.missing,
            "weight_g": 0,
            "volume_cm3": 0,
        }
        carts = [cart.with_line(Line(**fields, sku=sku, free_shipping=True)) for sku in (like.sku, "more")]
    return [checkout.model_copy(update={"cart": each}) for each in carts]


def next_larger(price, **fields):
    """Goods of this price with 10 off 100 and 50 off 300 held, of which one may be used."""
    coupons = [
        an_offer(name, tiers=[{"min_amount": least, "benefit": {"type": "amount_off", "amount": amount}}])
        for name, amount, least in (("small", "10.00 CNY", "100.00 CNY"), ("large", "50.00 CNY", "300.00 CNY"))
    ]
    customer = {"customer": {"coupons": ["small", "large"]}} | fields
    return asked(a_line(price=price), checkout=customer, coupons=coupons, freight_templates=[])


def test_the_next_larger_coupon_is_named_behind_the_one_in_use():
    """10 off 100 is used, so 50 off 300 is refused by the count; 30.00 more makes it the better one, 10.00 cheaper."""
    (hint,) = next_larger("270.00")
    assert (hint.rule, hint.missing, hint.saves, hint.pays) == ("large", Money("30.00 CNY"), Money("40.00 CNY"), True)
    assert hint.payable == Money("250.00 CNY")


def test_a_larger_coupon_that_would_not_be_chosen_is_not_named():
    """A list of coupons is the buyer's own choice; and a coupon that is worse even then is no hint."""
    assert next_larger("270.00", choice={"coupons": ["small"]}) == ()
    worse = [
        an_offer("good", {"type": "amount_off", "amount": "10.00 CNY"}),
        an_offer("bad", tiers=[{"min_amount": "99.00 CNY", "benefit": {"type": "amount_off", "amount": "5.00 CNY"}}]),
    ]
    customer = {"customer": {"coupons": ["good", "bad"]}}
    assert asked(a_line(price="90.00"), checkout=customer, coupons=worse, freight_templates=[]) == ()


def test_more_of_what_the_condition_looks_at():
    """Buy two of a, get b at half price: it is one more of a that is missing, not of b."""
    half = an_offer(
        tiers=[{"min_quantity": 2, "benefit": {"type": "percent_off", "percent": "50"}}],
        scope={"skus": ["b"]},
        condition_scope={"skus": ["a"]},
    )
    lines = [a_line("1", price="10.00", sku="a"), a_line("2", price="60.00", sku="b")]
    (hint,) = asked(*lines, promotions=[half], freight_templates=[])
    assert (hint.missing, hint.line, hint.saves) == (1, "1", Money("30.00 CNY"))
    assert asked(lines[1], promotions=[half], freight_templates=[]) == ()
