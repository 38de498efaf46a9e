"""When a zone or a surcharge holds: ordered before noon, at the weekend, in the weeks before a feast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator
from pydantic_core import InitErrorDetails

from settlement.documents.document import Document
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.recurrence import EveryHours, Hours, MonthDays, UtcOffset, Weekdays, apart, recurs
from settlement.documents.scalars import Instant

__all__ = ["Times"]


class Times(Document):
    """On these days and within these hours, by the clock of `utc_offset`, from `valid_from` to before `valid_until`.

    All that stand must hold, at the instant of the checkout. There is no daylight saving in an offset: where clocks
    change state two entries with periods of their own.

    >>> from datetime import UTC
    >>> morning = Times(utc_offset="+01:00", hours=[Hours(opens="00:00", closes="12:00")])
    >>> [morning.hold(datetime(2026, 11, 11, *clock, tzinfo=UTC)) for clock in ((10, 59), (11, 0))]
    [True, False]
    """

    utc_offset: UtcOffset | None = None
    weekdays: Weekdays | None = None
    month_days: MonthDays | None = None
    hours: EveryHours | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            utc_offset: str | None = None,
            weekdays: Sequence[int] | None = None,
            month_days: Sequence[int] | None = None,
            hours: Sequence[Hours | Mapping[str, Any]] | None = None,
            valid_from: datetime | str | None = None,
            valid_until: datetime | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _restricts(self) -> Self:
        found: list[InitErrorDetails] = []
        recurring = any(each is not None for each in (self.weekdays, self.month_days, self.hours))
        if not recurring and self.valid_from is None and self.valid_until is None:
            raise problem("condition.nothing", fields="weekdays, month_days, hours, valid_from, valid_until")
        if recurring and self.utc_offset is None:
            found.append(problem_at("utc_offset", code="times.clock"))
        if self.valid_from is not None and self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append(problem_at("valid_until", code="times.empty"))
        refuse(found)
        return self

    def hold(self, at: datetime) -> bool:
        """Whether they hold at an instant."""
        if self.valid_from is not None and at < self.valid_from:
            return False
        return (self.valid_until is None or at < self.valid_until) and recurs(self, at)

    def apart(self, other: Times) -> bool:
        """Whether they certainly never hold together."""
        periods = ((self.valid_until, other.valid_from), (other.valid_until, self.valid_from))
        return any(end is not None and start is not None and end <= start for end, start in periods) or apart(
            self, other
        )
