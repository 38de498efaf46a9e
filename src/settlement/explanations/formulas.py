"""The formula behind an adjustment, with its own numbers in it, from the facts of a settlement alone.

A formula is text in the currency's major units: numbers, `+ − × ÷`, brackets, `min(…)`, `max(…)`, `⌊x⌋` and `⌈x⌉` to
whole numbers, `round(x)` to the minor unit by the mode that stands beside it, `down(x)` to the minor unit below.
Nothing is settled here: formulas are written, and the numbers that the settlement states stand beside them.
"""

from __future__ import annotations

from settlement.explanations.formulas_of_charges import CHARGES
from settlement.explanations.formulas_of_offers import FORMULAS
from settlement.explanations.trail import Before, Moment, Taken
from settlement.receipts.columns import FREIGHT_OFFERS, GOODS_OFFERS
from settlement.receipts.parts import Adjustment
from settlement.receipts.settlement import Settlement

__all__ = ["formula_of"]


def formula_of(settlement: Settlement, adjustment: Adjustment, before: Before) -> Taken:
    """How this adjustment's amount was made; `Taken()` where its facts don't say."""
    case = Moment(settlement, adjustment, before)
    if adjustment.stage in GOODS_OFFERS or adjustment.stage in FREIGHT_OFFERS:
        make = FORMULAS.get(adjustment.facts.get("benefit", {}).get("type", ""))
    else:
        make = CHARGES[adjustment.stage]
    return Taken() if make is None or not adjustment.facts else make(case)
