"""Alipay, on the library `python-alipay-sdk` (`settlement[alipay]`; not beside `alipay-sdk-python`: one import name).

Source: Alipay, 异步通知说明, alipay.trade.page.pay, alipay.trade.refund, alipay.trade.fastpay.refund.query
(opendocs.alipay.com). No instant of sending is signed, so a notice of any age holds; repeats are
known by `notify_id`, which is the `event` of a notice, hours later too. That library's `verify` takes a message that
names no `sign_type`, and changes what it is given; it gets a copy, when all else holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, Told
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.documents.extras import needs
from settlement.documents.scalars import utc
from settlement.documents.written import all_readable
from settlement.errors import GatewayRefused
from settlement.ext.gateways.gateway import Notice, Prepared, Reply
from settlement.ext.gateways.keys import TrustedKey, TrustedKeys
from settlement.ext.gateways.message import account_asked, body, notice, of_account, text
from settlement.money import Money, excerpt

__all__ = ["CHANNELS", "Alipay"]

#: Its products, as `PaymentDemand.channel` names them: the call, and its product code.
CHANNELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "page": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        "wap": ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
        "app": ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
        "code": ("alipay.trade.precreate", "QR_CODE_OFFLINE"),
    }
)
#: The one algorithm: RSA with SHA-256.
_SIGN_TYPE: Final = "RSA2"
#: What a state tells; WAIT_BUYER_PAY has not ended. TRADE_FINISHED: paid, and refunds are over.
_PAID: Final[Mapping[str, Told]] = MappingProxyType(
    {"TRADE_SUCCESS": "succeeded", "TRADE_FINISHED": "succeeded", "TRADE_CLOSED": "closed"}
)
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_FIELDS: Final = 200
_CHINA: Final = timezone(timedelta(hours=8))
_ADDRESS: Final = "https://openapi.alipay.com/gateway.do?"
_SANDBOX: Final = "https://openapi-sandbox.dl.alipaydev.com/gateway.do?"


class Alipay:
    """Alipay for one app and the account that it sells for (`merchant`, 2088…).

    `keys` are Alipay's public keys (PEM) under names of your own: messages name none, so each that has not ended is
    tried. `private_key` (PEM) is the app's. A notice of a refund states what was given back *in all*, so the amount is
    that of `asked(key, number)`: the demand under which it was asked, as the shop stored it. Raises `ValueError` for a
    key that is none, and `MissingExtra` without the library.
    """

    def __init__(
        self,
        *,
        merchant: str,
        app: str,
        keys: Iterable[TrustedKey],
        private_key: str,
        notify_url: str,
        asked: Callable[[str, str], RefundDemand | None] | None = None,
        channel: str = "page",
        sandbox: bool = False,
        timeout: int = 15,
    ) -> None:
        with needs("alipay"):
            from alipay import AliPay
            from alipay.utils import AliPayConfig

        self._merchant, self._app, self._notify_url, self._asked = merchant, app, notify_url, asked
        self._keys, self._channel, self._address = TrustedKeys(keys), channel, _SANDBOX if sandbox else _ADDRESS
        self._clients = {
            key.id: AliPay(
                appid=app,
                app_private_key_string=private_key,
                alipay_public_key_string=key.value,
                sign_type=_SIGN_TYPE,
                debug=sandbox,
                config=AliPayConfig(timeout=timeout),
            )
            for key in self._keys
        }

    # -------------------------------------------------------------- what comes in

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """As `Gateway.verify`. Headers say nothing here, and no instant of sending is signed."""
        at, data = utc(now), _form(body(raw))
        kind = text(data, "sign_type")
        if kind != _SIGN_TYPE:
            raise GatewayRefused("gateway.algorithm", found=excerpt(kind), expected=_SIGN_TYPE)
        charset = data.get("charset", "utf-8")
        if charset.lower() != "utf-8":
            raise GatewayRefused("gateway.encoding")
        self._signed(data, at)
        of_account(data, app_id=self._app, seller_id=self._merchant)
        if data.get("gmt_refund") or data.get("refund_fee", "").strip("0."):
            return self._refund_told(data)
        return self._payment_told(data, text(data, "notify_id"))

    def _signed(self, data: Mapping[str, str], at: datetime) -> None:
        """Nothing, where a key that has not ended signed it."""
        signature = text(data, "sign")
        fits = [key for key in self._keys if self._fits(key, data, signature)]
        if not fits:
            raise GatewayRefused("gateway.signature")
        if all(key.ended(at) for key in fits):
            raise GatewayRefused("gateway.key_ended")

    def _fits(self, key: TrustedKey, data: Mapping[str, str], signature: str) -> bool:
        copied = {name: value for name, value in data.items() if name != "sign"}  # the library takes out `sign_type`
        try:
            return bool(self._clients[key.id].verify(copied, signature))
        except ValueError:  # no base64
            return False

    def _payment_told(self, data: Mapping[str, Any], event: str | None) -> Notice:
        state = text(data, "trade_status")
        if state not in _PAID:
            raise GatewayRefused("gateway.nothing", found=excerpt(state))
        return notice(
            PaymentNotice,
            id=text(data, "trade_no"),
            key=text(data, "out_trade_no"),
            merchant=self._merchant,
            amount=_money(data, "total_amount"),
            told=_PAID[state],
            event=event,
        )

    def _refund_told(self, data: Mapping[str, str]) -> Notice:
        """A refund is told with the status of its payment, which may still be TRADE_SUCCESS."""
        event = text(data, "notify_id")
        if not data.get("out_biz_no") and data.get("trade_status") == "TRADE_FINISHED":
            return self._payment_told(data, event)  # refunds are over; what was given back is only called to mind
        key, number = text(data, "out_trade_no"), text(data, "out_biz_no")
        in_all = _money(data, "refund_fee")
        demand = None if self._asked is None else self._asked(key, number)
        if demand is None or demand.amount > in_all:
            raise GatewayRefused("gateway.refund_unknown", found=excerpt(number))
        return self._given_back(demand, text(data, "trade_no"), event)

    def _given_back(self, demand: RefundDemand, trade: str, event: str | None = None) -> RefundNotice:
        """Alipay has no number of its own for a refund: it is the payment's, with the refund's behind it."""
        made = notice(
            RefundNotice,
            id=f"{trade}/{demand.refund}",
            refund=demand.refund,
            key=demand.order,
            merchant=self._merchant,
            amount=demand.amount,
            told="succeeded",
            event=event,
        )
        return cast("RefundNotice", made)

    def answer(self, success: bool) -> Reply:
        """As `Gateway.answer`: seven letters, and nothing else stops it from telling again."""
        return Reply(200, "text/plain", b"success" if success else b"fail")

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
        """As `Gateway.prepare`. Only the channel `code` asks over the network; the others sign what the buyer sends."""
        account_asked(demand, self._merchant)
        channel = demand.channel or self._channel
        if channel not in CHANNELS:
            raise GatewayRefused("gateway.channel", found=excerpt(channel), expected=", ".join(CHANNELS))
        method, product = CHANNELS[channel]
        content = {
            "out_trade_no": demand.key,
            "total_amount": _yuan(demand.amount),
            "subject": title,
            "product_code": product,
        }
        if demand.expires is not None:
            content["time_expire"] = _clock(demand.expires)
        stated = {"notify_url": self._notify_url, "timestamp": _clock(utc(now))}
        if channel == "code":
            found = self._ask(method, content, stated)
            return Prepared(demand.key, {"qr_code": text(found, "qr_code")})
        signed = self._clients[self._keys.first.id].client_api(method, content, **stated)
        return Prepared(demand.key, {"order": signed} if channel == "app" else {"url": self._address + signed})

    def query(
        self, demand: PaymentDemand | RefundDemand, now: datetime | str, *, id: str | None = None
    ) -> Notice | None:
        """As `Gateway.query`, by the key of the payment, and the number of the refund."""
        account_asked(demand, self._merchant)
        stated = {"timestamp": _clock(utc(now))}
        if isinstance(demand, RefundDemand):
            asked = {"out_trade_no": demand.order, "out_request_no": demand.refund}
            found = self._ask("alipay.trade.fastpay.refund.query", asked, stated, known=False)
            if found.get("refund_status") != "REFUND_SUCCESS":
                return None
            of_account(found, out_trade_no=demand.order, out_request_no=demand.refund)
            told = demand.model_copy(update={"amount": _money(found, "refund_amount")})
            return self._given_back(told, text(found, "trade_no"))
        found = self._ask("alipay.trade.query", {"out_trade_no": demand.key}, stated, known=False)
        if found.get("trade_status") not in _PAID:
            return None
        of_account(found, out_trade_no=demand.key)
        return self._payment_told(found, None)

    def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """As `Gateway.refund`. The same number may be asked for again: it is given back once."""
        account_asked(demand, self._merchant)
        asked = {
            "out_trade_no": demand.order,
            "trade_no": payment.id,
            "refund_amount": _yuan(demand.amount),
            "out_request_no": demand.refund,
        }
        stated = {"timestamp": _clock(utc(now))}
        found = self._ask("alipay.trade.refund", asked, stated)
        if found.get("fund_change") != "Y":
            return None  # it was given back before, or not yet: `query` says
        of_account(found, out_trade_no=demand.order)
        return self._given_back(demand, text(found, "trade_no"))

    def _ask(
        self, method: str, content: Mapping[str, str], stated: Mapping[str, str], *, known: bool = True
    ) -> dict[str, Any]:
        """What the provider answers; nothing where it knows no such thing, and need not."""
        from alipay.exceptions import AliPayException, AliPayValidationError

        client = self._clients[self._keys.first.id]
        try:
            found = client.server_api(method, dict(content), **stated)
        except OSError:
            raise GatewayRefused("gateway.unanswered") from None
        except (AliPayException, AliPayValidationError, ValueError, AttributeError):
            raise GatewayRefused("gateway.untrusted") from None
        if not isinstance(found, dict):
            raise GatewayRefused("gateway.untrusted")
        code, reason = found.get("code"), found.get("sub_code")
        if code == "10000":
            return found
        if code == "20000" or reason in {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}:
            raise GatewayRefused("gateway.unanswered")
        if known or reason != "ACQ.TRADE_NOT_EXIST":
            raise GatewayRefused("gateway.failed", detail=f"{excerpt(code)} {excerpt(reason)}")
        return {}


def _form(told: str) -> dict[str, str]:
    """The fields of a form, each once."""
    try:
        pairs = parse_qsl(
            told, keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict", max_num_fields=_FIELDS
        )
    except UnicodeDecodeError:
        raise GatewayRefused("gateway.encoding") from None
    except ValueError:
        raise GatewayRefused("gateway.form") from None
    made = dict(pairs)
    if not made or len(made) != len(pairs):
        raise GatewayRefused("gateway.form")
    return made


def _money(data: Mapping[str, Any], name: str) -> Money:
    """An amount in yuan, as text: a JSON number may have lost its cents."""
    stated = text(data, name)
    if not _AMOUNT.fullmatch(stated):
        raise GatewayRefused("gateway.field", place=name, found=excerpt(stated), expected='an amount such as "12.34"')
    return Money.of(stated, "CNY")


def _yuan(amount: Money) -> str:
    if amount.currency != "CNY":
        raise GatewayRefused("gateway.amount", found=str(amount), provider="Alipay", currency=amount.currency)
    return str(amount).split()[0]


def _clock(instant: datetime) -> str:
    """An instant as Alipay writes it: Beijing time without its offset."""
    return instant.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")


all_readable(globals())
