"""What an agent sends is read as ids, quantities and choices; everything that costs is the merchant's own."""

from __future__ import annotations

import pytest

from agent_carts import holds_ucp, valid_ucp
from settlement import Customer, Rulebook, settle
from settlement.errors import InvalidDocument
from settlement.ext.ucp import NEWEST, VERSION, Merchant, SaleUnit, to_checkout, to_request

AT = "2026-11-11T00:00:00Z"
GOODS = {
    "tea": {"shop": "s", "name": "Tea", "unit_price": "40.00 CNY", "freight_template": "post"},
    "pot": {"shop": "t", "name": "Pot", "unit_price": "80.00 CNY", "freight_template": "post"},
    "oranges": {"shop": "s", "name": "Oranges", "unit_price": "15.80 CNY"},
}
ZONE = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "2.00 CNY"}
EXPRESS = ZONE | {"first_fee": "20.00 CNY"}
RULES = Rulebook.model_validate(
    {
        "id": "r",
        "currency": "CNY",
        "freight_templates": [{"id": "post", "measure": "quantity", "zones": [ZONE]}],
        "coupons": [
            {"id": name, "issuer": "platform", "tiers": [{"benefit": {"type": "amount_off", "amount": "5.00 CNY"}}]}
            for name in ("five", "secret")
        ],
        "delivery_methods": [
            {"id": "standard", "name": "Standard", "description": "three days"},
            {"id": "express", "templates": [{"template": "post", "zones": [EXPRESS]}]},
            {"id": "counter", "pickup": True, "shops": ["s"]},
        ],
        "payment_methods": [{"id": "card", "percent": "1", "borne_by": "buyer"}],
    }
)
MERCHANT = Merchant(
    GOODS.get, codes={"FIVE": "five"}, units={"oranges": SaleUnit("KGM", 2, "kg")}, payment_methods={"pay": "card"}
)
SHENZHEN = {"id": "d1", "address_country": "CN", "address_region": "广东省", "address_locality": "深圳市",
            "street_address": "南山区科苑路 15 号", "first_name": "小满", "last_name": "陈"}  # fmt: skip


def document(*lines, **more):
    """What an agent sends for goods and quantities."""
    return {"line_items": [{"item": {"id": sku}, "quantity": count} for sku, count in lines]} | more


def asked(sent, **options):
    """The checkout that is made of it."""
    return to_request(sent, RULES, MERCHANT, at=AT, **options).checkout


def sent_by(*groups, kind="shipping", destination=SHENZHEN):
    """The part of a document that chooses ways of delivery."""
    method = {"type": kind, "destinations": [destination], "selected_destination_id": destination["id"]}
    return {"methods": [method | {"groups": list(groups)}]}


def answered(sent, **options):
    """The checkout that is answered: valid, and with every sum that UCP promises."""
    paid = settle(asked(sent), RULES)
    made = to_checkout(paid, "chk_1", asked=sent, merchant=MERCHANT, **options)
    valid_ucp(made)
    holds_ucp(made, paid)
    return made


def problems(sent, **options):
    """What is wrong with it."""
    with pytest.raises(InvalidDocument) as caught:
        asked(sent, **options)
    return [(each.place, each.code) for each in caught.value.problems]


def test_an_amount_that_an_agent_sends_is_no_price():
    """Prices, discounts and totals in the request change nothing."""
    lie = {"id": "tea", "price": 1, "title": "free"}
    totals = [{"type": "total", "amount": 1}]
    sent = {
        "line_items": [{"item": lie, "quantity": 2, "totals": totals}],
        "totals": totals,
        "currency": "USD",
        "discounts": {"applied": [{"title": "x", "amount": 7999}]},
    }
    paid = settle(asked(sent), RULES)
    assert (str(paid.payable), paid.lines[0].name) == ("80.00 CNY", "Tea")


def test_only_codes_of_the_merchant_and_coupons_that_are_held_apply():
    """A coupon's id is no code, unless the buyer holds it; an empty list wants none."""

    def wanted(codes, held=()):
        made = asked(document(("tea", 1), discounts={"codes": codes}), customer=Customer(coupons=list(held)))
        return made.choice.coupons

    assert wanted(["five "]) == ("five",)
    assert wanted(["secret"]) == "none"
    assert wanted(["SECRET"], ["secret"]) == ("secret",)
    assert wanted([], ["secret"]) == "none"
    assert asked(document(("tea", 1)), customer=Customer(coupons=["secret"])).choice.coupons == "best"


