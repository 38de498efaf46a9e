"""The numbers behind an adjustment or a decision, as plain data: enough to redo it by hand.

Made only when somebody looks: the engine leaves what it had in its hands, and nothing is worked out here for
`settle()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from settlement.allocation import share_out
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
        return _usage(facts, currency)
    first = facts[0]
    if isinstance(first, Terms):
        return _offer(facts, currency)
    return _CHARGES[first](facts, currency)


def _offer(facts: Any, currency: str) -> dict[str, Any]:
    terms, tier, amount, millis, net, *entry = facts
    shown: dict[str, Any] = {"basis": format_minor(amount, currency)}
    if any(each[1] is not None for each in terms.tiers):
        shown["quantity"] = quantity_out(millis)
    shown["net"] = format_minor(net, currency)
    if tier >= 0:
        shown["tier"] = tier + 1
        shown["benefit"] = dict(terms.benefits[tier])
    if terms.conditions:
        shown["conditions"] = [each.model_dump(mode="json", exclude_none=True) for each in terms.conditions]
    if entry:
        shown |= _taken(terms, tier, *entry)
    return shown


def _taken(terms: Terms, tier: int, case: Any, scope: Sequence[int], lines: Sequence[int]) -> dict[str, Any]:
    """What an offer that took something off went by, beside what its tier says."""
    min_amount, min_millis, _ = terms.tiers[tier]
    shown: dict[str, Any] = {"rounding": case.rules.policy.rounding}
    if min_amount is not None:
        shown["min_amount"] = format_minor(min_amount, case.basket.currency)
    if min_millis is not None:
        shown["min_quantity"] = quantity_out(min_millis)
    if terms.share is not None and terms.share[0] != terms.share[1]:
        shown["platform_share"] = str(terms.offer.platform_share)
    bought = case.bought.get(terms.offer.id, 0)
    if bought:
        shown["bought"] = quantity_out(bought)
    if case.floors is not None and not terms.on_freight:
        floors = [(case.basket.ids[line], case.floors[line]) for line in scope if case.floors[line]]
        shown["floors"] = {name: format_minor(floor, case.basket.currency) for name, floor in floors}
    if terms.condition is not None:
        shown["condition"] = _ids(case, case.condition(terms), ())
    if len(scope) > len(lines):
        shown["unshared"] = _ids(case, scope, lines)
    return shown


def _ids(case: Any, places: Sequence[int], without: Sequence[int]) -> list[str]:
    """Lines that a spreading looks at and that got nothing of it: with them the leftover cent can be traced."""
    others = set(without)
    return [case.basket.ids[place] for place in places if place not in others]


def _freight(facts: Any, currency: str) -> dict[str, Any]:
    _, parcel, case = facts
    zone = parcel.zone
    shown: dict[str, Any] = {"zone": parcel.match.region, "measure": parcel.tariff.measure, "units": parcel.units}
    shown["first"], shown["first_fee"] = zone.first, str(zone.first_fee)
    if zone.additional is not None:
        shown["additional"], shown["additional_fee"] = zone.additional, str(zone.additional_fee)
    if zone.steps is not None:
        shown["steps"] = [{"up_to": step.up_to, "fee": str(step.fee)} for step in zone.steps]
    for name in ("goods_percent", "min_fee", "max_fee"):
        value = getattr(zone, name)
        if value is not None:
            shown[name] = str(value)
    if zone.goods_percent is not None:
        shown["value"] = format_minor(parcel.value, currency)
        shown["rounding"] = case.rules.policy.rounding
    shown["own_fee"] = format_minor(parcel.fee, currency)
    if parcel.count > 1:
        shown["boxes"] = parcel.count
    if parcel.warehouse is not None:
        shown["warehouse"] = parcel.warehouse
    if parcel.tariff.divisor is not None:
        shown["volumetric_divisor"] = parcel.tariff.divisor
    shown["counts"] = _counts(parcel, case, parcel.fee_lines, parcel.fee_weights)
    return shown


def _counts(parcel: Any, case: Any, lines: Sequence[int], weights: Sequence[int]) -> dict[str, Any]:
    """What each line counts: pieces, or its weight or volume × quantity."""
    basket, measure = case.basket, parcel.tariff.measure
    measured = {"quantity": (), "weight_g": (basket.weights,), "volume_cm3": (basket.volumes,)}[measure]
    if parcel.tariff.divisor is not None:
        measured = (basket.weights, basket.volumes)
    thousandths = any(column[line] for column in measured for line in lines)  # else pieces, as nothing is measured
    counts = [quantity_out(weight) if thousandths else weight for weight in weights]
    return dict(zip([basket.ids[line] for line in lines], counts, strict=True))


def _surcharge(facts: Any, _currency: str) -> dict[str, Any]:
    _, parcel, case = facts
    rule = parcel.match.surcharge
    shown: dict[str, Any] = {"per": rule.per, "fee": str(rule.fee)}
    if rule.per == "piece":
        shown["pieces"] = parcel.pieces
    elif rule.per == "kg":
        shown["weight_g"] = quantity_out(parcel.weight_milli)
    if parcel.count > 1:
        shown["boxes"] = parcel.count
    shown["counts"] = _counts(parcel, case, parcel.lines, parcel.weights)
    return shown


def _usage(found: Usage, currency: str) -> dict[str, Any]:
    return {
        "base": format_minor(found.base, currency),
        "cap": format_minor(found.cap, currency),
        "used": found.used,
        "usable": found.usable,
    }


def _points(facts: Any, currency: str) -> dict[str, Any]:
    _, found, case, base = facts
    rule = case.rules.book.points
    terms = rule.model_dump(mode="json", exclude={"scope", "earn"}, exclude_none=True)
    shown: dict[str, Any] = _usage(found, currency) | {"balance": case.checkout.customer.points} | terms
    unshared = [
        name
        for name, weight, share in zip(case.basket.ids, base, share_out(found.amount, base), strict=True)
        if weight and not share
    ]
    return shown | {"unshared": unshared} if unshared else shown


def _fee(facts: Any, currency: str) -> dict[str, Any]:
    _, payable, method, case = facts
    terms = method.model_dump(mode="json", include={"percent", "fixed", "min", "max"}, exclude_none=True)
    return {"payable": format_minor(payable, currency), **terms, "rounding": case.rules.policy.rounding}


def _rounding(facts: Any, currency: str) -> dict[str, Any]:
    _, payable, rule = facts
    return {"payable": format_minor(payable, currency), "unit": str(rule.unit), "mode": rule.mode}


_CHARGES = {"freight": _freight, "surcharge": _surcharge, "points": _points, "fee": _fee, "rounding": _rounding}
