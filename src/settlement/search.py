"""The best set of coupons, proven: branch and bound over the immutable state (contract §4, "Which coupons").

How it works. A shop's coupons see only that shop's goods, so each shop has a short list of *plans*: its admissible
sets, really applied, with what they leave of each line; plans that leave the same for all that follows are one. A
*top* is what stands across shops: platform coupons with the tier that is assumed to hold, and freight coupons. For a
top the cost is at least a sum over shops of the cheapest plan, because every benefit states linear ceilings of what it
can take off; where a tier's threshold would be missed, missing it is priced in (a Lagrange multiplier). Tops are
walked from the lowest bound up, shops depth first, and whatever can't beat the best found is cut. A leaf is settled by
the very steps that settle everything else, so no second formula decides an amount.

A *state* is a node that is looked at. `policy.search_limit` bounds their number; past it the best found so far is
returned as not proven, with the lowest bound that is still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from settlement.case import Case, Picks
from settlement.discounts.terms import Terms, apply, narrowed

if TYPE_CHECKING:
    from settlement.ledger import Ledger

__all__ = ["Found", "rank_of", "search"]

_NEVER = datetime.max.replace(tzinfo=UTC)

#: Cost, payable, gifts (negative), coupons, when they expire, their ids: the smallest wins.
Rank: TypeAlias = tuple[int, int, int, int, list[datetime], list[str]]
Finish: TypeAlias = Callable[[Case, "Ledger", Picks], "Ledger"]


def rank_of(case: Case, ledger: Ledger) -> Rank:
    """How good a settled ledger is: the smallest rank wins."""
    payable = sum(ledger.due)
    known = case.rules.coupons
    return (
        payable + ledger.points[1],
        payable,
        -sum([milli for _, _, milli in ledger.gifts]),
        len(ledger.coupons),
        sorted([known[name].ends or _NEVER for name in ledger.coupons]),
        sorted(ledger.coupons),
    )


class Found(NamedTuple):
    """The best ledger found; `bound` is None where it is proven best."""

    ledger: Ledger
    bound: int | None
    states: int


class Plan(NamedTuple):
    """One admissible set of a shop's coupons and what it leaves of the shop's lines."""

    names: tuple[str, ...]
    net: tuple[int, ...]
    gifts: int


class Form(NamedTuple):
    """A linear lower bound of a top's cost over the shops' plans; everything is scaled by `scale`."""

    scale: int
    constant: int
    #: By shop, by plan.
    costs: list[list[int]]
    #: Least cost of this shop and those after it.
    rest: list[int]

    def bound(self, spent: int, shop: int) -> int:
        """The least cost with the shops before `shop` decided."""
        return -(-(self.constant + spent + self.rest[shop]) // self.scale)


class Top(NamedTuple):
    """Coupons across shops, the threshold that must be met (coupon place, least net), and the bound."""

    bound: int
    names: tuple[str, ...]
    forms: tuple[Form, ...]
    #: For each assumed threshold: (place among the platform coupons, least net).
    needs: tuple[tuple[int, int], ...]


def search(case: Case, ledger: Ledger, finish: Finish) -> Found:
    """The best admissible set of held coupons for what promotions left."""
    return _Search(case, ledger, finish).run()


class _Search:
    def __init__(self, case: Case, ledger: Ledger, finish: Finish) -> None:
        self.case, self.ledger, self.finish = case, ledger, finish
        self.limit = case.rules.policy.search_limit
        self.states = 0
        self.seen: set[frozenset[str]] = set()
        self.best: tuple[Rank, Ledger] | None = None
        choice = case.checkout.choice.points
        self.points = None if choice == "max" else choice
        usable = {number: [each for each in offers if self._usable(each)] for number, offers in case.coupons.items()}
        self.alone = [terms for offers in usable.values() for terms in offers if terms.exclusive]
        self.platform = _without_twins([each for each in usable.get(5, ()) if not each.exclusive], case)
        self.freight = [each for each in usable.get(7, ()) if not each.exclusive and case.shipment is not None]
        self.by_shop: dict[str, list[Terms]] = {}
        for terms in usable.get(4, ()):
            if not terms.exclusive and terms.shop is not None:
                self.by_shop.setdefault(terms.shop, []).append(terms)

    def _usable(self, terms: Terms) -> bool:
        """Held, in time, for this customer, within the counts, and with lines to work on."""
        case = self.case
        if case.refused_before_scope(terms) is not None or not case.allowed(terms):
            return False
        return bool(narrowed(case.scope(terms), self.ledger.barred))

    # ------------------------------------------------------------------ the walk

    def run(self) -> Found:
        """Walk the tops from the lowest bound up until nothing can beat the best found."""
        empty = self._leaf(())
        if not (self.platform or self.freight or self.by_shop or self.alone):
            return self._found(None)
        self._prepare(empty)
        tops = sorted(self._tops(), key=lambda top: (top.bound, top.names, top.needs))
        for top in tops:
            if self._hopeless(top.bound):
                break
            if self.states > self.limit:
                return self._found(self._least_cost(min(top.bound, self.floor.rock_bottom)))
            self._walk(top, 0, [0] * len(top.forms), [0] * len(self.platform), ())
        if self.states > self.limit:
            return self._found(self._least_cost(self.floor.rock_bottom))
        return self._found(None)

    def _found(self, bound: int | None) -> Found:
        if self.best is None:
            msg = "the empty set is always admissible"
            raise AssertionError(msg)
        rank, ledger = self.best
        return Found(ledger, None if bound is None else min(bound, rank[0]), self.states)

    def _hopeless(self, bound: int) -> bool:
        """Whether goods and freight of at least this much can't beat the best found."""
        return self.best is not None and self._least_cost(bound) > self.best[0][0]

    def _least_cost(self, bound: int) -> int:
        return self.floor.least_cost(max(0, bound))

    def _walk(self, top: Top, depth: int, spent: list[int], nets: list[int], names: tuple[str, ...]) -> None:
        self.states += 1
        if self.states > self.limit:
            return
        if depth == len(self.shops):
            self._leaf((*top.names, *names))
            return
        shop = self.shops[depth]
        guide = top.forms[0].costs[depth]
        for place in sorted(range(len(shop.plans)), key=guide.__getitem__):
            after = [before + form.costs[depth][place] for before, form in zip(spent, top.forms, strict=True)]
            if self._hopeless(max([form.bound(a, depth + 1) for a, form in zip(after, top.forms, strict=True)])):
                continue
            scoped = [a + b for a, b in zip(nets, shop.scoped[place], strict=True)]
            if any(scoped[at] + self.most[depth + 1][at] < least for at, least in top.needs):
                continue
            self._walk(top, depth + 1, after, scoped, (*names, *shop.plans[place].names))

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

    # ------------------------------------------------------------------ what each shop can do

    def _prepare(self, empty: Ledger | None) -> None:
        """Plans by shop, and what no coupon can change as one constant."""
        case, ledger = self.case, self.ledger
        self.scopes = [frozenset(narrowed(case.scope(terms), ledger.barred)) for terms in self.platform]
        self.floor = _Floor(case, ledger, empty, self.points, across=bool(self.platform))
        self.by_sum = all(benefit.by_sum for terms in self.platform for _, _, benefit in terms.tiers)
        self.shops = [_Shop(self, name, coupons) for name, coupons in sorted(self.by_shop.items())]
        planned = {line for shop in self.shops for line in shop.lines}
        fixed = [line for line in range(len(ledger.net)) if line not in planned]
        self.fixed = sum([ledger.net[line] for line in fixed])
        self.fixed += self.floor.elsewhere({shop.name for shop in self.shops})
        self.fixed_scoped = [sum([ledger.net[line] for line in fixed if line in scope]) for scope in self.scopes]
        self.shops.sort(key=lambda shop: (min(shop.totals) - max(shop.totals), shop.name))
        #: By depth: the most that the shops from there on can leave in each platform coupon's scope.
        self.most = [list(self.fixed_scoped)]
        for shop in reversed(self.shops):
            widest = [max(column) for column in zip(*shop.scoped, strict=True)]
            self.most.insert(0, [a + b for a, b in zip(self.most[0], widest, strict=True)])

    # ------------------------------------------------------------------ tops and their bounds

    def _tops(self) -> Iterator[Top]:
        """Every choice across shops with its bound; exclusive coupons are settled at once, they stand alone."""
        policy = self.case.rules.policy
        for terms in self.alone:
            self._leaf((terms.id,))
        tiers = [self._tiers(at) for at in range(len(self.platform))]
        for size in range(min(policy.coupons_platform, len(self.platform)) + 1):
            for chosen in combinations(range(len(self.platform)), size):
                for assumed in product(*[tiers[at] for at in chosen]):
                    for count in range(min(policy.coupons_freight, len(self.freight)) + 1):
                        for freight in combinations(self.freight, count):
                            self.states += 1
                            if self.states > self.limit:
                                return
                            yield self._top(chosen, assumed, freight)

    def _tiers(self, at: int) -> list[int]:
        """The tiers of a platform coupon that its scope can reach at all."""
        tiers = self.platform[at].tiers
        if self.case.rules.policy.threshold_amount == "goods":
            return list(range(len(tiers)))
        return [place for place, (least, _, _) in enumerate(tiers) if (least or 0) <= self.most[0][at]]

    def _top(self, chosen: tuple[int, ...], assumed: tuple[int, ...], freight: tuple[Terms, ...]) -> Top:
        by_net = self.case.rules.policy.threshold_amount == "net"
        needs = []
        ceilings = []
        for at, tier in zip(chosen, assumed, strict=True):
            least, least_milli, benefit = self.platform[at].tiers[tier]
            basket, lines = self.case.basket, self.scopes[at]
            times = None if not least_milli else sum([basket.millis[line] for line in lines]) // least_milli
            if least and by_net:
                needs.append((at, least))
            elif least:
                full = sum([self.case.goods[line] for line in lines]) // least
                times = full if times is None else min(times, full)
            ceilings.append(benefit.ceilings(len(lines), least if by_net else None, times))
        off_freight = self.floor.most_off(freight)
        forms = [self._form(chosen, lines, needs, off_freight) for lines in product(*ceilings)]
        forms.sort(key=lambda form: -form.bound(0, 0))
        names = (*(self.platform[at].id for at in chosen), *(terms.id for terms in freight))
        return Top(forms[0].bound(0, 0), names, tuple(forms), tuple(needs))

    def _form(
        self,
        chosen: Sequence[int],
        ceilings: Sequence[tuple[int, int, int]],
        needs: Sequence[tuple[int, int]],
        off_freight: int,
    ) -> Form:
        """The linear form of one ceiling (amount, numerator, denominator) for each chosen coupon."""
        scale = 1
        for _, _, denominator in ceilings:
            scale *= denominator
        weights = [(at, top * (scale // bottom)) for at, (_, top, bottom) in zip(chosen, ceilings, strict=True)]
        constant = scale * (self.fixed - off_freight - sum(amount for amount, _, _ in ceilings))
        constant -= sum(weight * self.fixed_scoped[at] for at, weight in weights)
        form = self._costs(scale, constant, weights)
        for at, least in needs:
            form = self._priced(form, weights, at, least)
        return form

    def _costs(self, scale: int, constant: int, weights: Sequence[tuple[int, int]]) -> Form:
        costs = []
        for shop in self.shops:
            rows = zip(shop.totals, shop.scoped, strict=True)
            costs.append(
                [scale * total - sum([weight * scoped[at] for at, weight in weights]) for total, scoped in rows]
            )
        rest = [0]
        for row in reversed(costs):
            rest.insert(0, rest[0] + min(row))
        return Form(scale, constant, costs, rest)

    def _priced(self, form: Form, weights: Sequence[tuple[int, int]], at: int, least: int) -> Form:
        """Price missing the threshold in, where the cheapest plans would miss it: the best of a few multipliers."""
        reached = self.fixed_scoped[at]
        for shop, row in zip(self.shops, form.costs, strict=True):
            reached += shop.scoped[row.index(min(row))][at]
        if reached >= least:
            return form
        best, price = form, 0
        for step in (8, 4, 2, 1):
            for tried in (price + step, price - step):
                if 0 < tried <= 32:
                    candidate = self._multiplied(form, weights, at, least, tried)
                    if candidate.bound(0, 0) > best.bound(0, 0):
                        best, price = candidate, tried
                        break
        return best

    def _multiplied(self, form: Form, weights: Sequence[tuple[int, int]], at: int, least: int, price: int) -> Form:
        """The form plus price/16 × (least − net in scope), which is not above 0 wherever the tier holds."""
        heavier = [(place, weight * 16) for place, weight in weights]
        heavier.append((at, price * form.scale))
        constant = form.constant * 16 + price * form.scale * (least - self.fixed_scoped[at])
        return self._costs(form.scale * 16, constant, heavier)


class _Shop:
    """A shop with coupons: its plans, and what each leaves where it matters."""

    def __init__(self, search: _Search, name: str, coupons: Sequence[Terms]) -> None:
        self.name = name
        self.lines = search.case.basket.by_shop[name]
        plans = [Plan((), tuple([search.ledger.net[line] for line in self.lines]), 0)]
        self._extend(search, coupons, list(search.ledger.net), plans, plans[0])
        self.plans = self._without_equals(search, plans)
        self.totals = [sum(plan.net) + search.floor.of_plan(name, self.lines, plan.net) for plan in self.plans]
        self.scoped = [
            [
                sum([net for line, net in zip(self.lines, plan.net, strict=True) if line in scope])
                for scope in search.scopes
            ]
            for plan in self.plans
        ]

    def _extend(
        self, search: _Search, coupons: Sequence[Terms], nets: list[int], plans: list[Plan], plan: Plan
    ) -> None:
        """Every admissible set that adds some of these coupons, in their order, to a plan."""
        case, ledger = search.case, search.ledger
        policy = case.rules.policy
        if len(plan.names) >= policy.coupons_per_shop:
            return
        amounts = case.goods if policy.threshold_amount == "goods" else nets
        for place, terms in enumerate(coupons):
            search.states += 1
            if search.states > search.limit:
                return
            lines = narrowed(case.scope(terms), ledger.barred)
            outcome = apply(terms, lines, case.basket, nets, amounts, case.rules.rounded)
            if outcome[0] is not None:
                continue
            left = list(nets)
            for line, share in zip(lines, outcome[2], strict=True):
                left[line] -= share
            gifts = plan.gifts + (outcome[3][1] if outcome[3] else 0)
            longer = Plan((*plan.names, terms.id), tuple([left[line] for line in self.lines]), gifts)
            plans.append(longer)
            self._extend(search, coupons[place + 1 :], left, plans, longer)

    def _without_equals(self, search: _Search, plans: list[Plan]) -> list[Plan]:
        """Of plans that mean the same to all that follows only the one that wins the ties."""
        known = search.case.rules.coupons
        by_line = not search.by_sum or search.floor.by_line(self.name)
        kept: dict[object, tuple[object, Plan]] = {}
        for plan in plans:
            meaning: object = plan.net
            if not by_line:
                amounts = dict(zip(self.lines, plan.net, strict=True))
                meaning = (
                    sum(plan.net),
                    tuple([sum([amounts[line] for line in self.lines if line in scope]) for scope in search.scopes]),
                    search.floor.meaning(self.name, amounts),
                )
            ends = sorted([known[name].ends or _NEVER for name in plan.names])
            rank = (-plan.gifts, len(plan.names), ends, sorted(plan.names))
            if meaning not in kept or rank < kept[meaning][0]:  # type: ignore[operator]
                kept[meaning] = (rank, plan)
        return [plan for _, plan in kept.values()]


class _Floor:
    """Lower bounds for what comes after the coupons on goods: freight, its offers, points, fee and rounding."""

    def __init__(self, case: Case, ledger: Ledger, empty: Ledger | None, points: int | None, *, across: bool) -> None:
        self.case, self.ledger, self.across = case, ledger, across
        policy = case.rules.policy
        self.basis = policy.free_shipping_amount
        shipment = case.shipment
        offers = case.promotions.get(7, [])
        by_amount = policy.threshold_amount == "net"
        thresholds = [
            terms
            for terms in (*offers, *case.coupons.get(7, ()))
            if by_amount and any(least for least, _, _ in terms.tiers)
        ]
        #: A freight offer's threshold looks at lines that a plan may change.
        self.thresholds = bool(thresholds)
        self.still = shipment is None or not shipment.amounts_matter or self.basis == "goods"
        self.fixed = 0
        if self.still and not self.thresholds:
            self.fixed = 0 if empty is None else sum(empty.freight or ())
        elif self.still and shipment is not None:
            self.fixed = sum([c.fee + c.surcharge for c in shipment.charge(case.goods)]) - self.most_off(offers)
        else:
            self.fixed = -self.most_off(offers)
        self.worth = self._most_worth(points)
        rule = policy.round_total
        self.slack = 0
        if rule is not None:
            self.slack = {"down": rule.unit.minor - 1, "half_up": rule.unit.minor // 2, "up": 0}[rule.mode]
        method = None if case.checkout.payment_method is None else case.rules.methods[case.checkout.payment_method]
        self.method = method if method is not None and method.borne_by == "buyer" else None

    def _most_worth(self, points: int | None) -> int:
        """The most that points can take off."""
        rule = self.case.rules.book.points
        if rule is None or points == 0:
            return 0
        balance = self.case.checkout.customer.points
        count = balance if points is None else min(balance, points)
        return count * rule.worth.minor // rule.points

    def least_cost(self, bound: int) -> int:
        """The least cost (payable and the worth of points) where goods and freight come to at least `bound`."""
        least = bound - self.slack
        if self.method is not None:
            payable = bound - self.worth
            if payable > 0:
                least += self.method.fee(payable, self.case.rules.rounded)
        return max(0, least)

    @property
    def rock_bottom(self) -> int:
        """Below this goods and freight can't come, whatever is chosen."""
        return 0

    def most_off(self, offers: Sequence[Terms]) -> int:
        """The most that these freight offers can take off."""
        shipment = self.case.shipment
        if shipment is None:
            return 0
        total = 0
        for terms in offers:
            lines = frozenset(self.case.scope(terms))
            within = sum(
                [p.fee * p.count + p.surcharge for p in shipment.parcels if not lines.isdisjoint(p.lines)]
            )
            amounts = [getattr(benefit, "amount", None) for _, _, benefit in terms.tiers]
            if all(amount is not None for amount in amounts):
                within = min(within, max(amount.minor for amount in amounts if amount is not None))
            total += within
        return total

    def _parcels(self, shop: str) -> list[int]:
        shipment = self.case.shipment
        if shipment is None:
            return []
        return [place for place, parcel in enumerate(shipment.parcels) if parcel.shop == shop]

    def of_plan(self, shop: str, lines: Sequence[int], net: Sequence[int]) -> int:
        """The least freight and surcharges of a shop under a plan; 0 where they are part of the constant."""
        if self.still or self.case.shipment is None:
            return 0
        amounts = list(self.ledger.net)
        for line, left in zip(lines, net, strict=True):
            amounts[line] = left
        return self._least(self._parcels(shop), amounts)

    def elsewhere(self, planned: set[str]) -> int:
        """The constant: what no plan changes."""
        shipment = self.case.shipment
        total = self.fixed
        if not self.still and shipment is not None:
            others = [place for place, parcel in enumerate(shipment.parcels) if parcel.shop not in planned]
            total += self._least(others, self.ledger.net)
        return total

    def _least(self, places: Sequence[int], amounts: Sequence[int]) -> int:
        shipment = self.case.shipment
        if shipment is None or not places:
            return 0
        parcels = [shipment.parcels[place] for place in places]
        if shipment.combination != "sum":
            # Making one parcel free may make another dearer: nothing better than 0 is certain.
            return 0 if any(parcel.amount_rules for parcel in parcels) else self._charged(places, amounts)
        return self._charged(places, amounts)

    def _charged(self, places: Sequence[int], amounts: Sequence[int]) -> int:
        shipment = self.case.shipment
        if shipment is None:
            return 0
        charges = shipment.charge(amounts)
        return sum([charges[place].fee + charges[place].surcharge for place in places])

    def by_line(self, shop: str) -> bool:
        """Whether what a plan leaves of each single line matters, not only sums."""
        if self.thresholds:
            return True
        if self.still or self.case.shipment is None or self.basis != "net" or not self.across:
            return False
        return any(self.case.shipment.parcels[place].amount_rules for place in self._parcels(shop))

    def meaning(self, shop: str, amounts: dict[int, int]) -> tuple[int, ...]:
        """The sums that freight and points look at."""
        sums = []
        shipment = self.case.shipment
        if not self.still and shipment is not None:
            for place in self._parcels(shop):
                for _, lines, _ in shipment.parcels[place].amount_rules:
                    sums.append(sum([amounts[line] for line in lines]))
        scope = self.case.points_scope()
        if scope is not None:
            sums.append(sum([amount for line, amount in amounts.items() if line in scope]))
        return tuple(sums)


def _without_twins(coupons: list[Terms], case: Case) -> list[Terms]:
    """Where only one platform coupon may be used, of those with equal terms the one that wins the ties."""
    if case.rules.policy.coupons_platform != 1:
        return coupons
    kept: dict[object, Terms] = {}
    for terms in coupons:
        meaning = (terms.offer.scope, terms.offer.tiers)
        rival = kept.get(meaning)
        if rival is None or (terms.ends or _NEVER, terms.id) < (rival.ends or _NEVER, rival.id):
            kept[meaning] = terms
    return list(kept.values())
