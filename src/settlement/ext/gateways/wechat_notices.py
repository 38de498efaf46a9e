"""What WeChat Pay tells, verified and read: signature, instant, what is encrypted, accounts, amounts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from settlement.after_pay.payments.demand import PaymentNotice, Told
from settlement.after_pay.payments.given_back import RefundNotice
from settlement.documents.extras import needs
from settlement.documents.scalars import utc
from settlement.errors import GatewayRefused, InvalidDocument
from settlement.ext.gateways.gateway import Notice
from settlement.ext.gateways.keys import TrustedKey, TrustedKeys
from settlement.ext.gateways.message import (
    body,
    headers_of,
    integer,
    json_object,
    notice,
    of_account,
    required,
    sent_within,
    text,
)
from settlement.money import Money, excerpt

__all__ = ["PAID", "REFUNDED", "WeChatNotices"]

_ALGORITHM: Final = "WECHATPAY2-SHA256-RSA2048"
_CIPHER: Final = "AEAD_AES_256_GCM"
#: What a state of a payment tells; one that is not here has not ended. REFUND: paid, and given back later.
PAID: Final[Mapping[str, Told]] = MappingProxyType(
    {"SUCCESS": "succeeded", "REFUND": "succeeded", "CLOSED": "closed", "REVOKED": "cancelled", "PAYERROR": "failed"}
)
#: ABNORMAL: the buyer's card takes nothing; the money lies with the merchant until somebody sees to it.
REFUNDED: Final[Mapping[str, Told]] = MappingProxyType(
    {"SUCCESS": "succeeded", "CLOSED": "failed", "ABNORMAL": "failed"}
)


class WeChatNotices:
    """What one merchant and one app is told, held to these keys. Raises `ValueError` for a key that is none."""

    def __init__(self, *, merchant: str, app: str, keys: Iterable[TrustedKey], api_keys: Iterable[TrustedKey]) -> None:
        self.merchant, self.app = merchant, app
        self.keys, self.api_keys = TrustedKeys(keys), TrustedKeys(api_keys)
        self.public = {key.id: _public_key(key) for key in self.keys}
        for key in self.api_keys:
            if len(key.value.encode()) != 32:
                msg = f"api_keys: {key!r} has no 32 bytes"
                raise ValueError(msg)

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
        of_account(opened, mchid=self.merchant)
        if about.startswith("REFUND."):
            return self.refund(opened, "refund_status", event)
        of_account(opened, appid=self.app)
        return self.payment(opened, event)

    def _signed(self, told: str, headers: Mapping[str, str], at: datetime) -> None:
        """Nothing, where a key that is configured and has not ended signed it."""
        with needs("wechatpay"):
            from wechatpayv3.utils import rsa_verify

        key = self.keys.get(required(headers, "Wechatpay-Serial"))
        if key is None:
            raise GatewayRefused("gateway.key_unknown")
        if key.ended(at):
            raise GatewayRefused("gateway.key_ended")
        names = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature")
        timestamp, nonce, signature = [required(headers, name) for name in names]
        try:
            base64.b64decode(signature, validate=True)  # the library forgives signs that are no base64
            fits = rsa_verify(timestamp, nonce, told, signature, self.public[key.id])
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
        for key in self.api_keys:
            if key.ended(at):
                continue
            try:
                opened = aes_decrypt(**parts, associated_data=beside, apiv3_key=key.value)
            except ValueError:  # no base64, a nonce too short, no UTF-8 inside
                continue
            if opened is not None:
                return json_object(opened)
        raise GatewayRefused("gateway.ciphertext")

    def payment(self, data: Mapping[str, Any], event: str | None) -> Notice:
        """A payment, from what is told or answered of it."""
        state = text(data, "trade_state")
        if state not in PAID:
            raise GatewayRefused("gateway.nothing", found=excerpt(state))
        return notice(
            PaymentNotice,
            id=text(data, "transaction_id"),
            key=text(data, "out_trade_no"),
            merchant=self.merchant,
            amount=_amount(data, "total"),
            told=PAID[state],
            event=event,
        )

    def refund(self, data: Mapping[str, Any], status: str, event: str | None) -> Notice:
        """A refund, from what is told or answered of it; `status` is the field that says how it stands."""
        state = text(data, status)
        if state not in REFUNDED:
            raise GatewayRefused("gateway.nothing", found=excerpt(state))
        return notice(
            RefundNotice,
            id=text(data, "refund_id"),
            refund=text(data, "out_refund_no"),
            key=text(data, "out_trade_no"),
            merchant=self.merchant,
            amount=_amount(data, "refund"),
            told=REFUNDED[state],
            event=event,
        )


def _public_key(key: TrustedKey) -> Any:
    """The public key of a PEM, or of a certificate, whose serial is then the id."""
    with needs("wechatpay"):
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
        from cryptography.x509 import load_pem_x509_certificate

    if "BEGIN CERTIFICATE" not in key.value:
        return load_pem_public_key(key.value.encode())
    certificate = load_pem_x509_certificate(key.value.encode())
    if int(key.id, 16) != certificate.serial_number:
        msg = f"keys: {key!r} is not the serial of its certificate"
        raise ValueError(msg)
    return certificate.public_key()


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
