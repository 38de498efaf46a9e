"""Canonical JSON (RFC 8785) and the digest of a request (contract §7).

Equal meaning gives equal bytes: defaults filled in, instants in UTC, quantities and percentages in their shortest
form, regions in their canonical spelling, lists of ids and of documents sorted; without what is personal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from settlement.documents.canonical import canonical, utf_16
from settlement.documents.document import Document
from settlement.documents.json_text import Amounts, quoted
from settlement.documents.own_kinds import ours
from settlement.documents.region import path
from settlement.documents.scalars import instant_out
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["PERSONAL", "request_digest"]

#: Fields that never enter a digest, so that they can be erased without breaking a replay.
PERSONAL: Final = frozenset(
    {"name", "phone", "detail", "remark", "invoice", "info"}
    | {"extension", "postcode", "city", "catalogue", "tag"}  # of an address, beyond the contract
)
#: Fields beyond the contract and their defaults: they enter a digest only when used, so that it stays as the contract
#: defines it for every request that does not use them.
EXTENSIONS: Final = {
    "search_limit": 20_000,
    "max_lines": 10_000,
    "warehouses": None,
    "pickup": None,
    "steps": None,
    "goods_percent": None,
    "min_fee": None,
    "max_fee": None,
    "volumetric_divisor": None,
    "max_weight_g": None,
    "label": None,
    "condition_scope": None,
    "conditions": None,
    "limit_per_customer": None,
    "limit_in_all": None,
    "min_price": None,
    "stored_value": None,
    "copies": None,
    "usage": None,
    "tenders": None,
    "minimum_orders": None,
    "campaigns": None,
}
#: Lists of what kinds there are, and what an entry of one is called.
_ENTRIES: Final = {"conditions": "condition", "surcharges": "surcharge"}
_REGION_FIELDS: Final = frozenset({"regions", "undeliverable"})


def meaning(value: Any, field: str = "", foreign: frozenset[tuple[str, str]] = frozenset()) -> Any:
    """A dumped document reduced to what it means: nothing personal, lists sorted by their entries' canonical text.

    A benefit, condition or surcharge of a `foreign` type is a user's own: only its author knows what its fields mean,
    so they stay as they are.
    """
    if isinstance(value, dict):
        if field in {"benefit", "condition"} and (field, value.get("type")) in foreign:
            return value
        if (field, value.get("per")) in foreign:  # a surcharge: what all have means what it always does
            return value | meaning({key: value[key] for key in Surcharge.model_fields if value[key] is not None})
        return {
            key: meaning(inner, key, foreign)
            for key, inner in value.items()
            if key not in PERSONAL and not (key in EXTENSIONS and _unused(inner, EXTENSIONS[key]))
        }
    if isinstance(value, list):
        each = _ENTRIES.get(field, "")
        parts = [path(inner)[-1] if field in _REGION_FIELDS else meaning(inner, each, foreign) for inner in value]
        return sorted(parts, key=canonical)
    if field == "region" and isinstance(value, str):
        return path(value)[-1]
    return value


def _unused(value: Any, default: Any) -> bool:
    return value is None or value is False or value in ([], {}) or value == default


def rulebook_meaning(rulebook: Rulebook) -> dict[str, Any]:
    """The rulebook's part of the canonical request, with what depends on other fields filled in."""
    document = rulebook.model_dump(mode="json")
    for offer in (*document["promotions"], *document["coupons"]):
        if offer["platform_share"] is None:
            offer["platform_share"] = "100" if offer["issuer"] == "platform" else "0"
    foreign = frozenset(
        (field, str(getattr(kind, "type", "")))
        for offer in (*rulebook.promotions, *rulebook.coupons)
        for field, kinds in (("benefit", [tier.benefit for tier in offer.tiers]), ("condition", offer.conditions))
        for kind in kinds
        if not ours(kind)
    )
    foreign |= {
        ("surcharge", each.per)
        for template in rulebook.freight_templates
        for each in template.surcharges
        if not ours(each)
    }
    made: dict[str, Any] = meaning(document, "", foreign)
    return made


# ------------------------------------------------------------------ the same, straight from a checkout


#: A field of a document: its name, the key with its colon, and the values that count as unused.
Field: TypeAlias = tuple[str, str, tuple[Any, ...]]
#: How documents of one class that state the same fields are written: what gets the stated fields, the text before each,
#: and that behind the last. Or the fields one by one, where a stated one has a way of its own, or may count as unused.
Plan: TypeAlias = tuple[Callable[[Any], Sequence[Any]], list[str], str] | list[Field]

