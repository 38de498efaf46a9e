"""The accounts of a sale as integers are those of its payout, in every row."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

import taxed_carts
from returns import a_payable
from samples import settled
from settlement import PaymentMethod
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.sale import SaleBooks
from thorough import examples

CHOICES = {
    "commission_basis": ["earned", "paid"],
    "commission_on_freight": [False, True],
    "commission_per": ["line", "shop"],
    "rounding": ["half_up", "half_even", "down"],
    "buyer_fee": ["platform", "shop"],
    "round_total": ["platform", "shop"],
    "tax": ["platform", "shop"],
    "commissions": [
        [],
        [{"id": "own", "percent": "7"}, {"id": "ref", "receiver": "ann", "percent": "2", "borne_by": "platform"}],
    ],
}


def stated(account):
    """The rows of an account that are not 0, in minor units."""
    rows = {name: getattr(account, name) for name in type(account).model_fields}
    return {name: amount.minor for name, amount in rows.items() if amount}


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=examples(200))
def test_a_sale_has_the_rows_of_its_payout(seed, taxed):
    """Each shop's sale, the platform and the provider: with taxes, points, gift cards, fees, terms of every kind."""
    rng = random.Random(seed)
    if taxed:
        settlement = settled(*taxed_carts.random_case(rng))
        if settlement.status != "payable":
            return
    else:
        settlement = a_payable(rng, commission_percent=["5", "0.6", "33.3333"], stored_value=[False, False, True])
    policy = PayoutPolicy.model_validate({name: rng.choice(values) for name, values in CHOICES.items()})
    borne = rng.choice([{"borne_by": "buyer"}, {"borne_by": "merchant", "fee_per": rng.choice(["order", "shop"])}])
    method = rng.choice([None, PaymentMethod.model_validate({"id": "m", "percent": "0.6"} | borne)])
    found = payout(settlement, policy, method=method)
    books = SaleBooks(settlement, policy, method)
    sales = [books.of_sale(shop.shop) for shop in found.shops]
    for shop, sale in zip(found.shops, sales, strict=True):
        assert {name: amount for name, amount in sale.items() if amount} == stated(shop.sale)
    platform = books.of_platform(sales)
    assert {name: amount for name, amount in platform.items() if amount} == stated(found.platform)
    assert books.of_provider(sales, platform) == found.provider.minor
