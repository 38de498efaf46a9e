"""Settlement: what is due for a cart of several shops, to the cent, with a reason for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from settlement.cart.address import Address
from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout, Choice
from settlement.cart.customer import Customer, Usage
from settlement.cart.invoice_request import InvoiceRequest
from settlement.cart.line import Line
from settlement.cart.tenders import Tender
from settlement.discounts.amount_off import AmountOff
from settlement.discounts.benefit import Benefit
from settlement.discounts.bundle_price import BundlePrice
from settlement.discounts.cart_holds import CartHolds
from settlement.discounts.condition import Circumstances, Condition
from settlement.discounts.fixed_price import FixedPrice
from settlement.discounts.flash_price import FlashPrice
from settlement.discounts.freight_off import FreightOff
from settlement.discounts.freight_percent_off import FreightPercentOff
from settlement.discounts.gift import Gift
from settlement.discounts.nth_unit import NthUnit
from settlement.discounts.offers import Coupon, Promotion, Scope, Tier
from settlement.discounts.percent_off import PercentOff
from settlement.discounts.recurring import Hours, Recurring
from settlement.discounts.unit_amount_off import UnitAmountOff
from settlement.engine.settle import CALCULATION_VERSION, settle
from settlement.errors import (
    CurrencyMismatch,
    InvalidDocument,
    InvariantBroken,
    KindFailed,
    Problem,
    RefundExceeds,
    SettlementError,
    UnknownAddress,
    UnknownLine,
    UnknownLocale,
    UnknownRegion,
)
from settlement.freight.load import Load
from settlement.freight.surcharges import (
    PerHeavyParcel,
    PerHeavyPiece,
    PerKg,
    PerParcel,
    PerPiece,
    PerVolume,
    Surcharge,
)
from settlement.freight.templates import Free, FreightTemplate, Step, Zone
from settlement.freight.warehouses import Warehouse
from settlement.money import Money, Rounding
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points import Earn, EarnCampaign, Points
from settlement.rulebook.policy import Policy, RoundTotal
from settlement.rulebook.rulebook import MinimumOrder, Rulebook

if TYPE_CHECKING:
    from settlement.after_pay.refunds.policy import RefundPolicy
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.after_pay.refunds.returns import refund
    from settlement.explanations.hint import hints
    from settlement.explanations.parcel import explain_parcel
    from settlement.explanations.quote import quote_freight
    from settlement.findings import check, check_freight
    from settlement.freight.tables import freight_table

__version__ = "0.1.0"

__all__ = [
    "CALCULATION_VERSION",
    "Address",
    "AmountOff",
    "Benefit",
    "BundlePrice",
    "Cart",
    "CartHolds",
    "Checkout",
    "Choice",
    "Circumstances",
    "Condition",
    "Coupon",
    "CurrencyMismatch",
    "Customer",
    "Earn",
    "EarnCampaign",
    "FixedPrice",
    "FlashPrice",
    "Free",
    "FreightOff",
    "FreightPercentOff",
    "FreightTemplate",
    "Gift",
    "Hours",
    "InvalidDocument",
    "InvariantBroken",
    "InvoiceRequest",
    "KindFailed",
    "Line",
    "Load",
    "MinimumOrder",
    "Money",
    "NthUnit",
    "PaymentMethod",
    "PerHeavyParcel",
    "PerHeavyPiece",
    "PerKg",
    "PerParcel",
    "PerPiece",
    "PerVolume",
    "PercentOff",
    "Points",
    "Policy",
    "Problem",
    "Promotion",
    "Recurring",
    "RefundExceeds",
    "RefundPolicy",
    "RefundQuote",
    "RoundTotal",
    "Rounding",
    "Rulebook",
    "Scope",
    "Settlement",
    "SettlementError",
    "Step",
    "Surcharge",
    "Tender",
    "Tier",
    "UnitAmountOff",
    "UnknownAddress",
    "UnknownLine",
    "UnknownLocale",
    "UnknownRegion",
    "Usage",
    "Warehouse",
    "Zone",
    "check",
    "check_freight",
    "explain_parcel",
    "freight_table",
    "hints",
    "quote_freight",
    "refund",
    "settle",
]

#: What is asked beside settle() and after it, loaded when it is first asked for: name -> module.
_ASKED_FOR = {
    "RefundPolicy": "after_pay.refunds.policy",
    "RefundQuote": "after_pay.refunds.quote",
    "check": "findings",
    "check_freight": "findings",
    "explain_parcel": "explanations.parcel",
    "freight_table": "freight.tables",
    "hints": "explanations.hint",
    "quote_freight": "explanations.quote",
    "refund": "after_pay.refunds.returns",
}


def __getattr__(name: str) -> Any:
    if name not in _ASKED_FOR:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{_ASKED_FOR[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
