"""Many settlements on one machine: rows in, rows out, in their order, by as many processes as there are."""

from __future__ import annotations

from settlement.batch.many import settle_many
from settlement.batch.row import Outcome, Row
from settlement.batch.rules import RulebookFrom, Rules, read_rules
from settlement.batch.run import Batch, Report

__all__ = ["Batch", "Outcome", "Report", "Row", "RulebookFrom", "Rules", "read_rules", "settle_many"]
