"""What shipping costs before there is a checkout: a product page asks "what to 深圳?"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from settlement.cart.address import Address
from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout, Choice, ShopDelivery
from settlement.cart.line import Line
from settlement.documents.json_text import compact, plain
from settlement.documents.problems import expect, expect_all
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.freight.delivery_methods import DeliveryMethod
from settlement.freight.tariff import has_times
from settlement.freight.templates import FreightTemplate
from settlement.freight.warehouses import Warehouse
from settlement.money import Money
from settlement.receipts.parts import ExcludedLine, ParcelCharge
from settlement.rulebook.policy import Policy
from settlement.rulebook.rulebook import Rulebook

__all__ = ["FreightQuote", "quote_freight"]

#: Most freight rules know no time; a checkout needs one.
_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)


class FreightQuote(NamedTuple):
    """What shipping these lines to this region costs, parcel by parcel.

    `total` is freight and surcharges of what can be shipped. It is None where nothing is: what is not priced is not
    free. `excluded` says which lines are left out and why; a quote of some lines only has a total and exclusions.
    """

    region: str
    parcels: tuple[ParcelCharge, ...]
    excluded: tuple[ExcludedLine, ...]
    freight: Money
    surcharges: Money
    total: Money | None

    @property
    def undeliverable(self) -> tuple[str, ...]:
        """The ids of the lines that are not shipped there."""
        return tuple(each.line for each in self.excluded if each.reason == "undeliverable")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for programs: amounts and decimals as strings."""
        found: dict[str, Any] = plain(self)
        return found

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def text(self, locale: str = "en") -> str:
        """The parcels as a table for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.freight_text import quote_text

        return quote_text(self, locale)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from settlement.explanations.freight_text import quote_html

        return quote_html(self)


def quote_freight(
    lines: Iterable[Line],
    region: str,
    templates: Iterable[FreightTemplate],
    *,
    policy: Policy | None = None,
    warehouses: Iterable[Warehouse] = (),
    at: datetime | str | None = None,
    delivery_methods: Iterable[DeliveryMethod] = (),
    method: str | None = None,
) -> FreightQuote:
    """What the freight of these lines is, without any offer, in the lines' currency and to its minor unit.

    It is the freight of `settle()` for a checkout of just these lines, and is computed by it: the same screening,
    parcels, free rules and combination. So free shipping looks at the goods of these lines alone, and a line that is
    not selected, off sale or without its weight is left out here as there. Under `undeliverable: block` one line that
    is not shipped leaves the whole quote without parcels. `warehouses` are needed where lines name
    several, of which the nearest is taken. At least one line is needed: it says the currency. `at` is the instant of
    the order, needed where a zone, a surcharge or a method has times. With `delivery_methods` the lines go as they do
    in an order; `method` is that of every line that names none, and None the cheapest.
    Raises `InvalidDocument` where lines and templates don't fit together, `ValueError` for no line, or for times
    without an instant, `TypeError` for anything but these documents.
    Source: contract §3 and §5.

    >>> from settlement import Zone
    >>> zone = Zone(regions=["440000"], first=1, first_fee="8.00 CNY", additional=1, additional_fee="2.00 CNY")
    >>> template = FreightTemplate(id="t1", measure="quantity", zones=[zone])
    >>> line = Line(id="a", shop="s1", sku="k", quantity=3, unit_price="59.90 CNY", freight_template="t1")
    >>> quote_freight([line], "440300", [template]).total
    Money('12.00 CNY')
    >>> quote = quote_freight([line], "540000", [template])
    >>> quote.total, quote.undeliverable
    (None, ('a',))
    """
    asked = expect_all("lines", lines, Line)
    expect("policy", policy, Policy, optional=True)
    if not asked:
        msg = "a quote needs at least one line"
        raise ValueError(msg)
    currency = asked[0].unit_price.currency
    known = tuple(expect_all("templates", templates, FreightTemplate))
    ways = tuple(expect_all("delivery_methods", delivery_methods, DeliveryMethod))
    expect("method", method, str, optional=True)
    timed = any(has_times(each) for each in known) or any(_has_times(each) for each in ways)
    if at is None and timed:
        msg = "a zone, a surcharge or a delivery method has times; say `at`, the instant of the order"
        raise ValueError(msg)
    shops = dict.fromkeys(line.shop for line in asked)
    checkout = Checkout(
        at=_AT if at is None else at,
        cart=Cart(currency=currency, lines=tuple(asked)),
        address=Address(region=region),
        choice=Choice(delivery=[] if method is None else [ShopDelivery(shop=shop, method=method) for shop in shops]),
    )
    plain = (policy or Policy()).model_copy(update={"round_total": None})
    rulebook = Rulebook(
        id="quote",
        currency=currency,
        freight_templates=known,
        warehouses=tuple(expect_all("warehouses", warehouses, Warehouse)),
        policy=plain,
        delivery_methods=ways,
    )
    settlement = settle(checkout, rulebook)
    freight, surcharges = settlement.totals.freight, settlement.totals.surcharges
    nothing = settlement.excluded and not settlement.parcels
    total = None if nothing else freight + surcharges
    return FreightQuote(region, settlement.parcels, settlement.excluded, freight, surcharges, total)


def _has_times(method: DeliveryMethod) -> bool:
    """Whether a method, or a zone of its own, has times."""
    zones = [zone for entry in method.templates or () for zone in entry.zones or ()]
    return method.when is not None or any(zone.when is not None for zone in zones)


all_readable(globals())
