"""The finance notebooks run from top to bottom in a kernel of their own, and print what they show."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import settlement

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def shown(cell):
    """What a cell prints and draws, without what a front end may add."""
    return "".join(
        each.get("text") or each.get("data", {}).get("image/svg+xml", "") for each in cell.get("outputs", ())
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_makes(monkeypatch, notebook):
    """Every output that is stored in a notebook is what its cell makes today."""
    source = str(Path(settlement.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]))
    stored = nbformat.read(notebook, as_version=4)
    fresh = nbformat.read(notebook, as_version=4)
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
