"""What an order owes by itself goes back by itself: paid after the end, paid twice, cancelled after it was paid."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier

import pytest

from placed import returned, shipped
from samples import a_rulebook
from settlement import Rulebook, refund
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RetrySchedule
from settlement.commands.cli import main
from settlement.errors import NotFound
from settlement.ext.gateways import Mischief, Sandbox
from settlement.ext.store import Job, Worker
from settlement.ext.store.database import Database
from settlement.ext.store.owing import tried_again
from settlement.orders import Actor, Cancelled, Changed, RefundAsked
from stored import (
    BUYER,
    HALF_AN_HOUR,
    NOTIFY,
    NOW,
    STAFF,
    a_quote,
    a_store,
    bought,
    cart,
    edited,
    given,
    granted,
    left,
    notice,
    out,
    plain,
    run,
)

pytestmark = pytest.mark.store

S1, WORK = Actor.shop("s1"), Actor.system("work")
SCHEDULE = RetrySchedule(waits=[15, 60])
LOST = Mischief(0, 0, 100, 0)


@pytest.fixture
def sandbox():
    """A provider of whose messages every one is lost: who does not ask hears nothing."""
    return Sandbox(b"1", mischief=LOST)


def ordered(store, sandbox=None, name="SO1001", record=None):
    """To be paid within half an hour; the provider knows of it."""
    made = store.place(BUYER, record or plain(), order=name, expires=HALF_AN_HOUR, merchant="sandbox")
    if sandbox is not None:
        sandbox.prepare(made.demand, NOW, title="tea")
    return made


def cancel(store, name="SO1001"):
    """The buyer thinks better of it."""
    store.tell(BUYER, Cancelled(at=store.clock(), actor=BUYER), order=name)


def due(store, *kinds, **stated):
    """What is due now."""
    return list(store.due(WORK, kinds=kinds, schedule=SCHEDULE, **stated).jobs)


def worked(worker):
    """What a worker did."""
    return [(done.job.kind, done.outcome) for done in worker.once()]


# ------------------------------------------------------------------ paid after the end


def test_a_payment_that_comes_after_cancelling_is_asked_about_and_goes_back(store, sandbox, clock):
    """Nobody told of it and nobody looks: the worker asks, hears, asks it back, and has it given back."""
    order = ordered(store, sandbox)
    cancel(store)
    clock.now = NOW + timedelta(seconds=10)
    sandbox.pay(order.demand.key, clock.now)
    worker = Worker(store, gateways=sandbox, schedule=SCHEDULE)
    assert worked(worker) == []
    clock.now = NOW + timedelta(seconds=20)
    assert worked(worker) == [("reconcile", "told")]
    clock.now = NOW + timedelta(seconds=40)
    assert worked(worker) == [("refund", "asked"), ("retry", "told")]
    state = store.order(STAFF, "SO1001")
    assert (state.status, state.refund_due) == ("cancelled", ())
    assert [str(each) for each in state.given_back] == ["100.00 CNY"]
    assert worked(worker) == []


def test_a_cancelled_order_is_asked_about_until_it_can_be_paid_no_more(store, clock):
    """At the distances of the schedule from its end on, and from the expiry of its demand on; told, no more."""
    order = ordered(store)
    cancel(store)
    turns = []
    for seconds in (14, 15, 75, 1800, 1815, 1875, 86_400):
        clock.now = NOW + timedelta(seconds=seconds)
        turns.append([(job.since - NOW).seconds for job in due(store, "reconcile")])
    assert turns == [[], [15], [75], [75], [1815], [1875], [1875]]
    store.tell(NOTIFY, notice(order, told="closed", merchant="sandbox"))
    assert due(store, "reconcile") == []


def test_a_closed_order_is_asked_about_for_an_hour_and_then_once_more(store, clock):
    """At the distances of the schedule, and after the hour until somebody has asked: then nobody is asked again."""
    ordered(store)
    clock.now = NOW + HALF_AN_HOUR
    worker = Worker(store, gateways=_Whatever(Sandbox(b"1", mischief=LOST)), schedule=SCHEDULE)
    assert worked(worker) == [("close", "closed")]
    clock.now += timedelta(minutes=30)
    assert worked(worker) == [("reconcile", "waiting")]
    assert worked(worker) == []
    assert [job.of for job in due(store, "reconcile")] == ["SO1001"]
    clock.now += timedelta(days=40)
    assert [job.since for job in due(store, "reconcile")] == [NOW + timedelta(minutes=90)]
    assert worked(worker) == [("reconcile", "waiting")]
    assert due(store, "reconcile") == []


def test_what_can_be_paid_no_more_is_not_asked_about_when_its_order_is_closed(store, clock):
    """The provider told its last word before."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, told="closed", merchant="sandbox"))
    clock.now = NOW + HALF_AN_HOUR
    assert worked(Worker(store)) == [("close", "closed")]
    clock.now += timedelta(minutes=30)
    assert due(store, "reconcile") == []


