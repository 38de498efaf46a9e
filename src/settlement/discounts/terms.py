"""An offer made ready to be tried at its turn, and found by what it touches (contract §4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from settlement.discounts.benefit import Benefit
from settlement.discounts.fence import fenced
from settlement.discounts.listed import Listed
from settlement.discounts.offers import Offer, Promotion, Scope
from settlement.discounts.order import (
    FREIGHT_OFFERS,
    ITEM_PROMOTIONS,
    PLATFORM_COUPONS,
    PLATFORM_PROMOTIONS,
    SHOP_COUPONS,
    SHOP_PROMOTIONS,
)
from settlement.discounts.staged import Staged
from settlement.documents.json_text import Amounts
from settlement.documents.meaning import meaning
from settlement.documents.own_kinds import stateable
from settlement.documents.region import contains
from settlement.documents.scalars import milli, rate

if TYPE_CHECKING:
    from settlement.cart.columns import Basket
    from settlement.cart.customer import Customer
    from settlement.discounts.condition import Condition

__all__ = ["OfferIndex", "ScopeTerms", "Terms", "lines_in_scope", "narrowed"]

#: A line that is taken out of a list by halving costs as much as so many that are looked at.
FEW: Final = 64
_ALONE: Final = Listed(())


class ScopeTerms:
    """A scope with its sets ready; `shop` restricts to one shop."""

    __slots__ = (
        "categories", "exclude_categories", "exclude_reduced", "exclude_skus", "listed", "methods", "plain", "shop",
        "shops", "skus",
    )  # fmt: skip

    def __init__(self, scope: Scope | None, shop: str | None, methods: Sequence[str] | None = None) -> None:
        scope = scope or Scope()
        self.shop = shop
        self.skus, self.categories, self.shops = _set(scope.skus), _set(scope.categories), _set(scope.shops)
        self.exclude_skus = frozenset(scope.exclude_skus or ())
        self.exclude_categories = frozenset(scope.exclude_categories or ())
        self.exclude_reduced = scope.exclude_reduced
        #: Only lines that are sent by one of these.
        self.methods = _set(methods)
        #: Where its skus are looked up, if a rulebook has many long lists of them.
        self.listed = _ALONE
        #: Restricted by nothing but the shop.
        self.plain = methods is None and scope == Scope()

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal where the lines are the same in any basket."""
        excluded = self.exclude_skus, self.exclude_categories, self.exclude_reduced, self.methods
        return self.shop, self.skus, self.categories, self.shops, *excluded


