"""Frames of Spark (`settlement[spark]`): what a batch does on one machine, wherever the rows lie."""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.spark.frames import settle_frame, what_if_frame

__all__ = ["settle_frame", "what_if_frame"]

_readable(globals())
