"""One Hypothesis profile: the same examples on every run but that of `make fuzz`, no clock, no database on disk."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from thorough import ANEW, examples

settings.register_profile(
    "repeatable",
    derandomize=not ANEW,
    database=None,
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
