"""What is hardly meant in promotions and coupons: tiers that never apply, offers that never come, goods for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from settlement.cart.columns import Basket
from settlement.cart.line import Line
from settlement.discounts.benefit import Benefit
from settlement.discounts.cart_holds import CartHolds
from settlement.discounts.goods import Goods
from settlement.discounts.offers import Offer, Scope
from settlement.discounts.order import FREIGHT_OFFERS, ITEM_PROMOTIONS, PLATFORM_COUPONS, SHOP_COUPONS
from settlement.discounts.pairs import apart
from settlement.discounts.slots import Slot, Slotted
from settlement.discounts.staged import Staged
from settlement.discounts.terms import Terms
from settlement.documents.document import Document
from settlement.documents.problems import expect
from settlement.documents.region import contains
from settlement.documents.scalars import Ids, instant_out, quantity_out
from settlement.findings.findings import Finding, finding
from settlement.findings.stacking import goods_for_nothing
from settlement.money import ROUNDERS, format_minor
from settlement.rulebook.price_lists import PriceList
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Known", "check_offers"]

#: Kinds that say what a unit costs.
PRICES: Final = frozenset({"fixed_price", "flash_price"})
#: Kinds that count units from the first on.
COUNTING: Final = frozenset({"nth_unit", "graduated_price"})
#: Percentages from here on read like what is left to pay: 85 for 8.5 折.
LIKE_ZHE: Final = 60


class Known(Document):
    """The ids that a mall has; an absent list is not checked.

    >>> Known(skus=["tea-1"]).shops is None
    True
    """

    skus: Ids | None = None
    categories: Ids | None = None
    shops: Ids | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            skus: list[str] | tuple[str, ...] | None = None,
            categories: list[str] | tuple[str, ...] | None = None,
            shops: list[str] | tuple[str, ...] | None = None,
        ) -> None: ...


class _Placed(NamedTuple):
    """An offer where the rulebook has it."""

    place: str
    offer: Offer
    terms: Terms


class _Survey:
    """A rulebook laid out for the rules below."""

    def __init__(self, book: Rulebook, known: Known | None) -> None:
        self.book = book
        self.known = known
        self.promotions = [
            _Placed(f"promotions[{index}]", offer, Terms(offer, coupon=False))
            for index, offer in enumerate(book.promotions)
        ]
        self.coupons = [
            _Placed(f"coupons[{index}]", offer, Terms(offer, coupon=True)) for index, offer in enumerate(book.coupons)
        ]
        self.offers = [*self.promotions, *self.coupons]

    def shown(self, minor: int) -> str:
        """An amount as text."""
        return format_minor(minor, self.book.currency)


Rule: TypeAlias = Callable[[_Survey], Iterator[Finding]]


def check_offers(rulebook: Rulebook, known: Known | None = None) -> tuple[Finding, ...]:
    """What is hardly meant in the offers of a rulebook, in the order of RULES and of the rulebook.

    With `known` ids it also names those that a scope mentions and nobody has. It reads no clock, so that an offer that
    has ended is no finding. A finding changes nothing. Source: contract §4; docs/offers.md, "Checking offers".

    >>> offer = {"id": "p1", "issuer": "s1", "tiers": [{"benefit": {"type": "percent_off", "percent": "85"}}]}
    >>> for found in check_offers(Rulebook(id="r", currency="CNY", promotions=[offer])):
    ...     print(found.place, found.code, found.facts["off"])
    promotions[0].tiers[0].benefit.percent percent.like_zhe 15
    """
    expect("rulebook", rulebook, Rulebook)
    expect("known", known, Known, optional=True)
    survey = _Survey(rulebook, known)
    return tuple(found for rule in RULES for found in rule(survey))


# ------------------------------------------------------------------ tiers


def _taken(benefit: Benefit, net: int, min_amount: int | None) -> int:
    """What a benefit that looks at the sum alone takes off goods of this net."""
    line = Line(id="a", shop="s", sku="s", quantity=1, unit_price="1.00 CNY")
    basket = Basket([line], "CNY")
    times = net // min_amount if min_amount and getattr(benefit, "every", False) else 1
    return sum(benefit.off(Goods(basket, range(1), [net], net, times, ROUNDERS["half_up"])))


def _tiers(survey: _Survey) -> Iterator[Finding]:
    """A tier that is never reached before the next one, and one that is worth less than the one before."""
    for placed in survey.offers:
        for at, (before, tier) in enumerate(pairwise(placed.terms.tiers)):
            amount, milli, _ = tier
            if (amount or 0) <= 1 and (milli or 0) <= 1:
                yield finding(f"{placed.place}.tiers[{at}]", "tier.never_applies")
            elif before[2].by_sum and tier[2].by_sum and not (before[2].gives or tier[2].gives):
                nets = [amount] if amount else [10**3, 10**5, 10**7]
                more = [_taken(before[2], net, before[0]) for net in nets]
                less = [_taken(tier[2], net, amount) for net in nets]
                if all(one > other for one, other in zip(more, less, strict=True)):
                    threshold = survey.shown(amount) if amount else quantity_out(milli or 0)
                    shown = {"less": survey.shown(less[-1]), "more": survey.shown(more[-1])}
                    yield finding(f"{placed.place}.tiers[{at + 1}]", "tier.less", threshold=threshold, **shown)


def _bounds(survey: _Survey) -> Iterator[Finding]:
    """An upper bound that the next tier never lets decide, and amounts between two tiers at which neither holds."""
    for placed in survey.offers:
        maxima, tiers = placed.terms.maxima or (), placed.terms.tiers
        for at, (bound, (least, milli, _)) in enumerate(zip(maxima, tiers[1:], strict=False)):
            if bound is None or least is None or milli is not None:
                continue
            shown = {"bound": survey.shown(bound), "least": survey.shown(least)}
            if least <= bound:
                yield finding(f"{placed.place}.tiers[{at}].max_amount", "tier.bound_idle", **shown)
            elif least > bound + 1:
                yield finding(f"{placed.place}.tiers[{at}].max_amount", "tier.gap", **shown)


def _benefits(survey: _Survey) -> Iterator[Finding]:
    """Benefits that take nothing off, everything off, or read like a mistyped 折; `max` and `every`."""
    for placed in survey.offers:
        tiers = placed.terms.tiers
        for at, (amount, _, _) in enumerate(tiers):
            benefit: Any = placed.offer.tiers[at].benefit
            place = f"{placed.place}.tiers[{at}].benefit"
            for name in ("amount", "max"):
                if (value := getattr(benefit, name, None)) is not None and not getattr(value, "minor", 1):
                    yield finding(f"{place}.{name}", "benefit.nothing", field=name)
            percent = getattr(benefit, "percent", None)
            if percent is not None and 0 < percent < 1:
                meant = format(Decimal(percent) * 100, "f").rstrip("0").rstrip(".")
                yield finding(f"{place}.percent", "percent.below_one", percent=str(percent), meant=meant)
            if percent is not None and LIKE_ZHE <= percent < 100:
                off, zhe = str(100 - percent), format(Decimal(percent) / 10, "f")
                yield finding(f"{place}.percent", "percent.like_zhe", percent=str(percent), off=off, zhe=zhe)
            if getattr(benefit, "every", False) and benefit.type == "amount_off" and benefit.max is None:
                yield finding(f"{place}.every", "every.no_max", amount=str(benefit.amount))
            if benefit.by_sum and getattr(benefit, "max", None):
                ends = tiers[at + 1][0] if at + 1 < len(tiers) else None
                yield from _max(survey, benefit, place, amount, None if ends is None else ends - 1)


def _max(survey: _Survey, benefit: Any, place: str, least: int | None, most: int | None) -> Iterator[Finding]:
    """A `max` that never cuts within its tier, or always does."""
    free = benefit.model_copy(update={"max": None})
    limit = benefit.max.minor
    if most is None and benefit.type == "amount_off" and not benefit.every:
        most = max(benefit.amount.minor, limit)
    if most is not None and _taken(free, most, least) <= limit:
        taken = survey.shown(_taken(free, most, least))
        yield finding(f"{place}.max", "max.unreachable", max=str(benefit.max), most=taken)
    elif benefit.type == "amount_off" and benefit.amount.minor > limit:
        yield finding(f"{place}.max", "max.below_amount", max=str(benefit.max), amount=str(benefit.amount))
    elif least and _taken(free, least, least) >= limit:
        yield finding(f"{place}.max", "max.always", max=str(benefit.max), threshold=survey.shown(least))


# ------------------------------------------------------------------ scopes, windows, limits


def _scopes(survey: _Survey) -> Iterator[Finding]:
    """Scopes that no line can be in, and ids that nobody has."""
    for placed in survey.offers:
        terms = placed.terms
        if terms.shop is not None and terms.shops is not None and terms.shop not in terms.shops:
            yield finding(f"{placed.place}.scope.shops", "scope.other_shops", issuer=terms.shop)
        for name, excluded in (("skus", terms.exclude_skus), ("categories", terms.exclude_categories)):
            names = getattr(terms, name)
            if names is not None and names <= excluded:
                yield finding(f"{placed.place}.scope.{name}", "scope.all_excluded", field=name)
        yield from _unknown(survey, placed)


def _unknown(survey: _Survey, placed: _Placed) -> Iterator[Finding]:
    known = survey.known
    if known is None:
        return
    if known.shops is not None and placed.terms.shop is not None and placed.terms.shop not in known.shops:
        yield finding(f"{placed.place}.issuer", "scope.unknown", names=(placed.terms.shop,))
    for name in ("scope", "condition_scope"):
        scope: Scope | None = getattr(placed.offer, name)
        for field in () if scope is None else Scope.model_fields:
            ids = getattr(known, field.removeprefix("exclude_"), None)  # of `exclude_reduced` there are none
            missing = tuple(each for each in getattr(scope, field) or () if ids is not None and each not in ids)
            if missing:
                yield finding(f"{placed.place}.{name}.{field}", "scope.unknown", names=missing)
    for at, condition in enumerate(placed.offer.conditions):
        for field in Known.model_fields:
            named = getattr(condition, field, None)
            ids = getattr(known, field)
            if ids is not None and isinstance(named, tuple) and (missing := tuple(n for n in named if n not in ids)):
                yield finding(f"{placed.place}.conditions[{at}].{field}", "scope.unknown", names=missing)


def _regions(survey: _Survey) -> Iterator[Finding]:
    """Regions that are all excluded again, and exclusions of what is not among the regions anyway."""
    for placed in survey.offers:
        named, excluded = placed.offer.regions, placed.offer.exclude_regions
        if named is None or excluded is None:
            continue
        if all(any(contains(each, region) for each in excluded) for region in named):
            yield finding(f"{placed.place}.exclude_regions", "regions.all_excluded")
        for at, each in enumerate(excluded):
            if not any(contains(region, each) or contains(each, region) for region in named):
                yield finding(f"{placed.place}.exclude_regions[{at}]", "regions.excluded_elsewhere", region=each)


def _price_lists(survey: _Survey) -> Iterator[Finding]:
    """Prices of which a list that goes before always has another, and of goods or shops that nobody has."""
    known = survey.known or Known()
    for index, stated in enumerate(survey.book.price_lists):
        before = [
            each
            for each in survey.book.price_lists
            if (-each.priority, each.id) < (-stated.priority, stated.id) and _holds_whenever(each, stated)
        ]
        for at, price in enumerate(stated.prices):
            place = f"price_lists[{index}].prices[{at}]"
            for field, ids, name in (("sku", known.skus, price.sku), ("shop", known.shops, price.shop)):
                if ids is not None and name is not None and name not in ids:
                    yield finding(f"{place}.{field}", "scope.unknown", names=(name,))
            for each in before:
                if any(other.sku == price.sku and other.shop in (None, price.shop) for other in each.prices):
                    yield finding(place, "price_list.overruled", other=each.id, sku=price.sku)
                    break


def _holds_whenever(wide: PriceList, narrow: PriceList) -> bool:
    """Whether a price list holds at every instant and for every customer that the other does."""
    starts = wide.valid_from is None or (narrow.valid_from is not None and wide.valid_from <= narrow.valid_from)
    ends = wide.valid_until is None or (narrow.valid_until is not None and wide.valid_until >= narrow.valid_until)
    if wide.levels is None and not wide.guests:
        return starts and ends
    if narrow.levels is None and not narrow.guests:
        return False
    levels = frozenset(narrow.levels or ()) <= frozenset(wide.levels or ())
    return starts and ends and levels and (wide.guests or not narrow.guests)


def _windows(survey: _Survey) -> Iterator[Finding]:
    """An end at the last second of a day, which is outside already."""
    for placed in survey.offers:
        ends = placed.offer.valid_until
        if ends is not None and ends.second == 59:
            then = instant_out(ends.replace(microsecond=0) + timedelta(seconds=1))
            yield finding(f"{placed.place}.valid_until", "window.last_second", until=instant_out(ends), then=then)


def _conditions(survey: _Survey) -> Iterator[Finding]:
    """A condition that holds at no moment of the offer's period, or never together with another."""
    for placed in survey.offers:
        starts, ends, conditions = placed.offer.valid_from, placed.offer.valid_until, placed.offer.conditions
        for at, condition in enumerate(conditions):
            place = f"{placed.place}.conditions[{at}]"
            if starts is not None and ends is not None and not condition.ever(starts, ends):
                yield finding(place, "condition.never", starts=instant_out(starts), ends=instant_out(ends))
            for other in (before for before in range(at) if condition.excludes(conditions[before])):
                yield finding(place, "condition.contradicts", other=f"conditions[{other}]")


