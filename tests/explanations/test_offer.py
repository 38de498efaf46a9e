"""Why and why not: the numbers of an explanation are those of settlements that were really made."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer
from settlement import Checkout, Money, Rulebook, settle
from settlement.explanations.hint import hints
from settlement.explanations.offer import explain_offer
from settlement.testing import requests
from thorough import examples


def off(amount, **tier):
    """One tier that takes an amount off."""
    return [{"benefit": {"type": "amount_off", "amount": f"{amount} CNY"}} | tier]


def explained(offer, checkout, **rules):
    """The explanation of an offer of plain documents."""
    return explain_offer(Checkout.model_validate(checkout), Rulebook.model_validate(a_rulebook(**rules)), offer)


def holding(*names, **fields):
    """A checkout of 100.00 with these coupons held."""
    return a_checkout(a_line(price="100.00"), customer={"coupons": list(names)}, **fields)


def test_an_offer_that_applied_with_its_numbers():
    """Its lines, what its threshold looked at, its tier, what it took off, and what the order costs without it."""
    promotion = an_offer("p1", tiers=off("10.00", min_amount="50.00 CNY"), scope={"skus": ["k"]})
    found = explained("p1", a_checkout(a_line(price="60.00"), a_line("b", sku="other")), promotions=[promotion])
    assert (found.kind, found.lines, found.amount) == ("promotion", ("a",), Money("-10.00 CNY"))
    assert (found.decision.facts["basis"], found.decision.facts["tier"]) == ("60.00 CNY", 1)
    assert (found.alternative.payable, found.alternative.more) == (Money("70.00 CNY"), Money("10.00 CNY"))


@pytest.mark.parametrize(("price", "freight"), [("3.00", "-2.00"), ("8.00", None)])
def test_a_coupon_over_goods_and_freight_says_both_parts(price, freight):
    """5.00 off 3.00 of goods and 7.90 of freight: in all, and what of it is off freight; one part alone as ever."""
    zone = {"regions": ["*"], "first": 100, "first_fee": "7.90 CNY"}
    off = an_offer("c", {"type": "amount_off", "amount": "5.00 CNY"}, covers_freight=True)
    found = explain_offer(
        Checkout.model_validate(a_checkout(a_line("a", price, freight_template="t1"), customer={"coupons": ["c"]})),
        Rulebook.model_validate(a_rulebook(coupons=[off], freight_templates=[a_template(zones=[zone])])),
        "c",
    )
    assert str(found.amount) == "-5.00 CNY"
    assert found.on_freight == (None if freight is None else Money(f"{freight} CNY"))
    told = str(found).splitlines()[0]
    both = "c: used, -CN¥5.00: -CN¥3.00 on goods, -CN¥2.00 on freight"
    assert told == (both if freight else "c: used, -CN¥5.00")


def test_an_offer_that_does_harm():
    """One yuan off loses free shipping worth 8.00: without it the order is 7.00 cheaper, and the text says so."""
    checkout = a_checkout(a_line(price="99.00", freight_template="t1"))
    templates = [a_template(free=[{"min_amount": "99.00 CNY"}])]
    found = explained("p1", checkout, promotions=[an_offer("p1")], freight_templates=templates)
    assert found.alternative.more == Money("-7.00 CNY")
    assert "dearer by CN¥7.00" in str(found)


def test_a_beaten_coupon_names_the_set_that_beat_it():
    """c (8 off) can't stand beside a (5 off), so a and b (5 + 4) win by 1.00: two shop coupons against one alone."""
    coupons = [
        an_offer("a", tiers=off("5.00"), issuer="s1"),
        an_offer("b", tiers=off("4.00")),
        an_offer("c", tiers=off("8.00"), exclusive=True),
    ]
    found = explained("c", holding("a", "b", "c"), coupons=coupons)
    assert found.decision.reason == "exclusive"
    assert found.by == found.chosen == ("a", "b")
    assert found.alternative.coupons == ("c",)
    assert (found.alternative.more, found.alternative.proven) == (Money("1.00 CNY"), True)


def test_a_twin_takes_the_place_of_a_coupon_that_is_taken_away():
    """Of two alike the other does the same: nothing is lost, and that is proven."""
    all_of_it = [{"benefit": {"type": "percent_off", "percent": "100"}, "min_amount": "30.00 CNY"}]
    coupons = [an_offer(name, tiers=all_of_it) for name in ("c0", "a_twin")]
    checkout = a_checkout(a_line(price="20.00"), a_line("b", "10.00"), customer={"coupons": ["c0", "a_twin"]})
    for name, other in (("c0", "a_twin"), ("a_twin", "c0")):
        found = explained(name, checkout, coupons=coupons)
        if found.decision.outcome == "applied":
            assert (found.alternative.coupons, found.alternative.proven) == ((other,), True)
            assert found.alternative.more == Money("0.00 CNY")


