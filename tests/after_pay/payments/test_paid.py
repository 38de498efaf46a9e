"""Paid or not: what is asked for, what pays it, and what does not and stays in sight."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, problems, settled
from settlement import Money, UnknownLocale
from settlement.after_pay.payments import (
    PaymentDemand,
    PaymentNotice,
    PaymentState,
    RetrySchedule,
    payment_demand,
    payment_key,
    payment_state,
    refund_due,
    retry_schedule,
)

DEMAND = PaymentDemand(order="SO1001", merchant="mall", amount="100.00 CNY")
ORDER = settled(a_checkout(a_line(price="100.00")))


def a_notice(name="t1", amount="100.00 CNY", **fields):
    """What fits the demand, unless told otherwise."""
    return PaymentNotice(
        **{"id": name, "key": "SO1001", "merchant": "mall", "amount": amount, "told": "succeeded"} | fields
    )


def told(*notices, demand=DEMAND):
    """Status, and for each notice its reason or outcome and whether success is answered."""
    state = payment_state([demand], notices)
    return state.status, [(each.reason or each.outcome, each.success) for each in state.answers]


# ------------------------------------------------------------------ what is asked for


def test_what_is_due_is_asked_for():
    """Payable less what a gift card pays; order and merchant as the shop names them."""
    tenders = [{"id": "g", "type": "gift_card", "balance": "60.00 CNY"}]
    demand = payment_demand(settled(a_checkout(a_line(price="100.00"), tenders=tenders)), "SO1001", "mall")
    assert demand == PaymentDemand(order="SO1001", merchant="mall", amount="40.00 CNY")
    assert payment_demand(ORDER, "SO1001").merchant is None


def pending():
    """An order whose freight nobody knows yet."""
    return settled(
        a_checkout(a_line(freight_template="t1"), address=None), a_rulebook(freight_templates=[a_template()])
    )


def paid_by_card():
    """An order that a gift card pays whole."""
    return settled(a_checkout(tenders=[{"id": "g", "type": "gift_card", "balance": "60.00 CNY"}]))


USD = Money("0.50 USD")
REFUSED = {
    "pending": (pending, None, [("settlement.status", "demand.pending")]),
    "blocked": (lambda: settled(a_checkout(a_line(stock=0))), None, [("settlement.status", "demand.blocked")]),
    "nothing due": (paid_by_card, None, [("settlement.due", "demand.nothing_due")]),
    "nothing due of a minimum": (paid_by_card, Money("0.50 CNY"), [("settlement.due", "demand.nothing_due")]),
    "below": (lambda: ORDER, Money("100.01 CNY"), [("settlement.due", "demand.below_minimum")]),
    "currency": (lambda: ORDER, USD, [("minimum", "currency.mixed")]),
    "both": (pending, USD, [("settlement.status", "demand.pending"), ("minimum", "currency.mixed")]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_for_is_refused(name):
    """Before anybody calls a provider, with a place and a code; what is due may be the minimum exactly."""
    make, minimum, found = REFUSED[name]
    assert problems(lambda: payment_demand(make(), "SO1001", minimum=minimum)) == found
    assert payment_demand(ORDER, "SO1001", minimum=Money("100.00 CNY")).amount == ORDER.due


def test_a_demand_is_above_0_for_an_order_and_a_merchant_with_ids():
    """An amount of 0, no order, and a merchant that is no id are problems like those of any document."""
    assert problems(lambda: PaymentDemand(order="SO1001", amount="0.00 CNY")) == [("amount", "amount.zero")]
    assert problems(lambda: payment_demand(ORDER, "", 5)) == [("order", "text.empty"), ("merchant", "text.type")]
    assert problems(lambda: a_notice(amount="-1.00 CNY")) == [("amount", "amount.negative")]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: payment_demand({}, "SO1001"), "settlement: found an object; a Settlement"),
        (lambda: payment_demand(ORDER, "SO1001", minimum="0.50 CNY"), 'minimum: found "0.50 CNY"; a Money'),
        (lambda: payment_state([{}], []), "demands[0]: found an object; a PaymentDemand"),
        (lambda: payment_state([DEMAND], a_notice()), "notices: found a PaymentNotice; a list of PaymentNotice"),
        (lambda: payment_state([DEMAND], None), "notices: found null; a list of PaymentNotice"),
        (lambda: payment_state([DEMAND], [a_notice(), {}]), "notices[1]: found an object; a PaymentNotice"),
    ],
)
def test_a_wrong_kind_says_where_it_stands(call, said):
    """As everywhere after pay."""
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(said)


# ------------------------------------------------------------------ what pays


def test_one_notice_that_fits_pays():
    """And it is named; without any the order is unpaid."""
    assert told() == ("unpaid", [])
    assert told(a_notice()) == ("paid", [("paid", True)])
    assert payment_state([DEMAND], [a_notice()]).payment == a_notice()
    assert payment_state([DEMAND], []).payment is None


UNFIT = {
    "other_order": (a_notice(key="SO1002"), "SO1001", "SO1002"),
    "other_merchant": (a_notice(merchant="mall2"), "mall", "mall2"),
    "other_currency": (a_notice(amount="100.00 USD"), "100.00 CNY", "100.00 USD"),
    "too_little": (a_notice(amount="99.99 CNY"), "100.00 CNY", "99.99 CNY"),
    "too_much": (a_notice(amount="100.01 CNY"), "100.00 CNY", "100.01 CNY"),
}


@pytest.mark.parametrize("reason", UNFIT)
def test_what_does_not_fit_pays_nothing_and_says_why(reason):
    """Reason, expected and found; success is not answered; it neither keeps another from paying nor undoes it."""
    notice, expected, found = UNFIT[reason]
    (answer,) = payment_state([DEMAND], [notice]).mismatches
    assert (answer.notice, answer.reason, answer.expected, answer.found) == (notice, reason, expected, found)
    other = a_notice("t2")
    assert told(notice, other) == ("paid", [(reason, False), ("paid", True)])
    assert told(other, notice) == ("paid", [("paid", True), (reason, False)])


def test_the_first_reason_that_holds_is_told():
    """Order, merchant, currency, amount, in that order."""
    reasons, wrong = [], {"key": "9", "merchant": "m9", "amount": "1.00 USD"}
    for fields in ({}, {"key": "SO1001"}, {"merchant": "mall"}, {"amount": "1.00 CNY"}, {"amount": "100.00 CNY"}):
        wrong |= fields
        reasons += told(a_notice(**wrong))[1]
    assert [reason for reason, _ in reasons] == [
        "other_order", "other_merchant", "other_currency", "too_little", "paid",
    ]  # fmt: skip


def test_a_merchant_that_was_asked_for_has_to_be_told():
    """A notice that names none cannot be compared; where none was asked for, any will do."""
    assert told(a_notice(merchant=None)) == ("unpaid", [("other_merchant", False)])
    anybody = PaymentDemand(order="SO1001", amount="100.00 CNY")
    assert told(a_notice(merchant="x"), demand=anybody) == ("paid", [("paid", True)])


def test_who_pays_twice_is_seen():
    """The second transaction is to be paid back; no repeating helps, so success may be answered."""
    state = payment_state([DEMAND], [a_notice("t1"), a_notice("t2"), a_notice("t2"), a_notice("t3")])
    assert [(each.notice.id, each.reason, each.expected, each.found, each.success) for each in state.mismatches] == [
        ("t2", "paid_before", "t1", "t2", True),
        ("t3", "paid_before", "t1", "t3", True),
    ]
    assert state.payment.id == "t1"
    assert state.answers[2].outcome == "repeated"


def test_a_transaction_that_is_told_otherwise():
    """It is not a second payment; the first telling that fits counts, whatever was told of it before."""
    right, short, shorter = a_notice(), a_notice(amount="0.02 CNY"), a_notice(amount="0.01 CNY")
    assert told(right, short) == ("paid", [("paid", True), ("told_otherwise", False)])
    assert told(short, right) == ("paid", [("too_little", False), ("paid", True)])
    assert told(short, shorter, right)[1] == [("too_little", False), ("told_otherwise", False), ("paid", True)]
    assert told(a_notice("t2"), short, right)[1] == [("paid", True), ("too_little", False), ("paid_before", True)]
    pairs = [(each.expected, each.found) for each in payment_state([DEMAND], [right, short, shorter]).mismatches]
    assert pairs == [("100.00 CNY", "0.02 CNY"), ("100.00 CNY", "0.01 CNY")]
    anybody = PaymentDemand(order="SO1001", amount="100.00 CNY")
    state = payment_state([anybody], [a_notice(), a_notice(merchant=None)])
    assert [(each.reason, each.expected, each.found) for each in state.mismatches] == [("told_otherwise", "mall", None)]


# ------------------------------------------------------------------ several attempts, and after closing

SECOND = DEMAND.model_copy(update={"attempt": 2, "merchant": "alipay-mall", "method": "alipay"})


def of_second(name="t2", **fields):
    """What fits the second attempt."""
    return a_notice(name, **{"key": "SO1001_2", "merchant": "alipay-mall"} | fields)


def all_told(*notices, closed=None):
    """Each notice's reason or outcome, of two attempts."""
    state = payment_state([DEMAND, SECOND], notices, closed)
    return state.status, [(each.reason or each.outcome, each.success) for each in state.answers]


