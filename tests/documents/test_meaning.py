"""What a document means, in one spelling: the library's one pass against the published steps."""

from __future__ import annotations

import importlib.util
import json
import random
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, an_offer, everything
from settlement import Checkout, Rulebook, settle
from settlement.audit.record import record
from settlement.audit.replay import replay
from settlement.discounts.benefit import Benefit
from settlement.discounts.condition import Condition
from settlement.documents.json_text import Amounts
from settlement.documents.meaning import meaning
from settlement.documents.scalars import Ids, Name
from strategies import requests

spec = importlib.util.spec_from_file_location(
    "independent", Path(__file__).resolve().parents[1] / "audit" / "independent.py"
)
independent = importlib.util.module_from_spec(spec)
spec.loader.exec_module(independent)


def written(document):
    """The text, as the library writes it."""
    return meaning(document, Amounts(document.cart.currency if isinstance(document, Checkout) else document.currency))


def by_the_steps(name, document):
    """The text of a checkout or a rulebook by the published steps and the published schema."""
    return rfc8785.dumps(independent.meaning(document, independent.SCHEMA["properties"][name])).decode()


#: What a line, a customer and a checkout may state beyond the contract, or as their defaults written out.
TWO = ["\ufb33", "\U0001f600"]
BEYOND = (
    lambda checkout: checkout["cart"]["lines"][0].update(warehouses=["w2", "w1"], warehouse=None, min_price="0 JPY"),
    lambda checkout: checkout["cart"]["lines"][-1].update(stored_value=True, categories=["b%", "a"], info={"a": "%s"}),
    lambda checkout: checkout["cart"]["lines"][-1].update(selected=True, stock=None, weight_g=None, tax_percent="0.50"),
    lambda checkout: checkout.update(
        customer={"coupons": ["c"], "copies": {"c": 2}, "usage": [{"rule": "c", "in_all": 1}, {"rule": "d"}]}
    ),
    lambda checkout: checkout.update(
        choice={"coupons": ["z", "a"], "pickup": [checkout["cart"]["lines"][0]["shop"]]}, tenders=[]
    ),
    lambda checkout: checkout.update(choice={}, customer={}, payment_method="a%"),
    # A coupon's id is a key here: RFC 8785 has U+1F600 before U+FB33.
    lambda checkout: checkout.update(customer={"coupons": TWO, "copies": dict.fromkeys(TWO, 2)}),
)


@given(requests, st.sets(st.integers(0, len(BEYOND) - 1)))
@example({"checkout": a_checkout()}, {6})
def test_a_checkout_is_written_by_the_published_steps(request_, which):
    """With what is beyond the contract and without, the one pass writes what the steps of docs/vectors give."""
    document = json.loads(json.dumps(request_["checkout"]))
    for at in sorted(which):
        BEYOND[at](document)
    if document["cart"]["currency"] != "JPY":
        document["cart"]["lines"][0].pop("min_price", None)
    assert written(Checkout.model_validate_json(json.dumps(document))) == by_the_steps("checkout", document)


def test_a_rulebook_is_written_by_the_published_steps():
    """Of 200 random rulebooks, one with every stage, and one with every field beyond the contract."""
    beyond = a_rulebook(
        points={"points": 1, "worth": "0.01 CNY", "earn": {"per": "1.00 CNY", "points": 1, "campaigns": [CAMPAIGN]}},
        warehouses=[{"id": "w2", "name": "South", "region": "440305000000"}, {"id": "w1", "region": "US/CA"}],
        minimum_orders=[{"shop": "s1", "amount": {"amount": "1.00", "currency": "CNY"}}],
        policy={"search_limit": 9, "max_lines": 10_000, "exclusions": [["points", "coupons"]]},
        promotions=[an_offer("p", conditions=CONDITIONS, condition_scope={}, limit_in_all=3)],
        freight_templates=[TEMPLATE],
    )
    random_ones = [random_request(random.Random(seed))["rulebook"] for seed in range(200)]
    for document in [*random_ones, everything()[1], beyond]:
        assert written(Rulebook.model_validate_json(json.dumps(document))) == by_the_steps("rulebook", document)