def _sets(survey: _Survey) -> Iterator[Finding]:
    """A bundle that is meant as a set of different goods, and a wide slot before a narrow one."""
    for placed in survey.offers:
        held = sorted(
            {
                name
                for each in placed.offer.conditions
                if isinstance(each, CartHolds)
                for name in (*(each.skus or ()), *(each.categories or ()))
            }
        )
        for at, tier in enumerate(placed.offer.tiers):
            place, benefit = f"{placed.place}.tiers[{at}].benefit", tier.benefit
            each = getattr(benefit, "quantity", 1) if benefit.type == "bundle_price" else 1
            if each > 1 and len(held) > 1:
                yield finding(place, "bundle.any_units", goods=tuple(held), quantity=str(each))
            slots = benefit.slots if isinstance(benefit, Slotted) else ()
            for later, slot in enumerate(slots):
                wide = next((before for before in range(later) if _wider(slots[before], slot)), None)
                if wide is not None:
                    yield finding(f"{place}.slots[{wide}]", "slots.wide_first", other=f"slots[{later}]")


def _wider(wide: Slot, slot: Slot) -> bool:
    """Whether all that fits a slot fits this one too, and more besides."""
    kept = [(one is None, other is None, set(one or ()), set(other or ())) for one, other in _lists(wide, slot)]
    holds = all(open_ or (not closed and theirs <= ours) for open_, closed, ours, theirs in kept)
    return holds and any(ours != theirs for _, _, ours, theirs in kept)


