"""The router's calls: each answers what the library's own function does, of the same documents."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from served import BOOKS, CHECKOUT, KEYS, MALL, PLAIN, RULES, app, body, client, codes
from settlement import RefundPolicy, compare, payment_options, refund, settle
from settlement.audit.record import Record, record
from settlement.audit.seal import Key, Keys, open_sealed, seal
from settlement.explanations.delivery import delivery_options
from settlement.explanations.quote import quote_freight
from settlement.ext.fastapi import router
from settlement.findings import check

pytestmark = pytest.mark.web
NOW = datetime(2026, 11, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def served():
    """The shop, at a fixed instant."""
    return client(now=lambda: NOW)


def test_settle_answers_the_settlement_byte_by_byte(served):
    """What comes over the wire is `to_json()`: same digest, same order of fields."""
    answer = served.post("/settle", json=body())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == settle(CHECKOUT, RULES).to_json()


def test_compare_answers_the_rows(served):
    """As `compare()`."""
    assert served.post("/compare", json=body()).json() == compare(CHECKOUT, RULES).to_dict()


def test_freight_answers_what_the_settlement_charges(served):
    """Parcels and sums are those of the very checkout; without offers and choices, those of `quote_freight()`."""
    found, due = served.post("/freight", json=body()).json(), settle(CHECKOUT, RULES)
    assert (found["freight"], found["surcharges"]) == (str(due.totals.freight), str(due.totals.surcharges))
    assert found["total"] == str(due.totals.freight + due.totals.surcharges)
    alone = quote_freight(
        CHECKOUT.cart.lines, CHECKOUT.address.region, RULES.freight_templates, policy=RULES.policy, at=CHECKOUT.at
    )
    no_offers = RULES.model_copy(update={"promotions": (), "coupons": ()})
    same = client({RULES.id: no_offers}).post("/freight", json=body())
    assert same.text == alone.to_json()


def test_freight_needs_an_address(served):
    """What is not known is not free."""
    checkout = {name: each for name, each in MALL["checkout"].items() if name != "address"}
    answer = served.post("/freight", json=body(checkout=checkout))
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["place"] == "checkout.address"


def test_options_answers_every_way_to_pay_and_to_deliver(served):
    """As `payment_options()` and `delivery_options()`."""
    methods = [{"id": "standard"}, {"id": "shop", "pickup": True}]
    rules = RULES.model_copy(update={"delivery_methods": methods})
    found = client({RULES.id: rules}).post("/options", json=body()).json()
    assert found["payment"] == [each.to_dict() for each in payment_options(CHECKOUT, rules)]
    assert found["delivery"] == [each.to_dict() for each in delivery_options(CHECKOUT, rules)]
    assert found["payment"]
    assert found["delivery"]
    assert served.post("/options", json=body()).json()["delivery"] == []


def test_what_was_sealed_is_confirmed_and_the_order_placed_by_its_record(served):
    """The record has the settlement of now, and what is personal in the checkout."""
    found = served.post("/seal", json=body()).json()
    assert found["settlement"] == settle(CHECKOUT, RULES).to_dict()
    assert found["expires"] == "2026-11-11T00:15:00Z"
    assert open_sealed(found["sealed"], KEYS, now=NOW, audience="checkout").settlement.payable
    answer = served.post("/confirm", json=body(sealed=found["sealed"]))
    assert answer.status_code == 200
    assert Record.from_dict(answer.json()["record"]) == record(settle(CHECKOUT, RULES))
    assert answer.json()["diff"]["equal"] is True


def test_what_is_not_due_any_more_is_a_conflict_that_says_what_differs(served):
    """One piece more: 409, with both sums and their causes; nobody can take it for a yes."""
    token = served.post("/seal", json=body()).json()["sealed"]
    lines = MALL["checkout"]["cart"]["lines"]
    more = [lines[0] | {"quantity": lines[0]["quantity"] + 1}, *lines[1:]]
    cart = MALL["checkout"]["cart"] | {"lines": more}
    answer = served.post("/confirm", json=body(checkout=MALL["checkout"] | {"cart": cart}, sealed=token))
    assert (answer.status_code, codes(answer)) == (409, ["order.not_confirmed"])
    steps = answer.json()["diff"]["steps"]
    assert [step["causes"] for step in steps if step["effects"]] == [["cart"]]
    assert steps[0]["before"] != steps[-1]["after"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"issued": NOW - timedelta(minutes=15), "expires": NOW}, 409, "seal.expired"),
        ({"issued": NOW + timedelta(minutes=6), "expires": NOW + timedelta(minutes=9)}, 422, "seal.not_yet_valid"),
        ({"audience": "another"}, 422, "seal.audience"),
        ({"keys": Keys(Key("k2", b"x" * 32))}, 422, "seal.key_unknown"),
        ({"keys": Keys(Key("k1", b"x" * 32))}, 422, "seal.signature"),
    ],
)
def test_a_seal_that_does_not_open(served, change, status, code):
    """Each with its code; the token is never part of what is told."""
    options = {"keys": KEYS, "issued": NOW, "expires": NOW + timedelta(minutes=1), "audience": "checkout"} | change
    token = seal(record(settle(CHECKOUT, RULES)), **options)
    answer = served.post("/confirm", json=body(sealed=token))
    assert (answer.status_code, codes(answer)) == (status, [code])
    assert token[:40] not in answer.text


def test_a_revoked_key_is_a_conflict():
    """What was good once is settled and sealed anew."""
    token = seal(
        record(settle(CHECKOUT, RULES)), KEYS, issued=NOW, expires=NOW + timedelta(minutes=1), audience="checkout"
    )
    keys = Keys(Key("k1", b"0123456789abcdef0123456789abcdef", revoked_from=NOW))
    answer = client(keys=keys, now=lambda: NOW).post("/confirm", json=body(sealed=token))
    assert (answer.status_code, codes(answer)) == (409, ["seal.key_revoked"])


def test_without_keys_nothing_is_sealed():
    """The paths are not there, and OpenAPI has none of them."""
    made = app(keys=None)
    assert TestClient(made).post("/confirm", json={}).status_code == 404
    assert made.openapi()["paths"].keys() == {"/settle", "/compare", "/freight", "/options", "/refund", "/check"}


@pytest.mark.parametrize("kept", ["settlement", "record"])
def test_a_refund_is_quoted_of_a_settlement_and_of_a_record(served, kept):
    """As `refund()`, and a second one after the first."""
    paid = settle(CHECKOUT, RULES)
    settled = paid.to_dict() if kept == "settlement" else record(paid).to_dict()
    line = paid.lines[0].id
    first = served.post("/refund", json={"settled": settled, "request": {"returns": {line: 1}}})
    assert first.text == refund(paid, {line: 1}).to_json()
    rest = {"returns": {each.id: str(each.quantity) for each in paid.lines[1:]}, "freight": "return"}
    second = served.post("/refund", json={"settled": settled, "request": rest, "history": [first.json()]})
    again = refund(paid, rest["returns"], history=[refund(paid, {line: 1})], freight="return")
    assert second.text == again.to_json()


def test_a_refund_goes_by_the_policy_of_the_router():
    """The shop says it once; whoever asks cannot choose another."""
    paid, policy = settle(CHECKOUT, RULES), RefundPolicy(recheck="fair")
    asked = {"settled": paid.to_dict(), "request": {"returns": {paid.lines[0].id: 1}}}
    found = client(refund_policy=policy).post("/refund", json=asked)
    assert found.text == refund(paid, {paid.lines[0].id: 1}, policy=policy).to_json()
    assert client(refund_policy=policy).post("/refund", json=asked | {"policy": {}}).status_code == 422


def test_check_answers_findings_in_the_readers_language():
    """As `check()`, with texts in Chinese for whoever reads Chinese."""
    empty = {"id": "t", "measure": "quantity", "zones": []}
    rules = PLAIN.model_copy(update={"freight_templates": [empty]})
    shop = client({"plain": rules})
    found = shop.post("/check", json={}, headers={"accept-language": "zh-CN"})
    expected = check(rules)
    assert [each["code"] for each in found.json()["findings"]] == [each.code for each in expected]
    assert found.json()["findings"][0]["message"] == expected[0].texts("zh_CN")[0]
    assert found.headers["content-language"] == "zh-CN"
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 1, "unit_price": "9.00 CNY"}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [line]}}
    places = [each["place"] for each in shop.post("/check", json={"checkout": checkout}).json()["findings"]]
    assert places == [*(each.place for each in expected), "cart.lines[0].freight_template"]


def test_the_only_rulebook_the_default_or_none():
    """An id may be absent where it is clear which rules are meant; null says the same."""
    asked = {"checkout": MALL["checkout"]}
    mall, plain = (settle(CHECKOUT, rules).to_json() for rules in (RULES, PLAIN))
    assert mall != plain
    assert client({RULES.id: RULES}).post("/settle", json=asked).text == mall
    assert client(default="plain").post("/settle", json=asked).text == plain
    assert client(default="plain").post("/settle", json=asked | {"rulebook": None}).text == plain
    answer = client().post("/settle", json=asked)
    assert (answer.status_code, codes(answer)) == (422, ["field.missing"])
    assert answer.json()["problems"][0]["place"] == "rulebook"
    with pytest.raises(ValueError, match="no such rulebook"):
        router(BOOKS, default="absent")
    with pytest.raises(TypeError, match="rulebooks"):
        router(RULES)


def test_rules_are_looked_up_anew_for_each_request():
    """A mapping that changes, changes what is settled by."""
    books = {"x": PLAIN}
    shop = client(books)
    before = shop.post("/settle", json={"checkout": MALL["checkout"]}).text
    books["x"] = RULES
    assert before != shop.post("/settle", json={"checkout": MALL["checkout"]}).text == settle(CHECKOUT, RULES).to_json()


def test_rules_in_the_body_only_where_that_was_said(served):
    """With `inline_rules` they are settled by; without, an object is no id."""
    refused = served.post("/settle", json=MALL)
    assert (refused.status_code, codes(refused)) == (422, ["text.type"])
    assert refused.json()["problems"][0]["place"] == "rulebook"
    shop = client(inline_rules=True)
    assert shop.post("/settle", json=MALL).text == settle(CHECKOUT, RULES).to_json()
    assert shop.post("/settle", json=body(rulebook="plain")).text == settle(CHECKOUT, PLAIN).to_json()
    assert shop.post("/check", json={"rulebook": MALL["rulebook"]}).json()["findings"] is not None


def test_problems_of_rules_in_the_body_and_of_the_checkout_are_told_together():
    """Each at its place, both documents in one answer."""
    broken = {"checkout": {"at": 1, "cart": {"currency": "CNY", "lines": []}}, "rulebook": {"id": ""}}
    answer = client(inline_rules=True).post("/settle", json=broken)
    places = {each["place"] for each in answer.json()["problems"]}
    assert {"checkout.at", "rulebook.id", "rulebook.currency"} <= places


def dearer(checkout):
    """The checkout with the shop's own prices."""
    lines = [
        line.model_copy(update={"unit_price": "300.00 CNY", "list_price": "300.00 CNY"}) for line in checkout.cart.lines
    ]
    return checkout.model_copy(update={"cart": checkout.cart.model_copy(update={"lines": lines})})


