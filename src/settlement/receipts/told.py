"""What the facts of a refused offer add to its reason: the other offer, the budget, what it would have taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from settlement.documents.words.language import Language
from settlement.documents.words.plain import shown
from settlement.money import Money

__all__ = ["told"]


def told(code: str, facts: Mapping[str, Any], say: Language) -> str | None:
    """The reason with its facts; None where they say no more than the reason does.

    >>> from settlement.documents.words.language import language
    >>> print(told("used_up", {"left": "3.00 CNY", "would_take": "5.00 CNY"}, language()))
    CN¥3.00 of its budget is left, and it would take CN¥5.00
    """
    if code == "excluded_by_offer" and "offer" in facts:
        return say("does not go together with {offer}", offer=shown(str(facts["offer"])))
    if "would_take" not in facts:
        return None
    taken = Money(facts["would_take"])
    if code == "used_up" and "left" in facts:
        left = say.money(Money(facts["left"]))
        return say("{left} of its budget is left, and it would take {amount}", left=left, amount=say.money(taken))
    if code == "not_best" and taken:
        return say("this order is best without it; it would take {amount} off", amount=say.money(taken))
    return None
