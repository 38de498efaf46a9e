"""What each shop's coupons can do: its plans, and what each plan leaves where it matters to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from settlement.discounts.units_left import UnitsLeft
from settlement.engine.attempt import attempt, used_units
from settlement.engine.best_coupons.most_off import NEVER, Reach, highest

if TYPE_CHECKING:
    from settlement.engine.best_coupons.effort import Effort
    from settlement.engine.best_coupons.lower_bounds import Floor
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case
    from settlement.freight.parcels import Parcel

__all__ = ["Plan", "Scopes", "ShopPlans", "together"]


def together(case: Case, names: Sequence[str]) -> bool:
    """Whether coupons of these ids may stand together, as far as they say with whom they stand."""
    ids = [case.known_coupons[name].offer.id for name in names]
    return not any(other in case.apart.get(one, ()) for at, one in enumerate(ids) for other in ids[at + 1 :])


class Plan(NamedTuple):
    """One admissible set of a shop's coupons and what it leaves of the shop's lines."""

    names: tuple[str, ...]
    net: tuple[int, ...]
    gifts: int


#: A plan, what it leaves of every line, and of the units for later coupons of its shops where some use theirs up.
_Tried: TypeAlias = "tuple[Plan, list[int], UnitsLeft | None]"

#: A parcel's free entry under a plan: the least it asks for, what its lines are worth, how many they are, whether it
#: waives the surcharge, and which of the shop's lines it looks at (None: all).
AmountRule: TypeAlias = tuple[int, int, int, bool, tuple[bool, ...] | None]


class Scopes:
    """The lines of the platform's coupons as sets; only few are ever asked for."""

    def __init__(self, coupons: Sequence[Reach], effort: Effort) -> None:
        self.coupons, self.effort = coupons, effort
        self._made: dict[int, frozenset[int]] = {}

    def __getitem__(self, coupon: int) -> frozenset[int]:
        """Those of the coupon at this place."""
        found = self._made.get(coupon)
        if found is None:
            lines = self.coupons[coupon].lines
            self.effort.look(len(lines))
            found = self._made[coupon] = frozenset(lines)
        return found


