"""The best set of coupons by settling every one of them: for rules of which no bound is known.

Where a threshold looks at tax, or a tax at what somebody reimburses, what a coupon takes and what it costs are not
functions of goods and freight alone, and the search's bounds do not hold; nor do they of a coupon over both. Sets are
settled one by one while `policy.search_limit` lasts, those of few coupons first; past it the best found is not proven.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from settlement.engine.best_coupons.effort import Effort
from settlement.engine.best_coupons.search import Found
from settlement.engine.best_coupons.tries import FIRST, Finish, rank_of
from settlement.engine.question import Case, Picks

if TYPE_CHECKING:
    from settlement.discounts.terms import Terms
    from settlement.engine.ledger import Ledger

__all__ = ["every_set"]


def every_set(case: Case, ledger: Ledger, finish: Finish) -> Found:
    """The best admissible set; not proven, and 0 its bound, where there are more than the limit lets in."""
    effort = Effort(case.rules.policy.search_limit)
    best = finish(case, ledger, Picks(frozenset(), case.asked.points, judged=False))
    lowest = rank_of(case, best)
    usable = [terms for terms in case.usable if case.refusals[terms.id] is None]
    for at, names in enumerate(_sets(case, usable), 1):
        if at > FIRST and effort.spent > effort.limit:
            return Found(best, 0, effort.spent)
        effort.spend(2 * len(case.basket.ids) * (1 + len(names)))
        settled = finish(case, ledger, Picks(frozenset(names), case.asked.points, judged=False))
        if len(settled.coupons) == len(names):
            rank = rank_of(case, settled)
            if rank < lowest:
                best, lowest = settled, rank
    return Found(best, None, effort.spent)


def _sets(case: Case, usable: list[Terms]) -> Iterator[tuple[str, ...]]:
    """Admissible sets by the policy's counts but for the empty one, small ones first; an exclusive coupon is alone."""
    most = sum([min(count, case.rules.allowed[number]) for (number, _), count in _sorts(usable).items()])
    for size in range(1, most + 1):
        for chosen in combinations(usable, size):
            if size > 1 and any(terms.exclusive for terms in chosen):
                continue
            if all(count <= case.rules.allowed[number] for (number, _), count in _sorts(chosen).items()):
                yield tuple([terms.id for terms in chosen])


def _sorts(offers: list[Terms] | tuple[Terms, ...]) -> Counter[tuple[int, str | None]]:
    return Counter([terms.sort for terms in offers])
