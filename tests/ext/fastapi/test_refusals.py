"""What is no document at all, and every row of the table of statuses, over HTTP."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from served import CHECKOUT, EVERY, KEYS, MALL, RULES, app, body, client, codes, post
from settlement import refund, settle
from settlement.audit.record import record
from settlement.audit.seal import Key, Keys, seal
from settlement.ext.fastapi import STATUSES

pytestmark = pytest.mark.web
NOW = datetime(2026, 11, 11, tzinfo=UTC)
GOOD = json.dumps(body())


@pytest.fixture(scope="module")
def served():
    """The shop, whose client raises what the app raises: an error of the server fails the test that causes it."""
    return client(now=lambda: NOW)


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "json.invalid"),
        (b" \n", "json.invalid"),
        (b"{", "json.invalid"),
        (b"\xef\xbb\xbf{}", "json.invalid"),
        (b'{"a": "\xff"}', "json.invalid"),
        (GOOD.encode("utf-16"), "json.invalid"),
        (b'{"checkout": NaN}', "json.invalid"),
        (b'{"checkout": -Infinity}', "json.invalid"),
        (GOOD.encode() + b"{}", "json.invalid"),
        (b'{"checkout": {}, "checkout": {}}', "json.duplicate_key"),
        (b'{"checkout": {"at": 1, "at": 2}}', "json.duplicate_key"),
        (b"[" * 33 + b"]" * 33, "json.depth"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json.depth"),
    ],
    ids=range(13),
)
def test_what_is_no_json_is_a_bad_request(served, path, content, code):
    """400, whatever is asked: before any field is looked at."""
    answer = post(served, path, content)
    assert (answer.status_code, codes(answer)) == (400, [code])


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("content", ["[]", "null", '"checkout"', "4711", '{"another": 4711}', "true"])
def test_json_that_is_another_document_does_not_hold(served, path, content):
    """422, without the value."""
    answer = post(served, path, content)
    assert answer.status_code == 422
    assert codes(answer)
    assert "4711" not in answer.text


def test_a_key_that_stands_twice_is_told_with_its_place(served):
    """Two prices for one line: neither is taken."""
    twice = GOOD.replace('"unit_price"', '"unit_price": "0.01 CNY", "unit_price"', 1)
    answer = post(served, "/settle", twice)
    assert (answer.status_code, codes(answer)) == (400, ["json.duplicate_key"])
    assert answer.json()["problems"][0]["place"] == "checkout.cart.lines[0].unit_price"


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/jsonp"},
        {"content-type": ""},
    ],
)
def test_what_is_not_sent_as_json_is_not_read(served, path, headers):
    """415: a form of another site cannot send it without being asked first."""
    answer = post(served, path, GOOD, **headers)
    assert (answer.status_code, codes(answer)) == (415, ["body.media_type"])


def test_a_body_without_a_type_is_not_read(served):
    """415 too."""
    assert codes(served.post("/settle", content=GOOD)) == ["body.media_type"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"])
def test_json_is_json_however_it_is_spelt(served, kind):
    """Parameters and capitals change nothing."""
    assert post(served, "/settle", GOOD, **{"content-type": kind}).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "deflate", "gzip, identity"])
def test_what_is_compressed_is_not_unpacked(served, coding):
    """415: a small body could become a large one."""
    answer = post(served, "/settle", gzip.compress(GOOD.encode()), **{"content-encoding": coding})
    assert (answer.status_code, codes(answer)) == (415, ["body.coding"])
    assert post(served, "/settle", GOOD, **{"content-encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("path", EVERY)
def test_a_body_of_two_megabytes_is_too_large(served, path):
    """413, by its length as it is stated."""
    answer = post(served, path, b" " * 2_000_000)
    assert (answer.status_code, codes(answer)) == (413, ["body.size"])
    assert "1048576" in answer.json()["detail"]


def test_the_largest_body_is_read_and_one_byte_more_is_not():
    """The limit is the router's."""
    served = client(largest=len(GOOD))
    assert post(served, "/settle", GOOD).status_code == 200
    assert codes(post(served, "/settle", GOOD + " ")) == ["body.size"]


def asked_of(made, headers, parts):
    """What an app answers to a body that comes in these parts, and how many of them it took."""
    import anyio

    sent, taken = [], []

    async def receive():
        taken.append(1)
        part = parts[len(taken) - 1]
        return {"type": "http.request", "body": part, "more_body": len(taken) < len(parts)}

    async def send(message):
        sent.append(message)

    kind = [(b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": "/settle", "raw_path": b"/settle", "query_string": b"",
        "headers": kind + headers, "http_version": "1.1", "scheme": "http", "server": ("s", 80), "root_path": "",
    }  # fmt: skip
    anyio.run(made, scope, receive, send)
    return sent[0]["status"], len(taken)


def test_a_body_that_says_it_is_too_large_is_not_read_at_all():
    """Not a byte of it is asked for; a length of a hundred digits is as good as any."""
    for length in (b"1048577", b"9" * 100):
        assert asked_of(app(), [(b"content-length", length)], [b" "]) == (413, 0)


def test_a_body_that_does_not_say_how_long_it_is_is_read_up_to_the_limit():
    """One part more than fits, and no further; a length that lies changes nothing."""
    parts = [b" " * 400_000] * 100
    for headers in ([], [(b"content-length", b"1")], [(b"content-length", b"-1")]):
        assert asked_of(app(), headers, parts) == (413, 3)


def test_a_buyer_who_leaves_is_no_error_of_the_server():
    """The connection ends in the middle of a body: nothing is raised."""
    import anyio

    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message["type"])

    scope = {
        "type": "http", "method": "POST", "path": "/settle", "raw_path": b"/settle", "query_string": b"",
        "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http",
        "server": ("s", 80), "root_path": "",
    }  # fmt: skip
    anyio.run(app(), scope, receive, send)
    assert sent[0] == "http.response.start"


