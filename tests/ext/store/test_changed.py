"""An order that is changed after paying: what is added is taken, what is dropped is given back, in one transaction."""

from __future__ import annotations

import pytest

from placed import changed, returned, shipped
from samples import a_line, a_rulebook, an_offer
from settlement import Rulebook, refund
from settlement.after_pay.edits import OrderEdit, edit_order
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand
from settlement.after_pay.refunds import StoreCredit
from settlement.errors import IdempotencyConflict, InvalidDocument, RefundExceeds
from settlement.ext.store import AllowanceExhausted
from settlement.orders import Actor, RefundAsked
from stored import BUYER, NOTIFY, NOW, STAFF, a_quote, cart, counts, edited, given, left, notice, out, plain

pytestmark = pytest.mark.store

S1 = Actor.shop("s1")
CUP, POT = ("stock", "s1", "cup"), ("stock", "s2", "pot")


def told(store, edit, number="SO1001-2"):
    """The change, with a demand where it collects."""
    demand = PaymentDemand(order=number, amount=edit.collect) if edit.collect.minor else None
    return store.tell(STAFF, changed(edit, demand=demand), order="SO1001").state


@pytest.fixture
def order(store):
    """Two cups and a pot of five each, paid."""
    store.allow("stock", "cup", 5, shop="s1")
    store.allow("stock", "pot", 5, shop="s2")
    made = store.place(BUYER, plain(), order="SO1001")
    store.tell(NOTIFY, notice(made))
    return made


@pytest.mark.parametrize(("cups", "pots"), [(3, 1), (1, 1), (2, 0), (0, 4), (5, 1), (2, 1)])
def test_the_stock_of_a_changed_order_is_what_it_has(store, url, order, cups, pots):
    """However it was changed: taken and left are five of each, and the order has what is wanted."""
    if (cups, pots) == (2, 1):
        edit = edited(order, 3, 1)
        told(store, edit)
        edit = edit_order(edit, cart(2, 1).model_copy(update={"at": NOW}), Rulebook(**a_rulebook()))
        store.tell(STAFF, changed(edit), order="SO1001")
    else:
        told(store, edited(order, cups, pots))
    there, taken = left(url), out(url)
    assert (taken[CUP], taken[POT]) == (1000 * cups, 1000 * pots)
    assert (there[CUP] + taken[CUP], there[POT] + taken[POT]) == (5000, 5000)
    assert store.check_log(STAFF, "SO1001")


def test_a_change_that_wants_more_than_there_is_does_not_stand(store, url, order):
    """Nothing of it: no event, and what it would have dropped is not given back."""
    before, rows = left(url), counts(url)
    with pytest.raises(AllowanceExhausted) as caught:
        told(store, edited(order, 9, 0))
    assert (caught.value.kind, caught.value.id, caught.value.left) == ("stock", "cup", 3)
    assert (left(url), counts(url)) == (before, rows)


def test_the_last_ones_are_exchanged_for_themselves(store, url):
    """All cups that there are change from one line to another: what is dropped is there for what is added."""
    store.allow("stock", "cup", 2, shop="s1")
    made = store.place(BUYER, plain(), order="SO1001")
    store.tell(NOTIFY, notice(made))
    edit = edited(made, 0, 1, more=[a_line("c", "30.00", sku="cup", quantity=2)])
    told(store, edit)
    assert (left(url)[CUP], out(url)[CUP]) == (0, 2000)


def test_goods_that_were_sent_come_back_when_they_are_returned(store, url, order):
    """One of two cups was sent: the change gives back the other, and the one that comes back is sent in its place."""
    store.tell(S1, shipped(a=1), order="SO1001")
    told(store, edited(order, 1, 1))
    assert (left(url)[CUP], out(url)[CUP]) == (4000, 1000)
    store.tell(S1, returned(a=1), order="SO1001")
    state = store.order(STAFF, "SO1001")
    assert state.deliveries[0].lines[0].left == 1
    assert (left(url)[CUP], out(url)[CUP]) == (4000, 1000)
    store.tell(S1, shipped(a=1), order="SO1001")
    store.tell(S1, returned(a=1), order="SO1001")
    assert out(url)[CUP] >= 0


def test_what_all_was_sent_comes_back_by_returning_alone(store, url, order):
    """The change drops a cup that the buyer has."""
    store.tell(S1, shipped(), order="SO1001")
    told(store, edited(order, 1, 1))
    assert (left(url)[CUP], out(url)[CUP]) == (3000, 2000)
    store.tell(S1, returned(a=1), order="SO1001")
    assert (left(url)[CUP], out(url)[CUP]) == (4000, 1000)


