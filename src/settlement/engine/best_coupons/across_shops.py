"""What stands across shops: platform and freight coupons, and linear lower bounds of what they leave.

A *top* is a choice of them, each platform coupon with the tier that is assumed to hold. For a top, goods and freight
come to at least a sum over shops of the cheapest plan, because every benefit states linear ceilings of what it can take
off; where a tier's threshold would be missed, missing it is priced in (a Lagrange multiplier), and what a platform
coupon surely takes is counted against free shipping.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from settlement.discounts.order import PLATFORM_COUPONS
from settlement.engine.best_coupons.lower_bounds import Floor, Form, SureTake
from settlement.engine.best_coupons.most_off import Reach

if TYPE_CHECKING:
    from settlement.engine.best_coupons.by_shop import ShopPlans
    from settlement.engine.best_coupons.effort import Effort
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case

__all__ = ["Top", "Tops"]


class Top(NamedTuple):
    """Coupons across shops and the linear forms that bound what they leave."""

    names: tuple[str, ...]
    forms: tuple[Form, ...]
    #: For each assumed threshold: (place among the platform coupons, least net).
    needs: tuple[tuple[int, int], ...]
    #: Places among the platform coupons, and the tier of each; a node's nets are in this order.
    chosen: tuple[int, ...]
    assumed: tuple[int, ...]

    @property
    def bound(self) -> int:
        """Goods and freight come to at least this."""
        return max([form.bound(0, 0) for form in self.forms])


class Tops:
    """The shops' plans and the coupons across shops, and how a choice of these is bounded."""

    def __init__(
        self,
        case: Case,
        ledger: Ledger,
        floor: Floor,
        shops: Sequence[ShopPlans],
        platform: Sequence[Reach],
        freight: Sequence[Reach],
        effort: Effort,
    ) -> None:
        self.case, self.floor, self.shops, self.effort = case, floor, shops, effort
        self.platform, self.freight = platform, freight
        self.plans = sum([len(shop.plans) for shop in shops])
        planned = frozenset([shop.name for shop in shops])
        self.fixed = floor.elsewhere(planned)
        self._net, self._planned = ledger.net, planned
        self._fixed_scoped: dict[int, int] = {}
        self._most: dict[int, list[int]] = {}
        self._freights: dict[object, list[int]] = {}

    def fixed_scoped(self, at: int) -> int:
        """Net in a platform coupon's scope that no plan changes."""
        found = self._fixed_scoped.get(at)
        if found is None:
            names, lines = self.case.basket.shops, self.platform[at].lines
            self.effort.spend(len(lines))
            found = sum([self._net[line] for line in lines if names[line] not in self._planned])
            self._fixed_scoped[at] = found
        return found

    def most(self, at: int) -> list[int]:
        """By depth, the most that the shops from there on can leave in a platform coupon's scope."""
        found = self._most.get(at)
        if found is None:
            found = [self.fixed_scoped(at)]
            for shop in reversed(self.shops):
                found.append(found[-1] + max(shop.scoped(at)))
            found.reverse()
            self._most[at] = found
        return found

    def top(self, chosen: tuple[int, ...], assumed: tuple[int, ...], freight: tuple[int, ...]) -> Top:
        """The top of these platform coupons, by place and tier, and these freight coupons."""
        needs = []
        ceilings = []
        for at, tier in zip(chosen, assumed, strict=True):
            terms = self.platform[at].terms
            least = terms.tiers[tier][0]
            if least and terms.by_net and terms.condition is None:
                needs.append((at, least))
            ceilings.append(self._ceilings(at, tier))
        off_freight = sum([self.freight[at].most for at in freight])
        totals = [shop.totals for shop in self.shops]
        every = list(product(*ceilings))
        self.effort.spend(len(every) * (len(chosen) + 1) * (self.plans + 8) // 8)
        forms = [self._form(chosen, lines, off_freight, totals) for lines in every]
        names = (*(self.platform[at].terms.id for at in chosen), *(self.freight[at].terms.id for at in freight))
        return Top(names, tuple(forms), tuple(needs), chosen, assumed)

    def _ceilings(self, at: int, tier: int) -> list[tuple[int, int, int]]:
        """The linear ceilings of a platform coupon under a tier, less those that others undercut wherever it holds."""
        each = self.platform[at]
        terms, lines, basket = each.terms, each.lines, self.case.basket
        by_net = terms.by_net
        least, least_milli, _ = terms.tiers[tier]
        cap = (each.caps[each.tiers.index(tier)], 0, 1)
        lowest = 0
        if terms.condition is not None:
            stated = terms.ceilings(tier, len(lines), None, None)
        else:
            times = None if not least_milli else sum([basket.millis[line] for line in lines]) // least_milli
            if least and by_net:
                lowest = least
            elif least:
                full = sum([self.case.goods[line] for line in lines]) // least
                times = full if times is None else min(times, full)
            stated = terms.ceilings(tier, len(lines), least if by_net else None, times)
        # Both are straight lines: one that is not lower at either end of the net's range is not lower between them.
        kept: list[tuple[int, int, int]] = []
        for ceiling in (*stated, cap):
            if not any(_below(other, ceiling, lowest, self.most(at)[0]) for other in kept):
                kept = [other for other in kept if not _below(ceiling, other, lowest, self.most(at)[0])]
                kept.append(ceiling)
        return kept

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
        constant -= sum([weight * self.fixed_scoped(at) for at, weight in weights])
        return self._weighed(scale, constant, weights, totals)

    def _weighed(
        self, scale: int, constant: int, weights: Sequence[tuple[int, int]], totals: Sequence[Sequence[int]]
    ) -> Form:
        costs = []
        for shop, row in zip(self.shops, totals, strict=True):
            made = list(row) if scale == 1 else [scale * total for total in row]
            for at, weight in weights:
                made = [cost - weight * net for cost, net in zip(made, shop.scoped(at), strict=True)]
            costs.append(made)
        rest = [0]
        for made in reversed(costs):
            rest.append(rest[-1] + min(made))
        rest.reverse()
        return Form(scale, constant, costs, rest)

    # ------------------------------------------------------------------ sharper bounds, once a top or a leaf is next

    def sharpened(self, top: Top) -> Top:
        """The top with shares counted against free shipping, and with missed thresholds priced in."""
        forms = list(top.forms)
        taken = self._taken(top, None)
        if taken:
            self.effort.spend(8 * self.plans)
            added = [
                [
                    freight + net - total
                    for freight, net, total in zip(self._freight(shop, taken), shop.nets, shop.totals, strict=True)
                ]
                for shop in self.shops
            ]
            forms = [_dearer(form, added) for form in forms]
        for at, least in top.needs:
            self.effort.spend(2 * self.plans)
            forms += [priced for form in forms[:2] if (priced := self._priced(form, at, least)) is not None]
        return top._replace(forms=tuple(forms))

    def _freight(self, shop: ShopPlans, taken: Sequence[SureTake]) -> list[int]:
        """By plan, the least freight of a shop; asked for again at every leaf of a top."""
        known = (shop.name, *taken)
        found = self._freights.get(known)
        if found is None:
            found = self._freights[known] = self.floor.of_plans(shop, taken)
        return found

    def _taken(self, top: Top, net: int | None) -> tuple[SureTake, ...]:
        """What the first platform coupon surely takes of this net in its scope; None: of the most that there may be."""
        blunt = self.case.floors is not None or PLATFORM_COUPONS in self.case.units_used
        if not top.chosen or not self.floor.by_share or blunt:
            return ()
        at = top.chosen[0]
        most = self.most(at)[0] if net is None else net
        return (SureTake(at, *self.platform[at].terms.tiers[top.assumed[0]][2].at_least(most)),)

    def _priced(self, form: Form, at: int, least: int) -> Form | None:
        """Price missing a threshold in, where the cheapest plans would miss it: the best of a few multipliers."""
        reached = self.fixed_scoped(at)
        for shop, row in zip(self.shops, form.costs, strict=True):
            reached += shop.scoped(at)[row.index(min(row))]
        if reached >= least:
            return None
        best, price = form, 0
        for step in (8, 4, 2, 1):
            for tried in (price + step, price - step):
                if 0 < tried <= 32:
                    self.effort.spend(self.plans // 4)
                    candidate = self._multiplied(form, at, least, tried)
                    if candidate.bound(0, 0) > best.bound(0, 0):
                        best, price = candidate, tried
                        break
        return None if best is form else best

    def _multiplied(self, form: Form, at: int, least: int, price: int) -> Form:
        """The form plus price/16 × (least − net in scope), which is not above 0 wherever the tier holds."""
        weight = price * form.scale
        constant = form.constant * 16 + weight * (least - self.fixed_scoped(at))
        totals = [[16 * cost for cost in row] for row in form.costs]
        made = self._weighed(1, constant, [(at, weight)], totals)
        return made._replace(scale=form.scale * 16)

    def leaf_matters(self, top: Top) -> bool:
        """Whether knowing every plan says more than the forms do."""
        return bool(top.chosen) and self.floor.by_share

    def leaf_bound(self, top: Top, plans: Sequence[int], spent: Sequence[int], scoped: Sequence[int]) -> int:
        """With every plan known: freight counted with the share that the platform coupon really takes."""
        self.effort.spend(8 * len(self.shops))
        bound = max([form.bound(each, len(self.shops)) for form, each in zip(top.forms, spent, strict=True)])
        coarse, fine = self._taken(top, None), self._taken(top, self.fixed_scoped(top.chosen[0]) + scoped[0])
        more = sum(
            [
                self.floor.of_plan(shop, plan, fine) - self._freight(shop, coarse)[plan]
                for shop, plan in zip(self.shops, plans, strict=True)
            ]
        )
        plain = top.forms[0]
        return max(bound, plain.bound(spent[0], len(self.shops)) + more)


def _below(one: tuple[int, int, int], other: tuple[int, int, int], lowest: int, highest: int) -> bool:
    """Whether a ceiling is nowhere above another from the lowest to the highest net."""
    return all(
        (one[0] * one[2] + net * one[1]) * other[2] <= (other[0] * other[2] + net * other[1]) * one[2]
        for net in (lowest, max(lowest, highest))
    )


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
