"""One face for every "why": what came of a cart, a line, an offer, a parcel, and of what comes after pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from settlement.explanations.comparison import compare
    from settlement.explanations.hint import hints
    from settlement.explanations.invoice_story import explain_invoice, explain_red_invoice
    from settlement.explanations.offer import explain_offer
    from settlement.explanations.option_story import explain_option
    from settlement.explanations.parcel import explain_parcel
    from settlement.explanations.payout_story import explain_payout
    from settlement.explanations.quote import quote_freight
    from settlement.explanations.refund_story import explain_refund
    from settlement.explanations.story import explain

__all__ = [
    "compare",
    "explain",
    "explain_invoice",
    "explain_offer",
    "explain_option",
    "explain_parcel",
    "explain_payout",
    "explain_red_invoice",
    "explain_refund",
    "hints",
    "quote_freight",
]

#: name -> module: loaded when it is first asked for, for a story in words needs languages and a figure does not.
_ASKED_FOR = {
    "compare": "comparison",
    "explain": "story",
    "explain_invoice": "invoice_story",
    "explain_offer": "offer",
    "explain_option": "option_story",
    "explain_parcel": "parcel",
    "explain_payout": "payout_story",
    "explain_red_invoice": "invoice_story",
    "explain_refund": "refund_story",
    "hints": "hint",
    "quote_freight": "quote",
}


def __getattr__(name: str) -> Any:
    if name not in _ASKED_FOR:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{_ASKED_FOR[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
