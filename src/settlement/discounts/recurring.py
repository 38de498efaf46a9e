"""每周三会员日, 每月 8 日, happy hour: days of the week or month and hours of the day, by a clock that is stated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from settlement.discounts.condition import Circumstances, Condition
from settlement.documents.document import Document
from settlement.documents.problems import problem
from settlement.documents.scalars import LISTED, no_twins
from settlement.money import excerpt

__all__ = ["Hours", "Recurring"]

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
            raise problem("integer.range", range=f"from 1 to {most}")
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


class Recurring(Condition):
    """On these days of the week (1: Monday), on these days of the month, within these hours; all that stand must hold.

    `utc_offset` says by which clock: China's is "+08:00". There is no daylight saving in it; a mall where clocks change
    states two offers with periods of their own.

    >>> wednesdays = Recurring(utc_offset="+08:00", weekdays=[3])
    >>> (
    ...     wednesdays.holds(datetime(2026, 11, 10, 16, tzinfo=UTC)),
    ...     wednesdays.holds(datetime(2026, 11, 11, 16, tzinfo=UTC)),
    ... )
    (True, False)
    """

    type: Literal["recurring"] = "recurring"
    utc_offset: UtcOffset
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), _ONCE, LISTED] | None = None
    month_days: Annotated[tuple[MonthDay, ...], Field(min_length=1), _ONCE, LISTED] | None = None
    hours: Annotated[tuple[Hours, ...], Field(min_length=1), LISTED] | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            utc_offset: str,
            type: Literal["recurring"] = "recurring",
            weekdays: Sequence[int] | None = None,
            month_days: Sequence[int] | None = None,
            hours: Sequence[Hours | Mapping[str, Any]] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _restricts(self) -> Self:
        if self.weekdays is None and self.month_days is None and self.hours is None:
            raise problem("condition.nothing", fields="weekdays, month_days, hours")
        return self

    def met(self, known: Circumstances) -> bool:
        return self.holds(known.at)

    def holds(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        day, minute = self._local(at)
        return self._on(day) and (self.hours is None or any(each.hold(minute) for each in self.hours))

    def _local(self, at: datetime) -> tuple[int, int]:
        """Day (ordinal) and minute of the day by the stated clock; by integers, so no year is the last one."""
        at = at.astimezone(UTC)
        sign = -1 if self.utc_offset[0] == "-" else 1
        days, minute = divmod(at.hour * 60 + at.minute + sign * _minutes(self.utc_offset[1:]), _DAY)
        return at.toordinal() + days, minute

    def _on(self, day: int) -> bool:
        if self.weekdays is not None and (day + 6) % 7 + 1 not in self.weekdays:
            return False
        return self.month_days is None or date.fromordinal((day - 1) % _CYCLE + 1).day in self.month_days

    def ever(self, starts: datetime, ends: datetime) -> bool:
        first, opened = self._local(starts)
        last, closed = self._local(ends - timedelta(microseconds=1))
        spans = (
            [(0, _DAY)]
            if self.hours is None
            else [(_minutes(each.opens), _minutes(each.closes)) for each in self.hours]
        )
        for day in range(first, min(last, first + _CYCLE) + 1):
            earliest, latest = opened if day == first else 0, closed if day == last else _DAY - 1
            if self._on(day) and any(opens <= latest and closes > earliest for opens, closes in spans):
                return True
        return False

    def excludes(self, other: Condition) -> bool:
        if not isinstance(other, Recurring) or other.utc_offset != self.utc_offset:
            return False
        if _disjoint(self.weekdays, other.weekdays) or _disjoint(self.month_days, other.month_days):
            return True
        pairs = [(one, two) for one in self.hours or () for two in other.hours or ()]
        return bool(pairs) and all(
            _minutes(one.closes) <= _minutes(two.opens) or _minutes(two.closes) <= _minutes(one.opens)
            for one, two in pairs
        )


def _disjoint(one: Sequence[Any] | None, other: Sequence[Any] | None) -> bool:
    return one is not None and other is not None and set(one).isdisjoint(other)