class ShopPlans:
    """A shop with coupons: its plans and, plan by plan, the sums that everything after them looks at."""

    def __init__(
        self,
        case: Case,
        ledger: Ledger,
        name: str,
        coupons: Sequence[Reach],
        scopes: Scopes,
        floor: Floor,
        effort: Effort,
        share: int,
    ) -> None:
        self.case, self.ledger, self.name, self.effort = case, ledger, name, effort
        self.lines = case.basket.by_shop[name]
        self.parcels: Sequence[Parcel] = floor.parcels.get(name, ())
        self.scopes = scopes
        self._seen: dict[int, list[int]] = {}
        self._scoped: dict[tuple[int, tuple[bool, ...] | None], list[int]] = {}
        #: Of each parcel's free entries: which of the shop's lines it looks at; None: all.
        self.within: list[list[tuple[bool, ...] | None]] = []
        #: Of each, what the net of these lines must come to.
        self.leasts: list[list[int]] = []
        if floor.by_amount:
            self.within = [[self._within(lines) for _, lines, _ in parcel.amount_rules] for parcel in self.parcels]
            back = ledger.given_back
            self.leasts = [[least - back(lines) for least, lines, _ in parcel.amount_rules] for parcel in self.parcels]
        #: What a plan has looked at when it is kept: its lines, and those of each free entry.
        self.looks = len(self.lines) * (1 + sum([len(each) for each in self.within]))
        #: States that enumeration may go up to, and all of the shop.
        self.coupons, self.stop, self.end = coupons, effort.spent + share // 2, effort.spent + share
        #: Whether every plan that could matter is there.
        self.whole = True
        #: Whether a plan that leaves more than another is worse, whatever follows; and the least that any leaves.
        self.lean = floor.separable(name) and not any(each.terms.offer.id in case.apart for each in coupons)
        everything = [Plan((), tuple([ledger.net[line] for line in self.lines]), 0)]
        self.least = sum(everything[0].net)
        if self.lean:
            self._greedy(everything)
        self._extend(0, ledger.net, everything, everything[0])
        if not self.whole and not self.lean:
            self._greedy(everything)
        self.plans: list[Plan] = []
        #: Net of the shop, and free entries by parcel.
        self.nets: list[int] = []
        self.rules: list[list[list[AmountRule]]] = []
        self._keep(everything, floor)
        self.totals = [net + freight for net, freight in zip(self.nets, floor.of_plans(self), strict=True)]

    def _attempt(self, at: int, nets: Sequence[int], plan: Plan, before: UnitsLeft | None) -> _Tried | None:
        """A plan with one more coupon, really applied, and what it leaves; None where the coupon takes no effect."""
        case, each = self.case, self.coupons[at]
        self.effort.spend(each.looks + self.looks + len(nets) // 8)
        by_net, lines = each.terms.by_net, each.lines
        seen, amounts = nets, nets if by_net else case.goods
        if before is not None:
            lines, seen, amounts = before.among(lines), before.nets, before.nets if by_net else before.goods
            if not lines:
                return None
        reason, _, off, gift, tried = attempt(case, each.terms, lines, seen, amounts, None, before)
        if reason is not None:
            return None
        behind = before
        if before is not None or each.terms.uses_units:
            behind = before or UnitsLeft(nets, case.basket.millis, case.goods)
            used = used_units(case, each.terms, lines, seen, tried, before) if each.terms.uses_units else None
            behind = behind.after(lines, off, used)
        left = list(nets)
        for line, share in zip(lines, off, strict=True):
            left[line] -= share
        gifts = plan.gifts + (gift[1] if gift else 0)
        return Plan((*plan.names, each.terms.id), tuple([left[line] for line in self.lines]), gifts), left, behind

    def _extend(
        self, first: int, nets: Sequence[int], plans: list[Plan], plan: Plan, left: UnitsLeft | None = None
    ) -> None:
        """Every admissible set that adds some of the coupons from `first` on, in their order, to a plan."""
        room = self.case.rules.policy.coupons_per_shop - len(plan.names)
        if room <= 0:
            return
        case = self.case
        for at in range(first, len(self.coupons)):
            if self.effort.spent > self.stop:
                self.whole = False
                return
            if case.apart and not together(case, (*plan.names, self.coupons[at].terms.id)):
                continue
            if self.lean:
                rest = [each.most for each in self.coupons[at + 1 :]]
                if sum(plan.net) - self.coupons[at].most - highest(rest, room - 1) > self.least:
                    continue
            made = self._attempt(at, nets, plan, left)
            if made is not None:
                self.least = min(self.least, sum(made[0].net))
                plans.append(made[0])
                self._extend(at + 1, made[1], plans, made[0], made[2])

    def _greedy(self, plans: list[Plan]) -> None:
        """Beginnings of a good plan: always the coupon that leaves least beside those already there."""
        used: list[int] = []
        for _ in range(self.case.rules.policy.coupons_per_shop):
            best: tuple[int, int, Plan] | None = None
            for at in range(len(self.coupons)):
                if self.effort.spent > self.end:
                    return
                made = None if at in used else self._applied(sorted([*used, at]))
                if made is not None and (best is None or sum(made.net) < best[0]):
                    best = (sum(made.net), at, made)
            if best is None:
                return
            used.append(best[1])
            plans.append(best[2])
            self.least = min(self.least, best[0])

    def _applied(self, places: Sequence[int]) -> Plan | None:
        """A set of coupons as a plan; None where one of them takes no effect."""
        net = self.ledger.net
        plan, nets = Plan((), tuple([net[line] for line in self.lines]), 0), net
        left: UnitsLeft | None = None
        for at in places:
            made = self._attempt(at, nets, plan, left)
            if made is None:
                return None
            plan, nets, left = made
        return plan

    def _keep(self, plans: Sequence[Plan], floor: Floor) -> None:
        """Of plans that mean the same to all that follows only the one that wins the ties."""
        case, known = self.case, self.case.known_coupons
        kept: dict[object, tuple[tuple[object, ...], int]] = {}
        for plan in plans:
            net = plan.net
            total = sum(net)
            if self.lean and total > self.least:
                continue
            rules = self._rules(net, total) if floor.by_amount else []
            meaning: object = net
            if not floor.by_line:  # no platform coupon looks at what is left either
                meaning = (total, str(rules), floor.points_base(self.lines, net))
            if case.apart:  # which others may stand beside it
                meaning = (meaning, tuple([name for name in plan.names if known[name].offer.id in case.apart]))
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
            self.rules.append(rules)

    def _within(self, lines: Sequence[int]) -> tuple[bool, ...] | None:
        if len(lines) == len(self.lines):
            return None
        inside = frozenset(lines)
        return tuple([line in inside for line in self.lines])

    def _rules(self, net: Sequence[int], total: int) -> list[list[AmountRule]]:
        """The free entries of each parcel under a plan."""
        found: list[list[AmountRule]] = []
        for parcel, entries, leasts in zip(self.parcels, self.within, self.leasts, strict=True):
            rows: list[AmountRule] = []
            for (_, lines, waives), within, least in zip(parcel.amount_rules, entries, leasts, strict=True):
                worth = total if within is None else sum(compress(net, within))
                rows.append((least, worth, len(lines), waives, within))
            found.append(rows)
        return found

    def scoped(self, coupon: int, within: tuple[bool, ...] | None = None) -> list[int]:
        """By plan, the net of this shop's lines in a platform coupon's scope, or of a free entry's; summed once.

        Only few platform coupons are ever looked at so closely.
        """
        found = self._scoped.get((coupon, within))
        if found is None:
            seen = self._seen.get(coupon)
            if seen is None:
                scope = self.scopes[coupon]
                seen = self._seen[coupon] = [at for at, line in enumerate(self.lines) if line in scope]
            if within is not None:
                seen = [at for at in seen if within[at]]
            self.effort.spend(len(self.lines) + len(seen) * len(self.plans))
            if len(seen) == len(self.lines):
                found = self.nets
            else:
                found = [sum([plan.net[at] for at in seen]) for plan in self.plans]
            self._scoped[coupon, within] = found
        return found
