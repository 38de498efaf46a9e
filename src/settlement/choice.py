"""Which coupons: none, a list, or the best set (contract §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from settlement.case import Case, Picks
from settlement.ledger import NOTHING, Ledger
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
    wanted, bound = case.asked.wanted, None
    if wanted == "best" and case.coupons:
        settled, bound, _ = search(case, ledger, finish)
        _judge_left_out(case, settled)
    else:
        names = frozenset(wanted) if isinstance(wanted, tuple) else NOTHING
        settled = finish(case, ledger, Picks(names, case.asked.points))  # type: ignore[arg-type]
    if case.unknown:
        settled.verdicts += [(name, "unknown", None, None) for name in case.unknown]
    return Chosen(settled, bound is None, bound)


def _judge_left_out(case: Case, ledger: Ledger) -> None:
    """Decisions for the coupons that were left out, each as if it came last beside the chosen set."""
    if len(ledger.coupons) == sum(map(len, case.coupons.values())):
        return
    used = frozenset(ledger.coupons)
    for number in sorted(case.coupons):
        for terms in case.coupons[number]:
            if terms.id not in used:
                ledger.verdicts.append(judge_last(case, ledger, terms))
