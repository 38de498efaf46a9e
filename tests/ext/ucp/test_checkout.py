"""A settlement as a checkout of UCP: valid by its schemas, with every sum that they promise."""

from __future__ import annotations

import json

import pytest

from agent_carts import holds_ucp, mall, peers, valid_ucp
from settlement import refund
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.errors import InvalidDocument, Unsayable
from settlement.ext.ucp import NEWEST, VERSION, Merchant, SaleUnit, profile, to_checkout, to_order

PEERS = list(peers())
KILO = Merchant({}.get, units={"orange-gannan": SaleUnit("KGM", 2, "kg")})
PIECES = [line | {"quantity": 2} for line in json.loads(mall().made_from[0].to_json())["cart"]["lines"]]


@pytest.mark.parametrize("paid", [paid for _, paid in PEERS], ids=[name for name, _ in PEERS])
def test_the_carts_of_other_engines_are_valid_and_add_up(paid):
    """By both schemas that extend a checkout, in both versions; the shops' parts add up to the whole."""
    for version in (VERSION, NEWEST):
        made = to_checkout(paid, "chk_1", version=version, shops="com.example.shops", by_shop=True)
        holds_ucp(made, paid)
        shops = [{row["type"]: row["amount"] for row in shop["totals"]} for shop in made["shops"]]
        assert sum(shop["total"] for shop in shops) == paid.payable.minor
        assert all(sum(shop.values()) == 2 * shop["total"] for shop in shops)
        if version == VERSION:
            valid_ucp(made)


def test_a_weighed_cart_is_said_in_steps_where_there_are_units():
    """2.35 kg is 235 steps of a hundredth; the mall cart holds with every sum."""
    paid = mall()
    made = to_checkout(paid, "chk_1", version=NEWEST, merchant=KILO)
    holds_ucp(made, paid)
    orange = next(line for line in made["line_items"] if line["item"]["id"] == "orange-gannan")
    assert (orange["quantity"], orange["item"]["quantity_unit"]["scale"], orange["item"]["price"]) == (235, 2, 1580)
    assert {row["type"]: row["amount"] for row in made["totals"]}["points"] == -3200


@pytest.mark.parametrize(
    ("version", "merchant", "code"),
    [
        (VERSION, KILO, "unsayable.quantity"),
        (NEWEST, Merchant({}.get), "unsayable.quantity"),
        (NEWEST, Merchant({}.get, units={"orange-gannan": SaleUnit("KGM", 1, "kg")}), "unsayable.unit"),
    ],
)
def test_a_weight_is_never_read_as_pieces(version, merchant, code):
    """Where steps can't say it, it is told with its place, and nothing is rounded."""
    with pytest.raises(Unsayable) as caught:
        to_checkout(mall(), "chk_1", version=version, merchant=merchant)
    assert [(each.place, each.code) for each in caught.value.problems] == [("lines[2].quantity", code)]
    assert "2.35" in caught.value.problems[0].text("zh_CN")


def test_the_mall_cart_by_the_piece_is_valid_in_the_older_version():
    """The same cart with whole quantities: points, a fee and a rounding have types of their own."""
    paid = mall(cart={"currency": "CNY", "lines": PIECES})
    made = to_checkout(paid, "chk_1")
    holds_ucp(made, paid)
    valid_ucp(made)
    assert {"points", "fee", "discount"} <= {row["type"] for row in made["totals"]}


def test_what_is_left_out_is_an_error_and_no_answer_is_ready_with_it():
    """An agent takes it out, or says so; it never buys the rest unseen. What the buyer unticked is no error."""
    made = to_checkout(mall(), "chk_1", version=NEWEST, merchant=KILO, locale="zh_CN")
    told = {row["line_item_id"]: row for row in made["messages"] if row["type"] == "error"}
    assert {name: row["code"] for name, row in told.items()} == {"6": "address_undeliverable", "9": "out_of_stock"}
    assert (made["status"], told["9"]["content"]) == ("incomplete", "机械键盘 87 键: 已售罄")
    assert (told["9"]["reason"], told["9"]["available"]) == ("out_of_stock", "0")


def test_a_code_that_does_not_apply_is_told_with_what_is_missing():
    """The amount in minor units, our reason beside their code, at the place of the code; codes have no case."""
    merchant = KILO._replace(codes={"DIGITAL60": "digital-60", "SPRING": "autumn-30", "MALL": "mall-80"})
    asked = {"discounts": {"codes": ["mall", "digital60", "SPRING", "nobody", "MALL"]}}
    made = to_checkout(mall(), "chk_1", version=NEWEST, merchant=merchant, asked=asked)
    told = {row["path"]: row for row in made["messages"] if row["type"] == "warning"}
    short = told["$.discounts.codes[1]"]
    assert short["code"] == "discount_code_minimum_not_met"
    assert (short["reason"], short["shortfall"]) == ("below_amount", {"amount": 16894, "currency": "CNY"})
    codes = ["discount_code_expired", "discount_code_invalid", "discount_code_already_applied"]
    assert [told[f"$.discounts.codes[{at}]"]["code"] for at in (2, 3, 4)] == codes
    assert next(row["code"] for row in made["discounts"]["applied"] if row.get("code", "").lower() == "mall")
    assert "nobody" in told["$.discounts.codes[3]"]["content"]


