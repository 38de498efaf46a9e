"""What is hardly meant in the delivery methods of a rulebook: methods of no use, and lines that none of them sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settlement.documents.region import meet
from settlement.findings.findings import Finding, finding
from settlement.freight.delivery_methods import DeliveryMethod, MethodTemplate
from settlement.freight.templates import FreightTemplate
from settlement.rulebook.rulebook import Rulebook

__all__ = ["check_delivery"]


def check_delivery(rulebook: Rulebook) -> Iterator[Finding]:
    """Templates that are not there or ship elsewhere, methods that no shop offers, templates that no method sends.

    Shops are those that the rules name elsewhere: issuers, scopes, minimum orders, prices. Source: docs/delivery.md.

    >>> from settlement.freight.delivery_methods import DeliveryMethod, MethodTemplate
    >>> method = DeliveryMethod(id="express", templates=[{"template": "parcel"}])
    >>> for found in check_delivery(Rulebook(id="r", currency="CNY", delivery_methods=[method])):
    ...     print(found.place, found.code)
    delivery_methods[0].templates[0].template delivery.no_template
    """
    known = {template.id: template for template in rulebook.freight_templates}
    shops = _shops(rulebook)
    for index, method in enumerate(rulebook.delivery_methods):
        place = f"delivery_methods[{index}]"
        for at, entry in enumerate(method.templates or ()):
            if entry.template not in known:
                yield finding(f"{place}.templates[{at}].template", "delivery.no_template", template=entry.template)
        if method.shops is not None and (shops or not method.shops) and shops.isdisjoint(method.shops):
            yield finding(f"{place}.shops", "delivery.no_shop", shops=tuple(method.shops))
        yield from _nowhere(place, method, known)
    yield from _unsent(rulebook)


def _nowhere(place: str, method: DeliveryMethod, known: Mapping[str, FreightTemplate]) -> Iterator[Finding]:
    """Templates that a method names, or all, of whose zones none lies where the method holds."""
    if method.regions is None or method.pickup:
        return
    entries = method.templates or [MethodTemplate(template=template) for template in known]
    far = []
    for entry in entries:
        by = known.get(entry.by or entry.template)
        zones = entry.zones or (() if by is None else by.zones)
        named = [region for zone in zones for region in zone.regions]
        if named and not any(meet(one, other) for one in method.regions for other in named):
            far.append(entry.template)
    if far and (method.templates is not None or len(far) == len(entries)):
        yield finding(f"{place}.regions", "delivery.no_zone", templates=tuple(far))


def _unsent(rulebook: Rulebook) -> Iterator[Finding]:
    """For each shop with methods of its own, or for all: templates that none of its methods sends."""
    methods = rulebook.delivery_methods
    named = sorted({shop for method in methods for shop in method.shops or ()})
    everywhere = any(method.shops is None for method in methods)
    for shop in [*named, *([None] if everywhere else [])]:
        offered = [each for each in methods if each.shops is None or (shop is not None and shop in each.shops)]
        called = "other shops" if shop is None and named else "every shop" if shop is None else shop
        if all(each.pickup for each in offered):
            yield finding("delivery_methods", "delivery.only_pickup", shop=called)
            continue
        for index, template in enumerate(rulebook.freight_templates):
            pricing = {entry.by for each in methods for entry in each.templates or () if entry.by is not None}
            if template.id in pricing:  # a card that only prices others
                continue
            if not any(not each.pickup and each.entry(template.id) is not None for each in offered):
                yield finding(f"freight_templates[{index}]", "delivery.no_method", shop=called)


def _shops(rulebook: Rulebook) -> frozenset[str]:
    """The shops that the rules name, beside their methods."""
    offers = (*rulebook.promotions, *rulebook.coupons)
    return frozenset(
        {each.shop for each in rulebook.minimum_orders}
        | {each.issuer for each in offers if each.issuer != "platform"}
        | {shop for each in offers if each.scope is not None for shop in each.scope.shops or ()}
        | {price.shop for each in rulebook.price_lists for price in each.prices if price.shop is not None}
    )
