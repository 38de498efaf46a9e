"""What an agent sends to create or to change a checkout of UCP, as a request that can be settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Literal

from settlement.cart.address import Address
from settlement.cart.customer import Customer
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.ext.agents.asked import Asked, AskedLine, Merchant, Reading, found_address, made_checkout
from settlement.ext.ucp.fulfilment import destination_of
from settlement.ext.ucp.versions import PIECES_ONLY, VERSION, expect_version
from settlement.money import excerpt
from settlement.rulebook.request import Request
from settlement.rulebook.rulebook import Rulebook

__all__ = ["to_request"]


def to_request(
    document: Mapping[str, Any],
    rulebook: Rulebook,
    merchant: Merchant,
    *,
    at: datetime | str,
    customer: Customer | None = None,
    points: int | Literal["max"] = 0,
    version: str = VERSION,
) -> Request:
    """The request: the merchant's own goods and prices, in the agent's quantities, for this `customer` and instant.

    Of the document are read: ids and quantities of lines, codes, the selected address and way of delivery, and the
    payment handler of the selected instrument; where none is and the merchant has one handler, that one's fee and
    offers are in it from the start. No amount is. Codes and ways of delivery that there are not are left
    out here, and told by `to_checkout`. Raises `InvalidDocument`, whose places are those of the document, for what is
    no checkout, for goods that there are not, an address whose region is not known, and goods that are sold by measure
    in a `version` that counts pieces; `ValueError` for another version. Source: docs/how-to/agents.md.

    >>> goods = {"k": {"shop": "s", "unit_price": "59.90 CNY"}}
    >>> document = {"line_items": [{"item": {"id": "k", "price": 1}, "quantity": 2, "totals": []}]}
    >>> made = to_request(document, Rulebook(id="r", currency="CNY"), Merchant(goods.get), at="2026-11-11T00:00:00Z")
    >>> made.checkout.cart.lines[0].unit_price
    Money('59.90 CNY')
    """
    expect("document", document, Mapping)
    expect("rulebook", rulebook, Rulebook)
    expect("merchant", merchant, Merchant)
    expect_version(version)
    read = Reading()
    lines = list(_lines(document, merchant, version, read))
    address, delivery = _fulfilment(document, rulebook, merchant, lines, read)
    discounts = read.of(document, "", "discounts", dict)
    codes = None if discounts is None else read.texts(discounts, "discounts", "codes")
    asked = Asked(lines, codes, address, delivery, _method(document, merchant, read))
    buyer = Customer() if customer is None else customer
    checkout = made_checkout(asked, rulebook, merchant, read, at=at, customer=buyer, points=points, title="UCP")
    return Request(checkout=checkout, rulebook=rulebook)


def _lines(document: Mapping[str, Any], merchant: Merchant, version: str, read: Reading) -> Iterator[AskedLine]:
    """The lines, each with an id of its own: the agent's, or one that is given here."""
    rows = read.each(document, "", "line_items")
    if not rows:
        read.add("line_items", "field.missing")
    taken = [row.get("id") for _, row in rows]
    for number, (place, row) in enumerate(rows, 1):
        item = read.of(row, place, "item", dict, need=True)
        steps = read.of(row, place, "quantity", int, need=True)
        sku = None if item is None else read.of(item, f"{place}.item", "id", str, need=True)
        if steps is not None and not 0 < steps < 2**53:
            read.add(f"{place}.quantity", "integer.range", found=excerpt(steps), range="from 1 to 2^53 - 1")
        name = row.get("id")
        if not isinstance(name, str) or not name or taken.count(name) > 1:
            name = next(free for n in count(number) if (free := f"li_{n}") not in taken)
            taken.append(name)
        if item is not None and sku is not None and steps is not None:
            _unit(item, sku, f"{place}.item.quantity_unit", merchant, version, read)
            yield AskedLine(name, sku, steps, place)


