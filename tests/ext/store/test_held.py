"""What a customer holds is what placing takes: coupons, points, usage, cards, and stock, as a checkout is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from settlement.ext.store import NotFound
from stored import BUYER, OTHER, STAFF, bought, granted, plain

pytestmark = pytest.mark.store


def test_what_is_held_is_what_a_checkout_states(store):
    """Own points and coupons with their copies; nothing of another's; whole numbers."""
    store.allow("points", "points", 250, customer="u1")
    store.allow("coupon", "c1", 3, customer="u1")
    store.allow("coupon", "c2", 99, customer="u1")
    store.allow("coupon", "c3", 1, customer="u2")
    store.allow("stored_value", "wallet", "12.34 CNY", customer="u1")
    store.allow("gift_card", "empty", "0.00 CNY", customer="u1")
    held = store.held(BUYER, "u1")
    assert held.customer.to_dict() | {"usage": []} == {
        "id": "u1",
        "level": None,
        "new": False,
        "points": 250,
        "coupons": ["c1", "c2"],
        "copies": {"c1": 3, "c2": 20},  # no more are looked at
        "usage": [],
        "tax_exempt": None,
    }
    assert [(each.id, each.type, str(each.balance)) for each in held.tenders] == [
        ("wallet", "stored_value", "12.34 CNY")
    ]
    assert store.held(STAFF, "u1") == held
    with pytest.raises(NotFound):
        store.held(OTHER, "u1")
    nobody = store.held(OTHER, "u2").customer
    assert (nobody.points, nobody.coupons) == (0, ("c3",))


def test_what_is_there_for_whoever_comes_is_there_for_who_names_it(store):
    """A code and a bearer's card are shown to nobody who does not know them; copies are those that one order takes."""
    store.allow("coupon", "SPRING", 5)
    store.allow("gift_card", "g1", "10.00 CNY")
    store.allow("coupon", "c1", 2)
    store.allow("coupon", "c1", 1, customer="u1")
    assert store.held(BUYER, "u1").customer.coupons == ("c1",)
    assert store.held(BUYER, "u1").tenders == ()
    held = store.held(BUYER, "u1", ["SPRING", "g1", "none"])
    assert held.customer.coupons == ("SPRING", "c1")
    assert dict(held.customer.copies) == {"SPRING": 5}
    assert [each.id for each in held.tenders] == ["g1"]
    assert dict(store.held(BUYER, "u1", ["c1"]).customer.copies) == {"c1": 2}


def test_placing_takes_of_what_is_held_and_counts_what_is_used(store):
    """After an order its coupon, points and card are less, and the uses, units and budget of its offers are told."""
    granted(store, times=2)
    before = store.held(BUYER, "u1", ["g1"])
    store.place(BUYER, bought(), order="SO1001")
    after = store.held(BUYER, "u1", ["g1"])
    assert (before.customer.points, after.customer.points) == (400, 200)
    assert (dict(before.customer.copies), after.customer.coupons) == ({"c1": 2}, ("c1",))
    assert [str(each.balance) for each in (*before.tenders, *after.tenders)] == ["20.00 CNY", "10.00 CNY"]
    assert before.customer.usage == ()
    used = {each.rule: each for each in after.customer.usage}
    assert used
    assert any(each.by_customer or each.in_all for each in used.values())
    assert any(each.units for each in used.values())
    assert any(each.spent for each in used.values())


def test_stock_is_told_of_what_is_counted(store):
    """By shop and sku, to the thousandth; what nobody counts, and another shop's goods of one name, are not there."""
    store.allow("stock", "cup", 4, shop="s1")
    store.allow("stock", "cup", 9, shop="s2")
    store.allow("stock", "rope", "2.5", shop="s2")
    wanted = [("s1", "cup"), ("s2", "rope"), ("s1", "rope"), ("s1", "pot")]
    assert store.stock(wanted) == {("s1", "cup"): 4, ("s2", "rope"): Decimal("2.5")}
    store.place(BUYER, plain(), order="SO1001")
    assert store.stock([("s1", "cup")]) == {("s1", "cup"): 2}
    assert store.stock([]) == {}
