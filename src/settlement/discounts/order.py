"""The numbers of contract §4, Order: which offers come before which. Within one number `Terms.key` decides."""

from __future__ import annotations

from typing import Final

__all__ = [
    "FREIGHT_OFFERS",
    "ITEM_PROMOTIONS",
    "PLATFORM_COUPONS",
    "PLATFORM_PROMOTIONS",
    "SHOP_COUPONS",
    "SHOP_PROMOTIONS",
]

ITEM_PROMOTIONS: Final = 1
SHOP_PROMOTIONS: Final = 2
PLATFORM_PROMOTIONS: Final = 3
SHOP_COUPONS: Final = 4
PLATFORM_COUPONS: Final = 5
#: 6 is freight itself, which no offer makes.
FREIGHT_OFFERS: Final = 7
