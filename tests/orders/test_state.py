"""Where an order stands is a fold of what happened: the same whatever was told first, and refused where it is not."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placed import (
    AT,
    BOUGHT,
    HEAD,
    an_order,
    asked,
    cancelled,
    changed,
    closed,
    failed,
    goods,
    noted,
    paid,
    received,
    returned,
    shipped,
    stray,
    succeeded,
)
from samples import a_checkout, a_line, problems, settled
from settlement import Checkout, Money, Rulebook, UnknownLocale, refund
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand, RefundDemand
from settlement.errors import EventRefused
from settlement.orders import Actor, EventLog, OrderState, RefundAsked, RefundFailed, Shipped, order_state
from settlement.testing import order_events, orders
from thorough import examples

BOTH = [shipped(), shipped("s2", b=1)]
SECOND = an_order().demand.model_copy(update={"attempt": 2})
RULES = Rulebook(id="rules", currency="CNY")


def stands(*events, order=None):
    """Status, paid, given back, owed."""
    state = order_state(order or an_order(), events)
    return (
        state.status,
        str(state.paid),
        *[[str(each) for each in row] for row in (state.given_back, state.refund_due)],
    )


def amounts(state):
    """All that the events come to in money."""
    return state.paid, state.to_collect, sorted(state.given_back, key=str), sorted(state.refund_due, key=str)


# ------------------------------------------------------------------ payments


def test_an_order_is_paid_by_the_first_notice_that_fits():
    """In whichever attempt; a failed try, too little and a repeat change nothing but what is owed."""
    assert stands() == ("pending_payment", "0.00 CNY", [], [])
    assert stands(paid()) == ("paid", "100.00 CNY", [], [])
    assert stands(paid(told="failed"), paid()) == ("paid", "100.00 CNY", [], [])
    assert stands(paid(amount="1.00 CNY")) == ("pending_payment", "0.00 CNY", [], ["1.00 CNY"])
    assert stands(paid("t2", demand=SECOND), paid("t2", demand=SECOND)) == ("paid", "100.00 CNY", [], [])
    assert stands(paid(), paid("t2", demand=SECOND)) == ("paid", "100.00 CNY", [], ["100.00 CNY"])
    assert stands(paid(key="SO1002")) == ("pending_payment", "0.00 CNY", [], [])


def test_a_closed_order_that_is_paid_late_owes_the_money_back_by_itself():
    """Nobody has to notice; when it was given back nothing is owed. A cancelled one likewise."""
    for end in (closed, cancelled):
        status = end().kind
        assert stands(end(), paid()) == (status, "0.00 CNY", [], ["100.00 CNY"])
        late = [end(), paid(), stray(transaction="t1")]
        assert stands(*late) == (status, "0.00 CNY", [], ["100.00 CNY"])
        assert stands(*late, succeeded("R-9", "100.00 CNY")) == (status, "0.00 CNY", ["100.00 CNY"], [])
    (payment,) = order_state(an_order(), [closed(), paid()]).payments
    assert [each.reason for each in payment.mismatches] == ["closed_before"]


def test_an_order_is_closed_when_its_payment_ran_out():
    """Not before; an attempt that runs longer counts; who ends it earlier cancels it."""
    early = closed("2026-11-11T00:29:59+08:00")
    assert problems(lambda: order_state(an_order(), [early])) == [("events[0].at", "event.expires")]
    assert order_state(an_order(expires=None), [early]).status == "closed"
    longer = SECOND.model_copy(update={"expires": "2026-11-11T01:00:00+08:00"})
    lost = paid("t2", demand=longer, told="failed")
    assert problems(lambda: order_state(an_order(), [lost, closed()])) == [("events[1].at", "event.expires")]
    assert order_state(an_order(), [lost, closed("2026-11-11T01:00:00+08:00")]).status == "closed"


def test_an_order_with_nothing_due_takes_no_payment():
    """It is paid when placed; nothing was asked for, so nothing can be told."""
    free = an_order(settled(a_checkout(tenders=[{"id": "g", "type": "gift_card", "balance": "60.00 CNY"}])))
    assert stands(order=free) == ("paid", "0.00 CNY", [], [])
    assert problems(lambda: order_state(free, [paid()])) == [("events[0].notice", "event.nothing_asked")]
    assert order_state(free, [goods(Shipped, a=1)]).status == "shipped"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"order": "SO1002"}, ("demand.order", "event.demand")),
        ({"amount": "99.00 CNY"}, ("demand.amount", "event.demand_amount")),
        ({"attempt": 1, "channel": "APP"}, ("demand", "event.demand_twice")),
    ],
)
def test_a_demand_of_another_order_is_refused(change, found):
    """Its number, its amount in every attempt, and an attempt that was asked for with other content."""
    told = paid(demand=SECOND.model_copy(update=change))
    assert problems(lambda: order_state(an_order(), [told])) == [(f"events[0].{found[0]}", found[1])]


def test_a_demand_that_becomes_known_later_is_looked_at_again():
    """What was told of it before then counts, in the fold as in the state of the payment."""
    early = paid("t2", key="SO1001_2")
    state = order_state(an_order(), [early, paid("t3", demand=SECOND, told="failed")])
    assert (state.status, state.payments[0].payment) == ("paid", early.notice)
    assert order_state(an_order(), [early]).status == "pending_payment"


# ------------------------------------------------------------------ goods


def test_nothing_is_completed_before_anything_has_arrived():
    """What was refused at the door came back, and was never received."""
    back = [paid(), *BOTH, returned(a=2), returned("s2", b=1)]
    assert order_state(an_order(), back).status == "shipped"


def test_deliveries_are_by_shop_and_line():
    """What is left, sent, received and came back; completed when all that was sent has arrived."""
    state = order_state(an_order(), [paid(), shipped(a=1), received(a=1), returned(a=1)])
    rows = {line.line: (line.bought, line.left, line.shipped, line.received, line.returned)
            for shop in state.deliveries for line in shop.lines}  # fmt: skip
    assert rows == {"a": (2, 1, 1, 1, 1), "b": (1, 1, 0, 0, 0)}
    assert [shop.shop for shop in state.deliveries] == ["s1", "s2"]
    assert order_state(an_order(), [paid(), *BOTH, received()]).status == "shipped"
    assert order_state(an_order(), [paid(), *BOTH, received(), received("s2", b=1)]).status == "completed"
    assert (
        order_state(an_order(), [paid(), *BOTH, received(a=1), returned(a=2), received("s2", b=1)]).status
        == "completed"
    )


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([shipped(a=3)], ("lines[0].quantity", "event.quantity")),
        ([shipped(x=1)], ("lines[0].line", "event.line")),
        ([shipped("s2", a=1)], ("lines[0].line", "event.line")),
        ([shipped(), received(a=3)], ("lines[0].quantity", "event.quantity")),
        ([shipped(), received(), received(a=1)], ("lines[0].quantity", "event.quantity")),
        ([shipped(a=1), returned(a=2)], ("lines[0].quantity", "event.quantity")),
        ([asked(), shipped()], ("lines[0].quantity", "event.quantity")),
    ],
)
def test_no_more_is_sent_received_or_returned_than_there_is(events, found):
    """Nor of another shop's line; what is refunded is not sent any more."""
    last = len(events)
    assert problems(lambda: order_state(an_order(), [paid(), *events])) == [(f"events[{last}].{found[0]}", found[1])]


