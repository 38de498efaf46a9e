"""settle(): the order of the steps and what it promises (contract §4 to §7)."""

from __future__ import annotations

import json
import random

import pytest

import settlement
from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, an_offer, everything, settled
from settlement import CALCULATION_VERSION, Checkout, Rulebook, Settlement, settle
from settlement.engine import settle as engine
from settlement.engine import steps
from thorough import examples
from work import steps as work


def test_the_steps_stand_in_the_contracts_order():
    """Promotions before any coupon, then coupons, freight, its offers, points, tax, the fee and its tax, rounding."""
    assert [step.__name__ for step in (*engine.PROMOTIONS, *engine.STEPS)] == [
        "item_promotions",
        "shop_promotions",
        "platform_promotions",
        "shop_coupons",
        "platform_coupons",
        "freight",
        "freight_promotions",
        "freight_coupons",
        "points",
        "goods_and_freight_tax",
        "payment_fee",
        "fee_tax",
        "round_total",
    ]


def test_settling_twice_gives_the_same_and_changes_nothing():
    """settle is pure: the documents stay as they were, and equal calls give equal bytes."""
    for seed in range(50):
        request = random_request(random.Random(seed))
        checkout, book = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
        before = checkout.model_dump_json(), book.model_dump_json()
        first = settle(checkout, book).to_json()
        assert settle(checkout, book).to_json() == first
        assert (checkout.model_dump_json(), book.model_dump_json()) == before


def test_a_step_that_is_passed_over_would_have_done_nothing(monkeypatch):
    """What rules leave idle changes no byte: the same with every step taken."""
    passed = set()
    for seed in range(examples(120)):
        request = random_request(random.Random(seed))
        checkout, book = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
        found = settle(checkout, book).to_json()
        passed |= set(engine.STEPS) - set(book.rules.steps or engine.STEPS)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "IDLE", {})
            every = Rulebook.model_validate(request["rulebook"])
            assert settle(checkout, every).to_json() == found
            assert every.rules.steps in {(), engine.STEPS}
    assert passed >= {steps.round_total, steps.payment_fee, steps.platform_coupons, steps.freight_coupons}


def test_a_settlement_that_was_interrupted_leaves_nothing_behind(monkeypatch):
    """An interrupt in the middle propagates, and the next call settles as if nothing had been."""
    checkout, book = (Checkout(**everything()[0]), Rulebook(**everything()[1]))
    expected = settle(checkout, book).to_json()
    for error in (KeyboardInterrupt, MemoryError):

        def interrupt(*_, error=error):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(book.rules, "steps", (*book.rules.steps[:4], interrupt))
            with pytest.raises(error):
                settle(checkout, book)
        assert settle(checkout, book).to_json() == expected


def test_the_result_is_a_frozen_settlement():
    """No attribute can be set, and its parts are tuples and read-only maps."""
    made = settled(*everything())
    assert isinstance(made, Settlement)
    assert made.calculation_version == CALCULATION_VERSION == settlement.CALCULATION_VERSION
    with pytest.raises(AttributeError):
        made.status = "paid"
    with pytest.raises(AttributeError):
        made.totals.payable = made.totals.goods
    with pytest.raises(TypeError):
        made.adjustments[0].shares["a"] = made.payable
    for part in (made.lines, made.shops, made.parcels, made.adjustments, made.decisions, made.excluded, made.gifts):
        assert isinstance(part, tuple)


def test_the_document_has_the_names_of_the_contract_in_their_order():
    """Keys of the settlement, of totals, lines and parcels as §7 writes them."""
    document = json.loads(settled(*everything()).to_json())
    keys = ["status", "currency", "at", "rulebook", "digest", "calculation_version", "totals", "lines", "shops"]
    keys += ["parcels", "adjustments", "decisions", "excluded", "gifts", "points", "optimal", "remark", "invoice"]
    assert [key for key in document if key in keys] == keys  # siblings may stand between them
    columns = ["list", "goods", "promotions", "coupons", "freight", "surcharges", "freight_offers", "points"]
    columns += ["payment_fee", "rounding", "payable"]
    assert list(document["totals"]) == columns
    head = ["id", "shop", "sku", "quantity", "unit_price", "commission_percent", "tax_percent"]
    assert list(document["lines"][0]) == [*head, *columns, "points_used"]
    assert list(document["shops"][0]) == ["id", *columns]


def test_shops_and_lines_keep_the_order_of_the_cart():
    """Lines stand as in the cart; shops by their first line."""
    lines = [a_line("z", shop="s9"), a_line("a"), a_line("m", shop="s9")]
    made = settled(a_checkout(*lines))
    assert [line.id for line in made.lines] == ["z", "a", "m"]
    assert [shop.shop for shop in made.shops] == ["s9", "s1"]


def test_a_quantity_of_a_million_costs_no_more_than_one():
    """Cost does not grow with quantity: a line of a thousand million pieces is one run of units."""
    book = a_rulebook(
        promotions=[
            an_offer("p1", {"type": "nth_unit", "n": 2, "percent": "50"}),
            an_offer("p2", {"type": "bundle_price", "quantity": 3, "price": "1.00 CNY"}),
        ]
    )
    few, many = ((a_line(quantity=each), a_line("b", price="3.00", quantity=each - 1)) for each in (10, 10**9))
    assert settled(a_checkout(*many), book).payable.minor > settled(a_checkout(*few), book).payable.minor > 0
    assert work(lambda: settled(a_checkout(*many), book)) < 1.1 * work(lambda: settled(a_checkout(*few), book))
