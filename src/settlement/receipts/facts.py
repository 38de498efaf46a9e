"""The numbers behind an adjustment or a decision, as JSON: enough to redo it by hand.

Made only when somebody looks: the engine leaves what it had in its hands, and nothing is worked out here for
`settle()`. What is the same in every settlement under these rules is written once and kept on them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from settlement.cart.columns import Basket
from settlement.discounts.terms import Terms, lines_in_scope
from settlement.documents.json_text import Amounts, compact, percent_text, quantity_text, quoted
from settlement.documents.marks import Mark, marks_of
from settlement.freight.added import Added
from settlement.freight.parcels import Parcel
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points_use import Usable
from settlement.rulebook.policy import RoundTotal
from settlement.rulebook.rulebook import Rules
from settlement.taxes.levied import Levied

__all__ = [
    "Behind",
    "Facts",
    "FeeCharged",
    "PointsTaken",
    "Shipped",
    "Surcharged",
    "Taken",
    "TaxLevied",
    "TotalRounded",
    "Tried",
    "facts_of",
    "facts_text",
    "said",
    "tried_of",
]


class Behind:
    """What stands behind all facts of one settlement: the goods, the rules, and what the buyer had."""

    def __init__(
        self, basket: Basket, rules: Rules, floors: Sequence[int] | None, bought: Mapping[str, int], balance: int
    ) -> None:
        self.basket, self.rules = basket, rules
        #: What no offer may bring a line below, None where no line says.
        self.floors = floors
        #: Thousandths that the customer bought of an offer before.
        self.bought = bought
        #: The balance of points.
        self.balance = balance


#: An offer at its turn: its terms, the tier that holds (0 is the first, -1: none), what its thresholds saw, in minor
#: units and thousandths, and what was left in its scope. A bare tuple, the only one among the facts: see `Outcome`.
Tried: TypeAlias = tuple[Terms, int, int, int, int]


class Taken(NamedTuple):
    """The same of an offer that took something off or gave a gift: the lines that it saw, and those that it fell on."""

    tried: Tried
    behind: Behind
    scope: Sequence[int]
    lines: Sequence[int]


class Shipped(NamedTuple):
    """A parcel's fee."""

    parcel: Parcel
    behind: Behind


class Surcharged(NamedTuple):
    """One surcharge of a parcel."""

    parcel: Parcel
    added: Added
    behind: Behind


class PointsTaken(NamedTuple):
    """Points that were used, what they were spread by, and the lines that they fell on."""

    found: Usable
    behind: Behind
    base: Sequence[int]
    lines: Sequence[int]


class FeeCharged(NamedTuple):
    """The fee of a way to pay, and what it was worked out on."""

    payable: int
    method: PaymentMethod
    behind: Behind


class TaxLevied(NamedTuple):
    """One tax at one rate in one shop, of which an entry has what falls on goods, on freight or on the fee."""

    shop: str
    row: Levied
    per: str
    behind: Behind


class TotalRounded(NamedTuple):
    """The total brought to a multiple of a unit."""

    payable: int
    rule: RoundTotal


#: What the engine leaves of an adjustment or a decision; a mapping where JSON brought it, its text once detached.
Facts: TypeAlias = (
    Tried
    | Taken
    | Shipped
    | Surcharged
    | PointsTaken
    | Usable
    | FeeCharged
    | TaxLevied
    | TotalRounded
    | Mapping[str, Any]
    | str
    | None
)


def facts_of(facts: Facts, currency: str) -> Mapping[str, Any]:
    """Facts of an entry or a verdict as plain data: as the engine left them, or as JSON brought them."""
    if isinstance(facts, Mapping):
        return facts
    found: dict[str, Any] = json.loads(facts_text(facts, Amounts(currency)))
    return found


def said(facts: Facts) -> Mapping[str, Any]:
    """What JSON brought; nothing of what the engine left."""
    return facts if isinstance(facts, Mapping) else {}


def tried_of(facts: Facts) -> Tried | None:
    """The offer at its turn, where the engine left facts of one."""
    if isinstance(facts, Taken):
        return facts.tried
    return cast("Tried", facts) if type(facts) is tuple else None


