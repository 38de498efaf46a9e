"""What comes in from WeChat Pay, Alipay and Stripe: every sentence about `verify`, with keys made here."""

from __future__ import annotations

import copy
import json
import socket
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import providers as p
from settlement import Money
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand, RefundNotice, payment_state
from settlement.errors import TEXTS, GatewayRefused
from settlement.ext.gateways import TrustedKey

pytestmark = pytest.mark.gateways
PROVIDERS = ("wechat", "alipay", "stripe")
REFUND = RefundDemand(order="SO1001", refund="R-1", amount="30.00 CNY")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Nothing in this file may open a connection."""

    def refuse(*_):
        msg = "a network was touched"
        raise AssertionError(msg)

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def gateway(name, **changed):
    """A gateway of this provider."""
    return {"wechat": p.wechat, "alipay": p.alipay, "stripe": p.stripe_gateway}[name](**changed)


def paid(name, at=p.NOW):
    """A good notice of a payment: body and headers."""
    if name == "alipay":
        return p.alipay_body(p.ALIPAY_PAID), {}
    raw = (
        p.wechat_message(p.WECHAT_PAID)
        if name == "wechat"
        else p.stripe_event("payment_intent.succeeded", p.STRIPE_PAYMENT)
    )
    return raw, (p.wechat_headers if name == "wechat" else p.stripe_headers)(raw, at=at)


def refused(gateway, raw, headers, now=p.NOW):
    """The code of a refusal, which has a text in both languages."""
    with pytest.raises(GatewayRefused) as caught:
        gateway.verify(raw, headers, now)
    assert caught.value.code in TEXTS
    assert caught.value.text("en") != caught.value.text("zh_CN")
    assert "<" not in caught.value.text("zh_CN")
    return caught.value.code


# ------------------------------------------------------------------ what holds


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_payment_is_told(name):
    """Each provider's notice of a payment is one of ours, and pays the demand."""
    made = gateway(name).verify(*paid(name), p.NOW)
    assert type(made) is PaymentNotice
    assert (made.key, made.amount, made.told) == ("SO1001", Money("100.00 CNY"), "succeeded")
    demand = PaymentDemand(order="SO1001", amount="100.00 CNY", merchant=made.merchant)
    assert payment_state([demand], [made]).status == "paid"
    assert made.event == {"wechat": "EV-1", "alipay": "n-1", "stripe": "evt_1"}[name]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_refund_is_told_as_a_refund(name):
    """Alipay tells both as TRADE_SUCCESS; each is a refund notice with the number that it was asked under."""
    if name == "wechat":
        raw = p.wechat_message(p.WECHAT_REFUNDED, about="REFUND.SUCCESS")
        made = gateway(name).verify(raw, p.wechat_headers(raw), p.NOW)
    elif name == "alipay":
        made = gateway(name, asked=lambda *_: REFUND).verify(p.alipay_body(p.ALIPAY_REFUNDED), {}, p.NOW)
    else:
        raw = p.stripe_event("refund.updated", p.STRIPE_REFUND)
        made = gateway(name).verify(raw, p.stripe_headers(raw), p.NOW)
    assert type(made) is RefundNotice
    assert (made.refund, made.key, made.amount, made.told) == ("R-1", "SO1001", Money("30.00 CNY"), "succeeded")


def test_a_second_refund_of_alipay_is_not_taken_for_the_sum_of_both():
    """Its notice states what was given back in all (30 + 20); the amount is that of the demand of this number."""
    second = RefundDemand(order="SO1001", refund="R-2", amount="20.00 CNY")
    body = p.alipay_body(p.ALIPAY_REFUNDED | {"refund_fee": "50.00", "out_biz_no": "R-2"})
    asked = {("SO1001", "R-1"): REFUND, ("SO1001", "R-2"): second}
    made = gateway("alipay", asked=lambda *which: asked.get(which)).verify(body, {}, p.NOW)
    assert (made.refund, made.amount) == ("R-2", Money("20.00 CNY"))
    assert refused(gateway("alipay"), body, {}) == "gateway.refund_unknown"
    assert refused(gateway("alipay", asked=lambda *_: None), body, {}) == "gateway.refund_unknown"
    large = REFUND.model_copy(update={"amount": Money("50.01 CNY")})
    assert refused(gateway("alipay", asked=lambda *_: large), body, {}) == "gateway.refund_unknown"


