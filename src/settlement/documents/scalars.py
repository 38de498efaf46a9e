"""The scalar types of contract §1: text, lists, numbers, regions and instants, each bounded before it is converted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, core_schema

from settlement.documents.express_lane import Exchange, at_most
from settlement.documents.marks import Mark, Takes
from settlement.documents.problems import problem, problem_at, refuse, restated
from settlement.documents.region import NotARegion, is_one_place, path
from settlement.money import DECIMALS, Money, excerpt, stated, unknown_currency, validate, written_out

__all__ = [
    "EXPRESS",
    "LISTED",
    "MAX_COUNT",
    "MAX_ENTRIES",
    "MAX_ID",
    "MAX_NAME",
    "MAX_QUANTITY",
    "MAX_TEXT",
    "UNIQUE_IDS",
    "CombinedPercent",
    "Count",
    "Currency",
    "Flag",
    "Id",
    "Ids",
    "Instant",
    "Name",
    "Percent",
    "PercentOrZero",
    "PositiveCount",
    "PositiveMoney",
    "PositiveQuantity",
    "Quantity",
    "RegionCode",
    "RegionRule",
    "Text",
    "instant_out",
    "milli",
    "no_twins",
    "pairs_of",
    "quantity_out",
    "rate",
    "returned_quantity",
    "utc",
]

MAX_ID: Final = 200
MAX_NAME: Final = 1_000
MAX_TEXT: Final = 4_000
MAX_ENTRIES: Final = 100_000
MAX_QUANTITY: Final = 1_000_000_000
MAX_COUNT: Final = 10**15


# ------------------------------------------------------------------ text


def _printable(value: str) -> str:
    if not value.isprintable():
        raise problem("text.control")
    return value


# A length makes pydantic read a text, and so refuse half of a surrogate pair.
Id: TypeAlias = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=MAX_ID), AfterValidator(_printable)
]
Name: TypeAlias = Annotated[str, StringConstraints(strict=True, max_length=MAX_NAME)]
Text: TypeAlias = Annotated[str, StringConstraints(strict=True, max_length=MAX_TEXT)]
Flag: TypeAlias = StrictBool


# ------------------------------------------------------------------ lists


def _listed(value: object) -> object:
    """Lists and tuples only: a set has no order, and a generator can be read but once."""
    if not isinstance(value, (list, tuple)):
        raise problem("list.type", found=excerpt(value))
    if len(value) > MAX_ENTRIES:
        raise problem("limit.items", length=len(value), limit=MAX_ENTRIES)
    return value


#: Beside every tuple field: a list or tuple, bounded.
LISTED: Final = BeforeValidator(_listed)

#: What stands for a validator in the express lane; see `express_lane`.
EXPRESS: Final[dict[object, Exchange]] = {_printable: lambda inner: inner, _listed: at_most(MAX_ENTRIES)}


def no_twins(key: Callable[[Any], object], code: str, field: str | None = None) -> WrapValidator:
    """For a list: reports entries of the same key, beside (not instead of) the problems inside the entries."""

    def check(value: Any, handler: Callable[[Any], Any]) -> Any:
        found: list[InitErrorDetails] = []
        seen: set[str] = set()
        for index, entry in enumerate(value if isinstance(value, (list, tuple)) else ()):
            name = key(entry)
            if not isinstance(name, str):
                continue
            if name in seen:
                place = (index, field) if field else (index,)
                found.append(problem_at(*place, code=code, found=excerpt(name)))
            seen.add(name)
        return _together(value, handler, found)

    EXPRESS[check] = _without_twins(key if field is None else lambda entry: entry.__dict__[field])
    return WrapValidator(check)


def _without_twins(key: Callable[[Any], object]) -> Exchange:
    """In the express lane: a list in which one is twice is left to the door."""

    def checked(value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(value) > 1 and len({key(entry) for entry in value}) != len(value):
            raise ValueError(value)
        return value

    return lambda inner: core_schema.no_info_after_validator_function(checked, inner)


def _together(value: Any, handler: Callable[[Any], Any], found: Sequence[InitErrorDetails]) -> Any:
    """Validate, and raise the inner problems together with those already found."""
    try:
        result = handler(value)
    except ValidationError as error:
        if not found:
            raise
        inner = [
            InitErrorDetails(type=restated(row), loc=row["loc"], input=None) for row in error.errors(include_url=False)
        ]
        raise ValidationError.from_exception_data("list", [*inner, *found]) from None
    refuse(found)
    return result


def _by_id(entry: object) -> object:
    return entry.get("id") if isinstance(entry, dict) else getattr(entry, "id", None)


#: Beside a list of documents with ids.
UNIQUE_IDS: Final = no_twins(_by_id, "id.duplicate", "id")
#: A list of ids that restricts: at least one, each once.
Ids: TypeAlias = Annotated[tuple[Id, ...], Field(min_length=1), no_twins(lambda entry: entry, "id.duplicate"), LISTED]


# ------------------------------------------------------------------ numbers


def _positive(value: Money) -> Money:
    if not value.minor:
        raise problem("amount.zero")
    return value


PositiveMoney: TypeAlias = Annotated[Money, AfterValidator(_positive)]

_QUANTITY = re.compile(r"(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,3}))?", re.ASCII)
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,4}))?", re.ASCII)
_COMBINED = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,240}))?", re.ASCII)


def _shortest(value: object, kind: str, pattern: re.Pattern[str], most: int = 24) -> int | Decimal:
    """A bounded decimal string as an int, or as a Decimal without trailing zeros; sizes are looked at first."""
    if isinstance(value, Decimal):
        text = written_out(value) if value.is_finite() else None
        if text is None:
            raise problem(f"{kind}.notation", found="a Decimal that is not plain")
        value = text
    if not isinstance(value, str):
        raise problem(f"{kind}.type", found=excerpt(value))
    match = pattern.fullmatch(value) if len(value) <= most else None
    if match is None:
        raise problem(f"{kind}.notation", found=excerpt(str(value)))
    decimals = (match[2] or "").rstrip("0")
    return Decimal(f"{match[1]}.{decimals}") if decimals else int(match[1])


def _quantity(value: object, lowest: int) -> int | Decimal:
    if type(value) is int:
        quantity: int | Decimal = value
    elif isinstance(value, int) and not isinstance(value, bool):
        quantity = int(value)
    elif isinstance(value, str) and _NEGATIVE.fullmatch(value[:24]):
        raise problem("quantity.range", found="a negative number", range=_quantity_range(lowest))
    else:
        quantity = _shortest(value, "quantity", _QUANTITY)
    if quantity > MAX_QUANTITY or quantity < 0 or (lowest and not quantity):
        shown = excerpt(quantity) if isinstance(quantity, int) else str(quantity)
        raise problem("quantity.range", found=shown, range=_quantity_range(lowest))
    return quantity


def returned_quantity(value: object) -> int | Decimal:
    """A quantity of 0 or more, as a refund's returns have it; raises a validation error with a stable code."""
    return _quantity(value, 0)


