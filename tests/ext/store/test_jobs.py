"""What is due, and doing it: each job once in the list, in one order, until it is done; whatever ends a worker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from placed import cancelled, changed, noted, stray
from samples import a_checkout, a_line, a_rulebook, problems
from settlement import Checkout, Rulebook
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand, RetrySchedule
from settlement.errors import GatewayRefused, InvalidDocument, NotFound
from settlement.ext.gateways import Mischief, Sandbox
from settlement.ext.store import Job, Worker
from settlement.ext.store.jobs import KINDS
from settlement.ext.store.tables import anchors, orders
from settlement.orders import Actor
from stored import BUYER, HALF_AN_HOUR, NOTIFY, NOW, STAFF, a_quote, given, notice, opened, plain

pytestmark = pytest.mark.store

WORK = Actor.system("work")
MONEY = ("reconcile", "close", "retry")
SCHEDULE = RetrySchedule(waits=[15, 60])
HONEST = Mischief(0, 0, 0, 0)


def after(**units):
    """So long after the order."""
    return NOW + timedelta(**units)


def due(store, now=NOW, *, limit=100, kinds=MONEY, **stated):
    """All pages together."""
    found, place = [], None
    while True:
        page = store.due(WORK, now, kinds=kinds, limit=limit, after=place, schedule=SCHEDULE, **stated)
        found += page.jobs
        place = page.after
        if place is None:
            return found


def ordered(store, name="SO1001", **fields):
    """To be paid within half an hour."""
    return store.place(BUYER, plain(), order=name, **{"expires": HALF_AN_HOUR} | fields)


# ------------------------------------------------------------------ payments


def test_an_unpaid_order_is_asked_about_and_then_closed(store):
    """At the distances of the schedule, each turn one job; from its expiry on it is closed, and nothing else."""
    ordered(store)
    assert due(store, after(seconds=14)) == []
    first = [Job("reconcile", "SO1001", "SO1001", after(seconds=15))]
    assert due(store, after(seconds=15)) == due(store, after(seconds=74)) == first
    assert due(store, after(minutes=29)) == [Job("reconcile", "SO1001", "SO1001", after(seconds=75))]
    closing = [Job("close", "SO1001", None, after(minutes=30))]
    assert due(store, after(minutes=30)) == due(store, after(days=400)) == closing


def test_what_was_paid_or_ended_is_not_asked_about(store):
    """Neither asked nor closed; a failed try leaves it unpaid."""
    paid, tried, ended = (ordered(store, name) for name in ("SO1001", "SO1002", "SO1003"))
    store.tell(NOTIFY, notice(paid))
    store.tell(NOTIFY, notice(tried, "t2", told="failed"))
    store.tell(STAFF, noted(), order=ended.id)
    store.tell(STAFF, cancelled(), order=ended.id)
    assert {job.order for job in due(store, after(minutes=1))} == {"SO1002"}
    late = [("close", "SO1002"), ("reconcile", "SO1003")]  # cancelled, and its demand could still be paid
    assert [(job.kind, job.order) for job in due(store, after(hours=1))] == late


def test_without_an_expiry_nobody_closes_and_in_the_end_nobody_asks(store):
    """What was never answered within reach is for a person."""
    ordered(store, expires=None)
    assert due(store, after(days=6)) == [Job("reconcile", "SO1001", "SO1001", after(seconds=75))]
    assert due(store, after(days=8)) == []
    assert due(store, after(days=8), reach=timedelta(days=9)) != []


def test_another_attempt_is_known_before_it_is_told(store):
    """It has a key of its own and its own expiry: the order waits for it, and its notice pays."""
    ordered(store)
    second = store.ask(BUYER, "SO1001", method="wechat", expires=timedelta(hours=2))
    assert second.key == "SO1001_2"
    assert [each.key for each in store.demands(BUYER, "SO1001")] == ["SO1001", "SO1001_2"]
    assert [job.of for job in due(store, after(minutes=31))] == ["SO1001", "SO1001_2"]
    assert [job.kind for job in due(store, after(hours=2))] == ["close"]
    told = store.tell(NOTIFY, notice(store.order(STAFF, "SO1001").order, key=second.key))
    assert (told.state.status, told.success) == ("paid", True)
    assert [*told.state.payments[0].demands][-1] == second
    assert problems(lambda: store.ask(BUYER, "SO1001")) == [("order", "demand.nothing_due")]
    with pytest.raises(NotFound):
        store.ask(BUYER, "SO1001", number="other")


def test_what_a_change_collects_is_asked_about(store):
    """Its own number, from the change on; until it is paid."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order))
    edit, demand = a_dearer(order)
    store.tell(STAFF, changed(edit, demand).model_copy(update={"at": NOW}), order="SO1001")
    assert due(store, after(seconds=20)) == [Job("reconcile", "SO1001", demand.key, after(seconds=15))]
    assert problems(lambda: store.ask(BUYER, "SO1001")) == [("order", "demand.nothing_due")]
    more = store.ask(BUYER, "SO1001", number=demand.order)
    assert {job.of for job in due(store, after(seconds=20))} == {demand.key, more.key}
    paid = notice(order, "t7", key=more.key, amount=more.amount)
    assert str(store.tell(NOTIFY, paid).state.to_collect) == "0.00 CNY"
    assert due(store, after(seconds=20)) == []


