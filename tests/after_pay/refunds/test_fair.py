"""A fair refund: what is kept costs what the offers that applied would give to it, were it bought alone."""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anew import anew
from returns import ALL, a_payable, sequence
from settlement import (
    Checkout,
    Circumstances,
    Condition,
    DifferentGoods,
    InvalidDocument,
    PercentOff,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    Settlement,
    refund,
    settle,
)
from settlement.after_pay.refunds.kept import Kept
from settlement.after_pay.refunds.sold import Sold
from settlement.discounts import KINDS, Presale
from settlement.discounts.benefit import Benefit
from settlement.documents.scalars import milli, quantity_out
from settlement.errors import KindFailed
from settlement.testing import strategies
from thorough import examples

FAIR = RefundPolicy(recheck="fair")
AT = "2026-11-11T00:00:00+08:00"


def bought(lines: list[dict[str, Any]], *tiers: dict[str, Any], **book: Any) -> Settlement:
    """A settlement of these lines under one promotion of the platform."""
    made = [{"shop": "s1", "sku": each["id"], "quantity": 1, "unit_price": "100.00 CNY"} | each for each in lines]
    rules = {"id": "r", "currency": "CNY"} | book
    if tiers:
        rules["promotions"] = [{"id": "p", "issuer": "platform", "tiers": list(tiers)}]
    cart = {"currency": "CNY", "lines": made}
    checkout = {"at": AT, "cart": cart, "address": {"region": "440305"}}
    return settle(Checkout.model_validate(checkout), Rulebook.model_validate(rules))


def steps(settlement: Settlement, *returns: dict[str, int], freight: Any = "keep") -> list[str]:
    """What each refund gives."""
    history: list[RefundQuote] = []
    for each in returns:
        history.append(refund(settlement, each, history, freight, FAIR))
    return [str(quote.cash.amount) for quote in history]


EVERY = {"min_amount": "200.00 CNY", "benefit": {"type": "amount_off", "amount": "30.00 CNY", "every": True}}
TENTH = {"min_quantity": 5, "benefit": {"type": "percent_off", "percent": "10"}}
MORE = {"min_quantity": 10, "benefit": {"type": "percent_off", "percent": "15"}}
FREE_THIRD = {"benefit": {"type": "nth_unit", "n": 3, "percent": "100"}}


def test_ten_at_15_percent_of_which_eight_are_kept_at_10_give_130_back():
    """The tier below holds: not 50.00, as if nothing held, and not 170.00, as if all did."""
    assert steps(bought([{"id": "t", "quantity": 10}], TENTH, MORE), {"t": 2}) == ["130.00"]


def test_two_orders_differ_by_what_an_earlier_step_had_given():
    """每满200减30 on 400.00: 200.00 then 20.00 give 170.00, 220.00 at once 160.00."""
    cart = bought([{"id": "a", "quantity": 20, "unit_price": "20.00 CNY"}], EVERY)
    assert steps(cart, {"a": 10}, {"a": 1}) == ["170.00", "0.00"]
    assert steps(cart, {"a": 11}) == ["160.00"]
    assert steps(cart, {"a": 10}, {"a": 1}, {"a": 9}) == ["170.00", "0.00", "170.00"]


@pytest.mark.parametrize("tier", [FREE_THIRD, {"min_quantity": 3} | FREE_THIRD])
def test_a_free_third_is_charged_whether_or_not_the_tier_states_a_quantity(tier):
    """买二送一: of three at 30.00 two come back, and the one that is kept costs 30.00."""
    assert steps(bought([{"id": "a", "quantity": 3, "unit_price": "30.00 CNY"}], tier), {"a": 2}) == ["30.00"]


def test_kept_goods_get_all_of_a_discount_that_they_reach_alone():
    """满200减30 once on 400.00: of 370.00 the kept half costs 170.00, so 200.00 come back."""
    once = {"min_amount": "200.00 CNY", "benefit": {"type": "amount_off", "amount": "30.00 CNY"}}
    assert steps(bought([{"id": "a", "quantity": 4}], once), {"a": 2}, {"a": 2}) == ["200.00", "170.00"]