def test_a_notice_fits_the_demand_that_its_key_names():
    """Each attempt has its own account; the first that fits pays, a second attempt that was paid too is paid before."""
    assert all_told(of_second()) == ("paid", [("paid", True)])
    assert payment_state([DEMAND, SECOND], [of_second()]).paid_for == SECOND
    assert all_told(of_second(merchant="mall")) == ("unpaid", [("other_merchant", False)])
    assert all_told(of_second(), a_notice()) == ("paid", [("paid", True), ("paid_before", True)])
    assert all_told(a_notice(), of_second()) == ("paid", [("paid", True), ("paid_before", True)])
    assert all_told(a_notice(key="SO1001_3")) == ("unpaid", [("other_order", False)])


def test_what_moved_no_money_pays_nothing_and_undoes_nothing():
    """Failed, cancelled and closed are acknowledged; the same transaction may succeed later, or have succeeded."""
    for word in ("failed", "cancelled", "closed"):
        lost = a_notice(told=word)
        assert told(lost, a_notice()) == ("paid", [("no_payment", True), ("paid", True)])
        assert told(a_notice(), lost, lost) == ("paid", [("paid", True), ("no_payment", True), ("repeated", True)])
        assert told(a_notice(told=word, key="SO9")) == ("unpaid", [("other_order", False)])
        assert payment_state([DEMAND], [lost]).mismatches == ()


