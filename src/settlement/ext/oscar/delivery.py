"""Oscar's shipping, by the settlement: one method, whose charge is the freight of all shops, where all is delivered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from settlement.documents.words.language import language
from settlement.documents.words.texts import STAGES
from settlement.documents.written import all_readable
from settlement.ext.oscar.mall import Mall
from settlement.ext.reader import reader_of
from settlement.receipts.settlement import Settlement

__all__ = ["SettledDelivery", "SettledRepository"]


class SettledDelivery:
    """A shipping method: freight and surcharges of every parcel, less what offers take off them."""

    code = "settlement"
    description = ""

    def __init__(self, mall: Mall, basket: Any, request: Any, address: Any) -> None:
        self.mall, self.request, self.address = mall, request, address
        locale = reader_of(request)
        #: What Oscar shows beside the charge; where there is no freight yet, or no order, why.
        self.name = "; ".join(mall.refusals(basket.settlement, locale)) or language(locale)(STAGES["freight"])
        offers = [each["name"] for each in basket.shipping_discounts]
        #: Whether the charge is shown before offers as well, and what those are called.
        self.is_discounted, self.discount_name = bool(offers), ", ".join(offers)

    def settled(self, basket: Any) -> Settlement:
        """What the basket costs at this address."""
        return self.mall.apply(basket, self.request, self.address)

    def calculate(self, basket: Any) -> Any:
        """The charge, as Oscar's price."""
        totals = self.settled(basket).totals
        return _price(totals.freight + totals.surcharges + totals.freight_offers)

    def calculate_excl_discount(self, basket: Any) -> Any:
        """The charge before offers."""
        totals = self.settled(basket).totals
        return _price(totals.freight + totals.surcharges)

    def discount(self, basket: Any) -> Decimal:
        """What offers take off it, above 0."""
        return -self.settled(basket).totals.freight_offers.amount


class SettledRepository:
    """Mix this into Oscar's `Repository`; state the `mall`. A buyer is told what is not delivered to an address."""

    mall: Mall

    def get_shipping_methods(self, basket: Any, shipping_addr: Any = None, **kwargs: Any) -> list[Any]:
        """The method; none where an address is given and the basket cannot be ordered to it, as a message says."""
        method, request = self.method(basket, shipping_addr, **kwargs), kwargs.get("request")
        if shipping_addr is None or basket.is_empty:
            return [method]
        refusals = self.mall.refusals(basket.settlement, reader_of(request))
        if refusals and request is not None:
            tell(request, refusals)
        return [] if refusals else [method]

    def get_default_shipping_method(self, basket: Any, shipping_addr: Any = None, **kwargs: Any) -> Any:
        """What the basket page shows: there is always one, for the page must be shown."""
        return self.method(basket, shipping_addr, **kwargs)

    def method(self, basket: Any, address: Any, **kwargs: Any) -> Any:
        """The method of a basket; Oscar's own where nothing of it is shipped."""
        from oscar.core.loading import get_class

        if not basket.is_empty:
            self.mall.apply(basket, kwargs.get("request"), address)
        if not basket.is_shipping_required():
            return get_class("shipping.methods", "NoShippingRequired")()
        return SettledDelivery(self.mall, basket, kwargs.get("request"), address)


def tell(request: Any, refusals: list[str]) -> None:
    """Show each reason once, on the next page, however often Oscar asks until then."""
    from django.contrib import messages

    waiting = messages.get_messages(request)
    there = {str(each) for each in waiting}
    waiting.used = False  # looking is not showing
    for each in refusals:
        if each not in there:
            messages.warning(request, each)


def _price(amount: Any) -> Any:
    from oscar.core.prices import Price

    return Price(currency=amount.currency, excl_tax=amount.amount, incl_tax=amount.amount)


all_readable(globals())
