"""A buyer's orders: the list, and the page of one with its money, its goods, its refunds and its invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from settlement import InvalidDocument, InvoiceRequest, RefundExceeds, invoices, preview, receipt
from settlement.after_pay.invoices import Invoice
from settlement.after_pay.refunds.slip import refund_slip
from settlement.errors import EventRefused
from settlement.orders import Actor, Cancelled, OrderState, Received
from settlement.orders.text import EVENTS, REFUNDS, STATUSES
from shop import refunds
from shop.forms import Form, posted
from shop.pages import page, shop_name
from shop.quantities import quantity_of
from shop.state import State, of
from shop.texts import LOCALES, language_of, say_in
from shop.view import totals_of
from shop.wanted import INVOICE_FIELDS, Typed, invoice_of
from shop.who import buyer

__all__ = ["PAID_WITHIN", "router", "state_of"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
#: Until when an order may be paid.
PAID_WITHIN: Final = timedelta(minutes=30)
_LONGEST_REASON: Final = 100


@router.get("/orders")
def list_(request: Request, after: str | None = None) -> Response:
    """The newest first, twenty on a page."""
    try:
        found = of(request).store.orders(buyer(request), after=after)
    except InvalidDocument:
        raise HTTPException(404) from None
    return page(request, "orders.html", found=found, statuses=STATUSES)


@router.get("/orders/{id}")
def show(request: Request, id: str) -> Response:
    """Another's order is as one that there is not."""
    return _page(request, state_of(of(request), buyer(request), id))


@router.post("/orders/{id}/cancel")
def cancel(request: Request, id: str, _form: Posted) -> Response:
    """The order is given up; what was paid is given back."""
    shop, actor = of(request), buyer(request)
    state_of(shop, actor, id)  # of somebody else there is none
    state = shop.store.tell(actor, Cancelled(at=shop.clock(), actor=actor), order=id).state
    assert isinstance(state, OrderState)  # a shop would see its part
    if state.paid:  # also by what landed a moment ago; who is ended here leaves it to the worker
        shop.store.give_back_owed(Actor.system("refunds"), id)
    return RedirectResponse(f"/orders/{id}", 303)


@router.post("/orders/{id}/received")
def received(request: Request, id: str, form: Posted) -> Response:
    """All that a shop has sent has arrived."""
    shop, actor = of(request), buyer(request)
    state = state_of(shop, actor, id)
    found = [group for group in state.deliveries if group.shop == form.one("shop")]
    lines = [
        {"line": each.line, "quantity": each.shipped - each.received}
        for group in found
        for each in group.lines
        if each.shipped > each.received
    ]
    if not lines:
        raise HTTPException(422)
    shop.store.tell(actor, Received(at=shop.clock(), actor=actor, shop=form.one("shop"), lines=lines), order=id)
    return RedirectResponse(f"/orders/{id}", 303)


@router.post("/orders/{id}/refund")
def ask_refund(request: Request, id: str, form: Posted) -> Response:
    """Show what the goods give back (`look`), or ask for it (`ask`)."""
    shop, actor, lang = of(request), buyer(request), language_of(request)
    say, state = say_in(lang), state_of(shop, actor, id)
    wrong: dict[str, str] = {}
    lines: dict[str, str] = {}
    for line in state.order.settlement.lines:
        typed = form.one(f"refund-{line.id}")
        if typed in ("", "0"):
            continue
        quantity = quantity_of(typed, shop.goods[line.sku])
        if isinstance(quantity, Decimal):
            lines[line.id] = str(quantity)
        else:
            wrong[f"refund-{line.id}"] = say(quantity)
    reason = form.one("reason")
    if len(reason) > _LONGEST_REASON or not reason.isprintable():
        wrong["reason"] = say("At most {limit} characters", limit=_LONGEST_REASON)
    if not lines and not wrong:
        wrong["refund"] = say("Say how much of which goods")
    if not state.paid and not wrong:
        wrong["refund"] = say("Nothing was paid yet")
    quote = None
    if not wrong:
        try:
            quote = refunds.quote(shop, state, lines)
            if form.has("ask"):
                refunds.ask(shop, state, lines, reason)
                return RedirectResponse(f"/orders/{id}", 303)
        except RefundExceeds as error:
            wrong[f"refund-{error.line}"] = say("There is not so much left to give back")
        except InvalidDocument as error:
            wrong["refund"] = " ".join(each.text(LOCALES[lang]) for each in error.problems)
    return _page(request, state, 422 if wrong else 200, wrong, form.typed, None if wrong else quote)


@router.post("/orders/{id}/invoice")
def ask_invoice(request: Request, id: str, form: Posted) -> Response:
    """The invoices of an order, for whoever the form says."""
    shop, lang = of(request), language_of(request)
    state = state_of(shop, buyer(request), id)
    wrong: dict[str, str] = {}
    asked = invoice_of(form, wrong, lang)
    if wrong:
        return _page(request, state, 422, wrong, form.typed)
    made: Sequence[Invoice] = [] if asked is None else _invoices(state, asked)
    return _page(request, state, 200, wrong, form.typed, invoices_=made)


# ------------------------------------------------------------------ showing


def state_of(shop: State, actor: Actor, id: str) -> OrderState:
    """The order of this buyer. Raises `NotFound`."""
    found = shop.store.order(actor, id)
    assert isinstance(found, OrderState)  # a shop would see its part
    return found


def _page(
    request: Request,
    state: OrderState,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    quote: Any = None,
    invoices_: Sequence[Invoice] | None = None,
) -> Response:
    shop, lang = of(request), language_of(request)
    settled = state.order.settlement
    if invoices_ is None:
        invoices_ = _invoices(state) if any(settled.invoice_of(each.shop) for each in settled.shops) else []
    back = {each.line: each for each in preview(settled, refunds.history(state), "parcel")} if state.paid else {}
    checkout, rules = state.order.record.request()
    demands = shop.store.demands(buyer(request), state.order.id)
    names = {each.shop: shop_name(each.shop, lang) for each in settled.shops}
    return page(
        request,
        "order.html",
        status,
        state=state,
        settled=settled,
        totals=totals_of(settled.totals),
        lines={line.id: line for line in settled.lines},
        goods=shop.goods,
        statuses=STATUSES,
        events=EVENTS,
        refund_texts=REFUNDS,
        requests=refunds.of_order(shop, state.order.id),
        back=back,
        wrong=wrong or {},
        typed=Typed(typed or {}),
        quote=quote,
        invoices=invoices_,
        invoice_fields=INVOICE_FIELDS,
        demands=demands,
        expires=max((each.expires for each in demands if each.expires), default=None),
        receipt=receipt(settled, checkout, rules, locale=LOCALES[lang], shops=names),
        slip=None if quote is None else refund_slip(quote, checkout, locale=LOCALES[lang]),
        sandbox=shop.settings.loopback,
    )


def _invoices(state: OrderState, request: InvoiceRequest | None = None) -> Sequence[Invoice]:
    """One of each shop: what was asked for with the order, or by this request."""
    return invoices(state.order.settlement, request)


def refused(request: Request, error: Exception) -> Response:
    """What cannot happen to an order in its state, or fits in with no document: the page says what is so."""
    assert isinstance(error, EventRefused | InvalidDocument)
    problems = error.problems if isinstance(error, InvalidDocument) else [error.problem]
    text = " ".join(each.text(LOCALES[language_of(request)]) for each in problems)
    return page(request, "refused.html", 409, code=409, text=text)
