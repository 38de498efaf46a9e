"""The back office of a shop: its orders, what is to be sent, what is asked back, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from settlement import InvalidDocument, RefundExceeds
from settlement.audit.books.tables import csv_text
from settlement.errors import IdempotencyConflict
from settlement.ext.store import ShopOrder
from settlement.orders import Actor, OrderState, Returned, Shipped
from settlement.orders.state import LineDelivery
from settlement.orders.text import STATUSES
from shop import refunds
from shop.data import SHOPS
from shop.forms import Form, posted
from shop.pages import page
from shop.quantities import quantity_of
from shop.rules import MALL
from shop.staff import keeper, mall_staff
from shop.state import State, of
from shop.statements import period_of, statement_of
from shop.texts import LOCALES, language_of, say_in
from shop.wanted import Typed

__all__ = ["router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
#: What a shop does with goods: the button, the event, and how much of a line there is of that.
_EVENTS: Final[Mapping[str, tuple[type[Shipped | Returned], Callable[[LineDelivery], int | Decimal]]]] = {
    "ship": (Shipped, lambda row: row.left),
    "returned": (Returned, lambda row: row.shipped - row.returned),
}


@router.get("/mall")
def mall(request: Request, after: str | None = None) -> Response:
    """All shops, the mall's own rules, and all orders."""
    actor = mall_staff(request)
    try:
        found = of(request).store.orders(actor, after=after)
    except InvalidDocument:
        raise HTTPException(404) from None
    return page(request, "mall.html", found=found, statuses=STATUSES, shops=SHOPS, mall=MALL)


@router.get("/shop/{id}")
def show(request: Request, id: str, status: str | None = None, after: str | None = None) -> Response:
    """A shop's orders, the newest first, and what waits for it."""
    keeper(request, id)
    _expect_shop(id)
    shop = of(request)
    if status not in (None, "", *STATUSES):
        raise HTTPException(404)
    try:
        found = shop.store.orders(Actor.shop(id), status=status or None, after=after)  # type: ignore[arg-type]  # above
    except InvalidDocument:
        raise HTTPException(404) from None
    asked = refunds.of_shop(shop, id)
    return page(request, "office.html", id=id, found=found, statuses=STATUSES, chosen=status or "", asked=asked)


@router.get("/shop/{id}/orders/{order}")
def show_order(request: Request, id: str, order: str) -> Response:
    """This shop's part of an order, and where it goes."""
    keeper(request, id)
    return _order_page(request, id, order)


@router.post("/shop/{id}/orders/{order}")
def change_order(request: Request, id: str, order: str, form: Posted) -> Response:
    """`ship` or `returned` goods, `give` some of the money back, or `grant` or `refuse` what a buyer asked for."""
    keeper(request, id)
    shop, seen = of(request), _seen(of(request), id, order)
    if form.has("grant") or form.has("refuse"):
        why = _answer(shop, id, order, form, language_of(request))
        if why:
            return _order_page(request, id, order, 409, {"asked": why})
        return RedirectResponse(f"/shop/{id}/orders/{order}", 303)
    button = next((each for each in (*_EVENTS, "give") if form.has(each)), None)
    if button is None:
        raise HTTPException(422)
    wrong: dict[str, str] = {}
    lines = _lines(shop, seen, form, button, wrong, language_of(request))
    if not wrong:
        _do(request, id, order, button, lines, form.one("reason"), wrong)
    if wrong:
        return _order_page(request, id, order, 422, wrong, form.typed)
    return RedirectResponse(f"/shop/{id}/orders/{order}", 303)


@router.get("/shop/{id}/statement")
def show_statement(
    request: Request,
    id: str,
    since: str = "",
    until: str = "",
    format: str = "",  # noqa: A002 - the field of the form
) -> Response:
    """What the shop is owed for a period, from opening to closing balance; as CSV with `format=csv`."""
    keeper(request, id)
    _expect_shop(id)
    shop, lang = of(request), language_of(request)
    wrong: dict[str, str] = {}
    period = period_of(shop.clock(), since, until, wrong, lang)
    made = statement_of(shop, id, *period)
    if format == "csv" and not wrong:
        name = f'attachment; filename="statement-{id}-{period[0]}-{period[1]}.csv"'
        return PlainTextResponse(csv_text(made), headers={"content-disposition": name}, media_type="text/csv")
    typed = {"since": since or str(period[0]), "until": until or str(period[1])}
    told = {"made": made, "typed": typed, "wrong": wrong, "text": made.text(LOCALES[lang])}
    return page(request, "statement.html", 422 if wrong else 200, id=id, **told)


