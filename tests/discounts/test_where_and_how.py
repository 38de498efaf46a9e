"""Offers for certain addresses and ways to pay, up to an amount, on a basis of their own; reduced lines left out."""

from __future__ import annotations

import json
import random
from typing import Literal

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, decisions, problems, result, settled
from settlement import Checkout, Condition, Money, Rulebook, Settlement, hints, payment_options, refund, settle
from settlement.consignee import Catalogue
from settlement.documents.region import contains
from settlement.explanations.offer import explain_offer
from settlement.explanations.story import explain
from settlement.receipts.text import receipt
from settlement.testing import check_condition_laws

OFF = {"type": "amount_off", "amount": "1.00 CNY"}
BANK = [{"id": "bank", "borne_by": "merchant"}, {"id": "card", "borne_by": "merchant"}]


def decided(offer, *lines, rules=None, **checkout):
    """The decision on the one promotion, through JSON and back."""
    found = settled(a_checkout(*lines, **checkout), a_rulebook(promotions=[offer], **(rules or {})))
    assert Settlement.from_json(found.to_json()) == found
    return found.decisions[0]


# ------------------------------------------------------------------ where


def test_an_offer_holds_where_the_address_lies_in_its_regions_and_in_none_excluded():
    """Whatever lists are drawn, the offer applies exactly where a plain search finds the address inside."""
    regions = ["CN", "CN/mainland", "440000", "440300", "440305", "810000", "HK", "US", "US/CA", "*"]
    addresses = ["440305", "440300", "810000", "HK", "US/CA/94103", "US", "110101"]
    rng = random.Random(7)  # by seed: a failure comes again
    for _ in range(300):
        fields = {}
        for name in ("regions", "exclude_regions"):
            if rng.random() < 0.7:
                drawn = rng.sample([each for each in regions if each != "HK"], rng.randint(1, 3))
                fields[name] = drawn
        at = rng.choice(addresses)
        inside = "regions" not in fields or any(contains(each, at) for each in fields["regions"])
        inside = inside and not any(contains(each, at) for each in fields.get("exclude_regions", ()))
        decision = decided(an_offer(**fields), address={"region": at})
        assert (decision.reason is None) == inside
        assert decision.reason in (None, "wrong_region")
        assert inside or dict(decision.facts) == fields


def test_without_an_address_an_offer_of_regions_needs_one():
    """It is asked for one even where nothing is shipped and the order is payable; any other offer is not."""
    offer = an_offer(regions=["440000"])
    assert decided(offer, address=None).reason == "address_needed"
    assert decided(
        offer, a_line(freight_template="t1"), rules={"freight_templates": [a_template()]}, address=None
    ).reason
    assert decided(an_offer(), address=None).reason is None


def test_a_payable_settlement_has_no_address_needed_but_of_regions():
    """Read back: a freight offer can't lack an address where nothing is pending."""
    document = result(a_checkout(address=None), a_rulebook(promotions=[an_offer(regions=["440000"])]))
    del document["decisions"][0]["facts"]
    assert problems(lambda: Settlement.from_json(json.dumps(document))) == [("decisions[0].reason", "stored.status")]


def test_successors_of_retired_regions_are_written_behind_them():
    """An offer for what was 上城区 goes on in the districts that took it over."""
    book = Rulebook.model_validate(a_rulebook(coupons=[an_offer(regions=["330104"], exclude_regions=["330105"])]))
    now = book.with_catalogue(Catalogue.bundled()).coupons[0]
    assert now.regions == ("330104", "330102", "330114")
    assert now.exclude_regions == ("330105",)


# ------------------------------------------------------------------ how


def test_an_offer_for_a_way_to_pay_holds_for_no_other():
    """Not chosen yet is another way, too; the decision says which would do, and one that applied says it as well."""
    offer = an_offer(payment_methods=["bank"])
    for method, reason in (("bank", None), ("card", "wrong_payment_method"), (None, "wrong_payment_method")):
        decision = decided(offer, rules={"payment_methods": BANK}, payment_method=method)
        assert (decision.reason, decision.facts["payment_methods"]) == (reason, ["bank"])


