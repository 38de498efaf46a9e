"""Pages: a template, the reader's language, and what every page shows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from settlement import Money
from settlement.consignee.catalogue import catalogue
from settlement.documents.words.language import language
from shop.data import SHOPS
from shop.texts import LOCALES, language_of, say_in
from shop.who import signed_in

__all__ = ["page", "shop_name"]

_HERE: Final = Path(__file__).parent
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, status: int = 200, **told: Any) -> HTMLResponse:
    """A template with `say`, `money`, `number`, `lang`, `actor` and `csrf()` beside what it is told."""
    lang = language_of(request)
    library = language(LOCALES[lang])

    def money(amount: Money | str) -> str:
        return library.money(amount if isinstance(amount, Money) else Money(amount))

    common = {
        "request": request,
        "say": say_in(lang),
        "lang": lang,
        "locale": LOCALES[lang],
        "money": money,
        "number": library.number,
        "shop_name": lambda shop: shop_name(shop, lang),
        "region": _region,
        "library": library,
        "when": _when,
        "actor": signed_in(request),
        "csrf": lambda: csrf(request),
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(common | told), status)


def _when(at: datetime) -> str:
    """By the clock of the mall, which is in China."""
    return f"{at.astimezone(timezone(timedelta(hours=8))):%Y-%m-%d %H:%M:%S}"


def _region(code: str) -> str:
    """The names of a region down to its county."""
    return " ".join(catalogue().path_names(code)) if code in catalogue() else code


def shop_name(shop: str, lang: str) -> str:
    """What people call a shop, or its id."""
    return getattr(SHOPS[shop], lang) if shop in SHOPS else shop


def csrf(request: Request) -> Markup:
    """The hidden field that every form has; `security` fills it."""
    token = getattr(request.state, "csrf", "")
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)
