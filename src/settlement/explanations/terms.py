"""Figures with names: what a sum is made of, so that it reads "199.80 goods − 4.85 points" and not as bare numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from settlement.money import Money, money_of

__all__ = ["Term", "named", "whole"]


class Term(NamedTuple):
    """One figure of a sum, with its sign: what it is (`code`) and, where that needs one, of what (`name`, an id).

    `formula` makes its magnitude where it is worked out on the spot; else it stands as a number.
    """

    code: str
    amount: Money | int
    name: str = ""
    formula: str = ""


#: A term in minor units, or points, as the stories write it: code, amount, name, formula.
Figure = tuple[str, int] | tuple[str, int, str] | tuple[str, int, str, str]


def named(figures: Iterable[Figure], currency: str | None) -> tuple[Term, ...]:
    """These figures as terms, those above 0 first; what is 0 is left out, equal names are added up.

    >>> [(term.code, str(term.amount)) for term in named([("points", -485), ("goods", 19980), ("tax", 0)], "CNY")]
    [('goods', '199.80 CNY'), ('points', '-4.85 CNY')]
    """
    sums: dict[tuple[str, str], tuple[int, str]] = {}
    for code, amount, *rest in figures:
        name, formula = (*map(str, rest), "", "")[:2]
        before = sums.get((code, name))
        sums[code, name] = (amount, formula) if before is None else (before[0] + amount, "")
    found = sorted([(key, each) for key, each in sums.items() if each[0]], key=lambda row: row[1][0] < 0)
    return tuple(
        Term(code, amount if currency is None else money_of(amount, currency), name, formula)
        for (code, name), (amount, formula) in found
    )


def whole(terms: Sequence[Term], written: Sequence[str]) -> str:
    """One formula of all terms, each as it is written; a part that is a sum itself stands in brackets.

    >>> whole(named([("goods", 500), ("points", -200)], "CNY"), ["5.00", "2.00"])
    '5.00 − 2.00'
    """
    text = ""
    for term, each in zip(terms, written, strict=True):
        below = (term.amount if isinstance(term.amount, int) else term.amount.minor) < 0
        if below or text:
            text += f" {'−' if below else '+'} " if text else "0 − "
        text += f"({each})" if below and _is_sum(each) else each
    return text or "0"


def _is_sum(formula: str) -> bool:
    """Whether a formula is a sum at its outermost."""
    depth = 0
    for sign in formula:
        depth += sign in "(⌊⌈"
        depth -= sign in ")⌋⌉"
        if not depth and sign in "+−":
            return True
    return False