def test_what_is_added_counts_against_the_limit_that_it_was_settled_by(store, url, order):
    """An offer of the day after: used once by the change, and its limit is that of the edit's rulebook."""
    rules = a_rulebook(promotions=[an_offer("p9", limit_in_all=1)])
    edit = edited(order, 3, 1, rules=rules)
    told(store, edit)
    assert left(url)["use", "", "p9"] == 1000
    store.allow("stock", "cup", 5, shop="s1")
    other = store.place(BUYER, plain(), order="SO1002")
    store.tell(NOTIFY, notice(other))
    again = edit_order(other.settlement, cart(3, 1), Rulebook(**rules))
    event = changed(again, demand=PaymentDemand(order="SO1002-2", amount=again.collect))
    with pytest.raises(AllowanceExhausted) as caught:
        store.tell(STAFF, event, order="SO1002")
    assert (caught.value.kind, caught.value.id, caught.value.left) == ("use", "p9", 0)
    read = event.model_copy(update={"edit": OrderEdit.from_json(again.to_json())})
    assert store.tell(STAFF, read, order="SO1002").state.to_collect == again.collect  # its rulebook is not beside it


def test_a_refund_of_a_changed_order_is_of_one_of_its_settlements(store, order):
    """Of what was bought first, and of what was added: each held to its own, asked of a payment that holds so much."""
    edit = edited(order, 3, 1)
    state = told(store, edit)
    demand = state.events[-1].demand
    store.tell(NOTIFY, PaymentNotice(id="t2", key=demand.key, amount=edit.collect, told="succeeded"))
    first = refund(order.settlement, {"a": 2, "b": 1}, id="R-1")
    state = store.give_back(STAFF, "SO1001", first)
    assert state.events[-1].demand.order == order.demand.key
    second = refund(edit.settled, {"a": 1}, id="R-2")
    state = store.give_back(STAFF, "SO1001", second)
    assert state.events[-1].demand.order == demand.key
    assert store.give_back(STAFF, "SO1001", second) == state
    assert sum(each.minor for each in state.refund_due) == 13_000
    for quote in (refund(order.settlement, {"a": 1}, id="R-3"), refund(edit.settled, {"a": 1}, id="R-4")):
        with pytest.raises((RefundExceeds, InvalidDocument)):
            store.give_back(STAFF, "SO1001", quote)
    with pytest.raises(InvalidDocument):
        store.give_back(STAFF, "SO1001", refund(edited(order, 4, 1).settled, {"a": 1}, id="R-5"))


def asked_of(store, quote):
    """Number, payment and amount of each demand of a refund."""
    state = store.give_back(STAFF, "SO1001", quote)
    assert store.give_back(STAFF, "SO1001", quote) == state
    demands = [each.demand for each in state.events if isinstance(each, RefundAsked) and each.quote == quote]
    return [(each.refund, each.order, str(each.amount)) for each in demands]


def test_a_refund_is_asked_of_the_payment_that_holds_just_so_much(store, order):
    """What was added goes back first: the first payment still holds all that was bought first."""
    edit = edited(order, 3, 1)
    demand = told(store, edit).events[-1].demand
    store.tell(NOTIFY, PaymentNotice(id="t2", key=demand.key, amount=edit.collect, told="succeeded"))
    assert asked_of(store, refund(edit.settled, {"a": 1}, id="R-1")) == [("R-1", demand.key, "30.00 CNY")]
    everything = refund(order.settlement, {"a": 2, "b": 1}, id="R-2")
    assert asked_of(store, everything) == [("R-2", order.demand.key, "100.00 CNY")]


def test_a_refund_that_no_payment_holds_is_asked_of_several(store, url, order):
    """A pot was exchanged for two cups: of 100.00 and 20.00 that were paid all 120.00 go back, each number once."""
    edit = edited(order, 4, 0)
    demand = told(store, edit).events[-1].demand
    store.tell(NOTIFY, PaymentNotice(id="t2", key=demand.key, amount=edit.collect, told="succeeded"))
    assert asked_of(store, refund(edit.settled, {"a": 2}, id="R-1")) == [("R-1", order.demand.key, "60.00 CNY")]
    rest = refund(order.settlement, {"a": 2}, edit.parts[0].refunds, id="R-2")
    expected = [("R-2", order.demand.key, "40.00 CNY"), ("R-2-2", demand.key, "20.00 CNY")]
    assert asked_of(store, rest) == expected
    assert str(store.order(STAFF, "SO1001").refund_due[0]) == "120.00 CNY"
    for name, key, amount in [("R-1", order.demand.key, "60.00 CNY"), *expected]:
        store.tell(NOTIFY, given(name, amount=amount, key=key))
    state = store.order(STAFF, "SO1001")
    assert (state.status, state.refund_due) == ("refunded", ())
    assert store.check_log(STAFF, "SO1001")
    assert counts(url)["quotes"] == 3


def test_a_change_is_refunded_once(store, order):
    """What the change gave back counts among the refunds of its settlement."""
    told(store, edited(order, 1, 1))
    with pytest.raises((RefundExceeds, InvalidDocument)):
        store.give_back(STAFF, "SO1001", a_quote(order, {"a": 2}))


