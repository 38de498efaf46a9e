"""Linters: what is valid but hardly meant in a rulebook, each with its place and what would mend it.

Nothing here changes a result; `settlement check RULEBOOK.json` prints the findings.
"""

from __future__ import annotations

from settlement.lint.findings import Finding, Severity
from settlement.lint.freight import check_freight
from settlement.lint.offers import Known, check_offers
from settlement.lint.rulebook import check

__all__ = ["Finding", "Known", "Severity", "check", "check_freight", "check_offers"]
