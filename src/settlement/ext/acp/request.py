"""What an agent sends to create or to change a checkout session of ACP, as a request that can be settled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from settlement.cart.address import Address
from settlement.cart.customer import Customer
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.ext.acp.checkout import option_id
from settlement.ext.acp.versions import PROTOCOL
from settlement.ext.agents.asked import Asked, AskedLine, Merchant, Reading, found_address, made_checkout
from settlement.ext.agents.ways import STANDARD
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
    payment_method: str | None = None,
) -> Request:
    """The request: the merchant's own goods and prices, in the agent's quantities, for this `customer` and instant.

    Of the document are read: goods with their quantities (1 where none is stated), codes, the address, the options
    selected, and the note for the order. No amount is, and no way to pay: an agent names one when it completes, and
    `payment_method` is that of the rules, with its fee. A line is called `li_1`, `li_2` and so on. Raises
    `InvalidDocument`, whose places are those of the document, for what is no session, goods that there are not or that
    are sold by measure, another currency, and an address whose region is not known. Source: docs/how-to/agents.md.

    >>> goods = {"k": {"shop": "s", "unit_price": "59.90 CNY"}}
    >>> document = {"line_items": [{"id": "k", "quantity": 2, "unit_amount": 1}], "currency": "cny"}
    >>> made = to_request(document, Rulebook(id="r", currency="CNY"), Merchant(goods.get), at="2026-11-11T00:00:00Z")
    >>> made.checkout.cart.lines[0].unit_price
    Money('59.90 CNY')
    """
    expect("document", document, Mapping)
    expect("rulebook", rulebook, Rulebook)
    expect("merchant", merchant, Merchant)
    read = Reading()
    currency = read.of(document, "", "currency", str)
    if currency is not None and currency.upper() != rulebook.currency:
        read.add("currency", "agent.currency", currency=rulebook.currency)
    lines = _lines(document, merchant, read)
    discounts = read.of(document, "", "discounts", dict)
    codes = read.texts(document, "", "coupons") if discounts is None else read.texts(discounts, "discounts", "codes")
    delivery = _delivery(document, rulebook, merchant, lines, read)
    asked = Asked(lines, codes, _address(document, read), delivery, payment_method)
    buyer = Customer() if customer is None else customer
    checkout = made_checkout(asked, rulebook, merchant, read, at=at, customer=buyer, points=points, title="ACP")
    note = read.of(document, "", "order_notes", str)
    read.done("ACP")
    return Request(checkout=checkout.model_copy(update={"remark": note}) if note else checkout, rulebook=rulebook)


def _lines(document: Mapping[str, Any], merchant: Merchant, read: Reading) -> list[AskedLine]:
    rows, found = read.each(document, "", "line_items"), []
    if not rows:
        read.add("line_items", "field.missing")
    for number, (place, row) in enumerate(rows, 1):
        item = row.get("item")
        inner = item if isinstance(item, Mapping) else row  # an answer's line is sent back as readily as goods are
        sku = read.of(inner, place, "id", str, need=True)
        count = 1 if row.get("quantity") is None else read.of(row, place, "quantity", int)
        if count is not None and not 0 < count < 2**53:
            read.add(f"{place}.quantity", "integer.range", found=excerpt(count), range="from 1 to 2^53 - 1")
        if sku is not None and sku in merchant.units:
            facts = {"found": merchant.units[sku].text, "protocol": PROTOCOL}
            read.add(f"{place}.quantity", "unsayable.quantity", **facts)
        if sku is not None and count is not None:
            found.append(AskedLine(f"li_{number}", sku, count, place))
    return found


def _address(document: Mapping[str, Any], read: Reading) -> Address | None:
    details = read.of(document, "", "fulfillment_details", dict)
    row = None if details is None else read.of(details, "fulfillment_details", "address", dict)
    if details is None or row is None:
        return None
    place = "fulfillment_details.address"
    names = ("name", "line_one", "line_two", "city", "state", "country", "postal_code")
    said = {name: read.of(row, place, name, str) or "" for name in names}
    return found_address(
        place,
        read,
        country=said["country"],
        state=said["state"],
        postcode=said["postal_code"],
        city=said["city"],
        street=said["line_one"],
        more=said["line_two"],
        name=said["name"] or read.of(details, "fulfillment_details", "name", str) or "",
        phone=read.of(details, "fulfillment_details", "phone_number", str) or "",
    )


def _delivery(
    document: Mapping[str, Any], rulebook: Rulebook, merchant: Merchant, lines: list[AskedLine], read: Reading
) -> dict[str, str | None]:
    """The way of each shop, by the options that are selected; an option is one shop's."""
    shops = dict.fromkeys(str(goods["shop"]) for line in lines if (goods := merchant.goods(line.sku)) is not None)
    chosen = {
        option_id(shop, each.id): (shop, each.id)
        for shop in shops
        for each in rulebook.delivery_methods
        if each.offered(shop)
    }
    known = {*chosen, *[option_id(shop, STANDARD) for shop in shops]}
    found: dict[str, str | None] = {}
    for place, row in read.each(document, "", "selected_fulfillment_options"):
        name = read.of(row, place, "option_id", str, need=True)
        if name in chosen:
            shop, way = chosen[name]
            found[shop] = way
        elif name is not None and name not in known:
            read.add(f"{place}.option_id", "agent.delivery", known=", ".join(sorted(known)[:8]))
        elif row.get("type") == "pickup" and name is not None:
            found[next(shop for shop in shops if name == option_id(shop, STANDARD))] = None
    return found


all_readable(globals())