def test_a_gift_card_leaves_what_is_to_be_paid():
    """The total is what an agent pays: a card is an entry above it."""
    paid = mall(
        cart={"currency": "CNY", "lines": PIECES},
        tenders=[{"id": "g1", "type": "gift_card", "balance": "100.00 CNY"}],
    )
    made = to_checkout(paid, "chk_1")
    holds_ucp(made, paid)
    assert next(row for row in made["totals"] if row["type"] == "gift_card")["amount"] == -10_000


def test_an_order_keeps_every_line_and_says_refunds_below_zero():
    """What came back is removed, and stays; quantities and amounts of an adjustment are negative; all is valid."""
    paid = mall(cart={"currency": "CNY", "lines": PIECES})
    first, last = (refund(paid, {"2": 2}, id="r1", at="2026-11-12T00:00:00Z"), {"1": 1})
    second = refund(paid, last, history=[first], id="r2", at="2026-11-13T00:00:00Z")
    made = to_order(
        paid, "1001", checkout_id="chk_1", permalink_url="https://shop.example/1001", refunds=[first, second],
        fulfilled={"1": 1, "5": 1},
    )  # fmt: skip
    valid_ucp(made, "shopping/order.json")
    lines = {line["id"]: (line["status"], line["quantity"]) for line in made["line_items"]}
    assert len(lines) == len(paid.lines)
    assert lines["2"] == ("removed", {"original": 2, "total": 0, "fulfilled": 0})
    assert lines["1"] == ("fulfilled", {"original": 2, "total": 1, "fulfilled": 1})
    assert (lines["5"][0], lines["7"][0]) == ("partial", "processing")
    for quote, row in zip((first, second), made["adjustments"], strict=True):
        totals = {each["type"]: each["amount"] for each in row["totals"]}
        assert totals.pop("total") == -quote.cash.minor == sum(totals.values())
        assert all(line["quantity"] < 0 for line in row["line_items"])


def test_a_refund_of_no_known_time_or_of_another_order_is_refused():
    """UCP has an instant of each; and an order shows its own refunds."""
    paid = mall(cart={"currency": "CNY", "lines": PIECES})
    other = mall(cart={"currency": "CNY", "lines": PIECES[:2]})
    for quote, code in ((refund(paid, {"1": 1}), "field.missing"), (refund(other, {"1": 1}), "refund.other")):
        with pytest.raises(InvalidDocument) as caught:
            to_order(paid, "1", checkout_id="c", permalink_url="https://shop.example/1", refunds=[quote])
        assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.parametrize("code", ["refund.exceeds", "refund.twice"])
def test_refunds_that_are_more_than_was_sold_are_no_order(code):
    """More pieces than a line has, more cash than was paid, and one that stands twice; alone each is told."""
    paid = mall(cart={"currency": "CNY", "lines": PIECES})
    half, whole = (refund(paid, {"1": count}, id=f"r{count}", at="2026-11-12T00:00:00Z") for count in (1, 2))
    named = {"checkout_id": "c", "permalink_url": "https://shop.example/1"}
    rows = {"refund.exceeds": [half, whole], "refund.twice": [half, half]}[code]
    with pytest.raises(InvalidDocument) as caught:
        to_order(paid, "1", refunds=rows, **named)
    assert [each.code for each in caught.value.problems] == [code]
    assert all(to_order(paid, "1", refunds=[each], **named)["adjustments"] for each in rows)


def test_a_refund_of_more_cash_than_was_paid_is_no_order():
    """Of one piece of two, and a thousand more than it cost: what a store was made to keep is not believed."""
    paid = mall(cart={"currency": "CNY", "lines": PIECES})
    data = refund(paid, {"1": 1}, at="2026-11-12T00:00:00Z").to_dict()
    row = data["lines"][0]
    assert (data["cash"], row["goods"], row["goods_part"]["columns"]["goods"]) == (
        "87.62 CNY",
        "87.62 CNY",
        "127.98 CNY",
    )
    data["cash"] = row["goods"] = "1087.62 CNY"
    row["goods_part"]["columns"]["goods"] = "1127.98 CNY"
    quote = RefundQuote.from_dict(data)
    with pytest.raises(InvalidDocument) as caught:
        to_order(paid, "1", checkout_id="c", permalink_url="https://a.example/1", refunds=[quote])
    assert [(each.place, each.code) for each in caught.value.problems] == [("refunds", "refund.exceeds")]


def test_the_profile_is_valid():
    """By the schema of profiles, with an extension and a key of the merchant's own."""
    handlers = {"com.example.pay": [{"id": "pay", "version": VERSION}]}
    shops = {"com.example.shops": {"spec": "https://example.com/shops", "schema": "https://example.com/shops.json"}}
    made = profile("https://shop.example/ucp", Merchant({}.get, handlers=handlers), extensions=shops)
    valid_ucp(made, "discovery/profile.json#/$defs/business_profile")
    with pytest.raises(ValueError, match="are spoken here"):
        profile("https://shop.example/ucp", Merchant({}.get), version="2025-01-01")
