"""Settlement: what is due for a cart of several shops, to the cent, with a reason for everything."""

from __future__ import annotations

from settlement.address import Address
from settlement.breakdown import Settlement
from settlement.cart import Cart, Checkout, Choice, Customer, Line
from settlement.discounts.amount_off import AmountOff
from settlement.discounts.benefit import Benefit
from settlement.discounts.bundle_price import BundlePrice
from settlement.discounts.fixed_price import FixedPrice
from settlement.discounts.freight_off import FreightOff
from settlement.discounts.gift import Gift
from settlement.discounts.nth_unit import NthUnit
from settlement.discounts.offers import Coupon, Promotion, Scope, Tier
from settlement.discounts.percent_off import PercentOff
from settlement.engine import CALCULATION_VERSION, settle
from settlement.errors import (
    CurrencyMismatch,
    InvalidDocument,
    InvariantBroken,
    Problem,
    RefundExceeds,
    SettlementError,
    UnknownAddress,
    UnknownLine,
    UnknownLocale,
    UnknownRegion,
)
from settlement.freight.templates import Free, FreightTemplate, Surcharge, Zone
from settlement.invoice import InvoiceRequest
from settlement.money import Money, Rounding
from settlement.points import Earn, PaymentMethod, Points
from settlement.policy import Policy, RoundTotal
from settlement.refund_quote import RefundQuote
from settlement.refunds import RefundPolicy, refund
from settlement.rulebook import Rulebook

__version__ = "0.1.0"

__all__ = [
    "CALCULATION_VERSION",
    "Address",
    "AmountOff",
    "Benefit",
    "BundlePrice",
    "Cart",
    "Checkout",
    "Choice",
    "Coupon",
    "CurrencyMismatch",
    "Customer",
    "Earn",
    "FixedPrice",
    "Free",
    "FreightOff",
    "FreightTemplate",
    "Gift",
    "InvalidDocument",
    "InvariantBroken",
    "InvoiceRequest",
    "Line",
    "Money",
    "NthUnit",
    "PaymentMethod",
    "PercentOff",
    "Points",
    "Policy",
    "Problem",
    "Promotion",
    "RefundExceeds",
    "RefundPolicy",
    "RefundQuote",
    "RoundTotal",
    "Rounding",
    "Rulebook",
    "Scope",
    "Settlement",
    "SettlementError",
    "Surcharge",
    "Tier",
    "UnknownAddress",
    "UnknownLine",
    "UnknownLocale",
    "UnknownRegion",
    "Zone",
    "refund",
    "settle",
]
