"""A day of the calendar: what books and statements go by, where an instant has become a day by some clock."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from settlement.documents.marks import Takes
from settlement.documents.problems import problem
from settlement.money import excerpt

__all__ = ["Day"]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(value: object) -> date:
    """A date, or its text such as 2026-11-30; an instant is none, for it lies in two days at once."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise problem("day.notation", found=excerpt(value) if isinstance(value, str) else type(value).__name__)


Day: TypeAlias = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-30"]}),
    Takes("date | str"),
]