def test_a_way_to_pay_that_the_rules_have_not_is_an_error():
    """With the one that was meant."""
    book = a_rulebook(coupons=[an_offer(payment_methods=["card", "bnk"])], payment_methods=BANK)
    with pytest.raises(ValueError, match='there is no payment method "bnk" in the rulebook; did you mean "bank"'):
        Rulebook.model_validate(book)
    assert problems(lambda: Rulebook.model_validate(book)) == [
        ("coupons[0].payment_methods[1]", "payment_method.unknown")
    ]


def test_payment_options_show_what_a_method_gives():
    """2 % for a bank transfer: 98.00 by bank with the offer beside it, 100.00 by card without."""
    two = {"type": "percent_off", "percent": "2"}
    offer = an_offer("two", two, payment_methods=["bank"]) | {"name": "Bank 2 %"}
    checkout = Checkout.model_validate(a_checkout(a_line(price="100.00")))
    methods = [BANK[0] | {"terms": "Within seven days."}, BANK[1]]
    book = Rulebook.model_validate(a_rulebook(promotions=[offer], payment_methods=methods))
    bank, card = payment_options(checkout, book)
    assert [(str(each.payable), len(each.offers), each.terms) for each in (bank, card)] == [
        ("98.00 CNY", 1, "Within seven days."),
        ("100.00 CNY", 0, None),
    ]
    assert str(bank) == "bank: CN¥98.00, Bank 2 % takes off CN¥2.00"
    assert type(bank).model_validate_json(bank.model_dump_json()) == bank
    assert "offers" not in card.model_dump_json()


def test_terms_are_for_people_and_in_no_digest():
    """Of an offer and of a way to pay."""
    plain = a_rulebook(promotions=[an_offer()], payment_methods=BANK)
    told = a_rulebook(
        promotions=[an_offer(terms="One a household.")], payment_methods=[BANK[0] | {"terms": "Soon."}, BANK[1]]
    )
    one, other = Rulebook.model_validate(plain), Rulebook.model_validate(told)
    assert one.digest == other.digest
    assert other.promotions[0].terms == "One a household."


# ------------------------------------------------------------------ up to which amount


def test_a_tier_holds_from_its_least_to_its_most_both_included():
    """Tiers without a gap, with one, and without a bound: which holds is what looking at each of them finds."""
    rng = random.Random(11)  # by seed: a failure comes again
    for _ in range(400):
        tiers, least = [], rng.choice([0, 5, 18])
        for number in range(rng.randint(1, 3)):
            tier = {"benefit": OFF | {"amount": f"0.0{number + 1} CNY"}, "min_amount": f"{least}.00 CNY"}
            most = least + rng.randint(0, 20)
            least = most + rng.randint(1, 5)
            tiers.append(tier | {"max_amount": f"{most}.00 CNY"})
        if rng.random() < 0.3:
            del tiers[-1]["max_amount"]
        price = rng.randint(0, 7_000)
        shown = f"{price // 100}.{price % 100:02d}"
        bounds = [(_minor(t["min_amount"]), _minor(t.get("max_amount", "99.00 CNY"))) for t in tiers]
        holding = [place for place, (low, high) in enumerate(bounds) if low <= price <= high]
        decision = decided(an_offer(tiers=tiers), a_line(price=shown))
        if holding and price:
            assert decision.facts["tier"] == holding[-1] + 1
        elif not holding:
            ahead = [low - price for low, _ in bounds if low > price]
            assert decision.reason == ("below_amount" if ahead else "above_amount")
            if ahead:
                assert decision.shortfall.minor == min(ahead)
            else:
                assert _minor(decision.facts["above"]) == price - bounds[-1][1]
                assert decision.shortfall is None


def _minor(amount):
    return Money(amount).minor


@pytest.mark.parametrize(
    ("price", "payable"), [("17.99", "25.99"), ("18.00", "18.00"), ("36.00", "36.00"), ("36.01", "44.01")]
)
def test_free_shipping_from_18_to_36(price, payable):
    """woocommerce#7294: at 36.00 it still ships free, at 36.01 no more."""
    window = {"min_amount": "18.00 CNY", "max_amount": "36.00 CNY", "benefit": {"type": "freight_off"}}
    book = a_rulebook(coupons=[an_offer("f", tiers=[window])], freight_templates=[a_template()])
    checkout = a_checkout(a_line(price=price, freight_template="t1"), customer={"coupons": ["f"]})
    assert str(settled(checkout, book).payable) == f"{payable} CNY"


