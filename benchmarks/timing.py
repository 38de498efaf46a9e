"""How time is taken here: CPU time, warmed, interleaved, the median of many short rounds, the collector on.

The machine's speed drifts by more than most changes are worth. So every subject runs in every round, beside the floor
of the same cart, and what counts is the median of the rounds' ratios; microseconds are only for orientation.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Elsewhere", "Subject", "Timing", "rounds_of"]

#: Makes the inputs of so many calls; not timed.
Prepare: TypeAlias = Callable[[int], Sequence[Any]]

ROUND = 0.008


class Subject(NamedTuple):
    """What is timed: one call on each input that `prepare` makes."""

    name: str
    call: Callable[[Any], object]
    prepare: Prepare


class Elsewhere(NamedTuple):
    """What another process runs and times: CPU seconds of so many calls."""

    name: str
    seconds: Callable[[int], float]


class Timing(NamedTuple):
    """Seconds a call in each round, and the median of their ratios to the first subject's."""

    seconds: list[float]
    ratio: float

    @property
    def microseconds(self) -> float:
        """The median call."""
        return median(self.seconds) * 1e6


def rounds_of(subjects: Sequence[Subject | Elsewhere], rounds: int) -> dict[str, Timing]:
    """Time the subjects turn by turn; the first is what the others are measured against."""
    assert gc.isenabled(), "a service runs with the collector on"
    calls = {subject.name: _calls(subject) for subject in subjects}
    taken: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for turn in range(rounds):
        for subject in subjects if turn % 2 else reversed(subjects):
            taken[subject.name].append(_once(subject, calls[subject.name]))
    base = taken[subjects[0].name]
    return {
        name: Timing(seconds, median(mine / floor for mine, floor in zip(seconds, base, strict=True)))
        for name, seconds in taken.items()
    }


def _once(subject: Subject | Elsewhere, count: int) -> float:
    if isinstance(subject, Elsewhere):
        return subject.seconds(count) / count
    call, inputs = subject.call, subject.prepare(count)
    gc.collect()
    begun = time.process_time_ns()
    for given in inputs:
        call(given)
    return (time.process_time_ns() - begun) / 1e9 / count


def _calls(subject: Subject | Elsewhere) -> int:
    """How many calls make a round; the first of all, which may import and fill what is kept, tells nothing of it."""
    _once(subject, 1)
    count = 1
    while (taken := _once(subject, count) * count) < ROUND and count < 2_000:
        count = min(2_000, max(count + 1, round(count * min(8, 1.3 * ROUND / max(taken, 1e-6)))))
    return count
