"""Paid or not: what is asked for, what pays it, and what does not and stays in sight."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, problems, settled
from settlement import Money, UnknownLocale
from settlement.after_pay.payments.paid import PaymentDemand, PaymentNotice, PaymentState, payment_demand, payment_state

DEMAND = PaymentDemand(order="1001", merchant="mall", amount="100.00 CNY")
ORDER = settled(a_checkout(a_line(price="100.00")))


def a_notice(name="t1", amount="100.00 CNY", **fields):
    """What fits the demand, unless told otherwise."""
    return PaymentNotice(**{"id": name, "order": "1001", "merchant": "mall", "amount": amount} | fields)


def told(*notices, demand=DEMAND):
    """Status, and for each notice its reason or outcome and whether success is answered."""
    state = payment_state(demand, notices)
    return state.status, [(each.reason or each.outcome, each.success) for each in state.answers]


# ------------------------------------------------------------------ what is asked for


def test_what_is_due_is_asked_for():
    """Payable less what a gift card pays; order and merchant as the shop names them."""
    tenders = [{"id": "g", "type": "gift_card", "balance": "60.00 CNY"}]
    demand = payment_demand(settled(a_checkout(a_line(price="100.00"), tenders=tenders)), "1001", "mall")
    assert demand == PaymentDemand(order="1001", merchant="mall", amount="40.00 CNY")
    assert payment_demand(ORDER, "1001").merchant is None


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
    assert problems(lambda: payment_demand(make(), "1001", minimum=minimum)) == found
    assert payment_demand(ORDER, "1001", minimum=Money("100.00 CNY")).amount == ORDER.due


def test_a_demand_is_above_0_for_an_order_and_a_merchant_with_ids():
    """An amount of 0, no order, and a merchant that is no id are problems like those of any document."""
    assert problems(lambda: PaymentDemand(order="1001", amount="0.00 CNY")) == [("amount", "amount.zero")]
    assert problems(lambda: payment_demand(ORDER, "", 5)) == [("order", "text.empty"), ("merchant", "text.type")]
    assert problems(lambda: a_notice(amount="-1.00 CNY")) == [("amount", "amount.negative")]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: payment_demand({}, "1001"), "settlement: found an object; a Settlement"),
        (lambda: payment_demand(ORDER, "1001", minimum="0.50 CNY"), 'minimum: found "0.50 CNY"; a Money'),
        (lambda: payment_state({}, []), "demand: found an object; a PaymentDemand"),
        (lambda: payment_state(DEMAND, a_notice()), "notices: found a PaymentNotice; a list of PaymentNotice"),
        (lambda: payment_state(DEMAND, None), "notices: found null; a list of PaymentNotice"),
        (lambda: payment_state(DEMAND, [a_notice(), {}]), "notices[1]: found an object; a PaymentNotice"),
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
    assert payment_state(DEMAND, [a_notice()]).payment == a_notice()
    assert payment_state(DEMAND, []).payment is None


UNFIT = {
    "other_order": (a_notice(order="1002"), "1001", "1002"),
    "other_merchant": (a_notice(merchant="mall2"), "mall", "mall2"),
    "other_currency": (a_notice(amount="100.00 USD"), "100.00 CNY", "100.00 USD"),
    "too_little": (a_notice(amount="99.99 CNY"), "100.00 CNY", "99.99 CNY"),
    "too_much": (a_notice(amount="100.01 CNY"), "100.00 CNY", "100.01 CNY"),
}


@pytest.mark.parametrize("reason", UNFIT)
def test_what_does_not_fit_pays_nothing_and_says_why(reason):
    """Reason, expected and found; success is not answered; it neither keeps another from paying nor undoes it."""
    notice, expected, found = UNFIT[reason]
    (answer,) = payment_state(DEMAND, [notice]).mismatches
    assert (answer.notice, answer.reason, answer.expected, answer.found) == (notice, reason, expected, found)
    other = a_notice("t2")
    assert told(notice, other) == ("paid", [(reason, False), ("paid", True)])
    assert told(other, notice) == ("paid", [("paid", True), (reason, False)])


def test_the_first_reason_that_holds_is_told():
    """Order, merchant, currency, amount, in that order."""
    reasons, wrong = [], {"order": "9", "merchant": "m9", "amount": "1.00 USD"}
    for fields in ({}, {"order": "1001"}, {"merchant": "mall"}, {"amount": "1.00 CNY"}, {"amount": "100.00 CNY"}):
        wrong |= fields
        reasons += told(a_notice(**wrong))[1]
    assert [reason for reason, _ in reasons] == [
        "other_order", "other_merchant", "other_currency", "too_little", "paid",
    ]  # fmt: skip


def test_a_merchant_that_was_asked_for_has_to_be_told():
    """A notice that names none cannot be compared; where none was asked for, any will do."""
    assert told(a_notice(merchant=None)) == ("unpaid", [("other_merchant", False)])
    anybody = PaymentDemand(order="1001", amount="100.00 CNY")
    assert told(a_notice(merchant="x"), demand=anybody) == ("paid", [("paid", True)])


def test_who_pays_twice_is_seen():
    """The second transaction is to be paid back; no repeating helps, so success may be answered."""
    state = payment_state(DEMAND, [a_notice("t1"), a_notice("t2"), a_notice("t2"), a_notice("t3")])
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
    pairs = [(each.expected, each.found) for each in payment_state(DEMAND, [right, short, shorter]).mismatches]
    assert pairs == [("100.00 CNY", "0.02 CNY"), ("100.00 CNY", "0.01 CNY")]
    anybody = PaymentDemand(order="1001", amount="100.00 CNY")
    state = payment_state(anybody, [a_notice(), a_notice(merchant=None)])
    assert [(each.reason, each.expected, each.found) for each in state.mismatches] == [("told_otherwise", "mall", None)]


# ------------------------------------------------------------------ laws

NOTICES = st.lists(
    st.builds(
        a_notice,
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["100.00 CNY", "100.00 CNY", "0.01 CNY", "10000.00 CNY", "100.00 USD", "100 JPY"]),
        order=st.sampled_from(["1001", "1001", "1002"]),
        merchant=st.sampled_from(["mall", "mall", "mall2", None]),
    ),
    max_size=8,
)
DEMANDS = st.sampled_from([DEMAND, PaymentDemand(order="1001", amount="100.00 CNY")])


def fits(demand, notice):
    """What pays, said once more."""
    merchant = notice.merchant if demand.merchant is not None else None
    return (notice.order, merchant, notice.amount) == (demand.order, demand.merchant, demand.amount)


@given(DEMANDS, NOTICES)
def test_an_order_is_paid_where_some_notice_fits_and_by_one(demand, notices):
    """Paid iff one fits, by the first that does; never by two; each notice has its answer in its place."""
    state = payment_state(demand, notices)
    fitting = [notice for notice in notices if fits(demand, notice)]
    assert (state.status == "paid") is bool(fitting)
    assert state.payment == (fitting[0] if fitting else None)
    assert [each.notice for each in state.answers] == notices
    assert sum(each.outcome == "paid" for each in state.answers) == bool(fitting)


@given(DEMANDS, NOTICES)
def test_every_mismatch_is_listed_once_and_explained(demand, notices):
    """What is not the payment is a mismatch with a reason and two sides that differ, each distinct notice once."""
    state = payment_state(demand, notices)
    distinct = list(dict.fromkeys(notices))
    assert [each.notice for each in state.mismatches] == [each for each in distinct if each != state.payment]
    for each in state.mismatches:
        assert each.reason
        assert each.expected != each.found
    for each in state.answers:
        assert (each.reason is None) is (each.outcome != "mismatch")
        if each.outcome != "repeated":
            assert each.success is (each.outcome == "paid" or each.reason == "paid_before")


@given(DEMANDS, NOTICES, st.data())
def test_repeats_change_nothing_but_the_number_of_answers(demand, notices, data):
    """Wherever after its first a notice comes again: the same payment and mismatches, and its first success."""
    before = payment_state(demand, notices)
    more = list(notices)
    for _ in range(data.draw(st.integers(0, 5)) if notices else 0):
        notice = data.draw(st.sampled_from(notices))
        more.insert(data.draw(st.integers(more.index(notice) + 1, len(more))), notice)
    after = payment_state(demand, more)
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
    alone, state = payment_state(demand, fitting), payment_state(demand, mixed)
    assert (state.status, state.payment) == (alone.status, alone.payment)
    answers = [each for each in state.answers if fits(demand, each.notice)]
    assert [(each.outcome, each.reason) for each in answers] == [(each.outcome, each.reason) for each in alone.answers]
    for at in range(len(mixed)):
        assert payment_state(demand, mixed[:at]).answers == state.answers[:at]


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
    document = json.loads(payment_state(DEMAND, notices).model_dump_json())
    assert set(amounts(document)) <= {str(DEMAND.amount), *[str(notice.amount) for notice in notices]}


# ------------------------------------------------------------------ stored and shown


@given(DEMANDS, NOTICES)
def test_a_state_reads_back(demand, notices):
    """The same state, byte for byte."""
    state = payment_state(demand, notices)
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
    state = json.loads(payment_state(DEMAND, [a_notice(amount="0.01 CNY")]).model_dump_json())
    change(state)
    assert problems(lambda: PaymentState.model_validate(state)) == [(place, "value.invalid")]


def test_a_state_is_read_by_people():
    """In English and Chinese: paid by which, and a line for each mismatch."""
    state = payment_state(DEMAND, [a_notice("t0", merchant=None), a_notice(), a_notice(), a_notice("t2")])
    assert str(state).split("\n") == [
        "Order 1001: CN¥100.00, paid by t1",
        "t0: CN¥100.00 in mismatch: to another account (expected mall, found -)",
        "t2: CN¥100.00 in mismatch: the order was paid before, so this is to be paid back (expected t1, found t2)",
    ]
    assert state.text("zh_CN").split("\n") == [
        "订单 1001：¥100.00，已由交易 t1 支付",
        "交易 t0：¥100.00 不符：付给了另一个商户账号（应为 mall，实为 -）",
        "交易 t2：¥100.00 不符：订单此前已支付，这笔应予退还（应为 t1，实为 t2）",
    ]
    assert str(payment_state(DEMAND, [])) == "Order 1001: CN¥100.00, not paid"
    with pytest.raises(UnknownLocale):
        state.text("xx_XX")