@pytest.mark.parametrize(("state", "told"), [("CLOSED", "failed"), ("ABNORMAL", "failed")])
def test_a_refund_that_failed_is_told_as_failed(state, told):
    """WeChat Pay's closed and abnormal refunds, Stripe's failed and cancelled ones."""
    raw = p.wechat_message(p.WECHAT_REFUNDED | {"refund_status": state}, about=f"REFUND.{state}")
    assert gateway("wechat").verify(raw, p.wechat_headers(raw), p.NOW).told == told
    for status in ("failed", "canceled"):
        raw = p.stripe_event("refund.failed", p.STRIPE_REFUND | {"status": status})
        assert gateway("stripe").verify(raw, p.stripe_headers(raw), p.NOW).told == told


def test_what_was_tried_and_did_not_pay_is_told():
    """A card that was refused, a payment that was cancelled, a trade that ran out."""
    for about, told in (("payment_failed", "failed"), ("canceled", "cancelled")):
        raw = p.stripe_event(f"payment_intent.{about}", p.STRIPE_PAYMENT | {"amount_received": 0})
        made = gateway("stripe").verify(raw, p.stripe_headers(raw), p.NOW)
        assert (made.told, made.amount) == (told, Money("100.00 CNY"))
    body = p.alipay_body(p.ALIPAY_PAID | {"trade_status": "TRADE_CLOSED"})
    assert gateway("alipay").verify(body, {}, p.NOW).told == "closed"


def test_what_was_given_back_by_hand_at_stripe_is_told_too():
    """Money that left is never passed over: it has Stripe's own id as its number, and no key."""
    raw = p.stripe_event("refund.created", p.STRIPE_REFUND | {"metadata": {}})
    made = gateway("stripe").verify(raw, p.stripe_headers(raw), p.NOW)
    assert (made.refund, made.key, made.amount) == ("re_1", None, Money("30.00 CNY"))


def test_a_payment_of_alipay_that_gave_nothing_back_is_no_refund():
    """The fields of refunds may stand there empty, or at 0."""
    for fields in ({"refund_fee": "", "gmt_refund": ""}, {"refund_fee": "0.00", "out_biz_no": ""}):
        made = gateway("alipay").verify(p.alipay_body(p.ALIPAY_PAID | fields), {}, p.NOW)
        assert (type(made), made.amount) == (PaymentNotice, Money("100.00 CNY"))


def test_when_refunds_are_over_alipay_tells_the_payment_once_more():
    """TRADE_FINISHED calls to mind what was given back; it is no further refund."""
    over = {name: value for name, value in p.ALIPAY_REFUNDED.items() if name != "out_biz_no"}
    made = gateway("alipay").verify(p.alipay_body(over | {"trade_status": "TRADE_FINISHED"}), {}, p.NOW)
    assert (type(made), made.told, made.amount) == (PaymentNotice, "succeeded", Money("100.00 CNY"))


def test_headers_are_found_however_a_framework_spells_them():
    """As HTTP has them, in lower case, or as Django does; two that differ are refused."""
    raw, headers = paid("wechat")
    for spelt in (str.lower, str.upper, lambda name: "HTTP_" + name.upper().replace("-", "_")):
        assert gateway("wechat").verify(raw, {spelt(name): value for name, value in headers.items()}, p.NOW)
    twice = headers | {"wechatpay-serial": "PUB_KEY_ID_2"}
    assert refused(gateway("wechat"), raw, twice) == "gateway.header_twice"


@pytest.mark.parametrize("name", PROVIDERS)
def test_nothing_that_is_handed_in_is_changed(name):
    """Alipay's library takes `sign_type` out of what it is given: it gets a copy."""
    raw, headers = paid(name)
    body, before = bytearray(raw), copy.deepcopy(headers)
    gateway(name).verify(bytes(body), headers, p.NOW)
    assert headers == before
    assert body == raw
    assert gateway(name).verify(memoryview(body), headers, p.NOW).key == "SO1001"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_body_that_was_parsed_is_no_body(name):
    """What was parsed and written again was never signed: a TypeError, for it is the host's mistake."""
    with pytest.raises(TypeError, match="bytes"):
        gateway(name).verify({"a": 1}, {}, p.NOW)


