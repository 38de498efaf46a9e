"""How payments went is counted exactly: attempts by method, failures by reason, how long orders stayed in a status."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from placed import HEAD, an_order, asked, closed, noted, paid, shipped, succeeded
from settlement.after_pay.payments import PaymentNotice
from settlement.errors import EventRefused
from settlement.orders import Paid, order_state, payment_stats

BY_CARD = an_order(method="card")
SECOND = BY_CARD.demand.model_copy(update={"attempt": 2, "method": "wechat"})


def lost(name, reason=None, demand=None, **fields):
    """A payment that failed."""
    told = {"id": name, "key": "SO1001" if demand is None else demand.key, "amount": "100.00 CNY", "told": "failed"}
    return Paid(**HEAD, reason=reason, notice=PaymentNotice(**told | fields), demand=demand)


def test_nothing_stands_for_what_was_not_tried():
    """No order, an order that nobody told anything of, and one with a note."""
    for states in ([], [order_state(BY_CARD)], [order_state(BY_CARD, [noted()])]):
        assert payment_stats(states) == ({}, {}, {}, ())
        assert payment_stats(states).success == {}


def test_success_by_method_is_an_exact_fraction():
    """Attempts of which anything was told; one order failed by card and was paid by WeChat, two were paid by card."""
    first = order_state(BY_CARD, [lost("t1"), paid("t2", demand=SECOND)])
    found = payment_stats([first, *[order_state(BY_CARD, [paid()])] * 2, order_state(an_order(), [lost("t1")])])
    assert found.success == {None: Fraction(0), "card": Fraction(2, 3), "wechat": Fraction(1)}
    assert (found.tried, found.succeeded) == ({None: 1, "card": 3, "wechat": 1}, {"card": 2, "wechat": 1})


def test_failures_by_reason():
    """The event's own word, else the mismatch, else what was told; a repeat is no further failure."""
    events = [
        lost("t1", "no funds"), lost("t1", "again"), lost("t2"), lost("t3", told="cancelled"), lost("t4", "no funds"),
        paid("t5", "1.00 CNY"), paid("t6"), paid("t6"), paid("t7"), paid("t8", key="SO1"),
    ]  # fmt: skip
    assert payment_stats([order_state(an_order(), events)]).failures == {
        "cancelled": 1, "failed": 1, "no funds": 2, "other_order": 1, "paid_before": 1, "too_little": 1,
    }  # fmt: skip


def test_times_between_statuses_are_exact():
    """From placing, or the event that led there, to the event that led away; a repeat ends nothing."""

    def at(event, minute):
        return event.model_copy(update={"at": f"2026-11-11T00:{minute:02d}:00+08:00"})

    one = order_state(an_order(), [at(paid(), 1), at(paid(), 2), at(shipped(), 4)])
    two = order_state(an_order(), [at(paid(), 2), at(asked(), 3), at(succeeded(), 5)])
    late = order_state(an_order(), [closed("2026-11-11T00:31:00+08:00"), at(paid(), 40)])
    rows = {(each.before, each.after): each for each in payment_stats([one, two, late]).times}
    assert {pair: (each.times, each.least, each.most, each.in_all) for pair, each in rows.items()} == {
        ("pending_payment", "paid"): (2, timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=3)),
        ("paid", "partly_shipped"): (1, *[timedelta(minutes=3)] * 3),
        ("paid", "partly_refunded"): (1, *[timedelta(minutes=3)] * 3),
        ("pending_payment", "closed"): (1, *[timedelta(minutes=31)] * 3),
    }
    assert rows["pending_payment", "paid"].mean == 90
    third = order_state(an_order(), [at(paid(), 1).model_copy(update={"at": "2026-11-11T00:00:01+08:00"})])
    assert payment_stats([one, two, third]).times[-1].mean == Fraction(181, 3)


def test_orders_with_their_events_are_counted_as_their_states_are():
    """Beside each other too; what happened is folded, and refused, as `order_state` does."""
    rows = [(BY_CARD, [lost("t1"), paid("t2", demand=SECOND)]), (an_order(), [lost("t1")])]
    states = [order_state(*row) for row in rows]
    assert payment_stats(rows) == payment_stats(states) == payment_stats([rows[0], states[1]])
    with pytest.raises(EventRefused):
        payment_stats([(BY_CARD, [shipped()])])


def test_only_states_are_counted():
    """An event alone says nothing of its order."""
    with pytest.raises(TypeError, match=r"events\[0\]: found"):
        payment_stats([paid()])
