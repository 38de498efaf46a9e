"""Nobody reads or does what isn't his: every call that takes an actor, by every role, on an own order and another's."""

from __future__ import annotations

import inspect
from datetime import timedelta

import pytest

from placed import cancelled, closed, noted, received, returned, shipped
from settlement import Address
from settlement.ext.store import NotFound, Store
from settlement.ext.store.access import ACCESS, EVENTS
from settlement.orders import EVENTS as KINDS
from settlement.orders import Actor
from stored import ADDRESS, BUYER, NOTIFY, STAFF, a_quote, notice, plain

pytestmark = pytest.mark.store

QUARTER = timedelta(minutes=15)

#: By role one who has to do with the order, and one of the same role who has not.
WHO = {
    "customer": (BUYER, Actor.customer("u2")),
    "shop": (Actor.shop("s1"), Actor.shop("s9")),
    "staff": (STAFF, STAFF),
    "system": (NOTIFY, NOTIFY),
}


def another(store):
    """One more order, which waits for its payment; the same again, however often."""
    return store.place(STAFF, plain(), order="SO1003").id


#: Each call of an order that is there.
CALLS = {
    "held": lambda store, actor, _: store.held(actor, "u1"),
    "place": lambda store, actor, _: store.place(actor, plain(), order="SO1002"),
    "tell": lambda store, actor, _: store.tell(actor, noted(), order="SO1001"),
    "give_back": lambda store, actor, order: store.give_back(actor, "SO1001", a_quote(order)),
    "give_back_owed": lambda store, actor, _: store.give_back_owed(actor, "SO1001"),
    "order": lambda store, actor, _: store.order(actor, "SO1001"),
    "orders": lambda store, actor, _: listed(store.orders(actor)),
    "addresses": lambda store, actor, _: store.addresses(actor, "u1"),
    "keep_address": lambda store, actor, _: store.keep_address(actor, "u1", "home", Address(**ADDRESS)),
    "use_address": lambda store, actor, _: store.use_address(actor, "u1", "home"),
    "drop_address": lambda store, actor, _: store.drop_address(actor, "u1", "home"),
    "keep_quote": lambda store, actor, _: store.keep_quote(actor, "Q-1", plain(), QUARTER),
    "quote": lambda store, actor, _: store.quote(actor, "Q-0"),
    "erase": lambda store, actor, _: store.erase(actor, "u1"),
    "unsent": lambda store, actor, _: store.unsent(actor),
    "sent": lambda store, actor, _: store.sent(actor, "SO1001", 0),
    "check_log": lambda store, actor, _: store.check_log(actor, "SO1001"),
    "anchor": lambda store, actor, _: store.anchor(actor, "2026-11-11", "2026-11-12T00:00:00Z"),
    "ask": lambda store, actor, _: store.ask(actor, another(store)),
    "demands": lambda store, actor, _: store.demands(actor, "SO1001"),
    "looked": lambda store, actor, _: store.looked(actor, "SO1001", "SO1001"),
    "due": lambda store, actor, _: store.due(actor),
    "event": lambda store, actor, _: store.event(actor, "SO1001", 0),
}
#: One event of each kind that can be told by itself, after the order was paid, sent and partly received.
TELLABLE = {
    "paid": lambda order: notice(order, id="t9"),
    "shipped": lambda _: shipped(a=1),
    "received": lambda _: received(a=1),
    "returned": lambda _: returned(),
    "noted": lambda _: noted(),
}


def listed(page):
    """A page without a row is nobody's."""
    if not page.rows:
        raise NotFound("orders")
    return page


@pytest.fixture
def order(store):
    """Paid by its buyer, who has an address book and a quote."""
    store.keep_address(BUYER, "u1", "home", Address(**ADDRESS))
    store.keep_quote(BUYER, "Q-0", plain(), QUARTER)
    made = store.place(BUYER, plain(), order="SO1001")
    store.tell(NOTIFY, notice(made))
    return made