# --------------------------------------------------------------------- instants


@pytest.mark.parametrize("name", ["wechat", "stripe"])
@pytest.mark.parametrize(("off", "holds"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_message_is_sent_within_300_seconds_either_way(name, off, holds):
    """The past and the future alike, up to and including 300 s."""
    raw, headers = paid(name, at=p.NOW + timedelta(seconds=off))
    if holds:
        assert gateway(name).verify(raw, headers, p.NOW)
    else:
        assert refused(gateway(name), raw, headers) == "gateway.instant_far"


@pytest.mark.parametrize("name", ["wechat", "stripe"])
@pytest.mark.parametrize("stamp", ["0", "4102444800", "99999999999"])
def test_1970_and_2100_are_refused_though_they_are_signed(name, stamp):
    """WeChat's library takes both, Stripe's the future."""
    raw, _ = paid(name)
    headers = (p.wechat_headers if name == "wechat" else p.stripe_headers)(raw, stamp=stamp)
    assert refused(gateway(name), raw, headers) == "gateway.instant_far"


def test_the_libraries_alone_take_them():
    """If this fails, a library has begun to look: then what is held here may be said otherwise."""
    import stripe
    from wechatpayv3 import WeChatPay, WeChatPayType

    raw, _ = paid("wechat")
    client = WeChatPay(
        WeChatPayType.NATIVE, "1900000109", p.private_pem("merchant"), "ABCDEF", "wx1", p.API_KEY,
        public_key=p.public_pem("wechat"), public_key_id="PUB_KEY_ID_1",
    )  # fmt: skip
    for stamp in ("0", "4102444800"):
        assert client.callback(p.wechat_headers(raw, stamp=stamp), raw)
    raw, _ = paid("stripe")
    header = p.stripe_headers(raw, stamp="4102444800")["Stripe-Signature"]
    assert stripe.WebhookSignature.verify_header(raw, header, p.WEBHOOK, tolerance=300)


@pytest.mark.parametrize("stamp", ["", " 1", "1.0", "-1", "1e9", "１７９４３６２４００", "1_794_362_400", "9" * 5000])
def test_an_instant_that_is_no_number_is_refused(stamp):
    """Plain ASCII digits and nothing else, whatever int() would take."""
    raw, _ = paid("wechat")
    code = "gateway.instant" if stamp else "gateway.header_missing"
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw, stamp=stamp)) == code
    raw, _ = paid("stripe")
    assert refused(gateway("stripe"), raw, p.stripe_headers(raw, stamp=stamp)) == "gateway.instant"


def test_alipay_signs_no_instant_so_a_notice_of_any_age_holds_and_its_repeat_is_known():
    """Hours later the same notice, under the same `notify_id`, is repeated and pays nothing twice."""
    raw, _ = paid("alipay")
    told = [gateway("alipay").verify(raw, {}, p.NOW + timedelta(hours=hours)) for hours in (0, 25, 5000)]
    assert {each.event for each in told} == {"n-1"}
    answers = payment_state([PaymentDemand(order="SO1001", amount="100.00 CNY")], told).answers
    assert [each.outcome for each in answers] == ["paid", "repeated", "repeated"]


# ------------------------------------------------------------ algorithms and keys


@pytest.mark.parametrize("kind", ["RSA", "RSA256", "rsa2", "HMAC"])
def test_a_sign_type_other_than_rsa2_is_refused(kind):
    """And none at all, which the library takes."""
    assert refused(gateway("alipay"), p.alipay_body(p.ALIPAY_PAID, sign_type=kind), {}) == "gateway.algorithm"


def test_a_missing_sign_type_or_sign_is_refused():
    """Alipay's library takes a message without `sign_type`."""
    assert refused(gateway("alipay"), p.alipay_body(p.ALIPAY_PAID, sign_type=None), {}) == "gateway.field"
    for sign in ("", "x", "茶", "AAAA", "===="):
        code = "gateway.signature" if sign else "gateway.field"
        assert refused(gateway("alipay"), p.alipay_body(p.ALIPAY_PAID, sign=sign), {}) == code


