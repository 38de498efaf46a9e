"""每周三会员日, 每月 8 日, happy hour: days of the week or month and hours of the day, by a clock that is stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import model_validator

from settlement.discounts.condition import Circumstances, Condition
from settlement.documents.problems import problem
from settlement.documents.recurrence import (
    EveryHours,
    Hours,
    MonthDays,
    UtcOffset,
    Weekdays,
    apart,
    recurs,
    recurs_within,
)

__all__ = ["Hours", "Recurring"]


class Recurring(Condition):
    """On these days of the week (1: Monday), on these days of the month, within these hours; all that stand must hold.

    `utc_offset` says by which clock: China's is "+08:00". There is no daylight saving in it; a mall where clocks change
    states two offers with periods of their own.

    >>> from datetime import UTC
    >>> wednesdays = Recurring(utc_offset="+08:00", weekdays=[3])
    >>> (
    ...     wednesdays.holds(datetime(2026, 11, 10, 16, tzinfo=UTC)),
    ...     wednesdays.holds(datetime(2026, 11, 11, 16, tzinfo=UTC)),
    ... )
    (True, False)
    """

    type: Literal["recurring"] = "recurring"
    utc_offset: UtcOffset
    weekdays: Weekdays | None = None
    month_days: MonthDays | None = None
    hours: EveryHours | None = None

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
        return recurs(self, at)

    def ever(self, starts: datetime, ends: datetime) -> bool:
        return recurs_within(self, starts, ends)

    def excludes(self, other: Condition) -> bool:
        return isinstance(other, Recurring) and apart(self, other)