def test_where_kept_goods_are_dearer_than_what_is_still_paid_nothing_goes_back_now():
    """Three at 100.00 for 150.00: one back leaves two at 200.00; the rest is kept for the next return."""
    three = bought(
        [{"id": "a", "quantity": 3}], {"benefit": {"type": "bundle_price", "quantity": 3, "price": "150.00 CNY"}}
    )
    first = refund(three, {"a": 1}, policy=FAIR)
    assert (str(first.cash), str(first.uncharged)) == ("0.00 CNY", "50.00 CNY")
    assert steps(three, {"a": 1}, {"a": 1}, {"a": 1}) == ["0.00", "50.00", "100.00"]


# ------------------------------------------------------------------ freight

ZONE = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "2.00 CNY"}


def sent(free: bool, **zone: Any) -> Settlement:
    """Two lines of 60.00, whose freight an offer waives from 100.00 on, or the template."""
    template = {"id": "t", "measure": "quantity", "zones": [ZONE | zone]}
    lines = [{"id": name, "unit_price": "60.00 CNY", "freight_template": "t"} for name in ("a", "b")]
    if free:
        return bought(lines, freight_templates=[template | {"free": [{"min_amount": "100.00 CNY"}]}])
    waived = {"min_amount": "100.00 CNY", "benefit": {"type": "freight_off"}}
    return bought(lines, waived, freight_templates=[template])


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("freight", ["keep", "return", "parcel"])
def test_lost_free_shipping_is_charged_once_whoever_gave_it(free, freight):
    """10.00 were waived for two; to send the one that is kept costs 8.00, and that is charged, and given back."""
    assert steps(sent(free), {"b": 1}, {"a": 1}, freight=freight) == ["52.00", "68.00"]
    flat = sent(free, first=9, first_fee="10.00 CNY")
    assert steps(flat, {"b": 1}, {"a": 1}, freight=freight) == ["50.00", "70.00"]


def test_a_line_that_is_all_back_was_part_of_what_a_fee_looked_at():
    """8.00 and 10 % of the goods, free from 300.00: 50.00 kept of 400.00 cost 13.00 to send, not 48.00."""
    lines = [{"id": "a", "unit_price": "350.00 CNY"}, {"id": "b", "unit_price": "50.00 CNY"}]
    zone = {"regions": ["CN"], "first": 9, "first_fee": "8.00 CNY", "goods_percent": "10"}
    template = {"id": "t", "measure": "quantity", "zones": [zone], "free": [{"min_amount": "300.00 CNY"}]}
    sold = [{"shop": "s", "sku": "k", "quantity": 1, "freight_template": "t"} | each for each in lines]
    order = bought(sold, freight_templates=[template])
    assert steps(order, {"a": 1}) == ["337.00"]


def test_shipping_that_is_still_free_is_not_charged():
    """Of 180.00 that ship free from 100.00 on 120.00 are kept."""
    template = {"id": "t", "measure": "quantity", "zones": [ZONE], "free": [{"min_amount": "100.00 CNY"}]}
    three = bought(
        [{"id": "a", "quantity": 3, "unit_price": "60.00 CNY", "freight_template": "t"}], freight_templates=[template]
    )
    assert steps(three, {"a": 1}, {"a": 1}) == ["60.00", "52.00"]


# ------------------------------------------------------------------ what is not stated


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda facts: facts.pop("lower"), "lower"),
        (lambda facts: facts.pop("benefit"), "benefit"),
        (lambda facts: facts.pop("tier"), "tier"),
    ],
)
def test_what_the_settlement_does_not_state_is_refused_in_words(change, missing):
    """An older document and a kind of one's own that states nothing: refused, and only where fair is asked."""
    stored = bought([{"id": "t", "quantity": 10}], TENTH, MORE).to_dict()
    change(stored["adjustments"][0]["facts"])
    old = Settlement.from_dict(stored)
    assert str(refund(old, {"t": 2}, policy=RefundPolicy(recheck="thresholds")).cash) == "50.00 CNY"
    with pytest.raises(InvalidDocument) as error:
        refund(old, {"t": 2}, policy=FAIR)
    assert (error.value.problems[0].code, error.value.problems[0].facts) == (
        "refund.fair",
        {"rule": "p", "missing": missing},
    )


def test_an_older_document_does_not_say_what_free_shipping_spared():
    """Without `spared` a free parcel can't be rechecked."""
    stored = sent(free=True).to_dict()
    del stored["parcels"][0]["spared"]
    with pytest.raises(InvalidDocument, match="spared"):
        refund(Settlement.from_dict(stored), {"b": 1}, policy=FAIR)