def _lists(one: Slot, other: Slot) -> tuple[tuple[Ids | None, Ids | None], ...]:
    return (one.skus, other.skus), (one.categories, other.categories)


def _earlier_units(survey: _Survey) -> Iterator[Finding]:
    """Earlier purchases that nothing looks at."""
    for placed in survey.offers:
        asked = any(milli is not None for _, milli, _ in placed.terms.tiers)
        counting = any(tier.benefit.type in COUNTING for tier in placed.offer.tiers)
        if placed.offer.counts_earlier and not asked and not counting:
            yield finding(f"{placed.place}.counts_earlier", "earlier.nothing")


def _nothing_shared(survey: _Survey) -> Iterator[Finding]:
    """A rounding of what the platform bears where it bears all or nothing."""
    for placed in survey.offers:
        if placed.terms.once and placed.offer.borne in (0, 100):
            yield finding(f"{placed.place}.platform_share_per", "share.nothing", share=str(placed.offer.borne))


def _add_ons(survey: _Survey) -> Iterator[Finding]:
    """An add-on whose threshold its own goods reach."""
    for placed in survey.offers:
        for at, tier in enumerate(placed.offer.tiers):
            asks = tier.min_amount is not None or tier.min_quantity is not None
            if tier.benefit.type == "add_on_price" and asks and placed.offer.condition_scope is None:
                yield finding(f"{placed.place}.tiers[{at}]", "add_on.own_goods")


