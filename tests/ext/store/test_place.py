"""Placing: all of an order or nothing, once, and what comes back is what was written, byte for byte."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, problems, settled
from seals import KEYS, SOON, sealed
from settlement import Checkout, Rulebook, settle
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.errors import IdempotencyConflict
from settlement.ext.store import AllowanceExhausted, NotFound
from settlement.ext.store.figures import expect_fitting
from settlement.ext.store.tables import TABLES
from settlement.orders import Noted
from stored import ADDRESS, BUYER, HALF_AN_HOUR, OTHER, STAFF, bought, counts, granted, left, opened, out, plain, run

pytestmark = pytest.mark.store


def test_an_order_comes_back_as_it_was_placed(store):
    """Record, demand, what is personal and what was consumed; the record's bytes are those that were written."""
    granted(store)
    kept = bought()
    placed = store.place(BUYER, kept, order="SO1001", expires=HALF_AN_HOUR)
    state = store.order(BUYER, "SO1001")
    assert state.order == placed
    assert state.order.record.to_json() == kept.for_order("SO1001").to_json()
    assert (state.status, state.order.remark, state.order.customer) == ("pending_payment", "ring twice", "u1")


def test_a_rulebook_is_kept_once(store, url):
    """However many orders were settled by it."""
    store.place(BUYER, plain(), order="SO1001")
    store.place(BUYER, plain(remark="twice"), order="SO1002")
    there = counts(url)
    assert (there["orders"], there["records"], there["rulebooks"]) == (2, 2, 1)
    assert store.order(BUYER, "SO1001").order.record.digest == store.order(BUYER, "SO1002").order.record.digest


def test_all_that_an_order_takes_is_taken(store, url):
    """Coupon, points, card and stock count down; uses, units and budget count up; stock that nobody allowed isn't."""
    granted(store, times=2)
    store.place(BUYER, bought(), order="SO1001")
    assert left(url) == {
        ("coupon", "u1", "c1"): 1000,
        ("points", "u1", "points"): 200_000,
        ("gift_card", "", "g1"): 1000,
        ("stock", "s1", "cup"): 2000,
        ("use", "u1", "p1"): 1000,
        ("use", "", "p1"): 1000,
        ("units", "u1", "p2"): 2000,
        ("budget", "", "p3"): 100,
    }
    assert set(out(url)) == set(left(url))


TAKEN = ["coupon", "points", "gift_card", "stock"]


@pytest.mark.parametrize("missing", TAKEN)
def test_what_is_not_there_is_named_and_nothing_is_left_of_the_order(store, url, missing):
    """Which it was and how much is left; no row of it stands, and nothing was taken."""
    granted(store)
    run(url, "UPDATE allowances SET quantity = quantity - 1 WHERE kind = :kind", kind=missing)
    before = left(url)
    with pytest.raises(AllowanceExhausted) as caught:
        store.place(BUYER, bought(), order="SO1001")
    assert caught.value.kind == missing
    shown = {"coupon": "0.999", "points": "199.999", "gift_card": "9.99 CNY", "stock": "1.999"}
    assert str(caught.value.left) == shown[missing]
    assert left(url) == before
    assert {name: count for name, count in counts(url).items() if count} == {"allowances": 4}


def test_what_nobody_allowed_is_0(store):
    """Of coupons, points and cards."""
    for kind in ("coupon", "gift_card", "points"):  # in the order of keys
        with pytest.raises(AllowanceExhausted) as caught:
            store.place(BUYER, bought(), order="SO1001")
        assert caught.value.kind == kind
        value = {"coupon": 1, "gift_card": "10.00 CNY", "points": 200}[kind]
        store.allow(kind, caught.value.id, value)
    assert store.place(BUYER, bought(), order="SO1001").id == "SO1001"


@pytest.mark.parametrize(("placed", "kind", "left_"), [(1, "units", "1"), (2, "use", "0")])
def test_limits_are_those_of_the_rulebook(store, placed, kind, left_):
    """Three units a customer at the flash price, two uses each: of the first too many the rest is told."""
    granted(store, times=9)
    quantity = 2 if kind == "units" else 1
    for at in range(placed):
        store.place(BUYER, bought(quantity=quantity), order=f"SO100{at}")
    with pytest.raises(AllowanceExhausted) as caught:
        store.place(BUYER, bought(quantity=quantity), order="SO1009")
    assert (caught.value.kind, str(caught.value.left)) == (kind, left_)


def test_a_use_is_counted_per_customer_and_in_all(store):
    """Two buyers with two uses each are within their own limit, and the fourth is beyond that of all."""
    granted(store, customer=None, times=9)
    for at, customer in enumerate(("u1", "u1", "u2")):
        store.place(STAFF, bought(customer, quantity=1), order=f"SO100{at}")
    with pytest.raises(AllowanceExhausted) as caught:
        store.place(STAFF, bought("u2", quantity=1), order="SO1009")
    assert (caught.value.kind, caught.value.id, caught.value.left) == ("use", "p1", 0)


# ------------------------------------------------------------------ once


def test_the_same_request_again_takes_nothing(store, url):
    """It gets the order of the first time, also when its payment would run out later now."""
    granted(store)
    first = store.place(BUYER, bought(), order="SO1001", key="k1", expires=HALF_AN_HOUR)
    there = counts(url)
    assert store.place(BUYER, bought(), order="SO1001", key="k1", expires=2 * HALF_AN_HOUR) == first
    assert counts(url) == there


