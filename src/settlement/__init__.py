"""Settlement: what is due for a cart of several shops, to the cent, with a reason for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement import errors as _errors
from settlement.cart.address import Address
from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout, Choice, ForShop, ShopDelivery
from settlement.cart.customer import Customer, TaxExemption, Usage
from settlement.cart.invoice_request import InvoiceRequest
from settlement.cart.line import Line
from settlement.cart.tenders import Tender
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
from settlement.discounts.offers import Coupon, Promotion, Scope, Tier
from settlement.discounts.percent_off import PercentOff
from settlement.discounts.presale import Presale
from settlement.discounts.recurring import Hours, Recurring
from settlement.discounts.set_price import SetPrice
from settlement.discounts.slots import Slot
from settlement.discounts.unit_amount_off import UnitAmountOff
from settlement.documents import face as _face
from settlement.documents.written import all_readable as _readable
from settlement.engine.settle import CALCULATION_VERSION, settle
from settlement.errors import (
    CurrencyMismatch,
    Immutable,
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
from settlement.freight.delivery_methods import DeliveryMethod, MethodTemplate
from settlement.freight.load import Load
from settlement.freight.surcharges import (
    PerFreight,
    PerHeavyParcel,
    PerHeavyPiece,
    PerKg,
    PerParcel,
    PerPiece,
    PerVolume,
    Surcharge,
)
from settlement.freight.templates import AmountStep, Free, FreightTemplate, Step, Zone
from settlement.freight.times import Times
from settlement.freight.warehouses import Warehouse
from settlement.money import Money, Rounding
from settlement.receipts import parts as _parts
from settlement.receipts.parts import Decision
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points import Earn, EarnCampaign, Points
from settlement.rulebook.policy import Policy, RoundTotal
from settlement.rulebook.rulebook import MinimumOrder, Rulebook
from settlement.taxes.tables import Taxes, TaxRate

if TYPE_CHECKING:
    from settlement.after_pay.invoices.invoice import invoices
    from settlement.after_pay.payments.options import payment_options
    from settlement.after_pay.payouts.owed import payout
    from settlement.after_pay.refunds.money_back import Deduction, MoneyBack, StoreCredit
    from settlement.after_pay.refunds.policy import RefundPolicy
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.after_pay.refunds.returns import preview, refund
    from settlement.engine.settler import Settler
    from settlement.explanations.comparison import compare
    from settlement.explanations.delivery import DeliveryOption, delivery_options
    from settlement.explanations.hint import hints
    from settlement.explanations.invoice_story import explain_invoice, explain_red_invoice
    from settlement.explanations.offer import explain_offer
    from settlement.explanations.option_story import explain_option
    from settlement.explanations.parcel import explain_parcel
    from settlement.explanations.payout_story import explain_payout
    from settlement.explanations.quote import quote_freight
    from settlement.explanations.refund_story import explain_refund
    from settlement.explanations.story import explain
    from settlement.findings import check, check_freight
    from settlement.freight.tables import freight_table
    from settlement.receipts.hint import Hint
    from settlement.receipts.report import report
    from settlement.receipts.text import receipt
    from settlement.rulebook.request import Request
else:  # what a page asks beside settle(), each loaded when it is first asked for
    __getattr__, __dir__ = _face(
        __name__,
        {
            "Deduction": "after_pay.refunds.money_back",
            "Hint": "receipts.hint",
            "MoneyBack": "after_pay.refunds.money_back",
            "RefundPolicy": "after_pay.refunds.policy",
            "RefundQuote": "after_pay.refunds.quote",
            "Request": "rulebook.request",
            "Settler": "engine.settler",
            "StoreCredit": "after_pay.refunds.money_back",
            "check": "findings",
            "check_freight": "findings",
            "compare": "explanations.comparison",
            "DeliveryOption": "explanations.delivery",
            "delivery_options": "explanations.delivery",
            "explain": "explanations.story",
            "explain_invoice": "explanations.invoice_story",
            "explain_offer": "explanations.offer",
            "explain_option": "explanations.option_story",
            "explain_parcel": "explanations.parcel",
            "explain_payout": "explanations.payout_story",
            "explain_red_invoice": "explanations.invoice_story",
            "explain_refund": "explanations.refund_story",
            "freight_table": "freight.tables",
            "hints": "explanations.hint",
            "invoices": "after_pay.invoices.invoice",
            "payment_options": "after_pay.payments.options",
            "payout": "after_pay.payouts.owed",
            "preview": "after_pay.refunds.returns",
            "quote_freight": "explanations.quote",
            "receipt": "receipts.text",
            "refund": "after_pay.refunds.returns",
            "report": "receipts.report",
        },
    )

__version__ = "0.1.0"

__all__ = [
    "CALCULATION_VERSION",
    "AddOnPrice",
    "Address",
    "AmountOff",
    "AmountStep",
    "Band",
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
    "Decision",
    "Deduction",
    "DeliveryMethod",
    "DeliveryOption",
    "DifferentGoods",
    "Earn",
    "EarnCampaign",
    "FixedPrice",
    "FlashPrice",
    "ForShop",
    "Free",
    "FreightOff",
    "FreightPercentOff",
    "FreightTemplate",
    "Gift",
    "GraduatedPrice",
    "Hint",
    "Hours",
    "Immutable",
    "InvalidDocument",
    "InvariantBroken",
    "InvoiceRequest",
    "KindFailed",
    "Line",
    "Load",
    "MethodTemplate",
    "MinimumOrder",
    "Money",
    "MoneyBack",
    "MultipleOf",
    "NthUnit",
    "PaymentMethod",
    "PerFreight",
    "PerHeavyParcel",
    "PerHeavyPiece",
    "PerKg",
    "PerParcel",
    "PerPiece",
    "PerVolume",
    "PercentOff",
    "Points",
    "Policy",
    "Presale",
    "Problem",
    "Promotion",
    "Recurring",
    "RefundExceeds",
    "RefundPolicy",
    "RefundQuote",
    "Request",
    "RoundTotal",
    "Rounding",
    "Rulebook",
    "Scope",
    "SetPrice",
    "Settlement",
    "SettlementError",
    "Settler",
    "ShopDelivery",
    "Slot",
    "Step",
    "StoreCredit",
    "Surcharge",
    "TaxExemption",
    "TaxRate",
    "Taxes",
    "Tender",
    "Tier",
    "Times",
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
    "compare",
    "delivery_options",
    "explain",
    "explain_invoice",
    "explain_offer",
    "explain_option",
    "explain_parcel",
    "explain_payout",
    "explain_red_invoice",
    "explain_refund",
    "freight_table",
    "hints",
    "invoices",
    "payment_options",
    "payout",
    "preview",
    "quote_freight",
    "receipt",
    "refund",
    "report",
    "settle",
]

_readable(
    {name: globals().get(name) for name in __all__} | vars(_parts) | vars(_errors)
)  # what is loaded later is seen to then