@pytest.mark.parametrize("path", ["/settle", "/compare", "/freight", "/options", "/seal", "/confirm", "/check"])
@pytest.mark.parametrize("waits", [False, True])
def test_prepare_sees_every_checkout_and_the_request_it_came_with(path, waits):
    """A function or a coroutine function: whatever prices came, the shop's are settled with."""
    seen = []

    def prepare(checkout, request):
        seen.append((checkout, request.headers["x-buyer"], request.url.path, threading.current_thread()))
        return dearer(checkout)

    async def prepare_later(checkout, request):
        await asyncio.sleep(0)
        return prepare(checkout, request)

    token = seal(
        record(settle(dearer(CHECKOUT), PLAIN)), KEYS, issued=NOW, expires=NOW + timedelta(1), audience="checkout"
    )
    asked = body(rulebook="plain") | ({"sealed": token} if path == "/confirm" else {})
    shop = client(prepare=prepare_later if waits else prepare, now=lambda: NOW)
    answer = shop.post(path, json=asked, headers={"x-buyer": "b1"})
    assert answer.status_code == 200, answer.text
    assert [each[:3] for each in seen] == [(CHECKOUT, "b1", path)]
    if path == "/settle":
        assert answer.text == settle(dearer(CHECKOUT), PLAIN).to_json()


