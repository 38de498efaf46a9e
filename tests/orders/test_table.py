"""The table (status, event): every pair is tried, what is allowed happens, and what is not names what is."""

from __future__ import annotations

import pytest

from order_states import transitions
from placed import (
    BOUGHT,
    an_order,
    asked,
    cancelled,
    changed,
    closed,
    failed,
    noted,
    paid,
    received,
    returned,
    shipped,
    succeeded,
)
from samples import a_checkout, a_line, problems
from settlement import Checkout, Rulebook
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand
from settlement.errors import EventRefused
from settlement.orders import ALLOWED, EVENTS, STATUSES, OrderState, order_state
from settlement.orders.events import KINDS

BOTH = [shipped(), shipped("s2", b=1)]
#: Each status, and events that lead to it.
WAYS = {
    "pending_payment": [],
    "paid": [paid()],
    "partly_shipped": [paid(), shipped(a=1)],
    "shipped": [paid(), *BOTH],
    "completed": [paid(), *BOTH, received(), received("s2", b=1)],
    "cancelled": [cancelled()],
    "closed": [closed()],
    "partly_refunded": [paid(), shipped(a=1), asked(), succeeded()],
    "refunded": [paid(), *BOTH, asked(lines={"a": 2, "b": 1}), succeeded(amount="100.00 CNY")],
}
#: What each status becomes by each event that it takes; what is not named stays.
BECOMES = {
    ("pending_payment", "paid"): "paid",
    ("pending_payment", "cancelled"): "cancelled",
    ("pending_payment", "closed"): "closed",
    ("paid", "shipped"): "partly_shipped",
    ("paid", "cancelled"): "cancelled",
    ("paid", "refund_succeeded"): "partly_refunded",
    ("partly_shipped", "shipped"): "partly_shipped",
    ("partly_shipped", "refund_succeeded"): "partly_refunded",
    ("shipped", "received"): "shipped",
    ("shipped", "refund_succeeded"): "partly_refunded",
    ("shipped", "changed"): "partly_shipped",
    ("completed", "refund_succeeded"): "partly_refunded",
    ("completed", "changed"): "partly_shipped",
}


def a_change(events):
    """One tin more, of the order as these events leave it."""
    lines = [a_line("a", "30.00", quantity=2), a_line("b", "40.00", shop="s2", sku="tin", quantity=2)]
    wanted = Checkout(**a_checkout(*lines) | {"at": "2026-11-12T00:00:00+08:00"})
    history = [each.quote for each in events if each.kind == "refund_asked"]
    edit = edit_order(BOUGHT, wanted, Rulebook(id="rules", currency="CNY"), history)
    return changed(edit, PaymentDemand(order="SO1001-1", amount=edit.collect))


def a_pair(status, kind):
    """Events that lead to a status, and one of this kind that fits the order, where its status takes it."""
    before = WAYS[status]
    refunds = [each for each in before if each.kind == "refund_asked"]
    if kind in {"refund_succeeded", "refund_failed"} and not refunds:
        before, refunds = [*before, asked()], [asked()]
    amount = refunds[0].demand.amount if refunds else None
    made = {
        "paid": paid,
        "shipped": lambda: shipped("s2", b=1),
        "received": lambda: received(a=1),
        "returned": returned,
        "cancelled": cancelled,
        "closed": closed,
        "changed": lambda: a_change(before),
        "refund_asked": lambda: refunds[0] if refunds else asked(),
        "refund_succeeded": lambda: succeeded(amount=amount),
        "refund_failed": lambda: failed(amount=amount),
        "noted": noted,
    }
    return before, made[kind]()


def test_the_table_knows_every_status_and_every_event():
    """Each status has a way to it; each event of the table is a kind, each kind stands in it."""
    assert tuple(ALLOWED) == STATUSES == tuple(WAYS)
    assert set(EVENTS) == {kind for allowed in ALLOWED.values() for kind in allowed}
    assert len(KINDS) == len(EVENTS) == 11
    for allowed in ALLOWED.values():
        assert len(set(allowed)) == len(allowed)


@pytest.mark.parametrize("status", STATUSES)
def test_there_is_a_way_to_each_status(status):
    """And it says which events it takes."""
    state = order_state(an_order(), WAYS[status])
    assert state.status == status
    assert state.allowed == ALLOWED[status]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_pair(status, kind):
    """What the table allows happens and leads where it says; every other is refused, and names what is allowed."""
    before, event = a_pair(status, kind)
    state = order_state(an_order(), before)
    assert state.status == status
    if kind in ALLOWED[status]:
        after = state.after(event)
        assert after.status == BECOMES.get((status, kind), status)
        assert after == order_state(an_order(), [*before, event])
    else:
        with pytest.raises(EventRefused) as caught:
            state.after(event)
        assert (caught.value.status, caught.value.event, caught.value.allowed) == (status, kind, ALLOWED[status])
        assert caught.value.at == len(before)
        assert all(each in str(caught.value) for each in ALLOWED[status])
        stored = state.to_dict()
        stored["events"].append(event.to_dict())
        assert problems(lambda: OrderState.from_dict(stored)) == [(f"events[{len(before)}].kind", "event.refused")]


def test_money_that_others_tell_of_is_never_refused():
    """Whatever the status: payments, refunds, and what somebody writes down."""
    for allowed in ALLOWED.values():
        assert {"paid", "refund_asked", "refund_succeeded", "refund_failed", "noted"} <= set(allowed)


def test_the_page_draws_what_can_happen():
    """A small order is driven through all that leads to something new: just the pairs of the table, each somewhere."""
    found = transitions()
    assert set(found) == {(status, kind) for status, allowed in ALLOWED.items() for kind in allowed}
    for pair, after in BECOMES.items():
        assert after in found[pair]
    assert {status for after in found.values() for status in after} == set(STATUSES)
