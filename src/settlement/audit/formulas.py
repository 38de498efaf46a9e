"""The formulas behind each adjustment, with its own numbers in them, from the facts of a settlement alone.

A formula is text in the currency's major units: numbers, `+ − × ÷`, brackets, `min(…)`, `max(…)`, `⌊x⌋` and `⌈x⌉` to
whole numbers, `round(x)` to the minor unit by the mode that stands beside it, `down(x)` to the minor unit below.
Nothing is settled here: formulas are written, and the numbers that the settlement states stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from settlement.breakdown import Adjustment, SettledLine, Settlement
from settlement.documents import milli
from settlement.money import Money, format_minor

__all__ = ["Before", "Taken", "Weight", "formula_of", "plain", "walk"]


class Weight(NamedTuple):
    """What a line weighs in a spreading: its value, and how it is written."""

    value: Fraction
    text: str


class Before(NamedTuple):
    """What an adjustment finds: of each line, goods less discounts, freight left, and what is due so far."""

    net: Mapping[str, int]
    freight: Mapping[str, int]
    due: Mapping[str, int]


class Taken(NamedTuple):
    """How an adjustment's amount is made: once over all lines and then spread, or line by line.

    `times` is how often a threshold is met in full. `weights` are None where `by_line` says what each line gets. A rule
    of a kind that this library does not know has neither formula: only what it did is known.
    """

    formula: str = ""
    rounding: str | None = None
    times: tuple[str, int] | None = None
    weights: Mapping[str, Weight] | None = None
    by_line: Mapping[str, str] | None = None
    #: Whether the weights are pieces, grams or cm³ rather than amounts.
    counted: bool = False
    #: Further formulas with their results, such as a parcel's units: code, formula, result.
    parts: tuple[tuple[str, str, Money | Decimal | int], ...] = ()


_FREIGHT_OFFERS: Final = frozenset({"freight_promotion", "freight_coupon"})


def plain(minor: int, currency: str) -> str:
    """Minor units in major units, without the currency.

    >>> plain(-1234, "CNY")
    '-12.34'
    """
    return format_minor(minor, currency).partition(" ")[0]


def walk(settlement: Settlement) -> Iterator[tuple[Adjustment, Before]]:
    """Each adjustment with what it found, from goods on."""
    net = {line.id: line.goods.minor for line in settlement.lines}
    freight = dict.fromkeys(net, 0)
    due = net.copy()
    for adjustment in settlement.adjustments:
        yield adjustment, Before(MappingProxyType(net), MappingProxyType(freight), MappingProxyType(due))
        for line, share in adjustment.shares.items():
            if adjustment.stage in _FREIGHT_OFFERS or adjustment.stage in ("freight", "surcharge"):
                freight[line] += share.minor
            elif adjustment.stage in _OFFERS:
                net[line] += share.minor
            due[line] += share.minor


def formula_of(settlement: Settlement, adjustment: Adjustment, before: Before) -> Taken:
    """How this adjustment's amount was made; `Taken()` where its facts don't say."""
    case = _Case(settlement, adjustment, before)
    if adjustment.stage in _OFFERS or adjustment.stage in _FREIGHT_OFFERS:
        make = _KINDS.get(adjustment.facts.get("benefit", {}).get("type", ""))
    else:
        make = _CHARGES[adjustment.stage]
    return Taken() if make is None or not adjustment.facts else make(case)


_OFFERS: Final = frozenset({"item_promotion", "shop_promotion", "platform_promotion", "shop_coupon", "platform_coupon"})


class _Case:
    """One adjustment with the few questions that its formula asks."""

    def __init__(self, settlement: Settlement, adjustment: Adjustment, before: Before) -> None:
        self.currency = settlement.currency
        self.facts = adjustment.facts
        self.amount = adjustment.amount.minor
        self.before = before
        self.benefit: Mapping[str, Any] = self.facts.get("benefit", {})
        self.rounding: str | None = self.facts.get("rounding")
        self.left = before.freight if adjustment.stage in _FREIGHT_OFFERS else before.net
        names = {*adjustment.shares, *self.facts.get("unshared", ())}
        #: The lines that the rule looked at, in the order of their ids.
        self.lines: Sequence[SettledLine] = sorted(
            (line for line in settlement.lines if line.id in names), key=lambda line: line.id
        )
        self.floors = {name: Money(floor).minor for name, floor in self.facts.get("floors", {}).items()}

    def plain(self, minor: int) -> str:
        return plain(minor, self.currency)

    def stated(self, name: str) -> int:
        """An amount of the facts, in minor units."""
        return Money(self.facts[name]).minor

    def by_left(self) -> dict[str, Weight]:
        """Weights: what each line in scope still costs."""
        return {line.id: self.money(self.left[line.id]) for line in self.lines}

    def money(self, minor: int) -> Weight:
        return Weight(Fraction(minor), self.plain(minor))

    def capped(self, formula: str, most: str | None, amount: int | None = None) -> str:
        """The formula, at most `most`, and at most the net where that is what it came to."""
        bounds = [] if most is None else [_number(most)]
        net = sum(self.left[line.id] for line in self.lines)
        if amount is None or amount > net:
            bounds.append(self.plain(net))
        return f"min({', '.join([formula, *bounds])})" if bounds else formula

    def floored(self, by_line: Mapping[str, str]) -> dict[str, str]:
        """Line by line, never below a line's floor."""
        made = {}
        for name, formula in by_line.items():
            floor = self.floors.get(name)
            room = "" if floor is None else f"max(0, {self.plain(self.left[name])} − {self.plain(floor)})"
            made[name] = f"min({formula}, {room})" if room else formula
        return made

    def dearest_first(self, *, whole: bool) -> list[SettledLine]:
        """Lines with the dearest units first; `whole`: only those of whole quantity."""
        found = [line for line in self.lines if not whole or milli(line.quantity) % 1000 == 0]
        return sorted(found, key=lambda line: -Fraction(self.left[line.id] * 1000, milli(line.quantity)))

    def spread(self, formula: str, weights: Mapping[str, Weight] | None = None, **more: Any) -> Taken:
        """One amount over the lines in scope."""
        return Taken(formula, self.rounding, weights=self.by_left() if weights is None else weights, **more)

    def each(self, by_line: Mapping[str, str]) -> Taken:
        """What each line gets by itself."""
        return Taken("", self.rounding, by_line=self.floored(by_line))