def a_dearer(order):
    """Another pot is bought."""
    cart = a_checkout(
        a_line("a", "30.00", sku="cup", quantity=2),
        a_line("b", "40.00", shop="s2", sku="pot", quantity=2),
        customer={"id": "u1"},
        at="2026-11-11T00:05:00+08:00",
    )
    edit = edit_order(order.settlement, Checkout(**cart), Rulebook(**a_rulebook()))
    return edit, PaymentDemand(order="SO1001E", amount=edit.collect)


# ------------------------------------------------------------------ refunds


def test_a_refund_is_asked_for_at_once_and_until_it_is_answered(store):
    """At the distances of the schedule; what failed comes again after a wait, and no more after the last."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order))
    store.give_back(STAFF, "SO1001", a_quote(order))
    for seconds, since in ((0, 0), (14, 0), (15, 15), (3600, 75)):
        assert due(store, after(seconds=seconds)) == [Job("retry", "SO1001", "R-1", after(seconds=since))]
    store.tell(NOTIFY, given(told="failed", key="SO1001"))
    assert due(store, after(seconds=14)) == []
    assert due(store, after(seconds=20)) == [Job("retry", "SO1001", "R-1", after(seconds=15))]
    store.tell(NOTIFY, given(key="SO1001"))
    assert due(store, after(seconds=20)) == []
    store.tell(NOTIFY, given(told="failed", key="SO1001").model_copy(update={"id": "late"}))
    assert due(store, after(hours=1)) == []


def test_a_refund_that_fails_and_fails_is_left_to_a_person(store, clock):
    """As often as the schedule has waits; what is owed stands in the order all the while."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order))
    store.give_back(STAFF, "SO1001", a_quote(order))
    asked = store.order(STAFF, "SO1001").events[-1]
    for tries in range(3):
        store.tell(NOTIFY, given(told="failed", key="SO1001").model_copy(update={"id": f"p{tries}"}))
        clock.now += timedelta(hours=1)
        assert [job.kind for job in due(store, clock.now)] == ["retry"] * (tries < 2)
        if tries < 2:
            store.tell(WORK, asked.model_copy(update={"at": clock.now}), order="SO1001")
    assert [str(each) for each in store.order(STAFF, "SO1001").refund_due] == ["30.00 CNY"]


# ------------------------------------------------------------------ days, and passing on


def test_a_day_that_is_over_has_its_anchor_given_out(store, url):
    """By the clock of the place; those that were missed each, and none before there was an order."""
    midnight = datetime(2026, 11, 11, tzinfo=UTC)
    assert due(store, midnight, kinds=["anchor"]) == []
    ordered(store)
    assert due(store, midnight, kinds=["anchor"]) == [Job("anchor", None, "2026-11-10", midnight)]
    in_china = due(store, midnight, kinds=["anchor"], offset=timedelta(hours=8))
    assert in_china == []  # there it was ordered on the day that is not over
    store.anchor(WORK, "2026-11-10", midnight)
    missed = due(store, midnight + timedelta(days=3), kinds=["anchor"], limit=2)
    assert [job.of for job in missed] == ["2026-11-11", "2026-11-12", "2026-11-13"]
    with opened(url) as connection:
        assert connection.execute(select(anchors.c.day)).scalars().all() == ["2026-11-10"]


def test_what_is_passed_on_has_nothing_personal(store):
    """Who, when and what; a note is only said to be there."""
    ordered(store)
    store.tell(BUYER, noted("ring at 13800138000"), order="SO1001")
    jobs = due(store, kinds=["deliver"])
    assert [(job.order, job.of) for job in jobs] == [("SO1001", "0"), ("SO1001", "1")]
    placed, note = (store.event(WORK, "SO1001", at) for at in (0, 1))
    assert placed == {
        "order": "SO1001", "seq": 0, "kind": "placed", "at": "2026-11-10T16:05:00Z",
        "actor": {"role": "customer", "id": "u1"},
    }  # fmt: skip
    assert (note["kind"], note["event"]["kind"], "13800138000" in json.dumps(note)) == ("noted", "noted", False)
    with pytest.raises(NotFound):
        store.event(WORK, "SO1001", 2)


