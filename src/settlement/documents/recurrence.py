"""Times that come again: days of the week or month and hours of the day, by a clock that is stated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, Self, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from settlement.documents.document import Document
from settlement.documents.problems import problem
from settlement.documents.scalars import LISTED, no_twins
from settlement.money import excerpt

__all__ = ["EveryHours", "Hours", "MonthDays", "Recurs", "UtcOffset", "Weekdays", "apart", "recurs", "recurs_within"]

_DAY: Final = 24 * 60
#: After so many days the calendar repeats, weekdays and all.
_CYCLE: Final = 146_097
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)
_CLOCK = re.compile(r"(\d\d):(\d\d)", re.ASCII)


def _offset(value: object) -> str:
    match = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if match is None or not (int(match[2]) < 24 and int(match[3]) < 60):
        raise problem("offset.notation", found=excerpt(value))
    return "+00:00" if match[0] == "-00:00" else match[0]


def _clock(value: object) -> str:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > _DAY:
        raise problem("clock.notation", found=excerpt(value))
    return match[0]


def _day(most: int) -> PlainValidator:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise problem("integer.type", found=excerpt(value))
        if not 1 <= value <= most:
            raise problem("integer.range", found=excerpt(value), range=f"from 1 to {most}")
        return int(value)

    return PlainValidator(check)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


_ONCE = no_twins(lambda entry: None if entry is None else str(entry), "id.duplicate")
Weekday: TypeAlias = Annotated[int, _day(7), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 7})]
MonthDay: TypeAlias = Annotated[int, _day(31), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 31})]
Clock: TypeAlias = Annotated[
    str,
    PlainValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "examples": ["14:00"]}),
]
UtcOffset: TypeAlias = Annotated[
    str,
    PlainValidator(_offset),
    WithJsonSchema(
        {"type": "string", "pattern": "^[+-]([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["+08:00", "-03:30"]}
    ),
]


class Hours(Document):
    """From `opens` to before `closes` of one day. Over midnight are two of them: to 24:00, and from 00:00.

    >>> Hours(opens="14:00", closes="17:00").closes
    '17:00'
    """

    opens: Clock
    closes: Clock

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, opens: str, closes: str) -> None: ...

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if _minutes(self.opens) >= _minutes(self.closes):
            raise problem("hours.empty")
        return self

    def hold(self, minute: int) -> bool:
        """Whether a minute of the day is in them."""
        return _minutes(self.opens) <= minute < _minutes(self.closes)


Weekdays: TypeAlias = Annotated[tuple[Weekday, ...], Field(min_length=1), _ONCE, LISTED]
MonthDays: TypeAlias = Annotated[tuple[MonthDay, ...], Field(min_length=1), _ONCE, LISTED]
EveryHours: TypeAlias = Annotated[tuple[Hours, ...], Field(min_length=1), LISTED]


class Recurs(Protocol):
    """Days and hours; what is not stated restricts nothing. Without an offset the clock is UTC's."""

    @property
    def utc_offset(self) -> str | None:
        """By which clock."""

    @property
    def weekdays(self) -> Sequence[int] | None:
        """1 is Monday."""

    @property
    def month_days(self) -> Sequence[int] | None:
        """Days of the month."""

    @property
    def hours(self) -> Sequence[Hours] | None:
        """Of each of these days."""


def recurs(times: Recurs, at: datetime) -> bool:
    """Whether they hold at an instant: on such a day, and within such hours of it."""
    day, minute = _local(times, at)
    return _on(times, day) and (times.hours is None or any(each.hold(minute) for each in times.hours))


def recurs_within(times: Recurs, starts: datetime, ends: datetime) -> bool:
    """Whether they hold at some instant from `starts` to before `ends`."""
    first, opened = _local(times, starts)
    last, closed = _local(times, ends - timedelta(microseconds=1))
    spans = (
        [(0, _DAY)] if times.hours is None else [(_minutes(each.opens), _minutes(each.closes)) for each in times.hours]
    )
    for day in range(first, min(last, first + _CYCLE) + 1):
        earliest, latest = opened if day == first else 0, closed if day == last else _DAY - 1
        if _on(times, day) and any(opens <= latest and closes > earliest for opens, closes in spans):
            return True
    return False


def apart(one: Recurs, other: Recurs) -> bool:
    """Whether they certainly never hold together: by one clock, and with no day or no hour in common."""
    if other.utc_offset != one.utc_offset:
        return False
    if _disjoint(one.weekdays, other.weekdays) or _disjoint(one.month_days, other.month_days):
        return True
    pairs = [(this, that) for this in one.hours or () for that in other.hours or ()]
    return bool(pairs) and all(
        _minutes(this.closes) <= _minutes(that.opens) or _minutes(that.closes) <= _minutes(this.opens)
        for this, that in pairs
    )


def _local(times: Recurs, at: datetime) -> tuple[int, int]:
    """Day (ordinal) and minute of the day by the stated clock; by integers, so no year is the last one."""
    at, offset = at.astimezone(UTC), times.utc_offset or "+00:00"
    sign = -1 if offset[0] == "-" else 1
    days, minute = divmod(at.hour * 60 + at.minute + sign * _minutes(offset[1:]), _DAY)
    return at.toordinal() + days, minute


def _on(times: Recurs, day: int) -> bool:
    if times.weekdays is not None and (day + 6) % 7 + 1 not in times.weekdays:
        return False
    return times.month_days is None or date.fromordinal((day - 1) % _CYCLE + 1).day in times.month_days


def _disjoint(one: Sequence[Any] | None, other: Sequence[Any] | None) -> bool:
    return one is not None and other is not None and set(one).isdisjoint(other)
