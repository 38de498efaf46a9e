"""The formulas of freight, surcharges, points, the payment fee and the rounding of the total (contract §5 and §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from settlement.explanations.trail import Moment, Taken, Weight, brackets, number
from settlement.freight.formulas import combined_formula, surcharge_formula, zone_formula
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.freight.templates import Zone
from settlement.money import ROUNDERS, Money

__all__ = ["CHARGES"]


def _spread(case: Moment, formula: str, **more: Any) -> Taken:
    """Over the lines by what they are worth or, where the facts do not say it, by what they count."""
    if "values" not in case.facts:
        return case.spread(formula, _counts(case), counted=True, **more)
    values = {name: case.money(Money(worth).minor) for name, worth in case.facts["values"].items()}
    return case.spread(formula, values, **more)


def _counts(case: Moment) -> dict[str, Weight]:
    return {name: Weight(Fraction(count), str(count)) for name, count in case.facts["counts"].items()}


def _freight(case: Moment) -> Taken:
    facts, weights = case.facts, _counts(case)
    units, own, boxes = int(facts["units"]), case.stated("own_fee"), facts.get("boxes", 1)
    summed = " + ".join(weight.text for weight in weights.values())
    parts: list[tuple[str, str, Money | Decimal | int]] = []
    if units:
        divisor = facts.get("volumetric_divisor")
        packing = facts.get("packing_weight_g", 0)
        exact = -(-sum(weight.value for weight in weights.values()) // 1) + packing
        weightless = packing == units  # what weighs nothing counts as pieces
        by_volume = divisor is not None and exact != units and not weightless
        formula = (
            f"⌈({summed}) × 1000 ÷ {divisor}⌉" if by_volume else f"⌈{summed}⌉" + (f" + {packing}" if packing else "")
        )
        if weightless:
            formula = str(packing)
        parts.append(("units", formula if facts["measure"] != "quantity" else summed, units))
    zone = _zone(facts)
    fee = zone_formula(zone, units, Money(facts["value"]).minor if "value" in facts else 0)
    formula = fee if boxes == 1 else f"{boxes} × {brackets(fee)}"
    if case.amount != own * boxes:  # beside another parcel of the shop
        parts.append(("own_fee", fee, Money.of_minor(own, case.currency)))
        own_fee, paid = (Money.of_minor(minor, case.currency) for minor in (own, case.amount))
        formula = combined_formula(zone, units, own_fee, boxes, paid, ROUNDERS[facts.get("rounding", "half_up")])
    return _spread(case, formula, parts=tuple(parts))


def _zone(facts: Mapping[str, Any]) -> Zone:
    """The zone that the facts state."""
    return Zone(regions=[facts["zone"]], **{name: facts[name] for name in _TARIFF if name in facts})


#: What makes a zone's fee, as facts name it.
_TARIFF: Final = Zone.model_fields.keys() - {"regions"}


def _surcharge(case: Moment) -> Taken:
    facts = case.facts
    kind = _KINDS.get(facts["per"])
    if kind is None:
        return Taken()
    stated = {"fee": facts["fee"]} if "fee" in facts else {}
    rule = kind.model_validate({"per": facts["per"], "regions": ("*",)} | stated | facts.get("terms", {}))
    counted = number(facts["freight"]) if rule.of_freight else facts.get(rule.fact, "")
    return _spread(case, surcharge_formula(rule, counted, facts.get("boxes", 1)))


_KINDS: Final = MappingProxyType({kind.model_fields["per"].default: kind for kind in SURCHARGE_KINDS})


def _points(case: Moment) -> Taken:
    facts, before = case.facts, case.before
    left = before.due if facts["covers_freight"] else before.net
    bounds = [f"down({number(facts['base'])} × {facts['max_percent']} ÷ 100)", number(facts["base"])]
    if "max_amount" in facts:
        bounds.insert(1, number(facts["max_amount"]))
    cap = ("cap", f"min({', '.join(bounds)})", Money(facts["cap"]))
    formula = f"down({facts['used']} × {number(facts['worth'])} ÷ {facts['points']})"
    return case.spread(formula, {line.id: case.money(left[line.id]) for line in case.lines}, parts=(cap,))


def _over_due(case: Moment) -> dict[str, Weight]:
    return {name: case.money(case.before.due[name]) for name in sorted(case.before.due)}


def _payment_fee(case: Moment) -> Taken:
    facts = case.facts
    fixed = number(facts["fixed"]) if "fixed" in facts else ""
    formula = fixed or "0"
    if "percent" in facts:
        formula = f"round({number(facts['payable'])} × {facts['percent']} ÷ 100)" + (f" + {fixed}" if fixed else "")
    if "min" in facts:
        formula = f"max({formula}, {number(facts['min'])})"
    if "max" in facts:
        formula = f"min({formula}, {number(facts['max'])})"
    return case.spread(formula, _over_due(case))


def _tax(case: Moment) -> Taken:
    """One side of a row: all of it where the row has no other, else what its share of the row's own spreading is."""
    facts = case.facts
    if facts.get("together") or facts.get("cut"):  # rounded with the taxes beside it; no more than was left to pay
        return Taken()
    sides = {name: facts[f"{name}_of"] for name in ("goods", "freight", "fee") if f"{name}_of" in facts}
    bases = {(name, line): Money(base).minor for name, of in sides.items() for line, base in of.items()}
    taxed = (("taxed", _taxed(case, bases), Money(facts["base"])),) if "parts" in facts else ()
    below = str(100 + Decimal(facts["percent"])) if facts.get("taken_out") else "100"
    mine = case.side
    own = {line: case.money(base) for (name, line), base in bases.items() if name == mine}
    if facts["per"] != "rate" and mine != "goods":  # of a row what is not on goods is rounded once
        summed = case.plain(sum(base for (name, _), base in bases.items() if name == mine))
        return case.spread(f"round({summed} × {facts['percent']} ÷ {below})", own)
    if facts["per"] == "rate":
        formula = f"round({number(facts['base'])} × {facts['percent']} ÷ {below})"
        other = abs(case.stated("tax")) - abs(case.amount)
        return case.spread(formula if len(sides) == 1 else f"{formula} − {case.plain(other)}", own, parts=taxed)
    quantities = {line.id: line.quantity for line in case.lines}
    made = {}
    for (name, line), base in bases.items():
        if name == mine and line in quantities:
            units = quantities[line]
            whole = facts["per"] == "unit" and int(units) == units
            of = f"{case.plain(base)} × {facts['percent']} ÷ {below}"
            made[line] = f"round({of} ÷ {units}) × {units}" if whole else f"round({of})"
    return Taken("", case.rounding, by_line=made, parts=taxed)


