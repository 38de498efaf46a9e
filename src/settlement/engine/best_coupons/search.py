"""The best set of coupons, proven: best-first branch and bound (contract §4, "Which coupons").

How it works. A shop's coupons see only that shop's goods, so each shop has a short list of *plans*: its admissible
sets, really applied; plans that mean the same to all that follows are one (`by_shop`). What stands across shops,
platform and freight coupons, is chosen one by one (`across_shops`); then the plan of each shop is decided in turn.
Every node has a lower bound of what all below it cost, and the node with the lowest bound is opened next, so the search
ends as soon as none is left that could beat the best found. A leaf is settled by the very steps that settle everything
else: no second formula decides an amount.

`policy.search_limit` bounds the states (`effort`): pieces of bounded work, counted from the inputs alone. Past it the
best found so far is returned as not proven, with the lowest bound that is still open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.discounts.order import FREIGHT_OFFERS, PLATFORM_COUPONS, SHOP_COUPONS
from settlement.discounts.terms import Terms
from settlement.engine.best_coupons.across_shops import Top, Tops
from settlement.engine.best_coupons.at_a_glance import Glance, at_a_glance
from settlement.engine.best_coupons.by_shop import Scopes, ShopPlans, together
from settlement.engine.best_coupons.effort import LINES, Effort
from settlement.engine.best_coupons.lower_bounds import Floor
from settlement.engine.best_coupons.most_off import (
    Reach,
    dull,
    highest,
    promised,
    reach,
    sharpened,
    without_twins,
)
from settlement.engine.best_coupons.tries import Finish, Tries, better
from settlement.engine.question import Case

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger

__all__ = ["Found", "search", "walk"]

#: What it costs to queue a node, in looks at a line.
WAITING: Final = 16
#: Lines laid out in a scope, or asked about by a condition, that cost as much as a look at one.
PREPARING: Final = 64


class Found(NamedTuple):
    """The best ledger found; `bound` is None where it is proven best."""

    ledger: Ledger
    bound: int | None
    states: int


class Alone(NamedTuple):
    """One exclusive coupon and nothing else."""

    name: str


class Across:
    """Coupons across shops chosen so far, by place, and all sets that add some from `rest` on to them.

    Places below the number of platform coupons are theirs, the others are those of freight coupons.
    """

    def __init__(
        self,
        chosen: tuple[int, ...] = (),
        assumed: tuple[int, ...] = (),
        freight: tuple[int, ...] = (),
        rest: int = 0,
    ) -> None:
        self.chosen, self.assumed, self.freight, self.rest = chosen, assumed, freight, rest


class Node:
    """The first `len(plans)` shops decided under a top; `ready`: its bound is as good as bounds get."""

    def __init__(
        self, top: Top, plans: tuple[int, ...], spent: tuple[int, ...], nets: tuple[int, ...], ready: bool
    ) -> None:
        self.top, self.plans, self.spent = top, plans, spent
        #: Net so far in the scope of each platform coupon of the top.
        self.nets = nets
        self.ready = ready


def search(case: Case, ledger: Ledger, finish: Finish) -> Found:
    """The best admissible set of held coupons for what promotions left."""
    settled, proven, _ = glance = at_a_glance(case, ledger, finish)
    if settled is not None and proven:
        return Found(settled, None, 1)
    return walk(case, ledger, finish, glance)


def walk(
    case: Case,
    ledger: Ledger,
    finish: Finish,
    glance: Glance,
    effort: Effort | None = None,
    beat: int | None = None,
) -> Found:
    """The same where the glance did not prove it: by the search, which begins with what that has seen.

    With a cost to `beat` only what costs no more than that is looked for.
    """
    return _Search(case, ledger, finish, glance, effort, beat).run()


def _prepared(case: Case) -> int:
    """What it cost to ask the coupons' conditions and to lay out their lines, in looks at a line."""
    done = asked = 0
    for terms in (each for offers in case.coupons.values() for each in offers):
        if terms.id == terms.offer.id:  # copies share both
            looked = case.condition(terms)
            done += len(case.scopes.get(terms.id, ())) + (0 if looked is None else len(looked))
            asked += len(terms.conditions)
    return asked * LINES + (done + asked * len(case.basket.ids)) // PREPARING


