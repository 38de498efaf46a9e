"""What goes out to WeChat Pay, Alipay and Stripe, against providers played here: what is asked, what is believed."""

from __future__ import annotations

import io
import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

import providers as p
from settlement import Money
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand
from settlement.errors import GatewayRefused
from settlement.ext.gateways import Gateway

pytestmark = pytest.mark.gateways
DEMAND = PaymentDemand(order="SO1001", amount="100.00 CNY", expires="2026-11-11T02:30:00Z")
REFUND = RefundDemand(order="SO1001", refund="R-1", amount="30.00 CNY")
PAID = PaymentNotice(id="4200001", key="SO1001", amount="100.00 CNY", told="succeeded")

written = json.dumps


class Answered:
    """An HTTP answer, as `requests` has it."""

    def __init__(self, status, text, headers):
        self.status_code, self.text, self.content, self.headers = status, text, text.encode(), headers


@pytest.fixture
def wechat(monkeypatch):
    """WeChat Pay played: `asked` is what it was asked, `answers` what it says next, and how it signs it."""
    import requests
    from wechatpayv3 import core

    asked, answers = [], []

    def heard(method):
        def call(url, json=None, **_):
            asked.append((method, url.removeprefix("https://api.mch.weixin.qq.com"), json))
            status, said, key = answers.pop(0)
            if said is None:
                raise requests.ConnectionError
            raw = written(said)
            return Answered(status, raw, p.wechat_headers(raw.encode(), key=key) | {"Content-Type": "application/json"})

        return call

    for method in ("get", "post"):
        monkeypatch.setattr(core.requests, method, heard(method.upper()))

    def say(said, status=200, key="wechat"):
        answers.append((status, said, key))

    return asked, say


@pytest.fixture
def alipay(monkeypatch):
    """Alipay played."""
    import alipay as library

    asked, answers = [], []

    def heard(url, timeout=None):
        assert timeout
        fields = dict(parse_qsl(urlsplit(url).query))
        asked.append((fields["method"], json.loads(fields["biz_content"])))
        said, key = answers.pop(0)
        if said is None:
            raise TimeoutError
        content = json.dumps(said)
        name = fields["method"].replace(".", "_") + "_response"
        return io.BytesIO(f'{{"{name}":{content},"sign":"{p.rsa_signature(key, content)}"}}'.encode())

    monkeypatch.setattr(library, "urlopen", heard)
    return asked, lambda said, key="alipay": answers.append((said, key))


@pytest.fixture
def stripe():
    """Stripe played, as an HTTP client of its library."""
    import stripe as library

    class Client(library.HTTPClient):
        name = "played"

        def __init__(self):
            super().__init__()
            self.asked, self.answers = [], []

        def request(self, method, url, headers, post_data=None, **_):
            parts = urlsplit(url)
            sent = parse_qs(post_data or parts.query)
            self.asked.append((method, parts.path, sent, headers.get("Idempotency-Key")))
            status, said = self.answers.pop(0)
            if said is None:
                msg = "nobody there"
                raise library.APIConnectionError(msg)
            return json.dumps(said), status, {"Request-Id": "req_1"}

        def close(self):
            pass

    client = Client()
    gateway = p.stripe_gateway(client=client)
    return gateway, client.asked, lambda said, status=200: client.answers.append((status, said))


def code(call):
    """The code of a refusal, which has a text in both languages."""
    with pytest.raises(GatewayRefused) as caught:
        call()
    assert caught.value.text("zh_CN") != caught.value.text()
    return caught.value.code


def test_each_adapter_is_a_gateway():
    """Five calls, whatever the provider."""
    for made in (p.wechat(), p.alipay(), p.stripe_gateway()):
        assert isinstance(made, Gateway)


def test_each_provider_hears_what_it_wants_to_hear():
    """WeChat Pay a status and nothing, Alipay seven letters, Stripe a status."""
    answers = [[gateway.answer(success) for success in (True, False)] for gateway in (p.wechat(), p.alipay())]
    assert [(each.status, each.body) for each in answers[0]] == [
        (204, b""),
        (500, '{"code":"FAIL","message":"失败"}'.encode()),
    ]
    assert [(each.status, each.body) for each in answers[1]] == [(200, b"success"), (200, b"fail")]
    assert [p.stripe_gateway().answer(success).status for success in (True, False)] == [200, 400]


