"""One face for every "why": what came of a cart, a line, an offer, a parcel, and of what comes after pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents import face as _face

if TYPE_CHECKING:
    from settlement.explanations.change_story import explain_payout_change
    from settlement.explanations.comparison import compare
    from settlement.explanations.edit_story import explain_edit
    from settlement.explanations.hint import hints
    from settlement.explanations.invoice_story import explain_invoice, explain_red_invoice
    from settlement.explanations.offer import explain_offer
    from settlement.explanations.option_story import explain_option
    from settlement.explanations.parcel import explain_parcel
    from settlement.explanations.payout_story import explain_payout
    from settlement.explanations.quote import quote_freight
    from settlement.explanations.refund_story import explain_refund
    from settlement.explanations.story import explain
else:  # a story in words needs languages and a figure does not
    __getattr__, __dir__ = _face(
        __name__,
        {
            "compare": "comparison",
            "explain": "story",
            "explain_edit": "edit_story",
            "explain_invoice": "invoice_story",
            "explain_offer": "offer",
            "explain_option": "option_story",
            "explain_parcel": "parcel",
            "explain_payout": "payout_story",
            "explain_payout_change": "change_story",
            "explain_red_invoice": "invoice_story",
            "explain_refund": "refund_story",
            "hints": "hint",
            "quote_freight": "quote",
        },
    )

__all__ = [
    "compare",
    "explain",
    "explain_edit",
    "explain_invoice",
    "explain_offer",
    "explain_option",
    "explain_parcel",
    "explain_payout",
    "explain_payout_change",
    "explain_red_invoice",
    "explain_refund",
    "hints",
    "quote_freight",
]