class _Search:
    def __init__(
        self, case: Case, ledger: Ledger, finish: Finish, glance: Glance, effort: Effort | None, beat: int | None
    ) -> None:
        self.case, self.ledger = case, ledger
        self.effort = effort or Effort(case.rules.policy.search_limit)
        self.effort.look(_prepared(case))
        self.beat = beat
        self.waiting: list[tuple[int, int, int, Alone | Across | Node]] = []
        self.serial = 0
        self.tries = Tries(case, ledger, finish, self.effort)
        settled, _, self.reached = glance
        if settled is not None:
            self.tries.take(settled)

    # ------------------------------------------------------------------ what may be used

    def _sort(self) -> bool:
        """Sort the usable coupons; False where there is none. Usable: for this customer, and a tier within reach."""
        case = self.case
        self.shops: list[ShopPlans] = []
        usable = {number: [each for each in offers if self._usable(each)] for number, offers in case.coupons.items()}
        found = self._reached([each for number in (SHOP_COUPONS, PLATFORM_COUPONS) for each in usable.get(number, ())])
        across = [each for each in found if each.terms.number == PLATFORM_COUPONS and not each.terms.exclusive]
        self.floor = Floor(case, self.ledger, self.tries.of_none, case.asked.points, across=bool(across))
        if case.shipment is not None:
            found += self._reached(usable.get(FREIGHT_OFFERS, ()))
        #: All of them, in the order in which they are looked at.
        self.order = self._in_order(found)
        sharp = self._sharpened(self.order)
        self.alone = [each for each in sharp if each.terms.exclusive]
        sorts: dict[tuple[int, str | None], list[Reach]] = {}
        for each in sharp:
            if not each.terms.exclusive:
                sorts.setdefault(each.terms.sort, []).append(each)
        for sort, coupons in sorts.items():
            if case.rules.allowed[sort[0]] == 1:
                sorts[sort] = without_twins(case, coupons)
            # Those that may take most come first, so that what the others can add at most falls along the list.
            sorts[sort].sort(key=lambda each: (-each.most, each.terms.key))
        self.platform, self.freight = sorts.pop((PLATFORM_COUPONS, None), []), sorts.pop((FREIGHT_OFFERS, None), [])
        #: What the first of the platform's coupons can take off at most, by how many.
        self.sums = [0, *accumulate([each.most for each in self.platform])]
        self.by_shop = {shop or "": sorted(each, key=lambda one: one.terms.key) for (_, shop), each in sorts.items()}
        return bool(found)

    def _reached(self, offers: Sequence[Terms]) -> list[Reach]:
        """What each may come to, by sums alone."""
        made = []
        reached = dict(self.reached)
        for terms in offers:
            name = terms.offer.id  # copies come to the same
            if name not in reached or terms.on_freight:
                most = self.floor.most_off([terms]) if terms.on_freight else None
                reached[name] = reach(self.case, self.ledger, terms, most)
                self.effort.spend(len(self.case.scope(terms)) // 4)
            found = reached[name]
            if found is not None:
                made.append(found if found.terms is terms else found._replace(terms=terms))
        return made

    def _in_order(self, found: Sequence[Reach]) -> list[Reach]:
        """Those that may take most first; of equal ceilings those that promise most."""
        alike = Counter([each.most for each in found])
        promises: dict[str, int] = {}
        for each in found:
            name = each.terms.offer.id  # copies promise the same
            if alike[each.most] > 1 and name not in promises:
                promises[name] = promised(self.case, self.ledger, each, self.effort)
        return sorted(
            found,
            key=lambda each: (-each.most, -promises.get(each.terms.offer.id, 0), each.terms.number, each.terms.key),
        )

    def _sharpened(self, coupons: Sequence[Reach]) -> list[Reach]:
        """The same with a look at the units where that tells more, as far as a part of the limit lasts."""
        made, caps = [], dict[str, tuple[int, ...]]()
        for each in coupons:
            name = each.terms.offer.id
            if name in caps:  # so do copies
                made.append(each._replace(caps=caps[name]))
                continue
            benefits = [each.terms.tiers[tier][2] for tier in each.tiers]
            far = self.effort.spent > self.effort.limit // 4
            # Of fewer units a benefit may take more: of the cheapest, once others used these up.
            if far or each.terms.on_freight or all(map(dull, benefits)) or each.terms.number in self.case.units_used:
                made.append(each)
                continue
            self.effort.spend(len(each.lines) * sum([benefit.looks for benefit in benefits]))
            made.append(sharpened(self.case, self.ledger, each))
            caps[name] = made[-1].caps
        return made

    def _usable(self, terms: Terms) -> bool:
        """Held, in time, for this customer, and within the counts."""
        case = self.case
        if case.apart and case.stands_apart(terms, self.ledger.verdicts) is not None:
            return False  # a promotion has its place
        return case.refused_before_scope(terms) is None and bool(case.allowed(terms))

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
        if least > self._to_beat():
            return self._found(None)
        base = self.floor.elsewhere(frozenset())
        for each in self.alone:
            self._wait(base - each.most, Alone(each.terms.id))
        whole = self._prepare() if self.platform or self.freight or self.by_shop else True
        limit = self.effort.limit
        if not whole or not self._walked(limit // 2):
            better(self.tries, self.order, self._sorts(), self._cheapest(), limit - limit // 8 if whole else limit)
            if whole and self._walked(limit):
                return self._found(None)
            return self._found(max(least, self.waiting[0][0]) if whole else least)
        return self._found(None)

    def _walked(self, stop: int) -> bool:
        """Open the nodes in turn; False where the states come to so many before all that matter are open."""
        waiting = self.waiting
        while waiting and waiting[0][0] <= self._to_beat():
            if self.effort.spent > stop:
                return False
            self._open(heappop(waiting)[3])
        return True

    def _open(self, node: Alone | Across | Node) -> None:
        """Look at a node: divide a choice, sharpen a top or a leaf once, settle a leaf, or decide the next shop."""
        self.effort.spend()
        if isinstance(node, Alone):
            self.tries.rank((node.name,))
        elif isinstance(node, Across):
            self._divide(node)
        elif not node.plans and not node.ready:
            self._push(self.tops.sharpened(node.top), ready=True)
        elif len(node.plans) < len(self.shops):
            self._branch(node)
        elif not node.ready:
            bound = self.tops.leaf_bound(node.top, node.plans, node.spent, node.nets)
            node.ready = True
            self._wait(bound, node)
        else:
            self.tries.rank(self._names(node.top, node.plans))

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
        self.effort.spend(4 * (across + len(self.freight) - choice.rest))
        for at in range(choice.rest, across) if more > 0 else ():
            each = self.platform[at]
            if self.case.apart and not together(self.case, (*top.names, each.terms.id)):
                continue
            left = bound - self._addable(at + 1, more - 1, more_freight)
            for tier, cap in zip(each.tiers, each.caps, strict=True):
                if self._matters(left - cap):
                    chosen, assumed = (*choice.chosen, at), (*choice.assumed, tier)
                    self._wait(left - cap, Across(chosen, assumed, choice.freight, at + 1))
        for at in range(max(choice.rest, across), across + len(self.freight)) if more_freight > 0 else ():
            left = bound - self._addable(at + 1, 0, more_freight - 1) - self.freight[at - across].most
            if self._matters(left):
                freight = (*choice.freight, at - across)
                self._wait(left, Across(choice.chosen, choice.assumed, freight, at + 1))

    def _addable(self, rest: int, more: int, more_freight: int) -> int:
        """The most that coupons from `rest` on can take off, so many of the platform and so many on freight."""
        across, first = len(self.platform), min(rest, len(self.platform))
        last = min(across, first + max(0, more))
        off = self.sums[last] - self.sums[first]
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
        ready = not self.tops.leaf_matters(top)
        for plan in range(len(shop.plans)):
            bound = max([-(-(base + costs[plan]) // scale) for costs, _, base, scale in rows])
            if self.floor.least_cost(bound) > limit:
                continue
            if self.case.apart and not together(
                self.case, self._names(top, (*node.plans, plan), self.shops[: depth + 1])
            ):
                continue
            spent = tuple([before + costs[plan] for costs, before, _, _ in rows])
            nets = tuple([net + column[plan] for net, column in zip(node.nets, scoped, strict=True)])
            if any(nets[place] + most < least for place, most, least in needs):
                continue
            self._wait(bound, Node(top, (*node.plans, plan), spent, nets, ready))

    def _matters(self, bound: int) -> bool:
        """Whether something below this bound could beat the best found."""
        return self.floor.least_cost(bound) <= self._to_beat()

    def _wait(self, bound: int, node: Alone | Across | Node) -> None:
        """Queue a node: by least cost, then the deeper first, then the earlier."""
        cost = self.floor.least_cost(bound)
        if cost <= self._to_beat():
            self.effort.look(WAITING)
            self.serial += 1
            depth = len(node.plans) if isinstance(node, Node) else 0
            heappush(self.waiting, (cost, -depth, self.serial, node))

    def _push(self, top: Top, *, ready: bool) -> None:
        nothing = (0,) * len(top.forms)
        self._wait(top.bound, Node(top, (), nothing, (0,) * len(top.chosen), ready or not self.shops))

    def _to_beat(self) -> int:
        """The cost that a node must not exceed to be of interest."""
        best = self.tries.best[0][0]
        return best if self.beat is None or best < self.beat else self.beat

    def _found(self, bound: int | None) -> Found:
        rank, ledger = self.tries.best
        return Found(ledger, None if bound is None else min(bound, rank[0]), self.effort.spent)

    def _sorts(self) -> list[tuple[Sequence[Reach], int]]:
        """Coupons that may take each other's place, and how many of them there may be."""
        policy = self.case.rules.policy
        of_shops = [(each, policy.coupons_per_shop) for each in self.by_shop.values()]
        return [*of_shops, (self.platform, policy.coupons_platform), (self.freight, policy.coupons_freight)]

    def _cheapest(self) -> list[str]:
        """Of each shop the plan that leaves least."""
        plans = [shop.plans[shop.totals.index(min(shop.totals))] for shop in self.shops]
        return [name for plan in plans for name in plan.names]

    def _names(self, top: Top, plans: Sequence[int], decided: Sequence[ShopPlans] | None = None) -> tuple[str, ...]:
        shops = zip(self.shops if decided is None else decided, plans, strict=True)
        return (*top.names, *(name for shop, plan in shops for name in shop.plans[plan].names))

    # ------------------------------------------------------------------ shops

    def _prepare(self) -> bool:
        """Plans by shop, and the root of the tree; False where some shop has more plans than can be looked at."""
        scopes = Scopes(self.platform, self.effort)
        names = sorted(self.by_shop)
        for at, name in enumerate(names):
            share = max(0, self.effort.limit // 2 - self.effort.spent) // (len(names) - at)
            shop = ShopPlans(self.case, self.ledger, name, self.by_shop[name], scopes, self.floor, self.effort, share)
            self.shops.append(shop)
        self.shops.sort(key=lambda shop: (min(shop.totals) - max(shop.totals), shop.name))
        self.tops = Tops(self.case, self.ledger, self.floor, self.shops, self.platform, self.freight, self.effort)
        self._wait(self._least(), Across())
        return all(shop.whole for shop in self.shops)