class Fifth(Benefit):
    """A kind of one's own: a fifth off."""

    type: Literal["fifth"] = "fifth"

    def off(self, goods: Any) -> list[int]:
        """A fifth of each line."""
        return [net // 5 for net in goods.nets]

    def again(self) -> Any:
        """In the library's words."""
        return PercentOff(percent="20")


def test_a_kind_of_ones_own_says_in_the_librarys_words_what_it_takes_off():
    """`Benefit.again`, through the fence: its facts hold it, a lower tier's too, and the stored check works it out."""
    cart = {
        "currency": "CNY",
        "lines": [{"id": "t", "shop": "s1", "sku": "t", "quantity": 10, "unit_price": "9.00 CNY"}],
    }
    tiers = [{"min_quantity": 3, "benefit": {"type": "fifth"}}, MORE]
    offer = {"id": "p", "issuer": "platform"}
    own = Rulebook.with_kinds(Fifth)
    lower = settle(
        Checkout.model_validate({"at": AT, "cart": cart}),
        own.model_validate({"id": "r", "currency": "CNY", "promotions": [offer | {"tiers": tiers}]}),
    )
    assert lower.adjustments[0].facts["lower"][0]["again"] == {"type": "percent_off", "percent": "20"}
    # 76.50 paid; seven kept get a fifth off 63.00
    assert steps(lower, {"t": 3}) == ["26.10"]
    alone = settle(
        Checkout.model_validate({"at": AT, "cart": cart}),
        own.model_validate({"id": "r", "currency": "CNY", "promotions": [offer | {"tiers": tiers[:1]}]}),
    )
    assert steps(alone, {"t": 8}) == ["54.00"]  # 72.00 less two at 9.00
    stored = alone.to_dict()
    stored["adjustments"][0]["facts"]["again"]["percent"] = "19"
    with pytest.raises(InvalidDocument) as error:
        Settlement.from_dict(stored)
    assert {each.place for each in error.value.problems} == {"adjustments[0].shares.t"}


def test_a_kind_that_answers_again_with_one_of_its_own_is_refused():
    """The fence lets through one of the library's only."""

    class Strange(Fifth):
        """Says that it is itself."""

        type: Literal["strange"] = "strange"  # type: ignore[assignment]  # another literal than that of its base

        def again(self) -> Any:
            """Not in the library's words."""
            return self

    cart = {
        "currency": "CNY",
        "lines": [{"id": "t", "shop": "s1", "sku": "t", "quantity": 1, "unit_price": "9.00 CNY"}],
    }
    offer = {"id": "p", "issuer": "platform", "tiers": [{"benefit": {"type": "strange"}}]}
    with pytest.raises(KindFailed, match="again"):
        settle(
            Checkout.model_validate({"at": AT, "cart": cart}),
            Rulebook.with_kinds(Strange).model_validate({"id": "r", "currency": "CNY", "promotions": [offer]}),
        ).to_json()


class Asked(Condition):
    """A condition of a shop's own: on a warm day (no goods), of two kinds of goods, or nobody can tell."""

    type: Literal["asked"] = "asked"
    what: Literal["day", "kinds", "secret", "itself"]

    def met(self, known: Circumstances) -> bool:
        """It held when the order was placed."""
        return bool(known.cart.ids)

    def again(self) -> Any:
        """In the library's words."""
        return {"day": (), "kinds": [DifferentGoods(count=2)], "secret": None, "itself": [self]}[self.what]


def asked(*what: str) -> Settlement:
    """Two kinds of goods at 100.00 each, and 10 % off under such conditions."""
    lines = [{"id": name, "shop": "s1", "sku": name, "quantity": 1, "unit_price": "100.00 CNY"} for name in "ab"]
    offer = {"id": "p", "issuer": "platform", "tiers": [{"benefit": {"type": "percent_off", "percent": "10"}}]}
    offer["conditions"] = [{"type": "asked", "what": each} for each in what]
    book = Rulebook.with_kinds(Asked).model_validate({"id": "r", "currency": "CNY", "promotions": [offer]})
    return settle(Checkout.model_validate({"at": AT, "cart": {"currency": "CNY", "lines": lines}}), book)


def test_a_condition_of_ones_own_says_what_it_asks_of_the_goods():
    """`Condition.again`: one that looks at no goods holds as it did, one that asks for two kinds is lost with one."""
    assert asked("day").adjustments[0].facts["conditions_again"] == {"0": []}
    assert steps(asked("day"), {"a": 1}, {"b": 1}) == ["90.00", "90.00"]
    both = asked("day", "kinds")
    assert both.adjustments[0].facts["conditions_again"]["1"] == [{"type": "different_goods", "count": 2}]
    assert steps(both, {"a": 1}, {"b": 1}) == ["80.00", "100.00"]
    assert steps(Settlement.from_json(both.to_json()), {"a": 1}) == ["80.00"]
    assert "conditions_again" not in asked("secret").adjustments[0].facts
    with pytest.raises(InvalidDocument, match="doesn't state conditions_again"):
        refund(asked("day", "secret"), {"a": 1}, policy=FAIR)
    with pytest.raises(KindFailed, match=r"None or a sequence of the library's conditions"):
        asked("itself").to_json()


@pytest.mark.parametrize(
    "stated",
    [{"1": []}, {"x": []}, {"0": [{"type": "asked", "what": "day"}]}, {"0": [{"type": "different_goods"}]}, []],
)
def test_what_conditions_ask_again_is_checked_in_a_stored_settlement(stated):
    """A place where no condition of one's own stands, a kind that is not the library's, a field that is missing."""
    stored = asked("kinds").to_dict()
    stored["adjustments"][0]["facts"]["conditions_again"] = stated
    with pytest.raises(InvalidDocument, match="conditions_again"):
        Settlement.from_dict(stored)
    stored = bought([{"id": "a"}, {"id": "b"}], promotions=[
        {"id": "p", "issuer": "platform", "conditions": [{"type": "different_goods", "count": 2}],
         "tiers": [{"benefit": {"type": "percent_off", "percent": "10"}}]}]).to_dict()  # fmt: skip
    stored["adjustments"][0]["facts"]["conditions_again"] = {"0": []}
    with pytest.raises(InvalidDocument, match=r"conditions_again.*stored\.condition"):
        Settlement.from_dict(stored)


def test_fewer_goods_may_reach_a_higher_tier_when_an_offer_before_takes_less_of_them():
    """A bundle brings 160.00 down to 90.00, of which 5 % go; two kept cost 120.00 without it and reach 10 % off."""
    bundle = {"benefit": {"type": "bundle_price", "quantity": 3, "price": "90.00 CNY"}}
    five = {"min_amount": "50.00 CNY", "benefit": {"type": "percent_off", "percent": "5"}}
    ten = {"min_amount": "100.00 CNY", "benefit": {"type": "percent_off", "percent": "10"}}
    lines = [{"id": "a", "quantity": 3, "unit_price": "60.00 CNY"}]
    offers = [
        {"id": "set", "issuer": "platform", "tiers": [bundle], "stage": "item"},
        {"id": "off", "issuer": "platform", "tiers": [five, ten]},
    ]
    cart = bought(lines, promotions=offers)
    assert cart.adjustments[1].facts["higher"] == [ten]
    # 85.50 paid; two kept cost 120.00 less 12.00: nothing goes back now
    first = refund(cart, {"a": 1}, policy=FAIR)
    assert (str(first.cash), str(first.uncharged)) == ("0.00 CNY", "22.50 CNY")
    stored = cart.to_dict()
    stored["adjustments"][1]["facts"]["higher"][0]["min_amount"] = "90.00 CNY"
    assert_told(stored, "adjustments[1].facts.higher[0].min_amount", "stored.tier")
    del stored["adjustments"][1]["facts"]["higher"]
    stored["adjustments"][1]["facts"]["lower"] = [five | {"min_amount": "100.00 CNY"}]
    assert_told(stored, "adjustments[1].facts.lower", "stored.differs")


def test_a_condition_on_categories_is_asked_again_of_the_lines_that_it_counted():
    """Half off with two of the category: one kept, and nothing of it is left."""
    lines = [{"id": "a", "quantity": 2, "categories": ["tea"]}, {"id": "b"}]
    holds = {"type": "cart_holds", "categories": ["tea"], "min_quantity": 2}
    offer = {
        "id": "p", "issuer": "platform", "conditions": [holds],
        "tiers": [{"benefit": {"type": "percent_off", "percent": "50"}}],
    }  # fmt: skip
    cart = bought(lines, promotions=[offer])
    assert cart.adjustments[0].facts["held"] == {"0": ["a"]}
    assert steps(cart, {"b": 1}, {"a": 1}, {"a": 1}) == ["50.00", "0.00", "100.00"]
    stored = cart.to_dict()
    stored["adjustments"][0]["facts"]["held"] = {"0": ["b"]}
    assert_told(stored, "adjustments[0].facts.held.0", "stored.unmet")
    stored["adjustments"][0]["facts"]["held"] = {"1": ["a"]}
    assert_told(stored, 'adjustments[0].facts.held."1"', "stored.condition")
    del stored["adjustments"][0]["facts"]["held"]
    with pytest.raises(InvalidDocument, match="held"):
        refund(Settlement.from_dict(stored), {"a": 1}, policy=FAIR)


@pytest.mark.parametrize(("combination", "cash"), [("sum", "42.00"), ("max", "50.00"), ("highest_first", "48.00")])
def test_parcels_that_are_combined_are_sent_again_as_they_were(combination, cash):
    """Of 8.00, 12.00 and 10.00 waived from 150.00 on 8.00 and 10.00 stay: both, the dearer, or 10.00 and one more.

    Where only the dearest pays, an older document doesn't state the others' fees: refused when it comes back alone.
    """
    fees = {"a": "8.00 CNY", "b": "12.00 CNY", "c": "10.00 CNY"}
    zones = {name: [ZONE | {"first_fee": fee}] for name, fee in fees.items()}
    templates = [{"id": name, "measure": "quantity", "zones": each} for name, each in zones.items()]
    lines = [{"id": name, "unit_price": "60.00 CNY", "freight_template": name} for name in fees]
    waived = {"min_amount": "150.00 CNY", "benefit": {"type": "freight_off"}}
    cart = bought(lines, waived, freight_templates=templates, policy={"freight_combination": combination})
    stated = {each.facts.get("combination", "sum") for each in cart.adjustments if each.stage == "freight"}
    assert stated == {combination}
    assert steps(cart, {"b": 1}) == [cash]
    assert Settlement.from_json(cart.to_json()) == cart
    assert ["spared" in each for each in cart.to_dict()["parcels"]] == [
        combination == "max",
        False,
        combination == "max",
    ]
    if combination == "max":
        stored = cart.to_dict()
        for each in stored["parcels"]:
            each.pop("spared", None)
        old = Settlement.from_dict(stored)
        assert steps(old, {"a": 1}) == ["48.00"]
        with pytest.raises(InvalidDocument, match="fee"):
            refund(old, {"b": 1}, policy=FAIR)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda parcel: parcel["spared"].update(free=[{"min_amount": "1.00 CNY"}]), "parcels[0].spared"),
        (lambda parcel: parcel["spared"].pop("combination"), "parcels[0].spared"),
        (lambda parcel: parcel["spared"].update(fee="9.00 CNY"), "parcels[0].spared.fee"),
    ],
)
def test_what_a_dearer_parcel_pays_for_is_no_free_shipping(change, place):
    """A parcel that does not ship free states its own fee, nothing that would make it free, and how it is combined."""
    zones = [{"id": name, "measure": "quantity", "zones": [ZONE | {"first_fee": fee}]} for name, fee in FEES.items()]
    lines = [{"id": name, "freight_template": name} for name in FEES]
    stored = bought(lines, freight_templates=zones, policy={"freight_combination": "max"}).to_dict()
    change(stored["parcels"][0])
    with pytest.raises(InvalidDocument) as error:
        Settlement.from_dict(stored)
    assert place in [each.place for each in error.value.problems]


