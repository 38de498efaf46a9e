"""Somebody's assistant buys in the mall itself, over UCP: at the mall's prices, from its stock, once."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from settlement.orders import Actor

pytestmark = pytest.mark.shop

SENT = {
    "methods": [
        {
            "type": "shipping",
            "destinations": [
                {
                    "id": "d1",
                    "address_country": "CN",
                    "address_region": "440305",
                    "street_address": "12 Nanhai Road",
                    "last_name": "Zhang",
                    "phone_number": "13800138000",
                }
            ],
            "selected_destination_id": "d1",
        }
    ]
}
#: The token that the sandbox takes.
PAYS = "success_token"
SESSIONS = "/ucp/checkout-sessions"
MUGS = ("home", "mug-stone")
STAFF = Actor.staff("mall")


def wanted(count=1, sku="mug-stone", **item):
    """A mug, of which there is one."""
    return {"line_items": [{"item": {"id": sku} | item, "quantity": count}], "fulfillment": SENT}


def paying(token=PAYS):
    """By an instrument of the sandbox."""
    card = {"id": "i1", "handler_id": "sandbox", "type": "card", "credential": {"type": "token", "token": token}}
    return {"payment": {"instruments": [card]}}


class Agent(TestClient):
    """Somebody without a cookie, to whom the protocol's own package reads every checkout, order and profile."""

    def request(self, *told, **more):
        """As it is answered, once it was read."""
        from ucp_sdk.models.schemas import profile
        from ucp_sdk.models.schemas.shopping import discount, order

        answer = super().request(*told, **more)
        made = answer.json() if answer.headers["content-type"] == "application/json" else {}
        if "line_items" in made:
            model = order.Order if "checkout_id" in made else discount.Checkout
            assert model.model_validate(made).model_dump(mode="json", exclude_unset=True)["totals"] == made["totals"]
        elif "services" in made.get("ucp", ()):
            profile.BusinessSchema.model_validate(made)
        return answer


@pytest.fixture
def agent(mall):
    """Somebody without a cookie."""
    return Agent(mall.app, "http://127.0.0.1:8000", follow_redirects=False)


def total(checkout):
    """What it comes to, in fen."""
    return checkout["totals"][-1]["amount"]


def test_an_agent_finds_the_mall_and_buys(mall, agent):
    """The profile leads to a checkout, that to an order which is paid, taken from the stock, and shown as it stands."""
    found = agent.get("/.well-known/ucp").json()["ucp"]
    endpoint = found["services"]["dev.ucp.shopping"][0]["endpoint"]
    assert (endpoint, "org.example.sandbox" in found["payment_handlers"]) == ("http://127.0.0.1:8000/ucp", True)
    answer = agent.post(SESSIONS, json=wanted())
    assert (answer.status_code, "set-cookie" in answer.headers) == (201, False)
    made = answer.json()
    assert made["status"] == "ready_for_complete", made
    done = agent.post(f"{SESSIONS}/{made['id']}/complete", json=paying()).json()
    assert done["status"] == "completed", done
    number = done["order"]["id"]
    state = mall.state.store.order(STAFF, number)
    assert (state.status, state.order.customer, state.paid.minor) == ("paid", None, total(made))
    assert state.order.address.name == "Zhang"
    assert mall.state.store.stock([MUGS]) == {MUGS: 0}
    shown = agent.get(f"/ucp/orders/{number}").json()
    assert (shown["checkout_id"], shown["totals"]) == (made["id"], done["totals"])
    assert done["order"]["permalink_url"].endswith(f"/ucp/orders/{number}")
    again = agent.post(SESSIONS, json=wanted()).json()
    assert [row["code"] for row in again["messages"]] == ["out_of_stock", "blocked"]


def test_what_an_agent_is_shown_first_is_what_it_pays(agent):
    """The mall has one way to pay for agents: what is taken off for it is off before the agent names it."""
    made = agent.post(SESSIONS, json=wanted(sku="storage-1y")).json()
    assert total(made) == 11300
    done = agent.post(f"{SESSIONS}/{made['id']}/complete", json=paying()).json()
    assert (done["status"], total(done)) == ("completed", 11300)


def test_amounts_that_an_agent_sends_are_nobodys_prices(agent):
    """A price beside the article, totals of its own: it comes to the same."""
    honest = agent.post(SESSIONS, json=wanted(sku="candle-cedar")).json()
    sent = wanted(sku="candle-cedar", price=1) | {"totals": [{"type": "total", "amount": 1}], "currency": "CNY"}
    sent["line_items"][0] |= {"totals": [{"type": "subtotal", "amount": 1}], "unit_price": 1}
    assert total(agent.post(SESSIONS, json=sent).json()) == total(honest) >= 4900


def test_a_card_that_is_declined_takes_nothing(mall, agent):
    """Nor one without a credential; the checkout stays open, and the next card pays."""
    made = agent.post(SESSIONS, json=wanted()).json()
    path = f"{SESSIONS}/{made['id']}/complete"
    for token in ("fail_token", None):
        answer = agent.post(path, json=paying(token))
        assert (answer.status_code, mall.state.store.stock([MUGS])) == (402, {MUGS: 1})
    assert mall.state.store.orders(STAFF).rows == ()
    assert agent.post(path, json=paying()).json()["status"] == "completed"
    assert agent.post(path, json=paying()).status_code == 409
    assert len(mall.state.store.orders(STAFF).rows) == 1


