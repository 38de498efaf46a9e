"""A merchant over HTTP: what an agent may do, in which order, and what it is told where it may not."""

from __future__ import annotations

import copy
import threading
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient
from ucp_sdk.models.schemas.shopping import discount, order

from agent_carts import valid_ucp
from agent_shop import GOODS, RULES, Shop
from settlement import Customer
from settlement.ext.ap2 import SigningKey, sign
from settlement.ext.ucp import Merchant, router
from settlement.ext.ucp.sessions import Memory

pytestmark = pytest.mark.agents
PAY = {"payment": {"instruments": [{"id": "i", "handler_id": "pay", "type": "card", "credential": {"token": "ok"}}]}}
ADDRESS = {"id": "d1", "address_country": "US", "address_region": "CA", "postal_code": "94103"}
SENT = {"methods": [{"type": "shipping", "destinations": [ADDRESS], "selected_destination_id": "d1"}]}


def tea(count=1, **more):
    """What an agent sends for some tea."""
    return {"line_items": [{"item": {"id": "tea"}, "quantity": count}], "fulfillment": SENT} | more


class Client:
    """A shop and an agent that calls it."""

    def __init__(self, goods=None, **options):
        self.now = datetime(2026, 11, 11, tzinfo=UTC)
        self.goods = copy.deepcopy(GOODS) if goods is None else goods
        self.shop = Shop("http://testserver", goods=self.goods, now=lambda: self.now, **options)
        self.http = TestClient(self.shop.app)

    def __call__(self, method, path, body=None, **headers):
        """The status and the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.http.request(method, path, json=body, headers=named)
        made = answer.json()
        if "line_items" in made:  # UCP's own package reads every checkout and order, and the older schema holds
            model, name = (order.Order, "shopping/order.json") if "checkout_id" in made else (discount.Checkout, None)
            model.model_validate(made)
            if made["ucp"]["version"] == "2026-04-08":
                valid_ucp(made, *[name] if name else ())
        elif answer.status_code == 200 and "messages" in made:
            valid_ucp(made, "shopping/types/error_response.json")
        return answer.status_code, made

    def create(self, body=None, **headers):
        """A checkout."""
        status, made = self("POST", "/ucp/checkout-sessions", body or tea(), **headers)
        assert status == 201, made
        return made

    def session(self, made):
        """The path of a checkout."""
        return f"/ucp/checkout-sessions/{made['id']}"

    def complete(self, made, *rows, **headers):
        """It is paid by these instruments, or by the one of the tests."""
        sent = {"payment": {"instruments": list(rows)}} if rows else PAY
        return self("POST", self.session(made) + "/complete", sent, **headers)


class Held(dict):
    """Goods; whoever asks for some next waits."""

    def __init__(self):
        super().__init__(copy.deepcopy(GOODS))
        self.holds, self.begun, self.go_on = False, threading.Event(), threading.Event()

    def get(self, sku, default=None):
        """As a dictionary has it, in its time."""
        if self.holds:
            self.holds = False
            self.begun.set()
            self.go_on.wait(5)
        return super().get(sku, default)


@pytest.fixture
def agent():
    """One that nobody knows."""
    return Client()


def test_a_checkout_is_created_changed_completed_and_is_an_order(agent):
    """Each answer is the whole checkout; the order is that which was settled."""
    made = agent.create()
    assert (made["status"], made["totals"][-1]["amount"]) == ("ready_for_complete", 4800)
    status, made = agent("PUT", agent.session(made), tea(3, discounts={"codes": ["five"]}))
    assert (status, made["totals"][-1]["amount"]) == (200, 12_000 - 1_200 - 500 + 1_200)
    assert agent("GET", agent.session(made)) == (200, made)
    status, done = agent("POST", agent.session(made) + "/complete", PAY)
    assert (status, done["status"], done["order"]["id"]) == (200, "completed", "A1")
    status, order = agent("GET", "/ucp/orders/A1")
    assert (status, order["checkout_id"], order["totals"]) == (200, made["id"], made["totals"])
    assert str(agent.shop.placings[0].settlement.payable) == "115.00 CNY"
    assert agent("GET", "/ucp/orders/A2")[0] == 404


def test_what_is_over_is_not_changed(agent):
    """Completed or canceled: no update, no second completion, no cancel; it is shown as it was."""
    for end, body in (("complete", PAY), ("cancel", None)):
        made = agent.create()
        status, final = agent("POST", f"{agent.session(made)}/{end}", body)
        assert status == 200
        agent.goods["tea"]["unit_price"] = "50.00 CNY"
        for method, path, sent in (("PUT", "", tea()), ("POST", "/complete", PAY), ("POST", "/cancel", None)):
            assert agent(method, agent.session(made) + path, sent)[0] == 409
        assert agent("GET", agent.session(made)) == (200, final)
    assert len(agent.shop.orders) == 1


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_paid(agent):
    """The first completion places nothing and shows the new sums; the next is by what was shown."""
    made = agent.create()
    agent.goods["tea"]["unit_price"] = "41.00 CNY"
    status, again = agent("POST", agent.session(made) + "/complete", PAY)
    assert (status, again["totals"][-1]["amount"], agent.shop.orders) == (200, 4900, {})
    assert "price_changed" in [row["code"] for row in again["messages"]]
    assert agent("POST", agent.session(made) + "/complete", PAY)[1]["status"] == "completed"


@pytest.mark.parametrize("what", ["gone", "sold_out", "address"])
def test_what_can_not_be_had_is_not_completed(agent, what):
    """Sold out meanwhile, or without an address: the checkout says what is missing, and nobody is asked to pay."""
    sent = tea(fulfillment={}) if what == "address" else tea()
    made = agent.create(sent)
    if what == "sold_out":
        agent.goods["tea"]["stock"] = 0
    if what == "gone":
        del agent.goods["tea"]
    status, told = agent("POST", agent.session(made) + "/complete", PAY)
    assert agent.shop.placings == []
    codes = {"gone": (200, "item_unavailable"), "sold_out": (200, "out_of_stock"), "address": (200, "missing")}
    assert (status, told["messages"][0]["code"]) == codes[what]


def test_a_declined_card_leaves_the_checkout_open(agent):
    """402 with why; the buyer may be asked for by the bank, and goes to the shop's own page."""
    made = agent.create()
    card = copy.deepcopy(PAY)
    card["payment"]["instruments"][0]["credential"] = {"token": "bad"}
    status, told = agent("POST", agent.session(made) + "/complete", card)
    assert (status, told["messages"][-1]["code"], told["status"]) == (402, "payment_failed", "incomplete")
    card["payment"]["instruments"][0]["credential"] = {"token": "3ds"}
    status, told = agent("POST", agent.session(made) + "/complete", card)
    assert (status, told["status"]) == (200, "requires_escalation")
    assert told["continue_url"] == "https://shop.example/checkout"
    assert agent("POST", agent.session(made) + "/complete", PAY)[1]["status"] == "completed"


