"""The checkout page: the cart by shop, where it goes, what is used, what it costs; and placing the order."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from settlement import InvalidDocument
from settlement.audit.confirm import Confirmation
from settlement.errors import (
    AllowanceExhausted,
    IdempotencyConflict,
    NotConfirmed,
    NotFound,
    Problem,
    SealRefused,
    UnknownAddress,
)
from settlement.ext.store.database import insert_once
from settlement.orders import Actor
from shop import quoting
from shop.asking import Asked, asked
from shop.cart import CART, NOW, Item
from shop.differs import causes, differences
from shop.forms import Form, posted
from shop.orders import PAID_WITHIN
from shop.pages import page
from shop.state import State, of
from shop.tables import submitted
from shop.texts import LOCALES, language_of, say_in
from shop.view import View, view
from shop.wanted import INVOICE_FIELDS, Wanted, of_form
from shop.who import buyer

__all__ = ["router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
_KEY: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


@router.get("/checkout")
def show(request: Request, buy: str = CART, address: str | None = None) -> Response:
    """The cart, or with `buy=now` the one line that is bought at once."""
    wanted = Wanted(slot=buy if buy in (CART, NOW) else CART, address=address)
    return _page(request, buyer(request), wanted)


@router.post("/checkout")
def change(request: Request, form: Posted) -> Response:
    """Any button of the form: `update`, `all`, `invert`, `remove`, or `submit`."""
    actor, shop, lang = buyer(request), of(request), language_of(request)
    slot = NOW if form.one("buy") == NOW else CART
    items = _items(shop, actor, slot)
    wanted = of_form(form, items, shop.goods, lang)
    if form.has("submit"):
        return _submit(request, actor, wanted, form)
    items = list(wanted.items)
    if form.has("all"):
        ticked = not all(each.ticked for each in items)
        items = [each._replace(ticked=ticked) for each in items]
    elif form.has("invert"):
        items = [each._replace(ticked=not each.ticked) for each in items]
    shop.carts.change(actor.id, slot, items)
    if form.has("remove"):
        shop.carts.drop(actor.id, slot, [form.one("remove")])
    return _page(request, actor, wanted)


# ------------------------------------------------------------------ showing


def _page(
    request: Request, actor: Actor, wanted: Wanted, status: int = 200, key: str | None = None, **told: Any
) -> Response:
    """What the wanted costs now, with a new quote. What is wrong with it stands beside its field, with a 422."""
    shop, lang = of(request), language_of(request)
    items = _items(shop, actor, wanted.slot)
    if not items:
        return page(request, "empty.html", status)
    wrong = dict(wanted.wrong)
    now = _asked(shop, actor, items, wanted, lang, wrong)
    token = quoting.quote(shop, actor, now.settled) if now.settled.status == "payable" else ""
    shown: View = view(now, shop.goods, lang)
    if wrong and status == 200:
        status = 422
    return page(
        request,
        "checkout.html",
        status,
        view=shown,
        wanted=wanted,
        wrong=wrong,
        quote=token,
        invoice_fields=INVOICE_FIELDS,
        key=key or secrets.token_hex(16),
        told={"diff": None, "error": None} | told,
    )


def _items(shop: State, actor: Actor, slot: str) -> list[Item]:
    """What lies in the cart, but for what the mall no longer has at all."""
    return [item for item in shop.carts.items(actor.id, slot) if item.sku in shop.goods]


def _asked(shop: State, actor: Actor, items: list[Item], wanted: Wanted, lang: str, wrong: dict[str, str]) -> Asked:
    """As `asked`; what no document can hold is told at its field, and asked without."""
    for _ in range(2):  # the address first, for nothing else is looked at without one; then the documents
        try:
            return asked(shop, actor, items, wanted, lang)
        except UnknownAddress:
            wrong["address"] = say_in(lang)("This address is not in your book")
            wanted = wanted._replace(address=None)
        except InvalidDocument as error:
            wrong.update({_field(each): each.text(LOCALES[lang]) for each in error.problems})
            wanted = wanted._replace(coupons="best", points="none", method=None, remarks={}, invoice=None)
    return asked(shop, actor, items, wanted, lang)


#: Where a problem of the checkout stands in the form.
_FIELDS: Final = {
    "choice": "coupon",
    "coupons": "coupon",
    "points": "count",
    "payment_method": "method",
    "address": "address",
}


def _field(problem: Problem) -> str:
    place = problem.place.removeprefix("checkout.")
    head = re.split(r"[.\[]", place, maxsplit=1)[0]
    return "count" if place == "choice.points" else _FIELDS.get(head, "form")


# ------------------------------------------------------------------ placing


def _submit(request: Request, actor: Actor, wanted: Wanted, form: Form) -> Response:
    """The order of what was shown, once for each key; where anything differs it is shown, and nothing is placed."""
    shop, lang, key = of(request), language_of(request), form.one("key")
    say, locale = say_in(lang), LOCALES[lang]
    if not _KEY.fullmatch(key):
        return _page(request, actor, wanted, 422, error=say("The form was not whole. It is made anew here."))
    number = quoting.number_of(actor, key)
    if _placed(shop, actor, number):
        return _again(request, number, form)
    items = list(wanted.items)
    if not items or wanted.wrong:
        return _page(request, actor, wanted, 422, key)
    wrong: dict[str, str] = {}
    now = _asked(shop, actor, items, wanted, lang, wrong)
    if wrong:
        return _page(request, actor, wanted._replace(wrong=wrong), 422, key)
    try:
        found = quoting.still(shop, actor, form.one("quote"), now)
        _place(shop, actor, found, number, key)
        with shop.database.writing() as connection:
            insert_once(connection, submitted, {"order_id": number, "form": form.digest()})
    except SealRefused as error:
        text = Problem("", error.code, error.facts).text(locale)
        shop.carts.change(actor.id, wanted.slot, items)
        return _page(request, actor, wanted, 409, error=say("Nothing was ordered: {why}", why=text))
    except (NotConfirmed, InvalidDocument, AllowanceExhausted, IdempotencyConflict) as error:
        if _placed(shop, actor, number):  # the same form, sent twice at once
            return _again(request, number, form)
        shop.carts.change(actor.id, wanted.slot, items)
        return _page(request, actor, wanted, 409, **_why(error, now, shop, lang))
    shop.carts.drop(actor.id, wanted.slot, [line.sku for line in found.record.settlement().lines])
    if now.address is not None:
        with suppress(UnknownAddress):  # deleted a moment ago
            shop.store.use_address(actor, actor.id, now.address)
    return RedirectResponse(f"/orders/{number}", 303)


def _again(request: Request, number: str, form: Form) -> Response:
    """To the order that this form placed; another form under its key is refused."""
    wanted = select(submitted.c.form).where(submitted.c.order_id == number)
    with of(request).database.reading() as connection:
        before = connection.execute(wanted).scalar()
    if before in (None, form.digest()):  # None: it is being placed now
        return RedirectResponse(f"/orders/{number}", 303)
    say = say_in(language_of(request))
    text = say("Nothing was ordered: {why}", why=say("this form was sent before, with something else in it"))
    return page(request, "refused.html", 409, code=409, text=text)


def _place(shop: State, actor: Actor, found: Confirmation, number: str, key: str) -> None:
    shop.store.place(actor, found, order=number, key=key, merchant="sandbox", expires=PAID_WITHIN)


def _placed(shop: State, actor: Actor, number: str) -> bool:
    try:
        shop.store.order(actor, number)
    except NotFound:
        return False
    return True


def _why(error: Exception, now: Asked, shop: State, lang: str) -> dict[str, Any]:
    """What differs, or what was taken meanwhile."""
    say, locale = say_in(lang), LOCALES[lang]
    if isinstance(error, NotConfirmed):
        found = error.diff
        return {"diff": found, "rows": differences(found, shop.goods, lang), "causes": causes(found, lang)}
    if isinstance(error, InvalidDocument):
        text = " ".join(each.text(locale) for each in error.problems)
        return {"error": say("Nothing was ordered: {why}", why=text)}
    if isinstance(error, AllowanceExhausted):
        names = {each.id: each.name for each in now.rules.coupons} | {
            sku: good.name(lang) for sku, good in shop.goods.items()
        }
        left = error.left.normalize() if isinstance(error.left, Decimal) else error.left
        text = say("{what}: {left} left", what=names.get(error.id) or error.id, left=left)
        return {"error": say("Nothing was ordered, somebody was quicker: {why}", why=text)}
    return {"error": say("Nothing was ordered: {why}", why=say("this form was sent before, with something else in it"))}
