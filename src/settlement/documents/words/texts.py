"""Codes as texts: why a line is out, why an offer did not apply, what is wrong in a document.

Codes are what programs read; these texts are what people read, and may change. Each is a key of the catalogues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from settlement.errors import TEXTS, Problem

if TYPE_CHECKING:
    from settlement.documents.words.language import Language

__all__ = [
    "PENDING",
    "PHRASES",
    "PLACES",
    "REASONS",
    "ROUNDINGS",
    "SHORTFALLS",
    "STAGES",
    "STATUSES",
    "TENDERS",
    "UNITS",
    "one_text",
    "problem_text",
    "sentence_text",
    "units_text",
]

#: Why a line is left out (contract §3), and why an offer or points were refused (contract §7).
REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_selected": "not selected",
        "off_sale": "no longer on sale",
        "out_of_stock": "sold out",
        "insufficient_stock": "not enough in stock",
        "over_purchase_limit": "over the limit for one order",
        "no_measure": "weight or volume missing, so freight cannot be worked out",
        "undeliverable": "cannot be delivered to this address",
        "no_tax_rate": "no tax rate is known for it at this address",
        "no_pickup": "not available for collection; choose delivery",
        "delivery_unavailable": "the delivery method chosen is not available for it",
        "below_minimum_order": "below the minimum order of this shop",
        "unknown": "not available here",
        "not_held": "you do not have this coupon",
        "not_started": "not valid yet",
        "expired": "expired",
        "wrong_level": "for members of another level only",
        "not_new_customer": "for new customers only",
        "used_up": "already used the maximum number of times",
        "wrong_region": "not for this delivery address",
        "wrong_payment_method": "only with another way to pay",
        "wrong_delivery_method": "only with another delivery method",
        "condition_not_met": "its conditions are not met",
        "nothing_in_scope": "not valid for anything in this order",
        "not_chosen": "not chosen",
        "exclusive": "cannot be combined with another offer used here",
        "excluded_by_offer": "does not go together with another offer used here",
        "units_used": "everything it is for is part of another offer already",
        "limit_reached": "no more coupons of this kind can be used",
        "excluded_by_policy": "coupons and points cannot be combined",
        "below_amount": "below the threshold",
        "below_quantity": "quantity below the threshold",
        "above_amount": "the order is above its maximum",
        "address_needed": "enter a delivery address first",
        "no_effect": "takes nothing off this order",
        "not_best": "this order is best without it",
        "insufficient_points": "not enough points",
    }
)

#: The same where the settlement says how far it is to the threshold: offers may take part of what is added.
SHORTFALLS: Final[Mapping[str, str]] = MappingProxyType(
    {"below_amount": "{shortfall} below the threshold", "below_quantity": "quantity {shortfall} below the threshold"}
)

#: What a settlement is, for the whole (contract §7).
STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "payable": "ready to be paid",
        "pending": "no delivery address yet; freight is not included",
        "blocked": "this order cannot be placed; nothing is due",
    }
)

#: What a pending settlement lacks, by what that is.
PENDING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "freight": STATUSES["pending"],
        "tax": "no delivery address yet; tax is not included",
        "freight, tax": "no delivery address yet; freight and tax are not included",
    }
)

#: What an adjustment is called (contract §7).
STAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "item_promotion": "Item offer",
        "shop_promotion": "Shop offer",
        "platform_promotion": "Platform offer",
        "shop_coupon": "Shop coupon",
        "platform_coupon": "Platform coupon",
        "freight": "Freight",
        "surcharge": "Surcharge",
        "freight_promotion": "Freight offer",
        "freight_coupon": "Freight coupon",
        "points": "Points",
        "goods_tax": "Tax on goods",
        "freight_tax": "Tax on freight",
        "payment_fee": "Payment fee",
        "fee_tax": "Tax on the payment fee",
        "rounding": "Rounding",
    }
)

#: What pays part of what is payable.
TENDERS: Final[Mapping[str, str]] = MappingProxyType(
    {"gift_card": "Gift card {id}", "stored_value": "Stored value {id}"}
)

#: A parcel's units by the measure of its template.
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"quantity": "{units} pieces", "weight_g": "{units} g", "volume_cm3": "{units} cm³"}
)

#: What a way of rounding does (docs/rounding.md).
ROUNDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "half_up": "a half goes up",
        "half_even": "a half goes to the even neighbour",
        "half_down": "a half goes down",
        "down": "always down",
        "up": "always up",
    }
)

#: The widest regions.
PLACES: Final[Mapping[str, str]] = MappingProxyType({"*": "everywhere", "CN": "China", "CN/mainland": "mainland China"})

#: What errors say inside their texts, as facts: what was found, what is expected, where JSON breaks off.
PHRASES: Final = (
    "add, subtract, or make another",
    "change the checkout and settle again",
    "record another settlement, or erase a part of this one",
    "make a changed copy: {how}",
    "a string of {length} characters",
    "a float",
    "a list",
    "an object",
    "a Decimal",
    "a Decimal that is not plain",
    "a Decimal that is not finite",
    "a negative number",
    "an integer",
    "a list of ids",
    "an integer of very many digits",
    "an object without just amount and currency",
    "something else in a map of strings",
    "no decimals",
    "at most 4 decimals",
    "exactly {count} decimals",
    "{count} decimals",
    ', as in "{name}"',
    "a currency",
    "no currency",
    "from {low} to {high}",
    "above {low} and at most {high}",
    '; did you mean "{name}"?',
    '; it belongs in "{name}"',
    ': write "{name}", in Python str({number})',
    "names no line",
    "is not the sum of the lines",
    "is not the sum of the columns",
    "is not the sum of the shares",
    "is not the sum of the adjustments",
    "is not what the tenders leave of payable",
    "is another shop",
    "are not the sums of the lines by rate",
    "is no part of the amount",
    "is blue for an amount of 0 or more, else red",
    "name a line twice",
    "name a shop twice",
    "is not what the notices make",
    "it begins with a byte order mark; save it as UTF-8 without BOM",
    "it is UTF-16; save it as UTF-8 without BOM",
    "there is nothing in it",
    "byte {offset} is not UTF-8; save it as UTF-8",
    "{constant} is not JSON",
    "{what} (line {line}, column {column})",
    "a value is expected here",
    "Expecting property name enclosed in double quotes",
    "Expecting {sign} delimiter",
    "Extra data",
    "Unterminated string starting at",
    "Invalid control character at",
    "Invalid {sequence}",
    "Illegal trailing comma before end of {container}",
    "array",
    "object",
    "a {kind}",
    "{these} or {last}",
)


def one_text(parts: Iterable[str], say: Language) -> str:
    """Parts of one sentence, each apart from the next as the language does it; there is one at least.

    >>> from settlement.documents.words.language import language
    >>> one_text(["a", "b", "c"], language("en")), one_text(["a", "b"], language("zh_CN"))
    ('a; b; c', 'a；b')
    """
    return reduce(lambda told, more: say("{told}; {more}", told=told, more=more), parts)


def units_text(measure: str | None, units: int, say: Language) -> str:
    """A parcel's units; a number alone where nobody knows what they measure.

    >>> from settlement.documents.words.language import language
    >>> [units_text("quantity", count, language()) for count in (1, 1200)], units_text("weight_g", 1, language("zh_CN"))
    (['1 piece', '1,200 pieces'], '1 克')
    """
    if measure == "quantity":
        return say.plural("{count} piece", "{count} pieces", units)
    return say(UNITS.get(measure or "", "{units}"), units=say.number(units))


def problem_text(problem: Problem, say: Language) -> str:
    """What was found in a document and what would be right, in the reader's language.

    >>> from settlement.documents.words.language import language
    >>> found = Problem("quantity", "quantity.range", {"found": "0", "range": "above 0 and at most 9"})
    >>> print(problem_text(found, language("zh_CN")))
    找到 0；应大于 0 且不超过 9
    """
    return sentence_text(TEXTS.get(problem.code, "{detail}"), problem.facts, say)


def sentence_text(sentence: str, facts: Mapping[str, object], say: Language) -> str:
    """A sentence with its facts, in the reader's language."""
    return say(sentence).format_map(_Facts({name: _fact(name, value, say) for name, value in facts.items()}))


class _Facts(dict[str, Any]):
    """Facts for a text; a missing one shows as its own name, for an error is being reported."""

    def __missing__(self, name: str) -> str:
        return "" if name == "hint" else f"<{name}>"


def _fact(name: str, value: object, say: Language) -> object:
    """A fact in the reader's language: the phrases in it are translated, quotations of the document are not."""
    if not isinstance(value, str) or (name == "found" and value.startswith('"')):
        return value
    for phrase, pattern in _PATTERNS:
        match = pattern.fullmatch(value)
        if match is not None:
            return say(phrase, **{key: _fact("", part, say) for key, part in match.groupdict().items()})
    return value


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(phrase)))


_PATTERNS: Final = tuple((phrase, _pattern(phrase)) for phrase in PHRASES)