def test_what_is_given_up_is_no_longer_to_be_sent():
    """A refunded line that was never sent leaves the rest to be all; what came back had been sent."""
    assert order_state(an_order(), [paid(), asked(lines={"b": 1}), shipped()]).status == "shipped"
    one_back = [paid(), shipped(a=1), asked()]
    left = [
        order_state(an_order(), events).deliveries[0].lines[0].left for events in (one_back, [*one_back, returned()])
    ]
    assert left == [0, 1]


def test_events_of_goods_name_each_line_once_and_something():
    """Nothing, a line twice, and none of it."""
    row = {"line": "a", "quantity": 1}
    assert problems(lambda: Shipped(**HEAD, shop="s1", lines=[])) == [("lines", "list.empty")]
    assert problems(lambda: Shipped(**HEAD, shop="s1", lines=[row, row])) == [("lines[1].line", "id.duplicate")]
    assert problems(lambda: shipped(a=0)) == [("lines[0].quantity", "quantity.range")]


# ------------------------------------------------------------------ refunds


def test_a_refund_is_owed_when_asked_for_and_given_back_when_told():
    """Once, however often it is asked for or told; of all that was paid it makes the order refunded."""
    assert stands(paid(), asked()) == ("paid", "100.00 CNY", [], ["30.00 CNY"])
    assert stands(paid(), asked(), asked()) == ("paid", "100.00 CNY", [], ["30.00 CNY"])
    given = ("partly_refunded", "100.00 CNY", ["30.00 CNY"], [])
    assert stands(paid(), asked(), succeeded()) == stands(paid(), asked(), succeeded(), succeeded()) == given
    whole = [asked(lines={"a": 2, "b": 1}), succeeded(amount="100.00 CNY")]
    assert stands(paid(), *whole) == ("refunded", "100.00 CNY", ["100.00 CNY"], [])


