"""An archive for months: records as Parquet by day, which any tool adds up exactly and which can be settled again.

    OUT/orders/day=2026-11-11/part-00000.parquet      a row for each order: its columns
    OUT/ledger/day=2026-11-11/part-00000.parquet      a row for each adjustment and line, goods first
    OUT/documents/day=2026-11-11/part-00000.parquet   what was asked and answered, as the record has it
    OUT/personal/day=2026-11-11/part-00000.parquet    what is personal, by order: may be deleted
    OUT/rulebooks/part-00000.parquet                  each rulebook once, by its digest
    OUT/rejects.jsonl                                 what is no record: file, line and problems
    OUT/manifest.json                                 what was read, what came of it, the digest of each file
"""

from __future__ import annotations

from settlement.batch.archive.read import changed_files, is_archive, read_archive
from settlement.batch.archive.write import ArchiveReport, write_archive

__all__ = ["ArchiveReport", "changed_files", "is_archive", "read_archive", "write_archive"]