def facts_text(facts: Facts, money: Amounts) -> str:
    """The same as JSON text; `{}` where there are none."""
    if not facts:
        return "{}"
    if isinstance(facts, str):
        return facts
    write = _WRITERS.get(type(facts))
    return compact(facts) if write is None else f"{{{write(facts, money)}}}"


def _tried(facts: Tried, money: Amounts) -> str:
    terms, tier, amount, millis, net = facts
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
    return text


def _tier(terms: Terms, tier: int) -> str:
    text = terms.texts.get(tier)
    if text is None:
        benefit = terms.offer.tiers[tier].benefit
        apart = {name for name, field in type(benefit).model_fields.items() if Mark.PERSONAL in marks_of(field)}
        stated = benefit.model_dump(mode="json", exclude_none=True, exclude=apart)
        text = terms.texts[tier] = f',"tier":{tier + 1},"benefit":{compact(stated)}'
    return text


def _taken(facts: Taken, money: Amounts) -> str:
    """What an offer that took something off went by, beside what its tier says."""
    tried, behind, scope, lines = facts
    terms, tier, *_ = tried
    rounding, ids, floors = behind.rules.policy.rounding, behind.basket.ids, behind.floors
    key = (tier, rounding)
    text = terms.texts.get(key)
    if text is None:
        text = terms.texts[key] = _stated(terms, tier, money, rounding)
    text = _tried(tried, money) + text
    if behind.rules.threshold_tax:
        text += ',"with_tax":true'
    bought = behind.bought.get(terms.offer.id, 0) if behind.bought else 0
    if bought:
        text += f',"bought":{quantity_text(bought)}'
    if floors is not None and not terms.on_freight:
        kept = [f"{quoted(ids[line])}:{money[floors[line]]}" for line in scope if floors[line]]
        text += f',"floors":{{{",".join(kept)}}}'
    if terms.condition is not None:
        text += f',"condition":{_ids(ids, lines_in_scope(terms.condition, behind.basket), ())}'
    if len(scope) > len(lines):
        text += f',"unshared":{_ids(ids, scope, lines)}'
    return text


def _stated(terms: Terms, tier: int, money: Amounts, rounding: str) -> str:
    """The part of it that is the same in every settlement."""
    min_amount, min_millis, _ = terms.tiers[tier]
    text = f',"rounding":"{rounding}"'
    if min_amount is not None:
        text += f',"min_amount":{money[min_amount]}'
    if min_millis is not None:
        text += f',"min_quantity":{quantity_text(min_millis)}'
    return f'{text},"platform_share":"{terms.offer.borne}"'


def _ids(ids: Sequence[str], places: Sequence[int], without: Collection[int]) -> str:
    """Lines that a spreading looks at and that got nothing of it: with them the leftover cent can be traced."""
    others = frozenset(without)
    return f"[{','.join([quoted(ids[place]) for place in places if place not in others])}]"


def _shipped(facts: Shipped, money: Amounts) -> str:
    parcel, behind = facts
    rules = behind.rules
    zone = parcel.zone
    tariff = parcel.tariff
    key = ("zone", parcel.group.template, parcel.match.region)
    texts = rules.texts.get(key)
    if texts is None:
        texts = rules.texts[key] = _zone(parcel.match.region, tariff.measure, zone)
    text = f"{texts[0]}{parcel.units}{texts[1]}"
    if zone.goods_percent is not None:
        text += f',"value":{money[parcel.value]},"rounding":"{rules.policy.rounding}"'
    text += f',"own_fee":{money[parcel.fee]}'
    if parcel.count > 1:
        text += f',"boxes":{parcel.count}'
    if parcel.warehouse is not None:
        text += f',"warehouse":{quoted(parcel.warehouse)}'
    if tariff.divisor is not None:
        text += f',"volumetric_divisor":{tariff.divisor}'
    return f'{text},"counts":{_counts(parcel, behind.basket, parcel.group.fee_lines, parcel.fee_weights)}'


def _zone(region: Any, measure: str, zone: Any) -> tuple[str, str]:
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