def test_a_failed_refund_changes_no_amount():
    """Before or after it is asked again; it is owed until it is given back."""
    owed = ("paid", "100.00 CNY", [], ["30.00 CNY"])
    assert stands(paid(), asked(), failed()) == stands(paid(), asked(), failed(), asked()) == owed
    assert stands(paid(), asked(), succeeded(), failed()) == ("partly_refunded", "100.00 CNY", ["30.00 CNY"], [])
    assert [each.told for each in order_state(an_order(), [paid(), asked(), failed()]).refunds] == ["failed"]
    assert [each.told for each in order_state(an_order(), [paid(), asked(), failed(), asked()]).refunds] == ["asked"]


def test_a_refund_may_be_tried_under_another_number_and_in_two_parts():
    """The quote's own id says that it is the same; the parts together are owed once."""
    quote = refund(BOUGHT, {"a": 1}, id="Q-1")

    def part(name, amount):
        return RefundAsked(**HEAD, quote=quote, demand=RefundDemand(order="SO1001", refund=name, amount=amount))

    tried = [paid(), part("R-1", "30.00 CNY"), failed(), part("R-2", "30.00 CNY")]
    assert stands(*tried) == ("paid", "100.00 CNY", [], ["30.00 CNY"])
    assert stands(*tried, succeeded("R-2")) == ("partly_refunded", "100.00 CNY", ["30.00 CNY"], [])
    parts = [paid(), part("R-1", "10.00 CNY"), part("R-2", "20.00 CNY"), succeeded("R-1", "10.00 CNY")]
    assert stands(*parts)[3] == ["20.00 CNY"]


def test_a_stray_payment_goes_back_without_touching_the_order():
    """Paid twice: the second goes back, and the order is paid, not refunded."""
    twice = [paid(), paid("t2", demand=SECOND), stray(), succeeded("R-9", "100.00 CNY")]
    assert stands(*twice) == ("paid", "100.00 CNY", ["100.00 CNY"], [])


def test_what_nobody_asked_for_is_seen():
    """Somebody gave money back at the provider's: more than was owed, until it is asked for under that number."""
    assert stands(paid(), succeeded()) == ("paid", "100.00 CNY", ["30.00 CNY"], ["-30.00 CNY"])
    assert stands(paid(), succeeded(), asked()) == ("partly_refunded", "100.00 CNY", ["30.00 CNY"], [])


def test_what_cards_paid_is_given_back_with_the_refund():
    """No provider is asked: the quote has an id of its own, and the order is refunded when all of it is asked for."""
    bought = settled(a_checkout(a_line(quantity=2), tenders=[{"id": "g", "type": "gift_card", "balance": "60.00 CNY"}]))
    free = an_order(bought)
    half = RefundAsked(**HEAD, quote=refund(bought, {"a": 1}, id="Q-1"))
    rest = RefundAsked(**HEAD, quote=refund(bought, {"a": 1}, [half.quote], id="Q-2"))
    assert order_state(free, [half]).status == "partly_refunded"
    assert order_state(free, [half, rest]).status == "refunded"
    assert [(each.refund, each.amount) for each in order_state(free, [half]).refunds] == [("Q-1", None)]
    assert stands(half, rest, order=free)[1:] == ("0.00 CNY", [], [])