def test_what_was_paid_late_is_seen_however_long_the_worker_was_down(store, sandbox, clock):
    """Paid in the last second, the notice lost, closed by somebody else, down for longer than an hour: it goes back."""
    order = ordered(store, sandbox)
    clock.now = NOW + HALF_AN_HOUR
    assert worked(Worker(store)) == [("close", "closed")]  # nobody to ask
    sandbox.pay(order.demand.key, clock.now - timedelta(seconds=1))
    clock.now += timedelta(hours=5)
    worker = Worker(store, gateways=_Whatever(sandbox), schedule=SCHEDULE)
    assert worked(worker) == [("reconcile", "told")]
    clock.now += timedelta(minutes=1)
    assert worked(worker) == [("refund", "asked"), ("retry", "told")]
    state = store.order(STAFF, "SO1001")
    assert (state.status, state.refund_due, state.given_back) == ("closed", (), (order.demand.amount,))
    assert due(store) == []


def test_what_was_paid_twice_goes_back_once(store, clock):
    """Whoever asks, how often, and whatever number it has; the payment that pays stays."""
    order = ordered(store)
    for id in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    assert due(store, "refund") == []
    clock.now += timedelta(seconds=15)
    assert due(store, "refund") == [Job("refund", "SO1001", None, clock.now)]
    state = store.give_back_owed(WORK, "SO1001")
    assert store.give_back_owed(STAFF, "SO1001") == state
    (asked,) = [each for each in state.events if isinstance(each, RefundAsked)]
    assert (asked.transaction, asked.demand.refund, asked.demand.amount) == ("t2", "SO1001_S1", order.demand.amount)
    assert (due(store, "refund"), state.status) == ([], "paid")
    with pytest.raises(NotFound):
        store.give_back_owed(BUYER, "SO1001")


def test_what_a_person_gave_back_is_not_given_back_again(store, clock):
    """Told by the provider under a number that nobody asked under here: nothing is owed any more."""
    order = ordered(store)
    for id in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    store.tell(NOTIFY, given("by-hand", "100.00 CNY", key=order.demand.key), order="SO1001")
    clock.now += timedelta(hours=1)
    assert due(store, "refund") == []
    assert [each.kind for each in store.give_back_owed(WORK, "SO1001").events] == ["paid", "paid", "refund_succeeded"]


