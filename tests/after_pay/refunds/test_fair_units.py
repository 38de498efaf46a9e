"""A fair refund beside offers that use units up: what one of them no longer uses is there for those after it."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anew import anew, crowded, shutting, taxed
from samples import a_checkout, a_line, a_rulebook, an_offer
from settlement import Checkout, InvalidDocument, RefundPolicy, Rulebook, Settlement, refund, settle
from settlement.after_pay.refunds.kept import Kept
from thorough import examples

FAIR = RefundPolicy(recheck="fair")
PAIR = {"type": "bundle_price", "quantity": 2, "price": "150.00 CNY"}
HALF = {"type": "percent_off", "percent": "50"}
OF_XY = {"scope": {"skus": ["x", "y"]}, "priority": 1, "consumes_units": True}


def bought(*offers: dict[str, Any], z: str = "10.00", **policy: Any) -> Settlement:
    """x and y at 100.00 each, and z, under these promotions."""
    lines = [a_line(name, price, sku=name) for name, price in (("x", "100.00"), ("y", "100.00"), ("z", z))]
    book = a_rulebook(promotions=list(offers), policy=policy)
    return settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book))


def back(settlement: Settlement, *lines: str) -> str:
    """What one of each of these gives back, whether the settlement was stored or not."""
    given_back = refund(settlement, dict.fromkeys(lines, 1), policy=FAIR)
    assert refund(Settlement.from_json(settlement.to_json()), dict.fromkeys(lines, 1), policy=FAIR) == given_back
    return str(given_back.cash.amount)


def pair_then(*tiers: dict[str, Any], **offer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A pair of x and y that uses both up, and an offer behind it."""
    return an_offer("o0", PAIR, **OF_XY), an_offer("o1") | {"tiers": list(tiers)} | offer


def test_units_that_are_no_longer_used_are_seen_by_the_offer_behind():
    """155.00 paid: the pair for 150.00, half of z. Without x there is no pair, and y and z cost half: 55.00."""
    cart = bought(*pair_then({"benefit": HALF}))
    assert cart.adjustments[1].facts["none_left"] == ["x", "y"]
    assert (str(cart.payable), back(cart, "x"), back(cart, "x", "y"), back(cart, "z")) == (
        "155.00 CNY", "100.00", "150.00", "5.00",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tiers", "paid", "given"),
    [
        # two kept, of which only one was seen: two are half off
        ([{"min_quantity": 1, "benefit": {"type": "percent_off", "percent": "10"}},
          {"min_quantity": 2, "benefit": HALF}], "159.00", "104.00"),
        # by amounts likewise: 110.00 where 10.00 were seen
        ([{"min_amount": "5.00 CNY", "benefit": {"type": "percent_off", "percent": "10"}},
          {"min_amount": "110.00 CNY", "benefit": HALF}], "159.00", "104.00"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["net", "goods"])
def test_with_the_units_that_are_free_again_a_higher_tier_holds(by, tiers, paid, given):
    """It is stated as one that fewer goods may reach, whichever amount thresholds look at."""
    cart = bought(*pair_then(*tiers), threshold_amount=by)
    assert cart.adjustments[1].facts["higher"] == [tiers[1]]
    assert (str(cart.payable.amount), back(cart, "x")) == (paid, given)


def test_no_offer_brings_a_line_whose_units_are_free_again_below_its_floor():
    """z costs half, y not less than 70.00: kept they cost 75.00 of 155.00."""
    lines = [a_line(name, price, sku=name) for name, price in (("x", "100.00"), ("y", "100.00"), ("z", "10.00"))]
    lines[1]["min_price"] = "70.00 CNY"
    book = a_rulebook(promotions=list(pair_then({"benefit": HALF})))
    cart = settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book))
    assert back(cart, "x") == "80.00"


@pytest.mark.parametrize("recheck", ["thresholds", "fair"])
def test_a_condition_on_different_goods_counts_those_that_were_used_up(recheck):
    """Of three articles two stay, and two are asked for: z still costs half."""
    cart = bought(*pair_then({"benefit": HALF}, conditions=[{"type": "different_goods", "count": 2}]))
    given_back = refund(cart, {"x": 1}, policy=RefundPolicy(recheck=recheck))
    assert "o1" not in {each.rule for each in given_back.charges if each.amount.minor > 0}


def test_what_thresholds_saw_of_units_left_is_rechecked_as_it_was():
    """Of three x a pair is used up; the third and z met 110.00, and without z they don't."""
    lines = [a_line("x", "100.00", sku="x", quantity=3), a_line("z", sku="z")]
    pair = an_offer("o0", PAIR, **OF_XY)
    tenth = an_offer("o1", {"type": "percent_off", "percent": "10"})
    tenth["tiers"][0]["min_amount"] = "110.00 CNY"
    book = a_rulebook(promotions=[pair, tenth])
    cart = settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book))
    given_back = refund(cart, {"z": 1}, policy=RefundPolicy(recheck="thresholds"))
    assert {each.rule for each in given_back.charges} == {"o1"}


