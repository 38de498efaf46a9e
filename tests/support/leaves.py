"""Every leaf of a document changed by a value of its kind, and where it stands."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from settlement.money import Money, parse_amount

Place: TypeAlias = tuple[str | int, ...]

#: Fields that hold one word of several; a change is the next.
WORDS = {
    "status": ("payable", "pending", "blocked"),
    "stage": (
        "item_promotion",
        "shop_promotion",
        "platform_promotion",
        "shop_coupon",
        "platform_coupon",
        "freight",
        "surcharge",
        "freight_promotion",
        "freight_coupon",
        "points",
        "payment_fee",
        "rounding",
    ),
    "outcome": ("applied", "refused"),
    "reason": ("below_amount", "expired", "not_best", "nothing_in_scope", "undeliverable", "off_sale"),
    "rounding": ("half_up", "up", "down", "half_even", "half_down"),
    "measure": ("quantity", "weight_g", "volume_cm3"),
    "per": ("parcel", "piece", "kg", "scope", "sku"),
    "mode": ("down", "half_up", "up"),
    "kind": ("coupon", "use", "units", "points", "gift_card", "stored_value"),
    "type": ("amount_off", "percent_off", "unit_amount_off", "gift_card", "stored_value", "cart_holds"),
}
#: Maps whose keys are ids.
BY_LINE = ("shares", "platform", "counts", "floors", "goods_of", "freight_of", "fee_of", "lines", "kept")
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)? [A-Z]{3}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def changes(value: Any, place: Place) -> Iterator[tuple[str, Any]]:
    """What a leaf is changed by, and what it is then."""
    field = next((step for step in reversed(place) if isinstance(step, str)), "")
    if isinstance(value, bool):
        yield "the other", not value
    elif isinstance(value, int):
        yield "+ 1", value + 1
    elif value is None:
        yield "something", "5" if field.endswith("percent") else "x"
    elif value in WORDS.get(field, ()):
        words = WORDS[field]
        yield "another", words[(words.index(value) + 1) % len(words)]
    elif _AMOUNT.fullmatch(value):
        minor, currency = parse_amount(value, None)
        yield "+ 1", str(Money.of_minor(minor + 1, currency))
        yield "- 1", str(Money.of_minor(minor - 1, currency))
    elif field == "at":
        yield (
            "a second later",
            (datetime.fromisoformat(value) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z"),
        )
    elif _NUMBER.fullmatch(value) and field not in ("zone", "shared", "id", "line"):
        whole, _, decimals = value.partition(".")
        yield "+ 1", f"{whole}.{int(decimals) + 1:0{len(decimals)}}" if decimals else str(int(whole) + 1)
    elif field == "zone":
        yield "another", "CN" if value != "CN" else "*"
    elif field == "shared":
        yield "another", "CN/mainland" if value != "CN/mainland" else "CN"
    elif field == "digest":
        yield "another", "sha256:" + ("0" * 64 if value[-1] != "0" else "1" * 64)
    else:
        yield "another", f"{value}x"


def pattern(place: Place) -> str:
    """A place without what differs from document to document: indexes, and ids that are keys."""
    text = ""
    for at, step in enumerate(place):
        if isinstance(step, int):
            text += "[]"
        elif at and place[at - 1] in BY_LINE:
            text += ".*"
        else:
            text += f".{step}" if text else step
    return text


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every leaf with its place; a list or a map by id is one too, for what may be lost or stand twice in it."""
    if isinstance(value, dict):
        if place and place[-1] in BY_LINE and value:
            yield place, value
        for key, inner in value.items():
            yield from leaves(inner, (*place, key))
    elif isinstance(value, list):
        if value:
            yield place, value
        for index, inner in enumerate(value):
            yield from leaves(inner, (*place, index))
    else:
        yield place, value


def changed(document: Any, place: Place, value: Any) -> Any:
    """The document with another value at a place; what lies beside the way there is shared, not copied."""
    if not place:
        return value
    made = copy.copy(document)
    made[place[0]] = changed(document[place[0]], place[1:], value)
    return made


def variants(document: Any) -> Iterator[tuple[str, str, Any]]:
    """The document with one leaf changed, for each of its leaves: pattern, change, document."""
    for place, value in leaves(document):
        if isinstance(value, dict):
            made = [("one less", dict(list(value.items())[1:]))]
        elif isinstance(value, list):
            made = [("one less", value[1:]), ("one twice", [*value, value[0]])]
        else:
            made = list(changes(value, place))
        for change, other in made:
            yield pattern(place), change, changed(document, place, other)
