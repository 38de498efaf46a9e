"""The sandbox: a provider that charges nothing. It succeeds, fails, tells twice or tells late, as the buyer wants.

What it sends is signed, verified and told to the store as that of a real provider is.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand, RefundNotice
from settlement.errors import EventRefused, GatewayRefused, InvalidDocument, NotFound
from settlement.orders import Actor, OrderState, RefundAsked
from shop.forms import Form, posted
from shop.orders import PAID_WITHIN, state_of
from shop.state import State, of
from shop.who import buyer

__all__ = ["ONE_AT_A_TIME", "notified", "router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
#: Buttons: what the provider does.
_WAYS: Final = ("succeeded", "failed", "repeat", "late")
#: The sandbox is one object of one process.
ONE_AT_A_TIME: Final = threading.Lock()


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
    notify = Actor.system("notify")
    told = shop.store.tell(notify, notice)
    state = told.state
    assert isinstance(state, OrderState)  # a shop would see its part
    before = {each.transaction for each in state.events if isinstance(each, RefundAsked)}
    pays = {each.payment.id for each in state.payments if each.payment is not None}
    owed = sum(each.minor for each in state.refund_due)  # the sandbox has one currency
    owed -= sum(each.amount.minor for each in state.refunds if each.amount is not None and each.told != "succeeded")
    if isinstance(notice, PaymentNotice) and owed > 0 and notice.id not in before | pays:
        number = f"{state.order.id}S{len(before) + 1}"
        stray = RefundDemand(order=notice.key, refund=number, merchant=notice.merchant, amount=notice.amount)
        event = RefundAsked(at=shop.clock(), actor=notify, demand=stray, transaction=notice.id)
        shop.store.tell(notify, event, order=state.order.id)
    return told.success
