"""Where the entry point for Hypothesis stood: an environment that was installed before still names it."""

from __future__ import annotations

from _settlement_hypothesis import register

__all__ = ["register"]
