"""The finance notebook runs from top to bottom in a kernel of its own, and prints what it shows."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import settlement

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOK = EXAMPLES / "finance-month.ipynb"


def shown(cell):
    """What a cell prints and draws, without what a front end may add."""
    return "".join(
        each.get("text") or each.get("data", {}).get("image/svg+xml", "") for each in cell.get("outputs", ())
    )


def test_the_notebook_shows_what_it_makes(monkeypatch):
    """Every output that is stored in the notebook is what its cell makes today."""
    source = str(Path(settlement.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]))
    stored = nbformat.read(NOTEBOOK, as_version=4)
    fresh = nbformat.read(NOTEBOOK, as_version=4)
    for cell in fresh.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(fresh, timeout=120, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    code = [(a, b) for a, b in zip(stored.cells, fresh.cells, strict=True) if a.cell_type == "code"]
    assert len(code) > 8
    for before, after in code:
        assert shown(before) == shown(after), before.source
        assert shown(after)
