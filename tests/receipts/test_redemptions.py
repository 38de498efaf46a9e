"""What an order consumes: coupons, uses, units, points, cards; the same after a settlement was stored and read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, result, settled
from settlement import InvariantBroken, Money, Settlement
from strategies import requests

OFF = {"type": "amount_off", "amount": "2.00 CNY"}


def rows(checkout, rulebook):
    """Kind, id and quantity of each; asserted to be the same after a round trip."""
    settlement = settled(checkout, rulebook)
    again = Settlement.from_json(settlement.to_json())
    assert again.redemptions == settlement.redemptions
    assert again.to_json() == settlement.to_json()
    return [(each.kind, each.id, each.quantity) for each in settlement.redemptions]


def held(*names, **fields):
    """A checkout of a customer with these coupons."""
    return a_checkout(customer={"coupons": list(names)} | fields)


def test_a_coupon_that_is_used_and_none_that_is_not():
    """Of two coupons the better one is consumed; a promotion consumes nothing."""
    coupons = [an_offer("c1", OFF), an_offer("c2")]
    document = a_rulebook(coupons=coupons, promotions=[an_offer("p1")])
    assert rows(held("c1", "c2"), document) == [("coupon", "c1", 1)]
    assert rows(a_checkout(), document) == []
    assert "redemptions" not in result(a_checkout(), document)


def test_a_coupon_that_only_brings_a_gift():
    """It takes nothing off, so no adjustment names it; it is consumed all the same."""
    coupon = an_offer("mug", {"type": "gift", "sku": "mug", "quantity": 1})
    assert rows(held("mug"), a_rulebook(coupons=[coupon])) == [("coupon", "mug", 1)]


def test_a_coupon_on_freight():
    """Freight coupons are coupons."""
    document = a_rulebook(coupons=[an_offer("ship", {"type": "freight_off"})], freight_templates=[a_template()])
    checkout = a_checkout(a_line(freight_template="t1"), customer={"coupons": ["ship"]})
    assert rows(checkout, document) == [("coupon", "ship", 1)]


def test_copies_of_a_coupon_are_counted():
    """Two copies used are two of the one coupon."""
    document = a_rulebook(coupons=[an_offer("c1", OFF)], policy={"coupons_platform": 3})
    assert rows(held("c1", copies={"c1": 2}), document) == [("coupon", "c1", 2)]


def test_uses_of_offers_that_are_limited():
    """A promotion with a limit is one use; a coupon with a limit is a coupon and a use."""
    promotion, coupon = an_offer("p1", limit_in_all=100), an_offer("c1", OFF, limit_per_customer=1)
    document = a_rulebook(promotions=[promotion], coupons=[coupon])
    assert rows(held("c1"), document) == [("coupon", "c1", 1), ("use", "c1", 1), ("use", "p1", 1)]


@pytest.mark.parametrize(("quantity", "before", "units"), [(1, 0, 1), (5, 0, 3), (5, 2, 1), (5, 3, None)])
def test_units_at_a_flash_price(quantity, before, units):
    """As many as were sold at it: what is left of the limit at most."""
    flash = an_offer("flash", {"type": "flash_price", "price": "6.00 CNY", "limit": 3}, stage="item")
    customer = {"usage": [{"rule": "flash", "units": before}]}
    found = rows(a_checkout(a_line(quantity=quantity), customer=customer), a_rulebook(promotions=[flash]))
    assert [row for row in found if row[0] == "units"] == ([("units", "flash", units)] if units else [])


def test_points_and_cards():
    """So many points; of a card the amount that it pays, and no row where it pays nothing."""
    checkout = a_checkout(
        customer={"points": 300},
        choice={"points": "max"},
        tenders=[
            {"id": "card", "type": "gift_card", "balance": "50.00 CNY"},
            {"id": "purse", "type": "stored_value", "balance": "50.00 CNY"},
        ],
    )
    document = a_rulebook(points={"points": 100, "worth": "1.00 CNY"})
    assert rows(checkout, document) == [("points", "points", 300), ("gift_card", "card", 1)]
    assert settled(checkout, document).redemptions[1].amount == Money("7.00 CNY")


@given(requests)
def test_the_list_is_that_of_the_decisions(request_):
    """On random requests: a row for each coupon that applied, the points used, nothing else; also when read back."""
    settlement = settled(request_["checkout"], request_["rulebook"])
    known = {coupon["id"] for coupon in request_["rulebook"].get("coupons", [])}
    applied = {each.rule for each in settlement.decisions if each.outcome == "applied" and each.rule in known}
    assert {each.id for each in settlement.redemptions if each.kind == "coupon"} == applied
    assert sum(each.quantity for each in settlement.redemptions if each.kind == "points") == settlement.points.used
    assert Settlement.from_json(settlement.to_json()).redemptions == settlement.redemptions


STORED = json.loads(
    settled(
        held("c1", points=100) | {"choice": {"points": "max"}},
        a_rulebook(coupons=[an_offer("c1", OFF)], points={"points": 100, "worth": "1.00 CNY"}),
    ).to_json()
)


@pytest.mark.parametrize(
    "forged",
    [
        [],
        [{"kind": "points", "id": "points", "quantity": 100}],
        [{"kind": "coupon", "id": "c1", "quantity": 1}],
        [{"kind": "coupon", "id": "c1", "quantity": 1}, {"kind": "points", "id": "points", "quantity": 99}],
        [{"kind": "coupon", "id": "c2", "quantity": 1}, {"kind": "points", "id": "points", "quantity": 100}],
        [
            {"kind": "coupon", "id": "c1", "quantity": 1},
            {"kind": "coupon", "id": "c2", "quantity": 1},
            {"kind": "points", "id": "points", "quantity": 100},
        ],
    ],
)
def test_a_list_that_the_settlement_contradicts(forged):
    """A coupon that took something off and is not listed, one that did not apply, other points: all are noticed."""
    with pytest.raises(InvariantBroken, match="redeemed"):
        Settlement.from_json(json.dumps(STORED | {"redemptions": forged}))


def test_a_settlement_that_another_program_wrote():
    """Without the list, the coupons are those that took something off, as the contract's document says."""
    without = {name: value for name, value in STORED.items() if name != "redemptions"}
    again = Settlement.from_json(json.dumps(without))
    assert [(each.kind, each.id) for each in again.redemptions] == [("coupon", "c1"), ("points", "points")]


@pytest.mark.parametrize(
    ("promotion", "reason"),
    [
        ({"group": "g", "counts_earlier": True}, "not_best"),
        ({"budget": "0.10 CNY", "counts_earlier": True}, "used_up"),
    ],
)
def test_earlier_purchases_count_whatever_became_of_the_offer(promotion, reason):
    """The three units that a beaten or too dear promotion looked at are remembered, now and when it is read back."""
    fifth = {"type": "percent_off", "percent": "5"}
    tiers = [{"min_quantity": 2, "benefit": fifth}]
    book = a_rulebook(promotions=[an_offer("p1", fifth, tiers=tiers, **promotion), an_offer("p2", OFF, group="g")])
    checkout = a_checkout(a_line(quantity=3))
    assert {each.rule: each.reason for each in settled(checkout, book).decisions}["p1"] == reason
    assert ("units", "p1", 3) in rows(checkout, book)
