"""A settlement as a checkout session of ACP: valid by its schema, with every sum that it promises, or `Unsayable`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from agent_carts import holds_acp, mall, peers
from settlement import Customer, Rulebook, refund, settle
from settlement.errors import InvalidDocument, Unsayable
from settlement.ext.acp import VERSION, Merchant, to_checkout, to_order, to_request

AT = "2026-11-11T00:00:00Z"
PEERS = list(peers())
SCHEMA = json.loads((Path(__file__).parent / f"schema-{VERSION}.json").read_text(encoding="utf-8"))
REGISTRY = Registry().with_resource(SCHEMA["$id"], Resource.from_contents(SCHEMA))
PIECES = [line | {"quantity": 2} for line in json.loads(mall().made_from[0].to_json())["cart"]["lines"]]
PLAIN = {"cart": {"currency": "CNY", "lines": PIECES}, "choice": {"coupons": "best", "points": 0}}


def validate(name, made):
    """By the schema of one document."""
    schema = {"$ref": f"{SCHEMA['$id']}#/$defs/{name}"}
    Draft202012Validator(schema, registry=REGISTRY, format_checker=FormatChecker()).validate(made)


def plain_mall(**changes):
    """The mall cart by the piece, without points and without the rounding of its total."""
    request = mall(**PLAIN | changes).made_from
    rules = Rulebook.model_validate(request[1].to_dict() | {"policy": {}})
    return settle(request[0], rules)


@pytest.mark.parametrize("paid", [paid for _, paid in PEERS], ids=[name for name, _ in PEERS])
def test_the_carts_of_other_engines_are_valid_and_add_up(paid):
    """Those that it has words for; of the others the place is told and nothing is bent."""
    bent = {name for name in ("points", "rounding") if getattr(paid.totals, name)} | {
        "quantity" for line in paid.lines if not isinstance(line.quantity, int)
    }
    if bent:
        with pytest.raises(Unsayable) as caught:
            to_checkout(paid, "cs_1")
        assert {each.place.rpartition(".")[2] for each in caught.value.problems} == bent
    else:
        made = to_checkout(paid, "cs_1")
        validate("CheckoutSessionBase", made)
        holds_acp(made, paid)


def test_most_carts_of_other_engines_are_sayable():
    """So that the test above is of something."""
    made = [name for name, paid in PEERS if not (paid.totals.points or paid.totals.rounding)]
    assert len(made) > 100


def test_the_mall_cart_has_no_words_and_all_its_places_are_told():
    """Weight, points and rounding, at once; in both languages."""
    with pytest.raises(Unsayable) as caught:
        to_checkout(mall(), "cs_1")
    places = {each.place: each.code for each in caught.value.problems}
    total = "unsayable.total"
    assert places == {"totals.points": total, "totals.rounding": total, "lines[2].quantity": "unsayable.quantity"}
    assert "-32.00 CNY" in caught.value.problems[0].text("zh_CN")


def test_the_mall_cart_without_them_is_valid():
    """By the piece: the sellers of each line, an option for each shop, a fee; and every sum."""
    paid = plain_mall()
    made = to_checkout(paid, "cs_1", quote_id="q1", expires="2026-11-11T00:15:00Z")
    validate("CheckoutSessionBase", made)
    holds_acp(made, paid)
    sellers = {row["marketplace_seller_details"]["name"] for row in made["line_items"]}
    assert sellers == {shop.shop for shop in paid.shops}
    chosen = {row["option_id"] for row in made["selected_fulfillment_options"]}
    options = {row["id"]: row["totals"][-1]["amount"] for row in made["fulfillment_options"]}
    freight = paid.totals.freight + paid.totals.surcharges + paid.totals.freight_offers
    assert sum(options[name] for name in chosen) == freight.minor
    assert (made["quote_id"], made["quote_expires_at"]) == ("q1", "2026-11-11T00:15:00Z")


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"tenders": [{"id": "g", "type": "gift_card", "balance": "1.00 CNY"}]}, "tenders[0]", "unsayable.total"),
        ({"choice": {"pickup": ["山野茶行"]}}, "shops[0]", "unsayable.pickup"),
    ],
)
def test_a_gift_card_and_a_counter_without_an_address_are_unsayable(changes, place, code):
    """A store credit has no sign there, and what is collected has a place."""
    request = plain_mall().made_from
    templates = [each | {"pickup": True} for each in request[1].to_dict()["freight_templates"]]
    rules = Rulebook.model_validate(request[1].to_dict() | {"freight_templates": templates})
    paid = settle(request[0].model_validate(request[0].to_dict() | changes), rules)
    with pytest.raises(Unsayable) as caught:
        to_checkout(paid, "cs_1")
    assert [(each.place, each.code) for each in caught.value.problems] == [(place, code)]


def test_refused_codes_are_rejected_with_the_nearest_of_eight_codes():
    """ACP has one for a minimum; what is missing stands in the text, for nothing else may."""
    merchant = Merchant({}.get, codes={"DIGITAL60": "digital-60", "SPRING": "autumn-30"})
    cart = {"currency": "CNY", "lines": [line | {"quantity": 1} for line in PIECES]}
    asked = {"discounts": {"codes": ["digital60", "SPRING", "nobody"]}, "buyer": {"email": "a@example.com"}}
    made = to_checkout(plain_mall(cart=cart), "cs_1", merchant=merchant, asked=asked)
    validate("CheckoutSessionBase", made)
    codes = ["discount_code_minimum_not_met", "discount_code_expired", "discount_code_invalid"]
    assert [row["reason"] for row in made["discounts"]["rejected"]] == codes
    assert "186.56" in made["discounts"]["rejected"][0]["message"]
    assert [row["param"] for row in made["messages"] if row["type"] == "warning"][2] == "$.discounts.codes[2]"
    assert made["status"] == "not_ready_for_payment"  # the crabs can't be delivered


def test_an_order_is_valid_and_its_refunds_are_above_zero():
    """What came back is counted, and its money stands in amount_refunded."""
    paid = plain_mall()
    back = refund(paid, {"2": 2}, id="r1", at="2026-11-12T00:00:00Z")
    made = to_order(
        paid, "1001", checkout_session_id="cs_1", permalink_url="https://shop.example/1001", refunds=[back],
        fulfilled={"1": 2},
    )  # fmt: skip
    row = made["line_items"][1]
    assert (row["status"], row["quantity"]) == ("removed", {"ordered": 2, "current": 0, "fulfilled": 0})
    assert made["line_items"][0]["status"] == "fulfilled"
    assert made["adjustments"][0]["amount"] == back.cash.minor == made["totals"][-1]["amount"]
    validate("Order", made)
    with pytest.raises(InvalidDocument):
        to_order(
            paid, "1", checkout_session_id="c", permalink_url="https://a.example", refunds=[refund(paid, {"1": 1})]
        )


def test_refunds_that_are_more_than_was_sold_are_no_order():
    """Three of two pieces: nothing comes to less than none, and no more is given back than was paid."""
    paid = plain_mall()
    rows = [refund(paid, {"2": count}, id=f"r{count}", at="2026-11-12T00:00:00Z") for count in (1, 2)]
    with pytest.raises(InvalidDocument) as caught:
        to_order(paid, "1", checkout_session_id="c", permalink_url="https://a.example", refunds=rows)
    assert [(each.place, each.code) for each in caught.value.problems] == [("refunds", "refund.exceeds")]


GOODS = {
    "tea": {"shop": "s", "name": "Tea", "unit_price": "40.00 CNY", "freight_template": "post"},
    "pot": {"shop": "t", "name": "Pot", "unit_price": "80.00 CNY", "freight_template": "post"},
}
ZONE = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "2.00 CNY"}
RULES = Rulebook.model_validate(
    {
        "id": "r",
        "currency": "CNY",
        "freight_templates": [{"id": "post", "measure": "quantity", "zones": [ZONE]}],
        "coupons": [
            {"id": "c5", "issuer": "platform", "tiers": [{"benefit": {"type": "amount_off", "amount": "5.00 CNY"}}]}
        ],
        "delivery_methods": [
            {"id": "standard"},
            {"id": "express", "templates": [{"template": "post", "zones": [ZONE | {"first_fee": "20.00 CNY"}]}]},
            {"id": "counter", "pickup": True, "shops": ["s"]},
        ],
        "payment_methods": [{"id": "card", "percent": "1", "borne_by": "buyer"}],
    }
)
ADDRESS = {"name": "陈小满", "line_one": "南山区科苑路 15 号", "city": "深圳市", "state": "广东省", "country": "CN",
           "postal_code": "518000"}  # fmt: skip
PLACE = {"name": "Tea house", "address": ADDRESS}
MERCHANT = Merchant(GOODS.get, codes={"FIVE": "c5"}, places={"s": PLACE})


def asked(sent, **options):
    """The checkout that is made of it."""
    return to_request(sent, RULES, MERCHANT, at=AT, **options).checkout


def test_a_session_is_bought_by_what_an_agent_sends():
    """Goods, codes, address and options; no amount. The answer is valid, and its own lines may be sent back."""
    sent = {
        "line_items": [{"id": "tea", "quantity": 2, "unit_amount": 1}, {"id": "pot"}],
        "currency": "cny",
        "capabilities": {},
        "discounts": {"codes": ["five"]},
        "fulfillment_details": {"address": ADDRESS, "phone_number": "13800138000"},
        "selected_fulfillment_options": [{"type": "shipping", "option_id": "t/express", "item_ids": ["li_2"]}],
        "order_notes": "ring twice",
    }
    made = asked(sent, customer=Customer(id="u1"))
    assert (made.address.region, made.remark, made.customer.coupons) == ("440305", "ring twice", ("c5",))
    paid = settle(made, RULES)
    session = to_checkout(paid, "cs_1", merchant=MERCHANT, asked=sent)
    validate("CheckoutSessionBase", session)
    holds_acp(session, paid)
    ways = {row["option_id"] for row in session["selected_fulfillment_options"]}
    assert "t/express" in ways
    assert {row["type"] for row in session["fulfillment_options"] if row["id"].startswith("s/")} == {
        "shipping",
        "pickup",
    }
    again = asked(sent | {"line_items": session["line_items"]})
    assert settle(again, RULES).totals == paid.totals
    counter = [{"type": "pickup", "option_id": "s/counter", "item_ids": ["li_1"]}]
    made = asked(sent | {"selected_fulfillment_options": counter})
    assert [(each.shop, each.method) for each in made.choice.delivery] == [("s", "counter")]


def test_the_payment_method_that_is_named_has_its_fee():
    """The shop names it when the agent completes: what an agent sends names none."""
    sent = {"line_items": [{"id": "tea", "quantity": 2}], "payment_data": {"handler_id": "card"}}
    free, paid = (settle(asked(sent, **named), RULES) for named in ({}, {"payment_method": "card"}))
    assert (free.totals.payment_fee.minor, paid.totals.payment_fee.minor) == (0, 80)
    holds_acp(to_checkout(paid, "cs_1", merchant=MERCHANT, asked=sent), paid)


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, [("line_items", "field.missing")]),
        ({"line_items": [{"id": "x"}]}, [("line_items[0].id", "agent.goods")]),
        ({"line_items": [{"id": "tea"}], "currency": "USD"}, [("currency", "agent.currency")]),
        ({"line_items": [{"id": "tea", "quantity": 0}]}, [("line_items[0].quantity", "integer.range")]),
        (
            {"line_items": [{"id": "tea"}], "selected_fulfillment_options": [{"option_id": "s/drone"}]},
            [("selected_fulfillment_options[0].option_id", "agent.delivery")],
        ),
        (
            {"line_items": [{"id": "tea"}], "fulfillment_details": {"address": {"country": "Mars"}}},
            [("fulfillment_details.address", "agent.address")],
        ),
        ({"line_items": [{"id": "tea"}], "order_notes": 1}, [("order_notes", "field.type")]),
    ],
)
def test_what_is_wrong_is_told_at_its_place_in_the_document(sent, wrong):
    """By the places of the agent's document."""
    with pytest.raises(InvalidDocument) as caught:
        asked(sent)
    assert [(each.place, each.code) for each in caught.value.problems] == wrong