def test_an_address_is_recognised_in_china_and_composed_elsewhere():
    """The county decides freight here; abroad country, state and postcode do. The buyer's name stands in."""
    here = asked(document(("tea", 1), fulfillment=sent_by())).address
    assert (here.region, here.name) == ("440305", "小满 陈")
    there = {"id": "d", "address_country": "us", "address_region": "CA", "postal_code": "94103"}
    buyer = {"first_name": "Ann", "phone_number": "+1 415 555 0100"}
    made = asked(document(("tea", 1), fulfillment=sent_by(destination=there), buyer=buyer)).address
    assert (made.region, made.name, made.phone) == ("US/CA/94103", "Ann", "+1 415 555 0100")


def test_each_shop_goes_the_way_that_its_group_chooses():
    """By the group's name, by its lines, or all of a method; what nobody offers is told and not guessed."""
    lines = (("tea", 1), ("pot", 1))
    one = asked(document(*lines, fulfillment=sent_by({"id": "t", "selected_option_id": "express"})))
    assert [(each.shop, each.method) for each in one.choice.delivery] == [("t", "express")]
    both = asked(document(*lines, fulfillment=sent_by({"id": "shipping", "selected_option_id": "express"})))
    assert {each.shop for each in both.choice.delivery} == {"s", "t"}
    got = {"methods": [{"type": "pickup", "line_item_ids": ["li_1"]}]}
    assert [each.method for each in asked(document(*lines, fulfillment=got)).choice.delivery] == ["counter"]
    sent = document(*lines, fulfillment=sent_by({"id": "all", "selected_option_id": "by drone"}))
    made = answered(sent)
    path = "$.fulfillment.methods[0].groups[0].selected_option_id"
    assert [row["path"] for row in made["messages"] if row["code"] == "invalid_fulfillment_option"] == [path]
    assert made["status"] == "incomplete"


def test_each_option_costs_what_choosing_it_comes_to():
    """One group for all that go together, or one for each shop; the option chosen is the one that is paid."""
    sent = document(("tea", 2), ("pot", 1), fulfillment=sent_by({"id": "x", "selected_option_id": "express"}))
    for by_shop in (False, True):
        made = answered(sent, by_shop=by_shop)
        (method,) = made["fulfillment"]["methods"]
        assert len(method["groups"]) == (2 if by_shop else 1)
        assert method["selected_destination_id"] == "d1"
        chosen = 0
        for group in method["groups"]:
            assert group["selected_option_id"] == "express"
            costs = {each["id"]: each["totals"][-1]["amount"] for each in group["options"]}
            assert costs["express"] > costs["standard"]
            chosen += costs["express"]
        freight = next(row["amount"] for row in made["totals"] if row["type"] == "fulfillment")
        assert chosen == freight == 4200


def test_what_is_collected_goes_without_freight_and_is_hinted_at():
    """A shop with a counter offers it beside sending; once it is chosen, its goods are a method of their own."""
    sent = document(("tea", 1), ("pot", 1), fulfillment=sent_by())
    made = answered(sent, by_shop=True)
    assert made["fulfillment"]["available_methods"][0]["line_item_ids"] == ["li_1"]
    sent["fulfillment"]["methods"].append({"type": "pickup", "line_item_ids": ["li_1"]})
    made = answered(sent)
    kinds = {each["type"]: each["line_item_ids"] for each in made["fulfillment"]["methods"]}
    assert kinds == {"pickup": ["li_1"], "shipping": ["li_2"]}


def test_the_selected_instrument_says_the_payment_method():
    """And so its fee; an instrument that is not selected says nothing."""
    rows = [{"id": "1", "handler_id": "pay", "selected": True}, {"id": "2", "handler_id": "other"}]
    assert asked(document(("tea", 1), payment={"instruments": rows})).payment_method == "card"
    rows[0]["selected"] = False
    assert asked(document(("tea", 1), payment={"instruments": rows})).payment_method is None


@pytest.mark.parametrize(("handlers", "method"), [(["pay"], "card"), (["pay", "other"], None), (["other"], None)])
def test_the_only_handler_is_what_is_paid_by(handlers, method):
    """Its fee is shown before an instrument is named, and where one names no handler; of several none is guessed."""
    merchant = MERCHANT._replace(handlers={"com.example.pay": [{"id": each} for each in handlers]})
    for payment in ({}, {"payment": {"instruments": []}}, {"payment": {"instruments": [{"id": "1"}]}}):
        made = to_request(document(("tea", 1), **payment), RULES, merchant, at=AT)
        assert made.checkout.payment_method == method
    rows = [{"id": "1", "handler_id": "unknown"}]
    made = to_request(document(("tea", 1), payment={"instruments": rows}), RULES, merchant, at=AT)
    assert made.checkout.payment_method is None


def test_lines_keep_their_ids_where_these_tell_them_apart():
    """An agent's own, or one that is given here."""
    sent = document(("tea", 1), ("pot", 1), ("tea", 2))
    for line, name in zip(sent["line_items"], ("a", "b", "b"), strict=True):
        line["id"] = name
    assert [line.id for line in asked(sent).cart.lines] == ["a", "li_2", "li_3"]


