"""WeChat Pay, API v3, on the library `wechatpayv3` (`settlement[wechatpay]`).

Source: WeChat Pay, 支付成功通知, 退款结果通知, 签名验证 (pay.weixin.qq.com/doc/v3). That library's `callback` takes
a notice of any age, and fetches certificates for a serial that it does not know; so of it are used the signature
(`rsa_verify`), the opening (`aes_decrypt`) and the calls, and the rest is held here.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, Told
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.documents.scalars import utc
from settlement.errors import GatewayRefused, InvalidDocument
from settlement.ext.gateways.gateway import Notice, Prepared, Reply
from settlement.ext.gateways.keys import TrustedKey, TrustedKeys
from settlement.ext.gateways.message import (
    account_asked,
    body,
    headers_of,
    integer,
    json_object,
    notice,
    of_account,
    required,
    seconds_of,
    sent_within,
    text,
)
from settlement.money import Money, excerpt

__all__ = ["CHANNELS", "WeChat"]

#: Its products, as `PaymentDemand.channel` names them.
CHANNELS: Final = ("NATIVE", "JSAPI", "MINIPROG", "APP", "H5")
_ALGORITHM: Final = "WECHATPAY2-SHA256-RSA2048"
_CIPHER: Final = "AEAD_AES_256_GCM"
#: What a state of a payment tells; one that is not here has not ended. REFUND: paid, and given back later.
_PAID: Final[Mapping[str, Told]] = MappingProxyType(
    {"SUCCESS": "succeeded", "REFUND": "succeeded", "CLOSED": "closed", "REVOKED": "cancelled", "PAYERROR": "failed"}
)
#: ABNORMAL: the buyer's card takes nothing; the money lies with the merchant until somebody sees to it.
_REFUNDED: Final[Mapping[str, Told]] = MappingProxyType(
    {"SUCCESS": "succeeded", "CLOSED": "failed", "ABNORMAL": "failed"}
)
#: What says that there is no such payment or refund.
_UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_NUMBER: Final = re.compile(r"[0-9A-Za-z_|*@-]{1,64}", re.ASCII)
_CHINA: Final = timezone(timedelta(hours=8))


class WeChat:
    """WeChat Pay for one merchant and one app.

    `keys` are WeChat Pay's public keys by their ids (`PUB_KEY_ID_…`), or its certificates by their serials, as PEM;
    `api_keys` the merchant's APIv3 keys, 32 signs each; `private_key` (PEM) and `serial` are those of the merchant's
    own certificate. Nothing is fetched here or while a notice is verified. Raises `ValueError` for a key that is none,
    and `ImportError` without the library.
    """

    def __init__(
        self,
        *,
        merchant: str,
        app: str,
        keys: Iterable[TrustedKey],
        api_keys: Iterable[TrustedKey],
        private_key: str,
        serial: str,
        notify_url: str,
        channel: str = "NATIVE",
        timeout: tuple[int, int] = (5, 15),
    ) -> None:
        self._merchant, self._app, self._serial = merchant, app, serial
        self._keys, self._api_keys = TrustedKeys(keys), TrustedKeys(api_keys)
        self._public = {key.id: _public_key(key) for key in self._keys}
        for key in self._api_keys:
            if len(key.value.encode()) != 32:
                msg = f"api_keys: {key!r} has no 32 bytes"
                raise ValueError(msg)
        self._private_key, self._notify_url, self._channel = private_key, notify_url, channel
        self._timeout = timeout

    # -------------------------------------------------------------- what comes in

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """As `Gateway.verify`. The instant of sending is signed, and within 300 s of `now`, either way."""
        at, told, given = utc(now), body(raw), headers_of(headers)
        kind = required(given, "Wechatpay-Signature-Type")
        if kind != _ALGORITHM:
            raise GatewayRefused("gateway.algorithm", found=excerpt(kind), expected=_ALGORITHM)
        self._signed(told, given, at)
        sent_within(required(given, "Wechatpay-Timestamp"), at)
        message = json_object(told)
        event, about = text(message, "id"), text(message, "event_type")
        if not about.startswith(("TRANSACTION.", "REFUND.")):
            raise GatewayRefused("gateway.nothing", found=excerpt(about))
        opened = self._opened(message, at)
        of_account(opened, mchid=self._merchant)
        if about.startswith("REFUND."):
            return self._refund_told(opened, "refund_status", event)
        of_account(opened, appid=self._app)
        return self._payment_told(opened, event)

    def _signed(self, told: str, headers: Mapping[str, str], at: datetime) -> None:
        """Nothing, where a key that is configured and has not ended signed it."""
        from wechatpayv3.utils import rsa_verify

        key = self._keys.get(required(headers, "Wechatpay-Serial"))
        if key is None:
            raise GatewayRefused("gateway.key_unknown")
        if key.ended(at):
            raise GatewayRefused("gateway.key_ended")
        names = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature")
        timestamp, nonce, signature = [required(headers, name) for name in names]
        try:
            base64.b64decode(signature, validate=True)  # the library forgives signs that are no base64
            fits = rsa_verify(timestamp, nonce, told, signature, self._public[key.id])
        except ValueError:
            fits = False
        if not fits:
            raise GatewayRefused("gateway.signature")

    def _opened(self, message: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """What is encrypted in a message, by the first of the merchant's keys that opens it."""
        from wechatpayv3.utils import aes_decrypt

        algorithm = text(message, "resource.algorithm")
        if algorithm != _CIPHER:
            raise GatewayRefused("gateway.algorithm", found=excerpt(algorithm), expected=_CIPHER)
        resource = message["resource"]
        parts = {name: text(message, f"resource.{name}") for name in ("nonce", "ciphertext")}
        beside = text(message, "resource.associated_data") if resource.get("associated_data") else ""
        for key in self._api_keys:
            if key.ended(at):
                continue
            try:
                opened = aes_decrypt(**parts, associated_data=beside, apiv3_key=key.value)
            except ValueError:  # no base64, a nonce too short, no UTF-8 inside
                continue
            if opened is not None:
                return json_object(opened)
        raise GatewayRefused("gateway.ciphertext")

    def _payment_told(self, data: Mapping[str, Any], event: str | None) -> Notice:
        state = text(data, "trade_state")
        if state not in _PAID:
            raise GatewayRefused("gateway.nothing", found=excerpt(state))
        return notice(
            PaymentNotice,
            id=text(data, "transaction_id"),
            key=text(data, "out_trade_no"),
            merchant=self._merchant,
            amount=_amount(data, "total"),
            told=_PAID[state],
            event=event,
        )

    def _refund_told(self, data: Mapping[str, Any], status: str, event: str | None) -> Notice:
        state = text(data, status)
        if state not in _REFUNDED:
            raise GatewayRefused("gateway.nothing", found=excerpt(state))
        return notice(
            RefundNotice,
            id=text(data, "refund_id"),
            refund=text(data, "out_refund_no"),
            key=text(data, "out_trade_no"),
            merchant=self._merchant,
            amount=_amount(data, "refund"),
            told=_REFUNDED[state],
            event=event,
        )

    def answer(self, success: bool) -> Reply:
        """As `Gateway.answer`: 204 and nothing, or 500 and a reason; then it tells again."""
        if success:
            return Reply(204, "application/json", b"")
        return Reply(500, "application/json", '{"code":"FAIL","message":"失败"}'.encode())

    # -------------------------------------------------------------- what goes out

    def prepare(
        self,
        demand: PaymentDemand,
        now: datetime | str,
        *,
        title: str,
        payer: str | None = None,
        address: str | None = None,
    ) -> Prepared:
        """As `Gateway.prepare`. JSAPI and MINIPROG need the payer's openid, H5 the address of his device."""
        account_asked(demand, self._merchant)
        channel = demand.channel or self._channel
        if channel not in CHANNELS:
            raise GatewayRefused("gateway.channel", found=excerpt(channel), expected=", ".join(CHANNELS))
        asked: dict[str, Any] = {
            "description": title,
            "out_trade_no": demand.key,
            "amount": {"total": _fen(demand.amount), "currency": "CNY"},
        }
        if demand.expires is not None:
            asked["time_expire"] = demand.expires.astimezone(_CHINA).replace(microsecond=0).isoformat()
        if channel in {"JSAPI", "MINIPROG"}:
            asked["payer"] = {"openid": _needed(payer, "payer")}
        elif channel == "H5":
            asked["scene_info"] = {"payer_client_ip": _needed(address, "address"), "h5_info": {"type": "Wap"}}
        found = self._ask(lambda client: client.pay(**asked), channel)
        if channel == "NATIVE":
            return Prepared(demand.key, {"code_url": text(found, "code_url")})
        if channel == "H5":
            return Prepared(demand.key, {"h5_url": text(found, "h5_url")})
        prepay = text(found, "prepay_id")
        return Prepared(demand.key, self._signed_fields(channel, prepay, str(seconds_of(utc(now)))), prepay)

    def _signed_fields(self, channel: str, prepay: str, timestamp: str) -> dict[str, str]:
        """What the page or app hands to WeChat, signed by the merchant: 调起支付签名."""
        nonce = hashlib.sha256(f"{prepay}\n{timestamp}".encode()).hexdigest()[:32]
        package = prepay if channel == "APP" else f"prepay_id={prepay}"
        sign = str(self._client(channel).sign([self._app, timestamp, nonce, package]))
        if channel == "APP":
            fields = {"appid": self._app, "partnerid": self._merchant, "prepayid": prepay, "package": "Sign=WXPay"}
            return fields | {"noncestr": nonce, "timestamp": timestamp, "sign": sign}
        fields = {"appId": self._app, "timeStamp": timestamp, "nonceStr": nonce, "package": package}
        return fields | {"signType": "RSA", "paySign": sign}

    def query(
        self, demand: PaymentDemand | RefundDemand, now: datetime | str, *, id: str | None = None
    ) -> Notice | None:
        """As `Gateway.query`, by the key of the payment or the number of the refund."""
        account_asked(demand, self._merchant)
        if isinstance(demand, RefundDemand):
            number = _number(demand.refund)
            found = self._ask(lambda client: client.query_refund(number), known=False)
            return self._given_back(found, demand)
        found = self._ask(lambda client: client.query(out_trade_no=demand.key), known=False)
        if found.get("trade_state") not in _PAID:
            return None
        of_account(found, mchid=self._merchant, out_trade_no=demand.key)
        if _PAID[found["trade_state"]] == "succeeded":
            return self._payment_told(found, None)
        fields = {"id": found.get("transaction_id") or demand.key, "key": demand.key, "merchant": self._merchant}
        return notice(PaymentNotice, amount=demand.amount, told=_PAID[found["trade_state"]], **fields)

    def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """As `Gateway.refund`. The same number may be asked for again: it is given back once."""
        account_asked(demand, self._merchant)
        amount = {"refund": _fen(demand.amount), "total": _fen(payment.amount), "currency": "CNY"}
        number = _number(demand.refund)
        found = self._ask(lambda client: client.refund(number, amount, transaction_id=payment.id))
        return self._given_back(found, demand)

    def _given_back(self, found: Mapping[str, Any], demand: RefundDemand) -> RefundNotice | None:
        if found.get("status") not in _REFUNDED:
            return None
        of_account(found, out_trade_no=demand.order, out_refund_no=demand.refund)
        made = self._refund_told(found, "status", None)
        assert isinstance(made, RefundNotice)  # noqa: S101 - what `_refund_told` makes
        return made

    def _client(self, channel: str | None = None) -> Any:
        from wechatpayv3 import WeChatPay, WeChatPayType

        return WeChatPay(
            wechatpay_type=WeChatPayType[channel or self._channel],
            mchid=self._merchant,
            private_key=self._private_key,
            cert_serial_no=self._serial,
            appid=self._app,
            apiv3_key=self._api_keys.first.value,
            notify_url=self._notify_url,
            public_key=_pem(self._public[self._keys.first.id]),
            public_key_id=self._keys.first.id,
            timeout=self._timeout,
        )

    def _ask(
        self, call: Callable[[Any], tuple[int, str | bytes]], channel: str | None = None, *, known: bool = True
    ) -> dict[str, Any]:
        """What the provider answers; nothing where it knows no such thing, and need not."""
        from requests import RequestException

        try:
            status, said = call(self._client(channel))
            answered = said.decode() if isinstance(said, bytes) else said
        except RequestException:
            raise GatewayRefused("gateway.unanswered") from None
        except Exception:  # noqa: BLE001 - the library raises Exception itself where a signature does not fit
            raise GatewayRefused("gateway.untrusted") from None
        if status >= 500 or status == 429:
            raise GatewayRefused("gateway.unanswered")
        try:
            found = json_object(answered) if answered else {}
        except GatewayRefused:
            raise GatewayRefused("gateway.untrusted") from None
        if status < 300:
            return found
        code = found.get("code")
        if not isinstance(code, str):  # a no of WeChat Pay has its code; this is somebody between
            raise GatewayRefused("gateway.untrusted")
        if known or code not in _UNKNOWN:
            raise GatewayRefused("gateway.failed", detail=f"{status} {excerpt(code)}")
        return {}


