"""Who takes part where shops have delivery methods: each line gets one, or is left out (docs/delivery.md).

A line takes the method that it names, else the one chosen for its shop. The others of one (shop, template, warehouse)
go together, by the cheapest that can send all of them: by what their parcel would cost alone, before any offer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from settlement.engine.screening import below_minimum, untaxed
from settlement.freight.delivery_methods import tariff_key
from settlement.freight.ends import too_much
from settlement.freight.parcels import pack
from settlement.freight.warehouses import Sourcing, nearest_warehouses

if TYPE_CHECKING:
    from settlement.cart.checkout import Asked
    from settlement.cart.columns import Basket
    from settlement.freight.delivery_methods import DeliveryMethod
    from settlement.freight.tariff import Match, Tariff
    from settlement.rulebook.rulebook import Rules

__all__ = ["Delivered", "deliver"]

#: Shop, template, warehouse.
Key: TypeAlias = tuple[str, str, "str | None"]


class Delivered(NamedTuple):
    """The basket with its methods, less nothing; the lines that are left out by place, with a reason and facts."""

    basket: Basket
    out: Mapping[int, str]
    why: Mapping[int, Mapping[str, Any]]
    matches: Mapping[str, tuple[Tariff, Match]]
    sourcing: Sequence[Sourcing]


class _Open(NamedTuple):
    """Lines that nobody chose a method for, and those that can send all of them, in the order of the rules."""

    key: Key
    lines: Sequence[int]
    methods: Sequence[str]


def deliver(asked: Asked, rules: Rules) -> Delivered:
    """Give every line that ships its method, before minimum orders are looked at; prices come last (`cheapest`)."""
    return _Delivery(asked, rules).delivered()


class _Delivery:
    """One cart's lines on their way to a method each."""

    def __init__(self, asked: Asked, rules: Rules) -> None:
        self.asked, self.rules, self.region = asked, rules, asked.region
        self.basket = asked.basket
        self.sourcing: Sequence[Sourcing] = ()
        if self.basket.candidates and self.region is not None:
            self.basket, self.sourcing = nearest_warehouses(self.basket, rules.warehouses, self.region)
        self.templates = list(self.basket.templates)
        self.methods: list[str | None] = [None] * len(self.templates)
        self.out: dict[int, str] = {}
        self.why: dict[int, Mapping[str, Any]] = {}
        self.matches: dict[str, tuple[Tariff, Match]] = {}
        #: Lines whose way is known, by what is one parcel; and the others.
        self.known: dict[tuple[Key, str | None], list[int]] = {}
        self.open: dict[Key, list[int]] = {}

    def delivered(self) -> Delivered:
        """First what is chosen, then what else is possible, then what it would cost."""
        for place, template in enumerate(self.templates):
            if template is not None:
                self._chosen(place, template)
        for (key, method), lines in list(self.known.items()):
            self._send(key, method, lines)
        groups = [each for key in sorted(self.open, key=_order) if (each := self._possible(key, self.open[key]))]
        if self.rules.taxes and self.region is not None:
            untaxed(self.asked, self.basket, self.rules, self.out)
        below_minimum(self.basket, self.rules, self.out)
        self._cheapest(
            [each._replace(lines=[place for place in each.lines if place not in self.out]) for each in groups]
        )
        basket = self.basket.shipped_as(self.templates, self.basket.warehouses)
        if any(method is not None for method in self.methods):
            basket = basket.delivered(self.methods)
        ids = basket.ids
        sent = {ids[place] for place in basket.places if place not in self.out and basket.templates[place] is not None}
        sourcing = [each for each in self.sourcing if each.line in sent]
        return Delivered(basket, self.out, self.why, self.matches, sourcing)

    # -------------------------------------------------------------- what is chosen

    def _chosen(self, place: int, template: str) -> None:
        """Take a line's own choice, else its shop's; without either it waits, or its shop has no methods."""
        basket, shop = self.basket, self.basket.shops[place]
        own: str | None = basket.source[place].delivery
        name = own
        if own is None:
            if shop in self.asked.pickup:
                self._collect(place, offered=self.rules.tariffs[template].template.pickup)
                return
            name = next((each.method for each in self.asked.delivery if each.shop == shop), None)
        key = (shop, template, basket.warehouses[place])
        if name is not None:
            method = self.rules.delivery[name]
            refused = method.refused(shop, self.region, self.asked.at) or self._untaken(template, method)
            if refused is not None:
                self._leave_out([place], "delivery_unavailable", {"method": name, "cause": refused})
                return
            self.methods[place] = name
            if method.pickup:
                self.templates[place] = None
                return
            self.known.setdefault((key, name), []).append(place)
        elif any(method.offered(shop) for method in self.rules.delivery.values()):
            self.open.setdefault(key, []).append(place)
        else:
            self.known.setdefault((key, None), []).append(place)

    def _collect(self, place: int, *, offered: bool) -> None:
        self.templates[place] = None
        if not offered:
            self.out[place] = "no_pickup"

    def _untaken(self, template: str, method: DeliveryMethod) -> str | None:
        """Whether a method does not send lines of a template, or not to the address."""
        if method.entry(template) is None:
            return "template"
        if method.pickup or self.region is None:
            return None
        return "undeliverable" if self._match(template, method.id)[1].zone is None else None

    def _send(self, key: Key, method: str | None, lines: Sequence[int]) -> None:
        """A parcel whose way is known: the lines that lack a measure are left out, and all where it is too much."""
        lines = self._measured(key[1], method, lines)
        if self.region is None or not lines:
            return
        tariff, match = self._match(key[1], method)
        if match.zone is None:  # of a method the line heard so when it was chosen
            self._leave_out(lines, "undeliverable", None)
        elif facts := too_much(self.basket, self.basket.group(key, lines, method), tariff, match):
            if method is None:
                self._leave_out(lines, "undeliverable", facts)
            else:
                self._leave_out(lines, "delivery_unavailable", {"method": method, "cause": "too_much", **facts})

    # -------------------------------------------------------------- what is possible

    def _possible(self, key: Key, lines: Sequence[int]) -> _Open | None:
        """The methods by which lines that chose none can go together; where there is none they are left out."""
        shop, template, _ = key
        reached = [
            name
            for name, method in self.rules.delivery.items()
            if not method.pickup
            and method.refused(shop, self.region, self.asked.at) is None
            and self._untaken(template, method) is None
        ]
        first: Mapping[str, Any] | None = None
        found = []
        measured = [name for name in reached if len(self._stating(template, name, lines)) == len(lines)]
        for name in measured:
            facts = self._too_much(key, name, lines)
            if facts is None:
                found.append(name)
            else:
                first = first or {"method": name, **facts}
        if found:
            return _Open(key, lines, found)
        if reached and not measured:  # what lacks a measure that the first needs goes; the rest asks again
            left = self._measured(template, reached[0], lines)
            return self._possible(key, left) if left else None
        self._leave_out(lines, "undeliverable", first)
        return None

    def _too_much(self, key: Key, method: str, lines: Sequence[int]) -> Mapping[str, Any] | None:
        """Whether they are too much for one parcel beside the lines that chose this method."""
        if self.region is None:
            return None
        beside = [place for place in self.known.get((key, method), ()) if place not in self.out]
        tariff, match = self._match(key[1], method)
        return too_much(self.basket, self.basket.group(key, sorted([*lines, *beside]), method), tariff, match)

    # -------------------------------------------------------------- what it costs

    def _cheapest(self, groups: Sequence[_Open]) -> None:
        """Of several methods the one whose parcel alone costs least before offers, the first of equal ones.

        Free entries look at the goods of all lines that take part, before offers; no combination is looked at.
        """
        if self.region is None:
            return
        kept = [place for place in self.basket.places if place not in self.out]
        now = {place: at for at, place in enumerate(kept)}
        basket = self.basket.shipped_as(self.templates, self.basket.warehouses).without(self.out)
        goods, _ = basket.goods(self.rules.rounded)
        for key, lines, names in groups:
            if not lines:
                continue
            best = names[0]
            if len(names) > 1:
                places = [now[place] for place in lines]
                best = min(names, key=lambda name: self._price(basket, goods, key, places, name))
            for place in lines:
                self.methods[place] = best

    def _price(self, basket: Basket, goods: Sequence[int], key: Key, lines: Sequence[int], method: str) -> int:
        """Freight and surcharges of some lines by a method, in minor units."""
        group = basket.group(key, lines, method)
        alone = pack(basket, [group], self.matches, goods, "sum", self.rules.rounded)
        return sum([each.fee + each.surcharge for each in alone.charge(goods)])

    # -------------------------------------------------------------- of use to all

    def _match(self, template: str, method: str | None) -> tuple[Tariff, Match]:
        """What the tariff of a template says of the address, which is known."""
        key = tariff_key(template, method)
        if key not in self.matches:
            tariff = self.rules.tariffs[key].at(self.asked.at)
            self.matches[key] = tariff, tariff.match(self.region or "")
        return self.matches[key]

    def _stating(self, template: str, method: str | None, lines: Sequence[int]) -> list[int]:
        """The lines that state every measure that a tariff needs."""
        needs, basket = self.rules.tariffs[tariff_key(template, method)].needs, self.basket
        columns = [basket.weights] * ("weight_g" in needs) + [basket.volumes] * ("volume_cm3" in needs)
        return [place for place in lines if all(column[place] is not None for column in columns)]

    def _measured(self, template: str, method: str | None, lines: Sequence[int]) -> list[int]:
        stating = self._stating(template, method, lines)
        self._leave_out([place for place in lines if place not in stating], "no_measure", None)
        return stating

    def _leave_out(self, lines: Sequence[int], reason: str, facts: Mapping[str, Any] | None) -> None:
        for place in lines:
            self.out[place] = reason
            self.methods[place] = None
            if facts is not None:
                self.why[place] = facts


def _order(key: Key) -> tuple[str, str, str]:
    return key[0], key[1], key[2] or ""
