"""Which coupons: none, a list, or the best set (contract §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from settlement.engine.best_coupons.at_a_glance import at_a_glance
from settlement.engine.best_coupons.effort import Effort
from settlement.engine.best_coupons.search import walk
from settlement.engine.ledger import Ledger
from settlement.engine.question import Case, Picks
from settlement.engine.steps import judge_last
from settlement.receipts.record import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from settlement.engine.best_coupons.most_off import Reach

__all__ = ["Rival", "choose", "judge_others", "settle_coupons"]

#: The least cost found elsewhere, and what the coupons here may come to, by the offer's id.
Rival: TypeAlias = "tuple[int, Mapping[str, Reach | None]]"


def choose(case: Case, ledger: Ledger, finish: Callable[[Case, Ledger, Picks], Ledger]) -> Ledger:
    """Settle what promotions left with the coupons that the checkout asks for; every coupon gets its decision."""
    settled = settle_coupons(case, ledger, finish)
    judge_others(case, settled)
    return settled


def settle_coupons(
    case: Case,
    ledger: Ledger,
    finish: Callable[[Case, Ledger, Picks], Ledger],
    effort: Effort | None = None,
    rival: Rival | None = None,
) -> Ledger:
    """The same before those that are left out are judged.

    With `effort` the search counts its states there. Beside a rival, a cost and what coupons may come to here, there is
    no look for a quick proof: it is only shown that nothing costs less than that or than what is returned.
    """
    wanted = case.asked.wanted
    if wanted != "best" or not case.coupons:
        names = frozenset(wanted if isinstance(wanted, tuple) else ())
        return finish(case, ledger, Picks(names, case.asked.points))
    if rival is not None:
        cost, reached = rival
        found = walk(case, ledger, finish, (None, False, reached), effort, cost)
        found.ledger.bound = found.bound
        return found.ledger
    settled, proven, _ = glance = at_a_glance(case, ledger, finish)
    if settled is None or not proven:
        found = walk(case, ledger, finish, glance, effort)
        settled, found.ledger.bound = found.ledger, found.bound
    return settled


def judge_others(case: Case, settled: Ledger) -> None:
    """Add the decisions on coupons that were left out, or that nobody knows."""
    if case.asked.wanted == "best" and len(settled.coupons) != case.named:
        _judge_left_out(case, settled)
    if case.unknown:
        settled.verdicts += [Verdict(name, "unknown", None, None) for name in case.unknown]


def _judge_left_out(case: Case, ledger: Ledger) -> None:
    """Decisions for the coupons that were left out, each as if it came last beside the chosen set."""
    used = frozenset(ledger.coupons)
    for number in sorted(case.coupons):
        ledger.verdicts += judge_last(
            case, ledger, number, [each for each in case.coupons[number] if each.id not in used]
        )