def test_a_key_answers_only_who_used_it(store):
    """Another's key is another's answer: with it he places an order of his own."""
    store.place(BUYER, plain("u1"), order="SO1001", key="k1")
    assert store.place(OTHER, plain("u2"), order="SO1002", key="k1").customer == "u2"
    with pytest.raises(IdempotencyConflict):
        store.place(BUYER, plain("u1"), order="SO1003", key="k1")
    with pytest.raises(IdempotencyConflict):
        store.place(BUYER, plain("u1", remark="left of the door"), order="SO1001", key="k1")


def test_a_confirmation_is_the_same_request_only_with_the_same_address(store):
    """A seal carries nothing personal: under one key another address is another request."""

    def confirmed(detail):
        asked = a_checkout(a_line("a", "30.00"), customer={"id": "u1"}, address=ADDRESS | {"detail": detail})
        checkout, rules = Checkout(**asked), Rulebook(**a_rulebook())
        token = sealed(record(settle(checkout, rules)))
        return confirm(token, checkout, rules, KEYS, now=SOON, audience="pay")

    first = store.place(BUYER, confirmed("1 Old Road"), order="SO1001", key="k1")
    assert store.place(BUYER, confirmed("1 Old Road"), order="SO1001", key="k1") == first
    with pytest.raises(IdempotencyConflict):
        store.place(BUYER, confirmed("2 New Road"), order="SO1001", key="k1")


def test_an_orders_name_is_taken_once(store, url):
    """By another buyer, or by the same under another key."""
    store.place(BUYER, plain("u1"), order="SO1001", key="k1")
    there = counts(url)
    for actor, key in ((OTHER, "k1"), (BUYER, "k2")):
        with pytest.raises(IdempotencyConflict):
            store.place(actor, plain(actor.id), order="SO1001", key=key)
    assert counts(url) == there


@pytest.mark.parametrize(("order", "code"), [(5, "text.type"), ("", "text.empty"), ("x" * 201, "limit.text")])
def test_a_name_that_is_none_is_told_as_the_orders(store, url, order, code):
    """Though without a key it is that of the request too; a key that is none is told as the key."""
    assert problems(lambda: store.place(BUYER, plain(), order=order)) == [("order", code)]
    assert problems(lambda: store.place(BUYER, plain(), order="SO1001", key=order)) == [("key", code)]
    assert counts(url)["orders"] == 0


def test_ids_are_compared_byte_for_byte(store):
    """Case, accents and spaces at the end tell orders, customers and coupons apart."""
    names = ["SO1001a", "SO1001A", "SO1001á", "SO1001a "]
    for name in names:
        store.place(BUYER, plain(), order=name)
        store.allow("coupon", name, 1, customer=name)
    assert sorted(row.id for row in store.orders(BUYER).rows) == sorted(names)
    for name in names:
        assert store.order(BUYER, name).order.id == name


def test_a_customer_places_only_his_own(store):
    """A record of another's is not found for him."""
    with pytest.raises(NotFound):
        store.place(OTHER, plain("u1"), order="SO1001", customer="u1")


# ------------------------------------------------------------------ beyond what a column takes


@pytest.mark.usefixtures("spoils")
def test_an_amount_that_no_column_takes_is_refused_before_anything_is_asked(store, url):
    """Of 25 digits: the database is not even asked. What documents let through is held to the columns all the same."""
    line = a_line("a", "999999999999.99", quantity=1_000_000)
    kept = record(settled(a_checkout(line, customer={"id": "u1"})))
    run(url, "DROP TABLE answers")
    assert problems(lambda: store.place(BUYER, kept, order="SO1001")) == [("amount", "amount.too_large")]
    fitting = [("a", 2**63 - 1), ("b", 2**63)]
    assert problems(lambda: expect_fitting("Order", fitting)) == [("b", "integer.range")]


def test_what_is_allowed_adds_up_within_a_column(store, url):
    """More than that, a currency of another card, and what the rulebook bounds are refused."""
    store.allow("gift_card", "g1", "0.07 CNY")
    run(url, "UPDATE allowances SET quantity = quantity + 9223372036854775800")
    for more in ("0.01 CNY", "1 JPY"):
        assert problems(lambda more=more: store.allow("gift_card", "g1", more)) == [("quantity", "value.invalid")]
    assert left(url) == {("gift_card", "", "g1"): 2**63 - 1}
    assert problems(lambda: store.allow("use", "p1", 1)) == [("kind", "value.invalid")]
    assert problems(lambda: store.allow("stock", "cup", 1)) == [("shop", "value.invalid")]


def test_stock_of_0_is_counted(store):
    """A row of 0 is not the same as none."""
    store.allow("stock", "cup", 0, shop="s1")
    with pytest.raises(AllowanceExhausted) as caught:
        store.place(BUYER, plain(), order="SO1001")
    assert (caught.value.kind, caught.value.id, caught.value.left) == ("stock", "cup", 0)


def test_what_is_personal_stands_in_records_alone(store, url):
    """Neither the order, nor an event, nor the outbox has the remark, the phone or the note."""
    address = {"region": "440305", "name": "Zhang San", "phone": "13800138000", "detail": "12 Nanhai Road"}
    store.place(BUYER, plain(remark="ring twice", address=address), order="SO1001")
    store.tell(BUYER, Noted(at="2026-11-11T00:10:00+08:00", actor=BUYER, note="by the cellar"), order="SO1001")
    said = ["Zhang San", "13800138000", "12 Nanhai Road", "ring twice", "by the cellar"]
    with opened(url) as connection:
        for name, table in TABLES.tables.items():
            rows = " ".join(str(row) for row in connection.execute(table.select()))
            assert [each for each in said if each in rows] == (said if name == "records" else []), name