def _taxed(case: Moment, bases: Mapping[tuple[str, str], int]) -> str:
    """What a row was taken of, with the parts of goods that it was taken of; on top of these, taxes before it."""
    terms = []
    for (name, line), base in bases.items():
        part = case.facts["parts"].get(line) if name == "goods" else None
        spans = [(Money(start).minor, Money(end).minor) for start, end in part["spans"]] if part else [(0, base)]
        terms += [case.plain(end) + (f" − {case.plain(start)}" if start else "") for start, end in spans]
        if beside := base - sum(end - start for start, end in spans):
            terms.append(case.plain(beside))
    return " + ".join(terms)


def _rounding(case: Moment) -> Taken:
    payable, unit = number(case.facts["payable"]), number(case.facts["unit"])
    steps = {
        "down": f"⌊{payable} ÷ {unit}⌋",
        "half_up": f"⌊{payable} ÷ {unit} + 0.5⌋",
        "up": f"⌈{payable} ÷ {unit}⌉",
    }[case.facts["mode"]]
    return case.spread(f"{steps} × {unit} − {payable}", _over_due(case))


#: By the stage of the adjustment.
CHARGES: Final[Mapping[str, Callable[[Moment], Taken]]] = MappingProxyType(
    {
        "freight": _freight,
        "surcharge": _surcharge,
        "points": _points,
        "goods_tax": _tax,
        "freight_tax": _tax,
        "payment_fee": _payment_fee,
        "fee_tax": _tax,
        "rounding": _rounding,
    }
)
