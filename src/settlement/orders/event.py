"""What all events of an order have: when, who, and why."""

from __future__ import annotations

from typing import ClassVar

from settlement.documents.scalars import Instant, Name
from settlement.documents.unstated import LeavesOut
from settlement.orders.actor import Actor

__all__ = ["Event"]


class Event(LeavesOut):
    """What all events have: when it happened, who did it, and why, where somebody said so."""

    left_out: ClassVar[frozenset[str]] = frozenset({"reason"})

    at: Instant
    actor: Actor
    reason: Name | None = None