def test_a_refund_is_of_this_order():
    """Another order's, one of another settlement, a number that was used, more than the quote, and none at all."""
    other = settled(a_checkout(a_line("a", "31.00")))
    ask = [
        (asked(bought=BOUGHT.for_order("SO9")), ("quote.order", "order.mismatch")),
        (asked(bought=other), ("quote.settlement", "event.settlement")),
    ]
    for event, (place, code) in ask:
        assert problems(lambda event=event: order_state(an_order(), [paid(), event])) == [(f"events[1].{place}", code)]
    used = [paid(), asked(), asked(lines={"b": 1})]
    assert problems(lambda: order_state(an_order(), used)) == [("events[2].demand.refund", "event.refund_twice")]
    quote = refund(BOUGHT, {"b": 1}, id="R-1")
    demand = RefundDemand(order="SO1001", refund="R-2", amount="1.00 CNY")
    again = RefundAsked(**HEAD, quote=quote, demand=demand)
    assert problems(lambda: order_state(an_order(), [paid(), asked(), again])) == [
        ("events[2].quote.id", "event.refund_twice")
    ]
    assert problems(lambda: asked(amount="30.01 CNY")) == [("demand.amount", "event.refund_more")]
    assert problems(lambda: RefundAsked(**HEAD)) == [("quote", "event.refund_nothing")]
    assert problems(lambda: asked(transaction="t2")) == [("transaction", "event.refund_both")]
    assert problems(lambda: RefundAsked(**HEAD, transaction="t2", quote=quote)) == [
        ("transaction", "event.refund_both")
    ]
    nameless = refund(BOUGHT, {"b": 1})
    assert problems(lambda: RefundAsked(**HEAD, quote=nameless)) == [("quote.id", "event.refund_number")]
    notice = succeeded().notice
    assert problems(lambda: RefundFailed(**HEAD, notice=notice)) == [("notice.told", "event.told")]


# ------------------------------------------------------------------ changes


def an_edit(*lines, history=(), at=12, order=BOUGHT):
    """The order as these lines have it, from the next day on."""
    wanted = Checkout(**a_checkout(*lines) | {"at": f"2026-11-{at}T00:00:00+08:00"})
    return edit_order(order, wanted, RULES, history)


POTS, TIN = a_line("a", "30.00", quantity=2), a_line("b", "40.00", shop="s2", sku="tin")


def test_a_change_that_collects_is_paid_under_a_number_of_its_own():
    """One tin more: 40.00 to collect; once paid, all that was paid counts."""
    edit = an_edit(POTS, TIN | {"quantity": 2})
    demand = PaymentDemand(order="SO1001-1", amount=edit.collect)
    state = order_state(an_order(), [paid(), *BOTH, changed(edit, demand)])
    assert (state.status, str(state.to_collect), state.payments[1].status) == ("partly_shipped", "40.00 CNY", "unpaid")
    after = state.after(paid("t5", "40.00 CNY", demand=demand))
    assert (str(after.paid), str(after.to_collect), list(after.refund_due)) == ("140.00 CNY", "0.00 CNY", [])
    assert after.after(shipped("s2", b=1)).status == "shipped"


def test_a_change_that_gives_back_is_owed():
    """One pot less: 30.00 go back, by a demand that has no quote, and one is not sent."""
    edit = an_edit(POTS | {"quantity": 1}, TIN)
    back = RefundAsked(**HEAD, demand=RefundDemand(order="SO1001", refund="R-1", amount="30.00 CNY"))
    assert stands(paid(), changed(edit)) == ("paid", "100.00 CNY", [], ["30.00 CNY"])
    assert stands(paid(), changed(edit), back, succeeded()) == ("partly_refunded", "100.00 CNY", ["30.00 CNY"], [])
    assert order_state(an_order(), [paid(), changed(edit), shipped(a=1), shipped("s2", b=1)]).status == "shipped"
    again = RefundAsked(**HEAD, quote=edit.refunds[0], demand=back.demand)
    assert problems(lambda: order_state(an_order(), [paid(), changed(edit), again])) == [
        ("events[2].quote", "event.refund_change")
    ]