def test_a_wrong_amount_waits_while_the_order_can_still_be_paid(store, clock):
    """A person may see to it; when the order has ended it goes back."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, amount="99.00 CNY", merchant="sandbox"))
    clock.now += timedelta(minutes=1)
    assert due(store, "refund") == []
    cancel(store)
    clock.now += timedelta(minutes=1)
    assert [job.kind for job in due(store, "refund")] == ["refund"]
    assert str(store.give_back_owed(WORK, "SO1001").refunds[0].amount) == "99.00 CNY"


def test_of_what_was_paid_twice_and_went_back_in_part_the_rest_goes_back(store, clock):
    """40 by hand, 60 by the worker."""
    order = ordered(store)
    for id in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    store.tell(NOTIFY, given("by-hand", "40.00 CNY", key=order.demand.key), order="SO1001")
    clock.now += timedelta(minutes=1)
    assert [job.kind for job in due(store, "refund")] == ["refund"]
    asked = store.give_back_owed(WORK, "SO1001").events[-1]
    assert (asked.transaction, str(asked.demand.amount)) == ("t2", "60.00 CNY")
    assert due(store, "refund") == []


def test_a_refund_that_failed_and_is_tried_again_is_not_asked_for_twice(store, clock):
    """All that was bought is refunded and failed, the second payment given back by hand: the refund alone is owed."""
    order = ordered(store)
    for id in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    store.give_back(STAFF, "SO1001", a_quote(order, {"a": 2, "b": 1}))
    store.tell(NOTIFY, given("R-1", "100.00 CNY", told="failed", key=order.demand.key), order="SO1001")
    store.tell(NOTIFY, given("by-hand", "100.00 CNY", key=order.demand.key), order="SO1001")
    clock.now += timedelta(minutes=1)
    assert [(job.kind, job.of) for job in due(store, "refund", "retry")] == [("retry", "R-1")]
    assert [each.refund for each in store.give_back_owed(WORK, "SO1001").refunds] == ["R-1", "by-hand"]


def test_what_the_desk_was_quicker_with_is_asked_for_as_far_as_it_is_there(store, clock):
    """Of 100 asked for the desk gives 40 first, so the provider says no: not tried again, the 60 that are left are."""
    order = ordered(store)
    for id in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    store.give_back_owed(WORK, "SO1001")
    store.tell(NOTIFY, given("by-hand", "40.00 CNY", key=order.demand.key), order="SO1001")
    cancel(store)
    store.give_back_owed(WORK, "SO1001")
    store.tell(NOTIFY, given("SO1001_S1", "100.00 CNY", told="failed", key=order.demand.key), order="SO1001")
    clock.now += timedelta(minutes=1)
    state = store.give_back_owed(WORK, "SO1001")
    asked = [each for each in state.events if isinstance(each, RefundAsked)]
    assert [(each.transaction, str(each.demand.amount)) for each in asked] == [
        ("t2", "100.00 CNY"), (None, "60.00 CNY"), ("t2", "60.00 CNY"), (None, "40.00 CNY"),
    ]  # fmt: skip
    assert "SO1001_S1" not in tried_again(state)


def test_of_two_that_failed_both_are_tried_again_only_where_their_payment_holds_both(store):
    """60 and 40 of 100: when the desk gave 30 of it, the first alone; then nothing is left for the second."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    first = a_quote(order, {"a": 2})
    for quote in (first, a_quote(order, {"b": 1}, [first], id="R-2")):
        store.give_back(STAFF, "SO1001", quote)
        amount = str(quote.to_method)
        store.tell(NOTIFY, given(quote.id, amount, told="failed", key=order.demand.key), order="SO1001")
    assert list(tried_again(store.order(STAFF, "SO1001"))) == ["R-1", "R-2"]
    store.tell(NOTIFY, given("by-hand", "30.00 CNY", key=order.demand.key), order="SO1001")
    assert list(tried_again(store.order(STAFF, "SO1001"))) == ["R-1"]


def test_what_is_marked_is_read_page_by_page(store, clock):
    """Three orders that owe since one instant, three that were closed at one: each once, a row a page."""
    for at in range(3):
        order = ordered(store, name=f"SO100{at}")
        for id in ("t1", "t2"):
            store.tell(NOTIFY, notice(order, f"{id}-{at}", merchant="sandbox"))
        ordered(store, name=f"SO200{at}")

    def paged(kind):
        found, place = [], None
        for _ in range(9):
            page = store.due(WORK, kinds=[kind], schedule=SCHEDULE, limit=1, after=place)
            found += [job.order for job in page.jobs]
            place = page.after
            if place is None:
                break
        return found

    clock.now += HALF_AN_HOUR
    assert paged("refund") == ["SO1000", "SO1001", "SO1002"]
    assert len(worked(Worker(store))) == 6
    clock.now += timedelta(hours=2)
    assert paged("reconcile") == ["SO2000", "SO2001", "SO2002"]


