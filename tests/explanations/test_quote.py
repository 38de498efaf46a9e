"""Quotes say what `settle()` will say: against the independent slow reference and the engine itself."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_requests import random_request
from samples import a_line, a_template
from settlement import Checkout, FreightTemplate, InvalidDocument, Line, Policy, Rulebook, settle
from settlement.explanations.quote import quote_freight
from slow_settle import slow_settle


def without_offers(seed):
    """A random request with an address, and without anything that could take off money."""
    request = random_request(random.Random(seed))
    checkout, rules = request["checkout"], request["rulebook"]
    if checkout["address"] is None:
        checkout["address"] = {"region": "440305"}
    checkout |= {"payment_method": None, "customer": {}, "choice": {}}
    rules |= {"promotions": [], "coupons": [], "points": None, "payment_methods": []}
    return request


def quoted(request):
    """The quote for a request's lines."""
    checkout = Checkout.model_validate(request["checkout"])
    rules = Rulebook.model_validate(request["rulebook"])
    assert checkout.address is not None
    lines, region = checkout.cart.lines, checkout.address.region
    return quote_freight(lines, region, rules.freight_templates, policy=rules.policy, warehouses=rules.warehouses)


@given(st.integers(0, 10**9).map(without_offers))
def test_without_offers_a_quote_is_the_freight_of_the_settlement(request):
    """Parcels, exclusions, freight and surcharges are those of `settle()`; none is None only where none is shipped."""
    settlement = settle(Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"]))
    quote = quoted(request)
    assert quote.parcels == settlement.parcels
    assert quote.excluded == settlement.excluded
    assert (quote.freight, quote.surcharges) == (settlement.totals.freight, settlement.totals.surcharges)
    if quote.total is None:
        assert not settlement.parcels
        assert settlement.excluded
    else:
        assert quote.total == settlement.totals.freight + settlement.totals.surcharges


@pytest.mark.parametrize("seed", range(60))
def test_a_quote_is_the_freight_of_the_slow_reference(seed):
    """An implementation that shares no line with this one says the same."""
    request = without_offers(seed)
    slow = slow_settle(json.loads(json.dumps(request)))
    quote = quoted(request)
    assert str(quote.freight) == slow["totals"]["freight"]
    assert str(quote.surcharges) == slow["totals"]["surcharges"]
    assert [parcel.zone for parcel in quote.parcels] == [parcel["zone"] for parcel in slow["parcels"]]


def line(name="a", **fields):
    """A line that ships with t1."""
    return Line.model_validate(a_line(name, freight_template="t1") | fields)


def template(**fields):
    """The sample template."""
    return FreightTemplate.model_validate(a_template(**fields))


def test_what_is_not_shipped_has_no_price():
    """Nothing shipped: no total, not 0; something shipped: its total, and who stays behind."""
    nowhere = quote_freight([line()], "810000", [template()])
    assert (nowhere.total, nowhere.undeliverable, nowhere.parcels) == (None, ("a",), ())
    far = template(name="t2")
    far = far.model_copy(update={"undeliverable": ("440300",)})
    some = quote_freight([line("a"), line("b", freight_template="t2")], "440305", [template(), far])
    assert (str(some.total), some.undeliverable) == ("8.00 CNY", ("b",))


def test_what_needs_no_shipping_costs_none():
    """A line without a template makes no parcel and no freight."""
    assert str(quote_freight([line(freight_template=None)], "810000", []).total) == "0.00 CNY"


def test_a_shop_that_blocks_quotes_nothing():
    """Under `undeliverable: block` one refused line leaves the whole without a price."""
    far = template(name="t2").model_copy(update={"undeliverable": ("440300",)})
    lines = [line("a"), line("b", freight_template="t2")]
    quote = quote_freight(lines, "440305", [template(), far], policy=Policy(undeliverable="block"))
    assert (quote.total, quote.parcels, quote.undeliverable) == (None, (), ("b",))


def test_free_shipping_shows_as_free():
    """The free entry of the template holds for the quoted lines."""
    quote = quote_freight([line()], "440305", [template(free=[{"min_amount": "10.00 CNY"}])])
    assert [parcel.free for parcel in quote.parcels] == [True]
    assert str(quote.total) == "0.00 CNY"
    assert " free" in str(quote)


def test_documents_that_do_not_fit_together_are_refused():
    """A template that is not there is named with its place; no line has no currency."""
    with pytest.raises(InvalidDocument) as caught:
        quote_freight([line()], "440305", [])
    assert [each.code for each in caught.value.problems] == ["template.unknown"]
    with pytest.raises(ValueError, match="at least one line"):
        quote_freight([], "440305", [])


def test_a_quote_prints_in_a_terminal_and_in_a_notebook():
    """Parcels, exclusions with their reason, and the total; ids are data and open no tag."""
    lines = [line("<a>"), line("b", freight_template="t2")]
    far = template(name="t2").model_copy(update={"undeliverable": ("440300",)})
    quote = quote_freight(lines, "440305", [template(), far])
    assert "cannot be delivered to this address" in str(quote)
    assert str(quote).splitlines()[-1].split() == ["To", "440305", "广东省", "深圳市", "南山区", "CN¥8.00"]
    html = quote_freight([line("<a>")], "810000", [template()])._repr_html_()
    assert "&lt;a&gt;" in html
    assert "<a>" not in html