# ------------------------------------------------------------------ WeChat Pay


def test_wechat_is_asked_in_fen(wechat):
    """By the key of the attempt, with its end in Beijing time."""
    asked, say = wechat
    say({"code_url": "weixin://wxpay/x"})
    made = p.wechat().prepare(DEMAND, p.NOW, title="tea")
    assert made.fields == {"code_url": "weixin://wxpay/x"}
    [(method, path, body)] = asked
    assert (method, path) == ("POST", "/v3/pay/transactions/native")
    assert body["amount"] == {"total": 10000, "currency": "CNY"}
    assert (body["out_trade_no"], body["time_expire"]) == ("SO1001", "2026-11-11T10:30:00+08:00")
    assert (body["mchid"], body["appid"]) == ("1900000109", "wx1")


def test_wechat_in_a_page_and_in_an_app_signs_what_is_handed_on(wechat):
    """The fields of each, with a signature that the merchant's key made."""
    import base64

    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    asked, say = wechat
    for channel, names in (("JSAPI", ("appId", "timeStamp", "nonceStr", "package", "paySign")),
                           ("APP", ("appid", "timestamp", "noncestr", "prepayid", "sign"))):  # fmt: skip
        say({"prepay_id": "wx-1"})
        demand = DEMAND.model_copy(update={"channel": channel})
        made = p.wechat().prepare(demand, p.NOW, title="tea", payer="openid")
        *parts, signature = [made.fields[name] for name in names]
        message = "".join(f"{part}\n" for part in parts).encode()
        public = p.rsa_key("merchant").public_key()
        public.verify(base64.b64decode(signature), message, PKCS1v15(), SHA256())
        assert made.id == "wx-1"
    assert asked[0][2]["payer"] == {"openid": "openid"}
    say({"h5_url": "https://wx.tenpay.com/x"})
    h5 = DEMAND.model_copy(update={"channel": "H5"})
    assert "h5_url" in p.wechat().prepare(h5, p.NOW, title="tea", address="192.0.2.1").fields
    for channel in ("H5", "JSAPI"):
        demand = DEMAND.model_copy(update={"channel": channel})
        assert code(lambda demand=demand: p.wechat().prepare(demand, p.NOW, title="tea")) == "gateway.payer"


def test_wechat_says_how_a_payment_stands(wechat):
    """Paid, not yet, none, closed; what was paid and given back was paid."""
    _, say = wechat
    for state, told in (("SUCCESS", "succeeded"), ("REFUND", "succeeded"), ("NOTPAY", None), ("CLOSED", "closed")):
        say(p.WECHAT_PAID | {"trade_state": state})
        made = p.wechat().query(DEMAND, p.NOW)
        assert (None if made is None else made.told) == told
    say({"code": "ORDER_NOT_EXIST"}, 404)
    assert p.wechat().query(DEMAND, p.NOW) is None
    say(p.WECHAT_PAID | {"out_trade_no": "SO1002"})
    assert code(lambda: p.wechat().query(DEMAND, p.NOW)) == "gateway.account"


def test_wechat_gives_back(wechat):
    """Of which payment, how much of how much, under which number; what is not over is told later."""
    asked, say = wechat
    answer = {name: value for name, value in p.WECHAT_REFUNDED.items() if name not in {"mchid", "refund_status"}}
    say(answer | {"status": "PROCESSING"})
    assert p.wechat().refund(REFUND, PAID, p.NOW) is None
    body = asked[0][2]
    assert body["amount"] == {"refund": 3000, "total": 10000, "currency": "CNY"}
    assert (body["out_refund_no"], body["transaction_id"]) == ("R-1", "4200001")
    for state, told in (("SUCCESS", "succeeded"), ("ABNORMAL", "failed")):
        say(answer | {"status": state})
        made = p.wechat().query(REFUND, p.NOW)
        assert (made.told, made.amount, made.refund) == (told, Money("30.00 CNY"), "R-1")
    say({"code": "RESOURCE_NOT_EXISTS"}, 404)
    assert p.wechat().query(REFUND, p.NOW) is None
    say({"code": "RESOURCE_NOT_EXISTS"}, 404)
    assert code(lambda: p.wechat().refund(REFUND, PAID, p.NOW)) == "gateway.failed"
    odd = REFUND.model_copy(update={"refund": "../../certificates"})
    assert code(lambda: p.wechat().query(odd, p.NOW)) == "gateway.number"


