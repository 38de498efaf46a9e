"""Who takes part: each line is in, or out with the first reason that holds (contract §3)."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import NamedTuple

from settlement.cart import Checkout, Line
from settlement.documents import milli
from settlement.freight.tariff import Match, Tariff
from settlement.ledger import Basket
from settlement.rulebook import Rules

__all__ = ["Excluded", "Screened", "screen"]


class Excluded(NamedTuple):
    """A line that is left out: why, and for stock and limit how much is available (thousandths)."""

    line: str
    reason: str
    available: int | None = None


class Screened(NamedTuple):
    """The lines that take part, those that do not, and what each template says of the address."""

    basket: Basket
    excluded: tuple[Excluded, ...]
    matches: Mapping[str, tuple[Tariff, Match]]
    blocked: bool


def screen(checkout: Checkout, rules: Rules) -> Screened:
    """Screen the cart. Templates that lines name are known to be there (`check_references`)."""
    lines = checkout.cart.lines
    out: dict[str, Excluded] = {}
    kept: list[tuple[str, int, Line]] = []
    bounded: dict[tuple[str, str], list[Line]] = {}
    for place, line in enumerate(lines):
        if not line.selected:
            out[line.id] = Excluded(line.id, "not_selected")
        elif not line.on_sale:
            out[line.id] = Excluded(line.id, "off_sale")
        else:
            kept.append((line.id, place, line))
            if line.stock is not None or line.purchase_limit is not None:
                bounded[line.shop, line.sku] = []
    if bounded:
        _within_bounds(kept, bounded, out)
    matches: dict[str, tuple[Tariff, Match]] = {}
    region = None if checkout.address is None else checkout.address.region
    for name, _, line in kept:
        template = line.freight_template
        if template is None or name in out:
            continue
        tariff = rules.tariffs[template]
        if tariff.needs and any(getattr(line, need) is None for need in tariff.needs):
            out[name] = Excluded(name, "no_measure")
        elif region is not None:
            if template not in matches:
                matches[template] = (tariff, tariff.match(region))
            if matches[template][1].zone is None:
                out[name] = Excluded(name, "undeliverable")
    taking_part = (
        sorted(((n, p, line) for n, p, line in kept if n not in out), key=itemgetter(0))
        if out
        else sorted(kept, key=itemgetter(0))
    )
    excluded = tuple(out[line.id] for line in lines if line.id in out) if out else ()
    refused = rules.policy.undeliverable == "block" and any(each.reason == "undeliverable" for each in excluded)
    return Screened(_basket(taking_part, checkout, rules), excluded, matches, refused or not taking_part)


def _within_bounds(
    kept: list[tuple[str, int, Line]], bounded: dict[tuple[str, str], list[Line]], out: dict[str, Excluded]
) -> None:
    """Stock and limit belong to (shop, sku): the smallest stated holds for all of its lines together."""
    for _, _, line in kept:
        group = bounded.get((line.shop, line.sku))
        if group is not None:
            group.append(line)
    for group in bounded.values():
        wanted = sum(milli(line.quantity) for line in group)
        stock = min((milli(line.stock) for line in group if line.stock is not None), default=None)
        limit = min((milli(line.purchase_limit) for line in group if line.purchase_limit is not None), default=None)
        if stock is not None and wanted > stock:
            reason, available = ("insufficient_stock" if stock else "out_of_stock"), stock
        elif limit is not None and wanted > limit:
            reason, available = "over_purchase_limit", limit
        else:
            continue
        for line in group:
            out[line.id] = Excluded(line.id, reason, available)


def _basket(taking_part: list[tuple[str, int, Line]], checkout: Checkout, rules: Rules) -> Basket:
    basket = Basket()
    basket.currency = checkout.cart.currency
    rounded = rules.rounded
    for place, (name, position, line) in enumerate(taking_part):
        quantity, price, listed = line.quantity, line.unit_price.minor, line.list_price.minor
        basket.ids.append(name)
        basket.shops.append(line.shop)
        basket.skus.append(line.sku)
        basket.by_shop.setdefault(line.shop, []).append(place)
        basket.categories.append(line.categories)
        basket.weights.append(line.weight_g)
        basket.volumes.append(line.volume_cm3)
        basket.templates.append(line.freight_template)
        basket.warehouses.append(line.warehouse)
        basket.free_shipping.append(line.free_shipping)
        basket.places.append(position)
        basket.source.append(line)
        if type(quantity) is int:
            basket.millis.append(quantity * 1000)
            basket.pieces.append(quantity)
            basket.goods.append(price * quantity)
            basket.lists.append(listed * quantity)
        else:
            thousandths = milli(quantity)
            basket.millis.append(thousandths)
            basket.pieces.append(-(-thousandths // 1000))
            basket.goods.append(rounded(price * thousandths, 1000))
            basket.lists.append(rounded(listed * thousandths, 1000))
    return basket