def _counts(parcel: Parcel, basket: Basket, lines: Sequence[int], weights: Sequence[int]) -> str:
    """What each line counts: pieces, or its weight or volume × quantity."""
    measure = parcel.tariff.measure
    measured = {"quantity": (), "weight_g": (basket.weights,), "volume_cm3": (basket.volumes,)}[measure]
    if parcel.tariff.divisor is not None:
        measured = (basket.weights, basket.volumes)
    thousandths = any(column[line] for column in measured for line in lines)  # else pieces, as nothing is measured
    shown = quantity_text if thousandths else str
    ids = basket.ids
    return (
        f"{{{','.join([f'{quoted(ids[line])}:{shown(weight)}' for line, weight in zip(lines, weights, strict=True)])}}}"
    )


def _surcharged(facts: Surcharged, money: Amounts) -> str:
    parcel, added, behind = facts
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
        return f'{text},"counts":{_counts(parcel, behind.basket, parcel.lines, parcel.weights)}'
    counts = [
        f"{quoted(behind.basket.ids[line])}:{quantity_text(each)}"
        for line, each in zip(parcel.lines, added.weights, strict=True)
    ]
    return f'{text},"counts":{{{",".join(counts)}}}'


def _usable(found: Usable, money: Amounts) -> str:
    return f'"base":{money[found.base]},"cap":{money[found.cap]},"used":{found.used},"usable":{found.usable}'


def _kept(rules: Rules, key: object, document: Any, **options: Any) -> str:
    """The fields of a document of the rules, without the braces."""
    text: str | None = rules.texts.get(key)
    if text is None:
        text = compact(document.model_dump(mode="json", exclude_none=True, **options))[1:-1]
        rules.texts[key] = text
    return text


def _points(facts: PointsTaken, money: Amounts) -> str:
    found, behind, base, lines = facts
    terms = _kept(behind.rules, "points", behind.rules.book.points, exclude={"scope", "earn", "tax_base"})
    text = f'{_usable(found, money)},"balance":{behind.balance},{terms}'
    if len(lines) < len(base):
        unshared = [place for place, weight in enumerate(base) if weight]
        if len(unshared) > len(lines):
            text += f',"unshared":{_ids(behind.basket.ids, unshared, lines)}'
    return text


def _fee(facts: FeeCharged, money: Amounts) -> str:
    payable, method, behind = facts
    terms = _kept(behind.rules, ("fee", method.id), method, include={"percent", "fixed", "min", "max"})
    comma = "," if terms else ""
    return f'"payable":{money[payable]}{comma}{terms},"rounding":"{behind.rules.policy.rounding}"'


def _tax(facts: TaxLevied, money: Amounts) -> str:
    """What one row of a shop's taxes was taken of, and how: of all its cells, for a rate is rounded once for them."""
    shop, row, per, behind = facts
    levy, ids, rules = row.levy, behind.basket.ids, behind.rules
    table = rules.tax_table(shop)
    rounding = rules.policy.rounding
    if table is not None and table.taxes.rounding is not None:
        rounding = table.taxes.rounding
    percent = percent_text(100 * levy.numerator, levy.denominator)
    text = f'"shop":{quoted(shop)},"percent":"{percent}","base":{money[row.base]},"tax":{money[row.amount]}'
    text += f',"per":"{per}","rounding":"{rounding}"'
    for name in ("goods", "freight", "fee"):
        of = [
            f"{quoted(ids[cell.line])}:{money[base]}"
            for cell, base in zip(row.cells, row.bases, strict=True)
            if cell.on == name and base
        ]
        if of:
            text += f',"{name}_of":{{{",".join(of)}}}'
    if levy.compound:
        text += ',"compound":true'
    if table is not None and table.taxes.together:
        text += ',"together":true'
    if row.amount < 0:
        text += ',"taken_out":true'
    if levy.reason is not None:
        text += f',"reason":{quoted(levy.reason)}'
    return text


def _rounding(facts: TotalRounded, money: Amounts) -> str:
    payable, rule = facts
    return f'"payable":{money[payable]},"unit":{money[rule.unit.minor]},"mode":"{rule.mode}"'


_WRITERS: Mapping[type, Callable[[Any, Amounts], str]] = {
    tuple: _tried,
    Taken: _taken,
    Shipped: _shipped,
    Surcharged: _surcharged,
    PointsTaken: _points,
    Usable: _usable,
    FeeCharged: _fee,
    TaxLevied: _tax,
    TotalRounded: _rounding,
}
