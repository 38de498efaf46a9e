"""Telling: notices find their order, nothing is told twice, what ends gives all back, and two at once both stand."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from placed import cancelled, closed, noted, received, returned, shipped
from settlement.audit.seal import SKEW
from settlement.errors import InvalidDocument
from settlement.ext.store import EventRefused, NotFound, telling
from settlement.orders import Actor, Cancelled, Noted, Paid, RefundSucceeded
from stored import (
    BUYER,
    HALF_AN_HOUR,
    NOTIFY,
    NOW,
    OTHER,
    STAFF,
    a_quote,
    bought,
    counts,
    given,
    granted,
    left,
    notice,
    out,
    plain,
    run,
)

pytestmark = pytest.mark.store

S1, S2 = Actor.shop("s1"), Actor.shop("s2")


@pytest.fixture
def order(store):
    """Placed, with all that it takes there once."""
    granted(store)
    return store.place(BUYER, bought(), order="SO1001", expires=HALF_AN_HOUR)


def test_a_notice_finds_its_order_and_is_told_once(store, url, order):
    """By its key; the same again, under another id of the message, changes nothing and may stop."""
    told = store.tell(NOTIFY, notice(order))
    assert (told.state.status, told.success) == ("paid", True)
    there = counts(url)
    again = store.tell(NOTIFY, notice(order, event="e2"))
    assert (again.state, again.success) == (told.state, True)
    assert counts(url) == there
    with pytest.raises(NotFound):
        store.tell(NOTIFY, notice(order, key="SO1009"))


def test_a_wrong_amount_pays_nothing_and_is_told_again(store, order):
    """It stands among the events, and the provider may not stop."""
    told = store.tell(NOTIFY, notice(order, amount="1.00 CNY"))
    assert (told.state.status, told.success) == ("pending_payment", False)
    assert [str(each) for each in told.state.refund_due] == ["1.00 CNY"]


def test_a_further_attempt_is_known_by_its_key(store, order):
    """Once an event named its demand, a notice of that key finds the order by itself."""
    second = order.demand.model_copy(update={"attempt": 2})
    failed = notice(order, id="t0", key=second.key, told="failed")
    store.tell(NOTIFY, Paid(at=NOW, actor=NOTIFY, notice=failed, demand=second), order="SO1001")
    assert store.tell(NOTIFY, notice(order, key=second.key)).state.status == "paid"


@pytest.mark.parametrize("end", [cancelled(), closed("2026-11-11T00:40:00+08:00")], ids=["cancelled", "closed"])
@pytest.mark.usefixtures("order")
def test_an_end_gives_all_back_once(store, url, end):
    """Coupon, points, card and stock are there again; uses, units and budget are not used; a second end is refused."""
    granted_ = {key: 0 if key[0] in {"use", "units", "budget"} else 1 for key in left(url)}
    store.clock.now = max(NOW, end.at)
    store.tell(STAFF, end, order="SO1001")
    there = left(url)
    assert {key: int(value > 0) for key, value in there.items()} == granted_
    assert set(out(url).values()) == {0}
    with pytest.raises(EventRefused) as caught:
        store.tell(STAFF, cancelled(), order="SO1001")
    assert "cancelled" not in caught.value.allowed
    assert left(url) == there
    assert store.place(BUYER, bought(), order="SO1002").id == "SO1002"


def test_a_late_payment_of_a_closed_order_is_owed_back(store, order):
    """By itself; nothing that was given back is taken again."""
    store.clock.now += 2 * HALF_AN_HOUR
    store.tell(STAFF, closed("2026-11-11T00:40:00+08:00"), order="SO1001")
    late = store.tell(NOTIFY, notice(order)).state
    assert (late.status, [str(each) for each in late.refund_due]) == ("closed", ["65.00 CNY"])


def test_goods_that_come_back_are_in_stock_again(store, url, order):
    """When they are returned, and no more than were taken."""
    store.tell(NOTIFY, notice(order))
    store.tell(S1, shipped(), order="SO1001")
    assert left(url)["stock", "s1", "cup"] == 0
    for at in (1, 2):
        store.tell(S1, returned(), order="SO1001")
        assert left(url)["stock", "s1", "cup"] == 1000 * at
    with pytest.raises(InvalidDocument):
        store.tell(S1, returned(), order="SO1001")


@pytest.mark.usefixtures("order")
def test_an_order_is_not_closed_while_an_attempt_can_be_paid(store):
    """Though nothing was told of it yet: the first ran out after half an hour, the second after two."""
    store.ask(BUYER, "SO1001", expires=4 * HALF_AN_HOUR)
    store.clock.now += 4 * HALF_AN_HOUR
    with pytest.raises(InvalidDocument) as caught:
        store.tell(STAFF, closed("2026-11-11T02:04:00+08:00"), order="SO1001")
    assert caught.value.problems[0].code == "event.expires"
    assert store.tell(STAFF, closed("2026-11-11T02:05:00+08:00"), order="SO1001").state.status == "closed"


@pytest.mark.usefixtures("order")
def test_an_event_stands_as_his_who_told_it(store):
    """Whoever it says."""
    state = store.tell(BUYER, noted(), order="SO1001").state
    assert state.events[-1].actor == BUYER
    assert store.order(BUYER, "SO1001") == state


@pytest.mark.usefixtures("order")
def test_what_has_not_happened_yet_is_told_when_it_has(store):
    """More than five minutes ahead of the store's clock nothing is told: nobody closes an order before its time."""
    ahead = NOW + SKEW + timedelta(seconds=1)
    with pytest.raises(InvalidDocument) as caught:
        store.tell(STAFF, Cancelled(at=ahead, actor=STAFF), order="SO1001")
    assert [(each.place, each.code) for each in caught.value.problems] == [("at", "event.future")]
    assert store.order(STAFF, "SO1001").events == ()
    assert store.tell(STAFF, Cancelled(at=NOW + SKEW, actor=STAFF), order="SO1001").state.status == "cancelled"