@pytest.mark.parametrize("kind", ["WECHATPAY2-SM2-WITH-SM3", "WECHATPAY2-SHA1-RSA2048", "none"])
def test_wechat_signs_with_the_configured_algorithm_alone(kind):
    """Whatever else a message claims."""
    raw, _ = paid("wechat")
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw, Wechatpay_Signature_Type=kind)) == "gateway.algorithm"
    other = p.wechat_message(p.WECHAT_PAID, algorithm="AEAD_SM4_GCM")
    assert refused(gateway("wechat"), other, p.wechat_headers(other)) == "gateway.algorithm"


def test_stripe_signs_with_the_configured_scheme_alone():
    """`v0` is the scheme of its own tests."""
    raw, _ = paid("stripe")
    assert refused(gateway("stripe"), raw, p.stripe_headers(raw, scheme="v0")) == "gateway.algorithm"


@pytest.mark.parametrize(
    "header",
    ["Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Signature-Type"],
)
def test_every_header_of_wechat_is_needed(header):
    """Missing or empty."""
    raw, headers = paid("wechat")
    for value in (None, ""):
        kept = {name: each for name, each in headers.items() if name != header} | (
            {} if value is None else {header: ""}
        )
        assert refused(gateway("wechat"), raw, kept) == "gateway.header_missing"


def test_the_header_of_stripe_is_needed():
    """And holds one instant, one signature at least."""
    raw, headers = paid("stripe")
    stamp, signature = headers["Stripe-Signature"].split(",")
    for header, code in (
        ("", "header_missing"),
        (stamp, "algorithm"),
        (signature, "instant"),
        (f"{stamp},{stamp},{signature}", "instant"),
        (f"{stamp},v1=", "signature"),
        (f"{stamp},v1=茶", "signature"),
        (f"{stamp},v1", "algorithm"),
    ):
        assert refused(gateway("stripe"), raw, {"Stripe-Signature": header}) == f"gateway.{code}"


def test_a_signature_of_wechat_has_one_spelling():
    """The library forgives signs that are no base64, so that one notice could come under many signatures."""
    raw, headers = paid("wechat")
    signature = headers["Wechatpay-Signature"]
    for spelt in (signature + "!", signature[:9] + " " + signature[9:], "茶" + signature, signature + "\n"):
        assert refused(gateway("wechat"), raw, headers | {"Wechatpay-Signature": spelt}) == "gateway.signature"


def test_a_serial_that_is_not_configured_is_refused_without_a_network():
    """WeChat's library would fetch certificates. Hexadecimal or not."""
    raw, _ = paid("wechat")
    for serial in ("5157F09EFDC096DE", "PUB_KEY_ID_2", "not hexadecimal", "茶"):
        assert refused(gateway("wechat"), raw, p.wechat_headers(raw, serial=serial)) == "gateway.key_unknown"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_signature_of_another_key_is_refused(name):
    """Signed rightly, by somebody else."""
    raw, headers = paid(name)
    if name == "wechat":
        headers = p.wechat_headers(raw, key="thief")
    elif name == "alipay":
        raw = p.alipay_body(p.ALIPAY_PAID, key="thief")
    else:
        headers = p.stripe_headers(raw, secret="whsec_thief")  # noqa: S106 - made up
    assert refused(gateway(name), raw, headers) == "gateway.signature"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_changed_body_is_refused(name):
    """One digit of the amount, behind the signature."""
    raw, headers = paid(name)
    changed = raw.replace(b"nonce", b"Nonce") if name == "wechat" else raw.replace(b"100", b"200")
    assert changed != raw
    assert refused(gateway(name), changed, headers) == "gateway.signature"


