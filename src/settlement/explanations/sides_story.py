"""How points, the payment fee and the rounding of a line fall on its goods and its freight (contract §8)."""

from __future__ import annotations

from collections.abc import Iterable

from settlement.after_pay.refunds.sides import Halved
from settlement.explanations.figures import Figures

__all__ = ["halves_told"]


def halves_told(figures: Figures, halves: Iterable[Halved]) -> None:
    """Each column that falls on both sides of a line, and by what; tax is each side's own.

    >>> figures = Figures("CNY")
    >>> halves_told(figures, [Halved("points", (1000, 500), (-67, -33))])
    >>> [(step.code, step.formula, str(step.result)) for step in figures.steps]
    [('on_goods', '1.00 × 10.00 ÷ 15.00', '0.67 CNY'), ('on_freight', '1.00 − 0.67', '0.33 CNY')]
    """
    for column, weights, (goods, freight) in halves:
        whole = abs(goods + freight)
        if column == "tax" or not whole or not all(weights):
            continue
        figures.spread("on_goods", whole, {"goods": weights[0], "freight": weights[1]}, "goods", column=column)
        figures.sum("on_freight", abs(freight), [(column, whole), ("on_goods", -abs(goods))], column=column)
