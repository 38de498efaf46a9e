"""The numbers behind an adjustment or a decision, as JSON: enough to redo it by hand.

Made only when somebody looks: the engine leaves what it had in its hands, and nothing is worked out here for
`settle()`. What is the same in every settlement under these rules is written once and kept on them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from settlement.discounts.terms import Terms
from settlement.documents.json_text import Amounts, compact, quantity_text, quoted
from settlement.rulebook.points_use import Usable

__all__ = ["facts_of", "facts_text"]


def facts_of(facts: Any, currency: str) -> dict[str, Any]:
    """Facts of an entry or a verdict as plain data: as the engine left them, or as JSON brought them."""
    if isinstance(facts, dict):
        return facts
    found: dict[str, Any] = json.loads(facts_text(facts, Amounts(currency)))
    return found


def facts_text(facts: Any, money: Amounts) -> str:
    """The same as JSON text; `{}` where there are none."""
    if not facts:
        return "{}"
    if isinstance(facts, dict):
        return compact(facts)
    if isinstance(facts, Usable):
        return f"{{{_usable(facts, money)}}}"
    first = facts[0]
    return f"{{{_offer(facts, money) if isinstance(first, Terms) else _CHARGES[first](facts, money)}}}"


def _offer(facts: Any, money: Amounts) -> str:
    terms, tier, amount, millis, net = facts[:5]
    text = f'"basis":{money[amount]}'
    if terms.counts:
        text += f',"quantity":{quantity_text(millis)}'
    text += f',"net":{money[net]}'
    if tier >= 0:
        text += _tier(terms, tier)
    if terms.conditions:
        text += (
            f',"conditions":{compact([each.model_dump(mode="json", exclude_none=True) for each in terms.conditions])}'
        )
    return text + _taken(terms, tier, money, *facts[5:]) if len(facts) > 5 else text


def _tier(terms: Terms, tier: int) -> str:
    text = terms.texts.get(tier)
    if text is None:
        benefit = terms.offer.tiers[tier].benefit.model_dump(mode="json", exclude_none=True)
        text = terms.texts[tier] = f',"tier":{tier + 1},"benefit":{compact(benefit)}'
    return text


def _taken(terms: Terms, tier: int, money: Amounts, case: Any, scope: Sequence[int], lines: Sequence[int]) -> str:
    """What an offer that took something off went by, beside what its tier says."""
    key = (tier, case.rules.policy.rounding)
    text = terms.texts.get(key)
    if text is None:
        text = terms.texts[key] = _stated(terms, tier, money, case.rules.policy.rounding)
    bought = case.bought.get(terms.offer.id, 0) if case.bought else 0
    if bought:
        text += f',"bought":{quantity_text(bought)}'
    if case.floors is not None and not terms.on_freight:
        ids = case.basket.ids
        floors = [f"{quoted(ids[line])}:{money[case.floors[line]]}" for line in scope if case.floors[line]]
        text += f',"floors":{{{",".join(floors)}}}'
    if terms.condition is not None:
        text += f',"condition":{_ids(case, case.condition(terms), ())}'
    if len(scope) > len(lines):
        text += f',"unshared":{_ids(case, scope, lines)}'
    return text


def _stated(terms: Terms, tier: int, money: Amounts, rounding: str) -> str:
    """The part of it that is the same in every settlement."""
    min_amount, min_millis, _ = terms.tiers[tier]
    text = f',"rounding":"{rounding}"'
    if min_amount is not None:
        text += f',"min_amount":{money[min_amount]}'
    if min_millis is not None:
        text += f',"min_quantity":{quantity_text(min_millis)}'
    if terms.share is not None and terms.share[0] != terms.share[1]:
        text += f',"platform_share":"{terms.offer.platform_share}"'
    return text


def _ids(case: Any, places: Sequence[int], without: Collection[int]) -> str:
    """Lines that a spreading looks at and that got nothing of it: with them the leftover cent can be traced."""
    others = frozenset(without)
    return f"[{','.join([quoted(case.basket.ids[place]) for place in places if place not in others])}]"


def _freight(facts: Any, money: Amounts) -> str:
    _, parcel, case = facts
    zone = parcel.zone
    tariff = parcel.tariff
    key = ("zone", parcel.group.template, parcel.match.region)
    texts = case.rules.texts.get(key)
    if texts is None:
        texts = case.rules.texts[key] = _zone(parcel.match.region, tariff.measure, zone)
    text = f"{texts[0]}{parcel.units}{texts[1]}"
    if zone.goods_percent is not None:
        text += f',"value":{money[parcel.value]},"rounding":"{case.rules.policy.rounding}"'
    text += f',"own_fee":{money[parcel.fee]}'
    if parcel.count > 1:
        text += f',"boxes":{parcel.count}'
    if parcel.warehouse is not None:
        text += f',"warehouse":{quoted(parcel.warehouse)}'
    if tariff.divisor is not None:
        text += f',"volumetric_divisor":{tariff.divisor}'
    return f'{text},"counts":{_counts(parcel, case, parcel.group.fee_lines, parcel.fee_weights)}'


def _zone(region: str, measure: str, zone: Any) -> tuple[str, str]:
    """What stands before and after the units, the same for every parcel that goes there."""
    text = f',"first":{zone.first},"first_fee":"{zone.first_fee}"'
    if zone.additional is not None:
        text += f',"additional":{zone.additional},"additional_fee":"{zone.additional_fee}"'
    if zone.steps is not None:
        steps = [f'{{"up_to":{step.up_to},"fee":"{step.fee}"}}' for step in zone.steps]
        text += f',"steps":[{",".join(steps)}]'
    for name in ("goods_percent", "min_fee", "max_fee"):
        value = getattr(zone, name)
        if value is not None:
            text += f',"{name}":"{value}"'
    return f'"zone":{quoted(region)},"measure":"{measure}","units":', text


def _counts(parcel: Any, case: Any, lines: Sequence[int], weights: Sequence[int]) -> str:
    """What each line counts: pieces, or its weight or volume × quantity."""
    basket, measure = case.basket, parcel.tariff.measure
    measured = {"quantity": (), "weight_g": (basket.weights,), "volume_cm3": (basket.volumes,)}[measure]
    if parcel.tariff.divisor is not None:
        measured = (basket.weights, basket.volumes)
    thousandths = any(column[line] for column in measured for line in lines)  # else pieces, as nothing is measured
    shown = quantity_text if thousandths else str
    ids = basket.ids
    return (
        f"{{{','.join([f'{quoted(ids[line])}:{shown(weight)}' for line, weight in zip(lines, weights, strict=True)])}}}"
    )


def _surcharge(facts: Any, money: Amounts) -> str:
    _, parcel, case, added = facts
    rule = added.rule
    text = f'"per":{quoted(rule.per)},"fee":{money[rule.fee.minor]}'
    if rule.label is not None:
        text += f',"label":{quoted(rule.label)}'
    terms = rule.terms()
    if terms:
        text += f',"terms":{compact(terms)}'
    if rule.fact:
        text += f',"{rule.fact}":{quantity_text(added.counted)}'
    if parcel.count > 1:
        text += f',"boxes":{parcel.count}'
    if added.by_measure:
        return f'{text},"counts":{_counts(parcel, case, parcel.lines, parcel.weights)}'
    counts = [
        f"{quoted(case.basket.ids[line])}:{quantity_text(each)}"
        for line, each in zip(parcel.lines, added.weights, strict=True)
    ]
    return f'{text},"counts":{{{",".join(counts)}}}'


def _usable(found: Usable, money: Amounts) -> str:
    return f'"base":{money[found.base]},"cap":{money[found.cap]},"used":{found.used},"usable":{found.usable}'


def _kept(case: Any, key: object, document: Any, **options: Any) -> str:
    """The fields of a document of the rules, without the braces."""
    text: str | None = case.rules.texts.get(key)
    if text is None:
        text = compact(document.model_dump(mode="json", exclude_none=True, **options))[1:-1]
        case.rules.texts[key] = text
    return text


def _points(facts: Any, money: Amounts) -> str:
    _, found, case, base, lines = facts
    terms = _kept(case, "points", case.rules.book.points, exclude={"scope", "earn"})
    text = f'{_usable(found, money)},"balance":{case.checkout.customer.points},{terms}'
    if len(lines) < len(base):
        unshared = [place for place, weight in enumerate(base) if weight]
        if len(unshared) > len(lines):
            text += f',"unshared":{_ids(case, unshared, lines)}'
    return text


def _fee(facts: Any, money: Amounts) -> str:
    _, payable, method, case = facts
    terms = _kept(case, ("fee", method.id), method, include={"percent", "fixed", "min", "max"})
    comma = "," if terms else ""
    return f'"payable":{money[payable]}{comma}{terms},"rounding":"{case.rules.policy.rounding}"'


def _rounding(facts: Any, money: Amounts) -> str:
    _, payable, rule = facts
    return f'"payable":{money[payable]},"unit":{money[rule.unit.minor]},"mode":"{rule.mode}"'


_CHARGES = {"freight": _freight, "surcharge": _surcharge, "points": _points, "fee": _fee, "rounding": _rounding}
