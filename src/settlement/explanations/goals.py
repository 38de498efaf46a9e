"""What a larger cart could reach: free shipping that was missed, offers that their threshold refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, Protocol

from settlement.discounts.offers import Scope
from settlement.discounts.terms import ScopeTerms, Terms, lines_in_scope
from settlement.documents.scalars import milli, returned_quantity
from settlement.engine.question import Case
from settlement.engine.settle import settle
from settlement.explanations.parcel import reckoned
from settlement.freight.parcels import Parcel
from settlement.freight.templates import Free
from settlement.money import Money
from settlement.receipts.settlement import Settlement

__all__ = ["Gap", "Goal", "goals"]

#: Coupons that stand behind another, those that lack least.
_BEHIND: Final = 5
#: Reasons that more goods may mend.
_LACKING: Final = frozenset({"below_amount", "below_quantity", "condition_not_met"})
#: Reasons of a coupon whose place another has, before anybody looked at its threshold.
_TAKEN: Final = frozenset({"limit_reached", "exclusive"})


def goals(case: Case, now: Settlement) -> list[tuple[Goal, Gap]]:
    """All of them with what each lacks, those that lack least first, amounts before pieces."""
    return sorted((*_free_shipping(case, now), *_offers(case, now)), key=lambda each: (each[1].few, each[1].short))


class Gap(NamedTuple):
    """What is missing, in minor units and in thousandths of a piece; 0 and 0: something else, or nothing."""

    short: int
    few: int
    #: By how much the amount is above its threshold where the goal is reached; 0 also where nobody knows.
    over: int = 0


class Goal(Protocol):
    """Something that a larger cart could reach."""

    kind: Literal["free_shipping", "offer"]
    shop: str | None
    rule: str
    name: str
    #: Places in the basket of the lines of which more would count.
    lines: Sequence[int]
    #: Whether only certain skus count, so that no other article does.
    same_sku: bool
    #: From where the parcel goes that is to be free.
    warehouse: str | None

    def reached(self, then: Settlement) -> bool:
        """Whether a settlement has it."""

    def gap(self, then: Settlement) -> Gap:
        """How far a settlement is from it."""


class _FreeShipping:
    """A parcel made free by one entry of its template."""

    kind: Literal["free_shipping", "offer"] = "free_shipping"
    same_sku = False

    def __init__(self, case: Case, parcel: Parcel, entry: Free) -> None:
        self.shop: str | None = parcel.shop
        self.rule, self.warehouse = parcel.tariff.template.id, parcel.warehouse
        self.name = parcel.tariff.template.name or self.rule
        self._entry = entry
        self._book = case.rules.book
        basket = case.basket
        counted = [
            line for line in basket.by_shop[parcel.shop] if entry.basis == "shop" or basket.templates[line] == self.rule
        ]
        #: The parcel's own first, so that what is added is sent along with it.
        self.lines: Sequence[int] = sorted(counted, key=lambda line: line not in parcel.lines)
        self._not_counted = frozenset(basket.ids) - {basket.ids[line] for line in counted}

    def reached(self, then: Settlement) -> bool:
        key = (self.shop, self.rule, self.warehouse)
        return any(parcel.free and parcel[:3] == key for parcel in then.parcels)

    def gap(self, then: Settlement) -> Gap:
        counted = {line.id for line in then.lines} - self._not_counted
        amount, pieces = reckoned(then, self._book, counted)
        entry = self._entry
        short = 0 if entry.min_amount is None else entry.min_amount.minor - amount
        few = 0 if entry.min_quantity is None else milli(entry.min_quantity) - pieces * 1000
        return Gap(max(0, short), max(0, few), max(0, -short))


class _Offer:
    """An offer that applies."""

    kind: Literal["free_shipping", "offer"] = "offer"
    warehouse: str | None = None

    def __init__(self, case: Case, terms: Terms, *, behind: bool) -> None:
        self.shop, self.rule = terms.shop, terms.id
        condition = case.condition(terms)
        self.lines = case.scope(terms) if condition is None else condition
        self.name = _name(terms)
        counts = terms if terms.condition is None else terms.condition
        self.same_sku = counts.skus is not None
        self._case, self._least = case, terms.tiers[0][0]
        #: Another coupon was used in its place, so that its decision does not say what is missing.
        self._behind = behind
        unmet = case.unmet(terms) if terms.conditions else None
        if unmet is not None and unmet["unmet"]["type"] == "cart_holds":
            wanted = Scope(skus=unmet["unmet"].get("skus"), categories=unmet["unmet"].get("categories"))
            self.lines = lines_in_scope(ScopeTerms(wanted, terms.shop), case.basket)

    def reached(self, then: Settlement) -> bool:
        return any(each.rule == self.rule and each.outcome == "applied" for each in then.decisions)

    def gap(self, then: Settlement) -> Gap:
        if self.reached(then):
            basis = next(each.facts.get("basis") for each in then.decisions if each.rule == self.rule)
            return Gap(0, 0, 0 if basis is None or self._least is None else Money(basis).minor - self._least)
        for each in then.decisions if not self._behind else self._alone(then).decisions:
            if each.rule == self.rule and each.shortfall is not None:
                if isinstance(each.shortfall, Money):
                    return Gap(each.shortfall.minor, 0)
                return Gap(0, milli(each.shortfall))
            if each.rule == self.rule and each.facts.get("unmet", {}).get("type") == "cart_holds":
                wanted, held = each.facts["unmet"]["min_quantity"], each.facts["why"]["held"]
                return Gap(0, milli(returned_quantity(wanted)) - milli(returned_quantity(held)))
        return Gap(0, 0)

    def _alone(self, then: Settlement) -> Settlement:
        """What the coupon lacks with no other beside it."""
        checkout = then.made_from[0] if then.made_from else self._case.checkout
        choice = checkout.choice.model_copy(update={"coupons": (self.rule,)})
        return settle(checkout.model_copy(update={"choice": choice}), self._case.rules.book)


def _name(terms: Terms) -> str:
    """As people see it; a further copy of a coupon is told apart."""
    name, copy = terms.offer.name or terms.offer.id, terms.id.removeprefix(terms.offer.id)
    return f"{name} {copy}" if copy else name


def _free_shipping(case: Case, now: Settlement) -> Iterator[tuple[Goal, Gap]]:
    """Each free entry of a parcel that is paid for: what goes from another warehouse may hold too many units for it."""
    if case.shipment is None:
        return
    for parcel, paid in zip(case.shipment.parcels, now.parcels, strict=True):
        for entry in parcel.match.free:
            if paid.fee and not paid.free:
                goal = _FreeShipping(case, parcel, entry)
                yield goal, goal.gap(now)


def _offers(case: Case, now: Settlement) -> Iterator[tuple[Goal, Gap]]:
    """Each offer that its first threshold refused, also those whose place another coupon has taken meanwhile."""
    reasons = {each.rule: each.reason for each in now.decisions}
    behind: list[tuple[Goal, Gap]] = []
    for terms in (terms for offers in (*case.promotions.values(), *case.coupons.values()) for terms in offers):
        taken = terms.coupon and case.checkout.choice.coupons == "best" and reasons.get(terms.id) in _TAKEN
        goal = _Offer(case, terms, behind=taken)
        if goal.lines and reasons.get(terms.id) in _LACKING:
            yield goal, goal.gap(now)
        elif goal.lines and taken and any(found := goal.gap(now)):
            behind.append((goal, found))
    yield from sorted(behind, key=lambda each: (each[1].few, each[1].short, each[0].rule))[:_BEHIND]