def test_no_credential_is_answered_or_kept():
    """Neither in an answer nor in what the host keeps of a session."""
    kept = {}
    agent = Client(sessions=kept)
    secret = copy.deepcopy(PAY)
    secret["payment"]["instruments"][0]["credential"] |= {"number": "4111111111111111"}
    made = agent.create(tea() | secret)
    agent("POST", agent.session(made) + "/complete", secret, idempotency_key="k")
    assert "4111" not in str(kept)
    assert '"completed"' in str(kept)


def test_a_key_of_idempotency_gives_one_answer(agent):
    """The same again for the same; 409 for anything else; keys are each buyer's own."""
    first = agent("POST", "/ucp/checkout-sessions", tea(), idempotency_key="k1")
    assert agent("POST", "/ucp/checkout-sessions", tea(), idempotency_key="k1") == first
    assert agent("POST", "/ucp/checkout-sessions", tea(2), idempotency_key="k1")[0] == 409
    assert agent("POST", "/ucp/checkout-sessions", tea(2), idempotency_key="k1", x_buyer="b2")[0] == 201
    path = agent.session(first[1]) + "/complete"
    done = agent("POST", path, PAY, idempotency_key="k2")
    assert agent("POST", path, PAY, idempotency_key="k2") == done
    assert len(agent.shop.orders) == 1