def test_a_change_goes_on_from_the_order_as_it_stands():
    """Its settlements and every refund so far; what it collects is asked for, exactly, under a new number."""
    edit = an_edit(POTS, TIN | {"quantity": 2})
    good = PaymentDemand(order="SO1001-1", amount=edit.collect)
    cases = [
        (changed(edit), ("demand", "event.edit_demand")),
        (changed(edit, good.model_copy(update={"amount": "1.00 CNY"})), ("demand", "event.edit_demand")),
        (changed(an_edit(POTS | {"quantity": 1}, TIN), good), ("demand", "event.edit_demand")),
        (changed(edit, good.model_copy(update={"order": "SO1001"})), ("demand.order", "event.edit_number")),
        (changed(an_edit(POTS, order=settled(a_checkout(POTS, a_line("z"))))), ("edit.parts", "event.edit")),
        (changed(an_edit(POTS, order=BOUGHT.for_order("SO9"))), ("edit.order", "order.mismatch")),
    ]
    for event, (place, code) in cases:
        assert problems(lambda event=event: order_state(an_order(), [paid(), event])) == [(f"events[1].{place}", code)]
    forgot = [paid(), asked(), changed(an_edit(POTS | {"quantity": 1}, TIN))]
    assert problems(lambda: order_state(an_order(), forgot)) == [("events[2].edit.parts", "event.edit_refund")]
    knows = changed(an_edit(TIN, history=[asked().quote]))
    assert stands(paid(), asked(), knows)[3] == ["60.00 CNY"]
    more = changed(
        an_edit(POTS, TIN | {"quantity": 3}, at=13, order=edit), PaymentDemand(order="x", amount="40.00 CNY")
    )
    twice = order_state(an_order(), [paid(), changed(edit, good), more])
    assert (str(twice.to_collect), twice.deliveries[1].lines[0].bought) == ("80.00 CNY", 3)


# ------------------------------------------------------------------ laws


@pytest.mark.parametrize(
    "events",
    [
        [paid(), paid("t2", demand=SECOND), asked(), succeeded(), stray()],
        [paid(told="failed"), paid(), asked(), failed(), succeeded()],
        [paid(amount="1.00 CNY"), paid("t2", "5.00 USD"), paid("t3", demand=SECOND), asked(), failed()],
        [paid(), asked(), asked("R-2", history=[asked().quote]), succeeded("R-2"), failed()],
        [paid(), paid(), stray("R-8"), succeeded("R-8", "100.00 CNY"), paid("t2")],
    ],
)
def test_every_permutation_of_five_notices_and_refunds_ends_in_the_same_amounts(events):
    """All 120 of them: paid, given back and owed, and where the order stands."""
    ends = [order_state(an_order(), each) for each in permutations(events)]
    assert len({str(amounts(state)) for state in ends}) == 1
    assert len({state.status for state in ends}) == 1


@settings(max_examples=examples(60))
@given(st.data())
def test_folding_a_prefix_and_then_the_rest_is_folding_the_whole(data):
    """Wherever it is cut; each event leads from a status that takes it."""
    made = data.draw(orders())
    events = data.draw(order_events(made))
    whole = order_state(made, events)
    cut = data.draw(st.integers(0, len(events)))
    assert order_state(made, events[:cut]).after(*events[cut:]) == whole
    before = made.state()
    for event in events:
        assert event.kind in before.allowed
        before = before.after(event)
    assert before == whole
    assert whole.history[-1][0] == whole.status


@settings(max_examples=examples(60))
@given(st.data())
def test_a_state_reads_back_and_no_other(data):
    """Byte for byte; any one of its figures changed is refused at its place."""
    made = data.draw(orders())
    state = order_state(made, data.draw(order_events(made)))
    text = state.to_json()
    assert OrderState.from_json(text) == state
    assert OrderState.from_json(text).to_json() == text
    currency = made.settlement.currency
    lies = {
        "status": "closed" if state.status != "closed" else "paid",
        "paid": str(state.paid + Money.of_minor(1, currency)),
        "to_collect": str(state.to_collect + Money.of_minor(1, currency)),
        "given_back": [*map(str, state.given_back), f"{Money.of_minor(1, currency)}"],
        "refund_due": [*map(str, state.refund_due), f"{Money.of_minor(1, currency)}"],
        "refunds": [*state.to_dict()["refunds"], {"refund": "R", "amount": None, "told": "asked"}],
        "deliveries": [],
    }
    for name, lie in lies.items():
        stored = json.loads(text) | {name: lie}
        assert problems(lambda stored=stored: OrderState.from_dict(stored)) == [(name, "value.invalid")]


