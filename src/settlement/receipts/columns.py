"""Stages of adjustments and the columns of a settlement (contract §7)."""

from __future__ import annotations

from typing import Final

__all__ = ["COLUMNS", "COLUMN_OF_STAGE", "POINTS_COLUMN", "STAGES"]


#: The stages of adjustments in the order in which they are made (contract §4 and §7).
STAGES = (
    "item_promotion",
    "shop_promotion",
    "platform_promotion",
    "shop_coupon",
    "platform_coupon",
    "freight",
    "surcharge",
    "freight_promotion",
    "freight_coupon",
    "points",
    "payment_fee",
    "rounding",
)


(
    ITEM_PROMOTION,
    SHOP_PROMOTION,
    PLATFORM_PROMOTION,
    SHOP_COUPON,
    PLATFORM_COUPON,
    FREIGHT,
    SURCHARGE,
    FREIGHT_PROMOTION,
    FREIGHT_COUPON,
    POINTS,
    PAYMENT_FEE,
    ROUNDING,
) = range(12)


#: The signed columns whose sum is payable.
COLUMNS: Final = (
    "goods",
    "promotions",
    "coupons",
    "freight",
    "surcharges",
    "freight_offers",
    "points",
    "payment_fee",
    "rounding",
)


#: The column that a stage belongs to.
COLUMN_OF_STAGE: Final = (1, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8)


#: Where points stand among a record's columns.
POINTS_COLUMN: Final = 7