def test_a_line_without_an_id_gets_one_that_is_free():
    """The first line taken out and another added behind, as answers have them: all are told apart."""
    sent = document(("tea", 1), ("pot", 1), ("tea", 2), ("pot", 2))
    sent["line_items"][0]["id"], sent["line_items"][2]["id"] = "li_2", "li_3"
    assert [line.id for line in asked(sent).cart.lines] == ["li_2", "li_4", "li_3", "li_5"]


def test_steps_of_a_unit_are_its_decimals_and_another_unit_is_refused():
    """235 hundredths of a kilogram; the older version, which counts pieces, takes none of it."""
    sent = document(("oranges", 235))
    assert str(asked(sent, version=NEWEST).cart.lines[0].quantity) == "2.35"
    assert problems(sent) == [("line_items[0].quantity", "unsayable.quantity")]
    sent["line_items"][0]["item"]["quantity_unit"] = {"unit": "LBR", "scale": 2, "display_text": "lb"}
    assert problems(sent, version=NEWEST) == [("line_items[0].item.quantity_unit", "agent.unit")]


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, [("line_items", "field.missing")]),
        ({"line_items": []}, [("line_items", "field.missing")]),
        ({"line_items": "tea"}, [("line_items", "field.type"), ("line_items", "field.missing")]),
        ({"line_items": [1]}, [("line_items[0]", "object.type"), ("line_items", "field.missing")]),
        (document(("tea", 0)), [("line_items[0].quantity", "integer.range")]),
        (document(("tea", True)), [("line_items[0].quantity", "field.type")]),
        (document(("tea", "2")), [("line_items[0].quantity", "field.type")]),
        (document(("nothing", 1)), [("line_items[0].item.id", "agent.goods")]),
        (document(("tea", 1), discounts=["FIVE"]), [("discounts", "field.type")]),
        (document(("tea", 1), discounts={"codes": [1]}), [("discounts.codes[0]", "text.type")]),
        (
            document(("tea", 1), fulfillment=sent_by(destination={"id": "d", "address_country": "Mars"})),
            [("fulfillment.methods[0].destinations[0]", "agent.address")],
        ),
        (
            document(("tea", 1), fulfillment=sent_by(destination={"id": "d", "address_country": 1})),
            [
                ("fulfillment.methods[0].destinations[0].address_country", "field.type"),
                ("fulfillment.methods[0].destinations[0]", "agent.address"),
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place_in_the_document(sent, wrong):
    """All of it at once, by the places of the agent's document."""
    assert problems(sent) == wrong


@pytest.mark.parametrize("junk", [None, 1, "x", [], [1], {"a": 1}, True, 1.5, [None], {"id": []}])
@pytest.mark.parametrize(
    "path",
    [
        "line_items.0.item", "line_items.0.quantity", "line_items.0.id", "fulfillment", "fulfillment.methods",
        "fulfillment.methods.0.groups", "fulfillment.methods.0.groups.0.id", "fulfillment.methods.0.line_item_ids",
        "fulfillment.methods.0.destinations", "fulfillment.methods.0.destinations.0.id", "discounts", "discounts.codes",
        "payment", "payment.instruments", "payment.instruments.0.handler_id", "buyer", "buyer.first_name", "context",
        "context.eligibility", "fulfillment.methods.0.type", "fulfillment.methods.0.selected_destination_id",
        "fulfillment.methods.0.groups.0.selected_option_id", "line_items.0.item.id",
    ],
)  # fmt: skip
def test_whatever_stands_anywhere_is_read_or_refused(path, junk):
    """Never another exception, for documents come from strangers; what is read is answered."""
    there = {"id": "d", "address_country": "US", "postal_code": "94103"}
    part = sent_by({"id": "s", "selected_option_id": "express"}, destination=there)
    sent = document(("tea", 1), fulfillment=part)
    sent |= {"discounts": {"codes": ["x"]}, "payment": {"instruments": [{"handler_id": "pay"}]}}
    sent |= {"buyer": {"first_name": "A"}, "context": {"eligibility": ["com.example.card"]}}
    *way, last = path.split(".")
    inner = sent
    for name in way:
        inner = inner[int(name)] if name.isdecimal() else inner[name]
    inner[int(last) if last.isdecimal() else last] = junk
    for version in (VERSION, NEWEST):
        try:
            made = asked(sent, version=version)
        except InvalidDocument:
            continue
        assert (
            to_checkout(settle(made, RULES), "chk_1", asked=sent, merchant=MERCHANT, version=version)["id"] == "chk_1"
        )