_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


def _quantity_range(lowest: int) -> str:
    return f"above 0 and at most {MAX_QUANTITY}" if lowest else f"from 0 to {MAX_QUANTITY}"


def milli(quantity: int | Decimal) -> int:
    """A quantity in thousandths, exactly, whatever the caller's decimal context."""
    if type(quantity) is int:
        return quantity * 1000
    numerator, denominator = quantity.as_integer_ratio()
    return numerator * 1000 // denominator


def rate(percent: int | Decimal) -> tuple[int, int]:
    """A percentage as an exact ratio of integers.

    >>> rate(15), rate(Decimal("7.5"))
    ((15, 100), (15, 200))
    """
    numerator, denominator = percent.as_integer_ratio()
    return numerator, denominator * 100


def quantity_out(thousandths: int) -> int | str:
    """Thousandths in the shortest wire form.

    >>> quantity_out(2000), quantity_out(1250)
    (2, '1.25')
    """
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else whole


def _number_out(value: int | Decimal) -> int | str:
    return value if isinstance(value, int) else str(value)


def _quantity_schema(lowest: int) -> WithJsonSchema:
    above_zero = r"(?!0(\.0+)?$)" if lowest else ""
    return WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": lowest, "maximum": MAX_QUANTITY},
                {"type": "string", "pattern": rf"^{above_zero}(0|[1-9][0-9]{{0,9}})(\.[0-9]{{1,3}})?$"},
            ],
            "title": "Quantity",
            "examples": [2, "1.235"],
        }
    )