def _presales(survey: _Survey) -> Iterator[Finding]:
    """A balance whose time is over before that of the deposit."""
    for placed in survey.promotions:
        until = placed.offer.valid_until
        for at, tier in enumerate(placed.offer.tiers):
            benefit = tier.benefit
            if isinstance(benefit, Staged):
                place = f"{placed.place}.tiers[{at}].benefit.balance_until"
                ends = instant_out(benefit.balance_until)
                if until is None:
                    yield finding(f"{placed.place}.valid_until", "presale.open", ends=ends)
                elif benefit.balance_until <= until:
                    yield finding(place, "presale.over", ends=ends, until=instant_out(until))


def _limits(survey: _Survey) -> Iterator[Finding]:
    """A limit for each customer above the limit for all."""
    for placed in survey.offers:
        each, in_all = placed.offer.limit_per_customer, placed.offer.limit_in_all
        if each is not None and in_all is not None and each > in_all:
            place = f"{placed.place}.limit_per_customer"
            yield finding(place, "limit.unreachable", limit=str(each), in_all=str(in_all))


# ------------------------------------------------------------------ offers that never take effect


def _never(survey: _Survey) -> Iterator[Finding]:
    """Coupons that the policy lets in none of, offers on freight where none is charged, offers behind others."""
    policy = survey.book.policy
    counts = {SHOP_COUPONS: "coupons_per_shop", PLATFORM_COUPONS: "coupons_platform", FREIGHT_OFFERS: "coupons_freight"}
    for placed in survey.coupons:
        field = counts[placed.terms.number]
        if not getattr(policy, field):
            yield finding(placed.place, "coupon.count_zero", field=field)
    always = [each for each in survey.promotions if _surely_discounts(each.terms)]
    for placed in survey.offers:
        if placed.terms.on_freight and not survey.book.freight_templates:
            yield finding(placed.place, "freight.no_templates")
        for other in always:
            if other is not placed and _shadows(other.terms, placed.terms):
                yield finding(placed.place, "offer.shadowed", other=other.offer.id)
                break