def test_two_completions_at_once_place_one_order(agent):
    """While one is being placed the other is told so."""
    made = agent.create()
    begun, go_on = threading.Event(), threading.Event()
    place = agent.shop.place

    def slowly(placing):
        begun.set()
        go_on.wait(5)
        return place(placing)

    slow = Shop("http://testserver", goods=agent.goods, now=lambda: agent.now)
    slow.app = agent.shop.app
    agent.shop.place = slowly
    desk = Client()
    desk.shop.app.router.routes.clear()
    desk.shop.app.include_router(
        router(RULES, desk.shop.merchant, slowly, base="http://testserver", now=lambda: agent.now)
    )
    made = desk.create()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(desk("POST", desk.session(made) + "/complete", PAY)))
    thread.start()
    assert begun.wait(5)
    assert desk("POST", desk.session(made) + "/complete", PAY)[0] == 409
    assert desk("POST", desk.session(made) + "/cancel")[0] == 409
    go_on.set()
    thread.join()
    assert answers[0][1]["status"] == "completed"
    assert len(agent.shop.orders) == 1


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", tea(2))])
def test_what_overlaps_a_completion_reopens_nothing(method, body):
    """A look that began before it and ends after it, a change that is not over: one order, and no second completion."""
    goods = Held()
    agent = Client(goods=goods)
    made = agent.create()
    goods.holds = True
    thread = threading.Thread(target=lambda: agent(method, agent.session(made), body))
    thread.start()
    assert goods.begun.wait(5)
    status, told = agent.complete(made)
    goods.go_on.set()
    thread.join()
    assert (status, told.get("status")) == ((200, "completed") if method == "GET" else (409, None))
    if method == "PUT":
        assert agent.complete(made)[1]["totals"][-1]["amount"] == 9000
    assert agent.complete(made)[0] == 409
    assert agent("GET", agent.session(made))[1]["status"] == "completed"
    assert len(agent.shop.orders) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"handler_id": {}}],
        [{"handler_id": {}}, {"handler_id": {}}],
        [{"handler_id": "pay"}, {"handler_id": "pay"}],
        [{"handler_id": "pay", "selected": True}, {"handler_id": "pay", "selected": True}],
        [{"handler_id": "pay"}, "pay"],
        "pay",
        None,
    ],
)
def test_it_is_paid_by_one_instrument_or_not_at_all(agent, rows):
    """None, two of which neither is selected, and what names no handler are refused before anybody is charged."""
    made = agent.create()
    assert agent("POST", agent.session(made) + "/complete", {"payment": {"instruments": rows}})[0] == 400
    assert agent.shop.placings == []


def charging(agent, handlers=()):
    """Paid by the handler `pay`, it costs one per cent more."""
    method = {"id": "card", "percent": "1", "borne_by": "buyer"}
    rules = RULES.model_validate(RULES.to_dict() | {"payment_methods": [method]})
    merchant = agent.shop.merchant
    merchant = merchant._replace(payment_methods={"pay": "card"}, handlers={**merchant.handlers, **dict(handlers)})
    agent.shop.app.router.routes.clear()
    made = router(rules, merchant, agent.shop.place, base="http://testserver", now=lambda: agent.now)
    agent.shop.app.include_router(made)


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": "i", "type": "card"}],
        [{"id": "i", "type": "card", "handler_id": "pay", "selected": False}],
        [{"id": "j", "handler_id": "other"}, {"id": "i", "type": "card", "handler_id": "pay", "selected": True}],
    ],
    ids=["no handler", "not selected", "one of two"],
)
def test_the_fee_is_that_of_what_is_paid_by(agent, rows):
    """The only handler need not be named, the only instrument is selected; only what pays is handed over."""
    charging(agent)
    made = agent.create()
    assert made["totals"][-1]["amount"] == 4848  # the only way to pay costs it from the start
    rows = [row | {"credential": {"token": "ok"}} for row in rows]
    assert agent.complete(made, *rows)[1]["status"] == "completed"
    (placing,) = agent.shop.placings
    assert str(placing.settlement.payable) == "48.48 CNY"
    assert [(row["id"], row["handler_id"], row["selected"]) for row in placing.instruments] == [("i", "pay", True)]