def _unit(item: Mapping[str, Any], sku: str, place: str, merchant: Merchant, version: str, read: Reading) -> None:
    """A unit that the agent states is the merchant's own: nothing is converted in silence."""
    unit, stated = merchant.units.get(sku), item.get("quantity_unit")
    if version in PIECES_ONLY:
        if unit is not None:
            place = place.removesuffix(".item.quantity_unit")
            read.add(f"{place}.quantity", "unsayable.quantity", found=unit.text, protocol=f"UCP {version}")
        return
    if isinstance(stated, Mapping):
        known = ("C62", 0) if unit is None else (unit.code, unit.scale)
        if (stated.get("unit"), stated.get("scale", 0)) != known:
            read.add(place, "agent.unit", known=f"{known[0]}, {known[1]}")


def _fulfilment(
    document: Mapping[str, Any], rulebook: Rulebook, merchant: Merchant, lines: list[AskedLine], read: Reading
) -> tuple[Address | None, dict[str, str | None]]:
    """Where the goods go, and how those of each shop do."""
    part = read.of(document, "", "fulfillment", dict) or {}
    shops = {line.id: goods["shop"] for line in lines if (goods := merchant.goods(line.sku)) is not None}
    address, delivery = None, dict[str, str | None]()
    for place, method in read.each(part, "fulfillment", "methods"):
        pickup = method.get("type") == "pickup"
        found = None if pickup else destination_of(method)
        if found is not None and address is None:
            address = _address(f"{place}.destinations[{found[0]}]", found[1], document, read)
        groups = read.each(method, place, "groups")
        named = [line for line in read.texts(method, place, "line_item_ids") or shops if line in shops]
        for shop in dict.fromkeys([shops[line] for line in named]) if pickup else ():
            delivery.setdefault(shop, _any_pickup(rulebook, shop))
        for at, group in groups:
            chosen = read.of(group, at, "selected_option_id", str)
            mine = {read.of(group, at, "id", str)} & set(shops.values())
            members = [shops[line] for line in read.texts(group, at, "line_item_ids") or named if line in shops]
            for shop in dict.fromkeys([*mine] or members):
                if chosen in [each.id for each in rulebook.delivery_methods if each.offered(shop)]:
                    delivery[shop] = chosen
    return address, delivery


def _any_pickup(rulebook: Rulebook, shop: str) -> str | None:
    """The first method by which this shop's goods are collected; None: the plain choice, of a shop without methods."""
    return next((each.id for each in rulebook.delivery_methods if each.offered(shop) and each.pickup), None)


def _address(place: str, row: Mapping[str, Any], document: Mapping[str, Any], read: Reading) -> Address | None:
    names = ("street_address", "extended_address", "address_locality", "address_region", "address_country",
             "postal_code", "first_name", "last_name", "phone_number")  # fmt: skip
    said = {name: read.of(row, place, name, str) or "" for name in names}
    given = document.get("buyer")
    buyer: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    for name in ("first_name", "last_name", "phone_number"):
        if not said[name] and isinstance(buyer.get(name), str):
            said[name] = buyer[name]
    return found_address(
        place,
        read,
        country=said["address_country"],
        state=said["address_region"],
        postcode=said["postal_code"],
        city=said["address_locality"],
        street=said["street_address"],
        more=said["extended_address"],
        name=" ".join(filter(None, (said["first_name"], said["last_name"]))),
        phone=said["phone_number"],
    )


def _method(document: Mapping[str, Any], merchant: Merchant, read: Reading) -> str | None:
    """The payment method whose handler the selected instrument names; an only instrument, or handler, is selected."""
    payment = read.of(document, "", "payment", dict) or {}
    rows = read.each(payment, "payment", "instruments")
    one = len(rows) == 1 and rows[0][1].get("selected") is not False
    chosen = [each for each in rows if one or each[1].get("selected") is True]
    handlers = [read.of(row, place, "handler_id", str) for place, row in chosen]
    if not any(handlers) and len(merchant.handler_ids) == 1:
        handlers = [*merchant.handler_ids]
    known = merchant.payment_methods
    return next((known[name] for name in handlers if name is not None and name in known), None)


all_readable(globals())
