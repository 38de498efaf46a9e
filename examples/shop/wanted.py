"""What is read of the checkout's form: ids, quantities, ticks, the choice, the address, remarks and the invoice.

No price, no stock, no balance: a form that has them is read as if it had not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from settlement import InvalidDocument, InvoiceRequest
from shop.cart import CART, NOW, Item
from shop.data import SHOPS, Good
from shop.forms import Form
from shop.quantities import quantity_of, shown
from shop.texts import LOCALES, Language, say_in

__all__ = ["INVOICE_FIELDS", "Typed", "Wanted", "invoice_of", "of_form"]

#: Fields of an invoice that a form has, and what they are called: `invoice-title` is `title`.
INVOICE_FIELDS: Final = (
    ("title", "Title"),
    ("tax_number", "Tax number"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("address", "Registered address"),
    ("bank", "Bank"),
    ("account", "Account"),
)
_POINTS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_LONGEST_REMARK: Final = 200


class Typed(dict[str, str]):
    """What stood in the fields; nothing in those that were not sent."""

    def __missing__(self, name: str) -> str:
        return ""


class Wanted(NamedTuple):
    """What the buyer wants. `typed` is what stood in the fields, `wrong` says of some what is wrong with it."""

    slot: str = CART
    address: str | None = None
    coupons: str = "best"
    chosen: tuple[str, ...] = ()
    points: str = "none"
    most: int = 0
    method: str | None = None
    remarks: Mapping[str, str] = {}
    invoice: InvoiceRequest | None = None
    items: tuple[Item, ...] = ()
    typed: Typed = Typed()
    wrong: Mapping[str, str] = {}


def of_form(form: Form, items: Sequence[Item], goods: Mapping[str, Good], lang: Language) -> Wanted:
    """The form of a cart that holds these items; each field that cannot be read is in `wrong`, by its name."""
    say = say_in(lang)
    wrong: dict[str, str] = {}
    made = []
    for item in items:
        typed = form.one(f"quantity-{item.sku}", shown(item.quantity))
        quantity = quantity_of(typed, goods[item.sku])
        if isinstance(quantity, str):
            wrong[f"quantity-{item.sku}"] = say(quantity)
            quantity = item.quantity
        made.append(Item(item.sku, quantity, form.has(f"tick-{item.sku}")))
    remarks = {shop: form.one(f"remark-{shop}") for shop in SHOPS if form.one(f"remark-{shop}")}
    for shop, remark in remarks.items():
        if len(remark) > _LONGEST_REMARK:
            wrong[f"remark-{shop}"] = say("At most {limit} characters", limit=_LONGEST_REMARK)
        elif not remark.isprintable():
            wrong[f"remark-{shop}"] = say("Only characters that can be printed")
    points, most = _one_of(form, "points", ("none", "max", "some"), wrong, lang), 0
    if points == "some":
        if _POINTS.fullmatch(form.one("count")):
            most = int(form.one("count"))
        else:
            wrong["count"] = say("A whole number is expected")
    return Wanted(
        slot=_one_of(form, "buy", (CART, NOW), wrong, lang),
        address=form.one("address") or None,
        coupons=_one_of(form, "coupons", ("best", "none", "own"), wrong, lang),
        chosen=tuple(dict.fromkeys(form.all("coupon"))),
        points=points,
        most=most,
        method=form.one("method") or None,
        remarks={shop: remark for shop, remark in remarks.items() if f"remark-{shop}" not in wrong},
        invoice=invoice_of(form, wrong, lang),
        items=tuple(made),
        typed=Typed(form.typed),
        wrong=wrong,
    )


def _one_of(form: Form, name: str, known: Sequence[str], wrong: dict[str, str], lang: Language) -> str:
    value = form.one(name, known[0])
    if value in known:
        return value
    wrong[name] = say_in(lang)("There is no such choice")
    return known[0]


def invoice_of(form: Form, wrong: dict[str, str], lang: Language) -> InvoiceRequest | None:
    """The request for an invoice, checked by the library, whose texts stand beside the fields."""
    type_ = _one_of(form, "invoice", ("none", "person", "company"), wrong, lang)
    if type_ == "none":
        return None
    told = {name: form.one(f"invoice-{name}") or None for name, _ in INVOICE_FIELDS}
    kind = _one_of(form, "invoice-kind", ("normal", "special"), wrong, lang)
    try:
        return InvoiceRequest.from_dict({"type": type_, "kind": kind} | told | {"title": told["title"] or ""})
    except InvalidDocument as error:
        for each in error.problems:
            name = f"invoice-{each.place or 'tax_number'}"
            wrong.setdefault(name, each.text(LOCALES[lang]))
        return None