def test_who_is_quicker_has_the_last_one(mall, agent):
    """Two agents were shown the only mug; one of them has it, the other is told."""
    one, other = (agent.post(SESSIONS, json=wanted()).json() for _ in range(2))
    answers = [agent.post(f"{SESSIONS}/{each['id']}/complete", json=paying()).json() for each in (one, other)]
    assert answers[0]["status"] == "completed"
    assert "out_of_stock" in [row["code"] for row in answers[1]["messages"]]
    assert len(mall.state.store.orders(STAFF).rows) == 1


@pytest.fixture
def begun(agent, monkeypatch, request):
    """A checkout that was placed when the shop was ended, before it charged; and where it is asked again."""
    from shop import pay

    class Ended(Exception):
        pass

    def ended(*_):
        raise Ended

    made = agent.post(SESSIONS, json=wanted(sku=getattr(request, "param", "candle-cedar"))).json()
    path = f"{SESSIONS}/{made['id']}/complete"
    with monkeypatch.context() as patched:
        patched.setattr(pay, "charge", ended)
        with pytest.raises(Ended):
            agent.post(path, json=paying())
    return made, path


def test_who_is_ended_between_placing_and_charging_is_gone_on_from(mall, agent, begun):
    """The agent asks again, later: the order that stands is charged, once, and answered."""
    made, path = begun
    mall.clock.on(seconds=5)
    done = agent.post(path, json=paying())
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    (row,) = mall.state.store.orders(STAFF).rows
    state = mall.state.store.order(STAFF, row.id)
    assert (row.id, state.status, state.paid.minor) == (done.json()["order"]["id"], "paid", total(made))


@pytest.mark.parametrize("begun", ["mug-stone"], indirect=True)
def test_the_last_piece_is_held_for_who_began_to_buy_it(mall, agent, begun):
    """Its own order holds it: the agent sees its checkout as it was, can only complete it; others get none."""
    made, path = begun
    assert mall.state.store.stock([MUGS]) == {MUGS: 0}
    session = path.removesuffix("/complete")
    shown = agent.get(session).json()
    assert (shown["status"], shown["totals"]) == ("ready_for_complete", made["totals"])
    assert agent.put(session, json=wanted(2, "candle-cedar")).status_code == 409
    assert [row["code"] for row in agent.post(SESSIONS, json=wanted()).json()["messages"]] == [
        "out_of_stock",
        "blocked",
    ]
    done = agent.post(path, json=paying())
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    (row,) = mall.state.store.orders(STAFF).rows
    assert (row.id, row.status) == (done.json()["order"]["id"], "paid")
    assert mall.state.store.stock([MUGS]) == {MUGS: 0}


@pytest.mark.parametrize("begun", ["mug-stone"], indirect=True)
def test_a_checkout_that_was_begun_is_found_after_a_restart(mall, begun):
    """Another process on the same database knows the checkout, goes on with its order, and no other."""
    from shop.app import create_app

    made, path = begun
    other = TestClient(create_app(mall.state.settings, mall.clock), "http://127.0.0.1:8000")
    done = other.post(path, json=paying())
    assert (done.status_code, done.json()["status"], total(done.json())) == (200, "completed", total(made))
    assert [row.status for row in mall.state.store.orders(STAFF).rows] == ["paid"]


def test_checkouts_are_kept_for_a_day(mall, agent):
    """And so are answers to keys, as UCP asks; then what an agent sent of its buyer is dropped."""
    from shop import agents
    from shop.tables import agent_sessions
    from sqlalchemy import select

    def kept():
        with mall.state.database.reading() as connection:
            return [row.key for row in connection.execute(select(agent_sessions.c.key))]

    agent.post(SESSIONS, json=wanted(), headers={"idempotency-key": "k1"})
    assert len(kept()) == 2
    mall.clock.on(hours=23, minutes=59)
    agents.forget(mall.state)
    assert len(kept()) == 2
    mall.clock.on(minutes=2)
    made = agent.post(SESSIONS, json=wanted()).json()
    agents.forget(mall.state)
    assert kept() == [f"session {made['id']}"]


def test_what_was_begun_and_closed_meanwhile_is_not_charged(mall, agent, begun):
    """The agent is told to begin another checkout; that one is bought."""
    from shop import jobs

    _, path = begun
    mall.clock.on(minutes=31)
    jobs.once(jobs.worker_of(mall.state))
    assert agent.post(path, json=paying()).status_code == 402
    assert [row.status for row in mall.state.store.orders(STAFF).rows] == ["closed"]
    again = agent.post(SESSIONS, json=wanted(sku="candle-cedar")).json()
    done = agent.post(f"{SESSIONS}/{again['id']}/complete", json=paying()).json()
    assert done["status"] == "completed"


def test_weighed_goods_are_not_sold_to_who_counts_pieces(agent):
    """Nor is what there is not."""
    for sku in ("orange-gannan", "nothing"):
        answer = agent.post(SESSIONS, json=wanted(sku=sku))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_an_agent_reads_the_orders_of_agents_alone(b1, agent):
    """A buyer's order is not there; nor does a buyer's cookie let a form of another site buy."""
    order = b1.buy()
    assert agent.get(f"/ucp/orders/{order}").status_code == 404
    form = b1.client.post(
        SESSIONS, content="line_items=1", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert form.status_code == 415


def test_agents_are_counted(agent):
    """Sixty calls a minute from one address."""
    codes = [agent.get("/ucp/orders/none").status_code for _ in range(62)]
    assert codes[0] == 404
    assert codes[-1] == 429
