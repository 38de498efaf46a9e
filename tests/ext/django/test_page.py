"""The page is followed as a newcomer follows it: `startproject`, its files, migrations, cart and thank-you page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import django_page

pytestmark = pytest.mark.django
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("page", ["docs/how-to/django.md", "docs/zh/how-to/django.md"])
def test_a_newcomer_arrives(page, tmp_path):
    """Block by block, in an empty folder."""
    command = [sys.executable, "-W", "error", django_page.__file__, ROOT / page]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-4000:]
    assert int(run.stdout) >= 16