# ------------------------------------------------------------------ one order


def _expect_shop(id: str) -> None:
    """The mall itself sells nothing."""
    if id not in SHOPS:
        raise HTTPException(404)


def _seen(shop: State, id: str, order: str) -> ShopOrder:
    """The shop's part, whoever of the mall looks at it. Raises `NotFound`."""
    _expect_shop(id)
    found = shop.store.order(Actor.shop(id), order)
    assert isinstance(found, ShopOrder)  # a shop sees its part
    return found


def _order_page(
    request: Request,
    id: str,
    order: str,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    shop, lang = of(request), language_of(request)
    seen = _seen(shop, id, order)
    told: dict[str, Any] = {
        "id": id,
        "seen": seen,
        "lines": {line.id: line for line in seen.part.lines},
        "names": {sku: good.name(lang) for sku, good in shop.goods.items()},
        "left_of": lambda row: row.left,
        "back_of": lambda row: row.shipped - row.returned,
        "bought_of": lambda row: row.bought,
        "statuses": STATUSES,
        "asked": [each for each in refunds.of_order(shop, order) if each.shop == id],
        "wrong": wrong or {},
        "typed": Typed(typed or {}),
    }
    return page(request, "office_order.html", status, **told)


def _lines(
    shop: State, seen: ShopOrder, form: Form, button: str, wrong: dict[str, str], lang: str
) -> dict[str, Decimal]:
    """How much of which line is meant by a button: the field `give-1` is that of the line 1."""
    say, found = say_in(lang), dict[str, Decimal]()
    skus = {line.id: line.sku for line in seen.part.lines}
    for row in seen.deliveries.lines:
        field = f"{button}-{row.line}"
        typed = form.one(field)
        if typed in ("", "0"):
            continue
        quantity = quantity_of(typed, shop.goods[skus[row.line]])
        if not isinstance(quantity, Decimal):
            wrong[field] = say(quantity)
        elif button in _EVENTS and quantity > _EVENTS[button][1](row):
            wrong[field] = say("There is not so much of it")
        else:
            found[row.line] = quantity
    if not found and not wrong:
        wrong[button] = say("Say how much of which goods")
    return found


def _do(
    request: Request,
    id: str,
    order: str,
    button: str,
    lines: Mapping[str, Decimal],
    reason: str,
    wrong: dict[str, str],
) -> None:
    """Told as the shop's; what is given back is the platform's money, so a program of the mall gives it."""
    shop, lang = of(request), language_of(request)
    if button in _EVENTS:
        actor, kind = Actor.shop(id), _EVENTS[button][0]
        goods = [{"line": line, "quantity": quantity} for line, quantity in lines.items()]
        shop.store.tell(actor, kind(at=shop.clock(), actor=actor, shop=id, lines=goods), order=order)
        return
    state = shop.store.order(Actor.system("office"), order)
    assert isinstance(state, OrderState)  # programs see all
    stated = {line: str(quantity) for line, quantity in lines.items()}
    try:
        refunds.quote(shop, state, stated)
        if not state.paid:
            wrong["give"] = say_in(lang)("Nothing was paid yet")
            return
        refunds.ask(shop, state, stated, reason[:100], Actor.system("office"))
    except RefundExceeds as error:
        wrong[f"give-{error.line}"] = say_in(lang)("There is not so much left to give back")
    except InvalidDocument as error:
        wrong["give"] = " ".join(each.text(LOCALES[lang]) for each in error.problems)


def _answer(shop: State, id: str, order: str, form: Form, lang: str) -> str:
    """What waits for this shop: granted or refused, once. Why it cannot be, or nothing."""
    number = form.one("grant") or form.one("refuse")
    for each in refunds.of_order(shop, order):
        if each.shop == id and each.number == number:
            try:
                refunds.answer(shop, Actor.system("office"), each, granted=form.has("grant"))
            except (RefundExceeds, IdempotencyConflict):
                return say_in(lang)("There is not so much left to give back")
            except InvalidDocument as error:
                return " ".join(each.text(LOCALES[lang]) for each in error.problems)
            return ""
    raise HTTPException(404)