def _positive_quantity(value: object) -> int | Decimal:
    if type(value) is int and 0 < value <= MAX_QUANTITY:
        return value
    return _quantity(value, 1)


#: What numbers with decimals are made from; floats are none of it.
_NUMBER: Final = Takes("int | Decimal | str")

#: 0 or more: an int, or a Decimal of 1 to 3 places.
Quantity: TypeAlias = Annotated[
    int | Decimal, PlainValidator(returned_quantity), PlainSerializer(_number_out), _quantity_schema(0), _NUMBER
]
#: Above 0.
PositiveQuantity: TypeAlias = Annotated[
    int | Decimal, PlainValidator(_positive_quantity), PlainSerializer(_number_out), _quantity_schema(1), _NUMBER
]


class _Whole(int):
    """A whole percentage: told from an int by its type, where a document is written as the wire has it."""

    __slots__ = ()


def _percent(value: object, info: ValidationInfo, *, zero: bool) -> int | Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and not _from_json(info):
        if not 0 <= value <= 100:
            raise problem("rule.percentage", found=excerpt(value), range=_percent_range(zero))
        value = str(value)
    if isinstance(value, int):
        raise problem("percent.type", found=excerpt(value))
    if isinstance(value, str) and _NEGATIVE.fullmatch(value[:24]):
        raise problem("rule.percentage", found="a negative number", range=_percent_range(zero))
    percent = _shortest(value, "percent", _PERCENT)
    if percent > 100 or not (percent or zero):
        raise problem("rule.percentage", found=str(percent), range=_percent_range(zero))
    return _Whole(percent) if isinstance(percent, int) else percent


def _from_json(info: ValidationInfo) -> bool:
    """On the wire a percentage is a string; by the express lane or by the door."""
    return info.mode == "json" or bool(info.context and info.context.get("json"))


def _percent_range(zero: bool) -> str:
    return "from 0 to 100" if zero else "above 0 and at most 100"


def _percent_schema(*, zero: bool) -> WithJsonSchema:
    above_zero = "" if zero else r"(?!0(\.0+)?$)"
    pattern = rf"^{above_zero}(100(\.0{{1,4}})?|[1-9]?[0-9](\.[0-9]{{1,4}})?)$"
    return WithJsonSchema({"type": "string", "pattern": pattern, "title": "Percent", "examples": ["15"]})


def _above_zero(value: object, info: ValidationInfo) -> int | Decimal:
    return _percent(value, info, zero=False)


def _or_zero(value: object, info: ValidationInfo) -> int | Decimal:
    return _percent(value, info, zero=True)


#: 0 < p ≤ 100, up to 4 places: a string on the wire, in Python an int or a Decimal too.
Percent: TypeAlias = Annotated[
    int | Decimal, PlainValidator(_above_zero), PlainSerializer(str), _percent_schema(zero=False), _NUMBER
]
#: 0 ≤ p ≤ 100, likewise.
PercentOrZero: TypeAlias = Annotated[
    int | Decimal, PlainValidator(_or_zero), PlainSerializer(str), _percent_schema(zero=True), _NUMBER
]


def _combined(value: object) -> int | Decimal:
    return _shortest(value, "percent", _COMBINED, 250)


#: What several taxes come to together, exactly: 19 % and 9.975 % of both are 30.87025 %.
CombinedPercent: TypeAlias = Annotated[
    int | Decimal,
    PlainValidator(_combined),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,240})?$", "title": "Percent", "examples": ["15"]}
    ),
    _NUMBER,
]


