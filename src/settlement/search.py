"""The best set of coupons, proven: best-first branch and bound (contract §4, "Which coupons").

How it works. A shop's coupons see only that shop's goods, so each shop has a short list of *plans*: its admissible
sets, really applied; plans that mean the same to all that follows are one. A *top* is what stands across shops:
platform coupons, each with the tier that is assumed to hold, and freight coupons. For a top, goods and freight come to
at least a sum over shops of the cheapest plan, because every benefit states linear ceilings of what it can take off;
where a tier's threshold would be missed, missing it is priced in (a Lagrange multiplier), and what a platform coupon
surely takes is counted against free shipping. Always the node with the lowest bound is opened next, so the search ends
as soon as none is left that could beat the best found. A leaf is settled by the very steps that settle everything else:
no second formula decides an amount.

A *state* is a node that is looked at. `policy.search_limit` bounds their number; past it the best found so far is
returned as not proven, with the lowest bound that is still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from settlement.bounds import Floor, Form, Taken
from settlement.case import Case, Picks
from settlement.discounts.terms import Terms, narrowed
from settlement.plans import NEVER, ShopPlans
from settlement.proof import all_together

if TYPE_CHECKING:
    from settlement.ledger import Ledger

__all__ = ["Found", "rank_of", "search"]

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


class Top(NamedTuple):
    """Coupons across shops and the linear forms that bound what they leave."""

    names: tuple[str, ...]
    forms: tuple[Form, ...]
    #: For each assumed threshold: (place among the platform coupons, least net).
    needs: tuple[tuple[int, int], ...]
    chosen: tuple[int, ...]
    assumed: tuple[int, ...]
    freight: tuple[Terms, ...]

    @property
    def bound(self) -> int:
        """Goods and freight come to at least this."""
        return max([form.bound(0, 0) for form in self.forms])


class Node(NamedTuple):
    """The first `len(plans)` shops decided under a top; `ready`: its bound is as good as bounds get."""

    top: Top
    plans: tuple[int, ...]
    spent: tuple[int, ...]
    #: Net in each platform coupon's scope so far.
    nets: tuple[int, ...]
    ready: bool = False


def search(case: Case, ledger: Ledger, finish: Finish) -> Found:
    """The best admissible set of held coupons for what promotions left."""
    settled = all_together(case, ledger, finish)
    return _Search(case, ledger, finish).run() if settled is None else Found(settled, None, 1)


class _Search:
    def __init__(self, case: Case, ledger: Ledger, finish: Finish) -> None:
        self.case, self.ledger, self.finish = case, ledger, finish
        self.limit = case.rules.policy.search_limit
        self.states = 0
        self.seen: set[frozenset[str]] = set()
        self.best: tuple[Rank, Ledger] | None = None
        self.points = case.points
        usable = {number: [each for each in offers if self._usable(each)] for number, offers in case.coupons.items()}
        self.alone = [terms for offers in usable.values() for terms in offers if terms.exclusive]
        self.platform = _without_twins([each for each in usable.get(5, ()) if not each.exclusive], case)
        self.freight = [each for each in usable.get(7, ()) if not each.exclusive and case.shipment is not None]
        self.by_shop: dict[str, list[Terms]] = {}
        for terms in usable.get(4, ()):
            if not terms.exclusive and terms.shop is not None:
                self.by_shop.setdefault(terms.shop, []).append(terms)
        self.waiting: list[tuple[int, int, int, Node]] = []
        self.serial = 0

    def _usable(self, terms: Terms) -> bool:
        """Held, in time, for this customer, within the counts, and with lines to work on."""
        case = self.case
        if case.refused_before_scope(terms) is not None or not case.allowed(terms):
            return False
        return bool(narrowed(case.scope(terms), self.ledger.barred))

    # ------------------------------------------------------------------ the walk

    def run(self) -> Found:
        """Open the node of the lowest bound until none is left that could beat the best found."""
        empty = self._leaf(())
        if not (self.platform or self.freight or self.by_shop or self.alone):
            return self._found(None)
        for terms in self.alone:
            if self.states > self.limit:
                return self._found(0)
            self._leaf((terms.id,))
        if not (self.platform or self.freight or self.by_shop):
            return self._found(None)
        self._prepare(empty)
        complete = self._tops()
        waiting = self.waiting
        while waiting and waiting[0][0] <= self._to_beat():
            if self.states > self.limit or not complete:
                return self._found(waiting[0][0] if complete else 0)
            self._open(heappop(waiting)[3])
        return self._found(None if complete else 0)

    def _open(self, node: Node) -> None:
        """Look at a node: sharpen a top or a leaf once, settle a leaf, or decide the next shop."""
        self.states += 1
        if not node.plans and not node.ready:
            self._push(self._sharpened(node.top), ready=True)
        elif len(node.plans) < len(self.shops):
            self._branch(node)
        elif not node.ready:
            bound = self._leaf_bound(node)
            self._wait(bound, node._replace(ready=True))
        else:
            shops = zip(self.shops, node.plans, strict=True)
            self._leaf((*node.top.names, *(name for shop, plan in shops for name in shop.plans[plan].names)))

    def _branch(self, node: Node) -> None:
        depth = len(node.plans)
        shop, top = self.shops[depth], node.top
        limit = self._to_beat()
        for plan in range(len(shop.plans)):
            spent = tuple(
                [before + form.costs[depth][plan] for before, form in zip(node.spent, top.forms, strict=True)]
            )
            bound = max([form.bound(each, depth + 1) for each, form in zip(spent, top.forms, strict=True)])
            if self.floor.least_cost(bound) > limit:
                continue
            nets = tuple([a + b for a, b in zip(node.nets, shop.scoped[plan], strict=True)])
            if any(nets[at] + self.most[depth + 1][at] < least for at, least in top.needs):
                continue
            self._wait(bound, Node(top, (*node.plans, plan), spent, nets, ready=not self._leaf_matters(top)))

    def _wait(self, bound: int, node: Node) -> None:
        """Queue a node: by least cost, then the deeper first, then the earlier."""
        cost = self.floor.least_cost(bound)
        if cost <= self._to_beat():
            self.serial += 1
            heappush(self.waiting, (cost, -len(node.plans), self.serial, node))

    def _push(self, top: Top, *, ready: bool) -> None:
        nothing = (0,) * len(top.forms)
        self._wait(top.bound, Node(top, (), nothing, (0,) * len(self.platform), ready or not self.shops))

    def _to_beat(self) -> int:
        """The cost that a node must not exceed to be of interest."""
        if self.best is None:
            msg = "the empty set is always admissible"
            raise AssertionError(msg)
        return self.best[0][0]

    def _found(self, bound: int | None) -> Found:
        if self.best is None:
            msg = "the empty set is always admissible"
            raise AssertionError(msg)
        rank, ledger = self.best
        return Found(ledger, None if bound is None else min(bound, rank[0]), self.states)

    def _leaf(self, names: Sequence[str]) -> Ledger | None:
        """Settle a set for real and keep it if it is admissible and better."""
        chosen = frozenset(names)
        if chosen in self.seen:
            return None
        self.seen.add(chosen)
        self.states += 1
        settled = self.finish(self.case, self.ledger, Picks(chosen, self.points, judged=False))
        if len(settled.coupons) == len(names):
            rank = rank_of(self.case, settled)
            if self.best is None or rank < self.best[0]:
                self.best = (rank, settled)
        return settled

    # ------------------------------------------------------------------ shops and tops

    def _prepare(self, empty: Ledger | None) -> None:
        """Plans by shop, and what no coupon can change as one constant."""
        case, ledger = self.case, self.ledger
        self.floor = Floor(case, ledger, empty, self.points, across=bool(self.platform))
        self.scopes = [frozenset(narrowed(case.scope(terms), ledger.barred)) for terms in self.platform]
        self.shops = [
            ShopPlans(case, ledger, name, self.by_shop[name], self.scopes, self.floor) for name in sorted(self.by_shop)
        ]
        self.states += sum([shop.states for shop in self.shops])
        planned = frozenset(self.by_shop)
        self.fixed = self.floor.elsewhere(planned)
        shops = case.basket.shops
        self.fixed_scoped = [
            sum([ledger.net[line] for line in scope if shops[line] not in planned]) for scope in self.scopes
        ]
        self.shops.sort(key=lambda shop: (min(shop.totals) - max(shop.totals), shop.name))
        #: By depth: the most that the shops from there on can leave in each platform coupon's scope.
        self.most = [list(self.fixed_scoped)]
        for shop in reversed(self.shops):
            widest = [max(column) for column in zip(*shop.scoped, strict=True)]
            self.most.insert(0, [a + b for a, b in zip(self.most[0], widest, strict=True)])

    def _tops(self) -> bool:
        """Queue every choice across shops; False where the limit cut them short."""
        policy = self.case.rules.policy
        tiers = [self._tiers(at) for at in range(len(self.platform))]
        for size in range(min(policy.coupons_platform, len(self.platform)) + 1):
            for chosen in combinations(range(len(self.platform)), size):
                for assumed in product(*[tiers[at] for at in chosen]):
                    for freight in self._freight_sets():
                        self.states += 1
                        if self.states > self.limit:
                            return False
                        self._push(self._top(chosen, assumed, freight), ready=False)
        return True

    def _freight_sets(self) -> Iterator[tuple[Terms, ...]]:
        most = min(self.case.rules.policy.coupons_freight, len(self.freight))
        for count in range(most + 1):
            yield from combinations(self.freight, count)

    def _tiers(self, at: int) -> list[int]:
        """The tiers of a platform coupon that its scope can reach at all."""
        tiers = self.platform[at].tiers
        if self.case.rules.policy.threshold_amount == "goods" or self.platform[at].condition is not None:
            return list(range(len(tiers)))
        return [place for place, (least, _, _) in enumerate(tiers) if (least or 0) <= self.most[0][at]]

    def _top(self, chosen: tuple[int, ...], assumed: tuple[int, ...], freight: tuple[Terms, ...]) -> Top:
        by_net = self.case.rules.policy.threshold_amount == "net"
        needs = []
        ceilings = []
        for at, tier in zip(chosen, assumed, strict=True):
            least, least_milli, benefit = self.platform[at].tiers[tier]
            if self.platform[at].condition is not None:
                ceilings.append(benefit.ceilings(len(self.scopes[at]), None, None))
                continue
            basket, lines = self.case.basket, self.scopes[at]
            times = None if not least_milli else sum([basket.millis[line] for line in lines]) // least_milli
            if least and by_net:
                needs.append((at, least))
            elif least:
                full = sum([self.case.goods[line] for line in lines]) // least
                times = full if times is None else min(times, full)
            ceilings.append(benefit.ceilings(len(lines), least if by_net else None, times))
        off_freight = self.floor.most_off(freight)
        totals = [shop.totals for shop in self.shops]
        forms = [self._form(chosen, lines, off_freight, totals) for lines in product(*ceilings)]
        names = (*(self.platform[at].id for at in chosen), *(terms.id for terms in freight))
        return Top(names, tuple(forms), tuple(needs), chosen, assumed, freight)

    def _form(
        self,
        chosen: Sequence[int],
        ceilings: Sequence[tuple[int, int, int]],
        off_freight: int,
        totals: Sequence[Sequence[int]],
    ) -> Form:
        """The linear form of one ceiling (amount, numerator, denominator) for each chosen coupon."""
        scale = 1
        for _, _, denominator in ceilings:
            scale *= denominator
        weights = [(at, top * (scale // bottom)) for at, (_, top, bottom) in zip(chosen, ceilings, strict=True) if top]
        constant = scale * (self.fixed - off_freight - sum([amount for amount, _, _ in ceilings]))
        constant -= sum([weight * self.fixed_scoped[at] for at, weight in weights])
        return self._weighed(scale, constant, weights, totals)

    def _weighed(
        self, scale: int, constant: int, weights: Sequence[tuple[int, int]], totals: Sequence[Sequence[int]]
    ) -> Form:
        costs = []
        for shop, row in zip(self.shops, totals, strict=True):
            made = list(row) if scale == 1 else [scale * total for total in row]
            for at, weight in weights:
                made = [cost - weight * scoped[at] for cost, scoped in zip(made, shop.scoped, strict=True)]
            costs.append(made)
        rest = [0]
        for made in reversed(costs):
            rest.append(rest[-1] + min(made))
        rest.reverse()
        return Form(scale, constant, costs, rest)

    # ------------------------------------------------------------------ sharper bounds, once a top or a leaf is next

    def _taken(self, top: Top, most: Sequence[int]) -> tuple[Taken, ...]:
        """What the first platform coupon surely takes while its scope is worth at most this."""
        if not top.chosen or not self.floor.by_share or self.case.floors is not None:
            return ()
        at = top.chosen[0]
        return (Taken(at, *self.platform[at].tiers[top.assumed[0]][2].at_least(most[at])),)

    def _sharpened(self, top: Top) -> Top:
        """The top with shares counted against free shipping, and with missed thresholds priced in."""
        forms = list(top.forms)
        taken = self._taken(top, self.most[0])
        if taken:
            added = [
                [self.floor.of_plan(shop, plan, taken) + net - total for plan, (net, total) in enumerate(rows)]
                for shop, rows in ((shop, zip(shop.nets, shop.totals, strict=True)) for shop in self.shops)
            ]
            forms = [_dearer(form, added) for form in forms]
        for at, least in top.needs:
            forms += [priced for form in forms[:2] if (priced := self._priced(form, at, least)) is not None]
        return top._replace(forms=tuple(forms))

    def _priced(self, form: Form, at: int, least: int) -> Form | None:
        """Price missing a threshold in, where the cheapest plans would miss it: the best of a few multipliers."""
        reached = self.fixed_scoped[at]
        for shop, row in zip(self.shops, form.costs, strict=True):
            reached += shop.scoped[row.index(min(row))][at]
        if reached >= least:
            return None
        best, price = form, 0
        for step in (8, 4, 2, 1):
            for tried in (price + step, price - step):
                if 0 < tried <= 32:
                    candidate = self._multiplied(form, at, least, tried)
                    if candidate.bound(0, 0) > best.bound(0, 0):
                        best, price = candidate, tried
                        break
        return None if best is form else best

    def _multiplied(self, form: Form, at: int, least: int, price: int) -> Form:
        """The form plus price/16 × (least − net in scope), which is not above 0 wherever the tier holds."""
        weight = price * form.scale
        constant = form.constant * 16 + weight * (least - self.fixed_scoped[at])
        totals = [[16 * cost for cost in row] for row in form.costs]
        made = self._weighed(1, constant, [(at, weight)], totals)
        return made._replace(scale=form.scale * 16)

    def _leaf_matters(self, top: Top) -> bool:
        return bool(top.chosen) and self.floor.by_share

    def _leaf_bound(self, node: Node) -> int:
        """With every plan known: freight counted with the share that the platform coupon really takes."""
        top = node.top
        bound = max([form.bound(spent, len(self.shops)) for form, spent in zip(top.forms, node.spent, strict=True)])
        nets = [fixed + net for fixed, net in zip(self.fixed_scoped, node.nets, strict=True)]
        coarse, fine = self._taken(top, self.most[0]), self._taken(top, nets)
        more = sum(
            [
                self.floor.of_plan(shop, plan, fine) - self.floor.of_plan(shop, plan, coarse)
                for shop, plan in zip(self.shops, node.plans, strict=True)
            ]
        )
        plain = top.forms[0]
        return max(bound, plain.bound(node.spent[0], len(self.shops)) + more)


def _dearer(form: Form, added: Sequence[Sequence[int]]) -> Form:
    """A form with amounts added by shop and plan."""
    costs = [
        [cost + form.scale * more for cost, more in zip(row, extra, strict=True)]
        for row, extra in zip(form.costs, added, strict=True)
    ]
    rest = [0]
    for row in reversed(costs):
        rest.append(rest[-1] + min(row))
    rest.reverse()
    return form._replace(costs=costs, rest=rest)


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
