"""The door: what every document has in common, and the scalar types of contract §1.

A document is a frozen pydantic model with tuples and no unknown fields. However it is made (keywords, JSON, a dict,
`model_construct`, `model_copy`) it is validated, and a problem is reported as `InvalidDocument` with every place.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, NoReturn, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import (
    InitErrorDetails,
    PydanticCustomError,
    PydanticSerializationError,
    SchemaValidator,
    core_schema,
)

from settlement.errors import TEXTS, InvalidDocument, Problem
from settlement.express import Exchange, at_most, exchanged, keys_read, plain_keys
from settlement.money import Money, _validate, excerpt, stated
from settlement.region import path

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "MAX_DEPTH",
    "MAX_DOCUMENT",
    "MAX_ID",
    "MAX_QUANTITY",
    "Document",
    "foreign_amounts",
    "loads",
    "milli",
    "utc",
]

MAX_ID: Final = 200
MAX_NAME: Final = 1_000
MAX_TEXT: Final = 4_000
MAX_DOCUMENT: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_ENTRIES: Final = 100_000
MAX_QUANTITY: Final = 1_000_000_000
MAX_COUNT: Final = 10**15

#: Fields that may hold what is personal: a problem in one of them never quotes what was found.
PERSONAL: Final = frozenset(
    {"name", "phone", "detail", "remark", "invoice", "info", "customer", "extension", "postcode", "city", "tag"}
)


def problem(code: str, **facts: Any) -> PydanticCustomError:
    """A validation error with a stable code, to be raised inside validators."""
    return PydanticCustomError(code, TEXTS[code], facts)


def problem_at(*place: str | int, code: str, **facts: Any) -> InitErrorDetails:
    """The same at a place below the document that finds it; several are raised together by `refuse`."""
    return InitErrorDetails(type=problem(code, **facts), loc=place, input=None)


def refuse(found: Sequence[InitErrorDetails]) -> None:
    """Raise all that a model validator found at once, if anything."""
    if found:
        raise ValidationError.from_exception_data("document", list(found))


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

#: What stands for a validator in the express lane; see `settlement.express`.
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

    EXPRESS[check] = _without_twins(key)
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
            InitErrorDetails(type=_restated(row), loc=row["loc"], input=None) for row in error.errors(include_url=False)
        ]
        raise ValidationError.from_exception_data("list", [*inner, *found]) from None
    refuse(found)
    return result


def _rows(error: ValidationError) -> list[Any]:
    """What pydantic found, less the empty list that it sees where every entry of a list was wrong."""
    return [row for row in error.errors(include_url=False) if not (row["type"] == "too_short" and row["input"])]


def _restated(row: Any) -> PydanticCustomError:
    found = _problem_of(row)
    return problem(found.code, **found.facts)


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


def _shortest(value: object, kind: str, pattern: re.Pattern[str]) -> int | Decimal:
    """A bounded decimal string as an int, or as a Decimal without trailing zeros; sizes are looked at first."""
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int) or len(digits) > 20 or not -20 < exponent <= 0:
            raise problem(f"{kind}.notation", found="a Decimal that is not plain")
        value = format(value, "f")
    if not isinstance(value, str):
        raise problem(f"{kind}.type", found=excerpt(value))
    match = pattern.fullmatch(value) if len(value) <= 24 else None
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


#: 0 or more: an int, or a Decimal of 1 to 3 places.
Quantity: TypeAlias = Annotated[
    int | Decimal, PlainValidator(returned_quantity), PlainSerializer(_number_out), _quantity_schema(0)
]
#: Above 0.
PositiveQuantity: TypeAlias = Annotated[
    int | Decimal, PlainValidator(_positive_quantity), PlainSerializer(_number_out), _quantity_schema(1)
]


class _Whole(int):
    """A percentage that came in as text: a copy of its document may take it in again, where a plain int is refused."""

    __slots__ = ()


def _percent(value: object, *, zero: bool) -> int | Decimal:
    if isinstance(value, _Whole):
        value = str(value)
    if isinstance(value, int):
        raise problem("percent.type", found=excerpt(value))
    if isinstance(value, str) and _NEGATIVE.fullmatch(value[:24]):
        raise problem("rule.percentage", found="a negative number", range=_percent_range(zero))
    percent = _shortest(value, "percent", _PERCENT)
    if percent > 100 or not (percent or zero):
        raise problem("rule.percentage", found=str(percent), range=_percent_range(zero))
    return _Whole(percent) if isinstance(percent, int) else percent


def _percent_range(zero: bool) -> str:
    return "from 0 to 100" if zero else "above 0 and at most 100"


def _percent_schema(*, zero: bool) -> WithJsonSchema:
    above_zero = "" if zero else r"(?!0(\.0+)?$)"
    pattern = rf"^{above_zero}(100(\.0{{1,4}})?|[1-9]?[0-9](\.[0-9]{{1,4}})?)$"
    return WithJsonSchema({"type": "string", "pattern": pattern, "title": "Percent", "examples": ["15"]})


#: 0 < p ≤ 100, up to 4 places.
Percent: TypeAlias = Annotated[
    int | Decimal, PlainValidator(lambda v: _percent(v, zero=False)), PlainSerializer(str), _percent_schema(zero=False)
]
#: 0 ≤ p ≤ 100, up to 4 places.
PercentOrZero: TypeAlias = Annotated[
    int | Decimal, PlainValidator(lambda v: _percent(v, zero=True)), PlainSerializer(str), _percent_schema(zero=True)
]


def _count(value: object, lowest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise problem("integer.type", found=excerpt(value))
    if not lowest <= value <= MAX_COUNT:
        raise problem("integer.range", range=f"from {lowest} to {MAX_COUNT}")
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


EXPRESS[_validate] = lambda _: core_schema.no_info_plain_validator_function(stated)
EXPRESS[_any_count] = lambda _: core_schema.int_schema(strict=True, ge=0, le=MAX_COUNT)
EXPRESS[_positive_count] = lambda _: core_schema.int_schema(strict=True, ge=1, le=MAX_COUNT)


# ------------------------------------------------------------------ regions and instants


def _region(value: object) -> str:
    if not isinstance(value, str):
        raise problem("region.type", found=excerpt(value))
    try:
        path(value)
    except ValueError:
        raise problem("region.notation", found=excerpt(str(value))) from None
    return str(value)


RegionCode: TypeAlias = Annotated[
    str,
    PlainValidator(_region),
    WithJsonSchema({"type": "string", "title": "Region", "examples": ["440305", "CN/mainland", "US/CA/94103", "*"]}),
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
]


# ------------------------------------------------------------------ JSON


class _Twins(Exception):
    """Some object names a key twice: a signal between two passes, never seen outside."""


class LongNumber(int):
    """Stands for an integer too long to be converted: beyond the bounds of every field."""


class _Doubled(dict[str, Any]):
    """An object that named keys twice, kept only to say where."""

    twins: tuple[str, ...] = ()


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= 20 else LongNumber(10**20)


def _constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise json.JSONDecodeError(msg, "", 0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twins
    return made


def _doubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = _Doubled(pairs)
    keys = [key for key, _ in pairs]
    made.twins = tuple(dict.fromkeys(key for key in keys if keys.count(key) > 1)) if len(made) < len(keys) else ()
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
_SLOW_DECODER = json.JSONDecoder(object_pairs_hook=_doubled, parse_int=_integer, parse_constant=_constant)


def loads(text: str | bytes | bytearray, title: str = "document") -> Any:
    """Read JSON strictly: no duplicate keys, no NaN, bounded in size and depth, well-formed UTF-8 without a BOM.

    Raises `InvalidDocument` with `json.invalid`, `json.duplicate_key` (each with its place), `json.depth` or
    `limit.document`.
    """
    if len(text) > MAX_DOCUMENT:
        raise InvalidDocument([Problem("", "limit.document", {"length": len(text), "limit": MAX_DOCUMENT})], title)
    try:
        if not isinstance(text, str):
            if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise InvalidDocument([_malformed("it is UTF-16; save it as UTF-8 without BOM")], title)
            text = bytes(text).decode()
        if not text or text.isspace():
            raise InvalidDocument([_malformed("there is nothing in it")], title)
        if text.startswith("\ufeff"):
            raise InvalidDocument([_malformed("it begins with a byte order mark; save it as UTF-8 without BOM")], title)
        try:
            return _shallow(_DECODER.decode(text), title)
        except _Twins:
            raise InvalidDocument(_twins(_SLOW_DECODER.decode(text)), title) from None
    except UnicodeDecodeError as error:
        raise InvalidDocument([_malformed(f"byte {error.start} is not UTF-8; save it as UTF-8")], title) from None
    except json.JSONDecodeError as error:
        where = f" (line {error.lineno}, column {error.colno})" if error.doc else ""
        raise InvalidDocument([_malformed(error.msg + where)], title) from None
    except RecursionError:
        raise _too_deep(title) from None


def _shallow(data: Any, title: str) -> Any:
    """The data if it has no more than MAX_DEPTH levels: each level's lists and objects are looked at once."""
    level = [data] if type(data) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        if not level:
            return data
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) in _CONTAINERS
        ]
    if level:
        raise _too_deep(title)
    return data