def test_the_best_company_of_a_beaten_coupon():
    """Forced in, the coupon keeps what may stand beside it: the shop's coupon stays, the platform's makes room."""
    coupons = [
        an_offer("shop", tiers=off("5.00"), issuer="s1"),
        an_offer("four", tiers=off("4.00")),
        an_offer("nine", tiers=off("9.00")),
    ]
    found = explained("four", holding("shop", "four", "nine"), coupons=coupons)
    assert (found.decision.reason, found.by) == ("limit_reached", ("nine",))
    assert set(found.alternative.coupons) == {"shop", "four"}
    assert (found.alternative.more, found.needs["at_most"]) == (Money("5.00 CNY"), "1")


def test_a_coupon_that_costs_more_than_it_brings():
    """Alone it would lose free shipping: `best` uses none, and forcing it in costs 3.00 more."""
    checkout = a_checkout(a_line(price="99.00", freight_template="t1"), customer={"coupons": ["five"]})
    templates = [a_template(free=[{"min_amount": "99.00 CNY"}])]
    found = explained("five", checkout, coupons=[an_offer("five", tiers=off("5.00"))], freight_templates=templates)
    assert (found.decision.reason, found.chosen, found.alternative.coupons) == ("not_best", (), ("five",))
    assert (found.alternative.more, found.alternative.proven) == (Money("3.00 CNY"), True)


def test_its_best_company_where_no_coupon_at_all_is_best():
    """Free shipping is worth 20.00, so none is used; forced in, the coupon is better off with the shop's beside it."""
    checkout = a_checkout(a_line(price="99.00", freight_template="t1"), customer={"coupons": ["five", "shop"]})
    templates = [a_template(fee="20.00", free=[{"min_amount": "99.00 CNY"}])]
    coupons = [an_offer("five", tiers=off("5.00")), an_offer("shop", tiers=off("6.00"), issuer="s1")]
    found = explained("five", checkout, coupons=coupons, freight_templates=templates)
    assert (found.chosen, set(found.alternative.coupons)) == ((), {"five", "shop"})
    assert (found.alternative.more, found.alternative.proven) == (Money("9.00 CNY"), True)


def test_a_coupon_that_a_list_left_out():
    """Beside a list the alternative may be the better one: it costs less than what was chosen."""
    coupons = [an_offer("one", tiers=off("1.00")), an_offer("nine", tiers=off("9.00"))]
    found = explained("nine", holding("one", "nine", choice={"coupons": ["one"]}), coupons=coupons)
    assert (found.decision.reason, found.alternative.more) == ("not_chosen", Money("-8.00 CNY"))
    assert "CN¥8.00 less than now" in str(found)


@pytest.mark.parametrize(
    ("offer", "reason", "needs"),
    [
        ({"valid_from": "2026-12-01T00:00:00+08:00"}, "not_started", {"valid_from": "2026-11-30T16:00:00Z"}),
        ({"valid_until": "2026-11-01T00:00:00+08:00"}, "expired", {"valid_until": "2026-10-31T16:00:00Z"}),
        ({"levels": ["gold", "black"]}, "wrong_level", {"levels": "gold, black"}),
        ({"new_customers_only": True}, "not_new_customer", {}),
        ({"scope": {"skus": ["other"]}}, "nothing_in_scope", {}),
        ({"tiers": off("1.00", min_amount="120.00 CNY")}, "below_amount", {"min_amount": "120.00 CNY"}),
        ({"tiers": off("1.00", min_quantity=3)}, "below_quantity", {"min_quantity": "3"}),
    ],
)
def test_a_refused_coupon_says_what_would_have_to_hold(offer, reason, needs):
    """Time, level, amount, quantity: in the words of the rulebook; no alternative, for none could be had."""
    found = explained("c1", holding("c1"), coupons=[an_offer("c1") | offer])
    assert (found.decision.reason, dict(found.needs), found.alternative) == (reason, needs, None)
    assert not set(needs) & set(re.findall(r"\w+", str(found)))
    for value in needs.values():  # amounts and instants as people write them
        assert value.split(" ")[0].replace("T", " ").replace(":00Z", " UTC") in str(found)


def test_what_took_the_lines_is_named():
    """An exclusive promotion before another; a promotion that lets no coupon in."""
    promotions = [
        an_offer("first", {"type": "percent_off", "percent": "10"}, exclusive=True, coupons_allowed=False, priority=1),
        an_offer("second"),
    ]
    rules = {"promotions": promotions, "coupons": [an_offer("c1")]}
    assert explained("second", holding("c1"), **rules).by == ("first",)
    found = explained("c1", holding("c1"), **rules)
    assert (found.decision.reason, found.by, found.lines) == ("nothing_in_scope", ("first",), ("a",))


