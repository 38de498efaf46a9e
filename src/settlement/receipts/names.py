"""Names for the ids of a settlement, from the documents that it was made from, safe to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.cart.line import names_no_freight
from settlement.documents.region import RegionTable
from settlement.documents.words.plain import shown
from settlement.freight.tariff import excluded
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.cart.line import Line
    from settlement.documents.words.language import Language
    from settlement.freight.surcharges.surcharge import Surcharge
    from settlement.receipts.parts import Adjustment, GiftLine
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["Names"]


class Names:
    """Names where the documents are given and say them, else ids; everything is escaped by `shown`."""

    def __init__(self, settlement: Settlement, checkout: Checkout | None, rulebook: Rulebook | None) -> None:
        lines: tuple[Line, ...] = () if checkout is None else checkout.cart.lines
        called = settlement.called
        self._lines = {line.id: line.sku for line in settlement.lines} | {line.id: line.sku for line in lines}
        self._lines |= called.lines
        self._lines |= {line.id: line.name for line in lines if line.name}
        self._skus = {line.sku: line.name for line in lines if line.name}
        self._offers = dict(called.offers)
        self._templates: dict[str, str] = {}
        self._methods: dict[str, str] = {}
        self._ways: dict[str, str] = {}
        self._collected: frozenset[str] = frozenset()
        self._warehouses: dict[str, str] = {}
        self._shops = {line.id: line.shop for line in lines}
        self._surcharges: dict[str, tuple[Surcharge, ...]] = {}
        self._address = None if checkout is None else checkout.address
        self._least: dict[str, Money] = {}
        self._unshipped: frozenset[str] = frozenset()
        self._measures: dict[str, str] = {
            each.rule: str(each.facts["measure"]) for each in settlement.adjustments if "measure" in each.facts
        }
        if rulebook is not None:
            self._offers |= rulebook.names[0]
            self._templates = {each.id: each.name or each.id for each in rulebook.freight_templates}
            self._surcharges = {each.id: each.surcharges for each in rulebook.freight_templates}
            self._methods = {each.id: each.name or each.id for each in rulebook.payment_methods}
            self._ways = {each.id: each.name or each.id for each in rulebook.delivery_methods}
            self._collected = frozenset(each.id for each in rulebook.delivery_methods if each.pickup)
            self._warehouses = {each.id: each.name or each.id for each in rulebook.warehouses}
            self._least = {each.shop: each.amount for each in rulebook.minimum_orders}
            if rulebook.freight_templates and checkout is not None and checkout.address is not None:
                collected = checkout.choice.pickup
                self._unshipped = frozenset(
                    line.id for line in lines if names_no_freight(line) and line.shop not in collected
                )
            self._measures |= {each.id: each.measure for each in rulebook.freight_templates}

    def line(self, name: str) -> str:
        """A line's name, else its sku, else its id."""
        return shown(self._lines.get(name, name))

    def unshipped(self, name: str) -> bool:
        """Whether a line names no template where the rules have some: nothing is charged for shipping it."""
        return name in self._unshipped

    def gift(self, gift: GiftLine) -> str:
        """A gift's own name, else that of a line with its sku, else the sku."""
        return shown(gift.name or self._skus.get(gift.sku) or gift.sku)

    def offer(self, rule: str) -> str:
        """The name of a promotion or a coupon; a further copy has the name of the coupon."""
        name, _, copy = rule.rpartition("#")
        if rule not in self._offers and copy == "freight":
            return self.offer(name)
        if rule not in self._offers and name in self._offers and copy.isdecimal():
            return shown(f"{self._offers[name]} #{copy}")
        return shown(self._offers.get(rule, rule))

    def taken(self, adjustment: Adjustment, say: Language) -> str:
        """The name of an offer that took something off; of an add-on and a presale with its terms."""
        name = self.offer(adjustment.rule)
        benefit = adjustment.facts.get("benefit", {})
        if benefit.get("type") == "presale":
            facts = {"deposit": say.money(Money(benefit["deposit"])), "worth": say.money(Money(benefit["worth"]))}
            return say("{offer}, a deposit of {deposit} counts as {worth}", offer=name, **facts)
        if benefit.get("type") != "add_on_price":
            return name
        return say("{offer}, added on for {price} each", offer=name, price=say.money(Money(benefit["price"])))

    def template(self, name: str) -> str:
        """The name of a freight template."""
        return shown(self._templates.get(name, name))

    def surcharge_zone(self, template: str, label: str | None = None) -> str | None:
        """The region whose surcharge of a label the template adds at the address, where both documents are known."""
        if self._address is None:
            return None
        mine = [each for each in self._surcharges.get(template, ()) if each.label == label]
        table = RegionTable((zone, each) for each in mine for zone in each.regions)
        region = self._address.region
        found = table.nearest_that(region, lambda rule: not excluded(rule, region))
        return None if found is None else found[0]

    def method(self, name: str) -> str:
        """The name of a way to pay."""
        return shown(self._methods.get(name, name))

    def way(self, name: str) -> str:
        """The name of a delivery method."""
        return shown(self._ways.get(name, name))

    def collected(self, method: str) -> bool:
        """Whether by a delivery method the buyer collects, where that is known."""
        return method in self._collected

    def warehouse(self, name: str) -> str:
        """The name of a warehouse."""
        return shown(self._warehouses.get(name, name))

    def minimum_order(self, line: str) -> Money | None:
        """The minimum order of a line's shop, where that is known."""
        return self._least.get(self._shops.get(line, ""))

    def measure(self, template: str) -> str | None:
        """What a template measures, where that is known."""
        return self._measures.get(template)