@pytest.mark.parametrize(
    ("tiers", "found"),
    [
        (
            [{"benefit": OFF, "min_amount": "5.00 CNY", "max_amount": "4.99 CNY"}],
            [("tiers[0].max_amount", "range.max_below_min")],
        ),
        (
            [
                {"benefit": OFF, "min_amount": "5.00 CNY", "max_amount": "9.00 CNY"},
                {"benefit": OFF, "min_amount": "6.00 CNY", "max_amount": "8.00 CNY"},
            ],
            [("tiers[1].max_amount", "tier.max_order")],
        ),
        (
            [
                {"benefit": OFF, "min_amount": "5.00 CNY"},
                {"benefit": OFF, "min_amount": "6.00 CNY", "max_amount": "8.00 CNY"},
            ],
            [("tiers[1].max_amount", "tier.max_order")],
        ),
        ([{"benefit": OFF | {"every": True}, "max_amount": "9.00 CNY"}], [("tiers[0]", "tier.every")]),
        (
            [{"benefit": OFF, "min_amount": "5.00 CNY"}, {"benefit": OFF, "max_amount": "9.00 CNY"}],
            [("tiers[1]", "tier.first_only"), ("tiers[1].max_amount", "tier.max_order")],
        ),
    ],
)
def test_bounds_that_contradict_each_other_are_refused(tiers, found):
    """A bound below its own threshold, or below that of a tier before."""
    got = problems(lambda: Rulebook.model_validate(a_rulebook(promotions=[an_offer(tiers=tiers)])))
    assert got == [(f"promotions[0].{place}", code) for place, code in found]


def test_each_full_threshold_counts_up_to_the_bound():
    """每满20减1, up to 60: three times at 60.00, not at all above."""
    tier = {"benefit": OFF | {"every": True}, "min_amount": "20.00 CNY", "max_amount": "60.00 CNY"}
    found = [
        settled(a_checkout(a_line(price=price)), a_rulebook(promotions=[an_offer(tiers=[tier])]))
        for price in ("60.00", "60.01")
    ]
    assert [str(each.totals.promotions) for each in found] == ["-3.00 CNY", "0.00 CNY"]


def test_no_hint_says_to_spend_more_for_what_is_above_its_bound():
    """Nor is one given for a window that a larger cart would miss; below it the hint comes true."""
    window = {"min_amount": "18.00 CNY", "max_amount": "36.00 CNY", "benefit": OFF}
    for price, told in (("10.00", ["8.00 CNY"]), ("20.00", []), ("36.01", [])):
        checkout = Checkout.model_validate(a_checkout(a_line(price=price)))
        found = hints(checkout, Rulebook.model_validate(a_rulebook(promotions=[an_offer(tiers=[window])])))
        assert [str(each.missing) for each in found] == told


def test_what_is_kept_never_breaks_a_bound():
    """Half of it sent back: the offer that held up to 36.00 still holds, and gives back no more than its share."""
    window = {"max_amount": "36.00 CNY", "benefit": OFF | {"amount": "4.00 CNY"}}
    found = settled(a_checkout(a_line(price="18.00", quantity=2)), a_rulebook(promotions=[an_offer(tiers=[window])]))
    assert str(refund(found, {"a": 1}).cash) == "16.00 CNY"


def test_a_stored_bound_that_was_passed_is_refused():
    """What the threshold saw is at most the bound; what a refusal says it saw too much is the difference."""
    window = {"max_amount": "36.00 CNY", "benefit": OFF}
    book = a_rulebook(promotions=[an_offer(tiers=[window])])
    document = result(a_checkout(a_line(price="36.00")), book)
    document["adjustments"][0]["facts"]["max_amount"] = "35.99 CNY"
    place = "adjustments[0].facts.max_amount"
    assert problems(lambda: Settlement.from_json(json.dumps(document))) == [(place, "stored.above")]
    document = result(a_checkout(a_line(price="36.01")), book)
    document["decisions"][0]["facts"]["above"] = "0.02 CNY"
    assert problems(lambda: Settlement.from_json(json.dumps(document))) == [
        ("decisions[0].facts.above", "stored.differs")
    ]


# ------------------------------------------------------------------ a basis of its own, and reduced lines


