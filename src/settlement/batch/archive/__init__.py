"""An archive for months: records as Parquet by day, which any tool adds up exactly and which can be settled again.

- `orders/day=2026-11-11/part-00000.parquet`: a row for each order, its columns
- `ledger/day=…`: a row for each adjustment and line, goods first
- `documents/day=…`: what was asked and answered, as the record has it
- `personal/day=…`: what is personal, by order; it may be deleted
- `rulebooks/part-00000.parquet`: each rulebook once, by its digest
- `rejects.jsonl`: what is no record, with file, line and problems
- `manifest.json`: what was read, what came of it, the digest of each file
"""

from __future__ import annotations

from settlement.batch.archive.read import changed_files, is_archive, read_archive
from settlement.batch.archive.write import ArchiveReport, write_archive

__all__ = ["ArchiveReport", "changed_files", "is_archive", "read_archive", "write_archive"]