def test_a_payment_of_nothing_is_in_nobodys_way(store, clock):
    """0.00 that succeeded, and 99.00 beside it: those go back."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, "t0", amount="0.00 CNY", merchant="sandbox"))
    store.tell(NOTIFY, notice(order, "t1", amount="99.00 CNY", merchant="sandbox"))
    cancel(store)
    clock.now += timedelta(minutes=1)
    asked = store.give_back_owed(WORK, "SO1001").events[-1]
    assert (asked.transaction, str(asked.demand.amount)) == ("t1", "99.00 CNY")
    assert due(store, "refund") == []


def test_several_who_ask_at_once_ask_once(store, clock):
    """Three payments too many, four workers: three events, each number once."""
    order = ordered(store)
    for id in ("t1", "t2", "t3", "t4"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    clock.now += timedelta(minutes=1)
    barrier = Barrier(4)

    def ask(_):
        barrier.wait()
        return store.give_back_owed(WORK, "SO1001")

    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(ask, range(4)))
    asked = [each.number for each in store.order(STAFF, "SO1001").events if isinstance(each, RefundAsked)]
    assert asked == ["SO1001_S1", "SO1001_S2", "SO1001_S3"]
    assert {state.refunds for state in states} == {store.order(STAFF, "SO1001").refunds}


def test_marks_of_orders_from_before_there_were_any_are_set_by_asking(store, url, clock):
    """The columns empty as after an upgrade: what is asked for and not answered is known again, and what is owed."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    store.give_back(STAFF, "SO1001", a_quote(order))
    run(url, "UPDATE orders SET owes = 7, asked = NULL")
    clock.now += timedelta(days=30)
    assert due(store, "retry") == []
    store.give_back_owed(STAFF, "SO1001")
    assert [job.of for job in due(store, "refund", "retry")] == ["R-1"]


# ------------------------------------------------------------------ cancelled after it was paid


def test_who_cancels_and_ends_before_asking_is_gone_on_from(store, url, sandbox, clock):
    """All that was paid goes back, the freight too; points, cards and coupons once."""
    granted(store)
    before = left(url)
    order = ordered(store, sandbox, record=bought())
    sandbox.pay(order.demand.key, NOW)
    store.tell(NOTIFY, sandbox.query(order.demand, NOW))
    cancel(store)  # and the program is killed here
    clock.now += timedelta(seconds=20)
    worker = Worker(store, gateways=sandbox, schedule=SCHEDULE)
    assert worked(worker) == [("refund", "asked"), ("retry", "told")]
    state = store.order(STAFF, "SO1001")
    assert state.given_back == (order.demand.amount,)
    assert {key: left(url)[key] for key in before} == before
    assert set(out(url).values()) == {0}
    assert (worked(worker), due(store, "refund", "retry")) == ([], [])


def test_who_asks_himself_is_not_asked_after(store, sandbox, clock):
    """A refund of all that was bought, asked right after cancelling: with a deduction too nothing more is owed."""
    order = ordered(store, sandbox)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    cancel(store)
    store.give_back(STAFF, "SO1001", a_quote(order, {"a": 2, "b": 1}))
    clock.now += timedelta(hours=1)
    assert due(store, "refund") == []


def test_whoever_is_killed_between_any_two_writes_is_gone_on_from(store, sandbox, clock, monkeypatch):
    """Ended before each of its transactions in turn, in the end everything was asked once and given back once."""
    order = ordered(store, sandbox)
    sandbox.pay(order.demand.key, NOW)
    store.tell(NOTIFY, sandbox.query(order.demand, NOW))
    store.tell(NOTIFY, notice(order, "t2", merchant="sandbox"))
    cancel(store)
    clock.now += timedelta(seconds=20)
    writing, ended = Database.writing, 0
    for stops_at in range(1, 20):
        numbers = count(1)

        def killed(self, numbers=numbers, stops_at=stops_at):
            if next(numbers) == stops_at:
                raise KeyboardInterrupt
            return writing(self)

        with monkeypatch.context() as patched:
            patched.setattr(Database, "writing", killed)
            try:
                list(Worker(store, gateways=_Whatever(sandbox), schedule=SCHEDULE).once())
                break
            except KeyboardInterrupt:
                ended += 1
    assert ended > 3
    state = store.order(STAFF, "SO1001")
    asked = [(each.number, each.transaction) for each in state.events if isinstance(each, RefundAsked)]
    assert sorted(asked, key=str) == [("SO1001_C1", None), ("SO1001_S1", "t2")]
    assert (state.refund_due, [str(each) for each in state.given_back]) == ((), ["200.00 CNY"])