def test_a_document_that_does_not_say_what_was_used_up_is_refused_in_words():
    """An older one has `units_left` alone; where no line was used up there is nothing to say."""
    stored = bought(*pair_then({"benefit": HALF})).to_dict()
    del stored["adjustments"][1]["facts"]["none_left"]
    with pytest.raises(InvalidDocument, match="doesn't state none_left"):
        refund(Settlement.from_dict(stored), {"x": 1}, policy=FAIR)


@pytest.mark.parametrize(
    ("none_left", "place"),
    [
        (["x", "z"], "none_left[1]"),  # that it took something off
        (["x", "x"], "none_left[1]"),
        (["w"], "none_left[0]"),
        ("x", "none_left"),
    ],
)
def test_lines_that_were_used_up_are_checked_in_a_stored_settlement(none_left, place):
    """A line that it saw, one named twice, one of no cart, no list."""
    stored = bought(*pair_then({"benefit": HALF})).to_dict()
    stored["adjustments"][1]["facts"]["none_left"] = none_left
    with pytest.raises(InvalidDocument) as error:
        Settlement.from_dict(stored)
    assert [each.place.removeprefix("adjustments[1].facts.") for each in error.value.problems] == [place]


def test_a_line_of_which_something_was_left_was_not_used_up():
    """And none is where no offer before uses units."""
    stored = bought(an_offer("o1", HALF, scope={"skus": ["z"]})).to_dict()
    stored["adjustments"][0]["facts"]["none_left"] = ["y"]
    with pytest.raises(InvalidDocument) as error:
        Settlement.from_dict(stored)
    assert [(each.place, each.facts) for each in error.value.problems] == [
        ('adjustments[0].facts.none_left."y"', {"found": 0, "expected": 1})
    ]


def test_thresholds_by_goods_are_told_where_the_basis_does_not_tell_them():
    """One at 8.00 takes the dearest, x; kept alone y is it, and the offer on y from 95.00 of goods still holds."""
    one = an_offer("o0", {"type": "flash_price", "price": "8.00 CNY", "limit": 1}, priority=1)
    half = an_offer("o1", HALF, scope={"skus": ["y"]}, threshold_amount="goods")
    half["tiers"][0]["min_amount"] = "95.00 CNY"
    cart = bought(one, half)
    assert [each.facts.get("threshold_amount") for each in cart.adjustments] == [None, "goods"]
    # 68.00 paid; y at half of 8.00 and z at 10.00 are kept
    assert (str(cart.payable.amount), back(cart, "x")) == ("68.00", "54.00")
    stored = cart.to_dict()
    stored["adjustments"][1]["facts"]["basis"] = "99.00 CNY"
    with pytest.raises(InvalidDocument, match="basis"):
        Settlement.from_dict(stored)


def test_no_goods_are_no_multiple_of_a_quantity():
    """Half off all with two of x: without any x nothing is off, and 0 is no multiple of 2."""
    lines = [a_line("x", sku="x", quantity=2), a_line("z", sku="z")]
    twos = an_offer("o", HALF, condition_scope={"skus": ["x"]}, conditions=[{"type": "multiple_of", "quantity": 2}])
    book = a_rulebook(promotions=[twos])
    cart = settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book))
    for recheck in ("thresholds", "fair"):
        assert str(refund(cart, {"x": 2}, policy=RefundPolicy(recheck=recheck)).cash) == "5.00 CNY"


def test_lines_of_an_exclusive_offer_are_open_once_it_gives_nothing():
    """20.00 off x from 100.00, exclusive; behind it half off x and y, which sees y alone: 80.00 + 50.00 are paid.

    One x comes back. The other, 50.00, reaches no 100.00, so half is off both: 75.00 stay, 55.00 go back.
    """
    lines = [a_line("x", "50.00", sku="x", quantity=2), a_line("y", "100.00", sku="y")]
    first = an_offer("o0", {"type": "amount_off", "amount": "20.00 CNY"}, exclusive=True, priority=1)
    first["tiers"][0]["min_amount"] = "100.00 CNY"
    book = a_rulebook(promotions=[first | {"scope": {"skus": ["x"]}}, an_offer("o1", HALF)])
    cart = settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book))
    assert [each.facts.get("shut") for each in cart.adjustments] == [None, ["x"]]
    assert (str(cart.payable), back(cart, "x"), back(cart, "y")) == ("130.00 CNY", "55.00", "50.00")