@settings(max_examples=examples(60))
@given(st.data())
def test_money_adds_up_whatever_happens(data):
    """Owed: what came and pays nothing, and what was asked for, less what was given back; failing changes nothing."""
    made = data.draw(orders())
    events = data.draw(order_events(made))
    state = order_state(made, events)
    came = {(each.notice.id, each.notice.amount) for payment in state.payments for each in payment.answers
            if each.notice.told == "succeeded" and each.reason not in {"other_order", "other_merchant"}}  # fmt: skip
    if len({name for name, _ in came}) == len(came):  # nothing told otherwise
        quotes = {
            each.quote.id: each.quote.to_method.minor for each in events if each.kind == "refund_asked" and each.quote
        }
        strays = sum(
            [amount.minor for name, amount in came if name not in {p.payment.id for p in state.payments if p.payment}]
        )
        expected = strays + sum(quotes.values()) - sum([each.minor for each in state.given_back])
        assert sum([each.minor for each in state.refund_due]) == expected
    without = [each for each in events if each.kind != "refund_failed"]
    assert amounts(order_state(made, without)) == amounts(state)
    assert state.paid.minor in {0, made.settlement.due.minor}


def test_many_events_are_folded_in_one_go():
    """Ten thousand notes and repeats: the work grows with their number, not with its square."""
    state = order_state(an_order(), [paid(), *[noted(str(at)) if at % 2 else paid() for at in range(10_000)]])
    assert state.status == "paid"


# ------------------------------------------------------------------ stored and shown


def test_events_are_read_from_json():
    """By their kind; an unknown one, and a field of another, are told at their place."""
    log = [paid(), asked(), noted()]
    text = json.dumps({"events": [json.loads(each.to_json()) for each in log]})
    assert list(EventLog.from_json(text).events) == log
    assert problems(lambda: EventLog.from_dict({"events": [{"kind": "lost"}]})) == [
        ("events[0].kind", "choice.unknown")
    ]
    assert problems(lambda: EventLog.from_dict({"events": [noted().to_dict() | {"shop": "s1"}]})) == [
        ("events[0].shop", "field.unknown")
    ]
    assert problems(lambda: EventLog.from_dict({"events": [noted().to_dict() | {"at": "today"}]})) == [
        ("events[0].at", "time.notation")
    ]


def test_a_note_is_nobodys_to_quote():
    """A problem in it says how long it is, never what it says."""
    with pytest.raises(ValueError, match="note") as caught:
        noted("secret" * 1000)
    assert "secret" not in str(caught.value)


def test_an_event_says_who_and_why():
    """Role and id; an event without an actor or with a role that there is not is refused."""
    made = Shipped(at=AT, actor=Actor.staff("u7"), reason="by hand", shop="s1", lines=[{"line": "a", "quantity": 1}])
    assert (made.actor.role, made.actor.id, made.reason) == ("staff", "u7", "by hand")
    assert [each.role for each in (Actor.customer("c"), Actor.shop("s"), Actor.system("job"))] == [
        "customer",
        "shop",
        "system",
    ]
    assert problems(lambda: Actor(role="god", id="x")) == [("role", "choice.unknown")]


def test_a_refused_event_says_what_can_happen():
    """In English and Chinese."""
    with pytest.raises(EventRefused) as caught:
        order_state(an_order(), [closed(), shipped()])
    assert str(caught.value).startswith("an order that is closed takes no shipped; it takes paid, refund_asked,")


def test_a_state_is_read_by_people():
    """Status, money, refunds and goods, in English and Chinese."""
    lost = [asked(lines={"b": 1}), failed(amount="40.00 CNY")]
    state = order_state(an_order(), [paid(), paid("t2", demand=SECOND), shipped(a=1), *lost])
    assert str(state).split("\n") == [
        "Order SO1001: partly shipped",
        "Paid: CN¥100.00",
        "t2: CN¥100.00 in mismatch: the order was paid before, so this is to be paid back (expected t1, found t2)",
        "Owed to the buyer: CN¥140.00",
        "Refund R-1: CN¥40.00, failed, nothing has changed",
        "s1, a: 1 to be sent, 1 sent",
        "s2, b: nothing to be sent",
    ]
    assert state.text("zh_CN").split("\n")[0] == "订单 SO1001：部分发货"
    with pytest.raises(UnknownLocale):
        state.text("xx_XX")
