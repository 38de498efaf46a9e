"""How much the search may do: states, counted from the inputs alone, so that every machine stops at the same one.

A *state* is a bounded piece of work: about as much as looking at `LINES` lines once. A settlement of a thousand lines
is worth as many states as it looks at, a node of the tree one or a few. So `policy.search_limit` bounds the time of the
search as well, without ever looking at a clock. What was done before it for each coupon, its conditions asked and its
lines laid out, is counted first.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LINES", "Effort"]

#: Lines that one state looks at.
LINES: Final = 64


class Effort:
    """States spent, and the limit."""

    __slots__ = ("done", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        #: Lines looked at, or what costs as much.
        self.done = 0

    @property
    def spent(self) -> int:
        """Whole states."""
        return self.done // LINES

    def spend(self, looks: int = 0) -> None:
        """One state, and one more for every `LINES` lines (plans, sums) that are looked at."""
        self.done += LINES + looks

    def look(self, looks: int) -> None:
        """No state of its own: only so many lines."""
        self.done += looks
