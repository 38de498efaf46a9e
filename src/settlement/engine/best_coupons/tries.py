"""Sets of coupons that are really settled, and how a good one is found where nothing is proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from settlement.engine.best_coupons.effort import Effort
from settlement.engine.best_coupons.most_off import NEVER, Reach, looks
from settlement.engine.question import Case, Picks

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger

__all__ = ["Finish", "Rank", "Tries", "better", "rank_of"]

#: Cost, payable, gifts (negative), coupons, when they expire, their ids: the smallest wins.
Rank: TypeAlias = tuple[int, int, int, int, list[datetime], list[str]]
Finish: TypeAlias = Callable[[Case, "Ledger", Picks], "Ledger"]

#: So many coupons are looked at whatever the limit says.
FIRST: Final = 8


def rank_of(case: Case, ledger: Ledger) -> Rank:
    """How good a settled ledger is: the smallest rank wins."""
    payable = sum(ledger.due)
    known = case.known_coupons
    return (
        payable + ledger.points[1],
        payable,
        -sum([milli for _, _, milli in ledger.gifts]),
        len(ledger.coupons),
        sorted([known[name].ends or NEVER for name in ledger.coupons]),
        sorted(ledger.coupons),
    )


class Tries:
    """The sets that were settled, each once, and the best of them; the empty set is the first."""

    def __init__(self, case: Case, ledger: Ledger, finish: Finish, effort: Effort) -> None:
        self.case, self.ledger, self.finish, self.effort = case, ledger, finish, effort
        #: Every set that was settled, with its rank where it is admissible.
        self.seen: dict[frozenset[str], Rank | None] = {}
        self.of_none = self._settled(())
        rank = self.seen[frozenset()] = rank_of(case, self.of_none)
        self.best = (rank, self.of_none)

    def take(self, settled: Ledger) -> None:
        """Count a set that somebody settled before, and keep it if it is better."""
        self.effort.spend(self._looks(settled.coupons))
        self._keep(settled)

    def rank(self, names: Sequence[str]) -> Rank | None:
        """Settle a set and keep it if it is better; None where it is not admissible."""
        key = frozenset(names)
        if key not in self.seen:
            self.seen[key] = None
            settled = self._settled(names)
            if len(settled.coupons) == len(names):
                self._keep(settled)
        return self.seen[key]

    def _keep(self, settled: Ledger) -> None:
        rank = self.seen[frozenset(settled.coupons)] = rank_of(self.case, settled)
        if rank < self.best[0]:
            self.best = (rank, settled)

    def _settled(self, names: Sequence[str]) -> Ledger:
        self.effort.spend(self._looks(names))
        return self.finish(self.case, self.ledger, Picks(frozenset(names), self.case.asked.points, judged=False))

    def _looks(self, names: Sequence[str]) -> int:
        """What settling a set looks at: every line, and the scope of every coupon."""
        case = self.case
        known = [case.known_coupons[name] for name in names]
        return 2 * len(case.basket.ids) + sum([len(case.scope(each)) * looks(each) for each in known])


#: Coupons that may take each other's place, and how many of them there may be.
Sorts: TypeAlias = Sequence[tuple[Sequence[Reach], int]]


def better(tries: Tries, order: Sequence[Reach], sorts: Sorts, cheapest: Sequence[str], stop: int) -> None:
    """Better what there is, for it may have to be the answer: single coupons, a greedy set, then exchanges.

    `order` are all coupons, those that may take most first; `cheapest` is the set of the shops' best plans. Nothing
    more is begun once the effort has come to `stop`, but for the first single coupons.
    """
    effort = tries.effort
    singles = effort.spent + effort.limit // 16
    for place, each in enumerate(order):
        if place >= FIRST and effort.spent > singles:
            break
        tries.rank((each.terms.id,))
    if effort.spent <= stop:
        tries.rank(cheapest)
    _greedy(tries, order, (effort.spent + stop) // 2)
    improved = True
    while improved:
        before = tries.best[0]
        for names in _neighbours(sorts, frozenset(tries.best[1].coupons)):
            if effort.spent > stop:
                return
            tries.rank(names)
        improved = tries.best[0] < before


def _greedy(tries: Tries, order: Sequence[Reach], stop: int) -> None:
    """Each coupon in turn is added where that costs less."""
    rank, names = tries.seen[frozenset()], list[str]()
    room: dict[tuple[int, str | None], int] = {}
    for each in order:
        if tries.effort.spent > stop:
            return
        terms = each.terms
        left = room.setdefault(terms.sort, tries.case.rules.allowed[terms.number])
        if terms.exclusive or not left:
            continue
        found = tries.rank([*names, terms.id])
        if found is not None and rank is not None and found < rank:
            rank = found
            names.append(terms.id)
            room[terms.sort] = left - 1


def _neighbours(sorts: Sorts, used: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """The set with each other coupon added, or put in the place of one of its sort."""
    for coupons, most in sorts:
        own = [each.terms.id for each in coupons if each.terms.id in used]
        others = sorted([each for each in coupons if each.terms.id not in used], key=lambda each: -each.most)
        for each in others:
            if len(own) < most:
                yield (*sorted(used), each.terms.id)
            for gone in own:
                yield (*sorted(used - {gone}), each.terms.id)
