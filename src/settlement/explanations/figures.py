"""What the stories of figures after pay are written with: formulas that were tried on a calculator first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from settlement.after_pay.refunds.sides import Side
from settlement.allocation import share_out
from settlement.documents.scalars import quantity_out
from settlement.explanations.calculator import evaluate
from settlement.explanations.shares import Share, minor_of
from settlement.explanations.story import Working
from settlement.explanations.trail import plain
from settlement.money import Money, money_of

__all__ = ["Figures"]


class Figures:
    """The steps of one story; amounts in minor units of one currency."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.steps: list[Working] = []

    def plain(self, minor: int) -> str:
        """Minor units as formulas write them."""
        return plain(minor, self.currency)

    def factor(self, minor: int) -> str:
        """The same inside a product, where nothing begins with a sign."""
        return self.plain(minor) if minor >= 0 else f"(0 − {self.plain(-minor)})"

    def money(self, minor: int) -> Money:
        """Minor units as an amount."""
        return money_of(minor, self.currency)

    def total(self, amounts: Iterable[int]) -> str:
        """A sum of signed amounts, those above 0 first; what is 0 is left out.

        >>> Figures("CNY").total([-1200, 12000, 0, -1149])
        '120.00 − 12.00 − 11.49'
        """
        shown = sorted([amount for amount in amounts if amount], key=lambda amount: amount < 0)
        if not shown:
            return "0"
        text = self.plain(shown[0]) if shown[0] > 0 else f"0 − {self.plain(-shown[0])}"
        for amount in shown[1:]:
            text += f" {'+' if amount > 0 else '−'} {self.plain(abs(amount))}"
        return text

    def part(self, amount: int, returned: int, bought: int) -> str:
        """What `returned` of `bought` thousandths of an amount are, rounded down.

        >>> Figures("CNY").part(9651, 1000, 3000)
        'down(96.51 × 1 ÷ 3)'
        """
        return f"down({self.plain(amount)} × {quantity_out(returned)} ÷ {quantity_out(bought)})"

    def less(self, formula: str, before: int) -> str:
        """A formula less what was given before, where something was."""
        return f"{formula} − {self.plain(before)}" if before else formula

    def side(self, side: Side) -> str:
        """What a side is made of: what was charged, the fee in it, less what was taken off."""
        charged = [amount for _, amount in side.charged]
        return self.total([*charged, side.fee, *[-amount for _, amount, _ in side.taken]])

    def add(self, code: str, minor: int, formula: str = "", rounding: str | None = None, **facts: Any) -> None:
        """A figure; its formula is left out where it does not make it."""
        if formula and minor_of(formula, rounding, self.currency) != minor:
            formula = ""
        self.steps.append(Working(code, self.money(minor), formula, rounding, facts=facts))

    def count(self, code: str, number: int, formula: str = "", **facts: Any) -> None:
        """The same for points."""
        if formula and evaluate(formula) != number:
            formula = ""
        self.steps.append(Working(code, number, formula, facts=facts))

    def state(self, code: str, **facts: Any) -> None:
        """What needs no arithmetic."""
        self.steps.append(Working(code, facts=facts))

    def spread(self, code: str, amount: int, weights: dict[str, int], key: str, **facts: Any) -> None:
        """One share of an amount that is spread by weights (contract §4), with who gets what is left over."""
        total = sum(weights.values())
        if not amount or not total:
            self.add(code, 0, **facts)
            return
        made = dict(zip(weights, share_out(amount, list(weights.values())), strict=True))
        floors = {name: amount * weight // total for name, weight in weights.items()}
        lost = {name: amount * weight % total for name, weight in weights.items()}
        ranked = sorted(weights, key=lambda name: (-lost[name], -weights[name]))  # the order given is the last tie
        formula = f"{self.plain(amount)} × {self.plain(weights[key])} ÷ {self.plain(total)}"
        share = Share(
            key,
            formula,
            self.money(made[key]),
            floor=self.money(floors[key]),
            rank=ranked.index(key) + 1 if lost[key] else None,
            extra=self.money(made[key] - floors[key]),
        )
        over = self.money(amount - sum(floors.values()))
        facts |= {"over": over, "of": sum([1 for each in lost.values() if each])}
        self.steps.append(Working(code, self.money(made[key]), formula, shares=(share,), facts=facts))
