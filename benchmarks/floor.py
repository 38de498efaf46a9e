"""The floor: the same totals and the same shares as `settle()`, by plain integers and nothing else.

No documents, no reasons, no audit, no search, no look at who may have which offer: the chosen coupons, the zone that
holds for the address and every number are given. It is what all ratios are measured against, so it is written for
speed first, shares no code with the library, and is checked against it before anything is timed.
"""

# ruff: noqa: B905 - strict=True would cost a tenth of the floor

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import settlement as documents
    from settlement import Checkout, FreightTemplate, Promotion, Rulebook, Settlement

__all__ = ["Floored", "Input", "floor", "plain", "verify"]

#: shop, template, unit price, quantity, grams, category; lines in the order of their ids.
Line: TypeAlias = tuple[str, str, int, int, int, str]
#: shop (None: all), categories (None: all), percent (0: an amount), amount or the most that the percentage takes.
Coupon: TypeAlias = tuple[str | None, frozenset[str] | None, int, int]
#: by weight, first, first fee, additional, additional fee, free from (None: never).
Tariff: TypeAlias = tuple[bool, int, int, int, int, int | None]
#: points, their worth, step, percent, balance; None: no points.
Points: TypeAlias = tuple[int, int, int, int, int] | None


class Input(NamedTuple):
    """A cart with the coupons that were chosen for it, in plain integers."""

    lines: list[Line]
    coupons: list[Coupon]
    tariffs: dict[str, Tariff]
    points: Points


#: payable; per coupon and per parcel the places of its lines and their shares; points by line; payable by line.
Floored: TypeAlias = tuple[
    int, list[tuple["Sequence[int]", list[int]]], list[tuple["Sequence[int]", list[int]]], list[int], list[int]
]


def spread(amount: int, weights: list[int], total: int) -> list[int]:
    """Largest remainder in one pass; sorts only where units are left."""
    if not amount:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    left = amount - sum(shares)
    if left:
        rank = [(amount * weight % total, weight) for weight in weights]
        if left == 1:
            shares[rank.index(max(rank))] += 1
        else:
            for place in sorted(range(len(rank)), key=rank.__getitem__, reverse=True)[:left]:
                shares[place] += 1
    return shares