def test_a_promotion_for_other_goods_and_an_offer_that_nobody_has():
    """The first has no decision and says so; the second is a LookupError; a coupon that is gone is `unknown`."""
    other = an_offer("p1", scope={"skus": ["other"]})
    found = explained("p1", holding("gone"), promotions=[other])
    assert (found.decision, found.lines, found.alternative) == (None, (), None)
    assert str(found) == "p1: no line of the cart is in its scope"
    assert explained("gone", holding("gone")).decision.reason == "unknown"
    with pytest.raises(LookupError, match="nobody"):
        explained("nobody", holding())


def test_a_blocked_checkout():
    """Nothing can be settled: the coupon is refused, and nothing else is claimed."""
    found = explained("c1", a_checkout(a_line(selected=False), customer={"coupons": ["c1"]}), coupons=[an_offer("c1")])
    assert (found.decision.reason, found.lines, found.alternative) == ("nothing_in_scope", (), None)


def test_it_reads_in_both_languages():
    """A sentence for each fact, in English and Chinese."""
    coupons = [an_offer("five", tiers=off("5.00")), an_offer("nine", tiers=off("9.00"))]
    coupons = [offer | {"name": f"{offer['id'].title()} off"} for offer in coupons]
    tea = a_line(price="100.00") | {"name": "Longjing"}
    found = explained("five", a_checkout(tea, customer={"coupons": ["five", "nine"]}), coupons=coupons)
    assert str(found).splitlines() == [
        "Five off: not used: no more coupons of this kind can be used",
        "  for these goods: Longjing",
        "  coupons of this kind in one order: at most 1",
        "  in its way: Nine off",
        "  with it at best Five off: CN¥95.00 to pay, CN¥4.00 more than now",
    ]
    assert "比现在多 ¥4.00" in found.text("zh_CN")
    assert found.names == {"five": "Five off", "nine": "Nine off"}
    assert (found.lines, found.goods, found.to_dict()["goods"]) == (("a",), ("Longjing",), ["Longjing"])


def cost(settlement):
    """What a choice of coupons makes as small as it can."""
    return settlement.payable.minor - settlement.totals.points.minor


@given(requests(), st.data())
@settings(max_examples=examples(60))
def test_a_proven_alternative_is_the_best_with_the_coupon(request_, data):
    """On random requests: no list with the coupon costs less, and the one that is named costs what is said."""
    checkout, rules = request_
    held = checkout.customer.coupons
    if not held:
        return
    offer = data.draw(st.sampled_from(held))
    found = explain_offer(checkout, rules, offer)
    if found.alternative is None or found.decision.outcome == "applied" or rules.policy.exclusions:
        return
    now = settle(checkout, rules)

    def listed(names):
        choice = checkout.choice.model_copy(update={"coupons": names})
        return settle(checkout.model_copy(update={"choice": choice}), rules)

    def applied(settlement):
        return {each.rule for each in settlement.decisions if each.outcome == "applied" and each.rule in held}

    sets = [names for size in range(1, len(held) + 1) for names in combinations(held, size) if offer in names]
    made = [listed(names) for names in sets]
    admissible = [each for names, each in zip(sets, made, strict=True) if applied(each) == set(names)]
    assert offer in found.alternative.coupons
    assert found.alternative.proven
    assert found.alternative.more.minor == min(map(cost, admissible)) - cost(now)
    assert listed(found.alternative.coupons).payable == found.alternative.payable


def test_many_coupons_of_many_shops_are_not_all_enumerated():
    """Twelve shops with three coupons each: forcing one in is answered by the search, and proven."""
    lines = [a_line(f"l{n:02d}", price="50.00", shop=f"s{n}") for n in range(12)]
    coupons = [
        an_offer(f"c{n}-{kind}", tiers=off(f"{kind}.00"), issuer=f"s{n}") for n in range(12) for kind in (1, 2, 3)
    ]
    checkout = a_checkout(*lines, customer={"coupons": [coupon["id"] for coupon in coupons]})
    found = explained("c5-2", checkout, coupons=coupons)
    assert (found.alternative.more, found.alternative.proven) == (Money("1.00 CNY"), True)
    assert len(found.alternative.coupons) == 12