@pytest.mark.usefixtures("order")
def test_an_event_names_its_order(store):
    """It has no key to find it by."""
    with pytest.raises(TypeError, match="say which"):
        store.tell(BUYER, noted())


def test_a_shop_tells_of_its_own_goods(store, order):
    """Another's shipment is not found, nor is an order that it has nothing of."""
    store.tell(NOTIFY, notice(order))
    for shop in (S2, Actor.shop("s3")):
        with pytest.raises(NotFound):
            store.tell(shop, shipped(), order="SO1001")
    assert store.tell(S1, shipped(), order="SO1001").state.status == "partly_shipped"
    assert store.tell(BUYER, received(), order="SO1001").state.deliveries[0].lines[0].received == 2


# ------------------------------------------------------------------ at once


@pytest.mark.usefixtures("order")
def test_who_comes_second_folds_again(store, monkeypatch):
    """Another event is written between reading and writing: both stand, each under its own number."""
    once = iter([lambda: store.tell(STAFF, noted("first"), order="SO1001")])
    read = telling.read_state

    def meanwhile(connection, persons, name):
        found = read(connection, persons, name)
        next(once, lambda: None)()
        return found

    monkeypatch.setattr(telling, "read_state", meanwhile)
    store.tell(BUYER, noted("second"), order="SO1001")
    assert [each.note for each in store.order(BUYER, "SO1001").events] == ["first", "second"]


def test_what_was_possible_a_moment_ago_is_refused_now(store, url, order, monkeypatch):
    """Paid and shipped in between: the cancelling that was read before is refused, and gives nothing back."""
    read = telling.read_state

    def ship():
        store.tell(NOTIFY, notice(order))
        store.tell(S1, shipped(), order="SO1001")

    once = iter([ship])

    def meanwhile(connection, persons, name):
        found = read(connection, persons, name)
        next(once, lambda: None)()
        return found

    before = left(url)
    monkeypatch.setattr(telling, "read_state", meanwhile)
    with pytest.raises(EventRefused, match="partly_shipped"):
        store.tell(STAFF, cancelled(), order="SO1001")
    assert left(url) == before


def test_every_order_of_notices_and_refunds_ends_in_the_same_amounts(store):
    """A payment that pays nothing, a stray one, a refund that failed and went through, a repeat: in any order.

    All 120 of them on SQLite, every twentieth elsewhere.
    """
    amounts = set()
    for at, way in enumerate(list(permutations(range(5)))[:: 1 if store._database.dialect == "sqlite" else 20]):
        name = f"SO2{at:03}"
        order = store.place(BUYER, plain(), order=name)
        store.tell(NOTIFY, notice(order, id="t0"))
        store.give_back(STAFF, name, a_quote(order))
        steps = [
            notice(order, id="t1"),
            notice(order, id="t2", amount="1.00 CNY"),
            given(told="failed", key=name),
            given(key=name),
            notice(order, id="t0", event="again"),
        ]
        for step in way:
            store.tell(NOTIFY, steps[step])
        state = store.order(BUYER, name)
        amounts.add((str(state.paid), *map(str, state.given_back), *map(str, state.refund_due), state.status))
    assert amounts == {("100.00 CNY", "30.00 CNY", "101.00 CNY", "partly_refunded")}


# ------------------------------------------------------------------ passing on


@pytest.mark.usefixtures("order")
def test_events_are_passed_on_in_their_order_until_somebody_says_so(store):
    """Each again until it is sent; a late event stands behind those of its order that came before it."""
    early = Noted(at="2026-11-10T00:00:00Z", actor=BUYER, note="written down late")
    store.tell(BUYER, early, order="SO1001")
    assert store.unsent(NOTIFY) == store.unsent(NOTIFY) == [("SO1001", 0), ("SO1001", 1)]
    store.sent(NOTIFY, "SO1001", 0)
    store.sent(NOTIFY, "SO1001", 0)
    assert store.unsent(NOTIFY) == [("SO1001", 1)]
    assert store.unsent(NOTIFY, limit=0) == []


