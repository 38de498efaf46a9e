"""Who takes part: each line is in, or out with the first reason that holds (contract §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from settlement.cart.columns import Basket, Excluded
from settlement.freight.warehouses import Sourcing, nearest_warehouses
from settlement.taxes.tables import STANDARD

if TYPE_CHECKING:
    from settlement.cart.checkout import Asked
    from settlement.freight.tariff import Match, Tariff
    from settlement.rulebook.rulebook import Rules

__all__ = ["Admitted", "below_minimum", "screen", "untaxed"]


#: The lines that take part, those that do not, what each template says of the address, and the warehouses chosen.
Admitted: TypeAlias = tuple[Basket, "Sequence[Excluded]", "Mapping[str, tuple[Tariff, Match]]", "Sequence[Sourcing]"]


_NO_FACTS: Final[Mapping[int, Mapping[str, Any]]] = MappingProxyType({})


def screen(asked: Asked, rules: Rules) -> Admitted:
    """Screen the cart. Templates that lines name are known to be there (see `question.open_case`)."""
    if rules.delivery:
        return _by_method(asked, rules)
    basket, left_out, region = asked.basket, asked.excluded, asked.region
    excluded: Sequence[Excluded] = left_out
    out: dict[int, str] = {}
    why: Mapping[int, Mapping[str, Any]] = _NO_FACTS
    ends = False
    if asked.pickup:
        basket = _collected(asked.pickup, basket, rules, out)
    matches: dict[str, tuple[Tariff, Match]] = {}
    for template in basket.template_ids:
        tariff = rules.tariffs[template]
        if basket.unmeasured and tariff.needs & basket.unmeasured:
            _unmeasured(basket, tariff, out)
        if region is not None:
            if tariff.timed:
                tariff = tariff.at(asked.at)
            match = tariff.match(region)
            matches[template] = (tariff, match)
            if match.zone is None:
                for place, name in enumerate(basket.templates):
                    if name == template:
                        out.setdefault(place, "undeliverable")
            elif match.ends:
                ends = True
    if ends and region is not None:
        why = _not_taken(basket, rules, matches, region, out)
    if rules.leaves_out:
        if rules.taxes and region is not None:
            untaxed(asked, basket, rules, out)
        below_minimum(basket, rules, out)
    if out:
        basket, excluded = _less(basket, left_out, out, why)
    sourcing: Sequence[Sourcing] = ()
    if basket.candidates and region is not None:
        basket, sourcing = nearest_warehouses(basket, rules.warehouses, region)
    return basket, excluded, matches, sourcing


def _less(
    basket: Basket, left_out: Sequence[Excluded], out: Mapping[int, str], why: Mapping[int, Mapping[str, Any]]
) -> tuple[Basket, Sequence[Excluded]]:
    """The basket without some lines, and all that are left out in the order of the cart."""
    more = [Excluded(basket.ids[at], reason, None, basket.positions[at], why.get(at)) for at, reason in out.items()]
    return basket.without(out), sorted((*left_out, *more), key=lambda each: each.position)


def _by_method(asked: Asked, rules: Rules) -> Admitted:
    """The same where shops have delivery methods."""
    from settlement.engine.delivering import deliver

    basket, out, why, matches, sourcing = deliver(asked, rules)
    excluded: Sequence[Excluded] = asked.excluded
    if out:
        basket, excluded = _less(basket, excluded, out, why)
    return basket, excluded, matches, sourcing


def _not_taken(
    basket: Basket, rules: Rules, matches: Mapping[str, tuple[Tariff, Match]], region: str, out: dict[int, str]
) -> dict[int, Mapping[str, Any]]:
    """Parcels of the lines that are left which are more than their rate card, or a box, takes; why, for each line."""
    from settlement.freight.ends import not_taken

    left = basket.without(out)
    if left.candidates:
        left, _ = nearest_warehouses(left, rules.warehouses, region)
    places = {name: place for place, name in enumerate(basket.ids)}
    why = {places[left.ids[line]]: facts for lines, facts in not_taken(left, matches) for line in lines}
    out.update(dict.fromkeys(why, "undeliverable"))
    return why


def below_minimum(basket: Basket, rules: Rules, out: dict[int, str]) -> None:
    """A shop whose lines that are not left out come to less goods than its minimum order takes no part."""
    if not rules.minimum_orders:
        return
    goods, _ = basket.goods(rules.rounded)
    for shop, places in basket.by_shop.items():
        least = rules.minimum_orders.get(shop)
        if least is not None:
            left = [place for place in places if place not in out]
            if sum([goods[place] for place in left]) < least:
                out.update(dict.fromkeys(left, "below_minimum_order"))


def untaxed(asked: Asked, basket: Basket, rules: Rules, out: dict[int, str]) -> None:
    """Prices without tax need a rate: where no row of the table holds for a line it can't be sold. 0 is a rate."""
    exempt = asked.customer.tax_exempt
    for shop, places in basket.by_shop.items():
        table = rules.tax_table(shop)
        if table is None or table.taxes.prices != "without":
            continue
        if exempt is not None and (exempt.shops is None or shop in exempt.shops):
            continue
        for place in places:
            tax_class = basket.source[place].tax_class or STANDARD
            if place not in basket.money and not table.bill(tax_class, asked.region, asked.at):
                out.setdefault(place, "no_tax_rate")


def _unmeasured(basket: Basket, tariff: Tariff, out: dict[int, str]) -> None:
    for place, name in enumerate(basket.templates):
        if name == tariff.template.id:
            weight = "weight_g" in tariff.needs and basket.weights[place] is None
            volume = "volume_cm3" in tariff.needs and basket.volumes[place] is None
            if weight or volume:
                out.setdefault(place, "no_measure")


def _collected(pickup: Sequence[str], basket: Basket, rules: Rules, out: dict[int, str]) -> Basket:
    """Lines of the shops where the buyer collects: nothing to ship, where the template offers it."""
    shops = frozenset(pickup)
    templates = list(basket.templates)
    for place, template in enumerate(templates):
        if template is not None and basket.shops[place] in shops:
            templates[place] = None
            if not rules.tariffs[template].template.pickup:
                out[place] = "no_pickup"
    return basket.shipped_as(templates, basket.warehouses)
