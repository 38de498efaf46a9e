"""Giving money back: a refund once, held to all before it, with the points, cards, coupons and uses that it brings."""

from __future__ import annotations

import pytest

from placed import returned, shipped
from settlement.after_pay.payments import RefundDemand
from settlement.after_pay.refunds import RefundPolicy
from settlement.errors import IdempotencyConflict, InvalidDocument, RefundExceeds
from settlement.money import Money
from settlement.orders import Actor, RefundAsked
from stored import BUYER, NOTIFY, NOW, STAFF, a_quote, bought, counts, given, granted, left, notice, out, plain

pytestmark = pytest.mark.store

S1 = Actor.shop("s1")


@pytest.fixture
def order(store):
    """Placed with all that it takes, and paid."""
    granted(store)
    made = store.place(BUYER, bought(), order="SO1001")
    store.tell(NOTIFY, notice(made))
    return made


def test_a_refund_gives_back_what_its_quote_says(store, url, order):
    """Points, the card and goods that were not sent at once; the demand is of what was paid."""
    before, quote = left(url), a_quote(order, {"a": 2})
    state = store.give_back(STAFF, "SO1001", quote)
    after = left(url)
    assert after["points", "u1", "points"] == quote.points * 1000 > 0
    assert after["gift_card", "", "g1"] == quote.tenders[0].amount.minor > 0
    assert (before["stock", "s1", "cup"], after["stock", "s1", "cup"]) == (0, 2000)
    asked = state.events[-1]
    assert (asked.demand.order, asked.demand.amount, asked.actor) == (order.demand.key, quote.to_method, STAFF)
    done = store.tell(NOTIFY, given(amount=str(quote.to_method))).state
    assert (done.status, done.refund_due) == ("partly_refunded", ())


def test_the_same_refund_again_gives_nothing(store, url, order):
    """Nor does another of its number."""
    quote = a_quote(order)
    first = store.give_back(STAFF, "SO1001", quote)
    there, rows = left(url), counts(url)
    assert store.give_back(STAFF, "SO1001", quote) == first
    assert (left(url), counts(url)) == (there, rows)
    with pytest.raises(IdempotencyConflict):
        store.give_back(STAFF, "SO1001", a_quote(order, {"b": 1}))


def asking(quote, number=None, amount=None):
    """The event that asks for a refund of the order."""
    demand = RefundDemand(order="SO1001", refund=number or quote.id, amount=amount or quote.to_method)
    return RefundAsked(at=NOW, actor=STAFF, quote=quote, demand=demand)


def test_no_more_than_is_owed_goes_back_beside_refunds(store, order):
    """A second payment goes back once; the one that pays, and more than came, are refused."""

    def back(number, transaction, amount):
        demand = RefundDemand(order="SO1001", refund=number, amount=amount)
        return RefundAsked(at=NOW, actor=STAFF, demand=demand, transaction=transaction)

    due = order.demand.amount
    for number, transaction in (("X-1", "t1"), ("X-2", "t9")):
        with pytest.raises(InvalidDocument, match="refund_more"):
            store.tell(STAFF, back(number, transaction, due), order="SO1001")
    store.tell(NOTIFY, notice(order, "t2"))
    with pytest.raises(InvalidDocument, match="refund_more"):
        store.tell(STAFF, back("X-3", "t2", due + due), order="SO1001")
    for _ in range(2):
        store.tell(STAFF, back("X-4", "t2", due), order="SO1001")
    with pytest.raises(InvalidDocument, match="refund_more"):
        store.tell(STAFF, back("X-5", "t2", due), order="SO1001")
    assert store.order(STAFF, "SO1001").refund_due == (due,)


def test_a_refund_that_is_told_as_an_event_is_held_to_the_same(store, url, order):
    """Its points and card are there again, and all refunds together are no more than was sold, whoever tells them."""
    quote = a_quote(order, {"a": 2})
    store.tell(STAFF, asking(quote), order="SO1001")
    there = left(url)
    assert there["points", "u1", "points"] == quote.points * 1000 > 0
    assert there["gift_card", "", "g1"] == quote.tenders[0].amount.minor > 0
    store.tell(STAFF, asking(quote), order="SO1001")
    store.give_back(STAFF, "SO1001", quote)
    assert left(url) == there
    with pytest.raises((RefundExceeds, InvalidDocument)):
        store.tell(STAFF, asking(a_quote(order, {"a": 1}, id="R-2")), order="SO1001")
    assert left(url) == there
    assert store.order(STAFF, "SO1001").refund_due == (quote.to_method,)


