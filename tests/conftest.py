"""What all tests share: one Hypothesis profile, and the command line as a function.

The profile has the same examples on every run but that of `make fuzz`, no clock, no database on disk.
"""

from __future__ import annotations

import pytest
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


@pytest.fixture
def ran(capsys):
    """Run one command in this process; exit code, standard output, standard error."""
    from settlement.commands.cli import main

    def run(*arguments):
        code = main([str(each) for each in arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run
