"""An offer made ready to be tried at its turn, and found by what it touches (contract §4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress
from typing import TYPE_CHECKING, Final

from settlement.discounts.benefit import Benefit
from settlement.discounts.fence import fenced
from settlement.discounts.offers import Offer, Promotion, Scope
from settlement.discounts.order import (
    FREIGHT_OFFERS,
    ITEM_PROMOTIONS,
    PLATFORM_COUPONS,
    PLATFORM_PROMOTIONS,
    SHOP_COUPONS,
    SHOP_PROMOTIONS,
)
from settlement.documents.json_text import Amounts
from settlement.documents.meaning import meaning
from settlement.documents.own_kinds import stateable
from settlement.documents.scalars import milli, rate

if TYPE_CHECKING:
    from settlement.cart.columns import Basket
    from settlement.cart.customer import Customer
    from settlement.discounts.condition import Condition

__all__ = ["OfferIndex", "ScopeTerms", "Terms", "lines_in_scope", "narrowed"]

#: A line that is taken out of a list by halving costs as much as so many that are looked at.
FEW: Final = 64


class ScopeTerms:
    """A scope with its sets ready; `shop` restricts to one shop."""

    __slots__ = ("categories", "exclude_categories", "exclude_skus", "plain", "shop", "shops", "skus")

    def __init__(self, scope: Scope | None, shop: str | None) -> None:
        scope = scope or Scope()
        self.shop = shop
        self.skus, self.categories, self.shops = _set(scope.skus), _set(scope.categories), _set(scope.shops)
        self.exclude_skus = frozenset(scope.exclude_skus or ())
        self.exclude_categories = frozenset(scope.exclude_categories or ())
        #: Restricted by nothing but the shop.
        self.plain = scope == Scope()

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal where the lines are the same in any basket."""
        return self.shop, self.skus, self.categories, self.shops, self.exclude_skus, self.exclude_categories


class Terms(ScopeTerms):
    """An offer with its numbers ready: integers, sets, and its place in the order."""

    __slots__ = (
        "acts", "by_customer", "condition", "conditions", "consumes", "counts", "coupon", "coupons_allowed", "ends",
        "every", "exclusive", "id", "key", "levels", "new_only", "number", "offer", "on_freight", "orderly", "share",
        "sort", "starts", "texts", "tiers",
    )  # fmt: skip

    def __init__(self, offer: Offer, *, coupon: bool) -> None:
        #: The issuing shop is None for the platform.
        super().__init__(offer.scope, None if offer.issuer == "platform" else offer.issuer)
        #: What facts say of a tier, written once: they are the same in every settlement.
        self.texts: dict[object, str] = {}
        self.offer = offer
        self.id = offer.id
        self.coupon = coupon
        #: The lines that the tiers' conditions look at, where they are not those of the scope.
        self.condition = None
        if offer.condition_scope is not None:
            self.condition = ScopeTerms(offer.condition_scope, self.shop)
        #: What must hold before any coupon is chosen, beside the tiers' thresholds.
        self.conditions = tuple([stateable(condition) for condition in offer.conditions])
        if len(self.conditions) > 1:  # in the order of the digest: how a rulebook is written decides nothing
            self.conditions = tuple(sorted(self.conditions, key=_meaning))
        self.on_freight = offer.on_freight
        self.number = self._number(offer)
        self.key = (-offer.priority, offer.id)
        #: Coupons of one sort share a count of the policy.
        self.sort = (self.number, self.shop if self.number == SHOP_COUPONS else None)
        self.starts, self.ends = offer.valid_from, offer.valid_until
        self.levels = None if offer.levels is None else frozenset(offer.levels)
        self.new_only = offer.new_customers_only
        self.exclusive = offer.exclusive
        self.coupons_allowed = offer.coupons_allowed if isinstance(offer, Promotion) else True
        self.tiers: tuple[tuple[int | None, int | None, Benefit], ...] = tuple(
            (
                None if tier.min_amount is None else tier.min_amount.minor,
                None if tier.min_quantity is None else milli(tier.min_quantity),
                fenced(tier.benefit),
            )
            for tier in offer.tiers
        )
        #: What each tier's benefit does: takes off, and gives along, or None where it never gives anything.
        self.acts = tuple([(benefit.off, benefit.gift if benefit.gives else None) for _, _, benefit in self.tiers])
        #: Some tier asks for a quantity.
        self.counts = any(min_milli is not None for _, min_milli, _ in self.tiers)
        #: Some tier counts how often its condition is met.
        self.every = any(getattr(benefit, "every", False) for _, _, benefit in self.tiers)
        #: What is consumed where it applies: one of the coupons held, one use of a limited offer.
        limited = offer.limit_per_customer is not None or offer.limit_in_all is not None
        self.consumes = (("coupon",) if coupon else ()) + (("use",) if limited else ())
        #: Some tier's benefit looks at what the customer bought of it before.
        self.by_customer = any(tier.benefit.by_customer for tier in offer.tiers)
        #: It takes off goods, gives nothing along, and each tier leaves at least as much of more net: so more coupons
        #: never cost more.
        self.orderly = (
            self.condition is None
            and not self.on_freight
            and all(benefit.keeps_order and not benefit.gives for _, _, benefit in self.tiers)
        )
        #: What the platform bears, as a ratio; None: nothing.
        self.share = rate(offer.borne) if offer.borne else None

    def _used_up(self, customer: Customer) -> bool:
        offer = self.offer
        for use in customer.usage:
            if use.rule == offer.id:
                per_customer, in_all = offer.limit_per_customer, offer.limit_in_all
                return (per_customer is not None and use.by_customer >= per_customer) or (
                    in_all is not None and use.in_all >= in_all
                )
        return False

    def _number(self, offer: Offer) -> int:
        """The contract's number (`order`)."""
        if self.on_freight:
            return FREIGHT_OFFERS
        if self.coupon:
            return PLATFORM_COUPONS if self.shop is None else SHOP_COUPONS
        if isinstance(offer, Promotion) and offer.stage == "item":
            return ITEM_PROMOTIONS
        return PLATFORM_PROMOTIONS if self.shop is None else SHOP_PROMOTIONS

    def refused(self, at: datetime, customer: Customer) -> str | None:
        """Why this customer can't have the offer at this instant, or None."""
        if self.starts is not None and at < self.starts:
            return "not_started"
        if self.ends is not None and at >= self.ends:
            return "expired"
        if self.levels is not None and customer.level not in self.levels:
            return "wrong_level"
        if self.new_only and not customer.new:
            return "not_new_customer"
        if customer.usage and self._used_up(customer):
            return "used_up"
        return None