class _Whatever(Sandbox):
    """Gives back a second payment too, of which the sandbox knows nothing."""

    def __init__(self, sandbox):
        self._other = sandbox

    def refund(self, *_):
        return None

    def query(self, demand, now, *, id=None):
        if hasattr(demand, "refund"):
            return given(demand.refund, str(demand.amount), key=demand.order, merchant=demand.merchant)
        return self._other.query(demand, now, id=id)


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "Order SO1001, what it owes: asked for\n"), ("zh_CN", "订单 SO1001，所欠的：已申请\n")],
)
def test_the_command_asks_for_what_is_owed(url, clock, capsys, locale, said):
    """And says so in a reader's language; the second time there is nothing to do."""
    clock.now = datetime(2025, 11, 11, tzinfo=UTC)
    store = a_store(url, clock)
    order = ordered(store)
    for id in ("t1", "t2"):
        store.tell(NOTIFY, notice(order, id, merchant="sandbox"))
    store.close()
    for expected in (said, ""):
        assert main(["work", url, "--once", "--format", "text", "--locale", locale]) == 0
        assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    ("cups", "pots", "desk", "asked"),
    [(3, 1, 0, [100]), (1, 2, 0, [70, 30]), (1, 1, 0, [70, 30]), (2, 1, 40, [60]), (2, 1, 100, [])],
)
def test_of_a_cancelled_order_as_much_is_asked_as_was_paid(store, clock, cups, pots, desk, asked):
    """A change that is unpaid is not given back, what one gave back is, and what the desk gave back is not again."""
    for sku, shop in (("cup", "s1"), ("pot", "s2")):
        store.allow("stock", sku, 9, shop=shop)
    life = _Life(store, clock, 0)
    life.pay("t1", life.order.demand)
    if (cups, pots) != (2, 1):
        edit = edited(life.order, cups, pots)
        demand = PaymentDemand(order="SO1001-2", amount=edit.collect) if edit.collect.minor else None
        clock.now += timedelta(days=1)
        store.tell(STAFF, Changed(at=clock.now, actor=STAFF, edit=edit, demand=demand), order="SO1001")
    cancel(store)
    if desk:
        store.tell(NOTIFY, given("desk", f"{desk}.00 CNY", key=life.order.demand.key), order="SO1001")
    state = store.give_back_owed(WORK, "SO1001")
    demands = [each.demand for each in state.events if isinstance(each, RefundAsked) and each.demand]
    assert [each.amount.minor for each in demands] == [100 * each for each in asked]
    assert sum([each.minor for each in state.refund_due]) == sum([each.amount.minor for each in demands])


# ------------------------------------------------------------------ whatever happened to an order


class _Strict(Sandbox):
    """Gives back of each transaction no more than it was, and now and then fails once; knows what the desk did."""

    def __init__(self, draw):
        super().__init__(b"1")
        self.draw, self.back, self.failed = draw, {}, set()

    def left(self, payment):
        """What is still there of a transaction."""
        return payment.amount.minor - sum([minor for (of, _), minor in self.back.items() if of == payment.id])

    def refund(self, demand, payment, _now):
        fails = self.draw.random() < 0.2 and demand.refund not in self.failed
        self.failed.add(demand.refund)
        known = (payment.id, demand.refund) in self.back
        assert known or demand.amount.minor <= self.left(payment), "more than there is"
        if not fails:
            self.back[payment.id, demand.refund] = demand.amount.minor
        told = "failed" if fails else "succeeded"
        return given(demand.refund, str(demand.amount), told=told, key=demand.order, merchant=demand.merchant)

    def query(self, *_, **__):
        return None


