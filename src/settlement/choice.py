"""Which coupons: none, a list, or the best set (contract §4).

`best` is the admissible set, together with the chosen points, of the smallest cost: payable plus the worth of the
points used. Ties: smaller payable, more gifts, fewer coupons, those that expire first, the smaller list of ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from settlement.case import Case, Picks
from settlement.ledger import Ledger, Verdict
from settlement.steps import judge_last

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Chosen", "choose"]

_NEVER = datetime.max.replace(tzinfo=UTC)

#: Cost, payable, gifts (negative), coupons, when they expire, their ids: the smallest wins.
Rank: TypeAlias = tuple[int, int, int, int, list[datetime], list[str]]


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
    best: tuple[Rank, Ledger] | None = None
    for names in _subsets(case):
        picks = Picks(frozenset(names), points, judged=False)
        settled = finish(case, ledger, picks)
        if len(settled.coupons) != len(names):
            continue
        rank = rank_of(case, settled)
        if best is None or rank < best[0]:
            best = (rank, settled)
    if best is None:
        msg = "the empty set is always admissible"
        raise AssertionError(msg)
    return Chosen(_with_unknown(case, _judged(case, best[1])))


def _subsets(case: Case) -> Iterator[Sequence[str]]:
    """Every set of coupons that might be admissible."""
    names = [
        terms.id
        for number in sorted(case.coupons)
        for terms in case.coupons[number]
        if case.refused_before_scope(terms) is None
    ]
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def rank_of(case: Case, ledger: Ledger) -> Rank:
    """How good a settled ledger is: the smallest rank wins."""
    payable = sum(ledger.due)
    known = case.rules.coupons
    return (
        payable + ledger.points[1],
        payable,
        -sum(milli for _, _, milli in ledger.gifts),
        len(ledger.coupons),
        sorted(known[name].ends or _NEVER for name in ledger.coupons),
        sorted(ledger.coupons),
    )


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