#: Fields that validation fills in from others where they are not stated.
_FILLED_IN: Final = frozenset({"list_price"})
_PLANS: dict[tuple[type[Document], frozenset[str]], Plan] = {}
#: Plans that are kept.
_REMEMBERED: Final = 4096


def _plan(kind: type[Document], stated: frozenset[str]) -> Plan:
    """The fields in the order of their names, without what is personal; defaults are written once and for all.

    Of a class that is a caller's own every field is written anew: a default may be another one each time.
    """
    fields = [(name, f'"{name}":', _UNUSED.get(name, ())) for name in sorted(kind.model_fields) if name not in PERSONAL]
    rows = [each for each in fields if each[0] in stated | _FILLED_IN or kind.model_fields[each[0]].is_required()]
    ours = kind.__module__.startswith("settlement.")
    if not ours or len(rows) < 2 or any(unused or name in _OF_THEIR_OWN for name, _, unused in rows):
        return fields
    before: list[str] = []
    writer, text = _Writer(Amounts("CNY")), "{"  # no default is an amount
    for each in fields:
        name, key, unused = each
        if each in rows:
            before.append(text + key)
            text = ","
            continue
        default = kind.model_fields[name].get_default(call_default_factory=True)
        if not unused or default not in unused:
            text += f"{key}{writer.text(default)},"
    return itemgetter(*[name for name, *_ in rows]), before, text[:-1] + "}"


class _Writer:
    """The canonical text of a checkout: what `canonical(meaning(…))` makes of its dump, in one pass."""

    __slots__ = ("money",)

    def __init__(self, money: Amounts) -> None:
        self.money = money

    def text(self, value: Any) -> str:
        """A value of any type that a document may hold."""
        kind = type(value)
        if kind is tuple:
            return f"[{','.join(sorted([self.text(each) for each in value]))}]"
        if kind is str:
            return quoted(value)
        if value is None:
            return "null"
        if isinstance(value, Document):
            return self.document(value)
        if kind is int:
            return str(value)
        if kind is bool:
            return "true" if value else "false"
        if kind is Money:
            return self.money[value.minor]
        return f'"{instant_out(value)}"' if isinstance(value, datetime) else f'"{value}"'

    def document(self, value: Document) -> str:
        """A document by its plan."""
        known = (type(value), frozenset(value.__pydantic_fields_set__))
        plan = _PLANS.get(known)
        if plan is None:
            if len(_PLANS) >= _REMEMBERED:
                _PLANS.clear()
            plan = _PLANS[known] = _plan(*known)
        values, money = value.__dict__, self.money
        if not isinstance(plan, list):
            get, before, end = plan
            shown = [
                key + quoted(inner)
                if (kind := type(inner)) is str
                else key + money[inner.minor]
                if kind is Money
                else f"{key}{inner}"
                if kind is int
                else key + self.text(inner)
                for key, inner in zip(before, get(values))
            ]
            return "".join(shown) + end
        parts = []
        for name, key, unused in plan:
            inner = values[name]
            if not unused or inner not in unused:
                write = _OF_THEIR_OWN.get(name, self.text)
                parts.append(key + write(inner))
        return f"{{{','.join(parts)}}}"


def _copies(pairs: Sequence[tuple[str, int]]) -> str:
    ordered = sorted(pairs, key=lambda pair: utf_16(pair[0]))
    return f"{{{','.join([f'{quoted(name)}:{count}' for name, count in ordered])}}}"


#: Regions in their canonical spelling; a map that is kept as pairs.
_OF_THEIR_OWN: Final[Mapping[str, Callable[[Any], str]]] = {
    "region": lambda value: quoted(path(value)[-1]),
    "copies": _copies,
}


def checkout_text(checkout: Checkout, money: Amounts | None = None) -> str:
    """The checkout's part of the canonical request; its amounts are all in one currency."""
    return _Writer(Amounts(checkout.cart.currency) if money is None else money).document(checkout)


_UNUSED: Final = {name: (None, (), False) if default is None else (default,) for name, default in EXTENSIONS.items()}


def request_digest(checkout: Checkout, rulebook: Rulebook, money: Amounts | None = None) -> str:
    """`sha256:…` over the canonical request. The rulebook's bytes are kept on its rules once made."""
    digest = hashlib.sha256(b'{"checkout":')
    digest.update(checkout_text(checkout, money).encode())
    digest.update(b',"rulebook":')
    digest.update(rulebook.rules.canonical_bytes())
    digest.update(b"}")
    return f"sha256:{digest.hexdigest()}"
