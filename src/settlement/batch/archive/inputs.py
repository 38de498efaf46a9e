"""The files of records that an archive is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from settlement.audit.what_if.rows import ENDINGS, files_of
from settlement.documents.written import all_readable
from settlement.errors import BatchRefused

__all__ = ["inputs_of", "read_manifest"]


def inputs_of(names: Iterable[str | Path]) -> list[Path]:
    """The files, folders looked through; of one that `settlement batch --as record` wrote its parts alone.

    Raises `BatchRefused` for what is not there or of another kind, for a batch that is not finished or of another form,
    and where there is nothing.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            for manifest in sorted(path.rglob("manifest.json")):
                _expect_batch(manifest)
            found += files_of(path, ENDINGS)
        elif path.name.endswith(ENDINGS):
            found.append(path)
        else:
            msg = f"{path}: {', '.join(ENDINGS)} and folders of these can be read"
            raise BatchRefused(msg)
    if not found:
        msg = "there is no file of records"
        raise BatchRefused(msg)
    return found


def _expect_batch(manifest: Path) -> None:
    """Nothing, for a file that is no manifest, or that of a batch of records."""
    told = read_manifest(manifest)
    if told is None or "as" not in told:
        return
    if told["as"] != "record":
        msg = f"{manifest.parent}: this is no folder of records; settlement batch --as record writes one"
        raise BatchRefused(msg)


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a manifest says; None for what is none."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


all_readable(globals())
