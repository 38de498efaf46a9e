"""Why this cent: how a figure of a refund, a payout, an invoice or a payment option came about.

Told like `audit.explain` tells a settlement: step by step, each formula tried before it is shown. Source:
docs/after-pay.md.
"""

from __future__ import annotations

from settlement.after_pay.invoice_story import explain_invoice, explain_red_invoice
from settlement.after_pay.option_story import explain_option
from settlement.after_pay.payout_story import explain_payout
from settlement.after_pay.refund_story import explain_refund

__all__ = ["explain_invoice", "explain_option", "explain_payout", "explain_red_invoice", "explain_refund"]
