"""The numbers behind an adjustment or a decision, as plain data: enough to redo it by hand."""

from __future__ import annotations

from typing import Any

from settlement.discounts.terms import Terms
from settlement.documents import quantity_out
from settlement.money import format_minor
from settlement.tender import Usage

__all__ = ["facts_of"]


def facts_of(facts: Any, currency: str) -> dict[str, Any]:
    """Facts of an entry or a verdict: as the engine left them, or as JSON brought them."""
    if not facts:
        return {}
    if isinstance(facts, dict):
        return facts
    if isinstance(facts, Usage):
        return {
            "base": format_minor(facts.base, currency),
            "cap": format_minor(facts.cap, currency),
            "used": facts.used,
            "usable": facts.usable,
        }
    first = facts[0]
    if isinstance(first, Terms):
        return _offer(facts, currency)
    return _CHARGES[first](facts, currency)


def _offer(facts: Any, currency: str) -> dict[str, Any]:
    terms, tier, amount, millis, net = facts
    shown: dict[str, Any] = {"basis": format_minor(amount, currency)}
    if any(each[1] is not None for each in terms.tiers):
        shown["quantity"] = quantity_out(millis)
    shown["net"] = format_minor(net, currency)
    if tier >= 0:
        shown["tier"] = tier + 1
        shown["benefit"] = dict(terms.benefits[tier])
    return shown


def _freight(facts: Any, currency: str) -> dict[str, Any]:
    parcel = facts[1]
    zone = parcel.zone
    shown: dict[str, Any] = {"zone": parcel.match.region, "measure": parcel.tariff.measure, "units": parcel.units}
    terms = zone.model_dump(mode="json", exclude={"regions"}, exclude_none=True)
    shown |= terms
    if parcel.value:
        shown["value"] = format_minor(parcel.value, currency)
    shown["own_fee"] = format_minor(parcel.fee, currency)
    if parcel.count > 1:
        shown["boxes"] = parcel.count
    if parcel.warehouse is not None:
        shown["warehouse"] = parcel.warehouse
    return shown


def _surcharge(facts: Any, currency: str) -> dict[str, Any]:
    parcel = facts[1]
    rule = parcel.match.surcharge
    shown: dict[str, Any] = {"per": rule.per, "fee": str(rule.fee)}
    if rule.per == "piece":
        shown["pieces"] = parcel.pieces
    elif rule.per == "kg":
        shown["weight_g"] = quantity_out(parcel.weight_milli)
    if parcel.count > 1:
        shown["boxes"] = parcel.count
    return shown


def _fee(facts: Any, currency: str) -> dict[str, Any]:
    _, payable, method = facts
    terms = method.model_dump(mode="json", include={"percent", "fixed", "min", "max"}, exclude_none=True)
    return {"payable": format_minor(payable, currency), **terms}


def _rounding(facts: Any, currency: str) -> dict[str, Any]:
    _, payable, rule = facts
    return {"payable": format_minor(payable, currency), "unit": str(rule.unit), "mode": rule.mode}


_CHARGES = {"freight": _freight, "surcharge": _surcharge, "fee": _fee, "rounding": _rounding}
