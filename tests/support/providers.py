"""Payment providers played in the test: keys made there, messages signed with them as the providers sign theirs.

What needs a package of an extra imports it inside, so that the tests of the core find nothing missing.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from settlement.ext.gateways import TrustedKey

NOW = datetime(2026, 11, 11, 2, 0, tzinfo=UTC)
API_KEY, OLD_API_KEY = "k" * 32, "o" * 32
WEBHOOK = "whsec_test"


def seconds(at: datetime) -> str:
    """Whole seconds since 1970, as text."""
    return str(int(at.timestamp()))


@cache
def rsa_key(name: str):
    """A private key for each name, made once."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(name: str) -> str:
    """The private key of this name."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return rsa_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str) -> str:
    """The public key of this name."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return rsa_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def rsa_signature(name: str, message: str) -> str:
    """A message signed with SHA-256 by the key of this name, in base64."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return base64.b64encode(rsa_key(name).sign(message.encode(), PKCS1v15(), SHA256())).decode()


def certificate(name: str) -> tuple[str, str]:
    """A certificate of that key, self-signed, and its serial."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, rsa_key(name).public_key(), 0x5157F09EFDC096DE)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(rsa_key(name), SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode(), f"{made.serial_number:X}"


# ------------------------------------------------------------------ WeChat Pay


def wechat(**changed):
    """A gateway of WeChat Pay."""
    from settlement.ext.gateways.wechat import WeChat

    stated = {
        "merchant": "1900000109",
        "app": "wx1",
        "keys": [TrustedKey("PUB_KEY_ID_1", public_pem("wechat"))],
        "api_keys": [TrustedKey("new", API_KEY)],
        "private_key": private_pem("merchant"),
        "serial": "ABCDEF",
        "notify_url": "https://shop.example/wechat",
    }
    return WeChat(**(stated | changed))


WECHAT_PAID = {
    "mchid": "1900000109",
    "appid": "wx1",
    "out_trade_no": "SO1001",
    "transaction_id": "4200001",
    "trade_state": "SUCCESS",
    "amount": {"total": 10000, "payer_total": 9900, "currency": "CNY", "payer_currency": "CNY"},
}
WECHAT_REFUNDED = {
    "mchid": "1900000109",
    "out_trade_no": "SO1001",
    "transaction_id": "4200001",
    "out_refund_no": "R-1",
    "refund_id": "5030001",
    "refund_status": "SUCCESS",
    "amount": {"total": 10000, "refund": 3000, "payer_total": 9900, "payer_refund": 2970},
}


def wechat_message(inner, *, about="TRANSACTION.SUCCESS", api_key=API_KEY, **resource) -> bytes:
    """The body of a notice; `inner` is encrypted into it, bytes as they are."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain = inner if isinstance(inner, bytes) else json.dumps(inner).encode()
    sealed = AESGCM(api_key.encode()).encrypt(b"123456789012", plain, b"transaction")
    stated = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": "123456789012",
        "associated_data": "transaction",
        "original_type": "transaction",
    } | resource
    message = {"id": "EV-1", "event_type": about, "resource_type": "encrypt-resource", "resource": stated}
    return json.dumps(message).encode()


def wechat_headers(raw: bytes, *, at=NOW, key="wechat", serial="PUB_KEY_ID_1", stamp=None, **changed) -> dict[str, str]:
    """The headers of a body, signed."""
    stamp = seconds(at) if stamp is None else stamp
    signed = rsa_signature(key, f"{stamp}\nnonce\n{raw.decode()}\n")
    stated = {
        "Wechatpay-Serial": serial,
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Signature": signed,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }
    return stated | {name.replace("_", "-"): value for name, value in changed.items()}


# ---------------------------------------------------------------------- Alipay


def alipay(**changed):
    """A gateway of Alipay."""
    from settlement.ext.gateways.alipay import Alipay

    stated = {
        "merchant": "2088001",
        "app": "2021001",
        "keys": [TrustedKey("2026", public_pem("alipay"))],
        "private_key": private_pem("app"),
        "notify_url": "https://shop.example/alipay",
    }
    return Alipay(**(stated | changed))


ALIPAY_PAID = {
    "notify_id": "n-1",
    "notify_type": "trade_status_sync",
    "notify_time": "2026-11-11 10:00:00",
    "charset": "utf-8",
    "version": "1.0",
    "app_id": "2021001",
    "seller_id": "2088001",
    "trade_no": "2026111122001",
    "out_trade_no": "SO1001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "100.00",
    "subject": "茶 & tea",
}
ALIPAY_REFUNDED = ALIPAY_PAID | {
    "refund_fee": "30.00",
    "gmt_refund": "2026-11-12 10:00:00.000",
    "out_biz_no": "R-1",
}


def alipay_body(data, *, key="alipay", sign_type="RSA2", sign=None) -> bytes:
    """The body of a notice, signed over all but `sign` and `sign_type`."""
    signed = "&".join(f"{name}={value}" for name, value in sorted(data.items()))
    beside = {"sign": rsa_signature(key, signed) if sign is None else sign}
    if sign_type is not None:
        beside["sign_type"] = sign_type
    return urlencode(data | beside).encode()


# ---------------------------------------------------------------------- Stripe


def stripe_gateway(**changed):
    """A gateway of Stripe."""
    from settlement.ext.gateways.stripe import Stripe

    stated = {"merchant": "acct_1", "keys": [TrustedKey("1", WEBHOOK)], "api_key": "sk_test_1", "live": False}
    return Stripe(**(stated | changed))


STRIPE_PAYMENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 10000,
    "amount_received": 10000,
    "currency": "cny",
    "status": "succeeded",
    "metadata": {"key": "SO1001"},
}
STRIPE_REFUND = {
    "id": "re_1",
    "object": "refund",
    "amount": 3000,
    "currency": "cny",
    "status": "succeeded",
    "payment_intent": "pi_1",
    "metadata": {"key": "SO1001", "refund": "R-1"},
}


def stripe_event(about: str, inner, **changed) -> bytes:
    """The body of an event."""
    stated = {"id": "evt_1", "object": "event", "type": about, "livemode": False, "data": {"object": inner}}
    return json.dumps(stated | changed).encode()


def stripe_headers(raw: bytes, *, at=NOW, secret=WEBHOOK, stamp=None, scheme="v1") -> dict[str, str]:
    """The header of a body, signed."""
    import hashlib
    import hmac

    stamp = seconds(at) if stamp is None else stamp
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},{scheme}={signed}"}
