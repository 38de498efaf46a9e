"""What each delivery method would cost: every shop of a checkout, every method that it offers, each settled with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from settlement.cart.checkout import Checkout, Choice, ShopDelivery
from settlement.documents.json_text import compact, plain
from settlement.documents.problems import expect
from settlement.engine.settle import settle
from settlement.freight.delivery_methods import DeliveryMethod
from settlement.money import Money
from settlement.receipts.parts import Status
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["DeliveryOption", "delivery_options"]


class DeliveryOption(NamedTuple):
    """What one shop's delivery by one method costs, and what is then payable of the whole.

    `freight` and `surcharges` are the shop's, after the combination and free shipping and before freight offers;
    `freight_offers` (0 or below) is what these take off. Where some line of the shop can't go so, all four amounts are
    None: `cause` says why (the word of `facts`), and `lines` which they are.
    """

    shop: str
    id: str
    name: str | None
    description: str | None
    pickup: bool
    freight: Money | None
    surcharges: Money | None
    freight_offers: Money | None
    payable: Money | None
    status: Status
    cause: str | None = None
    lines: tuple[str, ...] = ()
    facts: Mapping[str, Any] = MappingProxyType({})

    def to_dict(self) -> dict[str, Any]:
        """Plain data for programs: amounts as strings."""
        found: dict[str, Any] = plain(self)
        return found

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def text(self, locale: str = "en") -> str:
        """What it costs, or why it is not available, for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.delivery_text import option_text

        return option_text(self, locale)

    def __str__(self) -> str:
        return self.text()


def delivery_options(checkout: Checkout, rulebook: Rulebook) -> tuple[DeliveryOption, ...]:
    """Every shop of the cart, in its order, with every method that it offers, in the order of the rules.

    Each is settled with as the shop's choice; what lines choose themselves, and other shops, stays as it is. A method
    may change which coupons are best, so `payable` is the whole settlement's. Shops without methods have none here.
    Raises what `settle()` raises. Source: docs/delivery.md.

    >>> from settlement import Cart, Line, FreightTemplate, Zone
    >>> template = FreightTemplate(
    ...     id="t", measure="quantity", zones=[Zone(regions=["CN"], first=1, first_fee="8.00 CNY")]
    ... )
    >>> methods = [DeliveryMethod(id="standard"), DeliveryMethod(id="shop", pickup=True)]
    >>> rulebook = Rulebook(id="r", currency="CNY", freight_templates=[template], delivery_methods=methods)
    >>> line = Line(id="a", shop="s", sku="k", quantity=1, unit_price="50.00 CNY", freight_template="t")
    >>> checkout = Checkout(
    ...     at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]), address={"region": "440305"}
    ... )
    >>> [(each.id, str(each.freight), str(each.payable)) for each in delivery_options(checkout, rulebook)]
    [('standard', '8.00 CNY', '58.00 CNY'), ('shop', '0.00 CNY', '50.00 CNY')]
    """
    expect("checkout", checkout, Checkout)
    expect("rulebook", rulebook, Rulebook)
    shops: dict[str, set[str]] = {}
    for line in checkout.cart.lines:
        shops.setdefault(line.shop, set()).add(line.id)
    return tuple(
        [
            _option(settle(_with(checkout, shop, method), rulebook), shop, method, mine)
            for shop, mine in shops.items()
            for method in rulebook.delivery_methods
            if method.offered(shop)
        ]
    )


def _with(checkout: Checkout, shop: str, method: DeliveryMethod) -> Checkout:
    """The checkout with this method chosen for the shop."""
    choice = checkout.choice
    others = [each for each in choice.delivery if each.shop != shop]
    chosen: Choice = choice.model_copy(
        update={
            "delivery": (*others, ShopDelivery(shop=shop, method=method.id)),
            "pickup": tuple([each for each in choice.pickup if each != shop]),
        }
    )
    return checkout.model_copy(update={"choice": chosen})


def _option(settlement: Settlement, shop: str, method: DeliveryMethod, mine: Collection[str]) -> DeliveryOption:
    named = (shop, method.id, method.name, method.description, method.pickup)
    refused = [
        each
        for each in settlement.excluded
        if each.reason == "delivery_unavailable" and each.facts.get("method") == method.id and each.line in mine
    ]
    if refused:
        lines = tuple([each.line for each in refused])
        facts = refused[0].facts
        return DeliveryOption(*named, None, None, None, None, settlement.status, str(facts["cause"]), lines, facts)
    found = next((each for each in settlement.shops if each.shop == shop), None)
    nothing = settlement.payable - settlement.payable
    costs = (nothing,) * 3 if found is None else (found.freight, found.surcharges, found.freight_offers)
    return DeliveryOption(*named, *costs, settlement.payable, settlement.status)