def test_the_same_told_under_another_id_of_the_message_is_the_same():
    """A query after the notice, or a message told anew."""
    assert told(a_notice(event="e1"), a_notice(event="e2"), a_notice())[1] == [
        ("paid", True),
        ("repeated", True),
        ("repeated", True),
    ]


def test_after_closing_nothing_pays():
    """`closed_before`, answered with success; the amounts are looked at first, and a payment from before stands."""
    short = a_notice("t9", "0.01 CNY")
    assert all_told(short, a_notice(), closed=1) == ("unpaid", [("too_little", False), ("closed_before", True)])
    assert all_told(short, closed=0) == ("unpaid", [("too_little", False)])
    assert all_told(a_notice(), of_second(), closed=0)[1] == [("closed_before", True), ("closed_before", True)]
    assert all_told(a_notice(), of_second(), closed=1) == ("paid", [("paid", True), ("paid_before", True)])
    assert all_told(a_notice(), a_notice(), closed=0)[1] == [("closed_before", True), ("repeated", True)]
    assert str(payment_state([DEMAND], [a_notice()], 0)).endswith(
        "the order was closed before, so this is to be paid back (expected -, found t1)"
    )


def test_demands_are_the_attempts_of_one_order():
    """None at all, two orders, one attempt twice, and more notices before closing than there are."""
    assert problems(lambda: payment_state([], [])) == [("demands", "list.empty")]
    other = PaymentDemand(order="SO1002", amount="100.00 CNY")
    assert problems(lambda: payment_state([DEMAND, other], [])) == [("demands[1].order", "order.mismatch")]
    assert problems(lambda: payment_state([DEMAND, DEMAND], [])) == [("demands[1].attempt", "id.duplicate")]
    assert problems(lambda: payment_state([DEMAND], [], 1)) == [("closed", "integer.range")]
    assert problems(lambda: payment_state([DEMAND], [], -1)) == [("closed", "integer.range")]