_CONTAINERS: Final = frozenset({dict, list})


def _too_deep(title: str) -> InvalidDocument:
    return InvalidDocument([Problem("", "json.depth", {"limit": MAX_DEPTH})], title)


def _malformed(detail: str) -> Problem:
    return Problem("", "json.invalid", {"detail": detail})


def _twins(data: Any) -> list[Problem]:
    """The place of every key that stands twice."""
    found: list[Problem] = []
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while todo:
        place, value = todo.pop()
        if isinstance(value, _Doubled):
            found += [
                Problem(_place((*place, key)), "json.duplicate_key", {"found": excerpt(key)}) for key in value.twins
            ]
            todo += [((*place, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            todo += [((*place, index), inner) for index, inner in reversed(list(enumerate(value)))]
    return found


# ------------------------------------------------------------------ problems


def _place(loc: Sequence[str | int]) -> str:
    """`("cart", "lines", 0, "unit_price")` as `cart.lines[0].unit_price`, bounded; union tags are no place."""
    text = ""
    for index, step in enumerate(loc):
        if isinstance(step, int):
            text += f"[{step}]"
        elif index and (loc[index - 1] in _TAGGED or loc[max(0, index - 2) : index - 1] == ("conditions",)):
            continue
        else:
            name = step if len(step) <= 40 and step.isprintable() else excerpt(step)
            text += f".{name}" if text else name
    return text


#: Fields whose value is told apart by its `type`: pydantic puts the tag behind them in a place.
_TAGGED: Final = frozenset({"benefit", "condition"})

#: What pydantic itself finds -> our code.
_NATIVE: Final[Mapping[str, str]] = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "string_type": "text.type",
    "string_too_short": "text.empty",
    "string_too_long": "limit.text",
    "too_long": "limit.text",
    "string_unicode": "text.surrogate",
    "bool_type": "field.type",
    "too_short": "list.empty",
    "tuple_type": "list.type",
    "model_type": "object.type",
    "model_attributes_type": "object.type",
    "dict_type": "object.type",
    "literal_error": "choice.unknown",
    "union_tag_invalid": "choice.unknown",
    "union_tag_not_found": "field.missing",
}


def _problem_of(row: Mapping[str, Any]) -> Problem:
    loc, kind, context = row["loc"], row["type"], dict(row.get("ctx") or {})
    code = _NATIVE.get(kind, kind)
    facts: dict[str, Any] = context
    if kind in _NATIVE:
        private = any(step in PERSONAL for step in loc)
        found = row.get("input")
        facts = {"found": _kind_of(found) if private else excerpt(found)}
        if kind in {"string_too_long", "too_long"}:
            facts = {"length": len(found) if isinstance(found, str) else "?", "limit": context["max_length"]}
        elif kind == "too_short" and isinstance(found, str):
            code = "text.empty"
        elif kind == "bool_type":
            facts["expected"] = "true or false"
        elif kind == "literal_error":
            facts["expected"] = context["expected"].replace("'", '"')
        elif kind == "union_tag_invalid":
            facts = {"found": excerpt(context["tag"]), "expected": context["expected_tags"].replace("'", '"')}
    elif code not in TEXTS:
        code, facts = "value.invalid", {"detail": row["msg"]}
    place = _place(loc)
    if kind.startswith("union_tag"):
        place += ".type"
    return Problem(place, code, facts)


def _kind_of(value: object) -> str:
    return f"a string of {len(value)} characters" if isinstance(value, str) else f"a {type(value).__name__}"


def invalid(error: ValidationError, title: str, model: type[BaseModel] | None = None) -> InvalidDocument:
    """What pydantic found as ours: every place, our codes, nothing echoed whole."""
    problems = []
    for row in _rows(error):
        found = _problem_of(row)
        if found.code == "field.unknown":
            found = found._replace(facts={"hint": _hint(model, row["loc"])})
        problems.append(found)
    return InvalidDocument(problems, title)


def _hint(model: type[BaseModel] | None, loc: Sequence[str | int]) -> str:
    """'; did you mean …?' for an unknown field, where the model can be followed to it."""
    names: list[str] = []
    name = loc[-1] if loc else ""
    if model is not None and len(loc) == 1:
        names = list(model.model_fields)
    elif isinstance(name, str):
        names = sorted(_ALL_FIELDS)
    close = difflib.get_close_matches(str(name)[:40], names, n=1, cutoff=0.75)
    return f'; did you mean "{close[0]}"?' if close and close[0] != name else ""


#: Every field name of every document, for hints.
_ALL_FIELDS: set[str] = set()


class Document(BaseModel):
    """What all documents share: frozen, closed, validated however they are made."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    def __init__(self, /, **data: Any) -> None:
        __tracebackhide__ = True
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError as error:
            raise invalid(error, type(self).__name__, type(self)) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _ALL_FIELDS.update(cls.__annotations__)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """A document from a dict or an instance; raises `InvalidDocument` with all problems at once."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise invalid(error, cls.__name__, cls) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """A document from strict JSON text; raises `InvalidDocument` with all problems at once."""
        if not options and (made := cls._at_once(json_data)) is not None:
            return made
        context = {**(options.pop("context", None) or {}), "json": True}
        return cls.model_validate(loads(json_data, cls.__name__), context=context, **options)

    #: Whether JSON of this class may take the express lane; made for what a service reads all the time. Each class says
    #: so for itself: a subclass may have fields, defaults and validators that the lane was not proven with.
    express: ClassVar[bool] = False

    @classmethod
    def _at_once(cls, text: str | bytes | bytearray) -> Self | None:
        """The document of a plain JSON text with nothing wrong; None: let the door look at it."""
        if not vars(cls).get("express") or len(text) > MAX_DOCUMENT:
            return None
        try:
            plain = text if isinstance(text, str) else bytes(text).decode()
            keys = plain_keys(plain)
            if keys is not None:
                made: Self = _validator(cls).validate_json(plain)
                return made if keys_read(made) == keys else None
        except (ValidationError, UnicodeDecodeError):
            pass
        return None

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # type: ignore[override]
        """Validates like every other way in: there is no way round the door."""
        return cls(**values)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 - nothing in it can change
        """A copy with some fields changed, validated as a whole."""
        if not update:
            return self
        stated = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        return type(self)(**stated | dict(update))

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """The document as a dict; what stops a program stops it here too."""
        try:
            return super().model_dump(**options)
        except PydanticSerializationError as error:
            raise _stopped_by(error) from None

    def model_dump_json(self, **options: Any) -> str:
        """The document as JSON; what stops a program stops it here too."""
        try:
            return super().model_dump_json(**options)
        except PydanticSerializationError as error:
            raise _stopped_by(error) from None


@lru_cache(maxsize=64)
def _validator(kind: type[Document]) -> SchemaValidator:
    return exchanged(kind, EXPRESS)


def _stopped_by(error: PydanticSerializationError) -> BaseException:
    """pydantic takes Ctrl-C and a lack of memory in a serializer for errors of its own: the true one."""
    cause = error.__cause__
    stops = isinstance(cause, MemoryError) or not isinstance(cause, Exception)
    return cause if cause is not None and stops else error


def foreign_amounts(document: Document, currency: str) -> Iterator[InitErrorDetails]:
    """Every amount below a document that is in another currency, however deep."""
    for place, money in _amounts(document, ()):
        if money.currency != currency:
            yield problem_at(*place, code="currency.mixed", found=money.currency, currency=currency)


def _amounts(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Money]]:
    if isinstance(value, Money):
        yield place, value
    elif isinstance(value, Document):
        if place and place[-1] in _TAGGED:
            place = (*place, "")  # where pydantic puts the tag
        for name in type(value).model_fields:
            yield from _amounts(getattr(value, name), (*place, name))
    elif isinstance(value, (tuple, dict)):
        for step, entry in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(entry, (Document, Money)):
                yield from _amounts(entry, (*place, step))