def two_keys(name, until):
    """A gateway that takes an old key up to an instant, and a new one."""
    if name == "stripe":
        return gateway(name, keys=[TrustedKey("new", "whsec_new"), TrustedKey("old", p.WEBHOOK, until)])
    if name == "alipay":
        return gateway(
            name, keys=[TrustedKey("new", p.public_pem("new")), TrustedKey("old", p.public_pem("alipay"), until)]
        )
    keys = [TrustedKey("PUB_KEY_ID_2", p.public_pem("new")), TrustedKey("PUB_KEY_ID_1", p.public_pem("wechat"), until)]
    return gateway(name, keys=keys)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_leaked_key_is_replaced_without_a_lost_notice(name):
    """Both hold until the old one ends; from that instant on nothing that it signs does, whenever it claims to be."""
    both = two_keys(name, p.NOW + timedelta(seconds=1))
    assert both.verify(*paid(name), p.NOW)
    assert refused(both, *paid(name), now=p.NOW + timedelta(seconds=1)) == "gateway.key_ended"
    if name == "wechat":
        raw, _ = paid(name)
        new = raw, p.wechat_headers(raw, key="new", serial="PUB_KEY_ID_2")
    elif name == "alipay":
        new = p.alipay_body(p.ALIPAY_PAID, key="new"), {}
    else:
        raw, _ = paid(name)
        new = raw, p.stripe_headers(raw, secret="whsec_new")  # noqa: S106 - made up
    for later in (0, 1):
        assert both.verify(*new, p.NOW + timedelta(seconds=later))


def test_the_key_that_opens_is_replaced_as_well():
    """WeChat's APIv3 key: what was encrypted with the old one opens until it ends."""
    raw = p.wechat_message(p.WECHAT_PAID, api_key=p.OLD_API_KEY)
    end = p.NOW + timedelta(seconds=1)
    both = gateway("wechat", api_keys=[TrustedKey("new", p.API_KEY), TrustedKey("old", p.OLD_API_KEY, end)])
    assert both.verify(raw, p.wechat_headers(raw), p.NOW)
    assert refused(both, raw, p.wechat_headers(raw), now=end) == "gateway.ciphertext"


def test_wechats_certificate_is_a_key_by_its_serial():
    """A serial that is not the certificate's is refused when the gateway is made."""
    pem, serial = p.certificate("platform")
    raw, _ = paid("wechat")
    made = gateway("wechat", keys=[TrustedKey(serial, pem)])
    assert made.verify(raw, p.wechat_headers(raw, key="platform", serial=serial), p.NOW)
    with pytest.raises(ValueError, match="serial"):
        gateway("wechat", keys=[TrustedKey("ABCDEF", pem)])
    with pytest.raises(ValueError, match="32 bytes"):
        gateway("wechat", api_keys=[TrustedKey("short", "k" * 31)])


# --------------------------------------------------------------------- contents


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json"), (b"[]", "json"), (b"null", "json"), (b"{", "json"), (b'{"a":1,"a":2}', "json"), (b"NaN", "json"),
        (b"[" * 100_000, "json"), (b"\xef\xbb\xbf{}", "json"), (b"{}", "field"),
    ],
)  # fmt: skip
def test_a_signed_body_that_is_no_json_is_refused(raw, code):
    """By WeChat Pay; by Stripe `{}` lacks its mode first."""
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == f"gateway.{code}"
    code = {"field": "account"}.get(code, code)
    assert refused(gateway("stripe"), raw, p.stripe_headers(raw)) == f"gateway.{code}"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_body_that_is_no_utf8_or_too_large_is_refused(name):
    """Before anything is verified."""
    _, headers = paid(name)
    assert refused(gateway(name), b"\xff\xfe{}", headers) == "gateway.encoding"
    assert refused(gateway(name), b"a" * 262_145, headers) == "gateway.size"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "form"), (b"a", "form"), (b"a=1&a=2", "form"), (b"&&", "form"), (b"a=%ff", "encoding"), (b"a=1", "field"),
        (b"&".join(b"%d=1" % n for n in range(500)), "form"), (b'{"a": 1}', "form"),
    ],
)  # fmt: skip
def test_a_body_of_alipay_that_is_no_form_is_refused(raw, code):
    """Each field once, and in UTF-8."""
    assert refused(gateway("alipay"), raw, {}) == f"gateway.{code}"


