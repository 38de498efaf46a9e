"""Frames of Spark (`settlement[spark]`): what a batch does on one machine, wherever the rows lie."""

from __future__ import annotations

from settlement.ext.spark.frames import settle_frame, what_if_frame

__all__ = ["settle_frame", "what_if_frame"]