# ------------------------------------------------------------------ what is owed


def owed(*notices, closed=None, **more):
    """What `refund_due` makes of them, as texts."""
    due = refund_due([payment_state([DEMAND, SECOND], notices, closed)], **more)
    return {currency: str(amount) for currency, amount in due.items()}


def test_money_that_came_and_pays_nothing_is_owed():
    """Too little, too much, another currency, paid before, closed before; what pays, and another's, is not."""
    assert owed() == owed(a_notice()) == {}
    assert owed(a_notice(amount="1.00 CNY")) == {"CNY": "1.00 CNY"}
    assert owed(a_notice(amount="101.00 CNY")) == {"CNY": "101.00 CNY"}
    assert owed(a_notice(amount="5.00 USD"), a_notice("t3", "1.00 CNY")) == {"CNY": "1.00 CNY", "USD": "5.00 USD"}
    assert owed(a_notice(), of_second()) == {"CNY": "100.00 CNY"}
    assert owed(a_notice(), closed=0) == {"CNY": "100.00 CNY"}
    for fields in (
        {"key": "SO9"},
        {"merchant": "mall2"},
        {"merchant": None},
        {"told": "failed"},
        {"told": "cancelled"},
    ):
        assert owed(a_notice(**fields)) == {}


def test_each_transaction_is_owed_once_with_the_amount_told_last():
    """Yuan taken for fen, then mended; what failed afterwards changes nothing; where it pays, nothing is owed."""
    one, two = a_notice(amount="1.00 CNY"), a_notice(amount="2.00 CNY")
    assert owed(one, two) == {"CNY": "2.00 CNY"}
    assert owed(one, two, one) == owed(one, one) == {"CNY": "1.00 CNY"}
    assert owed(one, a_notice(told="failed", amount="9.00 CNY")) == {"CNY": "1.00 CNY"}
    assert owed(one, a_notice()) == owed(a_notice(), two) == {}
    assert owed(one, a_notice(amount="9.00 CNY", key="SO9")) == {"CNY": "1.00 CNY"}


def test_refunds_asked_are_added_and_what_was_given_back_is_taken_off():
    """By currency; below 0 more went back than was owed."""
    asked, back = [Money("30.00 CNY"), Money("3.00 CNY")], [Money("30.00 CNY")]
    assert owed(a_notice(), asked=asked, given_back=back) == {"CNY": "3.00 CNY"}
    assert owed(a_notice(), of_second(), given_back=[Money("100.00 CNY")]) == {}
    assert owed(a_notice(), given_back=[Money("1.00 CNY"), Money("1.00 USD")]) == {
        "CNY": "-1.00 CNY",
        "USD": "-1.00 USD",
    }
    with pytest.raises(TypeError, match=r"asked\[0\]: found"):
        refund_due([], asked=["1.00 CNY"])


# ------------------------------------------------------------------ keys

ORDERS = st.one_of(
    st.text(st.sampled_from("0aZ_"), min_size=1, max_size=8),
    st.from_regex(r"[0-9A-Za-z]{4,30}(_[0-9]{1,3}){0,2}", fullmatch=True),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40),
)


@given(st.lists(st.tuples(ORDERS, st.integers(1, 30)), min_size=2, max_size=20))
def test_a_key_is_that_of_one_attempt(attempts):
    """6 to 32 of `0-9A-Za-z_`; the same again for the same, another for any other."""
    keys = {each: payment_key(*each) for each in attempts}
    assert all(re.fullmatch("[0-9A-Za-z_]{6,32}", key, re.ASCII) for key in keys.values())
    assert len(set(keys.values())) == len(keys)
    assert all(PaymentDemand(order=order, attempt=n, amount="1.00 CNY").key == keys[order, n] for order, n in attempts)


@given(ORDERS, st.integers(1, 30), st.integers(1, 30))
def test_a_key_cannot_be_taken_for_an_order(order, one, two):
    """Whoever names an order after the key of another attempt has another key, but for that very first attempt."""
    key = payment_key(order, one)
    assert (payment_key(key, two) == key) is (two == 1 and (order, one) == (key, 1))


