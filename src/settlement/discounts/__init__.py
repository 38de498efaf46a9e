"""Offers: promotions that apply by themselves and coupons that a customer must hold (contract §4).

A kind of benefit is one small file and one name in `KINDS`, a kind of condition one in `CONDITIONS`.
"""

from __future__ import annotations

from settlement.discounts.add_on_price import AddOnPrice
from settlement.discounts.amount_off import AmountOff
from settlement.discounts.benefit import Benefit
from settlement.discounts.bundle_price import BundlePrice
from settlement.discounts.cart_holds import CartHolds
from settlement.discounts.condition import Circumstances, Condition
from settlement.discounts.different_goods import DifferentGoods
from settlement.discounts.fixed_price import FixedPrice
from settlement.discounts.flash_price import FlashPrice
from settlement.discounts.freight_off import FreightOff
from settlement.discounts.freight_percent_off import FreightPercentOff
from settlement.discounts.gift import Gift
from settlement.discounts.graduated_price import Band, GraduatedPrice
from settlement.discounts.multiple_of import MultipleOf
from settlement.discounts.nth_unit import NthUnit
from settlement.discounts.percent_off import PercentOff
from settlement.discounts.presale import Presale
from settlement.discounts.recurring import Hours, Recurring
from settlement.discounts.set_price import SetPrice
from settlement.discounts.slots import Slot
from settlement.discounts.unit_amount_off import UnitAmountOff

__all__ = [
    "CONDITIONS",
    "KINDS",
    "AddOnPrice",
    "AmountOff",
    "Band",
    "Benefit",
    "BundlePrice",
    "CartHolds",
    "Circumstances",
    "Condition",
    "DifferentGoods",
    "FixedPrice",
    "FlashPrice",
    "FreightOff",
    "FreightPercentOff",
    "Gift",
    "GraduatedPrice",
    "Hours",
    "MultipleOf",
    "NthUnit",
    "PercentOff",
    "Presale",
    "Recurring",
    "SetPrice",
    "Slot",
    "UnitAmountOff",
]

#: Every kind of benefit that ships with the library.
KINDS: tuple[type[Benefit], ...] = (
    AmountOff,
    PercentOff,
    UnitAmountOff,
    FixedPrice,
    FlashPrice,
    NthUnit,
    BundlePrice,
    Gift,
    FreightOff,
    FreightPercentOff,
    SetPrice,
    GraduatedPrice,
    AddOnPrice,
    Presale,
)

#: Every kind of condition that ships with the library.
CONDITIONS: tuple[type[Condition], ...] = (
    Recurring,
    CartHolds,
    DifferentGoods,
    MultipleOf,
)
