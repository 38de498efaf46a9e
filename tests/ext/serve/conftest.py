"""Without the extra none of these runs; `make test` says that it left them out, `make serve-test` runs them."""

from __future__ import annotations

import importlib.util

import pytest

THERE = importlib.util.find_spec("uvicorn") and importlib.util.find_spec("prometheus_client")
NEED_IT = [f"test_{name}.py" for name in ("connection", "container", "load", "pool", "server", "working")]
collect_ignore = [] if THERE else NEED_IT


@pytest.fixture
def rules(tmp_path):
    """A folder with the rules of the mall."""
    from serving import small

    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "small.json").write_text(small(0).to_json(), encoding="utf-8")
    return folder
