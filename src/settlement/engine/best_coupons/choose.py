"""Which coupons: none, a list, or the best set (contract §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from settlement.engine.best_coupons.at_a_glance import at_a_glance
from settlement.engine.best_coupons.effort import Effort
from settlement.engine.best_coupons.every_set import every_set
from settlement.engine.best_coupons.search import walk
from settlement.engine.ledger import Ledger
from settlement.engine.question import Case, Picks
from settlement.engine.steps import judge_last
from settlement.receipts.record import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from settlement.engine.best_coupons.most_off import Reach

__all__ = ["Rival", "choose", "judge_others", "settle_coupons"]

Finish: TypeAlias = "Callable[[Case, Ledger, Picks], Ledger]"
#: The least cost found elsewhere, and what the coupons here may come to, by the offer's id.
Rival: TypeAlias = "tuple[int, Mapping[str, Reach | None]]"


def choose(case: Case, ledger: Ledger, finish: Finish) -> Ledger:
    """Settle what promotions left with the coupons that the checkout asks for; every coupon gets its decision."""
    wanted = case.asked.wanted
    if wanted == "best" and case.coupons:
        settled = _best(case, ledger, finish)
        if len(settled.coupons) != case.named:
            _judge_left_out(case, settled)
    else:
        names = frozenset(wanted if isinstance(wanted, tuple) else ())
        settled = finish(case, ledger, Picks(names, case.asked.points))
    if case.unknown:
        settled.verdicts += [Verdict(name, "unknown", None, None) for name in case.unknown]
    return settled


def _best(case: Case, ledger: Ledger, finish: Finish) -> Ledger:
    """The best set, with its bound where it is not proven."""
    if case.rules.tries_every_set:  # what an offer takes may then depend on tax, or on freight: no bound knows that
        found = every_set(case, ledger, finish)
    else:
        settled, proven, _ = glance = at_a_glance(case, ledger, finish)
        if settled is not None and proven:
            return settled
        found = walk(case, ledger, finish, glance)
    found.ledger.bound = found.bound
    return found.ledger


def settle_coupons(case: Case, ledger: Ledger, finish: Finish, effort: Effort, rival: Rival | None) -> Ledger:
    """The same of one choice among several, before the coupons that are left out are judged.

    The search counts its states in `effort`. Beside a rival, a cost and what coupons may come to here, there is no look
    for a quick proof: it is only shown that nothing costs less than that or than what is returned.
    """
    wanted = case.asked.wanted
    if wanted != "best" or not case.coupons:
        names = frozenset(wanted if isinstance(wanted, tuple) else ())
        return finish(case, ledger, Picks(names, case.asked.points))
    cost = None
    if case.rules.tries_every_set:
        return _best(case, ledger, finish)
    if rival is None:
        settled, proven, _ = glance = at_a_glance(case, ledger, finish)
        if settled is not None and proven:
            return settled
    else:
        cost, reached = rival
        glance = None, False, reached
    found = walk(case, ledger, finish, glance, effort, cost)
    found.ledger.bound = found.bound
    return found.ledger


def judge_others(case: Case, settled: Ledger) -> None:
    """Add the decisions on coupons that were left out, or that nobody knows."""
    if case.asked.wanted == "best" and case.coupons and len(settled.coupons) != case.named:
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
