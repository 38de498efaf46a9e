"""Stripe, on the library `stripe` (`settlement[stripe]`): payment intents and their refunds.

Source: Stripe, Receive events in your webhook endpoint; Supported currencies (docs.stripe.com). That library takes a
message that claims to be sent in the future, by any number of years; the instant is held here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, cast

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, Told
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.documents.extras import needs
from settlement.documents.scalars import utc
from settlement.documents.written import all_readable
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
    sent_within,
    text,
)
from settlement.money import Money, excerpt

__all__ = ["Stripe"]

#: Events of payments and what they tell; of refunds, whose status tells.
_PAID: Final[Mapping[str, Told]] = MappingProxyType(
    {
        "payment_intent.succeeded": "succeeded",
        "payment_intent.payment_failed": "failed",
        "payment_intent.canceled": "cancelled",
    }
)
_REFUNDS: Final = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
_REFUNDED: Final[Mapping[str, Told]] = MappingProxyType(
    {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
)
#: What a payment intent tells when it is asked for; one that waits for the buyer has not ended.
_STATES: Final[Mapping[str, Told]] = MappingProxyType({"succeeded": "succeeded", "canceled": "cancelled"})
#: Where Stripe counts in other units than the currency's own: so many of Stripe's for so many minor units.
_UNITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({"ISK": (100, 1), "UGX": (100, 1), "MGA": (1, 100)})
#: Of these, whose minor unit is a thousandth, Stripe takes whole hundredths.
_THOUSANDTHS: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
_SIGNED: Final = re.compile(r"[ -~]{1,4096}", re.ASCII)


class Stripe:
    """Stripe for one account (`merchant`, `acct_…`), live or in test mode.

    `keys` are the secrets of the webhook's endpoint (`whsec_…`) under names of your own; each that has not ended is
    tried. `connected`: the account is one of a platform's, whose key `api_key` is, and every event has to name it. The
    key of a payment and the number of a refund stand in the metadata of what is asked for. `client` is an HTTP client
    of that library, where not its own. Raises `MissingExtra` without it.
    """

    def __init__(
        self,
        *,
        merchant: str,
        keys: Iterable[TrustedKey],
        api_key: str,
        live: bool,
        connected: bool = False,
        client: Any = None,
    ) -> None:
        with needs("stripe"):
            import stripe

        self._merchant, self._live, self._connected, self._keys = merchant, live, connected, TrustedKeys(keys)
        account = merchant if connected else None
        self._client = stripe.StripeClient(api_key, stripe_account=account, http_client=client)

    # -------------------------------------------------------------- what comes in

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """As `Gateway.verify`. The instant of sending is signed, and within 300 s of `now`, either way."""
        at, told = utc(now), body(raw)
        header = required(headers_of(headers), "Stripe-Signature")
        stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
        if len(stamps) != 1:
            raise GatewayRefused("gateway.instant", found=excerpt(header))
        sent_within(stamps[0], at)
        self._signed(told, header, at)
        event = json_object(told)
        of_account(event, livemode=self._live)
        if self._connected or "account" in event:
            of_account(event, account=self._merchant)
        name, about = text(event, "id"), text(event, "type")
        found = event["data"].get("object") if isinstance(event.get("data"), dict) else None
        if about in _PAID:
            return self._payment_told(found, _PAID[about], name)
        if about in _REFUNDS:
            return self._refund_told(found, name)
        raise GatewayRefused("gateway.nothing", found=excerpt(about))

    def _signed(self, told: str, header: str, at: datetime) -> None:
        """Nothing, where a secret that has not ended signed it."""
        if not _SIGNED.fullmatch(header):
            raise GatewayRefused("gateway.signature")
        if not any(part.startswith("v1=") for part in header.split(",")):
            schemes = ", ".join([part.split("=")[0] for part in header.split(",") if not part.startswith("t=")])
            raise GatewayRefused("gateway.algorithm", found=excerpt(schemes), expected="v1")
        fits = [key for key in self._keys if _fits(key, told, header)]
        if not fits:
            raise GatewayRefused("gateway.signature")
        if all(key.ended(at) for key in fits):
            raise GatewayRefused("gateway.key_ended")

    def _payment_told(self, found: object, told: Told, event: str | None) -> Notice:
        key = _stated(found, "key")
        if key is None:  # what has none was not asked for here
            raise GatewayRefused("gateway.nothing", found="metadata.key: null")
        counted = "amount_received" if told == "succeeded" else "amount"
        fields = {"id": text(found, "id"), "key": key, "merchant": self._merchant}
        return notice(PaymentNotice, amount=_money(found, counted), told=told, event=event, **fields)

    def _refund_told(self, found: object, event: str | None) -> Notice:
        """What was given back without being asked for here, by hand, is told too: under Stripe's own id."""
        name, state = text(found, "id"), text(found, "status")
        if state not in _REFUNDED:
            raise GatewayRefused("gateway.nothing", found=excerpt(state))
        number, key = _stated(found, "refund"), _stated(found, "key")
        fields = {"id": name, "refund": number or name, "key": key, "merchant": self._merchant}
        return notice(RefundNotice, amount=_money(found, "amount"), told=_REFUNDED[state], event=event, **fields)

    def answer(self, success: bool) -> Reply:
        """As `Gateway.answer`: 200, or 400, and then it tells again."""
        return Reply(200 if success else 400, "text/plain", b"")

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
        """As `Gateway.prepare`. A channel is a type of payment method; without one Stripe offers what the account has.

        A payment intent does not run out: what is over is cancelled by the host.
        """
        account_asked(demand, self._merchant)
        asked: dict[str, Any] = {
            "amount": _counted(demand.amount),
            "currency": demand.amount.currency.lower(),
            "description": title,
            "metadata": {"key": demand.key},
        }
        if demand.channel is None:
            asked["automatic_payment_methods"] = {"enabled": True}
        else:
            asked["payment_method_types"] = [demand.channel]
        options = {"idempotency_key": f"pay {self._merchant} {demand.key}"}
        found = self._ask(lambda: self._client.v1.payment_intents.create(asked, options))
        name = text(found, "id")
        return Prepared(demand.key, {"client_secret": text(found, "client_secret")}, name)

    def query(
        self, demand: PaymentDemand | RefundDemand, now: datetime | str, *, id: str | None = None
    ) -> Notice | None:
        """As `Gateway.query`. Without the id of the payment it is searched for, which may miss the last minute."""
        account_asked(demand, self._merchant)
        key = demand.order if isinstance(demand, RefundDemand) else demand.key
        payment = self._payment(key, id)
        if payment is None:
            return None
        if not isinstance(demand, RefundDemand):
            state = _STATES.get(text(payment, "status"))
            return None if state is None else self._payment_told(payment, state, None)
        found = self._refunds(payment["id"], demand.refund)
        return self._ended(found[0]) if found else None

    def _refunds(self, payment: str, number: str) -> list[dict[str, Any]]:
        """What was given back of a payment under this number, the last first: more than one where some failed."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"payment_intent": payment, "limit": 100}
        while True:
            listed = self._ask(lambda: self._client.v1.refunds.list(asked))
            found += listed["data"]
            if not listed.get("has_more"):
                break
            asked["starting_after"] = found[-1]["id"]
        return [each for each in found if (each.get("metadata") or {}).get("refund") == number]

    def _ended(self, found: dict[str, Any]) -> RefundNotice | None:
        if found.get("status") not in _REFUNDED:
            return None
        made = self._refund_told(found, None)
        return cast("RefundNotice", made)

    def _payment(self, key: str, name: str | None) -> dict[str, Any] | None:
        """The payment intent of this key."""
        if name is not None:
            found = self._ask(lambda: self._client.v1.payment_intents.retrieve(name))
            of_account(found, **{"metadata.key": key})
            return found
        if not re.fullmatch(r"[0-9A-Za-z_]{1,64}", key, re.ASCII):
            raise GatewayRefused("gateway.number", found=excerpt(key), expected="0-9A-Za-z_")
        asked = {"query": f"metadata['key']:'{key}'", "limit": 100}
        listed = self._ask(lambda: self._client.v1.payment_intents.search(asked)).get("data", [])
        return next((each for each in listed if each.get("status") == "succeeded"), listed[0] if listed else None)

    def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """As `Gateway.refund`. The same number may be asked for again: it is given back once, unless it failed.

        Stripe remembers what it was asked for a day, so what it gave back is looked for first.
        """
        account_asked(demand, self._merchant)
        before = self._refunds(payment.id, demand.refund)
        if before and _REFUNDED.get(text(before[0], "status")) != "failed":
            return self._ended(before[0])
        asked: dict[str, Any] = {
            "payment_intent": payment.id,
            "amount": _counted(demand.amount),
            "metadata": {"key": demand.order, "refund": demand.refund},
        }
        tried = f"refund {self._merchant} {demand.order} {demand.refund} {len(before)}"
        return self._ended(self._ask(lambda: self._client.v1.refunds.create(asked, {"idempotency_key": tried})))

    def _ask(self, call: Callable[[], Any]) -> dict[str, Any]:
        from stripe import APIConnectionError, APIError, RateLimitError, StripeError

        try:
            found = call()
        except (APIConnectionError, APIError, RateLimitError):
            raise GatewayRefused("gateway.unanswered") from None
        except StripeError as error:
            raise GatewayRefused("gateway.failed", detail=f"{error.http_status} {excerpt(error.code)}") from None
        made: dict[str, Any] = found.to_dict()
        return made


def _fits(key: TrustedKey, told: str, header: str) -> bool:
    from stripe import SignatureVerificationError, WebhookSignature

    try:
        return bool(WebhookSignature.verify_header(told, header, key.value))
    except SignatureVerificationError:
        return False


def _stated(found: object, name: str) -> str | None:
    """What was put into the metadata when it was asked for."""
    metadata = found.get("metadata") if isinstance(found, dict) else None
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) and value else None


def _money(found: object, name: str) -> Money:
    currency = text(found, "currency").upper()
    stripes, ours = _UNITS.get(currency, (1, 1))
    minor, rest = divmod(integer(found, name) * ours, stripes)
    if rest:
        raise GatewayRefused("gateway.amount", found=excerpt(minor), provider="Stripe", currency=excerpt(currency))
    try:
        return Money.of_minor(minor, currency)
    except InvalidDocument:
        found = excerpt(currency)
        raise GatewayRefused("gateway.field", place="currency", found=found, expected="a currency") from None


def _counted(amount: Money) -> int:
    """An amount in the units that Stripe counts in. Refuses what it would have to round."""
    stripes, ours = _UNITS.get(amount.currency, (1, 1))
    counted, rest = divmod(amount.minor * stripes, ours)
    if rest or (amount.currency in _THOUSANDTHS and counted % 10):
        raise GatewayRefused("gateway.amount", found=str(amount), provider="Stripe", currency=amount.currency)
    return counted


all_readable(globals())
