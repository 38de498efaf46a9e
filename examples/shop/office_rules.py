"""A shop's rules, as fields and as JSON, with what `check` says of them beside; each version stays."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from settlement import InvalidDocument
from settlement.documents.strict_json import loads
from settlement.errors import Problem
from shop.forms import Form, posted
from shop.pages import page
from shop.rule_check import Checked, Told, checked
from shop.rule_form import copied, filled, parts, pointer_of, removed, texts
from shop.staff import keeper
from shop.state import of
from shop.texts import LOCALES, language_of, say_in

__all__ = ["drafted", "router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]
_VERSION: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@router.get("/shop/{id}/rules")
def show(request: Request, id: str, version: int | None = None) -> Response:
    """Those in force, or an older version to look at, or to take up again."""
    keeper(request, id)
    found = of(request).rules.versions(id)
    if version is None:
        return _page(request, id, found[0].document if found else {})
    for each in found:
        if each.version == version:
            return _page(request, id, each.document, shown=version)
    raise HTTPException(404)


@router.post("/shop/{id}/rules")
def change(request: Request, id: str, form: Posted) -> Response:
    """The fields (`fields`) or the text (`text`) that was sent: `check` it, `keep` it, `copy` or `remove` a part."""
    actor, lang = keeper(request, id), language_of(request)
    rules, say = of(request).rules, say_in(lang)
    try:
        document = drafted(form, rules.part(id))
    except InvalidDocument as error:
        told = [Told(each.place, each.text(LOCALES[lang]), "error") for each in error.problems]
        return _page(request, id, rules.part(id), 422, found=Checked(tuple(told), ()), text=form.one("json"))
    found = checked(rules, id, document, lang)
    if not form.has("keep") or found.problems:
        return _page(request, id, document, 422 if found.problems else 200, found=found, sent=True)
    seen = _VERSION.fullmatch(form.one("version"))
    try:
        by = request.session["user"] if actor.role == "staff" else actor.id
        kept = None if seen is None else rules.keep(id, document, by, after=int(seen[0]))
    except InvalidDocument:  # another shop kept something meanwhile that this does not go with
        return _page(request, id, document, 422, sent=True)
    if kept is None:
        newest = max([each.version for each in rules.versions(id)], default=0)
        late = say("Somebody kept version {version} meanwhile. Look at it, then keep yours.", version=newest)
        return _page(request, id, document, 409, found=found, error=late, sent=True)
    return RedirectResponse(f"/shop/{id}/rules?kept=1", 303)


def drafted(form: Form, in_force: dict[str, Any]) -> Any:
    """What the form says. Raises `InvalidDocument` for a text that is no JSON and a part that is not there."""
    text = form.one("json")
    if form.has("text"):
        return _whole(loads(text, "rules"))
    base = _whole(loads(text, "rules")) if text else in_force
    document = filled(base if isinstance(base, dict) else in_force, form)
    if form.has("copy"):
        return copied(document, form.one("copy"))
    return removed(document, form.one("remove")) if form.has("remove") else document


def _whole(document: Any) -> Any:
    """The document, where a page can show it. Raises `InvalidDocument` for half a character, at its place."""
    halves = [place for place, text in texts("", document) if any("\ud800" <= each <= "\udfff" for each in text)]
    if halves:
        raise InvalidDocument([Problem(place, "text.surrogate") for place in halves], "rules")
    return document


def _page(
    request: Request,
    id: str,
    document: Any,
    status: int = 200,
    *,
    found: Checked | None = None,
    shown: int | None = None,
    text: str | None = None,
    error: str = "",
    sent: bool = False,
) -> Response:
    rules, lang = of(request).rules, language_of(request)
    found = checked(rules, id, document, lang) if found is None else found
    versions = rules.versions(id)
    wrong = {pointer_of(each.place): each.text for each in found.problems}
    shown_parts = parts(document, lang) if isinstance(document, dict) else ()
    told: dict[str, Any] = {
        "id": id,
        "found": found,
        "wrong": wrong,
        "parts": shown_parts,
        "open": {part.name for part in shown_parts if any(f"{name}/".startswith(f"{part.name}/") for name in wrong)},
        "json": json.dumps(document, ensure_ascii=False, indent=2) if text is None else text,
        "base": json.dumps(document, ensure_ascii=False),
        "versions": versions,
        "newest": versions[0].version if versions else 0,
        "shown": shown,
        "error": error,
        "sent": sent,
        "kept": "kept" in request.query_params,
    }
    return page(request, "rules.html", status, **told)