def test_a_set_that_was_not_proven_says_so():
    """Where neither the search nor enumeration answers, only neighbours are compared, and the text admits it."""
    lines = [a_line(f"l{n:02d}", price="99.00", shop=f"s{n}", freight_template="t1") for n in range(9)]
    coupons = [
        an_offer(f"c{n}-{kind}", tiers=off(f"{kind}.00"), issuer=f"s{n}") for n in range(9) for kind in (1, 2, 3)
    ]
    templates = [a_template(fee="20.00", free=[{"min_amount": "99.00 CNY"}])]
    checkout = a_checkout(*lines, customer={"coupons": [coupon["id"] for coupon in coupons]})
    found = explained("c5-2", checkout, coupons=coupons, freight_templates=templates)
    assert (found.alternative.coupons, found.alternative.more) == (("c5-2",), Money("18.00 CNY"))
    assert not found.alternative.proven
    assert str(found).endswith("(not every set was compared)")


# ------------------------------------------------------------------ what would really help


BLOCKS = {
    "expired": {"valid_until": "2026-11-01T00:00:00+08:00"},
    "not_started": {"valid_from": "2026-12-01T00:00:00+08:00"},
    "wrong_level": {"levels": ["gold"]},
    "not_new_customer": {"new_customers_only": True},
    "wrong_region": {"regions": ["110000"]},
    "wrong_payment_method": {"payment_methods": ["bank"]},
    "condition_not_met": {"conditions": [{"type": "cart_holds", "skus": ["other"]}]},
}


def from_500(**terms):
    """A coupon of 50.00 from 500.00 that is called Autumn."""
    return an_offer("c", tiers=off("50.00", min_amount="500.00 CNY"), **terms) | {"name": "Autumn"}


def cart_of(price, **choice):
    """A cart of so much oolong, with the coupon held."""
    line = a_line("a", price) | {"name": "Oolong"}
    return a_checkout(line, customer={"coupons": ["c"], "new": False}, choice=choice)


@pytest.mark.parametrize("reason", BLOCKS)
def test_a_coupon_that_is_blocked_says_how_much_more_it_needs_too(reason):
    """From 500.00 on a cart of 412.55: 87.45 more, the number that `hints` gives where nothing blocks it."""
    ways = [{"id": "bank", "borne_by": "merchant"}]
    found = explained("c", cart_of("412.55"), coupons=[from_500(**BLOCKS[reason])], payment_methods=ways)
    checkout = Checkout.model_validate(cart_of("412.55"))
    (hint,) = hints(checkout, Rulebook.model_validate(a_rulebook(coupons=[from_500()])))
    assert found.decision.reason == reason
    assert [each.reason for each in found.besides] == ["below_amount"]
    assert found.hint.missing == hint.missing == found.besides[0].shortfall == Money("87.45 CNY")
    assert "besides: CN¥87.45 below the threshold, on goods like Oolong" in str(found)


def test_all_that_blocks_it_is_told_in_its_order():
    """Expired, of another level, elsewhere, and below its threshold; ways to pay by their names."""
    ways = [{"id": "bank", "name": "Bank transfer", "borne_by": "merchant"}]
    blocked = from_500(
        **{name: value for each in BLOCKS.values() for name, value in each.items() if name != "conditions"}
    )
    del blocked["valid_from"]
    found = explained("c", cart_of("412.55"), coupons=[blocked], payment_methods=ways)
    reasons = [found.decision.reason, *[each.reason for each in found.besides]]
    assert reasons == [
        "expired",
        "wrong_level",
        "not_new_customer",
        "wrong_region",
        "wrong_payment_method",
        "below_amount",
    ]
    assert str(found).startswith("Autumn: not used: expired\n")
    assert "only when paid by Bank transfer" in str(found)


def test_a_coupon_that_was_not_asked_for_says_what_it_lacks():
    """A list without it: not chosen, and 87.45 below its threshold as well."""
    found = explained("c", cart_of("412.55", coupons=[]), coupons=[from_500()])
    assert (found.decision.reason, found.hint.missing) == ("not_chosen", Money("87.45 CNY"))


def test_where_its_threshold_is_reached_nothing_else_is_told():
    """Expired on a cart of 600.00: no further reason, and no hint."""
    found = explained("c", cart_of("600.00"), coupons=[from_500(**BLOCKS["expired"])])
    assert (found.besides, found.hint) == ((), None)


def test_who_has_a_hint_has_the_same_one():
    """Where nothing but its threshold refuses it, what it needs is what `hints` says, and nothing stands besides."""
    found = explained("c", cart_of("412.55"), coupons=[from_500()])
    checkout = Checkout.model_validate(cart_of("412.55"))
    assert (found.hint,) == hints(checkout, Rulebook.model_validate(a_rulebook(coupons=[from_500()])))
    assert found.besides == ()
