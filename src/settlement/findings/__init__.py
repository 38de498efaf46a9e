"""Linters: what is valid but hardly meant in a rulebook or a cart, each with its place and what would mend it.

Nothing here changes a result; `settlement check RULEBOOK.json` prints the findings.
"""

from __future__ import annotations

from settlement.documents.written import all_readable
from settlement.findings.cart import check_cart
from settlement.findings.findings import Finding
from settlement.findings.findings_text import Severity
from settlement.findings.freight import check_freight
from settlement.findings.invoice import check_invoice
from settlement.findings.offers import Known, check_offers
from settlement.findings.rulebook import check

__all__ = ["Finding", "Known", "Severity", "check", "check_cart", "check_freight", "check_invoice", "check_offers"]


all_readable(globals())
