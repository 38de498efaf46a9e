"""The laws of docs/design.md as properties of whole settlements, over random requests with everything of the contract.

Not a law: "a bigger discount never raises payable". It may lose free shipping.
"""

from __future__ import annotations

import copy
import json
import random
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings

from random_requests import random_request
from samples import result, settled
from settlement import Settlement
from settlement.money import parse_amount
from strategies import requests
from thorough import examples

Document = dict[str, Any]
#: The column that the adjustments of a stage make (contract §7).
COLUMN = {
    "item_promotion": "promotions",
    "shop_promotion": "promotions",
    "platform_promotion": "promotions",
    "shop_coupon": "coupons",
    "platform_coupon": "coupons",
    "freight": "freight",
    "surcharge": "surcharges",
    "freight_promotion": "freight_offers",
    "freight_coupon": "freight_offers",
    "points": "points",
    "payment_fee": "payment_fee",
    "rounding": "rounding",
}
COLUMNS = ("goods", *dict.fromkeys(COLUMN.values()))


def minor(amount: str) -> int:
    """Minor units of an amount of the result."""
    return parse_amount(amount, None)[0]


def settled_request(request: Document) -> Document:
    """The settlement's document."""
    return result(request["checkout"], request["rulebook"])


def cost(document: Document) -> int:
    """What the choice of coupons makes as small as it can: payable plus the worth of the points used."""
    return minor(document["totals"]["payable"]) - minor(document["totals"]["points"])


@given(requests)
@settings(max_examples=examples(250))
def test_money_is_conserved_at_every_level(request_):
    """Columns make payable; lines make shops; shops make totals; shares make adjustments; adjustments make columns."""
    document = settled_request(request_)
    lines, shops, totals = document["lines"], document["shops"], document["totals"]
    for row in (totals, *shops, *lines):
        assert minor(row["payable"]) == sum(minor(row[column]) for column in COLUMNS)
    for column in ("list", *COLUMNS, "payable"):
        assert minor(totals[column]) == sum(minor(shop[column]) for shop in shops)
        for shop in shops:
            own = [minor(line[column]) for line in lines if line["shop"] == shop["id"]]
            assert minor(shop[column]) == sum(own)
    made: dict[tuple[str, str], int] = {}
    for adjustment in document["adjustments"]:
        assert minor(adjustment["amount"]) == sum(map(minor, adjustment["shares"].values()))
        for name, share in adjustment["shares"].items():
            key = (name, COLUMN[adjustment["stage"]])
            made[key] = made.get(key, 0) + minor(share)
    for line in lines:
        for column in COLUMNS[1:]:
            assert minor(line[column]) == made.pop((line["id"], column), 0)
    assert made == {}
    for column, field in (("freight", "fee"), ("surcharges", "surcharge")):
        assert minor(totals[column]) == sum(minor(parcel[field]) for parcel in document["parcels"])
    assert document["points"]["used"] == sum(line["points_used"] for line in lines)


@given(requests)
@settings(max_examples=examples(250))
def test_nothing_is_below_zero_or_without_need(request_):
    """No line, goods side or freight side is negative; signs follow the buyer's purse; no share is 0 or foreign."""
    document = settled_request(request_)
    for line in document["lines"]:
        columns = {column: minor(line[column]) for column in COLUMNS}
        assert columns["goods"] + columns["promotions"] + columns["coupons"] >= 0
        assert columns["freight"] + columns["surcharges"] + columns["freight_offers"] >= 0
        assert minor(line["payable"]) >= 0
        assert minor(line["list"]) >= columns["goods"] >= 0
        assert all(columns[each] <= 0 for each in ("promotions", "coupons", "freight_offers", "points"))
        assert all(columns[each] >= 0 for each in ("freight", "surcharges", "payment_fee"))
    for adjustment in document["adjustments"]:
        assert minor(adjustment["amount"]) != 0
        assert all(minor(share) for share in adjustment["shares"].values())
        for name, part in adjustment["platform"].items():
            assert minor(adjustment["shares"][name]) <= minor(part) < 0
    if document["status"] == "blocked":
        assert set(document["totals"].values()) == {document["totals"]["payable"]}


def shuffled(request: Document, rng: random.Random) -> Document:
    """The same request with lines, offers, templates, methods and ids held in another order."""
    request = copy.deepcopy(request)
    rulebook, checkout = request["rulebook"], request["checkout"]
    lists = [rulebook.get(name, []) for name in ("freight_templates", "promotions", "coupons", "payment_methods")]
    lists += [checkout["cart"]["lines"], checkout["customer"].get("coupons", [])]
    lists += [line.get("categories", []) for line in checkout["cart"]["lines"]]
    for each in lists:
        rng.shuffle(each)
    return request


