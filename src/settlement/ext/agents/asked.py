"""What an agent asks for, as a checkout: ids, quantities, codes, an address, a choice. Never an amount.

Prices, stock, names and all else of goods come from the merchant; coupons are those that the customer holds and those
that a code of the merchant gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeVar

from settlement.cart.address import Address
from settlement.cart.checkout import Checkout
from settlement.cart.customer import Customer
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.ext.agents.units import SaleUnit, quantity_of
from settlement.money import excerpt
from settlement.rulebook.rulebook import Rulebook

__all__ = ["NOBODY", "Asked", "AskedLine", "Merchant", "Reading", "coupons_of", "found_address", "made_checkout"]

Kind = TypeVar("Kind")
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_KINDS: Mapping[type, str] = MappingProxyType({str: "a string", int: "an integer", list: "a list", dict: "an object"})


class Merchant(NamedTuple):
    """What a shop says of itself to agents.

    `goods(sku)` answers the fields of a `Line` but for id, sku and quantity, or None; `codes` are codes that anybody
    may enter -> the coupon that each is; `units` what goods are sold by; `payment_methods` the id of a payment handler
    -> that of a payment method of the rules; `handlers`, `links` and `places` (of shops where goods are
    collected) are written as the protocol has them; `pictures` are addresses of images by sku.
    """

    goods: Callable[[str], Mapping[str, Any] | None]
    codes: Mapping[str, str] = _NOTHING
    units: Mapping[str, SaleUnit] = _NOTHING
    payment_methods: Mapping[str, str] = _NOTHING
    handlers: Mapping[str, Any] = _NOTHING
    links: Sequence[Mapping[str, str]] = ()
    pictures: Mapping[str, str] = _NOTHING
    places: Mapping[str, Mapping[str, Any]] = _NOTHING

    @property
    def handler_ids(self) -> tuple[Any, ...]:
        """Ids of its payment handlers."""
        return tuple(row.get("id") for rows in self.handlers.values() for row in rows)


def _nothing(_: str) -> None:
    """Of no sku."""


#: A merchant of whom nothing is known: what is written of a settlement alone.
NOBODY: Final = Merchant(_nothing)


class AskedLine(NamedTuple):
    """A line as an agent names it: `quantity` in steps of what the goods are sold by."""

    id: str
    sku: str
    quantity: int
    place: str


class Asked(NamedTuple):
    """All that an agent may say. `codes` None: nothing was said of coupons; empty: none are wanted."""

    lines: Sequence[AskedLine]
    codes: Sequence[str] | None = None
    address: Address | None = None
    #: Shop -> the delivery method chosen, None: collected at a shop without methods.
    delivery: Mapping[str, str | None] = _NOTHING
    payment_method: str | None = None


class Reading:
    """A document of an agent, read field by field; what is wrong is gathered, each with its place.

    >>> read = Reading()
    >>> read.of({"quantity": "2"}, "line_items[0]", "quantity", int)
    >>> read.problems[0].place, read.problems[0].code
    ('line_items[0].quantity', 'field.type')
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def of(
        self, data: Mapping[str, Any], place: str, name: str, kind: type[Kind], *, need: bool = False
    ) -> Kind | None:
        """A field; None where it is absent or null. Other kinds are a problem, and so is its absence with `need`."""
        value, at = data.get(name), f"{place}.{name}".lstrip(".")
        if value is None:
            if need:
                self.add(at, "field.missing")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.add(at, "field.type", found=excerpt(value), expected=_KINDS[kind])
            return None
        return value

    def each(self, data: Mapping[str, Any], place: str, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The objects of a list, each with its place."""
        at = f"{place}.{name}".lstrip(".")
        rows = []
        for number, row in enumerate(self.of(data, place, name, list) or ()):
            if isinstance(row, Mapping):
                rows.append((f"{at}[{number}]", row))
            else:
                self.add(f"{at}[{number}]", "object.type", found=excerpt(row))
        return rows

    def texts(self, data: Mapping[str, Any], place: str, name: str) -> tuple[str, ...] | None:
        """A list of strings; None where there is none."""
        rows = self.of(data, place, name, list)
        if rows is None:
            return None
        for number, row in enumerate(rows):
            if not isinstance(row, str):
                self.add(f"{place}.{name}[{number}]".lstrip("."), "text.type", found=excerpt(row), hint="")
        return tuple([row for row in rows if isinstance(row, str)])

    def add(self, place: str, code: str, **facts: Any) -> None:
        """One more problem."""
        self.problems.append(Problem(place, code, facts))

    def done(self, title: str) -> None:
        """Raises `InvalidDocument` where anything was wrong."""
        if self.problems:
            raise InvalidDocument(self.problems, title)


def coupons_of(codes: Sequence[str], merchant: Merchant, customer: Customer) -> dict[str, str | None]:
    """Each code as it was entered -> the coupon that it is, by the merchant's codes or among those held; None: none.

    >>> merchant = Merchant({}.get, codes={"SPRING": "c1"})
    >>> coupons_of(["spring", "c2", "x"], merchant, Customer(coupons=["c2"]))
    {'spring': 'c1', 'c2': 'c2', 'x': None}
    """
    known = {name.casefold(): name for name in customer.coupons}
    known |= {code.casefold(): coupon for code, coupon in merchant.codes.items()}
    return {code: known.get(code.strip().casefold()) for code in codes}


def made_checkout(
    asked: Asked,
    rulebook: Rulebook,
    merchant: Merchant,
    read: Reading,
    *,
    at: datetime | str,
    customer: Customer,
    points: int | Literal["max"],
    title: str,
) -> Checkout:
    """The checkout, with the merchant's own goods. Raises `InvalidDocument` with all that is wrong."""
    lines = []
    for each in asked.lines:
        goods = merchant.goods(each.sku)
        if goods is None:
            read.add(f"{each.place}.item.id" if title == "UCP" else f"{each.place}.id", "agent.goods")
            continue
        fixed = {"id": each.id, "sku": each.sku, "quantity": quantity_of(each.quantity, each.sku, merchant.units)}
        lines.append(dict(goods) | fixed)
    read.done(title)
    held, wanted = customer, "best"
    if asked.codes is not None:
        chosen = [name for name in coupons_of(asked.codes, merchant, customer).values() if name is not None]
        wanted = list(dict.fromkeys(chosen)) or "none"  # type: ignore[assignment]  # a list of ids, or a word
        held = customer.model_copy(update={"coupons": tuple(dict.fromkeys((*customer.coupons, *chosen)))})
    shops = {line["shop"] for line in lines}
    delivery = {shop: method for shop, method in asked.delivery.items() if shop in shops}
    choice = {
        "coupons": wanted,
        "points": points,
        "pickup": [shop for shop, method in delivery.items() if method is None],
        "delivery": [{"shop": shop, "method": method} for shop, method in delivery.items() if method is not None],
    }
    cart = {"currency": rulebook.currency, "lines": lines}
    made = {"at": at, "cart": cart, "address": asked.address, "customer": held, "choice": choice}
    return Checkout.model_validate(made | {"payment_method": asked.payment_method})


def found_address(
    place: str, read: Reading, *, country: str, state: str, postcode: str, **parts: str
) -> Address | None:
    """An address by the parts of a form: `street`, `more`, `city`, `name`, `phone`; what is wrong is a problem.

    In China the county is recognised in the whole of it; elsewhere country, state and postcode are the region.
    """
    from settlement.documents.region import region_of

    street = " ".join(filter(None, (parts.get("street", ""), parts.get("more", ""))))
    known = {"name": parts.get("name"), "phone": parts.get("phone"), "city": parts.get("city"), "postcode": postcode}
    detail: str | None = street
    country = country.strip().upper()
    region: str | None
    if country == "CN":
        region, detail = _chinese(state, parts.get("city", ""), street)
        known |= {"city": None}
    elif postcode:
        try:
            region = region_of(country, postcode, state or None)
        except ValueError:
            region = None
    else:
        region = "/".join(filter(None, (country, state.strip())))
    if region is None:
        read.add(place, "agent.address")
        return None
    try:
        fields = {name: value or None for name, value in (known | {"detail": detail}).items()}
        return Address.model_validate({"region": region} | fields)
    except InvalidDocument as error:
        codes = {each.place: each.code for each in error.problems}
        if "region" in codes:
            read.add(place, "agent.address")
        else:
            read.problems += [each._replace(place=place) for each in error.problems]
    return None


def _chinese(state: str, city: str, street: str) -> tuple[str | None, str]:
    """The code of the county that an address names, and what is left of the street."""
    from settlement.consignee import Catalogue, recognise

    if state.isdecimal() and len(state) == 6 and state in Catalogue.bundled():
        return state, street
    found = recognise(f"{state}{city}{street}")
    return found.code, found.detail or street


all_readable(globals())