def test_of_one_refund_no_more_is_asked_for_than_it_gives_back(store, order):
    """Under several numbers in all; of what failed once more under another."""
    quote = a_quote(order, {"a": 2})
    store.tell(STAFF, asking(quote, amount="10.00 CNY"), order="SO1001")
    rest = quote.to_method - Money("10.00 CNY")
    store.tell(STAFF, asking(quote, "R-1b", rest), order="SO1001")
    with pytest.raises(InvalidDocument) as caught:
        store.tell(STAFF, asking(quote, "R-1c", "0.01 CNY"), order="SO1001")
    assert caught.value.problems[0].code == "event.refund_more"
    store.tell(NOTIFY, given("R-1b", amount=str(rest), told="failed", key="SO1001"))
    store.tell(STAFF, asking(quote, "R-1c", rest), order="SO1001")
    assert store.order(STAFF, "SO1001").refund_due == (quote.to_method,)


def test_two_refunds_of_one_history_do_not_both_stand(store, url, order):
    """Each was right for who made it; together they are more than was sold."""
    one, other = a_quote(order, {"a": 2}, id="R-1"), a_quote(order, {"a": 1}, id="R-2")
    store.give_back(STAFF, "SO1001", one)
    there = left(url)
    with pytest.raises((RefundExceeds, InvalidDocument)):
        store.give_back(STAFF, "SO1001", other)
    assert left(url) == there
    with pytest.raises(InvalidDocument):
        store.give_back(STAFF, "SO1001", a_quote(order, {"b": 1}, [one], id=None))


def test_a_coupon_comes_back_when_the_quote_says_so_and_a_use_when_nothing_is_kept(store, url, order):
    """Of part of the order neither; with the last of it both, by the policy under which coupons return."""
    policy = RefundPolicy(coupons="return")
    first = a_quote(order, {"a": 2}, policy=policy)
    store.give_back(STAFF, "SO1001", first)
    there = left(url)
    assert (there["coupon", "u1", "c1"], there["use", "", "p1"], there["units", "u1", "p2"]) == (0, 1000, 0)
    store.give_back(STAFF, "SO1001", a_quote(order, {"b": 1}, [first], id="R-2", policy=policy))
    there = left(url)
    assert (there["coupon", "u1", "c1"], there["use", "", "p1"], there["use", "u1", "p1"]) == (1000, 0, 0)
    assert there["budget", "", "p3"] == 0
    assert out(url)["stock", "s1", "cup"] == 0


def test_what_is_refunded_and_returned_comes_back_once(store, url, order):
    """Goods by the return, money by the refund, in either order."""
    store.tell(S1, shipped(), order="SO1001")
    store.give_back(STAFF, "SO1001", a_quote(order, {"a": 2}))
    assert left(url)["stock", "s1", "cup"] == 0
    store.tell(S1, returned(a=2), order="SO1001")
    assert left(url)["stock", "s1", "cup"] == 2000
    assert all(value >= 0 for value in out(url).values())


def test_a_refund_that_the_card_pays_alone_asks_no_provider(store, url):
    """All of it was paid by a card: the event has no demand, and the balance is there again."""
    store.allow("gift_card", "g2", "100.00 CNY")
    card = {"type": "gift_card", "id": "g2", "balance": "100.00 CNY"}
    order = store.place(BUYER, plain(tenders=[card]), order="SO1001")
    state = store.give_back(STAFF, "SO1001", a_quote(order))
    assert (state.status, state.events[-1].demand) == ("partly_refunded", None)
    assert left(url)["gift_card", "", "g2"] == 3000


def test_nothing_is_given_back_of_what_nobody_paid(store, url):
    """The provider has nothing to give."""
    granted(store)
    order = store.place(BUYER, bought(), order="SO1001")
    there = left(url)
    with pytest.raises(InvalidDocument):
        store.give_back(STAFF, "SO1001", a_quote(order))
    assert left(url) == there