@given(requests)
def test_order_changes_no_amount(request_):
    """The order of lines, offers and templates changes no amount, no decision, no parcel, and not the digest."""
    rng = random.Random(json.dumps(request_, sort_keys=True))
    document, other = settled_request(request_), settled_request(shuffled(request_, rng))
    for each in (document, other):
        each["lines"] = sorted(each["lines"], key=lambda line: line["id"])
        each["shops"] = sorted(each["shops"], key=lambda shop: shop["id"])
        each["excluded"] = sorted(each["excluded"], key=lambda line: line["line"])
        each["facts"] = [adjustment.pop("facts") for adjustment in each["adjustments"]]
    assert other == document


@given(requests)
def test_a_round_trip_changes_no_byte(request_):
    """to_json, from_json, to_json: the same bytes, an equal settlement, the same digest and hash."""
    settlement = settled(request_["checkout"], request_["rulebook"])
    text = settlement.to_json()
    again = Settlement.from_json(text)
    assert again.to_json() == text
    assert Settlement.from_json(text.encode()) == again == settlement
    assert hash(again) == hash(settlement)
    assert (again.digest, again.payable, again.lines) == (settlement.digest, settlement.payable, settlement.lines)
    assert (again.adjustments, again.decisions) == (settlement.adjustments, settlement.decisions)


def requests_to_choose(first: int, count: int, coupons: int) -> list[Document]:
    """Random requests that ask for the best of some coupons."""
    found = []
    seed = first
    while len(found) < count:
        request = random_request(random.Random(seed))
        held = request["checkout"]["customer"].get("coupons", [])
        request["checkout"].setdefault("choice", {})["coupons"] = "best"
        if 2 <= len(held) <= coupons:
            found.append(request)
        seed += 1
    return found


@pytest.mark.parametrize("chunk", range(4))
def test_best_is_never_beaten_by_a_list(chunk):
    """No explicit list whose coupons all apply costs less than `best`, while that is proven optimal."""
    for request in requests_to_choose(10_000 * (chunk + 1), 40, 4):
        best = settled_request(request)
        held = request["checkout"]["customer"]["coupons"]
        for size in range(len(held) + 1):
            for names in combinations(held, size):
                request["checkout"]["choice"]["coupons"] = list(names)
                listed = settled_request(request)
                applied = {row["rule"] for row in listed["decisions"] if row["outcome"] == "applied"}
                if best["optimal"] and set(names) <= applied:
                    assert cost(best) <= cost(listed)


@pytest.mark.parametrize("chunk", range(2))
def test_one_more_coupon_never_costs_more(chunk):
    """Taking any coupon out of the customer's hands never makes `best` cheaper, while it is proven optimal."""
    for request in requests_to_choose(50_000 * (chunk + 1), 60, 5):
        held = request["checkout"]["customer"]["coupons"]
        with_all = settled_request(request)
        for name in held:
            request["checkout"]["customer"]["coupons"] = [each for each in held if each != name]
            assert not with_all["optimal"] or cost(with_all) <= cost(settled_request(request))


@given(requests)
@settings(max_examples=examples(60))
def test_what_is_erased_changes_no_digest(request_):
    """Names, phone, detail, remark, invoice and info can be erased: the digest and every amount stay."""
    bare = copy.deepcopy(request_)
    for each in (bare["checkout"], request_["checkout"]):
        each.pop("remark", None)
        each.pop("invoice", None)
    full = request_["checkout"]
    full |= {"remark": "ring twice", "invoice": {"title": "T", "tax_number": "91310000MA1FL0000X"}}
    if full["address"] is not None:
        full["address"] |= {"name": "N", "phone": "1", "detail": "D"}
    for line in full["cart"]["lines"]:
        line |= {"name": "N", "info": {"picture": "p.png"}}
    for line in bare["checkout"]["cart"]["lines"]:
        line.pop("name", None)
        line.pop("info", None)
    one, two = settled_request(request_), settled_request(bare)
    assert one["digest"] == two["digest"]
    assert [{name: each[name] for name in each if name != "name"} for each in one["lines"]] == two["lines"]
    assert (one["remark"], two["remark"]) == ("ring twice", None)
