"""What every payment provider is asked, and what it answers: one Protocol for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice

__all__ = ["Gateway", "Notice", "Prepared", "Reply"]

#: What a provider tells: of a payment, or of a refund.
Notice: TypeAlias = PaymentNotice | RefundNotice


class Prepared(NamedTuple):
    """What a page or an app needs to have the buyer pay: an address, a code, signed fields.

    `id` is the provider's own, where it gives one before anybody paid; keep it, `query` finds by it.
    """

    key: str
    fields: Mapping[str, str]
    id: str | None = None


class Reply(NamedTuple):
    """What a provider wants to hear, as an HTTP answer."""

    status: int
    content_type: str
    body: bytes


@runtime_checkable
class Gateway(Protocol):
    """A payment provider. `verify` and `answer` touch no network; the other three do, and are safe to repeat.

    Every refusal is a `GatewayRefused` with a code. Amounts come and go as text or as integers of minor units.
    """

    def prepare(
        self,
        demand: PaymentDemand,
        now: datetime | str,
        *,
        title: str,
        payer: str | None = None,
        address: str | None = None,
    ) -> Prepared:
        """Ask the provider to have this paid. `title` is what the buyer sees.

        Some channels need the payer's id with the provider, or the network address of his device.
        """

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """The notice of a message as it came in: the bytes of its body, its headers, the instant it came.

        Raises `GatewayRefused` for whatever is not the provider's, not for this account, or tells of nothing, and
        `TypeError` for a body that is no bytes.
        """

    def query(
        self, demand: PaymentDemand | RefundDemand, now: datetime | str, *, id: str | None = None
    ) -> Notice | None:
        """What the provider says of a payment or a refund; None: it has not ended, or the provider knows none.

        `id` is the provider's own, of the payment, where it is known.
        """

    def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """Ask the provider to give back this much of a payment; None: it will, and tell later."""

    def answer(self, success: bool) -> Reply:
        """What the provider wants to hear of its message: taken (so it stops repeating), or not."""
