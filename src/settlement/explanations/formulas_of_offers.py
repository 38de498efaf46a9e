"""The formulas of offers, a function for each kind of benefit (contract §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from settlement.discounts.set_price import sets_of
from settlement.documents.scalars import milli, quantity_out
from settlement.explanations.trail import Moment, Taken, Weight, number
from settlement.money import Money
from settlement.receipts.parts import SettledLine

__all__ = ["FORMULAS"]


def _times(case: Moment) -> tuple[str, int] | None:
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
        quantity, fewest = _milli(case.facts["quantity"]), _milli(case.facts["min_quantity"])
        if fewest:
            counts.append((quantity + case.earlier) // fewest - case.earlier // fewest)
            formulas.append(_full(case, case.facts["quantity"], case.facts["min_quantity"]))
    return (formulas[0] if len(formulas) == 1 else f"min({', '.join(formulas)})"), min(counts)


def _full(case: Moment, quantity: Any, fewest: Any) -> str:
    """Full thresholds of a quantity, less those that earlier orders reached."""
    if not case.earlier:
        return f"⌊{quantity} ÷ {fewest}⌋"
    earlier = _quantity(case.earlier)
    return f"⌊({quantity} + {earlier}) ÷ {fewest}⌋ − ⌊{earlier} ÷ {fewest}⌋"


def _amount_off(case: Moment) -> Taken:
    amount, times = case.benefit["amount"], _times(case)
    formula = number(amount) if times is None else f"{times[1]} × {number(amount)}"
    stated = Money(amount).minor * (1 if times is None else times[1])
    most = case.benefit.get("max")
    least = stated if most is None else min(stated, Money(most).minor)
    return case.spread(case.capped(formula, most, least), times=times)


def _percent_off(case: Moment) -> Taken:
    if "max_units" in case.benefit:
        return _percent_of_units(case)
    net = case.plain(sum(case.left[line.id] for line in case.lines))
    formula = f"round({net} × {case.benefit['percent']} ÷ 100)"
    most = case.benefit.get("max")
    return case.spread(formula if most is None else f"min({formula}, {number(most)})")


def _most_units(case: Moment) -> int:
    """How many units count, in thousandths; all of them where nothing is said."""
    most = case.benefit.get("max_units")
    if most is None:
        return sum(milli(line.quantity) for line in case.lines)
    times = _times(case)
    return _milli(most) * (1 if times is None else times[1])


def _percent_of_units(case: Moment) -> Taken:
    room, weights = _most_units(case), {}
    for line in case.in_order(case.benefit.get("units", "dearest")):
        taken = min(room, milli(line.quantity))
        room -= taken
        if taken:
            net = case.left[line.id]
            whole = taken == milli(line.quantity)
            text = case.plain(net) if whole else f"{case.plain(net)} × {_quantity(taken)} ÷ {line.quantity}"
            weights[line.id] = Weight(Fraction(net * taken, milli(line.quantity)), text)
    ordered = {name: weights[name] for name in sorted(weights)}
    total = " + ".join(each.text for each in ordered.values())
    bounds = [f"round(({total}) × {case.benefit['percent']} ÷ 100)", f"down({total})"]
    if "max" in case.benefit:
        bounds.append(number(case.benefit["max"]))
    return case.spread(f"min({', '.join(bounds)})", ordered, times=_times(case))


def _fixed_price(case: Moment) -> Taken:
    price, made = number(case.benefit["price"]), {}
    for line in case.lines:
        costs = f"{price} × {line.quantity}" if isinstance(line.quantity, int) else f"round({price} × {line.quantity})"
        made[line.id] = f"max(0, {case.plain(case.left[line.id])} − {costs})"
    return case.each(made)


def _flash_price(case: Moment) -> Taken:
    price = case.benefit["price"]
    room = max(0, _milli(case.benefit["limit"]) - _milli(case.facts.get("bought", 0)))
    made = {}
    for line in case.dearest_first(whole=False):
        taken = min(room, milli(line.quantity))
        room -= taken
        net = case.plain(case.left[line.id])
        made[line.id] = f"max(0, round({_quantity(taken)} × ({net} ÷ {line.quantity} − {number(price)})))"
    return case.each(made)


def _unit_amount_off(case: Moment) -> Taken:
    amount, room, made = number(case.benefit["amount"]), _most_units(case), {}
    for line in case.in_order(case.benefit.get("units", "dearest")):
        taken = min(room, milli(line.quantity))
        room -= taken
        units, net = _quantity(taken), case.plain(case.left[line.id])
        made[line.id] = f"min(round({units} × {amount}), down({net} × {units} ÷ {line.quantity}))"
    return case.each(made)


def _nth_unit(case: Moment) -> Taken:
    n, percent = case.benefit["n"], case.benefit["percent"]
    count, units, earlier = case.benefit.get("count", 1), case.benefit.get("units"), case.earlier // 1000
    groups: dict[Any, list[SettledLine]] = {}
    for line in case.in_order(units or "dearest", whole=True):
        groups.setdefault((line.shop, line.sku) if case.benefit.get("per") == "sku" else None, []).append(line)
    made = dict.fromkeys((line.id for line in case.lines), "0")
    for group in groups.values():
        full = (earlier + sum(int(line.quantity) for line in group)) // n
        before, free = earlier, count * (full - earlier // n)
        for line in group:
            after = before + int(line.quantity)
            hits = min(free, after - before)
            if units is None:
                upto = [min(end, full * n) for end in (before, after)]
                less, more = (count * (end // n) + max(0, end % n - n + count) for end in upto)
                hits = more - less
            free, before = free - hits, after
            if hits:
                net = case.plain(case.left[line.id])
                made[line.id] = f"round({hits} × {net} ÷ {line.quantity} × {percent} ÷ 100)"
    return case.each(made)


def _bundle_price(case: Moment) -> Taken:
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


def _set_price(case: Moment) -> Taken:
    price, lines = Money(case.benefit["price"]).minor, case.lines
    place = {line.id: at for at, line in enumerate(lines)}
    slots = [
        (slot["quantity"], [place[name] for name in fits if name in place])  # not of lines that were used up before
        for slot, fits in zip(case.benefit["slots"], case.facts["slots"], strict=True)
    ]
    nets, order = [case.left[line.id] for line in lines], [place[line.id] for line in case.dearest_first(whole=True)]
    sets = sets_of(nets, [milli(line.quantity) for line in lines], order, slots, price)
    weights = {}
    for line, net, taken in zip(lines, nets, sets.units, strict=True):
        if taken:
            text = case.plain(net) if taken == line.quantity else f"{case.plain(net)} × {taken} ÷ {line.quantity}"
            weights[line.id] = Weight(Fraction(net * taken * 1000, milli(line.quantity)), text)
    total = " + ".join(each.text for each in weights.values())
    return case.spread(f"min(round({total} − {sets.formed} × {case.plain(price)}), down({total}))", weights)


def _graduated_price(case: Moment) -> Taken:
    bands = [
        (_milli(each["up_to"]) if "up_to" in each else None, number(each["price"])) for each in case.benefit["bands"]
    ]
    before, made = case.earlier, {}
    for line in case.dearest_first(whole=False):
        net, after, parts, start = case.plain(case.left[line.id]), before + milli(line.quantity), [], 0
        for end, price in bands:
            taken = (after if end is None else min(after, end)) - max(before, start)
            if taken > 0:
                parts.append(f"max(0, {_quantity(taken)} × ({net} ÷ {line.quantity} − {price}))")
            start = end or 0
        before = after
        made[line.id] = f"round({' + '.join(parts)})" if parts else "0"
    return case.each(made)


def _add_on_price(case: Moment) -> Taken:
    price, room, made = number(case.benefit["price"]), _most_units(case), {}
    for line in case.in_order(case.benefit["units"]):
        taken = min(room, milli(line.quantity))
        room -= taken
        net = case.plain(case.left[line.id])
        made[line.id] = f"max(0, round({_quantity(taken)} × ({net} ÷ {line.quantity} − {price})))"
    return case.each(made)


def _presale(case: Moment) -> Taken:
    deposit, worth = number(case.benefit["deposit"]), number(case.benefit["worth"])
    return case.each(
        {
            line.id: f"min({case.plain(case.left[line.id])}, round({line.quantity} × ({worth} − {deposit})))"
            for line in case.lines
        }
    )


def _freight_off(case: Moment) -> Taken:
    amount = case.benefit.get("amount")
    if amount is None:
        return case.spread(case.plain(sum(case.left[line.id] for line in case.lines)))
    return case.spread(case.capped(number(amount), None, Money(amount).minor))


#: By the `type` of each kind of benefit of the library that takes something off; a user's own kind has no formula.
FORMULAS: Final[Mapping[str, Callable[[Moment], Taken]]] = MappingProxyType(
    {
        "amount_off": _amount_off,
        "percent_off": _percent_off,
        "unit_amount_off": _unit_amount_off,
        "fixed_price": _fixed_price,
        "flash_price": _flash_price,
        "nth_unit": _nth_unit,
        "bundle_price": _bundle_price,
        "set_price": _set_price,
        "graduated_price": _graduated_price,
        "add_on_price": _add_on_price,
        "presale": _presale,
        "freight_off": _freight_off,
        "freight_percent_off": _percent_off,
    }
)


def _milli(quantity: Any) -> int:
    return milli(quantity if isinstance(quantity, int) else Decimal(quantity))


def _quantity(thousandths: int) -> str:
    return str(quantity_out(thousandths))