def test_what_prepare_refuses_is_the_shops_own_answer():
    """An HTTPException goes to the app as from any view; a thing that is no checkout is a defect of the shop."""

    def gone(*_):
        raise HTTPException(403, "not yours")

    answer = client(prepare=gone).post("/settle", json=body())
    assert (answer.status_code, answer.json()) == (403, {"detail": "not yours"})
    with pytest.raises(TypeError, match="prepare"):
        client(prepare=lambda *_: None).post("/settle", json=body())


def test_settling_leaves_the_event_loop_alone():
    """A settlement runs in a thread of the pool: while one stands still, another request is answered."""
    loop, blocked, go_on, seen = [], threading.Event(), threading.Event(), []

    def prepare(checkout, _):
        seen.append(threading.get_ident())
        blocked.set()
        assert go_on.wait(30)
        return checkout

    made = app(prepare=prepare)

    @made.get("/ping")
    async def ping() -> str:
        loop.append(threading.get_ident())
        return "pong"

    with TestClient(made) as shop:
        slow = threading.Thread(target=lambda: shop.post("/settle", json=body()))
        slow.start()
        assert blocked.wait(30)
        assert shop.get("/ping").json() == "pong"
        go_on.set()
        slow.join()
    assert set(loop).isdisjoint(seen)


def test_a_router_stands_in_an_app_twice():
    """Under two prefixes, each with its own books; the operations have ids of their own."""
    made = FastAPI()
    made.include_router(router({"a": RULES}), prefix="/a")
    made.include_router(router({"b": PLAIN}, inline_rules=True), prefix="/b")
    shop, asked = TestClient(made), {"checkout": MALL["checkout"]}
    assert shop.post("/a/settle", json=asked).text != shop.post("/b/settle", json=asked).text
    told = [operation["operationId"] for path in made.openapi()["paths"].values() for operation in path.values()]
    assert len(set(told)) == len(told) == 12


def test_what_is_sent_as_json_comes_back_as_json(served):
    """A name in Chinese is not escaped, and every answer says its language."""
    answer = served.post("/settle", content=json.dumps(body()), headers={"content-type": "application/json"})
    assert answer.headers["content-language"] == "en"
    assert "\\u" not in answer.text