def test_a_change_that_is_told_twice_gives_back_once(store, order):
    """The second is refused: it does not know what the first gave back, so its money would be owed once more."""
    edit = edited(order, 1, 1)
    due = told(store, edit).refund_due
    with pytest.raises(InvalidDocument, match=r"edit\.parts"):
        told(store, edit)
    assert store.order(STAFF, "SO1001").refund_due == due
    further = edit_order(edit, cart(0, 1).model_copy(update={"at": NOW}), Rulebook(**a_rulebook()), id="E-2")
    assert [each.minor for each in told(store, further).refund_due] == [2 * each.minor for each in due]


def test_a_shop_that_comes_by_a_change_has_the_order(store, order):
    """It sees what it has to send, finds the order among its own, and sends it."""
    shop = Actor.shop("s3")
    told(store, edited(order, 2, 1, more=[a_line("c", "15.00", shop="s3", sku="lid")]))
    seen = store.order(shop, "SO1001")
    assert [line.id for line in seen.part.lines] == [line.line for line in seen.deliveries.lines] == ["c"]
    assert [row.id for row in store.orders(shop).rows] == ["SO1001"]
    assert store.tell(shop, shipped("s3", c=1), order="SO1001").state.deliveries.lines[0].left == 0
    assert [line.id for line in store.order(S1, "SO1001").part.lines] == ["a"]


def test_a_card_of_two_holders_gets_back_what_the_refund_says(store, url):
    """The order took from his own, the change from the other: 5.00 go back to his own, then 10.00 to the other."""
    card = {"tenders": [{"type": "gift_card", "id": "g1", "balance": "5.00 CNY"}]}
    store.allow("gift_card", "g1", "5.00 CNY", customer="u1")
    store.allow("gift_card", "g1", "10.00 CNY")
    made = store.place(BUYER, plain(**card), order="SO1001")
    store.tell(NOTIFY, notice(made))
    card["tenders"][0]["balance"] = "10.00 CNY"
    edit = edited(made, 3, 1, **card)
    told(store, edit)
    mine, other = ("gift_card", "u1", "g1"), ("gift_card", "", "g1")
    assert (left(url)[mine], left(url)[other], out(url)[mine], out(url)[other]) == (0, 0, 500, 1000)
    store.give_back(STAFF, "SO1001", refund(made.settlement, {"a": 2, "b": 1}, id="R-1"))
    assert (left(url)[mine], left(url)[other]) == (500, 0)
    store.give_back(STAFF, "SO1001", refund(edit.settled, {"a": 1}, id="R-2"))
    assert (left(url)[mine], left(url)[other]) == (500, 1000)


def test_a_notice_finds_the_refund_of_a_change_by_its_number(store, order):
    """Asked for by an event, it is known as the refund of a quote is."""
    edit = edited(order, 1, 1)
    told(store, edit)
    asked = RefundDemand(order=order.demand.key, refund="E-1", amount=edit.give_back)
    store.tell(STAFF, RefundAsked(at=NOW, actor=STAFF, demand=asked), order="SO1001")
    store.tell(STAFF, RefundAsked(at=NOW, actor=STAFF, demand=asked), order="SO1001")
    state = store.tell(NOTIFY, given("E-1", amount=str(edit.give_back))).state
    assert state.refund_due == ()


def test_store_credit_of_a_refund_is_there_at_once(store, url, order):
    """Once, in the buyer's own wallet or in the one that there is; by a refund, and by a change."""
    quote = a_quote(order, credit=StoreCredit(id="w1"))
    for _ in range(2):
        state = store.give_back(STAFF, "SO1001", quote)
    assert left(url)["stored_value", "u1", "w1"] == 3000
    assert state.refund_due == ()
    store.allow("stored_value", "w2", "1.00 CNY")
    second = a_quote(order, history=[quote], id="R-2", credit=StoreCredit(id="w2", amount="5.00 CNY"))
    store.give_back(STAFF, "SO1001", second)
    assert left(url)["stored_value", "", "w2"] == 600
    store.allow("stored_value", "w3", "1 JPY")
    third = a_quote(order, {"b": 1}, history=[quote, second], id="R-3", credit=StoreCredit(id="w3"))
    rows = counts(url)
    with pytest.raises(InvalidDocument):
        store.give_back(STAFF, "SO1001", third)
    assert counts(url) == rows


def test_a_change_asks_under_no_number_of_another_order(store, url, order):
    """Neither of one that is there, to which its payment would go, nor is an order placed under that of a change."""
    store.allow("stock", "cup", 5, shop="s1")
    store.place(Actor.customer("u2"), plain("u2"), order="SO2001")
    before, rows = left(url), counts(url)
    with pytest.raises(IdempotencyConflict):
        told(store, edited(order, 3, 1), number="SO2001")
    assert (left(url), counts(url)) == (before, rows)
    told(store, edited(order, 3, 1), number="SO3001")
    before, rows = left(url), counts(url)
    with pytest.raises(IdempotencyConflict):
        store.place(BUYER, plain(), order="SO3001")
    assert (left(url), counts(url)) == (before, rows)
