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
from settlement.explanations.terms import Figure, named, whole
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

    def part(self, amount: int, returned: int, bought: int) -> str:
        """What `returned` of `bought` thousandths of an amount are, rounded down.

        >>> Figures("CNY").part(9651, 1000, 3000)
        'down(96.51 × 1 ÷ 3)'
        """
        return f"down({self.plain(amount)} × {quantity_out(returned)} ÷ {quantity_out(bought)})"

    def side(self, side: Side) -> list[Figure]:
        """What a side is made of: what was charged, the fee in it, less what was taken off."""
        fee: list[Figure] = [("payment_fee", side.fee - side.fee_tax), ("tax", side.fee_tax)]
        return [*side.charged, *fee, *[(name, -amount) for name, amount, _ in side.taken]]

    def sum(self, code: str, result: int, terms: Iterable[Figure], rounding: str | None = None, **facts: Any) -> None:
        """A figure that is a sum, with the names of what it is made of; left bare where they don't make it."""
        self._sum(Working(code, self.money(result), "", rounding, facts=facts), result, terms, self.currency)

    def count_sum(self, code: str, number: int, terms: Iterable[Figure], **facts: Any) -> None:
        """The same of points."""
        self._sum(Working(code, number, facts=facts), number, terms, None)

    def _sum(self, step: Working, result: int, terms: Iterable[Figure], currency: str | None) -> None:
        made = named(terms, currency)
        amounts = [each.amount if isinstance(each.amount, int) else each.amount.minor for each in made]
        numbers = [str(abs(each)) if currency is None else self.plain(abs(each)) for each in amounts]
        formula = whole(made, [each.formula or number for each, number in zip(made, numbers, strict=True)])
        worth = minor_of(formula, step.rounding, self.currency) if currency else evaluate(formula)
        if sum(amounts) != result or worth != result:
            self.steps.append(step)
            return
        self.steps.append(step._replace(formula=formula, terms=made))

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