class Terms(ScopeTerms):
    """An offer with its numbers ready: integers, sets, and its place in the order."""

    __slots__ = (
        "acts", "asks", "budget", "by_customer", "by_left", "by_net", "condition", "conditions", "consumes", "counts",
        "coupon", "coupons_allowed", "earlier", "ends", "every", "exclusive", "group", "id", "key", "levels", "maxima",
        "new_only", "number", "offer", "on_freight", "once", "orderly", "own_basis", "share", "sort", "staged",
        "starts", "texts", "tiers", "uses_units", "where",
    )  # fmt: skip

    def __init__(self, offer: Offer, *, coupon: bool, by_net: bool = True) -> None:
        """`by_net`: whether the policy's thresholds look at what earlier offers left."""
        #: The issuing shop is None for the platform.
        super().__init__(offer.scope, None if offer.issuer == "platform" else offer.issuer, offer.delivery_methods)
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
        #: What it says of the address, the way to pay and delivery, as facts have it; and whether this or any condition
        #: is asked.
        self.where = _where(offer)
        self.asks = bool(self.where or self.conditions)
        #: Whether thresholds look at what earlier offers left; and whether not as the policy says.
        self.by_net = by_net if offer.threshold_amount is None else offer.threshold_amount == "net"
        self.own_basis = self.by_net != by_net
        self.on_freight = offer.on_freight
        self.number = self._number(offer)
        self.key = (-offer.priority, offer.id)
        #: Coupons of one sort share a count of the policy.
        self.sort = (self.number, self.shop if self.number == SHOP_COUPONS else None)
        self.starts, self.ends = offer.valid_from, offer.valid_until
        self.levels = None if offer.levels is None else frozenset(offer.levels)
        self.new_only = offer.new_customers_only
        self.exclusive = offer.exclusive
        #: Of the promotions of one group at most one takes effect.
        self.group = offer.group if isinstance(offer, Promotion) else None
        self.coupons_allowed = offer.coupons_allowed if isinstance(offer, Promotion) else True
        self.tiers: tuple[tuple[int | None, int | None, Benefit], ...] = tuple(
            (
                None if tier.min_amount is None else tier.min_amount.minor,
                None if tier.min_quantity is None else milli(tier.min_quantity),
                fenced(tier.benefit),
            )
            for tier in offer.tiers
        )
        #: By tier the most that its threshold may see, never falling; None where no tier has a bound.
        maxima = tuple([None if tier.max_amount is None else tier.max_amount.minor for tier in offer.tiers])
        self.maxima = maxima if any(each is not None for each in maxima) else None
        #: Whether what earlier offers left decides which tier holds.
        self.by_left = self.by_net and (self.maxima is not None or any(least for least, _, _ in self.tiers))
        #: What each tier's benefit does: takes off, and gives along, or None where it never gives anything.
        self.acts = tuple([(benefit.off, benefit.gift if benefit.gives else None) for _, _, benefit in self.tiers])
        #: What the customer bought earlier counts along; units that it used are in no later offer of its number.
        self.earlier, self.uses_units = offer.counts_earlier, offer.consumes_units
        #: Some tier asks for a quantity, or somebody else will.
        self.counts = self.earlier or any(min_milli is not None for _, min_milli, _ in self.tiers)
        #: Some tier counts how often its condition is met.
        self.every = any(getattr(benefit, "every", False) for _, _, benefit in self.tiers)
        #: What is consumed where it applies: one of the coupons held, one use of a limited offer.
        limited = offer.limit_per_customer is not None or offer.limit_in_all is not None
        self.consumes = (("coupon",) if coupon else ()) + (("use",) if limited else ())
        #: Some tier's benefit looks at what the customer bought of it before.
        self.by_customer = any(tier.benefit.by_customer for tier in offer.tiers)
        #: Some tier asks for a deposit.
        self.staged = any(isinstance(benefit, Staged) for _, _, benefit in self.tiers)
        #: It takes off goods, gives nothing along, and each tier leaves at least as much of more net (above its bound
        #: all of it): so more coupons never cost more.
        self.orderly = (
            self.condition is None
            and not (self.on_freight or self.uses_units or self.earlier)
            and offer.budget is None
            and all(benefit.keeps_order and not benefit.gives for _, _, benefit in self.tiers)
        )
        #: What it may take off all orders together, in minor units.
        self.budget = None if offer.budget is None else offer.budget.minor
        #: What the platform bears, as a ratio; None: nothing.
        self.share = rate(offer.borne) if offer.borne else None
        #: Whether its part is rounded once, and not line by line.
        self.once = offer.platform_share_per == "offer"

    def ceilings(
        self, tier: int, lines: int, min_amount: int | None, times: int | None
    ) -> Sequence[tuple[int, int, int]]:
        """The linear bounds of a tier's benefit; of earlier units, which come first, no benefit's bound knows."""
        return ((0, 1, 1),) if self.earlier else self.tiers[tier][2].ceilings(lines, min_amount, times)

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

    def refused_there(self, region: str | None, method: str | None) -> str | None:
        """Why it is not for this address, or this way to pay; None of either: not known yet, or not chosen."""
        offer = self.offer
        if offer.regions is not None or offer.exclude_regions is not None:
            if region is None:
                return "address_needed"
            inside = offer.regions is None or any(contains(each, region) for each in offer.regions)
            if not inside or any(contains(each, region) for each in offer.exclude_regions or ()):
                return "wrong_region"
        if offer.payment_methods is not None and method not in offer.payment_methods:
            return "wrong_payment_method"
        return None


def _where(offer: Offer) -> Mapping[str, list[str]]:
    fields = ("regions", "exclude_regions", "payment_methods", "delivery_methods")
    return {name: list(stated) for name in fields if (stated := getattr(offer, name)) is not None}


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
        lines = _of_skus(terms.skus, terms.listed, basket)
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
    if terms.methods is not None:
        sent = basket.delivery
        lines = [] if sent is None else [line for line in lines if sent[line] in terms.methods]
    if terms.exclude_reduced:
        prices, listed = basket.prices, basket.list_prices
        lines = [line for line in lines if prices[line] >= listed[line]]
    if terms.exclude_categories:
        lines = narrowed(lines, _under(basket.by_category, terms.exclude_categories))
    return lines


def _of_skus(skus: frozenset[str], listed: Listed, basket: Basket) -> Sequence[int]:
    """The lines of some skus: few are looked up, of many each line is."""
    if len(skus) > len(basket.every) // 8:
        return listed.lines(skus, basket)
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
