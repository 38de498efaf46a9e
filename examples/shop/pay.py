"""The sandbox: a provider that charges nothing. It succeeds, fails, tells twice or tells late, as the buyer wants.

What it sends is signed, verified and told to the store as that of a real provider is.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundNotice
from settlement.errors import EventRefused, GatewayRefused, InvalidDocument, NotFound
from settlement.ext.store import ShopOrder
from settlement.orders import Actor, OrderState
from shop.forms import Form, posted
from shop.orders import PAID_WITHIN, state_of
from shop.state import State, of
from shop.who import buyer

__all__ = ["ONE_AT_A_TIME", "charge", "notified", "router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
#: Buttons: what the provider does.
_WAYS: Final = ("succeeded", "failed", "repeat", "late")
#: The sandbox is one object of one process.
ONE_AT_A_TIME: Final = threading.Lock()
NOTIFY: Final = Actor.system("notify")


@router.post("/orders/{id}/pay")
def pay(request: Request, id: str, form: Posted) -> Response:
    """Pay the order (`pay` is what the provider does), or with `ask` look whether it was paid."""
    shop, actor = of(request), buyer(request)
    state_of(shop, actor, id)  # of somebody else there is none
    with ONE_AT_A_TIME:
        if form.has("ask"):
            _look(shop, actor, id)
        elif (way := form.one("pay")) in _WAYS:
            _look(shop, actor, id)  # what was charged and not told yet pays it: nothing is charged twice
            state = state_of(shop, actor, id)
            if state.to_collect and state.status == "pending_payment":
                _pay(shop, actor, state, way)
        else:
            raise HTTPException(422)
    return RedirectResponse(f"/orders/{id}", 303)


@router.post("/pay/notify")
async def notify(request: Request) -> Response:
    """Where a provider tells: what comes in is believed for its signature, not for its sender."""
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > 16 * 1024:
            raise HTTPException(413)
    reply = of(request).gateway.answer(notified(of(request), raw, request.headers))
    return Response(reply.body, reply.status, media_type=reply.content_type)


def charge(shop: State, actor: Actor, order: str) -> None:
    """Have an order paid that waits for it; one that was paid is not charged again."""
    _look(shop, actor, order)
    state = state_of(shop, actor, order)
    if state.to_collect and state.status == "pending_payment":
        _pay(shop, actor, state, "succeeded")


def notified(shop: State, raw: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the provider may be told that its message has arrived."""
    try:
        return _tell(shop, shop.gateway.verify(raw, headers, shop.clock()))
    except GatewayRefused as error:
        return error.success
    except (EventRefused, InvalidDocument, NotFound):
        return False


def _pay(shop: State, actor: Actor, state: OrderState, way: str) -> None:
    demand = _demand(shop, actor, state)
    before = len(shop.gateway.sent())
    shop.gateway.prepare(demand, shop.clock(), title=state.order.id)
    shop.gateway.pay(demand.key, shop.clock(), "failed" if way == "failed" else "succeeded")
    if way == "late":  # the message is on its way for a long time: somebody looks, or the worker does
        return
    for sent in shop.gateway.sent()[before:]:
        for _ in range(2 if way == "repeat" else 1):
            notified(shop, sent.raw, sent.headers)


def _demand(shop: State, actor: Actor, state: OrderState) -> PaymentDemand:
    """The last demand, or after an attempt that failed another one with a key of its own."""
    order = state.order.id
    last = max(shop.store.demands(actor, order), key=lambda each: each.attempt)
    known = shop.gateway.query(last, shop.clock())
    if known is None:
        return last
    return shop.store.ask(actor, order, method=last.method, expires=shop.clock() + PAID_WITHIN)


def _look(shop: State, actor: Actor, order: str) -> None:
    """Ask the provider of every attempt, and tell what it says."""
    for demand in shop.store.demands(actor, order):
        found = shop.gateway.query(demand, shop.clock())
        if found is not None:
            _tell(shop, found)


def _tell(shop: State, notice: PaymentNotice | RefundNotice) -> bool:
    """Whether it stands. What pays nothing, the order being given up or paid, goes back to where it came from."""
    told = shop.store.tell(NOTIFY, notice)
    if isinstance(notice, PaymentNotice):
        shop.store.give_back_owed(NOTIFY, told.state.id if isinstance(told.state, ShopOrder) else told.state.order.id)
    return told.success
