"""The front page: all goods by shop, put into the cart or bought at once; and the switch of language."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from shop.data import SHOPS, Good
from shop.forms import Form, posted
from shop.pages import page
from shop.quantities import quantity_of
from shop.state import of
from shop.texts import LOCALES
from shop.who import buyer

__all__ = ["router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]


@router.get("/")
def front(request: Request) -> Response:
    """All that is on sale, and what there is of it."""
    return _front(request)


@router.post("/cart")
def put(request: Request, form: Posted) -> Response:
    """Put into the cart (`add`), or bought at once (`buy`)."""
    actor, shop = buyer(request), of(request)
    good = shop.goods.get(form.one("sku"))
    if good is None:
        raise HTTPException(404)
    quantity = quantity_of(form.one("quantity"), good)
    if not isinstance(quantity, Decimal):
        return _front(request, 422, wrong={good.sku: quantity})
    if form.has("buy"):
        shop.carts.buy_now(actor.id, good.sku, quantity)
        return RedirectResponse("/checkout?buy=now", 303)
    shop.carts.put(actor.id, good.sku, quantity)
    return RedirectResponse("/checkout", 303)


@router.post("/language")
def switch(form: Posted) -> Response:
    """The language of all pages from now on, and back to where one was."""
    wanted, back = form.one("language"), form.one("back")
    if wanted not in LOCALES:
        raise HTTPException(422)
    local = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    answer = RedirectResponse(back if local else "/", 303)
    answer.set_cookie("language", wanted, max_age=31_536_000, httponly=True, samesite="lax")
    return answer


@router.get("/healthz")
def healthz() -> Response:
    """Whether requests are answered."""
    return PlainTextResponse("ok")


def _front(request: Request, status: int = 200, wrong: dict[str, str] | None = None) -> Response:
    shelves: dict[str, list[Good]] = {shop: [] for shop in SHOPS}
    for good in of(request).goods.values():
        shelves[good.shop].append(good)
    return page(request, "front.html", status, shelves=shelves, wrong=wrong or {})
