"""Goods that cost nothing: found by settling one line at the amounts where offers begin to apply.

No formula decides it, the engine does: the line is of the least worth at which a threshold is reached, the customer is
new, of each level in turn, and holds every coupon that touches the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, Final

from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout
from settlement.cart.columns import Basket
from settlement.cart.line import Line
from settlement.discounts.terms import OfferIndex, Terms
from settlement.documents.region import contains
from settlement.engine.settle import settle
from settlement.money import Money
from settlement.rulebook.rulebook import Rulebook

__all__ = ["goods_for_nothing"]

#: Coupons held in one trial, amounts, instants and levels tried for one line: enough for what people write.
_COUPONS: Final = 8
_AMOUNTS: Final = 16
_INSTANTS: Final = 3
_LEVELS: Final = 3


def goods_for_nothing(book: Rulebook) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each set of offers that brings some line to nothing: what the line was worth, and the offers in their order."""
    everything = [
        *(Terms(offer, coupon=False) for offer in book.promotions),
        *(Terms(offer, coupon=True) for offer in book.coupons),
    ]
    goods = [terms for terms in everything if not terms.on_freight]
    asking = {terms.id: terms for terms in goods if terms.asks}
    if asking or book.price_lists:
        book = _unconditional(book)
    staged = {terms.id for terms in goods if terms.staged}  # check_cart looks at deposits beside prices
    index = OfferIndex(goods)
    tried: set[str] = set()
    known: list[frozenset[str]] = []
    for anchor in goods:
        sample = _line(anchor)
        key = "" if sample is None else sample.model_dump_json()
        if sample is None or key in tried:
            continue
        tried.add(key)
        touching = index.touching(Basket([sample], book.currency))
        for worth, rules in _trials(book, sample, touching):
            if (
                not staged.intersection(rules)
                and not any(each <= set(rules) for each in known)
                and _together(asking, rules)
            ):
                known.append(frozenset(rules))
                yield worth, rules


def _unconditional(book: Rulebook) -> Rulebook:
    """The rules as they are at a moment and a place where every condition holds, at the prices of the cart."""
    always = {
        "conditions": (),
        "regions": None,
        "exclude_regions": None,
        "payment_methods": None,
        "delivery_methods": None,
    }
    offers = {
        field: tuple(each.model_copy(update=always) for each in getattr(book, field))
        for field in ("promotions", "coupons")
    }
    return book.model_copy(update=offers | {"price_lists": ()})


def _together(asking: Mapping[str, Terms], rules: Sequence[str]) -> bool:
    """Whether no two of these offers rule each other out: by conditions, by ways to pay, by regions."""
    return all(
        _compatible(asking[one], asking[other])
        for one, other in combinations(rules, 2)
        if {one, other} <= asking.keys()
    )


def _compatible(one: Terms, other: Terms) -> bool:
    if any(each.excludes(than) for each in one.conditions for than in other.conditions):
        return False
    for field in ("payment_methods", "delivery_methods"):
        methods = [stated for each in (one, other) if (stated := getattr(each.offer, field)) is not None]
        if len(methods) == 2 and set(methods[0]).isdisjoint(methods[1]):
            return False
    regions = [each.offer.regions for each in (one, other) if each.offer.regions is not None]
    return len(regions) < 2 or any(
        contains(each, than) or contains(than, each) for each in regions[0] for than in regions[1]
    )


def _line(terms: Terms) -> Line | None:
    """A line that the offer sees, or None where its scope leaves none."""
    skus = None if terms.skus is None else sorted(terms.skus - terms.exclude_skus)
    categories = sorted((terms.categories or frozenset()) - terms.exclude_categories)
    shops = None if terms.shops is None else sorted(terms.shops)
    if skus == [] or (terms.categories is not None and not categories):
        return None
    shop = terms.shop or (shops[0] if shops else "any shop")
    sku = skus[0] if skus else "any sku"
    return Line(id="a", shop=shop, sku=sku, quantity=1, unit_price="1.00 CNY", categories=categories)


def _sold(sample: Line, quantity: int, price: Money) -> Line:
    return Line(
        id="a", shop=sample.shop, sku=sample.sku, categories=sample.categories, quantity=quantity, unit_price=price
    )


def _trials(book: Rulebook, sample: Line, touching: Sequence[Terms]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Settle the line in each way and keep what makes it free."""
    coupons = [terms.id for terms in touching if terms.coupon][:_COUPONS]
    levels = sorted({level for terms in touching for level in terms.levels or ()})[:_LEVELS]
    starts = sorted({terms.starts for terms in touching if terms.starts is not None})[-_INSTANTS:]
    pieces = max([-(-(milli or 0) // 1000) for terms in touching for _, milli, _ in terms.tiers], default=0)
    for at in starts or [datetime(2000, 1, 1, tzinfo=UTC)]:
        for level in [*levels, None][: _LEVELS + 1]:
            customer = {"new": True, "level": level, "coupons": coupons}
            for worth in _amounts(touching):
                for quantity in sorted({1, max(1, pieces)}):
                    price = Money.of_minor(-(-worth // quantity), book.currency)
                    line = _sold(sample, quantity, price)
                    checkout = Checkout(at=at, cart=Cart(currency=book.currency, lines=[line]), customer=customer)
                    found = _free(checkout, book)
                    if found:
                        yield found


def _amounts(touching: Sequence[Terms]) -> list[int]:
    """What the line may be worth: each threshold, and what is taken off without one. More is never brought to 0."""
    worth = {100}
    for terms in touching:
        for least, _, benefit in terms.tiers:
            amount: Any = getattr(benefit, "amount", None)
            worth.add(least or (amount.minor if isinstance(amount, Money) else 0))
    return sorted(worth - {0})[:_AMOUNTS]


def _free(checkout: Checkout, book: Rulebook) -> tuple[str, tuple[str, ...]] | None:
    settlement = settle(checkout, book)
    totals = settlement.totals
    if settlement.status == "blocked" or totals.goods + totals.promotions + totals.coupons:
        return None
    return str(totals.goods), tuple(each.rule for each in settlement.adjustments)
