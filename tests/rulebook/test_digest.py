"""Canonical JSON (RFC 8785) and the digest of a request (contract §7)."""

from __future__ import annotations

import copy
import hashlib
import json
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, settled
from settlement import Checkout, Rulebook, settle
from settlement.documents.canonical import canonical
from settlement.documents.json_text import Amounts
from settlement.documents.meaning import meaning
from strategies import json_values
from work import steps


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


def digests(checkout, book):
    """Of the request, and of the rules alone."""
    return settled(checkout, book).digest, Rulebook.model_validate(book).digest


def digests_with(change):
    """The digests after a change, and those of the same request without; last, whether the rules were changed."""
    checkout, book = everything()
    kept, plain = copy.deepcopy(book), digests(checkout, book)
    change(checkout, book)
    return digests(checkout, book), plain, book != kept


@pytest.mark.parametrize("what", SAME)
def test_the_same_meaning_has_the_same_digest(what):
    """Spelling, order, defaults and what is personal are outside the digest, and outside that of the rules."""
    changed, plain, _ = digests_with(SAME[what])
    assert changed == plain


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_meaning_has_another_digest(what):
    """Everything that may change an amount, or is carried for payout, is inside; the rules have a digest of theirs."""
    (request, rules), (plain_request, plain_rules), of_rules = digests_with(DIFFERENT[what])
    assert request != plain_request
    assert (rules != plain_rules) == of_rules


def test_the_digest_is_a_sha_256():
    """64 hexadecimal digits behind the name of the algorithm; asking twice, or after a round trip, gives the same."""
    settlement = settled(*everything())
    algorithm, _, digits = settlement.digest.partition(":")
    assert (algorithm, len(digits)) == ("sha256", 64)
    assert int(digits, 16)
    assert settlement.digest == settlement.digest
    assert json.loads(settlement.to_json())["digest"] == settlement.digest


@pytest.fixture
def hashed(monkeypatch):
    """How many bytes each SHA-256 was over, in the order in which they were asked for."""
    sizes, whole = [], hashlib.sha256

    def counted(data):
        sizes.append(len(data))
        return whole(data)

    monkeypatch.setattr(hashlib, "sha256", counted)
    return sizes


def bystanders(count):
    """A checkout of one line, and rules of so many promotions on other goods."""
    offers = [an_offer(f"p{at:03}", scope={"skus": [f"other-{at}"]}) for at in range(count)]
    return Checkout.model_validate(a_checkout()), Rulebook.model_validate(a_rulebook(promotions=offers))


def test_a_rulebook_is_hashed_once_however_many_settlements_ask(hashed):
    """Its canonical bytes are made and hashed for the first; each settlement hashes its own request, and only once."""
    checkout, book = bystanders(100)
    made = [settle(checkout, book) for _ in range(3)]
    assert hashed == []
    texts = {each.to_json() for each in made} | {each.to_json() for each in made} | {made[0].to_json()}
    rules, *own = hashed
    assert (len(texts), len(own), len(set(own))) == (1, 3, 1)
    assert rules > 10 * own[0]
    assert book.digest == f"sha256:{hashlib.sha256(meaning(book, Amounts('CNY')).encode()).hexdigest()}"


def test_what_a_settlement_hashes_does_not_grow_with_its_rules(hashed):
    """Under 300 promotions on other goods as many bytes are hashed, and as many steps taken, as under 3."""
    found = []
    for promotions in (3, 300):
        checkout, book = bystanders(promotions)
        settle(checkout, book).to_json()  # the rules are made ready, and what is kept of them is kept
        hashed.clear()
        settlement = settle(checkout, book)
        found.append((steps(settlement.to_json), tuple(hashed)))
    assert found[0] == found[1]
    assert len(found[0][1]) == 1


#: Of the request below and of its rules, from the first version on.
PINNED = "sha256:10fd48431991a7d0868f839c0d7f92664e354a135894aa89a8deb873f3b6fa71"
PINNED_RULES = "sha256:6bfd830360360c3eb1cd14b5630d9f4ae51dda5a61ce896493669cb6709eb501"


def test_the_digest_of_a_small_request_is_pinned():
    """These bytes may only change with a note in the changelog: stored digests would no longer match."""
    checkout = a_checkout(a_line(freight_template="t1"), customer={"coupons": ["c1"]})
    book = a_rulebook(freight_templates=[a_template()], coupons=[an_offer("c1")])
    assert digests(checkout, book) == (PINNED, PINNED_RULES)
