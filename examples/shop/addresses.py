"""The address book: a pasted text is recognised, a region is picked, and a person confirms what is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from settlement import Address, InvalidDocument
from settlement.consignee import Recognition, recognise
from settlement.consignee.catalogue import catalogue
from settlement.errors import UnknownAddress
from shop.cart import NOW
from shop.forms import Form, posted
from shop.pages import page
from shop.state import of
from shop.texts import LOCALES, language_of, say_in
from shop.wanted import Typed
from shop.who import buyer

__all__ = ["router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
_LONGEST_PASTED: Final = 2_000
_MOST: Final = 20
_FIELDS: Final = ("name", "phone", "extension", "detail", "postcode", "tag")
#: Levels of the picker: the region of each begins with that of the one before.
_LEVELS: Final = ("province", "city", "district")


@router.get("/addresses")
def show(request: Request, edit: str | None = None, back: str = "") -> Response:
    """The book, and the form for a new address, or with `edit` for one of it."""
    typed = Typed()
    if edit is not None:
        actor, shop = buyer(request), of(request)
        try:
            address = shop.store.addresses(actor, actor.id)[edit].address
        except UnknownAddress:
            raise HTTPException(404) from None
        typed = Typed({name: getattr(address, name) or "" for name in _FIELDS} | {"id": edit} | _levels(address.region))
    return _page(request, typed=typed | {"back": back})


@router.post("/addresses")
def change(request: Request, form: Posted) -> Response:
    """A button of the page: `recognise`, `pick`, `choose`, `keep`, `default`, `drop`."""
    actor, shop = buyer(request), of(request)
    try:
        if form.has("recognise"):
            return _recognise(request, form)
        if form.has("pick") or form.has("choose"):
            return _page(request, typed=Typed(form.typed | _levels(form.one("choose"))))
        if form.has("keep"):
            return _keep(request, form)
        if form.has("default"):
            book = shop.store.addresses(actor, actor.id)
            id = form.one("default")
            shop.store.keep_address(actor, actor.id, id, book[id].address, default=True, twice=True)
        elif form.has("drop"):
            shop.store.drop_address(actor, actor.id, form.one("drop"))
    except UnknownAddress:
        raise HTTPException(404) from None
    return RedirectResponse("/addresses", 303)


def _recognise(request: Request, form: Form) -> Response:
    """What a pasted text holds, in the fields, for a person to look at; where it is open, what may be meant."""
    lang, text = language_of(request), form.one("pasted")
    if not text or len(text) > _LONGEST_PASTED:
        wrong = say_in(lang)("From 1 to {limit} characters", limit=_LONGEST_PASTED)
        return _page(request, 422, typed=Typed(form.typed), wrong={"pasted": wrong})
    found = recognise(text)
    told = {name: getattr(found, name) or "" for name in ("name", "phone", "extension", "detail", "postcode")}
    typed = Typed(form.typed | told | _levels(found.code or ""))
    return _page(request, typed=typed, found=found)


def _keep(request: Request, form: Form) -> Response:
    """The address of the form, under its id or a new one. The library says what is wrong with it, field by field."""
    actor, shop, lang = buyer(request), of(request), language_of(request)
    say, locale = say_in(lang), LOCALES[lang]
    book = shop.store.addresses(actor, actor.id)
    id = form.one("id") or secrets.token_hex(6)
    if form.one("id") and id not in book:
        raise HTTPException(404)
    if id not in book and len(book) >= _MOST:
        text = say("A book holds {limit} addresses", limit=_MOST)
        return _page(request, 422, typed=Typed(form.typed), wrong={"form": text})
    told = {name: form.one(name) or None for name in _FIELDS}
    try:
        address = Address.from_dict({"region": _region(form)} | told)
        shop.store.keep_address(actor, actor.id, id, address, default=form.has("first"))
    except InvalidDocument as error:
        wrong = {each.place or "form": each.text(locale) for each in error.problems}
        return _page(request, 422, typed=Typed(form.typed), wrong=wrong)
    back = form.one("back")
    if back:
        return RedirectResponse(f"/checkout?address={id}" + ("&buy=now" if back == NOW else ""), 303)
    return RedirectResponse("/addresses", 303)


# ------------------------------------------------------------------ regions


def _region(form: Form) -> str:
    """The narrowest region that was picked and that lies in the wider one."""
    chosen = ""
    for level in _LEVELS:
        code = form.one(level)
        if code in {each.code for each in catalogue().children(chosen or None)}:
            chosen = code
    return chosen


def _levels(code: str) -> dict[str, str]:
    """The codes of a region and of those above it, by level of the picker."""
    if code not in catalogue():
        return {}
    path = [unit.code for unit in catalogue().path_of(catalogue().get(code))]
    return dict(zip(_LEVELS, path, strict=False))


def _options(typed: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Each level of the picker: its name, what is chosen, and what may be."""
    made = []
    parent: str | None = None
    for level in _LEVELS:
        units = catalogue().children(parent) if level == "province" or parent else ()
        if not units:
            break
        chosen = typed[level] if typed[level] in {unit.code for unit in units} else ""
        made.append((level, chosen, [(unit.code, unit.name) for unit in units]))
        parent = chosen or None
        if parent is None:
            break
    return made


def _page(
    request: Request,
    status: int = 200,
    *,
    typed: Mapping[str, str],
    wrong: Mapping[str, str] | None = None,
    found: Recognition | None = None,
) -> Response:
    actor, shop = buyer(request), of(request)
    typed = Typed(typed)
    return page(
        request,
        "addresses.html",
        status,
        book=shop.store.addresses(actor, actor.id),
        typed=typed,
        wrong=wrong or {},
        levels=_options(typed),
        found=found,
        candidates=[] if found is None else [(each.code, " ".join(each.names)) for each in found.candidates],
    )