@pytest.mark.parametrize("policy", ["net", "goods"])
@pytest.mark.parametrize("own", ["net", "goods", None])
def test_an_offers_own_basis_overrules_the_policy(policy, own):
    """25.00 off the 120.00 leave 95.00: a threshold of 100.00 is met by goods and missed by net."""
    first = an_offer("p", OFF | {"amount": "25.00 CNY"}, priority=1)
    second = an_offer("q", threshold_amount=own, tiers=[{"min_amount": "100.00 CNY", "benefit": OFF}])
    book = a_rulebook(promotions=[first, second], policy={"threshold_amount": policy})
    found = result(a_checkout(a_line(price="120.00")), book)
    assert decisions(found)["q"] == ("applied" if (own or policy) == "goods" else "below_amount")
    assert Settlement.from_json(json.dumps(found))


def test_lines_below_their_list_price_can_be_left_out():
    """20 % off 18.00, not off what costs 15.00 of 20.00; of nothing else there is nothing in scope."""
    twenty = an_offer(benefit={"type": "percent_off", "percent": "20"}, scope={"exclude_reduced": True})
    reduced = a_line("b", "15.00", list_price="20.00 CNY")
    found = settled(a_checkout(a_line(price="18.00"), reduced), a_rulebook(promotions=[twenty]))
    assert str(found.totals.promotions) == "-3.60 CNY"
    coupon = a_rulebook(coupons=[twenty])
    alone = result(a_checkout(reduced, customer={"coupons": ["p1"]}), coupon)
    assert decisions(alone) == {"p1": "nothing_in_scope"}


# ------------------------------------------------------------------ what conditions see, and what people read


class Collected(Condition):
    """The buyer collects somewhere, pays by a certain method, or lives in a region."""

    type: Literal["collected"] = "collected"
    region: str = "440305"

    def met(self, known):
        """Any of the three."""
        return bool(known.pickup) or known.payment_method == "card" or known.region == self.region


def test_a_condition_of_ones_own_sees_where_and_how():
    """Address, way to pay and what is collected; how it is delivered is None until there are ways."""
    check_condition_laws(Collected, max_examples=10)
    rules = Rulebook.with_kinds(Collected)
    offer = an_offer(conditions=[{"type": "collected"}])
    template = a_template(pickup=True)
    book = rules.model_validate(a_rulebook(promotions=[offer], payment_methods=BANK, freight_templates=[template]))
    for more, reason in (
        ({}, None),
        ({"address": {"region": "110101"}}, "condition_not_met"),
        ({"address": {"region": "110101"}, "payment_method": "card"}, None),
        ({"address": None, "choice": {"pickup": ["s1"]}}, None),
    ):
        checkout = Checkout.model_validate(a_checkout(a_line(freight_template="t1")) | more)
        assert settle(checkout, book).decisions[0].reason == reason


TOLD = [
    ({"regions": ["440000"]}, "only where it is delivered to 440000 广东省", "仅限收货地为广东省"),
    ({"exclude_regions": ["110000"]}, "not for this delivery address", "不适用于该收货地址"),
    ({"payment_methods": ["bank"]}, "only when paid by bank", "仅限使用 bank 支付"),
    (
        {"tiers": [{"max_amount": "9.99 CNY", "benefit": OFF}]},
        "CN¥0.01 above the most that it holds for",
        "超出适用上限 ¥0.01",
    ),
]


@pytest.mark.parametrize(("fields", "english", "chinese"), TOLD)
def test_each_no_is_told_with_its_facts(fields, english, chinese):
    """On the receipt, in an explanation and by the decision itself; explain_offer says what would have to hold."""
    checkout = Checkout.model_validate(a_checkout(address={"region": "110101"}, payment_method="card"))
    book = Rulebook.model_validate(a_rulebook(promotions=[an_offer(**fields)], payment_methods=BANK))
    found = settle(checkout, book)
    assert found.decisions[0].text("en").split(" 广")[0] == english.split(" 广")[0]
    assert chinese[:6] in found.decisions[0].text("zh_CN")
    assert english.split(" 4")[0] in receipt(found).replace("\n", " ")
    assert explain(found, rule="p1").steps[0].facts["reason"] == found.decisions[0].reason
    needed = {"max_amount"} if "tiers" in fields else set(fields)
    assert set(explain_offer(checkout, book, "p1").needs) == needed
