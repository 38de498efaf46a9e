"""Our reasons as the protocols' codes: many to one. The text says the rest, and the reason where there is room."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.written import all_readable
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.receipts.parts import Decision
    from settlement.receipts.settlement import Settlement

__all__ = ["ACP_LINES", "UCP_LINES", "discount_code", "missing", "refused"]


def _by_code(**codes: str) -> Mapping[str, str]:
    return MappingProxyType({reason: code for code, reasons in codes.items() for reason in reasons.split()})


#: Why a coupon did not apply (docs/reasons.md) -> the code that both protocols have, but for the three below.
_DISCOUNTS: Final = _by_code(
    discount_code_invalid="unknown not_started no_effect not_chosen",
    discount_code_expired="expired",
    discount_code_minimum_not_met="below_amount below_quantity",
    discount_code_combination_disallowed="exclusive excluded_by_offer units_used limit_reached excluded_by_policy"
    " not_best",
    discount_code_user_ineligible="not_held wrong_level not_new_customer wrong_region wrong_payment_method"
    " wrong_delivery_method condition_not_met nothing_in_scope above_amount address_needed",
    discount_code_usage_limit_reached="used_up",
)
#: Reasons that may end when the buyer signs in.
_WHO: Final = frozenset({"not_held", "wrong_level"})
#: Why a line is left out -> UCP's codes, and open ones where it has none.
UCP_LINES: Final = _by_code(
    out_of_stock="out_of_stock",
    quantity_exceeded="insufficient_stock over_purchase_limit",
    item_unavailable="off_sale no_measure no_tax_rate",
    address_undeliverable="undeliverable",
    delivery_unavailable="no_pickup delivery_unavailable",
    minimum_not_met="below_minimum_order",
)
#: The same with ACP's codes, of which there are no others.
ACP_LINES: Final = _by_code(
    out_of_stock="out_of_stock",
    quantity_exceeded="insufficient_stock over_purchase_limit",
    not_found="off_sale",
    unsupported="no_measure no_tax_rate no_pickup delivery_unavailable",
    region_restricted="undeliverable",
    minimum_not_met="below_minimum_order",
)


def discount_code(reason: str | None, settlement: Settlement) -> str:
    """The code for a coupon that was asked for and did not apply. `None`: nobody knows such a coupon.

    UCP lists no code for a minimum that is not met and none for a used-up coupon; its codes are open, and these two are
    ACP's.
    """
    request = settlement.made_from
    if reason in _WHO and request is not None and request[0].customer.id is None:
        return "discount_code_user_not_logged_in"
    return _DISCOUNTS.get(reason or "unknown", "discount_code_invalid")


def refused(settlement: Settlement, rule: str) -> Decision | None:
    """Why this offer did not apply; None where it did, or where nobody asked for it."""
    return next((each for each in settlement.decisions if each.rule == rule and each.outcome == "refused"), None)


def missing(decision: Decision) -> dict[str, Any]:
    """What is missing, for a program: an amount in minor units, or a quantity as it is written."""
    short = decision.shortfall
    if short is None:
        return {}
    if isinstance(short, Money):
        return {"shortfall": {"amount": short.minor, "currency": short.currency}}
    return {"shortfall": {"quantity": str(short)}}


all_readable(globals())