def _surely_discounts(terms: Terms) -> bool:
    """Whether a promotion discounts every line in its scope, whoever buys how much of it."""
    offer = terms.offer
    amount, milli, benefit = terms.tiers[0]
    all_units = benefit.type == "percent_off" and getattr(benefit, "max_units", None) is None
    sure = all_units or (benefit.type == "freight_off" and getattr(benefit, "amount", 0) is None)
    free = (
        terms.condition is None
        and not terms.conditions
        and offer.limit_per_customer is None
        and offer.limit_in_all is None
        and offer.budget is None
        and terms.group is None
        and not terms.where
        and terms.maxima is None
    )
    return sure and free and len(terms.tiers) == 1 and not amount and not milli


def _shadows(before: Terms, terms: Terms) -> bool:
    """Whether an offer that surely discounts leaves another none of its lines, at any time, for any customer."""
    if before.on_freight and terms.on_freight:
        takes = terms.coupon or before.key < terms.key
    elif terms.coupon:
        takes = not before.coupons_allowed and not terms.on_freight and not before.on_freight
    else:
        exclusive = before.exclusive or terms.exclusive
        takes = exclusive and before.number == terms.number and before.key < terms.key
    return takes and _covers(before, terms) and _contains(before, terms)


def _covers(wide: Terms, narrow: Terms) -> bool:
    """Whether an offer holds whenever and for whomever the other does."""
    starts = wide.starts is None or (narrow.starts is not None and wide.starts <= narrow.starts)
    ends = wide.ends is None or (narrow.ends is not None and wide.ends >= narrow.ends)
    levels = wide.levels is None or (narrow.levels is not None and narrow.levels <= wide.levels)
    return starts and ends and levels and (not wide.new_only or narrow.new_only)