def _count(value: object, lowest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise problem("integer.type", found=excerpt(value))
    if not lowest <= value <= MAX_COUNT:
        raise problem("integer.range", found=excerpt(value), range=f"from {lowest} to {MAX_COUNT}")
    return int(value)


def _any_count(value: object) -> int:
    return _count(value, 0)


def _positive_count(value: object) -> int:
    return _count(value, 1)


#: An integer of 0 or more; of 1 or more.
Count: TypeAlias = Annotated[
    int,
    PlainValidator(_any_count),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_COUNT}),
]
PositiveCount: TypeAlias = Annotated[
    int,
    PlainValidator(_positive_count),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_COUNT}),
]


EXPRESS[validate] = lambda _: core_schema.no_info_plain_validator_function(stated)
EXPRESS[_any_count] = lambda _: core_schema.int_schema(strict=True, ge=0, le=MAX_COUNT)
EXPRESS[_positive_count] = lambda _: core_schema.int_schema(strict=True, ge=1, le=MAX_COUNT)


# ------------------------------------------------------------------ regions and instants


def _regions(value: object) -> str:
    if not isinstance(value, str):
        raise problem("region.type", found=excerpt(value))
    try:
        path(value)
    except NotARegion as error:
        raise problem(error.code, found=excerpt(str(value)), **error.facts) from None
    return str(value)


def _region(value: object) -> str:
    region = _regions(value)
    if not is_one_place(region):
        raise problem("region.several", found=excerpt(region))
    return region


RegionCode: TypeAlias = Annotated[
    str,
    PlainValidator(_region),
    Mark.REGION,
    WithJsonSchema({"type": "string", "title": "Region", "examples": ["440305", "CN/mainland", "US/CA/94103", "*"]}),
]
#: The region of a rule: one place, or several postcodes at once.
RegionRule: TypeAlias = Annotated[
    str,
    PlainValidator(_regions),
    Mark.REGION,
    WithJsonSchema(
        {
            "type": "string",
            "title": "RegionRule",
            "examples": ["440305", "CN/mainland", "US/CA/94103", "US/90210...99000", "GB/BT*", "*"],
        }
    ),
]

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def utc(value: object) -> datetime:
    """An instant (RFC 3339 text, or an aware datetime) in UTC; raises a validation error with a stable code."""
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, datetime):
        raise problem("time.type", found=excerpt(value))
    if value.utcoffset() is None:
        raise problem("time.naive")
    try:
        instant = value.astimezone(UTC)
        return instant if type(instant) is datetime else datetime.combine(instant.date(), instant.time(), UTC)
    except OverflowError:
        raise problem("time.range") from None


def _parsed(text: str) -> datetime:
    match = _INSTANT.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        if _DATE.fullmatch(text[:12]):
            raise problem("time.date")
        raise problem("time.notation", found=excerpt(str(text)))
    date, clock, fraction, offset = match.groups("")
    if not offset:
        raise problem("time.naive")
    offset = "+00:00" if offset in "Zz" else offset
    try:
        return datetime.fromisoformat(f"{date}T{clock}{fraction.ljust(7, '0') if fraction else ''}{offset}")
    except ValueError:
        raise problem("time.notation", found=excerpt(str(text))) from None


def instant_out(value: datetime) -> str:
    """The one wire form of an instant: UTC, `Z`, a fraction only where there is one."""
    return value.isoformat()[:-6] + "Z"  # less "+00:00"


Instant: TypeAlias = Annotated[
    datetime,
    PlainValidator(utc),
    PlainSerializer(instant_out),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-11T00:00:00+08:00"]}),
    Takes("datetime | str"),
]


def currency_code(value: object) -> str:
    """An ISO 4217 code of the pinned table."""
    if not isinstance(value, str) or value not in DECIMALS:
        raise problem("currency.unknown", **unknown_currency(value))
    return str(value)


Currency = Annotated[
    str,
    PlainValidator(currency_code),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["CNY"]}),
]


def pairs_of(value: Any) -> Iterable[tuple[Any, Any]]:
    """The items of a map, or of the pairs that one is kept as."""
    try:
        if isinstance(value, (Mapping, tuple)):
            return dict(value).items()
    except (TypeError, ValueError):
        pass
    raise problem("object.type", found=excerpt(value))
