"""Settling in django-oscar (`settlement[oscar]`): one `Mall`, and a class for each of Oscar's that it decides.

Each class is mixed into Oscar's own in the shop's fork of that app. Oscar is loaded when they are used.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.oscar.delivery import SettledDelivery, SettledRepository
from settlement.ext.oscar.mall import Mall
from settlement.ext.oscar.offers import SettledOffers
from settlement.ext.oscar.orders import NamedDiscount, SettledOrders
from settlement.ext.oscar.prices import TaxIncluded
from settlement.ext.oscar.seen import SeenTotal
from settlement.ext.oscar.surcharges import SettledSurcharges

__all__ = [
    "Mall",
    "NamedDiscount",
    "SeenTotal",
    "SettledDelivery",
    "SettledOffers",
    "SettledOrders",
    "SettledRepository",
    "SettledSurcharges",
    "TaxIncluded",
]

_readable(globals())