class _Life:
    """An order, what happens to it, and what truly came."""

    def __init__(self, store, clock, seed):
        self.store, self.clock, self.draw, self.came = store, clock, random.Random(seed), []
        self.order, self.provider = ordered(store), _Strict(self.draw)
        schedule = RetrySchedule(waits=[15] * 20)
        self.workers = [Worker(store, gateways=self.provider, schedule=schedule) for _ in range(2)]

    def chance(self, of):
        """Whether it happens."""
        return self.draw.random() < of

    def pay(self, id, demand):
        """A payment."""
        stated = {"key": demand.key, "merchant": demand.merchant, "amount": demand.amount, "told": "succeeded"}
        self.came.append(PaymentNotice(id=id, **stated))
        self.store.tell(NOTIFY, self.came[-1], order="SO1001")

    def work(self):
        """One of the workers looks, a while later."""
        self.clock.now += timedelta(seconds=self.draw.randint(1, 40))
        for done in self.draw.choice(self.workers).once():
            assert done.outcome != "failed", done

    def desk(self):
        """Somebody gives back past the store, what pays nothing first."""
        there = [each for each in self.came if self.provider.left(each)]
        if there:
            minor = min(self.provider.left(there[-1]), self.draw.randint(1, 30) * 100)
            self.provider.back[there[-1].id, "desk"] = minor
            self.store.tell(NOTIFY, given("desk", f"{minor / 100:.2f} CNY", key=there[-1].key), order="SO1001")

    def change(self):
        """What it collects, None: nothing."""
        self.clock.now += timedelta(days=1)
        edit = edited(self.order, *self.draw.choice([(3, 1), (1, 2), (1, 1), (2, 2)]))
        demand = PaymentDemand(order="SO1001-2", amount=edit.collect) if edit.collect.minor else None
        event = Changed(at=self.clock.now, actor=STAFF, edit=edit, demand=demand)
        self.store.tell(STAFF, event, order="SO1001")
        return demand


@pytest.mark.parametrize("seed", range(12))
def test_an_order_ends_at_exactly_what_is_right(store, url, clock, seed):
    """Changes paid and not, refunds, the desk, paid twice, failures, two workers: in the end all that came is back.

    It is never asked for more than there is, of no payment.
    """
    for sku, shop in (("cup", "s1"), ("pot", "s2")):
        store.allow("stock", sku, 9, shop=shop)
    life, change = _Life(store, clock, seed), None
    life.pay("t1", life.order.demand)
    if life.chance(0.6):
        change = life.change()
    elif life.chance(0.5):
        store.give_back(STAFF, "SO1001", a_quote(life.order, {"a": 1}))
    steps = [life.work, life.work]
    if change is not None and life.chance(0.5):
        life.pay("t2", change)
    elif change is not None and life.chance(0.5):
        steps.append(lambda: life.pay("t2", change))
    if life.chance(0.5):
        steps.append(lambda: life.pay("t3", life.order.demand))
    if life.chance(0.4) and not change:
        life.desk()
    store.tell(STAFF, Cancelled(at=clock.now, actor=STAFF), order="SO1001")
    life.draw.shuffle(steps)
    for step in [*steps, *[life.work] * 12]:
        step()
    state = store.order(STAFF, "SO1001")
    assert (state.refund_due, due(store, "refund")) == ((), [])
    assert {done.outcome for done in Worker(store, gateways=life.provider).once()} <= {"waiting", "before"}
    assert sum([each.minor for each in state.given_back]) == sum([each.amount.minor for each in life.came])
    assert [life.provider.left(each) for each in life.came] == [0] * len(life.came)
    assert set(out(url).values()) == {0}


# ------------------------------------------------------------------ what was granted


def _demands(state):
    """Number, payment and amount of what a provider was asked to give back."""
    asked = [each.demand for each in state.events if isinstance(each, RefundAsked) and each.demand is not None]
    return [(each.refund, each.order, str(each.amount)) for each in asked]


def test_what_a_change_gives_back_goes_back_by_itself(store, clock):
    """A cup less of a paid order that goes on: asked for once, by whoever comes first; then nothing is due."""
    life = _Life(store, clock, 0)
    life.pay("t1", life.order.demand)
    store.tell(STAFF, Changed(at=clock.now, actor=STAFF, edit=edited(life.order, 1, 1)), order="SO1001")
    assert due(store, "refund") == []  # whoever changed it may ask himself
    clock.now += timedelta(seconds=15)
    assert [each.kind for each in due(store, "refund")] == ["refund"]
    for _ in range(3):
        life.work()
    state = store.order(STAFF, "SO1001")
    assert _demands(state)[:1] == [("SO1001_C1", "SO1001", "30.00 CNY")]
    assert (state.refund_due, due(store, "refund"), life.provider.left(life.came[0])) == ((), [], 7000)


