"""The protocol's own package for Python reads every answer, and what it wrote is read back."""

from __future__ import annotations

import pytest
from ucp_sdk.models.schemas import profile as sdk_profile
from ucp_sdk.models.schemas.shopping import discount, fulfillment, order

from agent_carts import mall, peers
from settlement import refund
from settlement.ext.ucp import NEWEST, VERSION, Merchant, SaleUnit, profile, to_checkout, to_order

pytestmark = pytest.mark.agents
KILO = Merchant({}.get, units={"orange-gannan": SaleUnit("KGM", 2, "kg")})
DESTINATION = {"id": "d1", "address_country": "CN", "address_region": "440305"}
ASKED = {"fulfillment": {"methods": [{"type": "shipping", "destinations": [DESTINATION]}]}}


def test_it_reads_every_cart():
    """The 123 carts of other engines in both versions, and the mall cart in steps: nothing is lost of what it knows."""
    found = [(paid, version, KILO) for _, paid in peers() for version in (VERSION, NEWEST)]
    for paid, version, merchant in [*found, (mall(), NEWEST, KILO)]:
        made = to_checkout(paid, "chk_1", version=version, merchant=merchant, asked=ASKED if version == NEWEST else {})
        for model in (discount.Checkout, fulfillment.Checkout):
            read = model.model_validate(made)
            assert read.model_dump(mode="json", exclude_unset=True)["totals"] == made["totals"]
    assert len(found) == 246


def test_it_reads_an_order_and_a_profile():
    """With a refund; with an extension."""
    paid = mall()
    back = refund(paid, {"4": "2.35"}, id="r1", at="2026-11-12T00:00:00Z")
    url = "https://shop.example/1"
    made = to_order(paid, "1", checkout_id="c", permalink_url=url, refunds=[back], merchant=KILO, version=NEWEST)
    read = order.Order.model_validate(made)
    assert [line.quantity for line in read.adjustments[0].line_items] == [-235]
    for version in (VERSION, NEWEST):
        sdk_profile.BusinessSchema.model_validate(profile("https://shop.example/ucp", KILO, version=version))
