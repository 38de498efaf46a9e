"""Single facts of a stored settlement, each read as what its name says it is, or refused with a code of documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal, TypeVar, get_args

from settlement.documents.document import Document
from settlement.documents.problems import problem
from settlement.documents.region import NotARegion, path
from settlement.documents.scalars import (
    MAX_COUNT,
    CombinedPercent,
    Flag,
    PercentOrZero,
    milli,
    rate,
    returned_quantity,
)
from settlement.documents.signed import signed
from settlement.errors import InvalidDocument
from settlement.freight.templates import FreightTemplate
from settlement.money import ROUNDERS, Money, excerpt
from settlement.taxes.levied import LineTaxes
from settlement.taxes.rates import Levy, UnitTaxes

__all__ = ["READERS", "measured"]

_Made = TypeVar("_Made", bound=Document)


def _amount(value: object, currency: str) -> int:
    money = signed(value)
    if money.currency != currency:
        raise problem("currency.mixed", found=money.currency, currency=currency)
    return money.minor


def _price(value: object, currency: str) -> int:
    minor = _amount(value, currency)
    if minor < 0:
        raise problem("amount.negative")
    return minor


def measured(value: object, _: str = "") -> int:
    """What was counted, in thousandths: a sum over lines, so beyond what any line can state."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str):
        raise problem("quantity.type", found=excerpt(value))
    match = _MEASURED.fullmatch(text)
    if match is None:
        raise problem("quantity.notation", found=excerpt(text))
    return int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0"))


_MEASURED: Final = re.compile(r"(0|[1-9][0-9]{0,29})(?:\.([0-9]{1,3}))?", re.ASCII)


def _quantity(value: object, _: str) -> int:
    return milli(returned_quantity(value))


def _count(value: object, _: str) -> int:
    if type(value) is not int:
        raise problem("integer.type", found=excerpt(value))
    if not 0 <= value <= MAX_COUNT:
        raise problem("integer.range", found=excerpt(value), range=f"from 0 to {MAX_COUNT}")
    return value


def _positive(value: object, currency: str) -> int:
    count = _count(value, currency)
    if not count:
        raise problem("integer.range", found=excerpt(value), range=f"from 1 to {MAX_COUNT}")
    return count


def _text(value: object, _: str = "") -> str:
    if not isinstance(value, str):
        raise problem("text.type", found=excerpt(value))
    return value


def _region(value: object, _: str) -> str:
    try:
        path(_text(value))
    except NotARegion as error:
        raise problem(error.code, found=excerpt(value), **error.facts) from None
    return str(value)


def _regions(value: object, currency: str) -> Sequence[str]:
    return [_region(each, currency) for each in _listed(value)]


def _one_of(words: Sequence[str]) -> Callable[[object, str], str]:
    def read(value: object, _: str) -> str:
        if value not in words:
            raise problem("choice.unknown", found=excerpt(value), expected=", ".join(f'"{word}"' for word in words))
        return str(value)

    return read


def _listed(value: object, _: str = "") -> Sequence[Any]:
    if not isinstance(value, list):
        raise problem("list.type", found=excerpt(value))
    return value


def _names(value: object, _: str) -> Sequence[str]:
    return [_text(each) for each in _listed(value)]


def _object(value: object, _: str = "") -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise problem("object.type", found=excerpt(value))
    return value


def _lists(value: object, currency: str) -> Sequence[Sequence[str]]:
    return [_names(each, currency) for each in _listed(value)]


def _lines_by(value: object, currency: str) -> Mapping[str, Sequence[str]]:
    return {name: _names(each, currency) for name, each in _object(value).items()}


def _objects(value: object, _: str) -> Sequence[Mapping[str, Any]]:
    return [_object(each) for each in _listed(value)]


