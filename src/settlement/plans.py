"""What each shop's coupons can do: its plans, and what each plan leaves where it matters to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from settlement.discounts.terms import Terms, narrowed

if TYPE_CHECKING:
    from settlement.bounds import Floor
    from settlement.case import Case
    from settlement.freight.parcels import Parcel
    from settlement.ledger import Ledger

__all__ = ["NEVER", "Plan", "ShopPlans"]

NEVER = datetime.max.replace(tzinfo=UTC)


class Plan(NamedTuple):
    """One admissible set of a shop's coupons and what it leaves of the shop's lines."""

    names: tuple[str, ...]
    net: tuple[int, ...]
    gifts: int


class AmountRule(NamedTuple):
    """A parcel's free entry under a plan: what its lines are worth, and how much of that a platform coupon sees."""

    least: int
    worth: int
    scoped: tuple[int, ...]
    lines: int
    waives: bool


class ShopPlans:
    """A shop with coupons: its plans and, plan by plan, the sums that everything after them looks at."""

    def __init__(
        self,
        case: Case,
        ledger: Ledger,
        name: str,
        coupons: Sequence[Terms],
        scopes: Sequence[frozenset[int]],
        floor: Floor,
    ) -> None:
        self.case, self.ledger, self.name = case, ledger, name
        self.lines = case.basket.by_shop[name]
        self.states = 0
        #: Of each platform coupon's scope: the places among this shop's lines.
        self.seen = [[at for at, line in enumerate(self.lines) if line in scope] for scope in scopes]
        everything = [Plan((), tuple([ledger.net[line] for line in self.lines]), 0)]
        self._extend(coupons, ledger.net, everything, everything[0])
        self.plans: list[Plan] = []
        #: Net of the shop, net in each platform coupon's scope; and free entries by parcel.
        self.nets: list[int] = []
        self.scoped: list[list[int]] = []
        self.rules: list[list[list[AmountRule]]] = []
        self.parcels: Sequence[Parcel] = floor.parcels.get(name, ())
        self._keep(everything, floor)
        self.totals = [net + floor.of_plan(self, at) for at, net in enumerate(self.nets)]

    def _extend(self, coupons: Sequence[Terms], nets: Sequence[int], plans: list[Plan], plan: Plan) -> None:
        """Every admissible set that adds some of these coupons, in their order, to a plan."""
        case, ledger = self.case, self.ledger
        policy = case.rules.policy
        if len(plan.names) >= policy.coupons_per_shop:
            return
        amounts = case.goods if policy.threshold_amount == "goods" else nets
        for place, terms in enumerate(coupons):
            self.states += 1
            if self.states > policy.search_limit:
                return
            lines = narrowed(case.scope(terms), ledger.barred)
            reason, _, off, gift, _ = case.attempt(terms, lines, nets, amounts)
            if reason is not None:
                continue
            left = list(nets)
            for line, share in zip(lines, off, strict=True):
                left[line] -= share
            gifts = plan.gifts + (gift[1] if gift else 0)
            longer = Plan((*plan.names, terms.id), tuple([left[line] for line in self.lines]), gifts)
            plans.append(longer)
            self._extend(coupons[place + 1 :], left, plans, longer)

    def _keep(self, plans: Sequence[Plan], floor: Floor) -> None:
        """Of plans that mean the same to all that follows only the one that wins the ties."""
        known = self.case.known_coupons
        kept: dict[object, tuple[tuple[object, ...], int]] = {}
        for plan in plans:
            net = plan.net
            total = sum(net)
            scoped = [total if len(seen) == len(net) else sum([net[at] for at in seen]) for seen in self.seen]
            rules = self._rules(net, total, scoped) if floor.by_amount else []
            meaning: object = net
            if not floor.by_line:
                meaning = (total, tuple(scoped), str(rules), floor.points_base(self.lines, net))
            rank = (
                -plan.gifts,
                len(plan.names),
                sorted([known[n].ends or NEVER for n in plan.names]),
                sorted(plan.names),
            )
            if meaning in kept:
                before, at = kept[meaning]
                if rank < before:
                    kept[meaning] = (rank, at)
                    self.plans[at] = plan
                continue
            kept[meaning] = (rank, len(self.plans))
            self.plans.append(plan)
            self.nets.append(total)
            self.scoped.append(scoped)
            self.rules.append(rules)

    def _rules(self, net: Sequence[int], total: int, scoped: Sequence[int]) -> list[list[AmountRule]]:
        """The free entries of each parcel under a plan."""
        found = []
        for parcel in self.parcels:
            rows = []
            for least, lines, waives in parcel.amount_rules:
                if len(lines) == len(self.lines):
                    rows.append(AmountRule(least, total, tuple(scoped), len(lines), waives))
                    continue
                within = [line in lines for line in self.lines]
                worth = sum([left for left, inside in zip(net, within, strict=True) if inside])
                part = tuple([sum([net[at] for at in seen if within[at]]) for seen in self.seen])
                rows.append(AmountRule(least, worth, part, len(lines), waives))
            found.append(rows)
        return found
