"""Any gateway for an event loop: what waits for a network waits in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.ext.gateways.gateway import Gateway, Notice, Prepared, Reply

__all__ = ["AsyncGateway"]


class AsyncGateway:
    """The same five calls; `prepare`, `query` and `refund` are awaited, the other two touch no network.

    >>> from settlement.ext.gateways import Sandbox
    >>> gateway = AsyncGateway(Sandbox(b"seed"))
    >>> demand = PaymentDemand(order="SO1001", amount="100.00 CNY")
    >>> asyncio.run(gateway.prepare(demand, "2026-11-11T00:00:00Z", title="tea")).key
    'SO1001'
    """

    __slots__ = ("_gateway",)

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def prepare(
        self,
        demand: PaymentDemand,
        now: datetime | str,
        *,
        title: str,
        payer: str | None = None,
        address: str | None = None,
    ) -> Prepared:
        """As `Gateway.prepare`."""
        return await asyncio.to_thread(self._gateway.prepare, demand, now, title=title, payer=payer, address=address)

    def verify(self, raw: bytes, headers: Mapping[str, str], now: datetime | str) -> Notice:
        """As `Gateway.verify`."""
        return self._gateway.verify(raw, headers, now)

    async def query(
        self, demand: PaymentDemand | RefundDemand, now: datetime | str, *, id: str | None = None
    ) -> Notice | None:
        """As `Gateway.query`."""
        return await asyncio.to_thread(self._gateway.query, demand, now, id=id)

    async def refund(self, demand: RefundDemand, payment: PaymentNotice, now: datetime | str) -> RefundNotice | None:
        """As `Gateway.refund`."""
        return await asyncio.to_thread(self._gateway.refund, demand, payment, now)

    def answer(self, success: bool) -> Reply:
        """As `Gateway.answer`."""
        return self._gateway.answer(success)