def floor(lines: list[Line], coupons: list[Coupon], tariffs: dict[str, Tariff], points: Points) -> Floored:
    """Payable and every share."""
    net = []
    by_shop: dict[str, list[int]] = {}
    parcels: dict[tuple[str, str], list[int]] = {}
    for place, (shop, template, price, quantity, _, _) in enumerate(lines):
        net.append(price * quantity)
        by_shop.setdefault(shop, []).append(place)
        parcels.setdefault((shop, template), []).append(place)
    discounts: list[tuple[Sequence[int], list[int]]] = []
    for scope_shop, categories, percent, amount in coupons:
        places: Sequence[int] = range(len(lines)) if scope_shop is None else by_shop[scope_shop]
        if categories is not None:
            places = [place for place in places if lines[place][5] in categories]
        scoped = [net[place] for place in places]
        total = sum(scoped)
        off = min(amount, (total * percent + 50) // 100 if percent else total)
        shares = spread(off, scoped, total)
        discounts.append((places, shares))
        for place, share in zip(places, shares):
            net[place] -= share
    due = net.copy()
    charges: list[tuple[Sequence[int], list[int]]] = []
    for (_, template), inside in parcels.items():
        by_weight, first, fee, additional, additional_fee, free = tariffs[template]
        if free is not None and sum([net[place] for place in inside]) >= free:
            continue
        weights = [lines[place][3] * lines[place][4] if by_weight else lines[place][3] for place in inside]
        total = sum(weights)
        if total > first:
            fee -= (first - total) // additional * additional_fee
        shares = spread(fee, weights, total)
        charges.append((inside, shares))
        for place, share in zip(inside, shares):
            due[place] += share
    paid: list[int] = []
    if points is not None:
        number, worth, step, percent, balance = points
        total = sum(net)
        steps = min(balance // step, ((total * percent // 100 + 1) * number - 1) // (step * worth))
        paid = spread(steps * step * worth // number, net, total)
        due = [value - share for value, share in zip(due, paid)]
    return sum(due), discounts, charges, paid, due


# ------------------------------------------------------------------ before the clock runs


def plain(checkout: Checkout, rulebook: Rulebook, chosen: Collection[str]) -> Input:
    """The documents of a workload as the floor's integers; `chosen` are the offers that apply."""
    if checkout.address is None:
        raise ValueError("the workloads have an address")
    region = checkout.address.region
    offers = (*_in_order(rulebook.promotions), *_in_order(rulebook.coupons))
    rule = rulebook.points
    points = None
    if rule is not None and checkout.choice.points == "max":
        points = (rule.points, rule.worth.minor, rule.step, int(rule.max_percent), checkout.customer.points)
    return Input(
        [_line(line) for line in sorted(checkout.cart.lines, key=lambda line: line.id)],
        [_offer(offer) for offer in offers if offer.id in chosen],
        {template.id: _tariff(template, region) for template in rulebook.freight_templates},
        points,
    )


def _line(line: documents.Line) -> Line:
    category = line.categories[0] if line.categories else ""
    quantity, weight = int(line.quantity), line.weight_g or 0
    return line.shop, line.freight_template or "", line.unit_price.minor, quantity, weight, category


def _offer(offer: Promotion | documents.Coupon) -> Coupon:
    benefit = offer.tiers[0].benefit
    most = getattr(benefit, "amount", None) or getattr(benefit, "max", None)
    categories = None if offer.scope is None else frozenset(offer.scope.categories or ())
    shop = None if offer.issuer == "platform" else offer.issuer
    return shop, categories, int(getattr(benefit, "percent", 0)), 10**15 if most is None else most.minor


def _tariff(template: FreightTemplate, region: str) -> Tariff:
    wider = (region, region[:4] + "00", region[:2] + "0000", "CN/mainland")
    zone = next(zone for each in wider for zone in template.zones if each in zone.regions)
    free = template.free[0].min_amount if template.free else None
    added = 0 if zone.additional_fee is None else zone.additional_fee.minor
    by_weight = template.measure == "weight_g"
    from_amount = None if free is None else free.minor
    return by_weight, zone.first, zone.first_fee.minor, zone.additional or 1, added, from_amount


def _in_order(offers: Sequence[Promotion | documents.Coupon]) -> list[Promotion | documents.Coupon]:
    """Shops before the platform, then by id; the workloads have no priorities."""
    return sorted(offers, key=lambda offer: (offer.issuer == "platform", offer.id))


def verify(settlement: Settlement, given: Input) -> None:
    """Fail unless the floor finds what the library found: payable, and each share of each adjustment."""
    payable, discounts, charges, paid, due = floor(*given)
    ids = sorted(line.id for line in settlement.lines)
    found: dict[str, list[dict[str, int]]] = {"coupon": [], "freight": [], "points": []}
    for adjustment in settlement.adjustments:
        kind = adjustment.stage.rpartition("_")[2].replace("promotion", "coupon")
        found[kind].append({line: abs(share.minor) for line, share in adjustment.shares.items()})
    assert settlement.payable.minor == payable, (settlement.payable.minor, payable)
    assert [line.payable.minor for line in sorted(settlement.lines, key=lambda line: line.id)] == due
    everything = [(range(len(ids)), paid)] if paid else []
    for kind, groups in (("coupon", discounts), ("freight", charges), ("points", everything)):
        made = [{ids[at]: share for at, share in zip(*group, strict=True) if share} for group in groups]
        key = lambda shares: sorted(shares.items())  # noqa: E731 - parcels come in the order of the cart
        assert sorted(made, key=key) == sorted(found[kind], key=key), kind