def _number(amount: str) -> str:
    """ "12.34 CNY" without its currency."""
    return amount.partition(" ")[0]


def _brackets(formula: str) -> str:
    return f"({formula})" if " " in formula else formula


# ------------------------------------------------------------------ offers


def _times(case: _Case) -> tuple[str, int] | None:
    """How often the tier's conditions are met in full, where the benefit counts that."""
    if not case.benefit.get("every"):
        return None
    counts, formulas = [], []
    if "min_amount" in case.facts:
        basis, least = case.stated("basis"), case.stated("min_amount")
        if least:
            counts.append(basis // least)
            formulas.append(f"⌊{case.plain(basis)} ÷ {case.plain(least)}⌋")
    if "min_quantity" in case.facts:
        bought, least = Fraction(case.facts["quantity"]), Fraction(case.facts["min_quantity"])
        if least:
            counts.append(int(bought // least))
            formulas.append(f"⌊{case.facts['quantity']} ÷ {case.facts['min_quantity']}⌋")
    return (formulas[0] if len(formulas) == 1 else f"min({', '.join(formulas)})"), min(counts)


def _amount_off(case: _Case) -> Taken:
    amount, times = case.benefit["amount"], _times(case)
    formula = _number(amount) if times is None else f"{times[1]} × {_number(amount)}"
    stated = Money(amount).minor * (1 if times is None else times[1])
    most = case.benefit.get("max")
    least = stated if most is None else min(stated, Money(most).minor)
    return case.spread(case.capped(formula, most, least), times=times)


def _percent_off(case: _Case) -> Taken:
    net = case.plain(sum(case.left[line.id] for line in case.lines))
    formula = f"round({net} × {case.benefit['percent']} ÷ 100)"
    most = case.benefit.get("max")
    return case.spread(formula if most is None else f"min({formula}, {_number(most)})")


def _fixed_price(case: _Case) -> Taken:
    price, made = _number(case.benefit["price"]), {}
    for line in case.lines:
        costs = f"{price} × {line.quantity}" if isinstance(line.quantity, int) else f"round({price} × {line.quantity})"
        made[line.id] = f"max(0, {case.plain(case.left[line.id])} − {costs})"
    return case.each(made)


def _flash_price(case: _Case) -> Taken:
    price = case.benefit["price"]
    room = max(0, _milli(case.benefit["limit"]) - _milli(case.facts.get("bought", 0)))
    made = {}
    for line in case.dearest_first(whole=False):
        taken = min(room, milli(line.quantity))
        room -= taken
        net = case.plain(case.left[line.id])
        made[line.id] = f"max(0, round({_quantity(taken)} × ({net} ÷ {line.quantity} − {_number(price)})))"
    return case.each(made)


def _unit_amount_off(case: _Case) -> Taken:
    amount, most = _number(case.benefit["amount"]), case.benefit.get("max_units")
    room = sum(milli(line.quantity) for line in case.lines) if most is None else _milli(most)
    made = {}
    for line in case.dearest_first(whole=False):
        taken = min(room, milli(line.quantity))
        room -= taken
        units, net = _quantity(taken), case.plain(case.left[line.id])
        made[line.id] = f"min(round({units} × {amount}), down({net} × {units} ÷ {line.quantity}))"
    return case.each(made)


def _nth_unit(case: _Case) -> Taken:
    n, percent = case.benefit["n"], case.benefit["percent"]
    groups: dict[Any, int] = {}
    made = dict.fromkeys((line.id for line in case.lines), "0")
    for line in case.dearest_first(whole=True):
        group = (line.shop, line.sku) if case.benefit.get("per") == "sku" else None
        before, units = groups.get(group, 0), int(line.quantity)
        groups[group] = before + units
        hits = (before + units) // n - before // n
        if hits:
            net = case.plain(case.left[line.id])
            made[line.id] = f"round({hits} × {net} ÷ {units} × {percent} ÷ 100)"
    return case.each(made)


def _bundle_price(case: _Case) -> Taken:
    size, price = case.benefit["quantity"], Money(case.benefit["price"]).minor
    lines = case.dearest_first(whole=True)
    units = [int(line.quantity) for line in lines]
    nets = [Fraction(case.left[line.id], count) for line, count in zip(lines, units, strict=True)]

    def worth(first: int) -> Fraction:
        """The net of so many of the dearest units."""
        total = Fraction(0)
        for net, count in zip(nets, units, strict=True):
            taken = min(first, count)
            total, first = total + net * taken, first - taken
        return total

    low, high = 0, sum(units) // size  # groups get no dearer: search for the last that gets cheaper
    while low < high:
        middle = (low + high + 1) // 2
        cheaper = worth(middle * size) - worth((middle - 1) * size) > price
        low, high = (middle, high) if cheaper else (low, middle - 1)
    room, weights = low * size, {}
    for line, count in zip(lines, units, strict=True):
        taken = min(room, count)
        room -= taken
        if taken:
            net = case.left[line.id]
            text = case.plain(net) if taken == count else f"{case.plain(net)} × {taken} ÷ {count}"
            weights[line.id] = Weight(Fraction(net * taken, count), text)
    total = " + ".join(weights[name].text for name in sorted(weights))
    spent = f"{low} × {case.plain(price)}"
    formula = f"min(round({total} − {spent}), down({total}))"
    return case.spread(formula, {name: weights[name] for name in sorted(weights)})


def _freight_off(case: _Case) -> Taken:
    amount = case.benefit.get("amount")
    if amount is None:
        return case.spread(case.plain(sum(case.left[line.id] for line in case.lines)))
    return case.spread(case.capped(_number(amount), None, Money(amount).minor))


def _milli(quantity: Any) -> int:
    return milli(quantity if isinstance(quantity, int) else Decimal(quantity))


def _quantity(thousandths: int) -> str:
    from settlement.documents import quantity_out

    return str(quantity_out(thousandths))


_KINDS: Final[Mapping[str, Callable[[_Case], Taken]]] = MappingProxyType(
    {
        "amount_off": _amount_off,
        "percent_off": _percent_off,
        "unit_amount_off": _unit_amount_off,
        "fixed_price": _fixed_price,
        "flash_price": _flash_price,
        "nth_unit": _nth_unit,
        "bundle_price": _bundle_price,
        "freight_off": _freight_off,
        "freight_percent_off": _percent_off,
    }
)

# ------------------------------------------------------------------ freight, points, fee, rounding


def _counts(case: _Case) -> dict[str, Weight]:
    return {name: Weight(Fraction(count), str(count)) for name, count in case.facts["counts"].items()}


def _freight(case: _Case) -> Taken:
    facts, weights = case.facts, _counts(case)
    units, own, boxes = int(facts["units"]), case.stated("own_fee"), facts.get("boxes", 1)
    summed = " + ".join(weight.text for weight in weights.values())
    parts: list[tuple[str, str, Money | Decimal | int]] = []
    if units:
        divisor = facts.get("volumetric_divisor")
        exact = -(-sum(weight.value for weight in weights.values()) // 1)
        by_volume = divisor is not None and exact != units
        formula = f"⌈({summed}) × 1000 ÷ {divisor}⌉" if by_volume else f"⌈{summed}⌉"
        parts.append(("units", formula if facts["measure"] != "quantity" else summed, units))
    fee = _zone_fee(case, units)
    formula = fee if boxes == 1 else f"{boxes} × {_brackets(fee)}"
    if case.amount != own * boxes:  # beside another parcel of the shop
        parts.append(("own_fee", fee, Money.of_minor(own, case.currency)))
        formula = _combined(case, units, own, boxes)
    return case.spread(formula, weights, parts=tuple(parts), counted=True)


def _zone_fee(case: _Case, units: int) -> str:
    """What one such parcel costs by its zone."""
    facts = case.facts
    reached, fee = facts["first"], facts["first_fee"]
    for step in facts.get("steps", ()):
        if units > reached:
            reached, fee = step["up_to"], step["fee"]
    formula = _number(fee)
    if units > reached and "additional" in facts:
        formula += f" + ⌈({units} − {reached}) ÷ {facts['additional']}⌉ × {_number(facts['additional_fee'])}"
    if "goods_percent" in facts:
        value = _number(facts["value"]) if "value" in facts else "0"
        formula += f" + round({value} × {facts['goods_percent']} ÷ 100)"
    if "min_fee" in facts:
        formula = f"max({formula}, {_number(facts['min_fee'])})"
    return f"min({formula}, {_number(facts['max_fee'])})" if "max_fee" in facts else formula


def _combined(case: _Case, units: int, own: int, boxes: int) -> str:
    """Beside another parcel: what is added for each, or one fee for a whole run of boxes."""
    facts = case.facts
    if case.amount == own:
        return case.plain(own)  # the dearest pays, once
    added = f"⌈{units} ÷ {facts['additional']}⌉ × {_number(facts['additional_fee'])}"
    steps = -(-units // facts["additional"]) * Money(facts["additional_fee"]).minor
    if case.amount == steps * boxes:
        return added if boxes == 1 else f"{boxes} × {added}"
    return f"{case.plain(own)} + {boxes - 1} × {added}"


def _surcharge(case: _Case) -> Taken:
    facts, fee = case.facts, _number(case.facts["fee"])
    if facts["per"] == "piece":
        fee = f"{facts['pieces']} × {fee}"
    elif facts["per"] == "kg":
        fee = f"⌈{facts['weight_g']} ÷ 1000⌉ × {fee}"
    boxes = facts.get("boxes", 1)
    return case.spread(fee if boxes == 1 else f"{boxes} × {fee}", _counts(case), counted=True)


def _points(case: _Case) -> Taken:
    facts, before = case.facts, case.before
    left = before.due if facts["covers_freight"] else before.net
    bounds = [f"down({_number(facts['base'])} × {facts['max_percent']} ÷ 100)", _number(facts["base"])]
    if "max_amount" in facts:
        bounds.insert(1, _number(facts["max_amount"]))
    cap = ("cap", f"min({', '.join(bounds)})", Money(facts["cap"]))
    formula = f"down({facts['used']} × {_number(facts['worth'])} ÷ {facts['points']})"
    return case.spread(formula, {line.id: case.money(left[line.id]) for line in case.lines}, parts=(cap,))


def _over_due(case: _Case) -> dict[str, Weight]:
    return {name: case.money(case.before.due[name]) for name in sorted(case.before.due)}


def _payment_fee(case: _Case) -> Taken:
    facts = case.facts
    fixed = _number(facts["fixed"]) if "fixed" in facts else ""
    formula = fixed or "0"
    if "percent" in facts:
        formula = f"round({_number(facts['payable'])} × {facts['percent']} ÷ 100)" + (f" + {fixed}" if fixed else "")
    if "min" in facts:
        formula = f"max({formula}, {_number(facts['min'])})"
    if "max" in facts:
        formula = f"min({formula}, {_number(facts['max'])})"
    return case.spread(formula, _over_due(case))


def _rounding(case: _Case) -> Taken:
    payable, unit = _number(case.facts["payable"]), _number(case.facts["unit"])
    steps = {
        "down": f"⌊{payable} ÷ {unit}⌋",
        "half_up": f"⌊{payable} ÷ {unit} + 0.5⌋",
        "up": f"⌈{payable} ÷ {unit}⌉",
    }[case.facts["mode"]]
    return case.spread(f"{steps} × {unit} − {payable}", _over_due(case))


_CHARGES: Final[Mapping[str, Callable[[_Case], Taken]]] = MappingProxyType(
    {
        "freight": _freight,
        "surcharge": _surcharge,
        "points": _points,
        "payment_fee": _payment_fee,
        "rounding": _rounding,
    }
)