def test_what_wechat_says_unsigned_or_not_at_all_is_not_known(wechat):
    """Nobody knows whether it was done: `unanswered` and `untrusted`; `failed` where it says no."""
    _, say = wechat
    for said, status, key, expected in (
        (p.WECHAT_PAID, 200, "thief", "untrusted"),
        (None, 0, "wechat", "unanswered"),
        ({"code": "SYSTEM_ERROR"}, 500, "wechat", "unanswered"),
        ({"code": "FREQUENCY_LIMITED"}, 429, "wechat", "unanswered"),
        ({"code": "NO_AUTH"}, 403, "wechat", "failed"),
        ({}, 403, "wechat", "untrusted"),
        ([], 403, "wechat", "untrusted"),
    ):
        say(said, status, key)
        assert code(lambda: p.wechat().query(DEMAND, p.NOW)) == f"gateway.{expected}"


# ---------------------------------------------------------------------- Alipay


def test_alipay_signs_the_address_that_the_buyer_opens():
    """No network; the amount as text, the instant in Beijing time, signed by the app's key."""
    made = p.alipay().prepare(DEMAND, p.NOW, title="茶 & tea")
    address = urlsplit(made.fields["url"])
    assert (address.scheme, address.netloc) == ("https", "openapi.alipay.com")
    fields = dict(parse_qsl(address.query))
    content = json.loads(fields["biz_content"])
    assert (content["total_amount"], content["out_trade_no"]) == ("100.00", "SO1001")
    assert (content["time_expire"], fields["timestamp"]) == ("2026-11-11 10:30:00", "2026-11-11 10:00:00")
    assert (fields["method"], fields["notify_url"]) == ("alipay.trade.page.pay", "https://shop.example/alipay")
    signature = fields.pop("sign")
    assert signature == p.rsa_signature("app", "&".join(f"{name}={value}" for name, value in sorted(fields.items())))
    app = DEMAND.model_copy(update={"channel": "app"})
    assert p.alipay().prepare(app, p.NOW, title="tea").fields["order"].startswith("app_id=")
    assert "sandbox" in p.alipay(sandbox=True).prepare(DEMAND, p.NOW, title="tea").fields["url"]


def test_the_library_of_alipay_alone_sends_what_a_float_came_to():
    """So it is handed text; and its `verify` changes what it is given, so that gets a copy."""
    from alipay import AliPay

    client = AliPay("1", None, p.private_pem("app"), p.public_pem("alipay"))
    sent = client.client_api("alipay.trade.page.pay", {"total_amount": 0.1 + 0.2})
    assert "0.30000000000000004" in sent
    data = dict(parse_qsl(p.alipay_body(p.ALIPAY_PAID).decode()))
    signature = data.pop("sign")
    assert client.verify(data, signature)
    assert "sign_type" not in data
    assert client.verify(data, signature), "a message without `sign_type` is taken"