def _objects_by(value: object, currency: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {name: _objects(each, currency) for name, each in _object(value).items()}


def _counts(value: object, _: str) -> Mapping[str, int]:
    return {name: measured(each) for name, each in _object(value).items()}


def _left(value: object, currency: str) -> Mapping[str, tuple[int, int]]:
    found = {}
    for name, each in _object(value).items():
        row = _object(each)
        if row.keys() != {"quantity", "net"}:
            raise problem("choice.unknown", found=excerpt(sorted(row)), expected='"net", "quantity"')
        found[name] = (measured(row["quantity"]), _price(row["net"], currency))
    return found


def _flag(value: object, _: str) -> bool:
    if type(value) is not bool:
        raise problem("field.type", found=excerpt(value), expected="true or false")
    return value


def _amounts(value: object, currency: str) -> Mapping[str, int]:
    return {name: _amount(each, currency) for name, each in _object(value).items()}


class _Share(Document):
    platform_share: PercentOrZero


class _Combined(Document):
    percent: CombinedPercent


class _Rate(_Combined):
    compound: Flag = False
    spans: tuple[tuple[Money, Money | None], ...] | None = None


def _made(kind: type[_Made], value: object) -> _Made:
    """A document of its own; what is wrong with it is told of the fact."""
    try:
        return kind.model_validate(value)
    except InvalidDocument as error:
        raise problem(error.problems[0].code, **error.problems[0].facts) from None


def _share(value: object, _: str) -> tuple[int, int]:
    return rate(_made(_Share, {"platform_share": value}).platform_share)


def _combined(value: object, _: str) -> tuple[int, int]:
    return rate(_made(_Combined, {"percent": value}).percent)


class _Cheaper(Document):
    """What holds in its place for units of at most so much."""

    max_unit_price: Money
    rates: tuple[_Rate, ...]


class _Part(Document):
    """From where to where of a line's price a tax was taken, and what all of that is."""

    of: Money
    spans: tuple[tuple[Money, Money], ...]


class _Added(Document):
    """What thresholds with tax add to some lines."""

    lines: tuple[str, ...]
    rates: tuple[_Rate, ...]
    rounding: Literal["half_up", "half_even", "half_down", "down", "up"]
    together: Flag = False
    cheaper: tuple[_Cheaper, ...] = ()


def _unit_taxes(rates: Sequence[_Rate], currency: str) -> UnitTaxes:
    found: list[tuple[Levy, Sequence[tuple[int, int | None]]]] = []
    for n, tax in enumerate(rates):
        spans: list[tuple[int, int | None]] = [(0, None)]
        if tax.spans is not None:
            spans = [(_price(str(a), currency), None if b is None else _price(str(b), currency)) for a, b in tax.spans]
        found.append((Levy(str(n), *rate(tax.percent), tax.compound, None, None), spans))
    return UnitTaxes.spanning(found)


def _parts(value: object, currency: str) -> Mapping[str, tuple[Sequence[tuple[int, int]], int]]:
    """By line from where to where, and of how much."""
    found = {}
    for name, each in _object(value).items():
        row = _made(_Part, _object(each))
        spans = [(_price(str(start), currency), _price(str(end), currency)) for start, end in row.spans]
        found[name] = (spans, _price(str(row.of), currency))
    return found


def _taxed(value: object, currency: str) -> Mapping[str, LineTaxes]:
    """By line what is added to it."""
    found: dict[str, LineTaxes] = {}
    for stated in _objects(value, ""):
        row = _made(_Added, stated)
        cheaper = [
            (_price(str(each.max_unit_price), currency), _unit_taxes(each.rates, currency)) for each in row.cheaper
        ]
        unit = _unit_taxes(row.rates, currency)
        taxes = LineTaxes(unit, row.rounding, row.together, tuple(sorted(cheaper, key=itemgetter(0))))
        for name in row.lines:
            if name in found:
                raise problem("id.duplicate", found=excerpt(name))
            found[name] = taxes
    return found


#: How each fact is read, in the currency of the settlement; raises a validation error with a stable code.
READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    **dict.fromkeys(("basis", "net", "value", "own_fee", "base", "cap", "payable", "above", "freight"), _amount),
    **dict.fromkeys(("budget_left", "left", "would_take", "tax"), _amount),
    **dict.fromkeys(("quantity", "bought"), measured),
    **dict.fromkeys(("units", "used", "usable", "balance", "reaches", "weight_g", "max_weight_g", "max_units"), _count),
    **dict.fromkeys(("tier", "boxes", "volumetric_divisor"), _positive),
    **dict.fromkeys(("benefit", "terms", "unmet", "why", "packed"), _object),
    **dict.fromkeys(
        ("condition", "unshared", "none_left", "shut", "value_of", "payment_methods", "delivery_methods"), _names
    ),
    **dict.fromkeys(("regions", "exclude_regions"), _regions),
    **dict.fromkeys(("min_amount", "max_amount"), _price),
    **dict.fromkeys(("lower", "higher", "surcharges", "free"), _objects),
    "fee": _price,
    "again": _object,
    "held": _lines_by,
    "conditions_again": _objects_by,
    "combination": _one_of(("sum", "highest_first", "max")),
    "free_by": _one_of(("net", "shop_net", "goods")),
    "lines": _names,
    "slots": _lists,
    "units_left": _left,
    "units_used": _counts,
    "counts_earlier": _flag,
    "min_quantity": _quantity,
    "conditions": _objects,
    "rounding": _one_of(tuple(ROUNDERS)),
    "platform_share": _share,
    "percent": _combined,
    **dict.fromkeys(("floors", "values", "goods_of", "freight_of", "fee_of"), _amounts),
    **dict.fromkeys(("together", "taken_out", "cut", "with_tax", "waives_surcharge", "of_shop", "by_platform"), _flag),
    "taxed": _taxed,
    "parts": _parts,
    "compound": _flag,
    **dict.fromkeys(("exclusive", "coupons_allowed"), _flag),
    "platform_share_per": _one_of(("line", "offer")),
    "threshold_amount": _one_of(("net", "goods")),
    "packing_weight_g": _count,
    "per": _one_of(("rate", "line", "unit")),
    "zone": _region,
    "measure": _one_of(get_args(FreightTemplate.model_fields["measure"].annotation)),
    **dict.fromkeys(("warehouse", "template", "heaviest", "offer", "method", "shop"), _text),
    "cause": _one_of(("shop", "region", "time", "template", "undeliverable", "too_much")),
    "counts": _counts,
}
