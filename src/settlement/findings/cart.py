"""What is hardly meant in a cart under its rulebook: a line that ships without freight, because nobody said by what."""

from __future__ import annotations

from collections.abc import Iterator

from settlement.cart.cart import Cart
from settlement.cart.columns import Basket
from settlement.cart.line import names_no_freight
from settlement.discounts.staged import Staged
from settlement.discounts.terms import Terms, lines_in_scope
from settlement.documents.problems import expect
from settlement.findings.findings import Finding, finding
from settlement.rulebook.rulebook import Rulebook

__all__ = ["check_cart"]


def check_cart(cart: Cart, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Lines that name no freight template although the rulebook has some, and lines cheaper than their deposit.

    Nothing is charged for shipping the first. That is right for what is not shipped, a service or a voucher; where the
    field was forgotten it is an order that ships free. Lines with `free_shipping` or `stored_value` say so on purpose.
    Source: contract §2.2, §5; docs/presale.md.

    >>> from settlement import FreightTemplate, Line, Zone
    >>> zone = Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY")
    >>> rules = Rulebook(
    ...     id="r", currency="CNY", freight_templates=[FreightTemplate(id="t", measure="quantity", zones=[zone])]
    ... )
    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=1, unit_price="9.00 CNY")])
    >>> [(found.place, found.severity, found.code) for found in check_cart(cart, rules)]
    [('lines[0].freight_template', 'note', 'line.no_template')]
    """
    expect("cart", cart, Cart)
    expect("rulebook", rulebook, Rulebook)
    found = []
    if rulebook.freight_templates:
        found += [
            finding(f"lines[{index}].freight_template", "line.no_template", line=line.name or line.id)
            for index, line in enumerate(cart.lines)
            if names_no_freight(line)
        ]
    return (*found, *_presales(cart, rulebook))


def _presales(cart: Cart, rulebook: Rulebook) -> Iterator[Finding]:
    """Deposits above the price of a line in their scope."""
    place = {line.id: index for index, line in enumerate(cart.lines)}
    for offer in rulebook.promotions:
        deposits = [tier.benefit.deposit for tier in offer.tiers if isinstance(tier.benefit, Staged)]
        if deposits:
            basket = Basket(cart.lines, cart.currency)
            least = min(deposits, key=lambda deposit: deposit.minor)
            for at in lines_in_scope(Terms(offer, coupon=False), basket):
                line = basket.source[at]
                if line.unit_price.minor < least.minor:
                    facts = {"line": line.name or line.id, "price": str(line.unit_price)}
                    facts |= {"deposit": str(least), "offer": offer.name or offer.id}
                    yield finding(f"lines[{place[line.id]}].unit_price", "presale.dear", **facts)