def test_lines_that_took_no_coupon_take_one_once_their_promotion_gives_nothing():
    """The same where the promotion allows no coupons, and half is off by a coupon."""
    lines = [a_line("x", "50.00", sku="x", quantity=2), a_line("y", "100.00", sku="y")]
    first = an_offer("o0", {"type": "amount_off", "amount": "20.00 CNY"}, coupons_allowed=False)
    first["tiers"][0]["min_amount"] = "100.00 CNY"
    book = a_rulebook(promotions=[first | {"scope": {"skus": ["x"]}}], coupons=[an_offer("o1", HALF)])
    checkout = a_checkout(*lines, customer={"coupons": ["o1"]})
    cart = settle(Checkout.model_validate(checkout), Rulebook.model_validate(book))
    assert (str(cart.payable), back(cart, "x")) == ("130.00 CNY", "55.00")


@pytest.mark.parametrize("recheck", ["thresholds", "fair"])
def test_different_goods_are_counted_on_lines_that_were_shut_too(recheck):
    """x is 5.00 off and shut; two different ones of x and y make y half off, as long as both are kept."""
    lines = [a_line(name, "10.00", sku=name) for name in ("x", "y", "z")]
    first = an_offer("o0", {"type": "amount_off", "amount": "5.00 CNY"}, exclusive=True, priority=1)
    both = an_offer("o1", HALF, scope={"skus": ["x", "y"]}, conditions=[{"type": "different_goods", "count": 2}])
    book = a_rulebook(promotions=[first | {"scope": {"skus": ["x"]}}, both])
    cart = settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book))
    assert cart.adjustments[1].shares.keys() == {"y"}
    policy = RefundPolicy(recheck=recheck)
    assert [str(refund(cart, {name: 1}, policy=policy).cash) for name in ("z", "x")] == ["10.00 CNY", "0.00 CNY"]


@pytest.mark.parametrize("shut", [["y"], ["x", "x"], ["w"], "x"])
def test_lines_that_were_shut_are_checked_in_a_stored_settlement(shut):
    """Lines of the order, each once, none that the offer saw."""
    lines = [a_line("x", "50.00", sku="x", quantity=2), a_line("y", "100.00", sku="y")]
    first = an_offer("o0", HALF, exclusive=True, priority=1, scope={"skus": ["x"]})
    book = a_rulebook(promotions=[first, an_offer("o1", HALF)])
    stored = settle(Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(book)).to_dict()
    assert stored["adjustments"][0]["facts"]["exclusive"] is True
    stored["adjustments"][1]["facts"]["shut"] = shut
    with pytest.raises(InvalidDocument, match="shut"):
        Settlement.from_dict(stored)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"lines": ["x", "w"]}, "facts.taxed"),
        ({"lines": ["x", "x"]}, "facts.taxed"),
        ({"lines": "x"}, "facts.taxed"),
        ({"rates": [{"percent": "11"}]}, "facts.basis"),
        ({"rates": [{"percent": "-1"}]}, "facts.taxed"),
        ({"rounding": "at will"}, "facts.taxed"),
    ],
)
def test_what_tax_a_threshold_added_is_checked_in_a_stored_settlement(changed, place):
    """Lines of the order, each once, rates and roundings as rules have them, and the basis that they make."""
    off = {"type": "amount_off", "amount": "5.00 CNY"}
    offer = an_offer("o0", tiers=[{"min_amount": "110.00 CNY", "benefit": off}])
    taxes = [{"prices": "without", "rates": [{"percent": "10"}]}]
    book = a_rulebook(promotions=[offer], taxes=taxes, policy={"threshold_tax": "with"})
    cart = settle(Checkout.model_validate(a_checkout(a_line("x", "100.00"))), Rulebook.model_validate(book))
    stored = cart.to_dict()
    facts = stored["adjustments"][0]["facts"]
    assert (facts["basis"], facts["taxed"][0]["lines"]) == ("110.00 CNY", ["x"])
    assert Settlement.from_dict(stored) == cart
    facts["taxed"][0] |= changed
    with pytest.raises(InvalidDocument, match=rf"adjustments\[0\]\.{place}"):
        Settlement.from_dict(stored)


@pytest.mark.parametrize("draw", [crowded, shutting, taxed])
@given(st.integers(0, 2**32))
@settings(max_examples=examples(360), deadline=None)
def test_what_stays_costs_what_it_would_bought_anew_beside_offers_that_take_from_each_other(draw, seed):
    """Units that were used up, or lines; thresholds with tax too; whatever comes back, by settling once more."""
    request = draw(random.Random(seed))
    settlement = settle(*request)
    assert Settlement.from_json(settlement.to_json()) == settlement
    ready = Kept(settlement)
    pieces = {line.id: int(line.quantity) for line in settlement.lines}
    for some in product(*[range(each + 1) for each in pieces.values()]):
        returns = dict(zip(pieces, some, strict=True))
        _, seen = ready.on_goods({name: 1000 * each for name, each in returns.items()})
        kept = {name: each - returns[name] for name, each in pieces.items()}
        assert sum(seen.net) == anew(request, settlement, kept), returns