def test_the_table_has_every_call_that_takes_an_actor():
    """And no other; what takes none is the operator's, who has the URL."""
    public = {name: value for name, value in vars(Store).items() if name[0] != "_" and inspect.isfunction(value)}
    acting = {name for name, value in public.items() if "actor" in inspect.signature(value).parameters}
    assert acting == set(ACCESS) == set(CALLS)
    assert set(public) - acting == {"migrate", "close", "allow", "rotate", "stock", "drop_quotes"}
    assert set(EVENTS) == set(KINDS)


@pytest.mark.parametrize("role", WHO)
@pytest.mark.parametrize("call", ACCESS)
def test_a_call_is_answered_as_the_table_says(store, order, call, role):
    """What is not his is not found, whoever asks."""
    right = ACCESS[call][role]
    for actor, own in zip(WHO[role], (True, False), strict=True):
        if right == "all" or (right == "own" and own):
            CALLS[call](store, actor, order)
        else:
            with pytest.raises(NotFound):
                CALLS[call](store, actor, order)


@pytest.mark.parametrize("role", WHO)
@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_told_by_whom_the_table_says(store, order, kind, role):
    """Each kind by its own; of those that can't happen now, the refusal to others is the same."""
    store.tell(STAFF, shipped(a=1), order="SO1001")
    made = TELLABLE.get(kind, {"cancelled": lambda _: cancelled(), "closed": lambda _: closed()}.get(kind))
    right = EVENTS[kind][role]
    for actor, own in zip(WHO[role], (True, False), strict=True):
        if made is None:  # told by notices, or by a change: who may is all that is asked
            assert (right == "none") == (role in {"customer", "shop"})
            continue
        if right == "none" or (right == "own" and not own):
            with pytest.raises(NotFound):
                store.tell(actor, made(order), order="SO1001")
        elif kind not in {"cancelled", "closed"} and own:
            store.tell(actor, made(order), order="SO1001")


@pytest.mark.parametrize("role", ["customer", "shop"])
@pytest.mark.usefixtures("order")
def test_a_list_of_anothers_is_not_found(store, role):
    """Asking for it by name does not help."""
    actor = WHO[role][0]
    assert store.orders(actor, **{role: actor.id}).rows
    with pytest.raises(NotFound):
        store.orders(actor, **{role: "someone"})


@pytest.mark.usefixtures("order")
def test_a_shop_sees_its_own_part(store):
    """Its lines and where they go, not the other shop's, not who bought."""
    found = store.order(Actor.shop("s1"), "SO1001")
    assert [line.shop for line in found.part.lines] == ["s1"]
    assert "s2" not in str(found)
    assert [row.customer for row in store.orders(Actor.shop("s1")).rows] == [None]


@pytest.mark.usefixtures("order")
def test_a_shop_that_tells_of_something_is_told_its_own_part(store):
    """Whatever it tells: nothing of the other shop, of who bought or of what was paid comes back with it."""
    shop = Actor.shop("s1")
    for event in (shipped(), returned(), noted()):
        told = store.tell(shop, event, order="SO1001").state
        assert told == store.order(shop, "SO1001")
        assert "s2" not in str(told)


@pytest.mark.usefixtures("order")
def test_what_is_not_there_is_told_as_what_is_anothers(store):
    """Type, text and all."""
    told = []
    for actor, name in ((BUYER, "SO9999"), (WHO["customer"][1], "SO9999"), (STAFF, "SO9999")):
        with pytest.raises(NotFound) as caught:
            store.order(actor, name)
        told.append(str(caught.value))
    with pytest.raises(NotFound) as caught:
        store.order(WHO["customer"][1], "SO1001")
    assert {*told} == {"'SO9999' is not found [not_found]"}
    assert str(caught.value) == "'SO1001' is not found [not_found]"


@pytest.mark.parametrize("actor", ["u1", None, {"role": "staff", "id": "s7"}])
def test_what_is_no_actor_is_the_hosts_mistake(store, order, actor):
    """A name alone says nothing of who may do what: each call says what is expected instead."""
    for call in CALLS.values():
        with pytest.raises(TypeError, match=r"actor: found .*; an Actor is expected"):
            call(store, actor, order)
    with pytest.raises(TypeError, match="actor: found"):
        store.tell(actor, notice(order))
