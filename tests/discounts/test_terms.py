"""Which lines an offer sees, whether it may apply, and in which order offers come (contract §4 and §7)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, decisions, result
from settlement import Cart, Coupon, Promotion
from settlement.cart.columns import Basket
from settlement.discounts.terms import OfferIndex, Terms, lines_in_scope

LINES = [
    a_line("a", shop="s1", sku="k1", categories=["tea", "green"]),
    a_line("b", shop="s1", sku="k2", categories=["tea"]),
    a_line("c", shop="s2", sku="k1", categories=["cups"]),
    a_line("d", shop="s2", sku="k3"),
]
SCOPES = [
    ("platform", None, "abcd"),
    ("s1", None, "ab"),
    ("s9", None, ""),
    ("platform", {"skus": ["k1"]}, "ac"),
    ("s1", {"skus": ["k1"]}, "a"),
    ("platform", {"categories": ["tea"]}, "ab"),
    ("platform", {"categories": ["cups", "green"]}, "ac"),
    ("platform", {"shops": ["s2"]}, "cd"),
    ("s1", {"shops": ["s2"]}, ""),
    ("platform", {"exclude_skus": ["k1"]}, "bd"),
    ("platform", {"exclude_categories": ["tea"]}, "cd"),
    ("platform", {"categories": ["tea"], "exclude_categories": ["green"]}, "b"),
    ("platform", {"skus": ["k1"], "exclude_skus": ["k1"]}, ""),
    ("platform", {"skus": ["k1", "k3"], "shops": ["s2"], "exclude_categories": ["cups"]}, "d"),
]


@pytest.mark.parametrize(("issuer", "scope", "expected"), SCOPES)
def test_a_scope_sees_the_lines_that_all_its_lists_allow(issuer, scope, expected):
    """An absent list does not restrict; a shop's offer sees only that shop's lines."""
    basket = Basket(Cart(currency="CNY", lines=LINES).lines, "CNY")
    offer = Promotion(**an_offer(issuer=issuer) | ({} if scope is None else {"scope": scope}))
    lines = lines_in_scope(Terms(offer, coupon=False), basket)
    assert "".join(basket.ids[line] for line in lines) == expected


@given(st.data())
def test_a_scope_sees_on_a_long_cart_what_its_lists_say(data):
    """Few keys are looked up, of many each line is; a few that are left out are taken out one by one."""
    rng = random.Random(data.draw(st.integers(0, 99)))
    lines = [
        a_line(f"l{at:03d}", shop=f"s{at % 3}", sku=f"k{at}", categories=[f"c{rng.randint(0, 4)}"]) for at in range(200)
    ]
    basket = Basket(Cart(currency="CNY", lines=lines).lines, "CNY")
    some = {
        name: data.draw(st.sampled_from([None, *sizes]))
        for name, sizes in {"skus": (1, 20, 40, 150), "exclude_skus": (1, 2, 3, 4, 90)}.items()
    }
    scope = {name: [f"k{at}" for at in rng.sample(range(220), size)] for name, size in some.items() if size}
    if data.draw(st.booleans()):
        scope["exclude_categories"] = ["c1"]
    issuer = data.draw(st.sampled_from(["platform", "s1"]))
    offer = Promotion(**an_offer(issuer=issuer, scope=scope))
    expected = [
        at
        for at, line in enumerate(lines)
        if issuer in ("platform", line["shop"])
        and line["sku"] in scope.get("skus", [line["sku"]])
        and line["sku"] not in scope.get("exclude_skus", ())
        and line["categories"][0] not in scope.get("exclude_categories", ())
    ]
    assert list(lines_in_scope(Terms(offer, coupon=False), basket)) == expected


def test_the_index_finds_every_offer_that_touches_the_basket():
    """Looking an offer up by what its scope names gives the same as asking every offer."""
    rng = random.Random(7)
    basket = Basket(Cart(currency="CNY", lines=LINES).lines, "CNY")
    offers = []
    for number in range(300):
        scope = {
            name: rng.sample(values, rng.randint(1, 2))
            for name, values in (
                ("skus", ["k1", "k2", "k9"]),
                ("categories", ["tea", "cups", "none"]),
                ("shops", ["s1", "s2", "s9"]),
                ("exclude_skus", ["k1", "k3"]),
            )
            if rng.random() < 0.4
        }
        issuer = rng.choice(["platform", "s1", "s9"])
        offers.append(Terms(Promotion(**an_offer(f"p{number}", issuer=issuer, scope=scope)), coupon=False))
    touching = {terms.id for terms in offers if lines_in_scope(terms, basket)}
    found = [terms for terms in OfferIndex(offers).touching(basket) if lines_in_scope(terms, basket)]
    assert {terms.id for terms in found} == touching
    assert 50 < len(touching) < 250
    assert found == sorted(found, key=lambda terms: (terms.number, terms.key))


NUMBERS = [
    (Promotion, {"stage": "item"}, 1),
    (Promotion, {"issuer": "s1", "stage": "item"}, 1),
    (Promotion, {"issuer": "s1"}, 2),
    (Promotion, {}, 3),
    (Coupon, {"issuer": "s1"}, 4),
    (Coupon, {}, 5),
    (Promotion, {"tiers": [{"benefit": {"type": "freight_off"}}], "stage": "item"}, 7),
    (Coupon, {"tiers": [{"benefit": {"type": "freight_off"}}], "issuer": "s1"}, 7),
]


@pytest.mark.parametrize(("kind", "fields", "number"), NUMBERS)
def test_every_offer_has_its_number(kind, fields, number):
    """Item, shop and platform promotions, shop and platform coupons, freight offers."""
    assert Terms(kind(**an_offer() | fields), coupon=kind is Coupon).number == number


REFUSED = [
    ({"valid_from": "2026-11-11T00:00:01+08:00"}, {}, "not_started"),
    ({"valid_until": "2026-11-11T00:00:00+08:00"}, {}, "expired"),
    ({"levels": ["gold"]}, {}, "wrong_level"),
    ({"levels": ["gold"]}, {"level": "silver"}, "wrong_level"),
    ({"levels": ["gold", "silver"]}, {"level": "silver"}, "applied"),
    ({"new_customers_only": True}, {}, "not_new_customer"),
    ({"new_customers_only": True}, {"new": True}, "applied"),
    # the first reason that holds
    ({"valid_from": "2027-01-01T00:00:00Z", "levels": ["gold"], "new_customers_only": True}, {}, "not_started"),
    ({"levels": ["gold"], "new_customers_only": True}, {}, "wrong_level"),
]


@pytest.mark.parametrize("kind", ["promotions", "coupons"])
@pytest.mark.parametrize(("fields", "customer", "reason"), REFUSED)
def test_an_offer_is_refused_with_the_first_reason(kind, fields, customer, reason):
    """Instant, level and newness are asked in this order, of promotions and coupons alike."""
    book = a_rulebook(**{kind: [an_offer("o1", **fields)]})
    for choice in ("best", ["o1"]):
        checkout = a_checkout(customer={"coupons": ["o1"]} | customer, choice={"coupons": choice})
        if kind == "promotions":
            checkout["customer"] = customer
            checkout["choice"] = {}
        assert decisions(result(checkout, book)) == {"o1": reason}


def tiered(*pairs):
    """Tiers of (min_amount, amount off)."""
    return [
        {"min_amount": f"{least}.00 CNY", "benefit": {"type": "amount_off", "amount": f"{off}.00 CNY"}}
        for least, off in pairs
    ]


@pytest.mark.parametrize(
    ("price", "promotions"), [("9.99", "0.00"), ("10.00", "-1.00"), ("19.99", "-1.00"), ("20.00", "-5.00")]
)
def test_of_the_satisfied_tiers_the_last_applies(price, promotions):
    """Below the first none does, and the shortfall to the first is told."""
    book = a_rulebook(promotions=[an_offer(tiers=tiered((10, 1), (20, 5)))])
    document = result(a_checkout(a_line(price=price)), book)
    assert document["totals"]["promotions"] == f"{promotions} CNY"
    [decision] = document["decisions"]
    assert decision.get("shortfall") == ("0.01 CNY" if price == "9.99" else None)


def test_a_quantity_short_is_told_as_a_quantity():
    """below_quantity has the pieces that are missing; where both conditions fail, the amount comes first."""
    tiers = [{"min_quantity": "2.5", "benefit": {"type": "percent_off", "percent": "5"}}]
    document = result(a_checkout(), a_rulebook(promotions=[an_offer(tiers=tiers)]))
    assert document["decisions"][0]["reason"] == "below_quantity"
    assert document["decisions"][0]["shortfall"] == "1.5"
    tiers[0]["min_amount"] = "10.01 CNY"
    document = result(a_checkout(), a_rulebook(promotions=[an_offer(tiers=tiers)]))
    assert (document["decisions"][0]["reason"], document["decisions"][0]["shortfall"]) == ("below_amount", "0.01 CNY")


@pytest.mark.parametrize(("basis", "reason"), [("net", "below_amount"), ("goods", "applied")])
def test_thresholds_look_at_what_the_policy_says(basis, reason):
    """After 1.00 off, a threshold of 10.00 fails on the net and holds on the goods."""
    offers = [an_offer("p1", priority=1), an_offer("p2", tiers=tiered((10, 2)))]
    document = result(a_checkout(), a_rulebook(promotions=offers, policy={"threshold_amount": basis}))
    assert decisions(document) == {"p1": "applied", "p2": reason}


def test_within_a_number_priority_decides_then_the_smaller_id():
    """Each offer works on the net that the one before left."""
    half = {"type": "percent_off", "percent": "50"}
    offers = [
        an_offer("p3", half),
        an_offer("p2", {"type": "amount_off", "amount": "2.00 CNY"}),
        an_offer("p9", half, priority=1),
    ]
    document = result(a_checkout(), a_rulebook(promotions=offers))
    assert [(row["rule"], row["amount"]) for row in document["adjustments"]] == [
        ("p9", "-5.00 CNY"),
        ("p2", "-2.00 CNY"),
        ("p3", "-1.50 CNY"),
    ]


def test_an_exclusive_promotion_shares_no_line_with_its_number():
    """It sees only lines that no earlier one discounted, and its own leave the scope of later ones in its number."""
    book = a_rulebook(
        promotions=[
            an_offer("p1", scope={"skus": ["k1"]}, priority=2),
            an_offer("p2", exclusive=True, priority=1),
            an_offer("p3"),
            an_offer("p4", issuer="s2"),
        ]
    )
    document = result(a_checkout(*LINES), book)
    shares = {row["rule"]: sorted(row["shares"]) for row in document["adjustments"]}
    assert shares == {"p1": ["a", "c"], "p2": ["b", "d"], "p3": ["a", "c"], "p4": ["c", "d"]}
    alone = a_rulebook(promotions=[an_offer("p1", priority=1), an_offer("p2", exclusive=True)])
    assert decisions(result(a_checkout(), alone)) == {"p1": "applied", "p2": "exclusive"}


def test_a_promotion_may_keep_coupons_away():
    """Lines that it discounts leave every coupon's scope; a coupon with no line left has nothing in scope."""
    book = a_rulebook(
        promotions=[an_offer("p1", scope={"skus": ["k1"]}, coupons_allowed=False)],
        coupons=[an_offer("c1"), an_offer("c2", scope={"skus": ["k1"]})],
        policy={"coupons_platform": 2},
    )
    document = result(a_checkout(*LINES, customer={"coupons": ["c1", "c2"]}), book)
    assert decisions(document) == {"p1": "applied", "c1": "applied", "c2": "nothing_in_scope"}
    [coupon] = [row for row in document["adjustments"] if row["rule"] == "c1"]
    assert sorted(coupon["shares"]) == ["b", "d"]


def test_a_freight_offer_takes_from_freight_and_surcharges():
    """It spreads over what is left of both, measures its threshold on goods, and is at most what there is."""
    template = a_template(surcharges=[{"regions": ["440000"], "fee": "4.00 CNY", "per": "parcel"}])
    lines = [a_line("a", freight_template="t1"), a_line("b", price="20.00", freight_template="t1")]
    for amount, expected in (("6.00 CNY", "-6.00 CNY"), ("99.00 CNY", "-14.00 CNY"), (None, "-14.00 CNY")):
        benefit = {"type": "freight_off"} | ({} if amount is None else {"amount": amount})
        tiers = [{"min_amount": "30.00 CNY", "benefit": benefit}]
        book = a_rulebook(freight_templates=[template], promotions=[an_offer(tiers=tiers)])
        document = result(a_checkout(*lines), book)
        assert document["totals"]["freight_offers"] == expected
        assert document["adjustments"][-1]["stage"] == "freight_promotion"
    pending = result(a_checkout(*lines, address=None), book)
    assert (pending["status"], decisions(pending)) == ("pending", {"p1": "address_needed"})
