"""Lower bounds: what a choice of coupons must cost at least, from sums alone.

Everything here errs to the low side, so a branch that is cut could not have won; amounts are decided by the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from settlement.discounts.order import FREIGHT_OFFERS
from settlement.discounts.terms import Terms
from settlement.engine.with_tax import least_tax

if TYPE_CHECKING:
    from settlement.engine.best_coupons.by_shop import ShopPlans
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case
    from settlement.freight.parcels import Parcel

__all__ = ["Dues", "Floor", "Form", "SureTake"]


class Form(NamedTuple):
    """A linear lower bound of goods and freight over the shops' plans; everything is scaled by `scale`."""

    scale: int
    constant: int
    #: By shop, by plan.
    costs: list[list[int]]
    #: Least cost of this shop and those after it.
    rest: list[int]

    def bound(self, spent: int, shop: int) -> int:
        """The least with the shops before `shop` decided."""
        return -(-(self.constant + spent + self.rest[shop]) // self.scale)


class SureTake(NamedTuple):
    """What a platform coupon surely takes of the net in its scope, as a ratio; one unit may be lost in all."""

    coupon: int
    numerator: int
    denominator: int


class Dues:
    """What comes after freight, at least: what rounding may take off, and what a fee adds."""

    def __init__(self, case: Case, points: int | None) -> None:
        rule, self.rounded = case.rules.round_total, case.rules.rounded
        self.slack = 0
        if rule is not None:
            self.slack = {"down": rule.unit.minor - 1, "half_up": rule.unit.minor // 2, "up": 0}[rule.mode]
        method = None if case.asked.method is None else case.rules.methods[case.asked.method]
        self.method = method if method is not None and method.borne_by == "buyer" else None
        self.worth = self._most_worth(case, points)
        #: The least that tax adds to goods and freight after points, as a ratio, and what rounding may lose of it.
        self.tax, self.tax_slack = (0, 1), 0
        #: Whether tax is taken out of the fee as well, of a buyer who pays none.
        self.less_fee = False
        if case.rules.taxes:
            fee_class = None if self.method is None else self.method.tax_class
            self.tax, self.tax_slack = least_tax(case, fee_class)
            self.less_fee = fee_class is not None and self.tax[0] < 0

    def _most_worth(self, case: Case, points: int | None) -> int:
        """The most that points can take off."""
        rule = case.rules.points
        if rule is None or points == 0:
            return 0
        balance = case.asked.customer.points
        count = balance if points is None else min(balance, points)
        return count * rule.worth.minor // rule.points

    def least_cost(self, bound: int) -> int:
        """The least cost (payable and the worth of points) where goods and freight come to at least `bound`."""
        bound = max(0, bound)
        least = bound - self.slack
        paid = bound - self.worth
        if self.tax_slack:
            numerator, denominator = self.tax
            tax = (bound if numerator < 0 else max(0, paid)) * numerator // denominator - self.tax_slack
            least, paid = least + tax, paid + tax
        if self.method is not None and paid > 0:
            fee = self.method.fee(paid, self.rounded)
            least += fee + fee * self.tax[0] // self.tax[1] if self.less_fee else fee
        return max(0, least)


class Floor:
    """What comes after the coupons on goods, at least: freight and its offers, points, fee and rounding."""

    def __init__(self, case: Case, ledger: Ledger, empty: Ledger | None, points: int | None, *, across: bool) -> None:
        self.case, self.ledger = case, ledger
        policy = case.rules.policy
        shipment = case.shipment
        self.basis = policy.free_shipping_amount
        self.combined = policy.freight_combination != "sum"
        self.parcels: dict[str, list[Parcel]] = {}
        for parcel in () if shipment is None else shipment.parcels:
            self.parcels.setdefault(parcel.shop, []).append(parcel)
        offers = case.promotions.get(FREIGHT_OFFERS, [])
        #: A freight offer's threshold looks at lines that a plan may change.
        thresholds = any(terms.by_left for terms in (*offers, *case.coupons.get(FREIGHT_OFFERS, ())))
        if case.apart and any(terms.offer.id in case.apart for terms in offers):
            thresholds = True  # which of them stand, coupons decide
        #: Free shipping looks at amounts that a plan changes.
        self.by_amount = shipment is not None and shipment.amounts_matter and self.basis != "goods"
        #: What platform coupons take counts against free shipping.
        self.by_share = self.by_amount and self.basis == "net"
        #: What a plan leaves of each single line matters, not only sums: a platform coupon's leftover units go by line,
        #: and so do thresholds of freight offers over some of them.
        #: So does tax, which differs from line to line.
        self.by_line = across or thresholds or bool(case.rules.taxes)
        self.fixed = 0
        if not self.by_amount and not thresholds:
            self.fixed = 0 if empty is None else sum(empty.freight or ())
        elif not self.by_amount and shipment is not None:
            charged = sum([each.fee + each.surcharge for each in shipment.charge(case.goods)])
            self.fixed = charged - self.most_off(offers)
        else:
            self.fixed = -self.most_off(offers)
        self.dues = Dues(case, points)
        self.least_cost = self.dues.least_cost

    def most_off(self, offers: Sequence[Terms]) -> int:
        """The most that these freight offers can take off."""
        shipment = self.case.shipment
        total = 0
        for terms in offers if shipment is not None else ():
            lines = frozenset(self.case.scope(terms))
            parcels = () if shipment is None else shipment.parcels
            within = sum([p.fee * p.count + p.surcharge for p in parcels if not lines.isdisjoint(p.lines)])
            bounds = [benefit.ceilings(len(lines), None, None) for _, _, benefit in terms.tiers]
            caps = [min([fixed + within * top // bottom for fixed, top, bottom in each]) for each in bounds]
            total += min(within, max(caps))
        return total

    def elsewhere(self, planned: frozenset[str]) -> int:
        """The constant: goods and freight that no plan changes."""
        ledger = self.ledger
        total = self.fixed
        for shop, lines in self.case.basket.by_shop.items():
            if shop not in planned:
                total += sum([ledger.net[line] for line in lines])
                if self.by_amount and not self.by_share:
                    total += self._least_elsewhere(shop)
        return total

    def _least_elsewhere(self, shop: str) -> int:
        parcels = self.parcels.get(shop, ())
        if self.combined and len(parcels) > 1:
            return 0
        total = 0
        for parcel in parcels:
            holds = [
                waives
                for least, lines, waives in parcel.amount_rules
                if sum([self.ledger.net[line] for line in lines]) + self.ledger.given_back(lines) >= least
            ]
            total += self._charged(parcel, free=bool(holds), waived=any(holds))
        return total

    def separable(self, shop: str) -> bool:
        """Whether, with no coupon across shops, the set that leaves the shop's goods cheapest is best for the whole.

        Freight must not look at what is left, nor a fee at what points take, nor may rounding make unequal costs equal.
        """
        policy = self.case.rules.policy
        if self.by_line or policy.round_total is not None or (self.dues.method is not None and self.dues.worth):
            return False
        return not self.by_amount or not self.parcels.get(shop)

    def of_plan(self, shop: ShopPlans, plan: int, taken: Sequence[SureTake]) -> int:
        """The least freight and surcharges of a shop under a plan, given what platform coupons surely take."""
        return self.of_plans(shop, taken, (plan,))[0]

    def of_plans(
        self, shop: ShopPlans, taken: Sequence[SureTake] = (), plans: Sequence[int] | None = None
    ) -> list[int]:
        """The same of several plans; of all where none are named."""
        plans = range(len(shop.plans)) if plans is None else plans
        if not self.by_amount or (self.combined and len(shop.parcels) > 1):
            # With several parcels, making one free may make another dearer: nothing better than 0 is certain.
            return [0] * len(plans)
        totals = [0] * len(plans)
        for place, parcel in enumerate(shop.parcels):
            paid = self._charged(parcel, free=False, waived=False)
            for at, plan in enumerate(plans):
                free = waived = False
                for least, full, lines, waives, within in shop.rules[plan][place]:
                    worth = full
                    if taken and worth >= least:
                        coupon, numerator, denominator = taken[0]
                        seen = shop.scoped(coupon, within)[plan]
                        worth -= max(0, seen * numerator // denominator - lines - 2)
                    if worth >= least:
                        free = True
                        waived = waived or waives
                totals[at] += self._charged(parcel, free=free, waived=waived) if free else paid
        return totals

    def _charged(self, parcel: Parcel, *, free: bool, waived: bool) -> int:
        pays = parcel.group.paying and not (free or parcel.free)
        fee = parcel.fee * (1 if self.combined else parcel.count) if pays else 0
        return fee + (0 if waived or parcel.waived else parcel.surcharge_at(fee))

    def points_base(self, lines: Sequence[int], net: Sequence[int]) -> int:
        """A plan's part of the net that points may pay for."""
        scope = self.case.points_scope()
        return 0 if scope is None else sum([left for line, left in zip(lines, net, strict=True) if line in scope])
