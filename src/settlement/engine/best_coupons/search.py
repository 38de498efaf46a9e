"""The best set of coupons, proven: best-first branch and bound (contract §4, "Which coupons").

How it works. A shop's coupons see only that shop's goods, so each shop has a short list of *plans*: its admissible
sets, really applied; plans that mean the same to all that follows are one (`plans`). What stands across shops, platform
and freight coupons, is chosen one by one (`tops`); then the plan of each shop is decided in turn. Every node has a
lower bound of what all below it cost, and the node with the lowest bound is opened next, so the search ends as soon as
none is left that could beat the best found. A leaf is settled by the very steps that settle everything else: no second
formula decides an amount.

`policy.search_limit` bounds the states (`effort`): pieces of bounded work, counted from the inputs alone. Past it the
best found so far is returned as not proven, with the lowest bound that is still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from settlement.discounts.terms import Terms
from settlement.engine.best_coupons.across_shops import Top, Tops
from settlement.engine.best_coupons.at_a_glance import all_together
from settlement.engine.best_coupons.by_shop import NEVER, ShopPlans
from settlement.engine.best_coupons.effort import Effort
from settlement.engine.best_coupons.lower_bounds import Floor
from settlement.engine.best_coupons.most_off import Reach, highest, looks, reach
from settlement.engine.question import Case, Picks

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger

__all__ = ["Found", "rank_of", "search", "walk"]

#: Cost, payable, gifts (negative), coupons, when they expire, their ids: the smallest wins.
Rank: TypeAlias = tuple[int, int, int, int, list[datetime], list[str]]
Finish: TypeAlias = Callable[[Case, "Ledger", Picks], "Ledger"]


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


class Found(NamedTuple):
    """The best ledger found; `bound` is None where it is proven best."""

    ledger: Ledger
    bound: int | None
    states: int


class Alone(NamedTuple):
    """One exclusive coupon and nothing else."""

    name: str


class Across(NamedTuple):
    """Coupons across shops chosen so far, by place, and all sets that add some from `rest` on to them.

    Places below the number of platform coupons are theirs, the others are those of freight coupons.
    """

    chosen: tuple[int, ...] = ()
    assumed: tuple[int, ...] = ()
    freight: tuple[int, ...] = ()
    rest: int = 0


class Node(NamedTuple):
    """The first `len(plans)` shops decided under a top; `ready`: its bound is as good as bounds get."""

    top: Top
    plans: tuple[int, ...]
    spent: tuple[int, ...]
    #: Net so far in the scope of each platform coupon of the top.
    nets: tuple[int, ...]
    ready: bool = False


def search(case: Case, ledger: Ledger, finish: Finish) -> Found:
    """The best admissible set of held coupons for what promotions left."""
    settled = all_together(case, ledger, finish)
    return walk(case, ledger, finish) if settled is None else Found(settled, None, 1)


def walk(case: Case, ledger: Ledger, finish: Finish) -> Found:
    """The same where no look proves it: by the search."""
    return _Search(case, ledger, finish).run()


class _Search:
    def __init__(self, case: Case, ledger: Ledger, finish: Finish) -> None:
        self.case, self.ledger, self.finish = case, ledger, finish
        self.effort = Effort(case.rules.policy.search_limit)
        self.seen: set[frozenset[str]] = set()
        self.points = case.asked.points
        self.waiting: list[tuple[int, int, int, Alone | Across | Node]] = []
        self.serial = 0
        self.polished = False
        self.best: tuple[Rank, Ledger]
        self.empty = self._settled(())
        self.best = (rank_of(case, self.empty), self.empty)

    # ------------------------------------------------------------------ what may be used

    def _sort(self) -> bool:
        """Sort the usable coupons; False where there is none. Usable: for this customer, and a tier within reach."""
        case, ledger = self.case, self.ledger
        self.shops: list[ShopPlans] = []
        self.alone: list[Reach] = []
        self.platform: list[Reach] = []
        self.freight: list[Reach] = []
        self.by_shop: dict[str, list[Reach]] = {}
        usable = {number: [each for each in offers if self._usable(each)] for number, offers in case.coupons.items()}
        across = _without_twins([each for each in usable.get(5, ()) if not each.exclusive], case)
        self.floor = Floor(case, ledger, self.empty, self.points, across=bool(across))
        for terms in (each for offers in usable.values() for each in offers):
            most = self.floor.most_off([terms]) if terms.on_freight else None
            found = reach(case, ledger, terms, most)
            if found is None or (terms.on_freight and case.shipment is None):
                continue
            self.effort.spend(found.looks)
            if terms.exclusive:
                self.alone.append(found)
            elif terms.number == 4:
                self.by_shop.setdefault(terms.shop or "", []).append(found)
            elif terms.number == 7:
                self.freight.append(found)
            elif terms in across:
                self.platform.append(found)
        # Those that may take most come first, so that what the others can add at most falls along the list.
        self.platform.sort(key=lambda each: (-each.most, each.terms.key))
        self.freight.sort(key=lambda each: (-each.most, each.terms.key))
        return bool(self.alone or self.platform or self.freight or self.by_shop)

    def _usable(self, terms: Terms) -> bool:
        """Held, in time, for this customer, and within the counts."""
        return self.case.refused_before_scope(terms) is None and bool(self.case.allowed(terms))

    def _least(self) -> int:
        """Goods and freight come to at least this, whatever is chosen."""
        policy = self.case.rules.policy
        base = self.floor.elsewhere(frozenset())
        off = highest([each.most for each in self.platform], policy.coupons_platform)
        off += highest([each.most for each in self.freight], policy.coupons_freight)
        for coupons in self.by_shop.values():
            off += highest([each.most for each in coupons], policy.coupons_per_shop)
        return base - max([off, *(each.most for each in self.alone)])

    # ------------------------------------------------------------------ the walk

    def run(self) -> Found:
        """Open the node of the lowest bound until none is left that could beat the best found."""
        if not self._sort():
            return self._found(None)
        least = self.floor.least_cost(self._least())
        if self.effort.over():
            return self._found(least)
        base = self.floor.elsewhere(frozenset())
        for each in self.alone:
            self._wait(base - each.most, Alone(each.terms.id))
        whole = self._prepare() if self.platform or self.freight or self.by_shop else True
        waiting = self.waiting
        while waiting and waiting[0][0] <= self._to_beat():
            if self.effort.over():
                return self._found(max(least, waiting[0][0]) if whole else least)
            self._open(heappop(waiting)[3])
            if self.effort.spent > self.effort.limit // 2:
                self._polish()
        if not whole:
            self._polish()
        return self._found(None if whole else least)

    def _open(self, node: Alone | Across | Node) -> None:
        """Look at a node: divide a choice, sharpen a top or a leaf once, settle a leaf, or decide the next shop."""
        self.effort.spend()
        if isinstance(node, Alone):
            self._try((node.name,))
        elif isinstance(node, Across):
            self._divide(node)
        elif not node.plans and not node.ready:
            self._push(self.tops.sharpened(node.top), ready=True)
        elif len(node.plans) < len(self.shops):
            self._branch(node)
        elif not node.ready:
            bound = self.tops.leaf_bound(node.top, node.plans, node.spent, node.nets)
            self._wait(bound, node._replace(ready=True))
        else:
            self._try(self._names(node.top, node.plans))

    def _divide(self, choice: Across) -> None:
        """The choice as it stands is a top; and each coupon from `rest` on may be added, under each of its tiers.

        A coupon takes off at most its cap, and those after it at most theirs: so much lower than this top's bound may
        the costs below be, and no more.
        """
        policy = self.case.rules.policy
        top = self.tops.top(choice.chosen, choice.assumed, choice.freight)
        self._push(top, ready=False)
        bound, across = top.bound, len(self.platform)
        more = policy.coupons_platform - len(choice.chosen)
        more_freight = policy.coupons_freight - len(choice.freight)
        self.effort.spend(8 * (across + len(self.freight) - choice.rest))
        for at in range(choice.rest, across) if more > 0 else ():
            each = self.platform[at]
            left = bound - self._addable(at + 1, more - 1, more_freight)
            for tier, cap in zip(each.tiers, each.caps, strict=True):
                longer = choice._replace(chosen=(*choice.chosen, at), assumed=(*choice.assumed, tier), rest=at + 1)
                self._wait(left - cap, longer)
        for at in range(max(choice.rest, across), across + len(self.freight)) if more_freight > 0 else ():
            left = bound - self._addable(at + 1, 0, more_freight - 1) - self.freight[at - across].most
            self._wait(left, choice._replace(freight=(*choice.freight, at - across), rest=at + 1))

    def _addable(self, rest: int, more: int, more_freight: int) -> int:
        """The most that coupons from `rest` on can take off, so many of the platform and so many on freight."""
        across = len(self.platform)
        off = sum([each.most for each in self.platform[rest : rest + max(0, more)]])
        first = max(0, rest - across)
        return off + sum([each.most for each in self.freight[first : first + max(0, more_freight)]])

    def _branch(self, node: Node) -> None:
        depth = len(node.plans)
        shop, top = self.shops[depth], node.top
        limit = self._to_beat()
        self.effort.spend(4 * len(shop.plans) * len(top.forms))
        scoped = [shop.scoped(at) for at in top.chosen]
        needs = [(top.chosen.index(at), self.tops.most(at)[depth + 1], least) for at, least in top.needs]
        rows = [
            (form.costs[depth], before, form.constant + before + form.rest[depth + 1], form.scale)
            for before, form in zip(node.spent, top.forms, strict=True)
        ]
        for plan in range(len(shop.plans)):
            bound = max([-(-(base + costs[plan]) // scale) for costs, _, base, scale in rows])
            if self.floor.least_cost(bound) > limit:
                continue
            spent = tuple([before + costs[plan] for costs, before, _, _ in rows])
            nets = tuple([net + column[plan] for net, column in zip(node.nets, scoped, strict=True)])
            if any(nets[place] + most < least for place, most, least in needs):
                continue
            self._wait(bound, Node(top, (*node.plans, plan), spent, nets, ready=not self.tops.leaf_matters(top)))

    def _wait(self, bound: int, node: Alone | Across | Node) -> None:
        """Queue a node: by least cost, then the deeper first, then the earlier."""
        cost = self.floor.least_cost(bound)
        if cost <= self._to_beat():
            self.serial += 1
            depth = len(node.plans) if isinstance(node, Node) else 0
            heappush(self.waiting, (cost, -depth, self.serial, node))

    def _push(self, top: Top, *, ready: bool) -> None:
        nothing = (0,) * len(top.forms)
        self._wait(top.bound, Node(top, (), nothing, (0,) * len(top.chosen), ready or not self.shops))

    def _to_beat(self) -> int:
        """The cost that a node must not exceed to be of interest."""
        return self.best[0][0]

    def _found(self, bound: int | None) -> Found:
        rank, ledger = self.best
        return Found(ledger, None if bound is None else min(bound, rank[0]), self.effort.spent)

    # ------------------------------------------------------------------ leaves

    def _names(self, top: Top, plans: Sequence[int]) -> tuple[str, ...]:
        shops = zip(self.shops, plans, strict=True)
        return (*top.names, *(name for shop, plan in shops for name in shop.plans[plan].names))

    def _settled(self, names: Sequence[str]) -> Ledger:
        """A set settled for real: every line is looked at, and the scope of every coupon."""
        self.seen.add(frozenset(names))
        case = self.case
        known = [case.known_coupons[name] for name in names]
        self.effort.spend(2 * len(case.basket.ids) + sum([len(case.scope(each)) * looks(each) for each in known]))
        return self.finish(case, self.ledger, Picks(frozenset(names), self.points, judged=False))

    def _try(self, names: Sequence[str]) -> None:
        """Settle a set and keep it if it is admissible and better."""
        if frozenset(names) in self.seen:
            return
        settled = self._settled(names)
        if len(settled.coupons) == len(names):
            rank = rank_of(self.case, settled)
            if rank < self.best[0]:
                self.best = (rank, settled)

    def _polish(self) -> None:
        """Better what there is by single exchanges, once: it may have to be the answer."""
        if self.polished:
            return
        self.polished = True
        stop = self.effort.spent + self.effort.limit // 4
        plans = [shop.totals.index(min(shop.totals)) for shop in self.shops]
        self._try([name for shop, plan in zip(self.shops, plans, strict=True) for name in shop.plans[plan].names])
        better = True
        while better:
            before = self.best[0]
            for names in self._neighbours(frozenset(self.best[1].coupons)):
                if self.effort.spent > stop:
                    return
                self._try(names)
            better = self.best[0] < before

    def _neighbours(self, used: frozenset[str]) -> Iterator[tuple[str, ...]]:
        """The set with each other coupon added, or put in the place of one of its sort."""
        sorts = [(each, self.case.rules.policy.coupons_per_shop) for each in self.by_shop.values()]
        sorts.append((self.platform, self.case.rules.policy.coupons_platform))
        sorts.append((self.freight, self.case.rules.policy.coupons_freight))
        for coupons, most in sorts:
            own = [each.terms.id for each in coupons if each.terms.id in used]
            others = sorted([each for each in coupons if each.terms.id not in used], key=lambda each: -each.most)
            for each in others:
                if len(own) < most:
                    yield (*sorted(used), each.terms.id)
                for gone in own:
                    yield (*sorted(used - {gone}), each.terms.id)

    # ------------------------------------------------------------------ shops

    def _prepare(self) -> bool:
        """Plans by shop, and the root of the tree; False where some shop has more plans than can be looked at."""
        scopes = [frozenset(each.lines) for each in self.platform]
        names = sorted(self.by_shop)
        for at, name in enumerate(names):
            share = max(0, self.effort.limit // 2 - self.effort.spent) // (len(names) - at)
            shop = ShopPlans(self.case, self.ledger, name, self.by_shop[name], scopes, self.floor, self.effort, share)
            self.shops.append(shop)
        self.shops.sort(key=lambda shop: (min(shop.totals) - max(shop.totals), shop.name))
        self.tops = Tops(self.case, self.ledger, self.floor, self.shops, self.platform, self.freight, self.effort)
        self._wait(self._least(), Across())
        return all(shop.whole for shop in self.shops)


def _without_twins(coupons: list[Terms], case: Case) -> list[Terms]:
    """Where only one platform coupon may be used, of those with equal terms the one that wins the ties."""
    if case.rules.policy.coupons_platform != 1 or len(coupons) < 2:
        return coupons
    kept: dict[object, Terms] = {}
    for terms in coupons:
        bought = case.bought.get(terms.offer.id, 0)
        meaning = (terms.offer.scope, terms.offer.tiers, terms.offer.condition_scope, bought)
        rival = kept.get(meaning)
        if rival is None or (terms.ends or NEVER, terms.id) < (rival.ends or NEVER, rival.id):
            kept[meaning] = terms
    return list(kept.values())