FEES = {"a": "8.00 CNY", "b": "12.00 CNY"}


def test_a_parcel_that_costs_nothing_says_so_too():
    """Of 0.00 and 12.00, the dearest of which was waived from 150.00 on, the first stays: there is nothing to owe."""
    zones = [
        {"id": name, "measure": "quantity", "zones": [ZONE | {"first_fee": fee}]} for name, fee in FREE_AND.items()
    ]
    lines = [{"id": name, "freight_template": name} for name in FREE_AND]
    waived = {"min_amount": "150.00 CNY", "benefit": {"type": "freight_off"}}
    cart = bought(lines, waived, freight_templates=zones, policy={"freight_combination": "max"})
    assert steps(cart, {"b": 1}) == ["100.00"]
    assert Settlement.from_json(cart.to_json()) == cart


FREE_AND = {"a": "0.00 CNY", "b": "12.00 CNY"}


def test_a_set_below_by_categories_is_tried_on_what_is_kept():
    """40 % off from four, two of two categories for 150.00 below: one of each is kept and costs 150.00 of 240.00."""
    slots = [{"categories": [name], "quantity": 1} for name in "xy"]
    pair = {"min_quantity": 2, "benefit": {"type": "set_price", "price": "150.00 CNY", "slots": slots}}
    more = {"min_quantity": 4, "benefit": {"type": "percent_off", "percent": "40"}}
    cart = bought([{"id": name, "quantity": 2, "categories": [name]} for name in "xy"], pair, more)
    assert steps(cart, {"x": 1, "y": 1}, {"x": 1, "y": 1}) == ["90.00", "150.00"]
    stored = cart.to_dict()
    stored["adjustments"][0]["facts"]["lower"][0]["slots"][1] = ["z"]
    assert_told(stored, "adjustments[0].facts.lower[0].slots[1][0]", "stored.line")
    del stored["adjustments"][0]["facts"]["lower"][0]["slots"]
    with pytest.raises(InvalidDocument, match="slots"):
        refund(Settlement.from_dict(stored), {"x": 1}, policy=FAIR)