# ------------------------------------------------------------------ pages


def test_the_pages_of_any_size_are_the_same_jobs(store, clock):
    """Each once, in the same order; a place that is none is refused."""
    for at in range(7):
        order = ordered(store, f"SO{at:04}")
        if at % 3 == 0:
            store.tell(NOTIFY, notice(order, f"t{at}"))
            store.give_back(STAFF, order.id, a_quote(order))
        clock.now += timedelta(seconds=at % 2)
    whole = due(store, after(minutes=2), kinds=KINDS)
    assert [due(store, after(minutes=2), kinds=KINDS, limit=limit) for limit in (1, 2, 3, 1000)] == [whole] * 4
    assert len(set(whole)) == len(whole) == 4 + 3 + sum(job.kind == "deliver" for job in whole)
    assert [job.kind for job in whole] == sorted([job.kind for job in whole], key=KINDS.index)
    for wrong in ("", "pending", "pending:1:2", "pending:x:0:SO1", "other:1:0:SO1"):
        assert problems(lambda wrong=wrong: store.due(WORK, NOW, after=wrong)) == [("after", "value.invalid")]
    assert problems(lambda: store.due(WORK, NOW, limit=0)) == [("limit", "integer.range")]


# ------------------------------------------------------------------ a worker


def worker(store, **stated):
    """One by the schedule of this page, and the clock of the store."""
    return Worker(store, schedule=SCHEDULE, **stated)


def test_a_notice_that_was_lost_is_found_by_asking(store, clock):
    """The sandbox told nobody; asked, it says that the order was paid. The same turn is asked once."""
    sandbox = Sandbox(b"1", mischief=Mischief(0, 0, 100, 0))
    orders_ = [ordered(store, name, merchant="sandbox") for name in ("SO1001", "SO1002")]
    for order in orders_:
        sandbox.prepare(order.demand, NOW, title="tea")
    sandbox.pay("SO1001", NOW)
    working = worker(store, gateways=sandbox)
    clock.now = after(seconds=20)
    assert [(done.job.order, done.outcome) for done in working.once()] == [("SO1001", "told"), ("SO1002", "waiting")]
    assert list(working.once()) == []
    clock.now = after(seconds=80)
    assert [(done.job.order, done.outcome) for done in working.once()] == [("SO1002", "waiting")]
    sandbox.pay("SO1002", clock.now)
    clock.now = after(hours=1)
    assert [(done.job.kind, done.outcome) for done in working.once()] == [("close", "told")]
    assert {row.status for row in store.orders(STAFF).rows} == {"paid"}


def test_it_closes_what_nobody_paid(store, clock):
    """With a gateway that knows of nothing, and without one."""
    for name in ("SO1001", "SO1002"):
        ordered(store, name)
    clock.now = after(hours=1)
    assert [done.outcome for done in worker(store).once()] == ["closed", "closed"]
    assert {row.status for row in store.orders(STAFF).rows} == {"closed"}
    assert list(worker(store, gateways=Sandbox(b"1")).once()) == []


def test_an_order_that_is_paid_a_moment_before_is_not_closed(store, clock, monkeypatch):
    """Listed as unpaid, paid in between: nothing is left to do."""
    order = ordered(store)
    listed = store.due(WORK, after(hours=1), kinds=MONEY)
    store.tell(NOTIFY, notice(order))
    monkeypatch.setattr(store, "due", lambda *_, **__: listed)
    clock.now = after(hours=1)
    assert {done.outcome for done in worker(store).once()} == {"before"}
    assert store.order(STAFF, order.id).status == "paid"


def test_a_refund_that_fails_first_is_given_back_in_the_end(store, clock):
    """Asked, failed, asked again, given back: by the worker alone, whatever was dropped on the way."""
    sandbox = Sandbox(b"1", mischief=Mischief(0, 0, 100, 0))
    order = ordered(store, merchant="sandbox")
    sandbox.prepare(order.demand, NOW, title="tea")
    sandbox.pay("SO1001", NOW)
    store.tell(NOTIFY, sandbox.query(order.demand, NOW))
    store.give_back(STAFF, "SO1001", a_quote(order))
    sandbox.fail("R-1")
    working, seen = worker(store, gateways=sandbox), []
    for _ in range(3):
        seen += [(done.job.kind, done.outcome) for done in working.once()]
        clock.now += timedelta(seconds=20)
    state = store.order(STAFF, "SO1001")
    assert seen == [("retry", "told"), ("retry", "told")]
    assert [each.kind for each in state.events][1:] == [
        "refund_asked", "refund_failed", "refund_asked", "refund_succeeded",
    ]  # fmt: skip
    assert (state.status, list(state.refund_due)) == ("partly_refunded", [])