CAMPAIGN = {"valid_from": "2026-11-11T00:00:00+08:00", "valid_until": "2026-11-12T00:00:00+08:00", "times": "1.50"}
CONDITIONS = [
    {"type": "recurring", "utc_offset": "+08:00", "weekdays": [3, 1], "hours": [{"opens": "08:00", "closes": "24:00"}]},
    {"type": "cart_holds", "skus": ["b", "a"], "min_quantity": "1.50"},
]
TEMPLATE = {
    "id": "t1",
    "measure": "weight_g",
    "volumetric_divisor": 6000,
    "max_weight_g": 30_000,
    "pickup": True,
    "zones": [
        {"regions": ["440305000000", "440000"], "first": 1, "first_fee": "8.00 CNY", "goods_percent": "0.50"}
        | {"steps": [{"up_to": 9, "fee": "9.00 CNY"}, {"up_to": 10, "fee": "9.50 CNY"}], "max_fee": "99.00 CNY"}
    ],
}


class _Visited(Checkout):
    """A caller's own checkout: its default is another one each time."""

    visit: int = Field(default_factory=count(1).__next__)


def test_a_checkout_of_a_class_of_ones_own_is_written_with_its_own_values():
    """No default is remembered that the next document does not have; the rest is as in the library's class."""
    plain = json.loads(written(Checkout.model_validate(a_checkout(payment_method="m"))))
    for _ in range(2):
        visited = _Visited.model_validate(a_checkout(payment_method="m"))
        assert json.loads(written(visited)) == plain | {"visit": visited.visit}


class Named(Benefit):
    """A kind of one's own whose fields are called as personal and extended ones are, and whose list has an order."""

    type: Literal["named"] = "named"
    name: Name
    steps: Ids

    def off(self, goods):
        """A unit of each line for each step, where there are as many."""
        return [min(net, len(self.steps)) for net in goods.nets]


class Likes(Condition):
    """A condition likewise."""

    type: Literal["likes"] = "likes"
    tag: Name
    regions: Ids

    def met(self, _):
        """Always."""
        return True


@pytest.fixture
def of_ones_own():
    """A settlement under such kinds."""
    tiers = [{"benefit": {"type": "named", "name": "N", "steps": ["b", "a"]}}]
    conditions = [{"type": "likes", "tag": "T", "regions": ["440000000", "*"]}]
    offer = an_offer("p", issuer="platform", tiers=tiers, conditions=conditions)
    book = Rulebook.with_kinds(Named, Likes).model_validate(a_rulebook(promotions=[offer]))
    return settle(Checkout.model_validate(a_checkout(a_line())), book), book


def test_a_kind_of_ones_own_enters_as_it_is(of_ones_own):
    """Only its author knows what its fields mean: none is personal, none left out, none sorted, whatever its name."""
    offer = json.loads(written(of_ones_own[1]))["promotions"][0]
    assert offer["tiers"][0]["benefit"] == {"type": "named", "name": "N", "steps": ["b", "a"]}
    assert offer["conditions"] == [{"type": "likes", "tag": "T", "regions": ["440000000", "*"]}]


def test_a_record_keeps_a_kind_of_ones_own_as_it_is(of_ones_own):
    """Its fields stand in the body, so an erased record replays, with the digest of the settlement."""
    settlement, book = of_ones_own
    kept = record(settlement).erased()
    assert kept.personal == {}
    assert replay(kept, rulebook_class=type(book)).equal
    assert kept.data["settlement"]["digest"] == settlement.digest
    assert kept.data["request"]["rulebook"]["promotions"][0]["conditions"][0]["regions"] == ["440000000", "*"]
