"""A stage of payment in words: what it is, and when it is to be paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.parts import Instalment

__all__ = ["stage_text"]


def stage_text(stage: Instalment, clock: Callable[[str], str], say: Language) -> str:
    """The label of its row, with its dates by this clock."""
    label = {"deposit": say("Deposit"), "at_once": say("Due with the order"), "balance": say("Balance")}[stage.kind]
    start = "" if stage.pay_from is None else clock(stage.pay_from)
    end = "" if stage.pay_until is None else clock(stage.pay_until)
    if start and end:
        return say("{stage}, from {start} to {end}", stage=label, start=start, end=end)
    if start:
        return say("{stage}, from {start}", stage=label, start=start)
    return say("{stage}, until {end}", stage=label, end=end) if end else label