# ------------------------------------------------------------------ the log


def test_the_log_of_an_order_is_a_chain(store, url, order):
    """Untouched it holds; an event, an actor, an instant or a note that somebody changed is found."""
    from settlement.errors import InvariantBroken

    store.tell(BUYER, noted("by the cellar"), order="SO1001")
    store.tell(NOTIFY, notice(order))
    end = store.check_log(STAFF, "SO1001")
    assert store.check_log(STAFF, "SO1001") == end
    for change, back in (
        ("UPDATE events SET actor = 'u9' WHERE seq = 1", "UPDATE events SET actor = 'u1' WHERE seq = 1"),
        ("UPDATE events SET at = at + 1 WHERE seq = 0", "UPDATE events SET at = at - 1 WHERE seq = 0"),
        ('UPDATE records SET personal = \'{"note":"x"}\' WHERE seq = 1', None),
    ):
        run(url, change)
        with pytest.raises(InvariantBroken):
            store.check_log(STAFF, "SO1001")
        if back:
            run(url, back)
            assert store.check_log(STAFF, "SO1001") == end
    run(url, "DELETE FROM records WHERE seq = 1")  # erased
    assert store.check_log(STAFF, "SO1001") == end
    assert store.order(BUYER, "SO1001").events[0].note == "…"


@pytest.mark.usefixtures("order")
def test_an_anchor_is_over_every_chain_before_its_instant(store):
    """What comes later changes nothing of it; what was there before does."""
    until = "2026-11-11T00:00:00Z"
    first = store.anchor(NOTIFY, "2026-11-10", until)
    store.clock.now += timedelta(days=2)
    store.tell(STAFF, Cancelled(at="2026-11-12T00:00:00Z", actor=STAFF), order="SO1001")
    assert store.anchor(NOTIFY, "again", until) == first
    store.clock.now = NOW
    store.place(OTHER, plain("u2"), order="SO1002")
    assert store.anchor(NOTIFY, "once more", until) != first


@pytest.mark.parametrize("as_event", [False, True])
def test_a_refund_of_another_order_gives_nothing_back(store, order, as_event):
    """Though both know it by the same number, and whoever tells it names the wrong order: what is owed stays owed."""
    store.tell(NOTIFY, notice(order))
    store.allow("stock", "cup", 2, shop="s1")
    other = store.place(OTHER, plain("u2"), order="SO2001")
    store.tell(NOTIFY, notice(other, id="t2"))
    owed = [store.give_back(STAFF, made.id, a_quote(made)).refund_due for made in (order, other)]
    told = given(amount=str(owed[1][0]), key="SO2001")
    said = RefundSucceeded(at=NOW, actor=NOTIFY, notice=told) if as_event else told
    with pytest.raises(InvalidDocument) as caught:
        store.tell(NOTIFY, said, order="SO1001")
    assert caught.value.problems[0].code == "order.mismatch"
    assert store.order(STAFF, "SO1001").refund_due == owed[0]
    assert store.tell(NOTIFY, told).state.refund_due == ()


def test_a_number_that_another_order_knows_is_not_of_the_one_named(store, order):
    """A notice without a key, told under the wrong order: the order that asked under this number hears of it alone."""
    store.tell(NOTIFY, notice(order))
    store.allow("stock", "cup", 2, shop="s1")
    other = store.place(OTHER, plain("u2"), order="SO2001")
    store.tell(NOTIFY, notice(other, id="t2"))
    owed = store.give_back(STAFF, "SO2001", a_quote(other)).refund_due
    told = given(amount=str(owed[0]))
    with pytest.raises(InvalidDocument) as caught:
        store.tell(NOTIFY, told, order="SO1001")
    assert caught.value.problems[0].code == "order.mismatch"
    assert store.order(STAFF, "SO1001").given_back == ()
    assert store.tell(NOTIFY, told).state.given_back == owed


@pytest.mark.parametrize("told", [given("R-7"), given("R-7", key="SO7001")], ids=["no key", "unknown key"])
@pytest.mark.usefixtures("order")
def test_what_was_told_of_one_order_is_told_of_no_other(store, told):
    """Of a refund that nobody knows, the order under which it is told is the only word: it stands once."""
    store.allow("stock", "cup", 2, shop="s1")
    store.place(OTHER, plain("u2"), order="SO2001")
    assert store.tell(NOTIFY, told, order="SO1001").state.given_back == (told.amount,)
    with pytest.raises(InvalidDocument):
        store.tell(NOTIFY, told, order="SO2001")
    assert store.order(STAFF, "SO2001").given_back == ()