def test_who_issued_a_price_of_goods_is_stated_and_never_guessed():
    """Under `shop_net` the shop's own prices count against free shipping, the platform's don't, whoever bears them."""
    half = {"benefit": {"type": "percent_off", "percent": "50"}}
    template = {"id": "t", "measure": "quantity", "zones": [ZONE], "free": [{"min_amount": "100.00 CNY"}]}
    lines = [{"id": "a", "quantity": 3, "freight_template": "t"}]
    found = {}
    for issuer in ("platform", "s1"):
        offer = {"id": "p", "issuer": issuer, "tiers": [half], "stage": "item", "platform_share": "100"}
        book = {"promotions": [offer], "policy": {"free_shipping_amount": "shop_net"}}
        cart = bought(lines, freight_templates=[template], **book)
        assert cart.adjustments[0].facts["by_platform"] is (issuer == "platform")
        found[issuer] = steps(cart, {"a": 2})
        stored = cart.to_dict()
        del stored["adjustments"][0]["facts"]["by_platform"]
        with pytest.raises(InvalidDocument, match="by_platform"):
            refund(Settlement.from_dict(stored), {"a": 2}, policy=FAIR)
    # 100.00 that the platform brings to 50.00 ship free; of the shop's 50.00 the 8.00 are owed
    assert found == {"platform": ["100.00"], "s1": ["92.00"]}


