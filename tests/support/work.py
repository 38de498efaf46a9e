"""How much work a call is, counted instead of timed: the same on every machine, however busy."""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(make: Callable[[], object]) -> int:
    """Calls, C calls and lines that it takes."""
    count = 0

    def step(*_: Any) -> Any:
        nonlocal count
        count += 1
        return step

    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.setprofile(step)
    sys.settrace(step)
    try:
        make()
    finally:
        sys.settrace(tracing)  # what measures coverage goes on behind this test
        sys.setprofile(profiling)
    return count


def peak(make: Callable[[], object]) -> int:
    """Bytes that it holds beside what was there before, at the most: an expanded number shows here."""
    tracemalloc.start()
    try:
        make()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