def test_another_charset_is_refused():
    """Alipay may be configured to send GBK."""
    assert refused(gateway("alipay"), p.alipay_body(p.ALIPAY_PAID | {"charset": "gbk"}), {}) == "gateway.encoding"


@pytest.mark.parametrize(("place", "value"), [("mchid", "1900000000"), ("appid", "wx2"), ("mchid", None)])
def test_another_account_of_wechat_is_refused(place, value):
    """Merchant and app."""
    raw = p.wechat_message(p.WECHAT_PAID | {place: value})
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == "gateway.account"


@pytest.mark.parametrize("place", ["app_id", "seller_id"])
def test_another_account_of_alipay_is_refused(place):
    """App and seller, other or not there."""
    assert refused(gateway("alipay"), p.alipay_body(p.ALIPAY_PAID | {place: "2"}), {}) == "gateway.account"
    without = {name: value for name, value in p.ALIPAY_PAID.items() if name != place}
    assert refused(gateway("alipay"), p.alipay_body(without), {}) == "gateway.account"


def test_another_account_or_mode_of_stripe_is_refused():
    """A connected account has to be named, and its own; test mode is not live."""

    def told(**changed):
        raw = p.stripe_event("payment_intent.succeeded", p.STRIPE_PAYMENT, **changed)
        return raw, p.stripe_headers(raw)

    for wrong in ({"account": "acct_2"}, {"livemode": True}, {"livemode": None}, {"livemode": 0}):
        assert refused(gateway("stripe"), *told(**wrong)) == "gateway.account"
    connected = gateway("stripe", connected=True)
    assert connected.verify(*told(account="acct_1"), p.NOW)
    assert refused(connected, *told()) == "gateway.account"


@pytest.mark.parametrize("total", [100.0, "10000", None, -1, True, 10**18, [10000]])
def test_an_amount_is_an_integer_of_fen(total):
    """Never a float, never a number in a text."""
    raw = p.wechat_message(p.WECHAT_PAID | {"amount": {"total": total, "currency": "CNY"}})
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == "gateway.field"
    raw = p.stripe_event("payment_intent.succeeded", p.STRIPE_PAYMENT | {"amount_received": total})
    assert refused(gateway("stripe"), raw, p.stripe_headers(raw)) == "gateway.field"


@pytest.mark.parametrize("total", ["0.30000000000000004", "1e2", "-1.00", "１.00", "1.", "", "1,000.00", " 1.00"])
def test_an_amount_of_alipay_is_plain_digits(total):
    """As its library would send one that was a float."""
    assert refused(gateway("alipay"), p.alipay_body(p.ALIPAY_PAID | {"total_amount": total}), {}) == "gateway.field"


@pytest.mark.parametrize("currency", ["cny", "XXX", "", None, 1, ["CNY"], {}])
def test_a_currency_that_is_none_is_refused(currency):
    """In whatever form."""
    raw = p.wechat_message(p.WECHAT_PAID | {"amount": {"total": 1, "currency": currency}})
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == "gateway.field"


@pytest.mark.parametrize(
    ("currency", "stated", "amount"),
    [
        ("jpy", 500, "500 JPY"), ("isk", 500, "5 ISK"), ("ugx", 500, "5 UGX"), ("mga", 500, "500.00 MGA"),
        ("kwd", 5120, "5.120 KWD"), ("huf", 1045, "10.45 HUF"),
    ],
)  # fmt: skip
def test_stripe_counts_some_currencies_its_own_way(currency, stated, amount):
    """In hundredths without coins, or in whole units with them."""
    raw = p.stripe_event(
        "payment_intent.succeeded", p.STRIPE_PAYMENT | {"amount_received": stated, "currency": currency}
    )
    assert gateway("stripe").verify(raw, p.stripe_headers(raw), p.NOW).amount == Money(amount)