def assert_told(stored: dict[str, Any], place: str, code: str) -> None:
    """The stored check says this, and maybe more."""
    with pytest.raises(InvalidDocument) as error:
        Settlement.from_dict(stored)
    assert (place, code) in [(each.place, each.code) for each in error.value.problems]


# ------------------------------------------------------------------ laws


#: Of every kind that takes something off.
DRAWN = tuple(strategies.benefits(kind) for kind in KINDS if kind is not Presale)
REQUESTS = strategies.requests(drawn=DRAWN)


def plain(request: tuple[Checkout, Rulebook]) -> tuple[Checkout, Rulebook]:
    """The same without what §8 spreads."""
    checkout, book = request
    policy = book.policy.model_copy(update={"round_total": None})
    changed = {"points": None, "policy": policy}
    lines = [
        line.model_copy(update={"stock": None, "quantity": -(-milli(line.quantity) // 1000)})
        for line in checkout.cart.lines
    ]
    choice = checkout.choice.model_copy(update={"points": 0})
    cart = checkout.cart.model_copy(update={"lines": tuple(lines)})
    asked = {"payment_method": None, "choice": choice, "cart": cart}
    return (
        Checkout.model_validate_json(checkout.model_copy(update=asked).model_dump_json()),
        Rulebook.model_validate_json(book.model_copy(update=changed).model_dump_json()),
    )


def wholes(draw: Any, settlement: Settlement) -> dict[str, int]:
    """A part of each line, in whole pieces."""
    return {line.id: draw(st.integers(0, int(line.quantity))) for line in settlement.lines}


@given(REQUESTS, st.data())
@settings(max_examples=examples(150), deadline=None)
def test_kept_goods_cost_what_they_would_bought_anew_by_those_offers(request_, data):
    """By settling once more what is kept, with the offers and coupons that applied and no other."""
    request_ = plain(request_)
    settlement = settle(*request_)
    assume(settlement.status == "payable")
    back = wholes(data.draw, settlement)
    kept = {line.id: int(line.quantity) - back[line.id] for line in settlement.lines}
    ready = Kept(settlement)
    found, seen = ready.on_goods({name: each * 1000 for name, each in back.items()})
    assert sum(seen.net) == anew(request_, settlement, kept)
    given_back = refund(settlement, back, policy=FAIR)
    goods = sum(line.goods.minor + line.promotions.minor + line.coupons.minor for line in settlement.lines)
    charged = sum(each.amount.minor for each in given_back.charges if each.rule in {offer.rule for offer, _ in found})
    came = sum(line.goods.minor for line in given_back.lines)
    if not given_back.uncharged:
        assert came - charged == goods - sum(seen.net)
    assert Settlement.from_json(settlement.to_json()) == settlement


@given(REQUESTS.map(lambda request: settle(*request)), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_given_back_in_all_never_falls_and_ends_at_what_was_paid(settlement, data):
    """Points, fees, rounding, parcels and boxes too, in any order and with any freight mode; read back or not.

    Of what the library makes nothing is refused: every fact is stated.
    """
    assume(settlement.status == "payable")
    stored = Settlement.from_json(settlement.to_json())
    left = {line.id: milli(line.quantity) for line in settlement.lines}
    pieces = {line.id: 1 if line.sold_by_measure or milli(line.quantity) % 1000 else 1000 for line in settlement.lines}
    history: list[RefundQuote] = []
    modes = st.sampled_from(["keep", "return", "parcel"])
    for _ in range(data.draw(st.integers(0, 3))):
        now = {name: pieces[name] * data.draw(st.integers(0, each // pieces[name])) for name, each in left.items()}
        left = {name: each - now[name] for name, each in left.items()}
        returns = {name: quantity_out(each) for name, each in now.items()}
        quote = refund(settlement, returns, history, data.draw(modes), FAIR)
        assert refund(stored, returns, history, quote.freight, FAIR) == quote
        assert RefundQuote.from_json(quote.to_json()) == quote
        assert quote.cash.minor >= 0
        history.append(quote)
    history.append(
        refund(settlement, {name: quantity_out(each) for name, each in left.items()}, history, "return", FAIR)
    )
    assert sum(quote.cash.minor for quote in history) == settlement.payable.minor
    assert not history[-1].uncharged


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=examples(200), deadline=None)
def test_no_line_gives_back_more_than_was_paid_for_it(seed, money):
    """After every step, fair or not and in any mixture, with what is charged on it and kept; at the end just that.

    Below 0 a line is charged for what others lost. What could not be charged yet stands on no line that is back.
    """
    rng = random.Random(seed)
    settlement = a_payable(rng)
    back = {line.id: 0 for line in settlement.lines}
    paid = {line.id: line.payable.minor for line in settlement.lines}
    for quote in sequence(rng, settlement, rng.choice([ALL, FAIR]), money=money):
        for line in quote.lines:
            back[line.id] += line.cash.minor
        for sum_ in (*quote.charges, *quote.deductions):
            back[sum_.line] -= sum_.amount.minor
        assert all(back[name] <= paid[name] for name in back)
    if not money:
        assert back == paid


def test_a_cent_that_parts_rounded_off_may_go_with_an_offer_that_gave_less():
    """Its own history is taken back where the last offer of a line gave 0.001 and the parts of others lost a cent."""
    rng = random.Random(177)
    settlement = a_payable(rng)
    history = [*sequence(rng, settlement, money=True)]
    assert Sold(settlement).history(history) == history


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120), deadline=None)
def test_a_charge_of_an_offer_that_is_all_the_platforms_is_all_the_platforms(seed):
    """Also the cents that parts of a line rounded off: the offer reads the same in both columns."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    whole = {each.rule for each in settlement.adjustments if each.facts.get("platform_share") == "100"}
    for quote in sequence(rng, settlement):
        for charge in quote.charges:
            if charge.rule in whole and any(each.rule == charge.rule for each in settlement.adjustments):
                assert charge.platform == charge.amount