def test_a_fee_that_was_not_shown_is_shown_before_it_is_paid(agent):
    """Of two ways to pay none is guessed: the one that is named at the end changes the sums, so these are told."""
    charging(agent, {"com.example.other": [{"id": "other", "version": "2026-04-08"}]})
    made = agent.create()
    assert made["totals"][-1]["amount"] == 4800
    status, told = agent.complete(made)
    assert (status, told["messages"][-1]["code"], agent.shop.placings) == (200, "price_changed", [])
    assert told["totals"][-1]["amount"] == 4848
    assert agent.complete(made)[1]["status"] == "completed"


def test_an_order_that_stands_is_gone_on_with(agent):
    """Its answer never left: the checkout is what was placed, though the goods are gone; then it ends as any other."""
    placed = {}

    class Ended(Exception):
        pass

    def place(placing):
        if placing.checkout in placed:
            return {"id": "1", "permalink_url": "https://shop.example/orders/1"}
        placed[placing.checkout] = placing.settlement
        agent.goods["tea"] = agent.goods["tea"] | {"stock": 0}
        raise Ended

    agent.shop.app.router.routes.clear()
    options = {"base": "http://testserver", "now": lambda: agent.now, "begun": placed.get}
    agent.shop.app.include_router(router(RULES, agent.shop.merchant, place, **options))
    made = agent.create()
    with pytest.raises(Ended):
        agent.complete(made)
    assert agent("GET", agent.session(made))[1]["totals"] == made["totals"]
    assert agent("PUT", agent.session(made), tea(2))[0] == 409
    assert agent("POST", agent.session(made) + "/cancel")[0] == 409
    status, done = agent.complete(made)
    assert (status, done["status"], done["totals"]) == (200, "completed", made["totals"])
    assert agent("GET", agent.session(made))[1]["status"] == "completed"


def test_a_key_of_idempotency_is_one_agents():
    """Where nobody is known, by what the agent says of itself: another gets no checkout of this one's buyer."""
    agent = Client(customer=lambda _: Customer())
    mine = {"idempotency_key": "1", "authorization": "Bearer a", "ucp_agent": 'profile="https://a.example/p"'}
    made = agent.create(**mine)
    assert agent.create(**mine) == made
    for other in ({"authorization": "Bearer b"}, {"ucp_agent": 'profile="https://b.example/p"'}):
        assert agent.create(**mine | other)["id"] != made["id"]
    known = Client(customer=lambda _: Customer(id="b1"))
    assert known.create(**mine) == known.create(**mine | {"authorization": "Bearer b"})


def test_what_is_over_is_not_kept():
    """An expired checkout is deleted when somebody asks for it; without a store, when the next one begins."""
    kept = {}
    agent = Client(sessions=kept)
    made = agent.create(tea(buyer={"phone_number": "13800138000"}))
    agent.now += timedelta(hours=6)
    assert "13800138000" in str(kept)
    assert agent("GET", agent.session(made), x_buyer="b2")[0] == 404
    assert kept == {}
    now = [datetime(2026, 11, 11, tzinfo=UTC)]
    memory = Memory(lambda: now[0], timedelta(hours=6), limit=3)
    memory["a"], memory["b"] = "1", "2"
    now[0] += timedelta(hours=3)
    memory["a"] = "3"
    now[0] += timedelta(hours=3)
    memory["c"] = "4"
    assert dict(memory) == {"a": "3", "c": "4"}
    memory["d"] = memory["e"] = "5"
    assert list(memory) == ["c", "d", "e"]