def _contains(wide: Terms, narrow: Terms) -> bool:
    """Whether every line in the narrow scope is in the wide one, as far as the scopes tell."""
    shops = frozenset({narrow.shop}) if narrow.shop is not None else narrow.shops
    return (
        (wide.shop is None or shops == frozenset({wide.shop}))
        and _among(shops, wide.shops)
        and _among(narrow.skus, wide.skus)
        and _among(narrow.categories, wide.categories)
        and (wide.exclude_skus <= narrow.exclude_skus or wide.exclude_skus.isdisjoint(narrow.skus or wide.exclude_skus))
        and wide.exclude_categories <= narrow.exclude_categories
        and (not wide.exclude_reduced or narrow.exclude_reduced)
    )


def _among(names: frozenset[str] | None, allowed: frozenset[str] | None) -> bool:
    return allowed is None or (names is not None and names <= allowed)


def _together(one: Terms, other: Terms) -> bool:
    """Whether some customer can have both at some instant."""
    starts = [each.starts for each in (one, other) if each.starts is not None]
    ends = [each.ends for each in (one, other) if each.ends is not None]
    apart = bool(starts and ends) and max(starts) >= min(ends)
    apart = apart or (one.group is not None and one.group == other.group)
    apart = apart or any(each.excludes(than) for each in one.conditions for than in other.conditions)
    return not apart and (one.levels is None or other.levels is None or not one.levels.isdisjoint(other.levels))


# ------------------------------------------------------------------ who stands with whom, groups, budgets


def _pairs(survey: _Survey) -> Iterator[Finding]:
    """An offer that another, which surely comes first, never lets stand; a name that both lists have."""
    by_id = {placed.offer.id: placed for placed in survey.promotions}
    everyone = apart([placed.offer for placed in survey.offers])
    sure = {
        placed.offer.id
        for placed in survey.promotions
        if _surely_discounts(placed.terms)
        and not any(
            each in by_id and _before(by_id[each].terms, placed.terms) for each in everyone.get(placed.offer.id, ())
        )
    }
    for placed in survey.offers:
        both = sorted(set(placed.offer.not_with or ()) & set(placed.offer.combines_with or ()))
        if both:
            yield finding(f"{placed.place}.combines_with", "pair.contradicts", names=tuple(both))
        for other in sorted(everyone.get(placed.offer.id, frozenset()) & sure):
            first = by_id[other].terms
            if _before(first, placed.terms) and _covers(first, placed.terms) and _contains(first, placed.terms):
                yield finding(placed.place, "offer.never_stands", other=other)
                break


def _before(one: Terms, other: Terms) -> bool:
    """Whether a promotion has its turn before another offer."""
    return (one.number, one.coupon, one.key) < (other.number, other.coupon, other.key)


def _groups(survey: _Survey) -> Iterator[Finding]:
    """A member of a group that another one always outdoes: the same in all but how much it takes off."""
    members: dict[str, list[_Placed]] = {}
    for placed in survey.promotions:
        if placed.terms.group is not None:
            members.setdefault(placed.terms.group, []).append(placed)
    for group in members.values():
        for at, placed in enumerate(group):
            for place, other in enumerate(group):
                if place != at and _outdoes(other, placed) and (place < at or not _outdoes(placed, other)):
                    yield finding(placed.place, "group.beaten", other=other.offer.id)
                    break


#: What may differ between a promotion and another that always outdoes it.
_MEASURE: Final = frozenset({"id", "name", "description", "tiers", "platform_share", "platform_share_per"})


def _outdoes(one: _Placed, other: _Placed) -> bool:
    """Whether a promotion takes at least as much off as another, whenever that applies, and all else is the same."""
    stated, beaten = ({name: value for name, value in each.offer if name not in _MEASURE} for each in (one, other))
    if stated != beaten or len(one.terms.tiers) != 1 or len(other.terms.tiers) != 1:
        return False
    (least, fewest, _), (above, most, _) = one.terms.tiers[0], other.terms.tiers[0]
    more: Any = one.offer.tiers[0].benefit
    less: Any = other.offer.tiers[0].benefit
    if more.type != less.type or (least or 0) > (above or 0) or (fewest or 0) > (most or 0):
        return False
    if more.type == "percent_off":
        larger = more.percent >= less.percent
    else:
        larger = more.type == "amount_off" and not more.every and not less.every and more.amount >= less.amount
    return larger and (more.max is None or (less.max is not None and more.max >= less.max))


