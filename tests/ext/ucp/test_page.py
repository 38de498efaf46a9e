"""The page's code is the test: what it prints is what it shows, in both languages."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.agents
PATH = "/ucp/checkout-sessions"
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("page", ["docs/how-to/agents.md", "docs/zh/how-to/agents.md"])
def test_the_page_runs(page, monkeypatch):
    """Block by block, from top to bottom."""
    spec = importlib.util.spec_from_file_location("doctests", ROOT / "tests" / "test_doctests.py")
    doctests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctests)
    monkeypatch.chdir(ROOT)
    assert doctests.run_page(ROOT / page) == 7


@pytest.mark.parametrize("page", ["docs/how-to/agents.md", "docs/zh/how-to/agents.md"])
@pytest.mark.parametrize("credential", [{}, {"credential": None}, {"credential": "x"}, {"credential": {"token": []}}])
def test_what_the_page_places_by_declines_what_it_can_not_read(page, credential):
    """An agent sends what it likes: 402, and never an error of ours."""
    shop: dict[str, Any] = {}
    exec((ROOT / page).read_text(encoding="utf-8").split("```python\n")[1].partition("```")[0], shop)  # noqa: S102 - the page's own
    agent = TestClient(shop["app"])
    made = agent.post(PATH, json={"line_items": [{"item": {"id": "longjing"}, "quantity": 1}]}).json()
    sent = {"payment": {"instruments": [{"handler_id": "pay"} | credential]}}
    assert agent.post(f"{PATH}/{made['id']}/complete", json=sent).status_code == 402