def test_what_is_gone_can_be_looked_at_taken_out_and_canceled(agent):
    """Goods that left the catalogue are said to be gone; the rest is bought without them, or nothing is."""
    two = tea()
    two["line_items"].append({"item": {"id": "pot"}, "quantity": 1})
    made, other = agent.create(two), agent.create(two)
    del agent.goods["pot"]
    status, told = agent("GET", agent.session(made))
    assert (status, told["status"], told["totals"][-1]["amount"]) == (200, "incomplete", 4800)
    assert [(row["code"], row["line_item_id"]) for row in told["messages"]] == [("item_unavailable", "li_2")]
    assert agent.complete(made)[1]["status"] == "incomplete"
    assert agent("PUT", agent.session(made), two)[0] == 400
    assert agent("PUT", agent.session(made), tea())[0] == 200
    assert agent.complete(made)[1]["status"] == "completed"
    del agent.goods["tea"]
    assert agent("GET", agent.session(other))[1]["status"] == "incomplete"
    status, told = agent("POST", agent.session(other) + "/cancel")
    assert (status, told["status"]) == (200, "canceled")
    assert len(agent.shop.orders) == 1


def test_a_checkout_is_its_buyers_alone_and_ends(agent):
    """Another's is as none; so is one that expired."""
    made = agent.create(x_buyer="b1")
    assert agent("GET", agent.session(made), x_buyer="b1")[0] == 200
    for who in ({}, {"x_buyer": "b2"}):
        assert agent("GET", agent.session(made), **who) == agent("GET", "/ucp/checkout-sessions/none")
    agent.now += timedelta(hours=6)
    assert agent("GET", agent.session(made), x_buyer="b1")[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json_invalid"),
        (b"[]", 400, "object_type"),
        (b'{"line_items": NaN}', 400, "json_invalid"),
        (b'{"line_items": [], "line_items": []}', 400, "json_duplicate_key"),
        (b"{" * 100, 400, "json_invalid"),
        (b'{"line_items": [{"item": {"id": "tea"}, "quantity": 13800138000138}]}', 400, "quantity_range"),
        (b'{"line_items": [{"item": {"id": "tea"}, "quantity": 1}], "buyer": {"x": "\\ud800"}}', 400, "text_surrogate"),
        (b'{"line_items": [{"item": {"id": "tea"}, "quantity": 1}], "buyer": {"\\ud800": 1}}', 400, "text_surrogate"),
        (b'{"line_items": [{"item": {"id": "tea"}, "quantity": 1}], "buyer": {"x": 1e999}}', 400, "json_plain"),
        (b'{"x": "' + b"x" * 300_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_body_that_is_none_is_told_without_its_values(agent, body, status, code):
    """At its place, in the reader's language; nothing of what was sent is in the answer."""
    headers = {"accept-language": "zh-CN", "content-type": "application/json"}
    answer = agent.http.post("/ucp/checkout-sessions", content=body, headers=headers)
    assert (answer.status_code, "13800138000138" in answer.text) == (status, False)
    made = answer.json()
    assert code in (made["code"], *[row["code"] for row in made.get("messages", ())])
    assert status == 413 or not made["content"].isascii()
    assert agent.http.post("/ucp/checkout-sessions", content=b"x=1").status_code == 415


def test_texts_are_in_the_readers_language(agent):
    """Those of the library; another language is no other sum."""
    made = agent.create(tea(discounts={"codes": ["BIG"]}), accept_language="zh-TW")
    assert made["totals"][-1]["display_text"] == "應付"
    assert "960.00" in made["messages"][0]["content"]
    made = agent.create(accept_language="zh-CN")
    assert agent("POST", agent.session(made) + "/complete", PAY)[1]["status"] == "completed"


def test_all_that_is_not_to_be_had_is_no_checkout(agent):
    """An outcome of business: 200, an error, and no resource."""
    sent = {"line_items": [{"item": {"id": "gone"}, "quantity": 1}]}
    status, told = agent("POST", "/ucp/checkout-sessions", sent)
    assert (status, told["ucp"]["status"], "id" in told) == (200, "error", False)
    assert told["messages"][0] | {"code": "out_of_stock", "severity": "unrecoverable"} == told["messages"][0]


def test_only_what_the_platform_understands_is_answered():
    """Its profile is fetched by the host; groups of several shops go to those that take them."""
    capabilities = {"dev.ucp.shopping.checkout": [{"version": "2026-04-08"}]}
    agent = Client(fetch_profile=lambda _: {"ucp": {"version": "2026-04-08", "capabilities": capabilities}},
                   shops="com.example.shops")  # fmt: skip
    header = {"ucp_agent": 'profile="https://agent.example/profile"'}
    two = {"line_items": [{"item": {"id": sku}, "quantity": 1} for sku in ("tea", "pot")], "fulfillment": SENT}
    made = agent.create(two, **header)
    assert set(made["ucp"]["capabilities"]) == {"dev.ucp.shopping.checkout"}
    assert "shops" not in made
    assert len(made["fulfillment"]["methods"][0]["groups"]) == 1
    config = {"supports_multi_group": True}
    capabilities["dev.ucp.shopping.fulfillment"] = [{"version": "2026-04-08", "config": config}]
    capabilities["com.example.shops"] = [{"version": "2026-04-08"}]
    made = agent.create(two, **header)
    assert [shop["id"] for shop in made["shops"]] == ["s", "t"]
    assert len(made["fulfillment"]["methods"][0]["groups"]) == 2
    assert agent("POST", "/ucp/checkout-sessions", two)[0] == 400
    assert agent("POST", "/ucp/checkout-sessions", two, ucp_agent='profile="http://a.example"')[0] == 400


def test_every_answer_is_signed_where_there_is_a_key():
    """Verified by another library, over another's canonical form, with the key of the profile."""
    key = SigningKey("m1", ec.generate_private_key(ec.SECP256R1()))
    agent = Client(sign=lambda made: sign(made, key), profile_more={"keys": [key.public]})
    made = agent.create()
    head, empty, signature = made.pop("ap2")["merchant_authorization"].split(".")
    (published,) = agent("GET", "/.well-known/ucp")[1]["signing_keys"]
    payload = jwt.utils.base64url_encode(rfc8785.dumps(made)).decode()
    token = f"{head}.{payload}.{signature}"
    assert empty == ""
    assert jwt.PyJWS().decode(token, jwt.PyJWK(published), algorithms=["ES256"]) == rfc8785.dumps(made)


@pytest.mark.parametrize("number", [0.5, 2**53, -(2**53)])
def test_what_can_not_be_signed_is_refused_at_its_place(number):
    """Where answers are signed: canonical JSON has no fractions. Where they are not, it is echoed."""
    place = copy.deepcopy(SENT)
    place["methods"][0]["destinations"][0]["latitude"] = number
    sent = tea(fulfillment=place, signals={"com.example.risk": [1, number]})
    key = SigningKey("m1", ec.generate_private_key(ec.SECP256R1()))
    agent = Client(sign=lambda made: sign(made, key))
    made = agent.create()
    for method, path in (("POST", "/ucp/checkout-sessions"), ("PUT", agent.session(made))):
        status, told = agent(method, path, sent)
        assert status == 400
        assert [(row["code"], row["path"]) for row in told["messages"]] == [
            ("json_plain", "$.signals.com.example.risk[1]"),
            ("json_plain", "$.fulfillment.methods[0].destinations[0].latitude"),
        ]
    answer = Client().http.post("/ucp/checkout-sessions", json=sent).json()
    assert answer["signals"] == sent["signals"]


def test_goods_by_weight_are_bought_in_steps_in_the_newer_version():
    """2.35 kg are 235 steps; the older version takes none."""
    sent = {"line_items": [{"item": {"id": "oranges"}, "quantity": 235}], "fulfillment": SENT}
    made = Client(version="2026-08-25").create(sent)
    assert (made["totals"][-1]["amount"], made["status"]) == (3713, "ready_for_complete")
    assert Client()("POST", "/ucp/checkout-sessions", sent)[0] == 400


@pytest.mark.parametrize("base", ["shop.example", "ftp://shop.example", "https://shop.example/shop", ""])
def test_a_base_that_is_none_is_refused(base):
    """When the router is made, not when somebody calls."""
    with pytest.raises(ValueError, match="an address such as"):
        router(RULES, Merchant({}.get), dict, base=base)
