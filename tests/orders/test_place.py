"""An order is written once: of a record, or of a confirmation that is true; what it says is what its record says."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given, settings

from placed import BOUGHT, an_order
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, problems, settled
from seals import KEYS, RECORD, SETTLED, SOON, sealed
from settlement import Checkout, Money, Rulebook
from settlement.after_pay.payments import PaymentDemand
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.errors import NotConfirmed
from settlement.orders import Order, order_state, place
from settlement.testing import orders
from thorough import examples

PLACED = "2026-11-11T00:00:00+08:00"
RULES = Rulebook(**a_rulebook())


def a_confirmation(token=None, **cart):
    """What was sealed, asked again a minute later."""
    now = a_checkout(a_line(quantity=3), remark="ring twice") | {"at": "2026-11-11T00:01:00Z"} | cart
    return confirm(token or sealed(), Checkout.model_validate(now), RULES, KEYS, now=SOON, audience="pay")


def test_an_order_is_a_record_under_a_name():
    """Id, instant, demand and what is consumed; the record bears the order's name, and the bytes that it had."""
    made = an_order(merchant="mall", channel="JSAPI")
    assert (made.id, made.record.order_name, made.settlement.order) == ("SO1001", "SO1001", "SO1001")
    assert made.record.body == record(BOUGHT).body
    demand = {"order": "SO1001", "merchant": "mall", "channel": "JSAPI", "amount": "100.00 CNY"}
    assert made.demand == PaymentDemand(**demand, expires="2026-11-11T00:30:00+08:00")
    assert (made.quoted, made.customer, made.status()) == (None, None, "pending_payment")
    assert made.placed.isoformat() == "2026-11-10T16:00:00+00:00"


def test_the_customer_and_the_method_are_those_of_the_checkout():
    """Where it states them; another customer is refused, another method may be paid by."""
    asked = a_checkout(customer={"id": "u1"}, payment_method="card")
    bought = settled(asked, a_rulebook(payment_methods=[{"id": "card", "percent": "1", "borne_by": "merchant"}]))
    made = an_order(bought)
    assert (made.customer, made.demand.method) == ("u1", "card")
    assert an_order(bought, method="wechat").demand.method == "wechat"
    assert problems(lambda: an_order(bought, customer="u2")) == [("customer", "order.customer")]
    assert an_order(customer="u2").customer == "u2"


def test_a_record_that_names_another_order_is_refused():
    """And so is a stored order whose record does."""
    named = record(BOUGHT.for_order("SO1002"))
    assert problems(lambda: place(named, order="SO1001", placed=PLACED)) == [("record.order", "order.mismatch")]
    assert place(named, order="SO1002", placed=PLACED).record == named
    stored = an_order().to_dict()
    stored["record"]["order_name"] = "SO1002"
    assert problems(lambda: Order.from_dict(stored)) == [("record.order_name", "order.mismatch")]


def test_a_true_confirmation_is_placed_with_what_was_settled_now():
    """The record of now has its personal part, which no seal has; the digest that was quoted is kept beside it."""
    for content in (RECORD, SETTLED):
        found = a_confirmation(sealed(content))
        assert bool(found) is True
        made = place(found, order="SO1001", placed=PLACED)
        assert made.record == found.record.for_order("SO1001")
        assert made.settlement.at == "2026-11-11T00:01:00Z"
        assert (made.quoted, made.remark) == (content.digest, "ring twice")
        assert made.record.digest != RECORD.digest
        assert Order.from_json(made.to_json()) == made


def test_an_untrue_confirmation_raises_with_its_difference():
    """One piece more than was sealed."""
    found = a_confirmation(cart={"currency": "CNY", "lines": [a_line(quantity=4)]})
    with pytest.raises(NotConfirmed, match=r"not what was sealed; .* \[order.not_confirmed\]") as caught:
        place(found, order="SO1001", placed=PLACED)
    assert caught.value.diff == found.diff
    assert caught.value.diff.effects


def test_address_remark_and_invoice_are_in_the_record_alone():
    """Erased there they are gone from the order; the body stays."""
    address = {"region": "440305", "name": "Ann", "phone": "13800138000"}
    made = an_order(settled(a_checkout(address=address, remark="ring", invoice={"title": "Ann Ltd"})))
    assert (made.address.name, made.remark, made.invoice.title) == ("Ann", "ring", "Ann Ltd")
    for word in ("Ann", "13800138000", "ring"):
        assert word not in json.dumps({**made.to_dict(), "record": None})
        assert word not in repr(made)
    gone = made.model_copy(update={"record": made.record.erased()})
    assert (gone.address.name, gone.address.region, gone.remark, gone.invoice) == (None, "440305", None, None)
    assert gone.record.digest == made.record.digest


