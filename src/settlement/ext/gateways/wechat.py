"""WeChat Pay, API v3, on the library `wechatpayv3` (`settlement[wechatpay]`).

Source: WeChat Pay, 支付成功通知, 退款结果通知, 签名验证 (pay.weixin.qq.com/doc/v3). That library's `callback` takes
a notice of any age, and fetches certificates for a serial that it does not know; so of it are used the signature
(`rsa_verify`), the opening (`aes_decrypt`) and the calls, and the rest is held here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final, cast

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.documents.extras import needs
from settlement.documents.scalars import utc
from settlement.documents.written import all_readable
from settlement.errors import GatewayRefused
from settlement.ext.gateways.gateway import Notice, Prepared, Reply
from settlement.ext.gateways.keys import TrustedKey
from settlement.ext.gateways.message import (
    account_asked,
    json_object,
    notice,
    of_account,
    seconds_of,
    text,
)
from settlement.ext.gateways.wechat_notices import PAID, REFUNDED, WeChatNotices
from settlement.money import Money, excerpt

__all__ = ["CHANNELS", "WeChat"]

#: Its products, as `PaymentDemand.channel` names them.
CHANNELS: Final = ("NATIVE", "JSAPI", "MINIPROG", "APP", "H5")
#: What says that there is no such payment or refund.
_UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_NUMBER: Final = re.compile(r"[0-9A-Za-z_|*@-]{1,64}", re.ASCII)
_CHINA: Final = timezone(timedelta(hours=8))


class WeChat:
    """WeChat Pay for one merchant and one app.

    `keys` are WeChat Pay's public keys by their ids (`PUB_KEY_ID_…`), or its certificates by their serials, as PEM;
    `api_keys` the merchant's APIv3 keys, 32 signs each; `private_key` (PEM) and `serial` are those of the merchant's
    own certificate. Nothing is fetched here or while a notice is verified. Raises `ValueError` for a key that is none,
    and `MissingExtra` without the library.
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
        self._told = WeChatNotices(merchant=merchant, app=app, keys=keys, api_keys=api_keys)
        self._private_key, self._notify_url, self._channel = private_key, notify_url, channel
        self._timeout = timeout

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """As `Gateway.verify`. The instant of sending is signed, and within 300 s of `now`, either way."""
        return self._told.verify(raw, headers, now)

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
        if found.get("trade_state") not in PAID:
            return None
        of_account(found, mchid=self._merchant, out_trade_no=demand.key)
        if PAID[found["trade_state"]] == "succeeded":
            return self._told.payment(found, None)
        fields = {"id": found.get("transaction_id") or demand.key, "key": demand.key, "merchant": self._merchant}
        return notice(PaymentNotice, amount=demand.amount, told=PAID[found["trade_state"]], **fields)

    def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """As `Gateway.refund`. The same number may be asked for again: it is given back once."""
        account_asked(demand, self._merchant)
        amount = {"refund": _fen(demand.amount), "total": _fen(payment.amount), "currency": "CNY"}
        number = _number(demand.refund)
        found = self._ask(lambda client: client.refund(number, amount, transaction_id=payment.id))
        return self._given_back(found, demand)

    def _given_back(self, found: Mapping[str, Any], demand: RefundDemand) -> RefundNotice | None:
        if found.get("status") not in REFUNDED:
            return None
        of_account(found, out_trade_no=demand.order, out_refund_no=demand.refund)
        made = self._told.refund(found, "status", None)
        return cast("RefundNotice", made)

    def _client(self, channel: str | None = None) -> Any:
        with needs("wechatpay"):
            from wechatpayv3 import WeChatPay, WeChatPayType

        return WeChatPay(
            wechatpay_type=WeChatPayType[channel or self._channel],
            mchid=self._merchant,
            private_key=self._private_key,
            cert_serial_no=self._serial,
            appid=self._app,
            apiv3_key=self._told.api_keys.first.value,
            notify_url=self._notify_url,
            public_key=_pem(self._told.public[self._told.keys.first.id]),
            public_key_id=self._told.keys.first.id,
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


def _pem(public: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


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


all_readable(globals())
