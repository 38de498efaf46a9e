"""Canonical JSON (RFC 8785) and the digest of a request (contract §7)."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import count

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, settled
from settlement import Checkout
from settlement.documents.canonical import canonical
from settlement.rulebook.digest import checkout_text, meaning
from strategies import json_values, requests


@given(json_values)
def test_canonical_json_is_rfc_8785(value):
    """The bytes are those of an independent implementation of RFC 8785, for everything that it takes."""
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises((TypeError, ValueError)):
            canonical(value)
    else:
        assert canonical(value) == expected


def test_keys_are_in_utf_16_order():
    """A key beyond the basic plane comes before U+FB33: RFC 8785 orders by UTF-16 code units."""
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), Decimal(1), {1: 2}, {None: 1}, b"x", {1}, [[0.5]], {"a": {"b": 1.0}}]
)
def test_what_has_no_one_spelling_is_refused(value):
    """Floats, Decimals and keys that are no strings are a TypeError, at every depth."""
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), [2**60], "\ud800", {"\ud800": 1}])
def test_what_does_not_travel_is_refused(value):
    """Integers beyond 2^53 - 1 and lone surrogates are a ValueError."""
    with pytest.raises(ValueError):
        canonical(value)
    assert canonical([2**53 - 1, 1 - 2**53]) == b"[9007199254740991,-9007199254740991]"


#: What a line, a customer and a checkout may state beyond the contract, or as their defaults written out.
BEYOND = (
    lambda checkout: checkout["cart"]["lines"][0].update(warehouses=["w2", "w1"], warehouse=None, min_price="0 JPY"),
    lambda checkout: checkout["cart"]["lines"][-1].update(stored_value=True, categories=["b%", "a"], info={"a": "%s"}),
    lambda checkout: checkout["cart"]["lines"][-1].update(selected=True, stock=None, weight_g=None, tax_percent="0.50"),
    lambda checkout: checkout.update(
        customer={"coupons": ["c"], "copies": {"c": 2}, "usage": [{"rule": "c", "in_all": 1}]}
    ),
    lambda checkout: checkout.update(
        choice={"coupons": ["z", "a"], "pickup": [checkout["cart"]["lines"][0]["shop"]]}, tenders=[]
    ),
    lambda checkout: checkout.update(choice={}, customer={}, payment_method="a%"),
    # A coupon's id is a key here: RFC 8785 has U+1F600 before U+FB33.
    lambda checkout: checkout.update(customer={"coupons": TWO, "copies": dict.fromkeys(TWO, 2)}),
)
TWO = ["\ufb33", "\U0001f600"]


@given(requests, st.sets(st.integers(0, len(BEYOND) - 1)))
@example({"checkout": a_checkout()}, {6})
def test_a_checkout_is_written_at_once_as_it_would_be_by_its_meaning(request_, which):
    """The one pass over a checkout writes what `canonical` makes of its dump reduced to what it means."""
    document = json.loads(json.dumps(request_["checkout"]))
    for at in sorted(which):
        BEYOND[at](document)
    if document["cart"]["currency"] != "JPY":
        document["cart"]["lines"][0].pop("min_price", None)
    checkout = Checkout.model_validate_json(json.dumps(document))
    assert checkout_text(checkout).encode() == canonical(meaning(checkout.model_dump(mode="json")))


class _Visited(Checkout):
    """A caller's own checkout: its default is another one each time."""

    visit: int = Field(default_factory=count(1).__next__)


def test_a_checkout_of_a_class_of_ones_own_is_written_with_its_own_values():
    """No default is remembered that the next document does not have."""
    first, second = (_Visited.model_validate(a_checkout(payment_method="m")) for _ in range(2))
    for each in (first, second):
        assert checkout_text(each).encode() == canonical(meaning(each.model_dump(mode="json")))
    assert checkout_text(first) != checkout_text(second)


