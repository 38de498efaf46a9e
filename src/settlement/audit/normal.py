"""The normal form of a request: one spelling and one order, still a valid request, and what is personal apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from settlement.cart.checkout import Checkout
from settlement.documents.canonical import canonical
from settlement.documents.region import path
from settlement.rulebook.digest import EXTENSIONS, PERSONAL, meaning
from settlement.rulebook.rulebook import Rulebook

__all__ = ["normal_request"]

#: Lists whose order the documents themselves fix; every other list is put in one order.
_ORDERED: Final = frozenset({"tiers", "steps"})
#: Where a kind of the user's stands: nothing is known of its fields, so they all stay as they are.
_OPEN: Final = frozenset({"benefit"})
_REGION_LISTS: Final = frozenset({"regions", "undeliverable"})


def normal_request(checkout: Checkout, rulebook: Rulebook) -> tuple[dict[str, Any], dict[str, Any]]:
    """The request in its one form, and what is personal by its place.

    Defaults are filled in, instants are in UTC, numbers in their shortest form, regions in their canonical spelling,
    lists in one order (documents by id). It is a valid request, and its digest is that of the request it was made of.
    """
    data = {"checkout": checkout.model_dump(mode="json"), "rulebook": rulebook.model_dump(mode="json")}
    for offer in (*data["rulebook"]["promotions"], *data["rulebook"]["coupons"]):
        if offer["platform_share"] is None:
            offer["platform_share"] = "100" if offer["issuer"] == "platform" else "0"
    found = _normal(data, "")
    personal = dict(_take_out(found, "/request"))
    return found, personal


def _normal(value: Any, field: str) -> Any:
    """One order and one spelling; unused extensions are left out, as the digest leaves them out."""
    if isinstance(value, dict):
        if field in _OPEN:
            return value
        return {
            key: _normal(inner, key)
            for key, inner in value.items()
            if not (key in EXTENSIONS and (inner in (None, False, [], {}) or inner == EXTENSIONS[key]))
        }
    if isinstance(value, list):
        parts = [path(each)[-1] if field in _REGION_LISTS else _normal(each, "") for each in value]
        return parts if field in _ORDERED else sorted(parts, key=_rank_of)
    return path(value)[-1] if field == "region" and isinstance(value, str) else value


def _rank_of(part: Any) -> tuple[str, bytes]:
    name = part.get("id") if isinstance(part, dict) else None
    return name if isinstance(name, str) else "", canonical(meaning(part))


def _take_out(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Take every personal field out of the data; give those that held something, by their place."""
    if isinstance(value, dict):
        for key in sorted(value.keys() & PERSONAL):
            held = value.pop(key)
            if held not in (None, {}):
                yield f"{place}/{key}", held
        for key in sorted(value.keys() - _OPEN):
            yield from _take_out(value[key], f"{place}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _take_out(inner, f"{place}/{index}")