def test_keys_stay():
    """They stand at the provider: one of each kind, byte for byte."""
    kept = {
        ("SO1001", 1): "SO1001",
        ("SO1001", 2): "SO1001_2",
        ("a" * 31, 1): "a" * 31,
        ("1001", 2): "1001_2",
        ("a" * 32, 1): "7oth3GCfhTRLVzmIWlle34majiml5akP",
        ("SO1001_2", 1): "CKGgw36JwdKrHSCstivG0hZD5T4CtoXU",
        ("12345", 1): "zTU4MBZTtftX537YkKwY4ERpg9UISAlX",
        ("订单", 1): "oeoH9dTaumr4J9LkUGmu4OUflDcfwWQv",
    }
    assert {each: payment_key(*each) for each in kept} == kept


def test_a_schedule_ends():
    """After its last wait nobody tries again; a provider without one is named with those that have."""
    waits = retry_schedule("alipay").waits
    assert (len(waits), sum(waits)) == (7, 24 * 3600 + 24 * 60)
    schedule = RetrySchedule(waits=[60])
    assert schedule.next(0, "2026-11-11T00:00:00+08:00").isoformat() == "2026-11-10T16:01:00+00:00"
    assert schedule.next(1, "2026-11-11T00:00:00Z") is None
    with pytest.raises(ValueError, match="tries: found -1"):
        schedule.next(-1, "2026-11-11T00:00:00Z")
    with pytest.raises(LookupError, match="there are wechat, alipay"):
        retry_schedule("stripe")


# ------------------------------------------------------------------ laws

NOTICES = st.lists(
    st.builds(
        a_notice,
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["100.00 CNY", "100.00 CNY", "0.01 CNY", "10000.00 CNY", "100.00 USD", "100 JPY"]),
        key=st.sampled_from(["SO1001", "SO1001", "SO1002"]),
        told=st.sampled_from(["succeeded"] * 4 + ["failed"]),
        merchant=st.sampled_from(["mall", "mall", "mall2", None]),
    ),
    max_size=8,
)
DEMANDS = st.sampled_from([DEMAND, PaymentDemand(order="SO1001", amount="100.00 CNY")])


def fits(demand, notice):
    """What pays, said once more."""
    merchant = notice.merchant if demand.merchant is not None else None
    told = (notice.key, merchant, notice.amount, notice.told)
    return told == (demand.key, demand.merchant, demand.amount, "succeeded")


def elsewhere(demand, notice):
    """What is of another order or account."""
    return notice.key != demand.key or (demand.merchant is not None and notice.merchant != demand.merchant)


@given(DEMANDS, NOTICES)
def test_an_order_is_paid_where_some_notice_fits_and_by_one(demand, notices):
    """Paid iff one fits, by the first that does; never by two; each notice has its answer in its place."""
    state = payment_state([demand], notices)
    fitting = [notice for notice in notices if fits(demand, notice)]
    assert (state.status == "paid") is bool(fitting)
    assert state.payment == (fitting[0] if fitting else None)
    assert [each.notice for each in state.answers] == notices
    assert sum(each.outcome == "paid" for each in state.answers) == bool(fitting)


@given(DEMANDS, NOTICES)
def test_every_mismatch_is_listed_once_and_explained(demand, notices):
    """What is not the payment is a mismatch with a reason and two sides that differ, each distinct notice once."""
    state = payment_state([demand], notices)
    distinct = [each for each in dict.fromkeys(notices) if each.told == "succeeded" or elsewhere(demand, each)]
    assert [each.notice for each in state.mismatches] == [each for each in distinct if each != state.payment]
    for each in state.mismatches:
        assert each.reason
        assert each.expected != each.found
    for each in state.answers:
        assert (each.reason is None) is (each.outcome != "mismatch")
        if each.outcome != "repeated":
            assert each.success is (each.outcome in {"paid", "no_payment"} or each.reason == "paid_before")


