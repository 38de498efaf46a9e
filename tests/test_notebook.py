"""The finance notebooks run from top to bottom in a kernel of their own, and print what they show."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from december_rules import CANDIDATES, NOVEMBER, checkout
from nbclient import NotebookClient

import settlement
from settlement import Money, settle

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def shown(cell):
    """What a cell prints and draws, without what a front end may add."""
    return "".join(
        each.get("text") or each.get("data", {}).get("image/svg+xml", "") for each in cell.get("outputs", ())
    )


@pytest.fixture
def run(monkeypatch):
    """Runs a notebook, each cell for so many seconds at most; what comes of it."""
    source = str(Path(settlement.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]))

    def run(notebook, seconds=120):
        fresh = nbformat.read(notebook, as_version=4)
        for cell in fresh.cells:
            cell.pop("outputs", None)
            if cell.cell_type == "code":
                cell.outputs = []
        NotebookClient(fresh, timeout=seconds, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
        return fresh

    return run


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_makes(run, notebook):
    """Every output that is stored in a notebook is what its cell makes today."""
    stored = nbformat.read(notebook, as_version=4)
    fresh = run(notebook)
    code = [(a, b) for a, b in zip(stored.cells, fresh.cells, strict=True) if a.cell_type == "code"]
    assert len(code) > 8
    for before, after in code:
        assert shown(before) == shown(after), before.source
        assert shown(after)


@pytest.mark.tenth
def test_a_tenth_of_the_orders_leads_to_the_same_recommendation(run, monkeypatch):
    """Ten thousand orders by the notebook; what they pay, before and by the recommended rules, is settled here anew."""
    count = 10_000
    monkeypatch.setenv("SETTLEMENT_ORDERS", str(count))
    printed = "".join(map(shown, run(EXAMPLES / "december-rules.ipynb", 1_200).cells)).splitlines()
    assert printed[0] == "10,000 orders of November in 2 files"
    assert "10000 records read, 10000 compared, 0 broken, 0 set apart" in printed
    fits = [line for line in printed if line.endswith(("fit", "fits"))]
    assert fits == ["every-200: does not fit", "eight-percent: fits", "small-steps: does not fit"]
    assert "recommended: eight-percent" in printed
    due = [Money("0.00 CNY")] * 2
    for number in range(count):
        asked = checkout(number, count)
        anew = asked.model_copy(update={"choice": asked.choice.model_copy(update={"coupons": "best"})})
        for at, made in enumerate((settle(asked, NOVEMBER), settle(anew, CANDIDATES[1]))):
            due[at] += made.payable
    rows = {line[:26].rstrip(): line[26:].split()[0] for line in printed if ", recorded" in line or ", best" in line}
    expected = [f"{each.amount:,}" for each in due]
    assert [rows["november, recorded"], rows["eight-percent, best"]] == expected