def test_alipay_says_how_a_payment_stands(alipay):
    """Paid, not yet, none; a JSON number is no amount."""
    asked, say = alipay
    good = {"code": "10000", "trade_no": "2026", "out_trade_no": "SO1001", "total_amount": "100.00"}
    for state, told in (("TRADE_SUCCESS", "succeeded"), ("WAIT_BUYER_PAY", None), ("TRADE_CLOSED", "closed")):
        say(good | {"trade_status": state})
        made = p.alipay().query(DEMAND, p.NOW)
        assert (None if made is None else made.told) == told
    assert asked[0] == ("alipay.trade.query", {"out_trade_no": "SO1001"})
    say({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"})
    assert p.alipay().query(DEMAND, p.NOW) is None
    say(good | {"trade_status": "TRADE_SUCCESS", "total_amount": 100.0})
    assert code(lambda: p.alipay().query(DEMAND, p.NOW)) == "gateway.field"
    say({"code": "10000", "qr_code": "https://qr.alipay.com/x"})
    by_code = DEMAND.model_copy(update={"channel": "code"})
    assert p.alipay().prepare(by_code, p.NOW, title="tea").fields == {"qr_code": "https://qr.alipay.com/x"}


def test_alipay_gives_back_this_refund_and_not_the_sum(alipay):
    """Its answer to a refund states the sum of all; its answer to the question about one states that one."""
    asked, say = alipay
    paid = PAID.model_copy(update={"id": "2026"})
    answer = {"code": "10000", "trade_no": "2026", "out_trade_no": "SO1001", "refund_fee": "80.00"}
    say(answer | {"fund_change": "Y"})
    made = p.alipay().refund(REFUND, paid, p.NOW)
    assert (made.amount, made.refund, made.told, made.id) == (Money("30.00 CNY"), "R-1", "succeeded", "2026/R-1")
    assert asked[0][1] == {
        "out_trade_no": "SO1001", "trade_no": "2026", "refund_amount": "30.00", "out_request_no": "R-1",
    }  # fmt: skip
    say(answer | {"fund_change": "N"})
    assert p.alipay().refund(REFUND, paid, p.NOW) is None
    one = {"code": "10000", "trade_no": "2026", "out_trade_no": "SO1001", "out_request_no": "R-1"}
    say(one | {"refund_status": "REFUND_SUCCESS", "refund_amount": "30.00"})
    assert p.alipay().query(REFUND, p.NOW) == made
    say(one)
    assert p.alipay().query(REFUND, p.NOW) is None


def test_what_alipay_says_unsigned_or_not_at_all_is_not_known(alipay):
    """As with every provider."""
    _, say = alipay
    for said, key, expected in (
        ({"code": "10000", "trade_status": "TRADE_SUCCESS"}, "thief", "untrusted"),
        (None, "alipay", "unanswered"),
        ({"code": "20000"}, "alipay", "unanswered"),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, "alipay", "unanswered"),
        ({"code": "40004", "sub_code": "ACQ.ACCESS_FORBIDDEN"}, "alipay", "failed"),
    ):
        say(said, key)
        assert code(lambda: p.alipay().query(DEMAND, p.NOW)) == f"gateway.{expected}"


# ---------------------------------------------------------------------- Stripe


def test_stripe_is_asked_once_for_each_attempt(stripe):
    """In its units, with a key of idempotency that is the attempt's own; what names the payment stands in it."""
    gateway, asked, say = stripe
    say(p.STRIPE_PAYMENT | {"client_secret": "pi_1_secret"})
    made = gateway.prepare(DEMAND, p.NOW, title="tea")
    assert (made.id, made.fields) == ("pi_1", {"client_secret": "pi_1_secret"})
    [(method, path, sent, key)] = asked
    assert (method, path, key) == ("post", "/v1/payment_intents", "pay acct_1 SO1001")
    assert (sent["amount"], sent["currency"], sent["metadata[key]"]) == (["10000"], ["cny"], ["SO1001"])
    for amount, counted in (("5 ISK", "500"), ("500.00 MGA", "500"), ("5.120 KWD", "5120"), ("500 JPY", "500")):
        say(p.STRIPE_PAYMENT | {"client_secret": "x"})
        gateway.prepare(PaymentDemand(order="SO1001", amount=amount), p.NOW, title="tea")
        assert asked[-1][2]["amount"] == [counted]
    for amount in ("5.125 KWD", "0.50 MGA"):
        odd = PaymentDemand(order="SO1001", amount=amount)
        assert code(lambda odd=odd: gateway.prepare(odd, p.NOW, title="tea")) == "gateway.amount"


def test_stripe_says_how_a_payment_stands(stripe):
    """By its id, or searched for by the key."""
    gateway, asked, say = stripe
    say(p.STRIPE_PAYMENT)
    assert gateway.query(DEMAND, p.NOW, id="pi_1").amount == Money("100.00 CNY")
    say(p.STRIPE_PAYMENT | {"metadata": {"key": "SO1002"}})
    assert code(lambda: gateway.query(DEMAND, p.NOW, id="pi_1")) == "gateway.account"
    say(
        {"object": "search_result", "data": [p.STRIPE_PAYMENT | {"status": "canceled", "id": "pi_0"}, p.STRIPE_PAYMENT]}
    )
    assert gateway.query(DEMAND, p.NOW).id == "pi_1"
    assert asked[-1][1:3] == ("/v1/payment_intents/search", {"query": ["metadata['key']:'SO1001'"], "limit": ["100"]})
    say({"object": "search_result", "data": []})
    assert gateway.query(DEMAND, p.NOW) is None
    say(p.STRIPE_PAYMENT | {"status": "requires_payment_method"})
    assert gateway.query(DEMAND, p.NOW, id="pi_1") is None


def test_stripe_gives_back_once_under_a_number_unless_it_failed(stripe):
    """Stripe forgets a key of idempotency after a day: what it gave back is looked for first, on every page."""
    gateway, asked, say = stripe
    paid = PAID.model_copy(update={"id": "pi_1"})
    none = {"object": "list", "data": [], "has_more": False}
    say(none)
    say(p.STRIPE_REFUND | {"status": "pending"})
    assert gateway.refund(REFUND, paid, p.NOW) is None
    assert asked[-1][3] == "refund acct_1 SO1001 R-1 0"
    other = p.STRIPE_REFUND | {"id": "re_2", "metadata": {"refund": "R-2"}}
    say(none | {"data": [other], "has_more": True})
    say(none | {"data": [p.STRIPE_REFUND]})
    assert gateway.refund(REFUND, paid, p.NOW).told == "succeeded"
    assert asked[-1][2]["starting_after"] == ["re_2"]
    assert [each[0] for each in asked].count("post") == 1
    say(none | {"data": [p.STRIPE_REFUND | {"status": "failed"}]})
    say(p.STRIPE_REFUND)
    assert gateway.refund(REFUND, paid, p.NOW).amount == Money("30.00 CNY")
    assert asked[-1][3] == "refund acct_1 SO1001 R-1 1"
    say(p.STRIPE_PAYMENT)
    say(none | {"data": [p.STRIPE_REFUND]})
    assert gateway.query(REFUND, p.NOW, id="pi_1").refund == "R-1"


def test_what_stripe_does_not_say_is_not_known(stripe):
    """As with every provider."""
    gateway, _, say = stripe
    for said, status, expected in (
        (None, 0, "unanswered"),
        ({"error": {"type": "api_error"}}, 500, "unanswered"),
        ({"error": {"type": "invalid_request_error", "code": "resource_missing"}}, 404, "failed"),
    ):
        say(said, status)
        assert code(lambda: gateway.query(DEMAND, p.NOW, id="pi_1")) == f"gateway.{expected}"


@pytest.mark.parametrize("make", [p.wechat, p.alipay, p.stripe_gateway])
def test_nobody_is_asked_for_another_account_or_in_money_it_does_not_take(make):
    """Refused before anything is asked."""
    other = DEMAND.model_copy(update={"merchant": "other"})
    assert code(lambda: make().prepare(other, p.NOW, title="tea")) == "gateway.other_account"
    assert code(lambda: make().query(other, p.NOW)) == "gateway.other_account"
    back = REFUND.model_copy(update={"merchant": "other"})
    assert code(lambda: make().refund(back, PAID, p.NOW)) == "gateway.other_account"
    if make is not p.stripe_gateway:
        dollars = PaymentDemand(order="SO1001", amount="1.00 USD")
        assert code(lambda: make().prepare(dollars, p.NOW, title="tea")) == "gateway.amount"
        odd = DEMAND.model_copy(update={"channel": "carrier pigeon"})
        assert code(lambda: make().prepare(odd, p.NOW, title="tea")) == "gateway.channel"
