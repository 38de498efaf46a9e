"""How an adjustment's amount falls on its lines, row by row (contract §4, Spreading)."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from settlement.documents.scalars import quantity_out
from settlement.explanations.calculator import evaluate
from settlement.explanations.trail import Before, Taken, Weight, plain
from settlement.money import DECIMALS, Money
from settlement.receipts.parts import Adjustment

__all__ = ["Share", "minor_of", "shares_of", "stated_shares"]


class Share(NamedTuple):
    """What one line gets of an amount: its exact share as a formula, what of it is lost below the minor unit, its rank.

    `floor`, `lost` (of one minor unit), `rank` and `extra` are None where the rule says each line's part by itself.
    """

    line: str
    #: Empty where the rule is of a kind that only says what it took.
    formula: str
    #: As the settlement has it, with its sign.
    share: Money
    floor: Money | None = None
    lost: Fraction | None = None
    #: 1 is the first to get a minor unit that is left over.
    rank: int | None = None
    extra: Money | None = None
    #: What the line costs above its lowest price, where that is less than its share.
    most: Money | None = None
    #: What the platform bears of it, and how that is worked out where it bears only a part.
    platform: Money | None = None
    platform_formula: str = ""


def minor_of(formula: str, rounding: str | None, currency: str) -> Fraction:
    """What a formula makes, in minor units."""
    decimals = DECIMALS[currency]
    unit: int = 10**decimals
    return evaluate(formula, decimals, rounding) * unit


def shares_of(adjustment: Adjustment, taken: Taken, before: Before) -> tuple[Share, ...] | None:
    """Each line's share with its formula, or None where the formulas don't make what the settlement says."""
    currency = adjustment.amount.currency
    if taken.by_line is not None:
        rows = [
            (name, formula, int(minor_of(formula, taken.rounding, currency))) for name, formula in taken.by_line.items()
        ]
        made = {name: part for name, _, part in rows}
        shares = [_share(adjustment, name, formula) for name, formula, _ in sorted(rows)]
    elif taken.weights is not None:
        amount = minor_of(taken.formula, taken.rounding, currency)
        if amount.denominator != 1:
            return None
        shares, made = _spread(adjustment, abs(int(amount)), taken, before)
    else:
        return None
    stated = {name: abs(share.minor) for name, share in adjustment.shares.items()}
    return tuple(shares) if {name: part for name, part in made.items() if part} == stated else None


def _spread(adjustment: Adjustment, amount: int, taken: Taken, before: Before) -> tuple[list[Share], dict[str, int]]:
    """Largest remainders, one row for each line that weighs anything."""
    currency = adjustment.amount.currency
    weights = {name: weight for name, weight in (taken.weights or {}).items() if weight.value}
    total = sum((weight.value for weight in weights.values()), Fraction(0))
    exact = {name: amount * weight.value / total for name, weight in weights.items()}
    floors = {name: value.numerator // value.denominator for name, value in exact.items()}
    lost = {name: exact[name] - floors[name] for name in weights}
    ranked = sorted(weights, key=lambda name: (-lost[name], -weights[name].value, name))
    rank = {name: place for place, name in enumerate(ranked, 1)}
    over = amount - sum(floors.values())
    lowest = {name: Money(floor).minor for name, floor in adjustment.facts.get("floors", {}).items()}
    shares, made = [], {}
    for name in sorted(weights):
        extra = int(rank[name] <= over)
        made[name] = floors[name] + extra
        most = None
        if name in lowest and before.net[name] - lowest[name] < made[name]:
            made[name] = max(0, before.net[name] - lowest[name])
            most = Money.of_minor(made[name], currency)
        text = f"{plain(amount, currency)} × {_bracketed(weights[name])} ÷ {_total(total, taken, currency)}"
        row = _share(adjustment, name, text)
        floor, one = Money.of_minor(floors[name], currency), Money.of_minor(extra, currency)
        shares.append(row._replace(floor=floor, lost=lost[name], rank=rank[name], extra=one, most=most))
    return shares, made


def _share(adjustment: Adjustment, name: str, formula: str) -> Share:
    """A line's row with what the platform bears of it."""
    currency = adjustment.amount.currency
    share = adjustment.shares.get(name, Money.of_minor(0, currency))
    platform = adjustment.platform.get(name)
    borne = ""
    percent = adjustment.facts.get("platform_share")
    if percent not in (None, "0", "100") and share:
        off, stated = abs(share.minor), 0 if platform is None else abs(platform.minor)
        borne = f"round({plain(off, currency)} × {percent} ÷ 100)"
        if adjustment.facts.get("platform_share_per") == "offer":  # its share of what was rounded once
            whole, total = abs(sum([each.minor for each in adjustment.platform.values()])), abs(adjustment.amount.minor)
            over = stated - whole * off // total
            borne = f"down({plain(whole, currency)} × {plain(off, currency)} ÷ {plain(total, currency)})"
            borne += f" + {plain(over, currency)}" if over > 0 else ""
        borne = borne if minor_of(borne, adjustment.facts.get("rounding"), currency) == stated else ""
    return Share(name, formula, share, platform=platform, platform_formula=borne)


def stated_shares(adjustment: Adjustment) -> tuple[Share, ...]:
    """The shares as the settlement has them, for a rule whose formula is not known."""
    return tuple(_share(adjustment, name, "") for name in sorted(adjustment.shares))


def _bracketed(weight: Weight) -> str:
    return f"({weight.text})" if " " in weight.text else weight.text


def _total(total: Fraction, taken: Taken, currency: str) -> str:
    if taken.counted:
        return str(quantity_out(int(total * 1000)))
    whole = plain(total.numerator, currency)
    return whole if total.denominator == 1 else f"({whole} ÷ {total.denominator})"
