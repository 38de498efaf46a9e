"""A payment provider that misbehaves as real ones do, and as those who pretend to be one: for tests and for trying out.

It delays, repeats, reorders, drops, forges and lies about amounts, all drawn from a seed: the same seed, the same
mischief. It asks no clock and no network. What it says when it is asked (`query`) is true.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, Told
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.documents.canonical import canonical
from settlement.documents.scalars import utc
from settlement.errors import GatewayRefused
from settlement.ext.gateways.gateway import Notice, Prepared, Reply
from settlement.ext.gateways.keys import TrustedKey, TrustedKeys
from settlement.ext.gateways.message import (
    account_asked,
    body,
    headers_of,
    json_object,
    notice,
    of_account,
    required,
    seconds_of,
    sent_within,
    text,
)
from settlement.money import excerpt, money_of

__all__ = ["Mischief", "Sandbox", "Sent"]

_ALGORITHM: Final = "HMAC-SHA256"
#: Delays of a message, in seconds: none, seconds, minutes, hours, more than a day.
_DELAYS: Final = (0, 2, 240, 3600, 100_000)


class Mischief(NamedTuple):
    """How many of a hundred messages it delays, sends again (up to three times), drops, forges besides, and lies in.

    What is delayed is sent and signed later, so messages overtake each other.
    """

    delays: int = 40
    repeats: int = 30
    drops: int = 10
    forges: int = 10
    lies: int = 0


_USUAL: Final = Mischief()


class Sent(NamedTuple):
    """A message as it comes in: its instant, its bytes, its headers. `true`: the provider sent it, and says so."""

    at: datetime
    raw: bytes
    headers: Mapping[str, str]
    true: bool


class _Known(NamedTuple):
    """What was asked for under one key, how it was paid, and what of it was given back, by number."""

    demand: PaymentDemand
    payment: PaymentNotice | None
    refunds: Mapping[str, RefundNotice]


class Sandbox:
    """A provider of its own: what it tells is signed with its keys, what is forged is not.

    `keys` are secrets of HMAC-SHA-256; it signs with the first. `kept` holds what was asked and paid as texts by key,
    such as a mapping over a table: without one it is gone with the process. Messages on their way are.

    >>> sandbox = Sandbox(b"seed", mischief=Mischief(0, 0, 0, 0))
    >>> demand = PaymentDemand(order="SO1001", amount="100.00 CNY")
    >>> sandbox.prepare(demand, "2026-11-11T00:00:00Z", title="tea").fields["pay"]
    'sandbox:SO1001'
    >>> sandbox.pay("SO1001", "2026-11-11T00:01:00Z")
    >>> [sent] = sandbox.sent()
    >>> sandbox.verify(sent.raw, sent.headers, sent.at).told, sandbox.answer(True).body
    ('succeeded', b'success')
    """

    def __init__(
        self,
        seed: bytes,
        *,
        merchant: str = "sandbox",
        keys: Iterable[TrustedKey] = (TrustedKey("sandbox", "a secret that everybody knows"),),
        mischief: Mischief = _USUAL,
        kept: MutableMapping[str, str] | None = None,
    ) -> None:
        self._seed, self._merchant, self._keys, self._mischief = bytes(seed), merchant, TrustedKeys(keys), mischief
        self._drawn = 0
        self._kept: MutableMapping[str, str] = {} if kept is None else kept
        self._failing: set[str] = set()
        self._sent: list[Sent] = []

    # -------------------------------------------------------------- a gateway as every other

    def prepare(
        self,
        demand: PaymentDemand,
        now: datetime | str,
        *,
        title: str,
        payer: str | None = None,
        address: str | None = None,
    ) -> Prepared:
        """As `Gateway.prepare`; nothing is asked for."""
        account_asked(demand, self._merchant)
        known = self._known(demand.key)
        self._keep(demand.key, _Known(demand, None if known is None else known.payment, known.refunds if known else {}))
        return Prepared(demand.key, {"pay": f"sandbox:{demand.key}"}, f"pay-{demand.key}")

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """As `Gateway.verify`. The instant of sending is signed, and within 300 s of `now`, either way."""
        at, told, given = utc(now), body(raw), headers_of(headers)
        kind = required(given, "Sandbox-Signature-Type")
        if kind != _ALGORITHM:
            raise GatewayRefused("gateway.algorithm", found=excerpt(kind), expected=_ALGORITHM)
        key = self._keys.get(required(given, "Sandbox-Key"))
        if key is None:
            raise GatewayRefused("gateway.key_unknown")
        if key.ended(at):
            raise GatewayRefused("gateway.key_ended")
        stamp, signature = required(given, "Sandbox-Timestamp"), required(given, "Sandbox-Signature")
        expected = _signature(key, stamp, told.encode())
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise GatewayRefused("gateway.signature")
        sent_within(stamp, at)
        message = json_object(told)
        of_account(message, merchant=self._merchant)
        fields = {name: value for name, value in message.items() if name not in {"type", "amount", "told"}}
        kinds: Mapping[str, type[PaymentNotice | RefundNotice]] = {"payment": PaymentNotice, "refund": RefundNotice}
        about = text(message, "type")
        if about not in kinds:
            raise GatewayRefused("gateway.nothing", found=excerpt(about))
        return notice(kinds[about], amount=text(message, "amount"), told=message.get("told"), **fields)

    def query(
        self, demand: PaymentDemand | RefundDemand, now: datetime | str, *, id: str | None = None
    ) -> Notice | None:
        """As `Gateway.query`: what is so, whatever was told."""
        account_asked(demand, self._merchant)
        known = self._known(demand.order if isinstance(demand, RefundDemand) else demand.key)
        if known is None or isinstance(demand, PaymentDemand):
            return None if known is None else known.payment
        return known.refunds.get(demand.refund)

    def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """As `Gateway.refund`; it always tells later. What is given back is never more than was paid."""
        account_asked(demand, self._merchant)
        known = self._known(demand.order)
        paid = None if known is None else known.payment
        if known is None or paid is None or paid.told != "succeeded" or paid.id != payment.id:
            raise GatewayRefused("gateway.failed", detail="there is no such payment")
        before = known.refunds.get(demand.refund)
        if before is not None and before.told == "succeeded":
            return before
        back = [each.amount.minor for each in known.refunds.values() if each.told == "succeeded"]
        if demand.amount.currency != paid.amount.currency or sum(back) + demand.amount.minor > paid.amount.minor:
            raise GatewayRefused("gateway.failed", detail="more than was paid")
        told = RefundNotice(
            id=f"back-{demand.order}-{demand.refund}",
            refund=demand.refund,
            key=demand.order,
            merchant=self._merchant,
            amount=demand.amount,
            told="failed" if demand.refund in self._failing else "succeeded",
        )
        self._failing.discard(demand.refund)
        self._keep(demand.order, known._replace(refunds={**known.refunds, demand.refund: told}))
        self._tell(told, utc(now))
        return None

    def answer(self, success: bool) -> Reply:
        """As `Gateway.answer`."""
        return Reply(200, "text/plain", b"success" if success else b"fail")

    # -------------------------------------------------------------- the provider's own side

    def pay(self, key: str, now: datetime | str, told: Told = "succeeded") -> None:
        """The buyer pays what was prepared under this key, or fails to. Raises `LookupError` for no such key."""
        known = self._known(key)
        if known is None:
            raise KeyError(key)
        amount = known.demand.amount
        paid = PaymentNotice(id=f"pay-{key}", key=key, merchant=self._merchant, amount=amount, told=told)
        self._keep(key, known._replace(payment=paid))
        self._tell(paid, utc(now))

    def fail(self, refund: str) -> None:
        """The next refund under this number fails."""
        self._failing.add(refund)

    def sent(self) -> tuple[Sent, ...]:
        """All that came in so far, by the instant at which it came."""
        return tuple(sorted(self._sent, key=lambda each: each.at))

    def _known(self, key: str) -> _Known | None:
        text = self._kept.get(key)
        if text is None:
            return None
        demand, payment, refunds = json.loads(text)
        return _Known(
            PaymentDemand.from_dict(demand),
            None if payment is None else PaymentNotice.from_dict(payment),
            {number: RefundNotice.from_dict(notice) for number, notice in refunds.items()},
        )

    def _keep(self, key: str, known: _Known) -> None:
        payment = None if known.payment is None else known.payment.to_dict()
        refunds = {number: notice.to_dict() for number, notice in known.refunds.items()}
        self._kept[key] = canonical([known.demand.to_dict(), payment, refunds]).decode()

    def _tell(self, told: Notice, now: datetime) -> None:
        """Send a notice, with whatever mischief is drawn."""
        if self._draw(100) < self._mischief.forges:
            self._sent.append(self._forged(told, now))
        if self._draw(100) < self._mischief.drops:
            return
        again = 1 + self._draw(3) if self._draw(100) < self._mischief.repeats else 0
        lies = self._draw(100) < self._mischief.lies
        for _ in range(1 + again):
            late = _DELAYS[self._draw(len(_DELAYS))] if self._draw(100) < self._mischief.delays else 0
            event = f"evt-{self._drawn}"
            amount = money_of(told.amount.minor + 1 + self._draw(100), told.amount.currency) if lies else told.amount
            message = self._message(told.model_copy(update={"event": event, "amount": amount}))
            self._sent.append(self._signed(message, now + timedelta(seconds=late), self._keys.first, true=not lies))

    def _forged(self, told: Notice, now: datetime) -> Sent:
        """What somebody sends who has no key: signed with his own, or changed after it was signed."""
        if self._draw(2):
            message = self._message(told.model_copy(update={"id": "forged"}))
            return self._signed(message, now, TrustedKey(self._keys.first.id, "guessed"), true=False)
        honest = self._signed(self._message(told), now, self._keys.first, true=False)
        return honest._replace(raw=honest.raw.replace(b'"told":"', b'"told": "'))

    def _message(self, told: Notice) -> bytes:
        kind = "payment" if isinstance(told, PaymentNotice) else "refund"
        return canonical(told.model_dump(mode="json") | {"type": kind})

    def _signed(self, message: bytes, at: datetime, key: TrustedKey, *, true: bool) -> Sent:
        stamp = str(seconds_of(at))
        headers = {
            "Sandbox-Key": key.id,
            "Sandbox-Signature-Type": _ALGORITHM,
            "Sandbox-Timestamp": stamp,
            "Sandbox-Signature": _signature(key, stamp, message),
        }
        return Sent(at, message, headers, true)

    def _draw(self, below: int) -> int:
        """The next number of the seed, from 0 to below this."""
        self._drawn += 1
        drawn = hashlib.sha256(self._seed + self._drawn.to_bytes(8)).digest()
        return int.from_bytes(drawn) % below


def _signature(key: TrustedKey, stamp: str, message: bytes) -> str:
    secret = key.value.encode()
    return hmac.new(secret, stamp.encode(errors="replace") + b"\n" + message, hashlib.sha256).hexdigest()