def _budgets(survey: _Survey) -> Iterator[Finding]:
    """A budget of nothing, or one that a single use would exceed, whatever is bought."""
    for placed in survey.offers:
        budget, terms = placed.terms.budget, placed.terms
        if budget is None:
            continue
        takes = []
        for tier, (least, _, _) in zip(placed.offer.tiers, terms.tiers, strict=True):
            benefit: Any = tier.benefit
            plain = benefit.type == "amount_off" and benefit.max is None
            takes.append(min(benefit.amount.minor, least or 0) if plain else 0)
        sure = terms.condition is None and survey.book.policy.threshold_amount == "net"
        if not budget or (sure and min(takes) > budget):
            amount = survey.shown(min(takes) if min(takes) > budget else 1)
            yield finding(f"{placed.place}.budget", "budget.too_small", amount=amount, budget=survey.shown(budget))


# ------------------------------------------------------------------ offers that contradict each other


def _prices(survey: _Survey) -> Iterator[Finding]:
    """Two item promotions that both say what the same goods cost, and one that says it of everything."""
    setters = [
        each
        for each in survey.promotions
        if each.terms.number == ITEM_PROMOTIONS and each.terms.tiers[0][2].type in PRICES
    ]
    by_sku: dict[str, list[_Placed]] = {}
    for placed in setters:
        for sku in sorted(placed.terms.skus or ()):
            by_sku.setdefault(sku, []).append(placed)
    unnamed = [each for each in setters if each.terms.skus is None]
    for placed in setters:
        if placed.terms.skus is None and placed.terms.categories is None:
            yield finding(f"{placed.place}.scope", "price.everything")
        rivals = {each.place: each for sku in placed.terms.skus or () for each in by_sku[sku]}
        rivals |= {each.place: each for each in unnamed if _contains(each.terms, placed.terms)}
        others = [
            each.offer.id
            for each in rivals.values()
            if _earlier(each, placed) and _same_shop(each.terms, placed.terms) and _together(each.terms, placed.terms)
        ]
        if others:
            yield finding(placed.place, "price.twice", others=tuple(others))


def _earlier(one: _Placed, other: _Placed) -> bool:
    """One finding for each pair: at the later of the two, or at the one whose goods the other's contain."""
    if (one.terms.skus is None) != (other.terms.skus is None):
        return one.terms.skus is None
    return int(one.place[11:-1]) < int(other.place[11:-1])


def _same_shop(one: Terms, other: Terms) -> bool:
    return one.shop is None or other.shop is None or one.shop == other.shop


def _exclusive(survey: _Survey) -> Iterator[Finding]:
    """A promotion that is exclusive among promotions and yet lets coupons in."""
    for placed in survey.promotions:
        if placed.terms.exclusive and placed.terms.coupons_allowed and survey.coupons:
            yield finding(f"{placed.place}.exclusive", "exclusive.coupons_still")


def _for_nothing(survey: _Survey) -> Iterator[Finding]:
    """Offers that together, or alone, make goods cost nothing: tried by settling."""
    places = {placed.offer.id: placed.place for placed in survey.offers}
    for goods, rules in goods_for_nothing(survey.book):
        code = "offer.to_zero" if len(rules) == 1 else "stack.to_zero"
        yield finding(places[rules[0]], code, goods=goods, offers=rules)


#: Each rule is one function; a new one is one more name here.
RULES: Final[tuple[Rule, ...]] = (
    _tiers,
    _benefits,
    _bounds,
    _scopes,
    _regions,
    _price_lists,
    _windows,
    _conditions,
    _presales,
    _limits,
    _sets,
    _earlier_units,
    _nothing_shared,
    _add_ons,
    _never,
    _pairs,
    _groups,
    _budgets,
    _prices,
    _exclusive,
    _for_nothing,
)