def test_what_a_change_gives_back_waits_for_what_another_collects(store, clock):
    """A cup more that nobody has paid, then a cup less: the buyer gets his cup's money when he has paid the other."""
    store.allow("stock", "cup", 9, shop="s1")
    life = _Life(store, clock, 0)
    life.pay("t1", life.order.demand)
    more = edited(life.order, 3, 1)
    demand = PaymentDemand(order="SO1001-2", amount=more.collect)
    store.tell(STAFF, Changed(at=clock.now, actor=STAFF, edit=more, demand=demand), order="SO1001")
    less = edit_order(more, cart(2, 1).model_copy(update={"at": NOW}), Rulebook(**a_rulebook()))
    store.tell(STAFF, Changed(at=clock.now, actor=STAFF, edit=less), order="SO1001")
    assert [str(each) for each in store.order(STAFF, "SO1001").refund_due] == [str(less.give_back)]
    assert _demands(store.give_back_owed(WORK, "SO1001")) == []
    life.pay("t2", demand)
    state = store.give_back_owed(WORK, "SO1001")
    assert [amount for _, _, amount in _demands(state)] == [str(less.give_back)]
    assert store.give_back_owed(WORK, "SO1001") == state


def test_a_refund_that_no_payment_held_is_asked_for_when_one_does(store, clock):
    """Two refunds before the change was paid: of the second there was nothing to ask for. It is once that was paid."""
    store.allow("stock", "cup", 9, shop="s1")
    life = _Life(store, clock, 0)
    life.pay("t1", life.order.demand)
    edit = edited(life.order, 3, 1)
    demand = PaymentDemand(order="SO1001-2", amount=edit.collect)
    store.tell(STAFF, Changed(at=clock.now, actor=STAFF, edit=edit, demand=demand), order="SO1001")
    store.give_back(STAFF, "SO1001", a_quote(life.order, {"a": 2, "b": 1}))
    late = refund(edit.settled, {"a": 1}, id="R-2")
    assert store.give_back(STAFF, "SO1001", late).events[-1].demand is None
    life.pay("t2", demand)
    for _ in range(4):
        life.work()
    state = store.order(STAFF, "SO1001")
    assert ("R-2", demand.key, "30.00 CNY") in _demands(state)
    assert (state.status, state.refund_due, due(store, "refund")) == ("refunded", (), [])
    assert [life.provider.left(each) for each in life.came] == [0, 0]


def test_the_rest_of_a_refund_is_asked_for_under_a_number_of_its_own(store, clock):
    """The desk gave 40 of a payment of 100 first: the provider says no to 100, and is asked for 60 of it."""
    life = _Life(store, clock, 0)
    life.pay("t1", life.order.demand)
    store.give_back(STAFF, "SO1001", a_quote(life.order, {"a": 2, "b": 1}))
    for told in (given("desk", "40.00 CNY", key="SO1001"), given("R-1", "100.00 CNY", told="failed", key="SO1001")):
        store.tell(NOTIFY, told, order="SO1001")
    state = store.give_back_owed(WORK, "SO1001")
    assert _demands(state) == [("R-1", "SO1001", "100.00 CNY"), ("R-1-2", "SO1001", "60.00 CNY")]
    assert state.events[-1].refund == "R-1"
    assert store.give_back_owed(WORK, "SO1001") == state


def test_a_refund_that_somebody_pays_by_hand_is_not_asked_for(store, clock):
    """Told without a provider while there was one to ask: nobody asks it behind his back."""
    life = _Life(store, clock, 0)
    life.pay("t1", life.order.demand)
    byhand = RefundAsked(at=clock.now, actor=STAFF, quote=a_quote(life.order))
    state = store.tell(STAFF, byhand, order="SO1001").state
    assert store.give_back_owed(WORK, "SO1001") == state
    clock.now += timedelta(days=1)
    assert due(store, "refund") == []
    assert store.tell(NOTIFY, given(), order="SO1001").state.refund_due == ()


# ------------------------------------------------------------------ refunds that fail in the same words