SAME = {
    "instant in another offset": lambda checkout, _: checkout.update(at="2026-11-10T16:00:00.000Z"),
    "quantity with zeros": lambda checkout, _: checkout["cart"]["lines"][0].update(quantity="2.000"),
    "amount as an object": lambda checkout, _: checkout["cart"]["lines"][0].update(
        unit_price={"amount": "50.00", "currency": "CNY"}
    ),
    "a default written out": lambda checkout, _: checkout["cart"]["lines"][0].update(selected=True, on_sale=True),
    "a list price written out": lambda checkout, _: checkout["cart"]["lines"][0].update(list_price="50.00 CNY"),
    "region in another spelling": lambda checkout, _: checkout["address"].update(region="440305000000"),
    "a name": lambda checkout, _: checkout["address"].update(name="N", phone="1", detail="D"),
    "a remark": lambda checkout, _: checkout.update(remark="ring twice", invoice={"title": "T"}),
    "info": lambda checkout, _: checkout["cart"]["lines"][0].update(info={"picture": "p.png"}),
    "lines in another order": lambda checkout, _: checkout["cart"]["lines"].reverse(),
    "coupons in another order": lambda checkout, _: checkout["customer"]["coupons"].reverse(),
    "chosen in another order": lambda checkout, _: checkout["choice"]["coupons"].reverse(),
    "offers in another order": lambda _, book: book["promotions"].reverse(),
    "percent with zeros": lambda _, book: book["promotions"][0]["tiers"][0]["benefit"].update(percent="10.0000"),
    "a share written out": lambda _, book: book["coupons"][1].update(platform_share="100"),
    "an offer's name": lambda _, book: book["promotions"][0].update(name="Sale"),
    "a region of a zone": lambda _, book: book["freight_templates"][0]["surcharges"][0].update(regions=["440000000"]),
    "policy written out": lambda _, book: book["policy"].update(rounding="half_up", exclusions=[]),
}
DIFFERENT = {
    "instant": lambda checkout, _: checkout.update(at="2026-11-10T16:00:00.000001Z"),
    "quantity": lambda checkout, _: checkout["cart"]["lines"][0].update(quantity=3),
    "price": lambda checkout, _: checkout["cart"]["lines"][0].update(unit_price="50.01 CNY"),
    "selected": lambda checkout, _: checkout["cart"]["lines"][0].update(selected=False),
    "region": lambda checkout, _: checkout["address"].update(region="440306"),
    "customer": lambda checkout, _: checkout["customer"].update(id="u2"),
    "choice": lambda checkout, _: checkout["choice"].update(coupons="best"),
    "method": lambda checkout, _: checkout.update(payment_method=None),
    "commission": lambda checkout, _: checkout["cart"]["lines"][0].update(commission_percent="5"),
    "rulebook id": lambda _, book: book.update(id="other"),
    "percent": lambda _, book: book["promotions"][0]["tiers"][0]["benefit"].update(percent="10.0001"),
    "priority": lambda _, book: book["promotions"][0].update(priority=1),
    "share": lambda _, book: book["coupons"][1].update(platform_share="99"),
    "policy": lambda _, book: book["policy"].update(rounding="half_even"),
    "points": lambda _, book: book["points"].update(step=2),
}


def digest_with(change):
    """The digest after a change, and that of the same request without."""
    checkout, book = everything()
    plain = settled(checkout, book).digest
    change(checkout, book)
    return settled(checkout, book).digest, plain


@pytest.mark.parametrize("what", SAME)
def test_the_same_meaning_has_the_same_digest(what):
    """Spelling, order, defaults and what is personal are outside the digest."""
    changed, plain = digest_with(SAME[what])
    assert changed == plain


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_meaning_has_another_digest(what):
    """Everything that may change an amount, or is carried for payout, is inside."""
    changed, plain = digest_with(DIFFERENT[what])
    assert changed != plain


def test_the_digest_is_a_sha_256():
    """64 hexadecimal digits behind the name of the algorithm; asking twice, or after a round trip, gives the same."""
    settlement = settled(*everything())
    algorithm, _, digits = settlement.digest.partition(":")
    assert (algorithm, len(digits)) == ("sha256", 64)
    assert int(digits, 16)
    assert settlement.digest == settlement.digest
    assert json.loads(settlement.to_json())["digest"] == settlement.digest


#: Of the request below, from the first version on.
PINNED = "sha256:1627661c736c18c0e5b1f66871cf13fb3ecfe43590f6e3be7846460245324ad2"


def test_the_digest_of_a_small_request_is_pinned():
    """These bytes may only change with a note in the changelog: stored digests would no longer match."""
    checkout = a_checkout(a_line(freight_template="t1"), customer={"coupons": ["c1"]})
    book = a_rulebook(freight_templates=[a_template()], coupons=[an_offer("c1")])
    assert settled(checkout, book).digest == PINNED