def _meaning(condition: Condition) -> str:
    return meaning(condition, Amounts("CNY"))  # amounts of a kind of one's own are written in their own currency


def _set(ids: Iterable[str] | None) -> frozenset[str] | None:
    return None if ids is None else frozenset(ids)


class OfferIndex:
    """Offers by the narrowest thing that their scope names, so that only those that may touch a cart are looked at."""

    __slots__ = ("_by_category", "_by_shop", "_by_sku", "_everywhere", "count")

    def __init__(self, offers: Iterable[Terms]) -> None:
        self._by_sku: dict[str, list[Terms]] = {}
        self._by_shop: dict[str, list[Terms]] = {}
        self._by_category: dict[str, list[Terms]] = {}
        self._everywhere: list[Terms] = []
        self.count = 0
        for terms in offers:
            self.count += 1
            if terms.skus is not None:
                _file(self._by_sku, terms.skus, terms)
            elif terms.shop is not None:
                _file(self._by_shop, (terms.shop,), terms)
            elif terms.shops is not None:
                _file(self._by_shop, terms.shops, terms)
            elif terms.categories is not None:
                _file(self._by_category, terms.categories, terms)
            else:
                self._everywhere.append(terms)

    def touching(self, basket: Basket) -> list[Terms]:
        """The offers that may find a line of the basket in their scope, in the contract's order."""
        found = {terms.id: terms for terms in self._everywhere}
        if self._by_sku:
            _collect(found, self._by_sku, basket.by_sku)
        if self._by_shop:
            _collect(found, self._by_shop, basket.by_shop)
        if self._by_category:
            _collect(found, self._by_category, basket.by_category)
        if len(found) < 2:
            return list(found.values())
        return sorted(found.values(), key=lambda terms: (terms.number, terms.key))


def _collect(found: dict[str, Terms], index: dict[str, list[Terms]], keys: Iterable[str]) -> None:
    for key in keys:
        for terms in index.get(key, ()):
            found[terms.id] = terms


def _file(index: dict[str, list[Terms]], keys: Iterable[str], terms: Terms) -> None:
    for key in keys:
        index.setdefault(key, []).append(terms)


def lines_in_scope(terms: ScopeTerms, basket: Basket) -> Sequence[int]:
    """The lines that the offer sees, in order of id; excluded and exclusive lines are not looked at here."""
    lines: Sequence[int]
    if terms.plain and not basket.money:
        return basket.places if terms.shop is None else basket.by_shop.get(terms.shop, ())
    if terms.shop is not None:
        lines = basket.by_shop.get(terms.shop, ())
        if terms.skus is not None:
            lines = [line for line in lines if basket.skus[line] in terms.skus]
    elif terms.skus is not None:
        lines = _of_skus(terms.skus, basket)
    elif terms.categories is not None:
        found = terms.categories & basket.by_category.keys()
        lines = sorted(set().union(*[basket.by_category[category] for category in found]))
    else:
        lines = basket.every
    if terms.shops is not None:
        lines = [line for line in lines if basket.shops[line] in terms.shops]
    if terms.categories is not None and (terms.shop is not None or terms.skus is not None):
        lines = [line for line in lines if not terms.categories.isdisjoint(basket.categories[line])]
    if terms.exclude_skus:
        lines = narrowed(lines, _under(basket.by_sku, terms.exclude_skus))
    if basket.money:
        lines = [line for line in lines if line not in basket.money]
    if terms.exclude_categories:
        lines = narrowed(lines, _under(basket.by_category, terms.exclude_categories))
    return lines


def _of_skus(skus: frozenset[str], basket: Basket) -> Sequence[int]:
    """The lines of some skus: few are looked up, of many each line is."""
    if len(skus) > len(basket.every) // 8:
        return list(compress(basket.every, map(skus.__contains__, basket.skus)))
    return sorted([line for sku in skus & basket.by_sku.keys() for line in basket.by_sku[sku]])


def _under(index: Mapping[str, Iterable[int]], keys: frozenset[str]) -> frozenset[int]:
    """The lines under some of these keys."""
    return frozenset().union(*[index[key] for key in keys & index.keys()])


def narrowed(lines: Sequence[int], without: Collection[int]) -> Sequence[int]:
    """The lines, which are in order, less those that others took."""
    if not without:
        return lines
    if len(lines) < FEW * len(without):
        return [line for line in lines if line not in without]
    left = list(lines)
    for line in without:
        at = bisect_left(left, line)
        if at < len(left) and left[at] == line:
            del left[at]
    return left