def test_what_tells_of_nothing_here_may_hear_that_all_is_well():
    """It holds, and repeating it helps nobody: `success`. Every other refusal says no."""
    for about, inner in (
        ("customer.created", {}),
        ("payment_intent.succeeded", p.STRIPE_PAYMENT | {"metadata": {}}),
        ("payment_intent.succeeded", p.STRIPE_PAYMENT | {"metadata": None}),
        ("refund.updated", p.STRIPE_REFUND | {"status": "pending"}),
    ):
        raw = p.stripe_event(about, inner)
        with pytest.raises(GatewayRefused) as caught:
            gateway("stripe").verify(raw, p.stripe_headers(raw), p.NOW)
        assert (caught.value.code, caught.value.success) == ("gateway.nothing", True)
    body = p.alipay_body(p.ALIPAY_PAID | {"trade_status": "WAIT_BUYER_PAY"})
    assert refused(gateway("alipay"), body, {}) == "gateway.nothing"
    raw = p.wechat_message(p.WECHAT_PAID, about="COMPLAINT.CREATE")
    assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == "gateway.nothing"
    assert not GatewayRefused("gateway.signature").success


def test_what_is_encrypted_wrongly_is_refused():
    """Another key, no base64, a nonce that is none, no JSON or UTF-8 inside."""
    for resource in ({"ciphertext": "!"}, {"ciphertext": "AAAA"}, {"nonce": "1"}, {"nonce": "\ud800" * 8}):
        raw = p.wechat_message(p.WECHAT_PAID, **resource)
        assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == "gateway.ciphertext"
    for inner, code in ((b"\xff", "ciphertext"), (b"[]", "json"), (b"", "json"), (b"{}", "account")):
        raw = p.wechat_message(inner)
        assert refused(gateway("wechat"), raw, p.wechat_headers(raw)) == f"gateway.{code}"


# ------------------------------------------------------------------ anything else

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Signature-Type",
     "Stripe-Signature"]
)  # fmt: skip
HEADERS = st.dictionaries(NAMES | st.text(max_size=20), st.text(max_size=60), max_size=6)


def taken_or_refused(name, raw, headers):
    """Nothing but a notice or a refusal with a code comes of it."""
    try:
        return gateway(name).verify(raw, headers, p.NOW)
    except GatewayRefused as error:
        assert error.code in TEXTS  # noqa: PT017 - both outcomes are right
        assert error.text("zh_CN")  # noqa: PT017 - as above
        return None


@pytest.mark.parametrize("name", PROVIDERS)
@given(raw=st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()), headers=HEADERS)
def test_whatever_comes_is_refused_with_a_code(name, raw, headers):
    """Raw bytes and any headers, beside those of a good message."""
    assert taken_or_refused(name, raw, headers) is None
    assert taken_or_refused(name, raw, paid(name)[1] | headers) is None


@given(data=st.data())
def test_whatever_is_signed_is_read_or_refused_with_a_code(data):
    """One place of a good message holds anything, and the whole is signed and encrypted rightly."""

    def somewhere(good):
        changed = copy.deepcopy(good)
        inner = changed
        while True:
            name = data.draw(st.sampled_from(sorted(inner)))
            if isinstance(inner[name], dict) and inner[name] and data.draw(st.booleans()):
                inner = inner[name]
                continue
            if data.draw(st.booleans()):
                inner[name] = data.draw(JSON)
            else:
                del inner[name]
            return changed

    about = data.draw(st.sampled_from(["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]))
    raw = p.wechat_message(somewhere(data.draw(st.sampled_from([p.WECHAT_PAID, p.WECHAT_REFUNDED]))), about=about)
    taken_or_refused("wechat", raw, p.wechat_headers(raw))
    raw = json.dumps(somewhere(json.loads(p.wechat_message(p.WECHAT_PAID)))).encode()
    taken_or_refused("wechat", raw, p.wechat_headers(raw))
    event = json.loads(p.stripe_event("payment_intent.succeeded", p.STRIPE_PAYMENT))
    event["type"] = data.draw(st.sampled_from(["payment_intent.succeeded", "refund.updated", "refund.failed"]))
    raw = json.dumps(somewhere(event)).encode()
    taken_or_refused("stripe", raw, p.stripe_headers(raw))
    form = somewhere(data.draw(st.sampled_from([p.ALIPAY_PAID, p.ALIPAY_REFUNDED])))
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
    try:
        body = p.alipay_body(texts)
    except UnicodeEncodeError:  # half a character is no form
        return
    taken_or_refused("alipay", body, {})