@pytest.mark.parametrize(
    ("bought", "fields", "found"),
    [
        (lambda: settled(a_checkout(a_line(stock=0))), {}, [("settlement.status", "demand.blocked")]),
        (
            lambda: settled(
                a_checkout(a_line(freight_template="t1"), address=None), a_rulebook(freight_templates=[a_template()])
            ),
            {},
            [("settlement.status", "demand.pending")],
        ),
        (lambda: BOUGHT, {"minimum": Money("100.01 CNY")}, [("settlement.due", "demand.below_minimum")]),
        (lambda: BOUGHT, {"order": ""}, [("order", "text.empty")]),
        (lambda: BOUGHT, {"placed": "2026-11-11T00:00:00"}, [("placed", "time.naive")]),
        (lambda: BOUGHT, {"expires": "soon"}, [("expires", "time.notation")]),
    ],
)
def test_what_cannot_be_placed_is_refused(bought, fields, found):
    """Nothing that cannot be bought or asked for, no id and no instant that is none."""
    assert problems(lambda: an_order(bought(), **fields)) == found


def test_what_is_consumed_is_what_the_settlement_says_and_the_stock():
    """Coupons, points and cards as redemptions; each sku of a shop once, its gifts with it."""
    asked = a_checkout(
        a_line("a", "50.00", quantity=2),
        a_line("b", "30.00", shop="s2", quantity="1.5", sku="tin"),
        a_line("c", "50.00"),
        customer={"points": 500, "coupons": ["c1"]},
        choice={"coupons": ["c1"], "points": 100},
        tenders=[{"id": "g", "type": "gift_card", "balance": "20.00 CNY"}],
    )
    gift = an_offer("p1", {"type": "gift", "sku": "cup", "quantity": 1}, issuer="s1")
    rules = a_rulebook(
        coupons=[an_offer("c1", limit_per_customer=1)],
        promotions=[gift],
        points={"points": 100, "worth": "1.00 CNY"},
    )
    made = an_order(settled(asked, rules))
    rows = [(each.kind, each.shop, each.id, str(each.quantity), each.amount) for each in made.consumed]
    assert rows == [
        ("coupon", None, "c1", "1", None),
        ("use", None, "c1", "1", None),
        ("points", None, "points", "100", None),
        ("gift_card", None, "g", "1", Money("20.00 CNY")),
        ("stock", "s1", "cup", "1", None),
        ("stock", "s1", "k", "3", None),
        ("stock", "s2", "tin", "1.5", None),
    ]
    assert Order.from_json(made.to_json()) == made


def test_an_order_with_nothing_due_is_paid_when_placed():
    """A gift card pays all of it: there is no demand, and a demand would be refused."""
    made = an_order(settled(a_checkout(tenders=[{"id": "g", "type": "gift_card", "balance": "60.00 CNY"}])))
    assert (made.demand, made.status(), order_state(made).payments) == (None, "paid", ())
    stored = made.to_dict() | {"demand": {"order": "SO1001", "amount": "1.00 CNY"}}
    assert problems(lambda: Order.from_dict(stored)) == [("demand", "order.demand")]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda stored: stored.update(id="SO9"), {"record.order_name", "demand.order"}),
        (lambda stored: stored["demand"].update(amount="99.99 CNY"), {"demand"}),
        (lambda stored: stored["demand"].update(order="SO9"), {"demand.order"}),
        (lambda stored: stored.pop("demand"), {"demand"}),
        (lambda stored: stored["consumed"][0].update(quantity=1), {"consumed"}),
        (lambda stored: stored["consumed"].pop(), {"consumed"}),
        (lambda stored: stored["record"].update(digest="sha256:" + "0" * 64), {"record.digest"}),
        (lambda stored: stored.update(record="…"), {"record"}),
        (lambda stored: stored.update(record={}), {"record.body", "record.digest"}),
        (lambda stored: stored.update(quoted="md5:1"), {"quoted"}),
    ],
)
def test_a_stored_order_that_its_record_does_not_make_is_refused(change, found):
    """Each change contradicts the record, and is told at its place."""
    stored = an_order().to_dict()
    change(stored)
    assert {place for place, _ in problems(lambda: Order.from_dict(stored))} == found


@settings(max_examples=examples(40))
@given(orders())
def test_an_order_reads_back(made):
    """Byte for byte, and pickled; what is due is asked for, or nothing."""
    text = made.to_json()
    again = Order.from_json(text)
    assert again == made == pickle.loads(pickle.dumps(made))  # noqa: S301 - made a moment ago
    assert again.to_json() == text
    assert (made.demand.amount if made.demand else made.settlement.due) == made.settlement.due
    assert hash(again) == hash(made)


def test_a_wrong_kind_says_what_is_right():
    """A settlement is no record; a list of events is none of an order."""
    with pytest.raises(TypeError, match="bought: found a Settlement; a Record is expected"):
        place(BOUGHT, order="SO1001", placed=PLACED)
    with pytest.raises(TypeError, match="order: found"):
        order_state([])
    with pytest.raises(TypeError, match=r"events\[0\]: found"):
        order_state(an_order(), ["paid"])