def _public_key(key: TrustedKey) -> Any:
    """The public key of a PEM, or of a certificate, whose serial is then the id."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    if "BEGIN CERTIFICATE" not in key.value:
        return load_pem_public_key(key.value.encode())
    certificate = load_pem_x509_certificate(key.value.encode())
    if int(key.id, 16) != certificate.serial_number:
        msg = f"keys: {key!r} is not the serial of its certificate"
        raise ValueError(msg)
    return certificate.public_key()


def _pem(public: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def _amount(data: Mapping[str, Any], name: str) -> Money:
    """An amount in fen; notices of refunds state no currency, which is then CNY."""
    amount = data.get("amount")
    currency = amount.get("currency", "CNY") if isinstance(amount, dict) else "CNY"
    minor = integer(data, f"amount.{name}")
    try:
        return Money.of_minor(minor, currency)
    except InvalidDocument:
        found = excerpt(currency)
        raise GatewayRefused("gateway.field", place="amount.currency", found=found, expected="a currency") from None


def _fen(amount: Money) -> int:
    if amount.currency != "CNY":
        raise GatewayRefused("gateway.amount", found=str(amount), provider="WeChat Pay", currency=amount.currency)
    return amount.minor


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise GatewayRefused("gateway.payer", missing=name)
    return value


def _number(refund: str) -> str:
    """A refund number that stands in an address as it is."""
    if not _NUMBER.fullmatch(refund):
        raise GatewayRefused("gateway.number", found=excerpt(refund), expected="1 to 64 of 0-9A-Za-z_-|*@")
    return refund
