"""Execute the example notebooks and store in each what its cells print and draw; `make notebooks`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
READ: Final[Callable[..., Any]] = nbformat.read  # which has no types
WRITE: Final[Callable[..., None]] = nbformat.write


def joined(outputs: list[Any]) -> list[Any]:
    """What a cell put out, each stream as one, however the kernel cut it."""
    found: list[Any] = []
    for each in outputs:
        if found and each.output_type == "stream" and found[-1].get("name") == each.name:
            found[-1].text += each.text
        else:
            found.append(each)
    return found


def main() -> None:
    """Write each notebook anew, but for its outputs as it was."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    for path in sorted(EXAMPLES.glob("*.ipynb")):
        kept, fresh = (READ(path, as_version=4) for _ in range(2))
        NotebookClient(
            fresh, timeout=120, resources={"metadata": {"path": str(EXAMPLES)}}, record_timing=False
        ).execute()
        for cell, run in zip(kept.cells, fresh.cells, strict=True):
            if cell.cell_type == "code":
                cell.outputs = joined(run.outputs)
                for each in cell.outputs:
                    if "execution_count" in each:
                        each.execution_count = cell.execution_count
        WRITE(kept, path)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
