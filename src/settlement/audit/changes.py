"""What a comparison of two settlements calls their parts. Codes are stable, texts are not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["CAUSES", "FIELDS", "STATUSES"]

#: The parts of a request, as a reader calls them.
CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "at": "Time",
        "customer": "Customer",
        "choice": "Choice",
        "address": "Address",
        "payment_method": "Payment method",
        "cart": "Cart",
        "rulebook": "Rules",
        "calculation_version": "Calculation version",
    }
)
#: Columns and fields of a settlement; those that a page leaves out are in the data.
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goods": "Goods",
        "promotions": "Promotions",
        "coupons": "Coupons",
        "freight": "Freight",
        "surcharges": "Surcharges",
        "freight_offers": "Freight offers",
        "points": "Points",
        "tax": "Tax",
        "payment_fee": "Payment fee",
        "rounding": "Rounding",
        "payable": "To pay",
        "quantity": "Quantity",
        "unit_price": "Unit price",
        "used": "Points used",
        "status": "Status",
    }
)
STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {"payable": "payable", "pending": "no address yet", "blocked": "blocked"}
)