def test_a_stray_payment_goes_back_from_the_transaction_that_paid_nothing(store):
    """The gateway is asked with the stray one, not with the one that pays."""
    order = ordered(store)
    for name in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, name))
    store.tell(STAFF, stray().model_copy(update={"at": NOW}), order="SO1001")
    asked = []

    class Knows(Sandbox):
        def refund(self, demand, payment, *_):
            asked.append((demand.refund, payment.id))

    assert [done.outcome for done in worker(store, gateways=Knows(b"1")).once()] == ["waiting"]
    assert asked == [("R-9", "t2")]


def test_one_provider_that_does_not_answer_stops_nothing_else(store, clock):
    """It is told with its reason, asked again at its next turn, and the order is not closed unknown."""

    class Silent(Sandbox):
        def query(self, *_, **__):
            raise GatewayRefused("gateway.unanswered")

    for name, method in (("SO1001", "silent"), ("SO1002", "good"), ("SO1003", "none")):
        ordered(store, name, method=method)
    gateways = {"silent": Silent(b"1"), "good": Sandbox(b"2")}
    working = worker(store, gateways=gateways)
    clock.now = after(seconds=20)
    told = {done.job.order: done for done in working.once()}
    assert {name: done.outcome for name, done in told.items()} == {"SO1001": "failed", "SO1002": "waiting"}
    assert str(told["SO1001"].why).endswith("[gateway.unanswered]")
    assert list(working.once()) == []
    clock.now = after(hours=1)
    assert [done.outcome for done in working.once()] == ["failed", "closed", "closed"]
    assert store.order(STAFF, "SO1001").status == "pending_payment"


def test_events_are_passed_on_in_their_order_and_kept_until_they_were_taken(store):
    """Where one of an order is not taken the next ones of that order wait; other orders go on."""
    for name in ("SO1001", "SO1002"):
        ordered(store, name)
        store.tell(BUYER, noted().model_copy(update={"at": NOW}), order=name)
    taken, full = [], [("SO1001", 0)]

    def deliver(what):
        if (what["order"], what["seq"]) in full:
            raise ConnectionError("full")
        taken.append((what["order"], what["seq"]))

    working = worker(store, deliver=deliver)
    assert [done.outcome for done in working.once()] == ["failed", "sent", "sent"]
    full.clear()
    assert [done.outcome for done in working.once()] == ["sent", "sent"]
    assert taken == [("SO1002", 0), ("SO1002", 1), ("SO1001", 0), ("SO1001", 1)]
    assert list(working.once()) == []


def test_a_day_is_given_out_before_it_is_kept(store, url, clock):
    """Whoever is ended in between gives it out again; where the log grew meanwhile, that digest too."""
    ordered(store)
    clock.now = after(days=1)
    given_out = []

    def ended(what):
        given_out.append(what)
        if "anchor" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(worker(store, deliver=ended).once())
    with opened(url) as connection:
        assert connection.execute(select(anchors)).all() == []

    def grows(what):
        given_out.append(what)
        if len(given_out) == 2:
            store.tell(BUYER, noted().model_copy(update={"at": NOW}), order="SO1001")

    done = [each for each in worker(store, deliver=grows).once() if each.job.kind == "anchor"]
    digests = [what["digest"] for what in given_out if "anchor" in what]
    assert [each.outcome for each in done] == ["given_out"]
    assert (len(digests), digests[0] == digests[1], digests[1] == digests[2]) == (3, True, False)
    assert store.anchor(WORK, "2026-11-10", "2026-11-11T00:00:00Z") == digests[-1]


def test_what_cannot_be_done_is_no_end_of_the_others(store, url, clock):
    """An order that somebody wrote into the table by hand fails, and the next one is closed."""
    for name in ("SO1001", "SO1002"):
        ordered(store, name)
    with opened(url) as connection:
        lie = update(orders).where(orders.c.id == "SO1001").values(document="{}")
        connection.execute(lie)
    clock.now = after(hours=1)
    assert [(done.outcome, type(done.why)) for done in worker(store).once()] == [
        ("failed", InvalidDocument), ("closed", type(None)),
    ]  # fmt: skip