@given(DEMANDS, NOTICES, st.data())
def test_repeats_change_nothing_but_the_number_of_answers(demand, notices, data):
    """Wherever after its first a notice comes again: the same payment and mismatches, and its first success."""
    before = payment_state([demand], notices)
    more = list(notices)
    for _ in range(data.draw(st.integers(0, 5)) if notices else 0):
        notice = data.draw(st.sampled_from(notices))
        more.insert(data.draw(st.integers(more.index(notice) + 1, len(more))), notice)
    after = payment_state([demand], more)
    assert (after.status, after.payment, after.mismatches) == (before.status, before.payment, before.mismatches)
    first = {}
    for each in after.answers:
        assert each.success is first.setdefault(each.notice, each.success)
    assert len(after.answers) == len(more)


@given(DEMANDS, NOTICES, st.data())
def test_what_does_not_fit_neither_keeps_nor_undoes_a_payment(demand, notices, data):
    """In whatever order the rest comes, the same notice pays; what was answered stays answered."""
    fitting = [notice for notice in notices if fits(demand, notice)]
    others = [notice for notice in notices if not fits(demand, notice)]
    mixed = list(fitting)
    for notice in data.draw(st.permutations(others)):
        mixed.insert(data.draw(st.integers(0, len(mixed))), notice)
    alone, state = payment_state([demand], fitting), payment_state([demand], mixed)
    assert (state.status, state.payment) == (alone.status, alone.payment)
    answers = [each for each in state.answers if fits(demand, each.notice)]
    assert [(each.outcome, each.reason) for each in answers] == [(each.outcome, each.reason) for each in alone.answers]
    for at in range(len(mixed)):
        assert payment_state([demand], mixed[:at]).answers == state.answers[:at]


def amounts(value):
    """Every text of an amount below plain data."""
    if isinstance(value, dict):
        return [each for inner in value.values() for each in amounts(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in amounts(inner)]
    return [value] if isinstance(value, str) and value[-4:] in {" CNY", " USD", " JPY"} else []


@given(NOTICES)
def test_what_came_in_mismatch_is_summed_nowhere(notices):
    """No amount in the whole state but those that were asked for or told."""
    document = json.loads(payment_state([DEMAND], notices).model_dump_json())
    assert set(amounts(document)) <= {str(DEMAND.amount), *[str(notice.amount) for notice in notices]}


# ------------------------------------------------------------------ stored and shown


@given(DEMANDS, NOTICES)
def test_a_state_reads_back(demand, notices):
    """The same state, byte for byte."""
    state = payment_state([demand], notices)
    text = state.model_dump_json()
    assert PaymentState.model_validate_json(text) == state
    assert PaymentState.model_validate_json(text).model_dump_json() == text


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda state: state.update(status="paid"), "status"),
        (lambda state: state["answers"][0].update(outcome="paid", reason=None, expected=None, found=None), "answers"),
        (lambda state: state["answers"][0].update(success=True), "answers"),
        (lambda state: state["answers"][0].update(reason="too_much"), "answers"),
        (lambda state: state["answers"][0]["notice"].update(amount="0.02 CNY"), "answers"),
    ],
)
def test_a_stored_state_that_its_notices_do_not_make_is_refused(change, place):
    """Nobody writes "paid" into it; each change contradicts the notices."""
    state = json.loads(payment_state([DEMAND], [a_notice(amount="0.01 CNY")]).model_dump_json())
    change(state)
    assert problems(lambda: PaymentState.model_validate(state)) == [(place, "value.invalid")]


def test_a_state_is_read_by_people():
    """In English and Chinese: paid by which, and a line for each mismatch."""
    state = payment_state([DEMAND], [a_notice("t0", merchant=None), a_notice(), a_notice(), a_notice("t2")])
    assert str(state).split("\n") == [
        "Order SO1001: CN¥100.00, paid by t1",
        "t0: CN¥100.00 in mismatch: to another account (expected mall, found -)",
        "t2: CN¥100.00 in mismatch: the order was paid before, so this is to be paid back (expected t1, found t2)",
    ]
    assert state.text("zh_CN").split("\n") == [
        "订单 SO1001：¥100.00，已由交易 t1 支付",
        "交易 t0：¥100.00 不符：付给了另一个商户账号（应为 mall，实为 -）",
        "交易 t2：¥100.00 不符：订单此前已支付，这笔应予退还（应为 t1，实为 t2）",
    ]
    assert str(payment_state([DEMAND], [])) == "Order SO1001: CN¥100.00, not paid"
    with pytest.raises(UnknownLocale):
        state.text("xx_XX")
