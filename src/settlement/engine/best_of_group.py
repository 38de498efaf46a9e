"""Which promotion of each group takes effect: the choice of the smallest cost, proven together with the coupons.

How it works. A *choice* names for each group one member or none. For each of them the promotions are really applied,
which is cheap, and a lower bound of what all coupons beside it could come to is read off sums. The choice of the lowest
bound is settled first, with its best coupons; so it goes on until no bound is left that is as low as the best cost
found, and most choices are never searched. All of it spends the states of one `policy.search_limit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy as twin_of
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from settlement.discounts.order import FREIGHT_OFFERS
from settlement.engine.best_coupons.choose import choose, judge_others, settle_coupons
from settlement.engine.best_coupons.effort import Effort
from settlement.engine.best_coupons.lower_bounds import Dues
from settlement.engine.best_coupons.most_off import Reach, highest, looks, reach, total
from settlement.engine.best_coupons.tries import rank_of
from settlement.engine.ledger import Ledger
from settlement.engine.question import Case, Picks
from settlement.receipts.facts import Forgone, tried_of
from settlement.receipts.record import Verdict

if TYPE_CHECKING:
    from settlement.discounts.terms import Terms

__all__ = ["choose_groups"]

Promoted: TypeAlias = Callable[[Case], Ledger]
Finish: TypeAlias = Callable[[Case, Ledger, Picks], Ledger]
#: One member of each group, or None for none of it.
Members: TypeAlias = "tuple[Terms | None, ...]"

#: How often one group after the other is gone through where there are too many choices to look at all.
_ROUNDS: Final = 3


def choose_groups(case: Case, promoted: Promoted, finish: Finish) -> Ledger:
    """Settle with the best member of each group; `case.promotions` is then without those that were not chosen."""
    groups: dict[str, list[Terms]] = {}
    for offers in case.promotions.values():
        for terms in offers:
            name = terms.group
            if name is not None and case.refused_before_scope(terms) is None:
                groups.setdefault(name, []).append(terms)
    if not groups:
        return choose(case, promoted(case), finish)
    return _Groups(case, [groups[name] for name in sorted(groups)], promoted, finish).run()


class _Choice(NamedTuple):
    """A choice made ready: the question without the others, what promotions leave, and the least that it costs."""

    members: Members
    case: Case
    ledger: Ledger
    least: int
    #: What coupons on goods may come to beside it, by the offer's id.
    reached: Mapping[str, Reach | None]


class _Groups:
    def __init__(self, case: Case, groups: Sequence[Sequence[Terms]], promoted: Promoted, finish: Finish) -> None:
        self.case, self.groups, self.promoted, self.finish = case, groups, promoted, finish
        self.effort = Effort(case.rules.policy.search_limit)
        self.dues = Dues(case, case.asked.points)
        #: What promotions leave, of the choices that were made ready.
        self.made: dict[Members, Ledger] = {}
        self.grouped = frozenset([terms.id for group in groups for terms in group])
        wanted = case.asked.wanted
        named = None if wanted == "best" else frozenset(wanted if isinstance(wanted, tuple) else ())
        #: The coupons that may take something off.
        self.coupons = [terms for terms in case.usable if named is None or terms.id in named]
        #: What making a choice ready looks at, in all.
        self.looks = sum([len(case.scope(each)) // 4 for each in self.coupons]) + sum(
            [len(case.scope(each)) * looks(each) for each in self._promotions() if each.id not in self.grouped]
        )

    def _promotions(self) -> list[Terms]:
        return [terms for offers in self.case.promotions.values() for terms in offers]

    # ------------------------------------------------------------------ choices made ready

    def _without(self, members: Members) -> Case:
        """The question in which no member of a group but these is there."""
        kept = {terms.id for terms in members if terms is not None}
        made = twin_of(self.case)
        found = {
            number: [each for each in offers if each.id in kept or each.id not in self.grouped]
            for number, offers in self.case.promotions.items()
        }
        made.promotions = {number: offers for number, offers in found.items() if offers}
        return made

    def _ready(self, members: Members) -> _Choice:
        """A choice with its promotions applied."""
        case = self._without(members)
        chosen = [terms for terms in members if terms is not None]
        self.effort.spend(self.looks + sum([len(case.scope(each)) * looks(each) for each in chosen]))
        ledger = self.made[members] = self.promoted(case)
        return _Choice(members, case, ledger, *self._least(case, ledger))

    def _idle(self, choice: _Choice) -> bool:
        """Whether a member takes no effect on goods: then it is the choice without it once more."""
        applied = {verdict[0] for verdict in choice.ledger.verdicts if verdict[1] is None}
        return any(terms is not None and not terms.on_freight and terms.id not in applied for terms in choice.members)

    def _least(self, case: Case, ledger: Ledger) -> tuple[int, Mapping[str, Reach | None]]:
        """What a choice costs at least, whatever coupons are used: their sums alone, as if none met another."""
        reached: dict[str, Reach | None] = {}
        sorts: dict[object, list[int]] = {}
        allowed, alone = case.rules.allowed, [0]
        freight = self._freight(case, ledger)
        for terms in self.coupons:
            name = terms.offer.id  # copies come to the same
            if terms.on_freight:
                found = reach(case, ledger, terms, freight) if freight else None
            elif name in reached:
                found = reached[name]
            else:
                found = reached[name] = reach(case, ledger, terms)
            if found is None:
                continue
            if terms.exclusive:
                alone.append(found.most)
            else:
                sorts.setdefault(terms.sort, []).append(found.most)
        off = {sort: highest(caps, allowed[sort[0]]) for sort, caps in sorts.items()}  # type: ignore[index]
        if case.rules.tries_every_set:  # what a coupon may come to then depends on tax, or on freight
            return 0, reached
        return self.dues.least_cost(sum(ledger.net) + freight - max(sum(off.values()), *alone, 0)), reached

    def _freight(self, case: Case, ledger: Ledger) -> int:
        """What is left of freight at least: amounts only fall from here, so what is not free does not become so."""
        shipment, rules = case.shipment, case.rules
        if shipment is None or rules.combination != "sum":
            return 0
        amounts: Sequence[int] = case.goods if rules.free_by == "goods" else ledger.net
        if rules.free_by == "shop_net" and ledger.platform_off is not None:
            amounts = [net + back for net, back in zip(ledger.net, ledger.platform_off, strict=True)]
        charged = sum([each.fee + each.surcharge for each in shipment.charge(amounts)])
        offers = case.promotions.get(FREIGHT_OFFERS, ())
        return max(0, charged - sum([_most(case, terms, charged) for terms in offers]))

    def _choices(self) -> tuple[list[_Choice], bool]:
        """Every choice that may be the best, ready; or a good one, where they are too many."""
        count = prod([len(group) + 1 for group in self.groups])
        widest = sum([max([len(self.case.scope(each)) * looks(each) for each in group]) for group in self.groups])
        probe = Effort(0)
        probe.spend(self.looks + widest)
        if count <= 1 + max([len(group) for group in self.groups]) or (
            count * probe.done <= self.effort.limit * 32
        ):  # half of the limit
            every = product(*[(None, *group) for group in self.groups])
            return [found for members in every if not self._idle(found := self._ready(members))], True
        return [self._climbed()], False

    def _climbed(self) -> _Choice:
        """One group after the other takes the member that costs least beside the others, before any coupon."""
        best = self._ready((None,) * len(self.groups))
        rank = self._plain(best)
        for _ in range(_ROUNDS):
            before = rank
            for at, group in enumerate(self.groups):
                for terms in (None, *group):
                    if self.effort.spent > self.effort.limit // 2:
                        return best
                    members = (*best.members[:at], terms, *best.members[at + 1 :])
                    made = self._ready(members)
                    if (found := self._plain(made)) < rank:
                        best, rank = made, found
            if rank == before:
                break
        return best

    def _plain(self, choice: _Choice) -> Any:
        """How good a choice is without coupons."""
        self.effort.look(2 * len(self.case.basket.ids))
        settled = self.finish(choice.case, choice.ledger, Picks(frozenset(), self.case.asked.points, judged=False))
        return self._rank(choice, settled)

    # ------------------------------------------------------------------ the best of them

    def run(self) -> Ledger:
        """Settle choices, the lowest bound first, until none is left that could be as good."""
        choices, whole = self._choices()
        choices.sort(key=lambda choice: choice.least)
        best = choices[0]
        found = self._settled(best, None, last=len(choices) == 1)
        rank = self._rank(best, found)
        #: What is not proven costs no less than these.
        unproven = ([] if whole else [self._least_of_all()]) + ([] if found.bound is None else [found.bound])
        for at, choice in enumerate(choices[1:], 1):
            if choice.least > rank[0]:
                break
            if self.effort.spent > self.effort.limit:
                unproven.append(choice.least)
                break
            last = at + 1 == len(choices) or choices[at + 1].least > rank[0]
            settled = self._settled(choice, rank[0], last=last)
            if settled.bound is not None:
                unproven.append(settled.bound)
            if (other := self._rank(choice, settled)) < rank:
                best, rank, found = choice, other, settled
        found.bound = min(rank[0], *unproven) if unproven and min(unproven) <= rank[0] else None
        judge_others(best.case, found)
        self._tell(best, found)
        return found

    def _settled(self, choice: _Choice, beat: int | None, *, last: bool) -> Ledger:
        """A choice with its coupons; where others may come behind it, half of what is left is for them."""
        left = max(0, self.effort.limit - self.effort.spent)
        effort = Effort(left if last else left // 2)
        self.effort.spend(2 * len(self.case.basket.ids) + self.looks)
        rival = None if beat is None else (beat, choice.reached)
        settled = settle_coupons(choice.case, choice.ledger, self.finish, effort, rival)
        self.effort.look(effort.done)
        return settled

    def _rank(self, choice: _Choice, settled: Ledger) -> Any:
        """As for coupons; then fewer promotions of groups, then those that stand earlier in the order."""
        applied = {verdict[0] for verdict in settled.verdicts if verdict[1] is None}
        chosen = [terms for terms in choice.members if terms is not None and terms.id in applied]
        return (*rank_of(choice.case, settled), len(chosen), sorted([(terms.number, terms.key) for terms in chosen]))

    def _least_of_all(self) -> int:
        """What any choice costs at least: everything takes the most that it could, of goods untouched by others."""
        case = self.case
        if case.rules.tries_every_set:
            return 0
        off = sum([_most(case, terms) for terms in self._promotions() if terms.id not in self.grouped])
        off += sum([max([_most(case, terms) for terms in group]) for group in self.groups])
        off += sum([_most(case, terms) for terms in self.coupons])
        return self.dues.least_cost(max(0, sum(case.goods) - off))

    # ------------------------------------------------------------------ those that were not chosen

    def _tell(self, best: _Choice, settled: Ledger) -> None:
        """Each stands as it would have been decided in the place of its group's member, all else as it is."""
        others = []
        for at, group in enumerate(self.groups):
            for terms in group:
                if terms is not best.members[at]:
                    others.append(terms)
                    members = (*best.members[:at], terms, *best.members[at + 1 :])
                    settled.verdicts.append(self._instead(members, terms, settled.coupons))
        self.case.promotions, self.case.not_chosen = best.case.promotions, tuple(others)

    def _instead(self, members: Members, terms: Terms, coupons: Sequence[str]) -> Verdict:
        ledger = self.made.get(members) or self.promoted(self._without(members))
        if terms.on_freight:
            picks = Picks(frozenset(coupons), self.case.asked.points, judged=False)
            ledger = self.finish(self._without(members), ledger, picks)
        verdict = next(each for each in ledger.verdicts if each[0] == terms.id)
        tried = tried_of(verdict.facts)
        if verdict.reason is not None or tried is None:
            return verdict
        taken = -sum([entry.amount for entry in ledger.entries if entry.rule == terms.id])
        return Verdict(terms.id, "not_best", None, Forgone(tried, taken))


def _most(case: Case, terms: Terms, freight: int | None = None) -> int:
    """The most that an offer takes off, whatever others left of its lines; of so much freight where that is given.

    Which tier holds is not asked: others may take lines from it.
    """
    if terms.on_freight and freight is None:
        return 0  # freight is not counted there
    lines = case.scope(terms)
    looked = case.condition(terms) or lines
    amount, millis = total(case.goods, looked), total(case.basket.millis, looked)
    net = total(case.goods, lines) if freight is None else freight
    caps = [0]
    for least, least_milli, benefit in terms.tiers:
        counts = [whole // part for whole, part in ((amount, least), (millis, least_milli)) if part]
        ceilings = benefit.ceilings(len(lines), None, min(counts) if counts else None)
        caps.append(min([net, *[fixed + net * top // bottom for fixed, top, bottom in ceilings]]))
    return max(caps)