def test_a_refund_that_fails_in_the_same_words_has_failed_again(store, clock):
    """Asked, failed, asked again, and the provider answers the very same: no repetition; it is tried again."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    store.give_back(STAFF, "SO1001", a_quote(order))
    asked = store.order(STAFF, "SO1001").events[-1]
    for tries in range(1, 4):
        for _ in range(2):  # the second time it is a repetition
            state = store.tell(NOTIFY, given(told="failed", key="SO1001")).state
            assert [each.told for each in state.refunds] == ["failed"]
            assert [each.kind for each in state.events].count("refund_failed") == tries
        clock.now += timedelta(hours=1)
        assert [job.kind for job in due(store, "retry")] == ["retry"] * (tries < 3)
        store.tell(WORK, asked.model_copy(update={"at": clock.now}), order="SO1001")
    assert store.tell(NOTIFY, given(key="SO1001")).state.refund_due == ()


def test_a_message_of_the_failure_before_is_no_new_one(store, clock):
    """With the provider's id of the message it is known again; without one told before nobody knows."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    store.give_back(STAFF, "SO1001", a_quote(order))
    asked = store.order(STAFF, "SO1001").events[-1]

    def told(event):
        failed = given(told="failed", key="SO1001").model_copy(update={"event": event})
        return [each.told for each in store.tell(NOTIFY, failed).state.refunds]

    assert told("m1") == ["failed"]
    clock.now += timedelta(hours=1)
    store.tell(WORK, asked.model_copy(update={"at": clock.now}), order="SO1001")
    assert told("m1") == ["asked"]
    assert told("m2") == ["failed"]
    store.tell(WORK, asked.model_copy(update={"at": clock.now}), order="SO1001")
    assert told(None) == ["failed"]
    store.tell(WORK, asked.model_copy(update={"at": clock.now}), order="SO1001")
    assert told("m3") == ["asked"]  # perhaps the message of what was answered


# ------------------------------------------------------------------ refunds that nobody answers


def test_a_refund_that_is_not_answered_for_a_week_is_asked_about_once_a_day(store, clock):
    """However long; until it is answered."""
    order = ordered(store)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    store.give_back(STAFF, "SO1001", a_quote(order))
    clock.now = NOW + timedelta(days=6, hours=23)
    assert [job.since - NOW for job in due(store, "retry")] == [timedelta(seconds=75)]
    for days in (7, 8, 400):
        clock.now = NOW + timedelta(days=days, hours=5)
        assert [(job.of, job.since - NOW) for job in due(store, "retry")] == [("R-1", timedelta(days=days))]
    store.tell(NOTIFY, given(key=order.demand.key, merchant="sandbox"))
    assert due(store, "retry") == []


# ------------------------------------------------------------------ goods that were never sent


def paid(store, url):
    """Two cups, of which there are two."""
    store.allow("stock", "cup", 2, shop="s1")
    order = ordered(store)
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    assert left(url)["stock", "s1", "cup"] == 0
    return order


def test_what_is_refunded_before_it_was_sent_is_in_stock_again(store, url):
    """At once, and once: with the refund again, with all that is cancelled later nothing more."""
    order = paid(store, url)
    quote = a_quote(order, {"a": 1})
    for _ in range(2):
        store.give_back(STAFF, "SO1001", quote)
        assert left(url)["stock", "s1", "cup"] == 1000
    cancel(store)
    assert (left(url)["stock", "s1", "cup"], set(out(url).values())) == (2000, {0})


@pytest.mark.parametrize(
    ("sent", "back", "at_once", "after_return"),
    [(0, 2, 2000, None), (1, 1, 1000, 1000), (2, 1, 0, 1000), (2, 2, 0, 1000), (1, 2, 1000, 2000)],
)
def test_of_what_was_sent_in_part_the_rest_is_in_stock_again(store, url, sent, back, at_once, after_return):
    """What is refunded counts as not sent, as far as there is such; what was sent comes back when it is returned.

    With one sent, one refunded and one returned the other is still to be sent, so one is free, as it was before.
    """
    order = paid(store, url)
    if sent:
        store.tell(S1, shipped(a=sent), order="SO1001")
    store.give_back(STAFF, "SO1001", a_quote(order, {"a": back}))
    assert left(url)["stock", "s1", "cup"] == at_once
    if after_return is not None:
        store.tell(S1, returned(a=1), order="SO1001")
        assert left(url)["stock", "s1", "cup"] == after_return


def test_an_order_that_waits_for_its_payment_owes_nothing(store, sandbox):
    """Nor does one that is paid as it should be."""
    order = ordered(store, sandbox)
    assert store.give_back_owed(WORK, "SO1001").events == ()
    store.tell(NOTIFY, notice(order, merchant="sandbox"))
    assert [each.kind for each in store.give_back_owed(WORK, "SO1001").events] == ["paid"]
