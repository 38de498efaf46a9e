"""What if these rules had held? Orders that were placed, settled again under a draft; nothing is kept or changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from limits import parse

from settlement import InvalidDocument
from settlement.audit.changes import FIELDS
from settlement.audit.record import Record
from settlement.audit.what_if import WhatIf, what_if
from settlement.audit.what_if.answer import Side
from settlement.audit.what_if.sections import headline, held_fixed, most_changed, sections, side_text, signed
from settlement.documents.words.language import Language, language
from settlement.ext.store import Page
from settlement.orders import Actor, OrderState
from settlement.receipts.columns import COLUMNS
from settlement.receipts.sheets import NOTHING
from shop.forms import Form, posted
from shop.office_rules import drafted
from shop.pages import page
from shop.rule_check import Checked, Told, checked
from shop.rules import MALL, joined
from shop.shop_part import what_if_of_shop
from shop.staff import keeper
from shop.state import State, of
from shop.statements import period_of
from shop.texts import LOCALES, language_of, say_in

__all__ = ["MOST", "SECONDS", "router"]

#: So many orders of a period are settled again, the newest; and none is begun after so many seconds.
MOST: Final = 100
SECONDS: Final = 2.0
_LIMIT: Final = parse("10 per minute")  # each may settle some hundred carts
_CHINA: Final = timezone(timedelta(hours=8))

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]


@router.get("/shop/{id}/what-if")
def show(request: Request, id: str, since: str = "", until: str = "") -> Response:
    """Under the rules that are in force now."""
    keeper(request, id)
    return _answer(request, id, of(request).rules.part(id), since, until)


@router.post("/shop/{id}/what-if")
def ask(request: Request, id: str, form: Posted) -> Response:
    """Under the draft that was sent, as `fields` or as `text`; what is wrong with it is told instead."""
    keeper(request, id)
    lang, in_force = language_of(request), of(request).rules.part(id)
    since, until = form.one("since"), form.one("until")
    try:
        document = drafted(form, in_force)
    except InvalidDocument as error:
        told = [Told(each.place, each.text(LOCALES[lang]), "error") for each in error.problems]
        return _page(request, id, form.one("json"), since, until, found=Checked(tuple(told), ()))
    return _answer(request, id, document, since, until)


def _answer(request: Request, id: str, document: Any, since: str, until: str) -> Response:
    actor, shop, lang = keeper(request, id), of(request), language_of(request)
    text = json.dumps(document, ensure_ascii=False)
    found = checked(shop.rules, id, document, lang)
    if found.problems:
        return _page(request, id, text, since, until, found=found)
    wrong: dict[str, str] = {}
    period = period_of(shop.clock(), since, until, wrong, lang)
    if wrong:
        return _page(request, id, text, since, until, wrong=wrong)
    request.app.state.limits.count(_LIMIT, "what if", f"{actor.role}/{actor.id}")
    parts = shop.rules.parts() | {id: document}
    draft = joined(parts | {MALL: {**parts[MALL], "id": say_in(lang)("the draft")}}, lang)
    found_orders = _newest(shop, id, *period)
    sellers: dict[str, list[str]] = {}
    records = _records(shop, found_orders, sellers)
    made = what_if(records, draft) if id == MALL else what_if_of_shop(id, records, draft)
    more = found_orders.after is not None or made.read < len(found_orders.rows)
    shown = _shown(id, made, sellers, lang) | {"more": more}
    return _page(request, id, text, str(period[0]), str(period[1]), shown=shown)


def _newest(shop: State, id: str, since: date, until: date) -> Page:
    """The newest orders of the period, of the mall or with goods of the shop."""
    begin = None if since == date.min else datetime.combine(since, time(), _CHINA)
    end = None if until == date.max else datetime.combine(until + timedelta(days=1), time(), _CHINA)
    actor = Actor.system("what-if") if id == MALL else Actor.shop(id)
    return shop.store.orders(actor, since=begin, until=end, limit=MOST)


def _records(shop: State, found: Page, sellers: dict[str, list[str]]) -> Iterator[Record]:
    """Orders as they were placed, one by one until the time is up, and who sold in each."""
    end = monotonic() + SECONDS
    for row in found.rows:
        state = shop.store.order(Actor.system("what-if"), row.id)
        assert isinstance(state, OrderState)  # programs see all
        sellers[row.id] = [each.shop for each in state.order.settlement.shops]
        yield state.order.record.for_order(row.id)
        if monotonic() > end:
            return


# ------------------------------------------------------------------ what the page shows


def _shown(id: str, found: WhatIf, sellers: Mapping[str, list[str]], lang: str) -> dict[str, Any]:
    """The answer in the reader's words; where a shop looks, all of it is of its part."""
    sides, library = list(found.every_side()), language(LOCALES[lang])
    ranked = sides[1:2] if sides[1].most_changed == sides[2].most_changed else sides[1:]
    most = []
    for side in ranked:
        rows = [(row, sellers[row.order] if id == MALL else [id]) for row in most_changed(found, side, library)]
        most += [(side_text(side, library), rows)] if rows else []
    return {
        "orders": found.orders,
        "read": found.read,
        "headline": headline(found, library),
        "held_fixed": held_fixed(library),
        "heads": [side_text(side, library) for side in sides],
        "sums": list(_sums(id, sides, library, lang)),
        "sections": list(islice(sections(found, library), 1, None)),  # the first is of the whole mall: `sums`
        "most": most,
    }


def _sums(id: str, sides: list[Side], library: Language, lang: str) -> Iterator[tuple[str, str, list[str]]]:
    """Rows of sums: the id of the row, what it is called, and of each side the amount."""
    columns = [side.totals for side in sides]
    for name in COLUMNS:
        if name == "goods" or any(each[name] for each in columns):
            yield name, library(FIELDS[name]), [library.figures(each[name]) for each in columns]
    ends = [("payable", library(FIELDS["payable"]), [each["payable"] for each in columns])]
    shops = library("To the shops") if id == MALL else say_in(lang)("To this shop, after commission")
    ends.append(("shops", shops, [side.shops["net"] for side in sides]))
    if id == MALL:
        ends.append(("platform", library("To the platform"), [side.platform["net"] for side in sides]))
    for name, label, amounts in ends:
        yield name, label, [library.figures(each) for each in amounts]
        changes = [signed(each - amounts[0], library) for each in amounts[1:]]
        yield f"{name}-change", library("{what}, difference", what=label), [NOTHING, *changes]


def _page(
    request: Request,
    id: str,
    text: str,
    since: str,
    until: str,
    *,
    found: Checked | None = None,
    wrong: Mapping[str, str] | None = None,
    shown: Mapping[str, Any] | None = None,
) -> Response:
    told: dict[str, Any] = {"id": id, "json": text, "typed": {"since": since, "until": until}}
    told |= {"problems": found.problems if found else (), "wrong": wrong or {}, "shown": shown}
    return page(request, "what_if.html", 200 if shown else 422, **told)
