"""Benefits that are paid in two: a deposit with the order, the balance within dates of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.discounts.benefit import Benefit

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from settlement.money import Money

__all__ = ["Staged"]


class Staged(Benefit):
    """What the engine, the checks and the bill ask a benefit with a deposit for. Of promotions only.

    `deposit` is paid for each unit with the order and counts as `worth`; the balance is due from `balance_from` until
    before `balance_until`; `kept` is the percentage of the deposit that stays with the shop where nobody pays it.
    """

    if TYPE_CHECKING:  # fields of the kinds
        deposit: Money
        worth: Money
        balance_from: datetime
        balance_until: datetime
        kept: Decimal | int
