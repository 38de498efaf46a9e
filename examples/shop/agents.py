"""The mall as a merchant of UCP: somebody's assistant buys as a guest, at the mall's prices, paid in the sandbox.

What it sends are skus, quantities, an address and how it pays; of amounts nothing is read. No cookie is looked at, so
no page of others can have a browser buy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request
from sqlalchemy import select

from settlement import Settlement
from settlement.audit.record import record
from settlement.errors import AllowanceExhausted, IdempotencyConflict, NotFound
from settlement.ext.store.database import insert_once
from settlement.ext.ucp import Declined, Merchant, Placing, router, to_order
from settlement.orders import Actor, OrderState
from shop import pay, refunds
from shop.asking import line_of
from shop.cart import Item
from shop.held import stock_of
from shop.kept import KeptFor
from shop.orders import PAID_WITHIN
from shop.state import State
from shop.tables import agent_orders, agent_sessions

__all__ = ["PAYS", "PREFIX", "forget", "routes"]

PREFIX: Final = "/ucp"
#: The token of an instrument that the sandbox takes; every other it declines.
PAYS: Final = "success_token"
_AGENTS: Final = Actor.system("agents")
_BEGIN_ANEW: Final = "this checkout can be paid no more: begin another one"
_HANDLER: Final = "sandbox"
_GIVEN_UP: Final = ("closed", "cancelled")
#: How long checkouts and answers to keys are kept, as UCP asks; a checkout holds for less.
_KEPT_FOR: Final = timedelta(hours=24)


def routes(shop: State) -> APIRouter:
    """The profile at `/.well-known/ucp`, checkouts and orders below `/ucp`."""
    handler = {"id": _HANDLER, "version": "2026-04-08", "available_instruments": [{"type": "card"}]}
    merchant = Merchant(
        lambda sku: _goods(shop, sku),
        payment_methods={_HANDLER: shop.rules.book("en").payment_methods[0].id},
        handlers={"org.example.sandbox": [handler]},
        links=[{"type": "terms_of_service", "url": f"{shop.settings.url}/"}],
    )

    def order(id: str, _request: Request) -> Mapping[str, Any] | None:
        return _order(shop, merchant, id)

    return router(
        lambda: shop.rules.book("en"),
        merchant,
        lambda placing: _place(shop, placing),
        base=shop.settings.url,
        prefix=PREFIX,
        order=order,
        begun=lambda checkout: _begun(shop, checkout),
        sessions=_sessions(shop),
        now=shop.clock,
    )


def _goods(shop: State, sku: str) -> Mapping[str, Any] | None:
    """What a line says of this article; None: there is none, or it is weighed, for an agent counts pieces."""
    good = shop.goods.get(sku)
    if good is None or good.by_weight:
        return None
    stock = stock_of(shop, [(good.shop, sku)]).get((good.shop, sku))
    line = line_of(good, Item(sku, Decimal(1), ticked=True), stock, "en").to_dict()
    return {name: value for name, value in line.items() if name not in ("id", "sku", "quantity")}


def _place(shop: State, placing: Placing) -> Mapping[str, Any]:
    """The order of a guest, once for each checkout, and paid. Raises `Declined`, and then nothing was taken."""
    credential = placing.instruments[0].get("credential")
    if not isinstance(credential, Mapping) or credential.get("token") != PAYS:
        raise Declined("the card was declined")
    number = _number(placing.checkout)
    state = _standing(shop, number)
    if state is None:
        try:
            shop.store.place(
                _AGENTS,
                record(placing.settlement),
                order=number,
                key=placing.checkout,
                merchant="sandbox",
                expires=PAID_WITHIN,
            )
        except AllowanceExhausted:
            raise Declined("somebody was quicker: there is not so much of it left", "out_of_stock") from None
        except IdempotencyConflict:  # by another process, a moment ago
            pass
        state = _standing(shop, number)
    if state is None or state.order.settlement.due != placing.settlement.due:  # begun when it cost something else
        raise Declined(_BEGIN_ANEW)
    with shop.database.writing() as connection:
        insert_once(connection, agent_orders, {"order_id": number, "checkout": placing.checkout})
    with pay.ONE_AT_A_TIME:
        pay.charge(shop, _AGENTS, number)
    state = _standing(shop, number)
    if state is None or state.status in ("pending_payment", *_GIVEN_UP):
        raise Declined(_BEGIN_ANEW)
    return {"id": number, "permalink_url": _url(shop, number)}


def _number(checkout: str) -> str:
    """Of a checkout's order."""
    return f"UCP{hashlib.sha256(checkout.encode()).hexdigest()[:20].upper()}"


def _begun(shop: State, checkout: str) -> Settlement | None:
    """What the order of a checkout settled, where one stands that its agent may not have heard of."""
    state = _standing(shop, _number(checkout))
    return None if state is None or state.status in _GIVEN_UP else state.order.settlement


def forget(shop: State) -> None:
    """Drop checkouts that are over: what an agent sent of its buyer is kept no longer."""
    _sessions(shop).forget()


def _sessions(shop: State) -> KeptFor:
    return KeptFor(shop.database, agent_sessions, shop.clock, _KEPT_FOR)


def _standing(shop: State, number: str) -> OrderState | None:
    """The order of a checkout; it stands before it is answered where a program was ended in between."""
    try:
        state = shop.store.order(_AGENTS, number)
    except NotFound:
        return None
    assert isinstance(state, OrderState)  # programs see all
    return state


def _order(shop: State, merchant: Merchant, id: str) -> Mapping[str, Any] | None:
    """An order of an agent as it stands, for whoever has its number, which nobody can guess."""
    wanted = select(agent_orders.c.checkout).where(agent_orders.c.order_id == id)
    with shop.database.reading() as connection:
        checkout = connection.execute(wanted).scalar()
    if checkout is None:
        return None
    state = _standing(shop, id)
    if state is None:
        return None
    sent = {line.line: line.shipped for group in state.deliveries for line in group.lines}
    return to_order(
        state.order.settlement,
        id,
        checkout_id=checkout,
        permalink_url=_url(shop, id),
        merchant=merchant,
        refunds=refunds.history(state),
        fulfilled=sent,
    )


def _url(shop: State, id: str) -> str:
    return f"{shop.settings.url}{PREFIX}/orders/{id}"
