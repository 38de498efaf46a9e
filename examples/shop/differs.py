"""What differs between what the buyer saw and what is so now, in a few rows; the library's own text has all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from settlement import Money
from settlement.audit.diff import Diff, Effect
from shop.data import Good
from shop.texts import Language, say_in
from shop.view import LABELS

__all__ = ["Difference", "causes", "differences"]

#: What of a request can have changed.
_CAUSES: Final = {
    "at": "the time",
    "customer": "what you hold: coupons, points, level",
    "choice": "your choice of coupons and points",
    "address": "the address",
    "payment_method": "the payment method",
    "cart": "the goods: prices, quantities, stock, ticks",
    "rulebook": "the shops’ rules",
}


class Difference(NamedTuple):
    """One thing, as it was shown and as it is; empty where it was not there."""

    what: str
    before: Money | str
    after: Money | str


def differences(diff: Diff, goods: Mapping[str, Good], lang: Language) -> list[Difference]:
    """Each column of the whole, and each line whose quantity, price or presence is another."""
    say = say_in(lang)
    totals = [each for each in diff.effects if each.kind == "total" and each.field in LABELS]
    made = [Difference(say(LABELS[each.field]), _money(each.before), _money(each.after)) for each in totals]
    lines = [each for each in diff.effects if each.kind == "line" and each.field in {"quantity", "unit_price"}]
    named = {"quantity": "Quantity of {name}", "unit_price": "Price of {name}"}
    for effect in sorted(lines, key=_key):
        name = goods[effect.key[0]].name(lang) if effect.key[0] in goods else effect.key[0]
        made.append(Difference(say(named[effect.field], name=name), _shown(effect.before), _shown(effect.after)))
    return made


def causes(diff: Diff, lang: Language) -> list[tuple[str, Money, Money]]:
    """What changed the sum, in the order in which it was changed, with both amounts."""
    say = say_in(lang)
    joined = [(" + ".join(say(_CAUSES.get(each, each)) for each in step.causes), step) for step in diff.steps]
    return [(name, step.before, step.after) for name, step in joined if step.before != step.after]


def _key(effect: Effect) -> tuple[str, ...]:
    return (*effect.key, effect.field)


def _money(value: Any) -> Money | str:
    return Money(value) if isinstance(value, str) else "" if value is None else value


def _shown(value: Any) -> Money | str:
    if isinstance(value, str) and value.endswith(" CNY"):
        return Money(value)
    return value if isinstance(value, Money) else "" if value is None else str(value)
