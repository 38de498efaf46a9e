"""Which coupons: none, a list, or the best set (contract §4).

`best` is the admissible set, together with the chosen points, of the smallest cost: payable plus the worth of the
points used. Ties: smaller payable, more gifts, fewer coupons, those that expire first, the smaller list of ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from settlement.case import Case, Picks
from settlement.ledger import Ledger, Verdict
from settlement.search import search
from settlement.steps import judge_last

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Chosen", "choose"]

class Chosen(NamedTuple):
    """The ledger of the choice, and whether it is proven best."""

    ledger: Ledger
    optimal: bool = True
    bound: int | None = None


def choose(case: Case, ledger: Ledger, finish: Callable[[Case, Ledger, Picks], Ledger]) -> Chosen:
    """Settle what promotions left with the coupons that the checkout asks for; every coupon gets its decision."""
    choice = case.checkout.choice
    points = None if choice.points == "max" else choice.points
    if choice.coupons == "none" or not case.coupons:
        return Chosen(_with_unknown(case, finish(case, ledger, Picks(frozenset(), points))))
    if choice.coupons != "best":
        return Chosen(_with_unknown(case, finish(case, ledger, Picks(frozenset(choice.coupons), points))))
    found = search(case, ledger, finish)
    return Chosen(_with_unknown(case, _judged(case, found.ledger)), found.bound is None, found.bound)


def _judged(case: Case, ledger: Ledger) -> Ledger:
    """Decisions for the coupons that were left out, each as if it came last beside the chosen set."""
    used = frozenset(ledger.coupons)
    added = [
        judge_last(case, ledger, terms)
        for number in sorted(case.coupons)
        for terms in case.coupons[number]
        if terms.id not in used
    ]
    return ledger.with_(verdicts=(*ledger.verdicts, *added)) if added else ledger


def _with_unknown(case: Case, ledger: Ledger) -> Ledger:
    """Decisions for coupons that the rulebook does not have: rules come and go."""
    known = case.rules.coupons
    missing: list[Verdict] = [
        (name, "unknown", None, None) for name in sorted(case.named_coupons()) if name not in known
    ]
    return ledger.with_(verdicts=(*ledger.verdicts, *missing)) if missing else ledger