def settled(**changed):
    """A settlement as it was stored, changed."""
    return settle(CHECKOUT, RULES).to_dict() | changed


def token(keys=KEYS):
    """A seal of the mall cart."""
    due = record(settle(CHECKOUT, RULES))
    return seal(due, keys, issued=NOW - timedelta(minutes=1), expires=NOW + timedelta(minutes=1), audience="checkout")


def conflicts():
    """Code -> router's options, path and body that make it."""
    paid = settle(CHECKOUT, RULES)
    line = {"returns": {"1": 1}}
    other = refund(settle(CHECKOUT, RULES.model_copy(update={"id": "other"})), {"1": 1}).to_dict()
    revoked = Keys(Key("k1", b"0123456789abcdef0123456789abcdef", revoked_from=NOW))
    cheaper = body(sealed=token(), rulebook="plain")
    return {
        "json.invalid": ({}, "/settle", b"{"),
        "json.duplicate_key": ({}, "/settle", b'{"a":1,"a":1}'),
        "json.depth": ({}, "/settle", b"[" * 40 + b"]" * 40),
        "rulebook.unknown": ({}, "/settle", body(rulebook="4711")),
        "order.not_confirmed": ({}, "/confirm", cheaper),
        "refund.exceeds": ({}, "/refund", {"settled": settled(), "request": {"returns": {"1": 4711}}}),
        "refund.other": ({}, "/refund", {"settled": settled(), "request": line, "history": [other]}),
        "seal.expired": ({"now": lambda: NOW + timedelta(1)}, "/confirm", body(sealed=token())),
        "seal.key_revoked": ({"keys": revoked}, "/confirm", body(sealed=token())),
        "version.unknown": ({}, "/refund", {"settled": settled(calculation_version="4711"), "request": line}),
        "body.size": ({"largest": 10}, "/settle", body()),
        "limit.document": ({"largest": 1 << 30}, "/settle", b" " * (64 * 1024 * 1024 + 1)),
        "body.coding": ({}, "/settle", None),
        "body.media_type": ({}, "/settle", None),
        "line.unknown": ({}, "/refund", {"settled": settled(), "request": {"returns": {"4711": 1}}}),
        "currency.mixed": (
            {},
            "/refund",
            {"settled": settled(), "request": line | {"captured": "47.11 USD"}},
        ),
        "field.missing": ({}, "/settle", {}),
        "refund.left": (
            {},
            "/refund",
            {"settled": settled(), "request": {"money": [{"reason": "x", "amount": f"{paid.payable.amount + 1} CNY"}]}},
        ),
        "template.unknown": ({}, "/settle", body(checkout=another_template())),
        "seal.malformed": ({}, "/confirm", body(sealed="4711")),
        "stored.contradiction": ({}, "/refund", {"settled": contradicting(), "request": line}),
    }


def another_template():
    """The mall's checkout with a freight template that the rules do not have."""
    cart = MALL["checkout"]["cart"]
    return MALL["checkout"] | {"cart": cart | {"lines": [cart["lines"][0] | {"freight_template": "4711"}]}}


def contradicting():
    """A settlement whose goods do not add up."""
    made = settled()
    return made | {"totals": made["totals"] | {"payable": "47.11 CNY"}}


CONFLICTS = conflicts()


@pytest.mark.parametrize("code", [*STATUSES, *(code for code in CONFLICTS if code not in STATUSES)])
def test_every_row_of_the_table_of_statuses(code):
    """Each code that has a status of its own, and some of the many that have 422, as a request."""
    options, path, content = CONFLICTS[code]
    served = client(**{"now": lambda: NOW} | options)
    headers = {"body.coding": {"content-encoding": "gzip"}, "body.media_type": {"content-type": "text/html"}}
    content = GOOD if content is None else content if isinstance(content, bytes) else json.dumps(content)
    answer = post(served, path, content, **headers.get(code, {}), **{"accept-language": "zh-TW"})
    assert answer.status_code == STATUSES.get(code, 422), answer.text
    assert code in codes(answer)
    assert answer.headers["content-language"] == "zh-Hant"
    assert "4711" not in answer.text.replace(answer.json().get("diff", {}).get("before", {}).get("digest", "-"), "")


@pytest.mark.parametrize(
    ("accepted", "language", "detail"),
    [
        ("en", "en", "there is no rulebook of this id"),
        ("zh-CN", "zh-CN", "没有这个编号的规则集"),
        ("zh-HK", "zh-Hant", "沒有這個編號的規則集"),
    ],
)
def test_a_refusal_is_in_the_readers_language(served, accepted, language, detail):
    """And says which that is; a cache keeps one of each."""
    answer = served.post("/settle", json=body(rulebook="none"), headers={"accept-language": accepted})
    assert answer.json()["detail"] == detail
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "accept-language"
    assert answer.json()["problems"] == [{"place": "rulebook", "code": "rulebook.unknown", "message": detail}]


def test_a_defect_of_the_library_stays_an_error_of_the_server(served, monkeypatch):
    """A settlement that contradicts itself is not dressed up as the client's mistake."""
    from settlement.errors import InvariantBroken
    from settlement.ext.fastapi import answers

    def broken(*_):
        raise InvariantBroken("totals", 1, 2)

    monkeypatch.setattr(answers, "settle", broken)
    with pytest.raises(InvariantBroken):
        served.post("/freight", json=body())
